/*
 * index.h: of each line of a segment its leaf and its key, and the line of a key. For this folder only.
 *
 * Numbers are unsigned and little-endian.
 *
 *   32 bytes          "engine segment index 1" and zeros
 *   8, 8              lines; of these with a key
 *   32 each line      its leaf of the Merkle tree
 *   16 each key       XXH3_64 of the key's bytes, and the line; in the order of both
 *   8 each line       where its key ends among the keys' bytes
 *   the keys' bytes
 */
#ifndef DRIVERS_SEGMENT_INDEX_H
#define DRIVERS_SEGMENT_INDEX_H

#include "drivers/segment/segment_internal.h"

/* ---- written ---- */

struct index_slot {
	uint64_t hash, line;
};

struct index_draft {
	struct merkle_hash *leaves;
	uint64_t *key_ends;
	struct index_slot *slots;
	uint64_t lines, keyed, capacity;
	struct buf keys;
	struct merkle tree;
};

void index_draft_init(struct index_draft *draft);
void index_draft_reset(struct index_draft *draft);
void index_draft_release(struct index_draft *draft);
void index_draft_add(struct index_draft *draft, struct span key, struct span line);
void index_draft_put(struct index_draft *draft, struct buf *buf);

/* ---- read ---- */

struct index {
	int fd; /* -1: not open */
	const char *path;
	uint64_t bytes, lines, keyed;
	uint64_t *blocks; /* hashes, in the arena */
};

/* Open it, and hash all of it: what is read of it later is what was sealed. Each block is looked at again whenever it is read:
 * an index may be open for months. That is against accidents alone. */
bool index_open(const struct segment *segment, struct arena *arena, struct index *index,
		struct err *err);
void index_close(struct index *index);

/* Those of all segments of an entity, for as long as the store is open: each is hashed once. */
bool indexes_open(struct entity_segments *entity, struct arena *arena, struct err *err);
void indexes_close(struct entity_segments *entity);

/* The first and the last line of a key, or found is false. */
struct index_match {
	bool found;
	uint64_t first, last;
};
bool index_find(const struct index *index, struct span key, struct arena *scratch,
		struct index_match *match, struct err *err);

/* Of count lines from `first` on; the keys lie in the arena, and have no data where a line has none. */
bool index_read_keys(const struct index *index, uint64_t first, uint64_t count, struct arena *arena,
		     struct span *keys, struct err *err);
bool index_read_leaves(const struct index *index, uint64_t first, uint64_t count,
		       struct merkle_hash *leaves, struct err *err);

#endif
