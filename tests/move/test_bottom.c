/*
 * test_bottom.c: of rows in any order those with the lowest hashes, and a bound below which none is missing.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "engine/model/digest.h"
#include "engine/move/bottom.h"

TestSuite(bottom, .timeout = 30);

enum { ROWS = 2000 };

static uint64_t hash_of(uint64_t row, uint64_t seed)
{
	return sample_hash((struct span){ (const char *)&row, sizeof(row) }, seed);
}

static int compare_hashes(const void *a, const void *b)
{
	uint64_t one = *(const uint64_t *)a, other = *(const uint64_t *)b;

	return (one > other) - (one < other);
}

/* The law: what is kept are the lowest of all, as a sort has them, and the bound is the lowest of the others. */
static void check_law(size_t row_count, size_t limit, uint64_t seed)
{
	uint64_t sorted[ROWS];
	struct bottom bottom;
	struct arena arena;

	arena_init(&arena);
	bottom_init(&bottom, limit, false, 0);
	for (size_t i = 0; i < row_count; i++) {
		sorted[i] = hash_of(i, seed);
		bottom_add(&bottom, &arena, sorted[i], i);
	}
	qsort(sorted, row_count, sizeof(*sorted), compare_hashes);
	bottom_sort(&bottom);
	cr_assert_eq(bottom.count, row_count < limit ? row_count : limit);
	for (size_t i = 0; i < bottom.count; i++) {
		cr_assert_eq(bottom.items[i].hash, sorted[i], "%zu of %zu, seed %llu", i, row_count,
			     (unsigned long long)seed);
		cr_assert_eq(hash_of(bottom.items[i].row, seed), sorted[i]);
	}
	cr_assert_eq(bottom.is_cut, row_count > limit);
	cr_assert_eq(bottom.is_bounded, row_count > limit);
	if (row_count > limit)
		cr_assert_eq(bottom.bound, sorted[limit]);
	arena_release(&arena);
}

Test(bottom, keeps_what_a_sort_has_first)
{
	static const size_t limits[] = { 1, 2, 3, 7, 64, 599, 600, 601, 1999, 2000, 2001 };

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++)
		for (uint64_t seed = 0; seed < 5; seed++) {
			check_law(ROWS, limits[i], seed);
			check_law(600, limits[i], seed);
			check_law(0, limits[i], seed);
		}
}

Test(bottom, leaves_out_what_is_not_below_a_bound_that_is_known)
{
	struct bottom bottom;
	struct arena arena;

	arena_init(&arena);
	bottom_init(&bottom, 10, true, 100);
	bottom_add(&bottom, &arena, 99, 0);
	bottom_add(&bottom, &arena, 100, 1);
	bottom_add(&bottom, &arena, UINT64_MAX, 2);
	cr_assert_eq(bottom.count, 1);
	cr_assert_not(bottom.is_cut, "nothing was left out that the bound did not leave out");
	cr_assert_eq(bottom.bound, 100);
	arena_release(&arena);
}

Test(bottom, takes_the_highest_hash_where_nothing_bounds)
{
	struct bottom bottom;
	struct arena arena;

	arena_init(&arena);
	bottom_init(&bottom, 2, false, 0);
	bottom_add(&bottom, &arena, UINT64_MAX, 0);
	cr_assert_eq(bottom.count, 1);
	arena_release(&arena);
}

/* Of rows that share a hash some may be kept; the bound then says that not all were. */
Test(bottom, does_not_call_a_tie_whole)
{
	struct bottom bottom;
	struct arena arena;

	arena_init(&arena);
	bottom_init(&bottom, 3, false, 0);
	for (size_t i = 0; i < 5; i++)
		bottom_add(&bottom, &arena, 7, i);
	bottom_add(&bottom, &arena, 3, 5);
	bottom_sort(&bottom);
	cr_assert_eq(bottom.bound, 7);
	cr_assert_eq(bottom.count, 3);
	cr_assert_eq(bottom.items[0].hash, 3);
	cr_assert_not_null(bottom_find(&bottom, 3, 5));
	cr_assert_null(bottom_find(&bottom, 3, 4));
	cr_assert_null(bottom_find(&bottom, 8, 5));
	arena_release(&arena);
}
