/*
 * stratum.h: how engine_stratum is to be read: of each stratum the rows with the lowest sample hashes.
 *
 * A stratum is what rows went through: "enum:state=COMPLETED", "decision:completed_at", "year:createdAt=2018", "skip:test delivery",
 * "reject:E2103". Its rows are ordered by sample_hash() with seed 0 of their id (records) or of their key (what was skipped or
 * rejected may have no id), then by key.
 *
 * A row whose key begins with STRATUM_BOUND_MARK is no row of legacy but a bound: rows whose hash is at or above its hash were left out,
 * and those that still stand there are only some of them. Below the lowest bound, and where there is none, the stratum is whole.
 * So whoever wants the k lowest reads in order and stops at the first bound: fewer than k before it are all that is known, and not
 * all there are. Each pass keeps this true in the transaction that merges; the end of a run only tidies up.
 *
 * The entity is the part where there are parts: the k lowest of a kind of record are among those of its parts.
 */
#ifndef ENGINE_TARGET_STRATUM_H
#define ENGINE_TARGET_STRATUM_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/span.h"

enum {
	STRATUM_WANTED =
	    300, /* rows that a check takes of each stratum unless a policy says otherwise */
	/* Rows leave, too: what is kept is more, between these two. Fewer would be thin soon, more would be written for nothing. */
	STRATUM_KEPT_MIN = STRATUM_WANTED + STRATUM_WANTED / 2,
	STRATUM_KEPT_MAX = 2 * STRATUM_WANTED,
	STRATUM_BOUND_MARK = '#', /* keys are JSON arrays; it sorts before their bracket */
	STRATUM_BOUND_CHUNK = -1, /* the chunk of a bound: passes replace what is of theirs */
};

/* The column is signed: less 2^63, so that SQL's order is that of the hashes. */
static inline int64_t stratum_hash_to_column(uint64_t hash)
{
	return (int64_t)(hash ^ UINT64_C(1) << 63);
}

static inline uint64_t stratum_hash_from_column(int64_t column)
{
	return (uint64_t)column ^ UINT64_C(1) << 63;
}

static inline bool stratum_is_bound(struct span key)
{
	return key.size > 0 && key.data[0] == STRATUM_BOUND_MARK;
}

#endif
