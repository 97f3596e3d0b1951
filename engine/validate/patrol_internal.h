/*
 * patrol_internal.h: what the parts of a patrol share. For engine/validate/patrol*.c only.
 */
#ifndef ENGINE_VALIDATE_PATROL_INTERNAL_H
#define ENGINE_VALIDATE_PATROL_INTERNAL_H

#include "engine/target/proof.h"
#include "engine/validate/beat.h"

enum phase { PHASE_BETWEEN, PHASE_BEGIN, PHASE_CHUNKS, PHASE_END };

struct patrol {
	struct validation validation; /* first: parts of it are aligned to more than the rest */
	struct validate_options options;
	bool (*on_gone)(void *context, const struct difference *difference, struct err *err);
	bool (*on_appeared)(void *context, const struct difference *difference, struct err *err);
	void *context;
	struct conn *proofs;
	char *unwritten;

	struct beat *beats;
	int beat_count;
	struct known known;

	enum phase phase;
	int at; /* of PHASE_BEGIN and PHASE_END: beat · CHECK_KINDS + check */
	int64_t turn;
	int64_t refreshed_ns, refresh_took_ns;
	int64_t began_ns;

	struct arena look;  /* of one look at one chunk */
	struct arena lists; /* what is read to find the next one */
	struct arena report;
	struct patrol_round round;
};

/* ---- patrol_share.c ---- */

/* Make the entity the one at hand, with an arena for what is found. */
void patrol_enter(struct patrol *patrol, const struct beat *beat, struct arena *arena);

/* What only a new connection helps with, and what ends everything, is not of one check. */
bool patrol_is_of_check(const struct patrol *patrol, const struct err *err);

/* Then nobody can tell, and it goes on; false for all other errors. */
bool patrol_pass_over(struct patrol *patrol, struct err *err);

/* What was known and not seen again is gone, where the whole of it was looked at. */
bool patrol_settle_known(struct patrol *patrol, const struct check_result *result, struct err *err);

/* Why a check can say nothing of the entity; NULL: it can. */
const char *patrol_why_off(const struct patrol *patrol, const struct beat *beat, int kind);

void patrol_note_unwritten(struct patrol *patrol, struct err *err);
struct proof patrol_proof_of(const struct patrol *patrol, const struct beat *beat,
			     const struct check_result *result, int64_t chunk_no, int64_t pass_no,
			     int64_t now_us);

/* A store that takes nothing down does not end the patrol; one that is gone does, for now. */
bool patrol_write_proofs(struct patrol *patrol, const struct beat *beat, const struct proof *proofs,
			 size_t count, struct err *err);

/* ---- patrol_begin.c, patrol_chunk.c, patrol_end.c ---- */

void patrol_begin_round(struct patrol *patrol);

/* The next of what comes before the first chunk; behind the last of it the phase is PHASE_CHUNKS. */
bool patrol_step_begin(struct patrol *patrol, struct err *err);

bool patrol_look_at(struct patrol *patrol, struct beat *beat, struct beat_chunk *chunk,
		    struct err *err);

/* The next of what is asked of all chunks together; behind the last of it the report is made. */
bool patrol_step_end(struct patrol *patrol, bool *is_over, struct err *err);

#endif
