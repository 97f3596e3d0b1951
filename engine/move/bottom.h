/*
 * bottom.h: of rows that come in any order those with the lowest hashes, at most so many. For engine/move only.
 *
 * What was left out is told by one number: below `bound` nothing was. Which rows those are does not depend on the order in which they
 * came, but for rows that share the very hash that the bound has.
 */
#ifndef ENGINE_MOVE_BOTTOM_H
#define ENGINE_MOVE_BOTTOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"

struct bottom_item {
	uint64_t hash;
	size_t row;
	bool is_there; /* the target has it already; for whoever writes them */
};

struct bottom {
	struct bottom_item *items; /* a heap, the highest hash on top; sorted by bottom_sort() */
	size_t count, capacity, limit;
	bool is_bounded;
	uint64_t bound; /* the lowest hash that was left out */
	bool is_cut;    /* some were left out for want of room */
};

/* bound: what is not below it is left out from the start, when is_bounded. */
void bottom_init(struct bottom *bottom, size_t limit, bool is_bounded, uint64_t bound);

/* Items lie in the arena, always the same one. */
void bottom_add(struct bottom *bottom, struct arena *arena, uint64_t hash, size_t row);

/* Lowest hash first, then by row; nothing is added afterwards. */
void bottom_sort(struct bottom *bottom);

/* The item of this row in a sorted one, or NULL. */
struct bottom_item *bottom_find(struct bottom *bottom, uint64_t hash, size_t row);

#endif
