/*
 * span_map.h: a hash table from bytes to a small number, in an arena.
 */
#ifndef ENGINE_MODEL_SPAN_MAP_H
#define ENGINE_MODEL_SPAN_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/span.h"

struct span_map_slot {
	struct span key; /* no data: the slot is free */
	int64_t value;
};

struct span_map {
	struct arena *arena;
	struct span_map_slot *slots;
	size_t mask;
	size_t count;
};

enum { SPAN_MAP_NONE = -1 };

/* The keys are borrowed and must outlive the map. */
void span_map_init(struct span_map *map, struct arena *arena, size_t expected_count);
void span_map_put(struct span_map *map, struct span key, int64_t value); /* replaces */
int64_t span_map_get(const struct span_map *map, struct span key);       /* or SPAN_MAP_NONE */

#endif
