/*
 * twins.h: keys that differ only in case or in blanks around them. For engine/profile only.
 *
 * Keys are kept by a hash of what they are without that difference, the lowest SHARE of all hashes only: twins have one hash, so
 * they are kept together or not at all, and what is found stands for all. The share halves whenever the room is full.
 */
#ifndef ENGINE_PROFILE_TWINS_H
#define ENGINE_PROFILE_TWINS_H

#include "engine/profile/column.h"

enum { TWINS_ROOM_MAX = 1 << 21 };

struct twins {
	uint64_t *hashes; /* open addressing; 0: free. On the heap */
	size_t room, count;
	int halvings;        /* the share is 1 / 2^halvings */
	struct oddity found; /* rows whose key has a twin before it, among those kept */
	struct buf folded;   /* the key at hand */
};

void twins_init(struct twins *twins);
void twins_release(struct twins *twins);

/* Note the key of a row: cells at these columns. Keys without a letter or a blank are passed over. */
void twins_note(struct twins *twins, const struct cell *cells, const int *columns, int column_count,
		const struct row_at *row, struct arena *arena);

/* How many there are, as far as one can tell. */
int64_t twins_count(const struct twins *twins);

#endif
