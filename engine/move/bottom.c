/*
 * bottom.c: a heap of bounded size, the highest hash on top.
 */
#include "engine/move/bottom.h"

#include <stdlib.h>

#include "engine/base/require.h"

void bottom_init(struct bottom *bottom, size_t limit, bool is_bounded, uint64_t bound)
{
	require(limit > 0);
	*bottom = (struct bottom){ .limit = limit, .is_bounded = is_bounded, .bound = bound };
}

static void lift(struct bottom *bottom, size_t at, struct bottom_item item)
{
	for (; at > 0 && bottom->items[(at - 1) / 2].hash < item.hash; at = (at - 1) / 2)
		bottom->items[at] = bottom->items[(at - 1) / 2];
	bottom->items[at] = item;
}

static void sink(struct bottom *bottom, struct bottom_item item)
{
	size_t at = 0;

	for (size_t child; (child = 2 * at + 1) < bottom->count; at = child) {
		if (child + 1 < bottom->count &&
		    bottom->items[child].hash < bottom->items[child + 1].hash)
			child++;
		if (bottom->items[child].hash <= item.hash)
			break;
		bottom->items[at] = bottom->items[child];
	}
	bottom->items[at] = item;
}

/* More than the limit: the highest of them and this one goes. */
static void replace_highest(struct bottom *bottom, struct bottom_item item)
{
	uint64_t highest = bottom->items[0].hash;

	bottom->is_cut = true;
	bottom->is_bounded = true;
	bottom->bound = item.hash < highest ? highest : item.hash;
	if (item.hash < highest)
		sink(bottom, item);
}

void bottom_add(struct bottom *bottom, struct arena *arena, uint64_t hash, size_t row)
{
	struct bottom_item item = { hash, row, false };

	if (bottom->is_bounded && hash >= bottom->bound)
		return;
	if (bottom->count == bottom->limit) {
		replace_highest(bottom, item);
		return;
	}
	if (bottom->count == bottom->capacity) {
		size_t larger = bottom->capacity * 2 + 8;

		bottom->items =
		    arena_grow(arena, bottom->items, bottom->capacity * sizeof(*bottom->items),
			       larger * sizeof(*bottom->items));
		bottom->capacity = larger;
	}
	lift(bottom, bottom->count++, item);
}

static int compare_items(const void *a, const void *b)
{
	const struct bottom_item *one = a, *other = b;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return (one->row > other->row) - (one->row < other->row);
}

void bottom_sort(struct bottom *bottom)
{
	if (bottom->count > 1)
		qsort(bottom->items, bottom->count, sizeof(*bottom->items), compare_items);
}

struct bottom_item *bottom_find(struct bottom *bottom, uint64_t hash, size_t row)
{
	struct bottom_item wanted = { hash, row, false };

	if (bottom->count == 0)
		return NULL;
	return bsearch(&wanted, bottom->items, bottom->count, sizeof(*bottom->items),
		       compare_items);
}
