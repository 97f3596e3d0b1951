/*
 * beat.h: what a patrol knows of each entity and chunk. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_BEAT_H
#define ENGINE_VALIDATE_BEAT_H

#include "engine/validate/checks.h"
#include "engine/validate/known.h"
#include "engine/validate/patrol.h"

enum { LOOK_COUNTS = 12 };

/* What one check found of a chunk when it was looked at last. */
struct look {
	int64_t counts[LOOK_COUNTS]; /* of struct check_result: patrol_look.c says which */
	int64_t lag_us;
	bool is_lagging;
	enum verdict verdict;
	char *why;         /* or NULL */
	int64_t proven_us; /* when it last agreed; 0: never */
};

/* What passes left in a chunk: as long as both are the same, no pass has changed anything. */
struct chunk_state {
	struct digest legacy, records;
};

struct beat_chunk {
	int64_t no;
	int64_t pass_no, ended_us; /* its last pass */
	struct chunk_state state;
	int64_t looked_pass_no; /* that there was when it was looked at; −1: never looked at */
	struct chunk_state looked_state; /* likewise; zeros: nobody knows */
	int64_t looked_us;
	int64_t round_no;    /* of its last look; 0: by an earlier process, or never */
	int64_t begun_round; /* the last one at whose beginning it was there */
	bool is_there;
	struct look *looks; /* CHECK_KINDS */
};

struct beat {
	int entity_index;
	const struct entity_info *entity;
	const struct table *final;
	int64_t rule_epoch;
	struct tile *tiles; /* as they were when the round began */
	size_t tile_count;
	double share;
	struct strata strata;
	struct validate_scope scope;

	struct arena arena;                    /* of a round */
	const char *why;                       /* nothing can be said of it now; or NULL */
	struct check_result base[CHECK_KINDS]; /* what was found before the first chunk */
	bool is_off[CHECK_KINDS];              /* it looks at no chunk */

	struct beat_chunk *chunks; /* by number */
	size_t chunk_count, chunk_capacity;
	bool is_known; /* what the target keeps of earlier looks is read */
};

/* ---- patrol_look.c ---- */

/* Does the check look at the chunks of this entity? */
bool beat_has_check(const struct validation *validation, const struct beat *beat, int kind);

/* What looks of this round found, added up. */
void looks_add(const struct beat *beat, int64_t round_no, struct check_result *result);

void look_take(struct look *look, const struct check_result *result, int64_t now_us);

/* ---- patrol_order.c ---- */

/* What chunks there are now, and which were passed. */
bool beat_refresh(struct beat *beat, struct conn *target, struct arena *scratch, struct err *err);

/* What was proven by another version is not proven by this one. */
void beat_unprove(struct beat *beat);

/* What the target keeps of looks by others; of chunks that there are none of it forgets them. */
bool beat_know(struct beat *beat, struct conn *target, unsigned kinds, struct conn *proofs,
	       struct arena *scratch, struct err *err);

/* The chunk to look at next; NULL: none is left. turn: counts looks. */
struct beat_chunk *beat_choose(struct beat *beats, int beat_count, int64_t round_no, int64_t turn,
			       struct beat **of);

void beat_release(struct beat *beat);

#endif
