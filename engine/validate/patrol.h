/*
 * patrol.h: the checks, chunk by chunk, round after round.
 *
 * What is asked is what validate() asks, by the same functions. Chunks that were passed since they were looked at come first, the
 * youngest pass before the others; then those that were looked at longest ago. What came of each look is kept in the target
 * (engine/target/proof.h). No look holds anything of a store when it is over, so whoever calls may wait between two steps.
 */
#ifndef ENGINE_VALIDATE_PATROL_H
#define ENGINE_VALIDATE_PATROL_H

#include "engine/validate/validate.h"

struct patrol;

struct patrol_options {
	/* on_difference is told of each difference when it appears, and not again while it stays. */
	struct validate_options validation;
	bool (*on_gone)(void *context, const struct difference *difference, struct err *err);
	struct conn *
	    proofs; /* the target, to be written to; NULL: what was found is kept in memory alone */
};

/* A round is over when every chunk that there was at its beginning has been looked at since. */
struct patrol_round {
	int64_t no;
	struct validate_report report;     /* valid until the next step */
	int64_t chunk_count, looked_count; /* there are, and were looked at in this round, so far */
	int64_t differing_count;           /* chunks */
	int64_t known_count;               /* differences that were told and are not gone */
	int64_t oldest_us; /* when the chunk that was proven longest ago was; 0: some never was */
	double seconds;
	bool is_idle; /* no entity is moved by this rule: there was nothing to look at */
};

enum patrol_step {
	PATROL_WORKED,     /* a chunk, or a part of a round's beginning or end */
	PATROL_ROUND_OVER, /* likewise, and that ended a round */
	PATROL_NOTHING,    /* no round may begin, and no chunk was passed since it was looked at */
};

/* ERR_USAGE where the rule has no entity of that name; ERR_DATA where nothing was ever moved. */
bool patrol_open(const struct patrol_options *options, struct patrol **patrol, struct err *err);
void patrol_close(struct patrol *patrol); /* NULL is fine */

/* The next thing. Where may_begin is false no new round begins. After an error other than ERR_BUG and ERR_CANCELLED the same step may be
 * taken again, with connections that work. */
bool patrol_step(struct patrol *patrol, bool may_begin, enum patrol_step *did, struct err *err);

/* Let go of all connections, so that they can be closed; then go on with others. */
void patrol_disconnect(struct patrol *patrol);
bool patrol_reconnect(struct patrol *patrol, struct conn *target, struct conn *legacy,
		      struct conn *proofs, struct err *err);

/* Of the round at hand, or the one that is just over. */
const struct patrol_round *patrol_round(const struct patrol *patrol);

/* What is known now: the worst that was found in the round at hand, so far. Agreement where nothing was looked at yet. */
enum verdict patrol_so_far(const struct patrol *patrol);

/* Why what was found could not be written down, and is kept in memory alone; NULL: it was. */
const char *patrol_unwritten(const struct patrol *patrol);

#endif
