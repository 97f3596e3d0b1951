/*
 * test_span_map.c: finds what was put, and nothing else, through growth.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/model/span_map.h"

TestSuite(span_map, .timeout = 30);

Test(span_map, finds_what_was_put_and_nothing_else)
{
	struct arena arena;
	struct span_map map;

	arena_init(&arena);
	span_map_init(&map, &arena, 0);
	for (int i = 0; i < 5000; i++)
		span_map_put(&map, arena_print(&arena, "key %d", i), i);
	for (int i = 0; i < 5000; i++)
		cr_assert_eq(span_map_get(&map, arena_print(&arena, "key %d", i)), i);
	for (int i = 5000; i < 6000; i++)
		cr_assert_eq(span_map_get(&map, arena_print(&arena, "key %d", i)), SPAN_MAP_NONE);
	span_map_put(&map, SPAN("key 7"), 99);
	cr_assert_eq(span_map_get(&map, SPAN("key 7")), 99);
	cr_assert_eq(span_map_get(&map, SPAN("")), SPAN_MAP_NONE);
	span_map_put(&map, SPAN(""), 3);
	cr_assert_eq(span_map_get(&map, SPAN("")), 3);
	arena_release(&arena);
}
