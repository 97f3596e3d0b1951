/*
 * proof.h: when each chunk was last proven, and how, as the target keeps it (engine_proof).
 */
#ifndef ENGINE_TARGET_PROOF_H
#define ENGINE_TARGET_PROOF_H

#include "drivers/driver.h"
#include "engine/target/rows.h"

/* What one check found at its last look at one chunk. */
struct proof {
	int64_t chunk_no; /* or PROOF_OF_ALL */
	const char *check;
	int64_t pass_no, rule_epoch;
	const char *validation, *verdict;
	int64_t checked, differences;
	bool is_proven;    /* at this look */
	int64_t proven_us; /* when last; 0: never. Not for writing: is_proven says it all */
	int64_t looked_us; /* by the target's clock */
	const char *why;   /* nobody could tell; or NULL */
};

/* All of an entity by chunk; in the arena. None where there is no such table. */
bool proofs_load(struct conn *target, const char *entity, struct arena *arena,
		 struct proof **proofs, size_t *count, struct err *err);

/* Write down what was found, in one short transaction. The target is one that may be written to. */
bool proofs_write(struct conn *target, const char *entity, const struct proof *proofs, size_t count,
		  struct err *err);

/* A chunk that there is none of any more. */
bool proofs_forget(struct conn *target, const char *entity, int64_t chunk_no, struct err *err);

/* What there is to be proven: the number of each chunk of the entity and of its last pass, and the digests of legacy's rows and of the
 * records, as texts; by the first. In the arena. */
bool proof_chunks_load(struct conn *target, const char *entity, struct arena *arena,
		       struct rows *chunks, struct err *err);

/* How an entity stands. A chunk is proven when every check that looked at it agreed, after its last pass and by the active rule; it
 * differs when some check says so of its last pass. */
struct proof_summary {
	const char *entity;
	int64_t chunk_count, proven_count, differing_count;
	int64_t oldest_us;     /* of the proven ones; 0 where there are none */
	bool differs_in_whole; /* what is asked of all chunks together */
};

/* Of all entities the target has been moved to; *count is 0 where nobody has watched. In the arena. */
bool proofs_summarize(struct conn *target, struct arena *arena, struct proof_summary **summaries,
		      size_t *count, struct err *err);

#endif
