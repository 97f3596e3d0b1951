/*
 * span_map.c: open addressing, at most half full.
 */
#include "engine/model/span_map.h"

#include "engine/base/require.h"
#include "engine/model/digest.h"

static struct span_map_slot *find(struct span_map_slot *slots, size_t mask, struct span key)
{
	size_t at = digest_of(key).low & mask;

	while (slots[at].key.data && !span_equal(slots[at].key, key))
		at = (at + 1) & mask;
	return &slots[at];
}

static void resize(struct span_map *map, size_t capacity)
{
	struct span_map_slot *slots = arena_zalloc(map->arena, capacity * sizeof(*slots));

	for (size_t i = 0; map->slots && i <= map->mask; i++)
		if (map->slots[i].key.data)
			*find(slots, capacity - 1, map->slots[i].key) = map->slots[i];
	map->slots = slots;
	map->mask = capacity - 1;
}

void span_map_init(struct span_map *map, struct arena *arena, size_t expected_count)
{
	size_t capacity = 16;

	while (capacity < expected_count * 2)
		capacity *= 2;
	*map = (struct span_map){ .arena = arena };
	resize(map, capacity);
}

void span_map_put(struct span_map *map, struct span key, int64_t value)
{
	struct span_map_slot *slot;

	require(key.data);
	if ((map->count + 1) * 2 > map->mask)
		resize(map, (map->mask + 1) * 2);
	slot = find(map->slots, map->mask, key);
	if (!slot->key.data)
		map->count++;
	*slot = (struct span_map_slot){ key, value };
}

int64_t span_map_get(const struct span_map *map, struct span key)
{
	const struct span_map_slot *slot = find(map->slots, map->mask, key);

	return slot->key.data ? slot->value : SPAN_MAP_NONE;
}
