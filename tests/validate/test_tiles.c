/*
 * test_tiles.c: do chunks tile the whole key space, and which answer is the worse one?
 */
#include <criterion/criterion.h>

#include "engine/base/arena.h"
#include "engine/validate/tile.h"
#include "engine/validate/validate.h"

enum { TILES_MAX = 8 };

/* Chunks with these bounds; "" is open. */
static const char *gap_of(const char *const (*bounds)[2], size_t count, struct arena *arena)
{
	struct tile tiles[TILES_MAX] = { { 0 } };

	cr_assert_leq(count, TILES_MAX);
	for (size_t i = 0; i < count; i++) {
		struct span lower = span_of(bounds[i][0]), upper = span_of(bounds[i][1]);

		tiles[i].no = (int64_t)i;
		tiles[i].range.lower = lower.size ? lower : SPAN_NONE;
		tiles[i].range.upper = upper.size ? upper : SPAN_NONE;
	}
	return tiles_gap(tiles, count, arena);
}

Test(tiles, whole_in_any_order)
{
	const char *const one[][2] = { { "", "" } };
	const char *const three[][2] = { { "[\"7\"]", "" },
					 { "", "[\"3\"]" },
					 { "[\"3\"]", "[\"7\"]" } };
	struct arena arena;

	arena_init(&arena);
	cr_assert_null(gap_of(one, 1, &arena));
	cr_assert_null(gap_of(three, 3, &arena));
	arena_release(&arena);
}

Test(tiles, anything_else_is_said)
{
	static const struct {
		const char *bounds[TILES_MAX][2];
		size_t count;
	} cases[] = {
		{ { { NULL } }, 0 },
		{ { { "", "[\"3\"]" } }, 1 },                    /* nothing above */
		{ { { "[\"3\"]", "" } }, 1 },                    /* nothing below */
		{ { { "", "[\"3\"]" }, { "[\"5\"]", "" } }, 2 }, /* a gap */
		{ { { "", "[\"3\"]" }, { "[\"3\"]", "" }, { "[\"3\"]", "" } }, 3 }, /* twice */
		{ { { "", "" }, { "[\"3\"]", "" } }, 2 },               /* one too many */
		{ { { "", "[\"3\"]" }, { "[\"3\"]", "[\"3\"]" } }, 2 }, /* a circle */
	};
	struct arena arena;

	arena_init(&arena);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_not_null(
		    gap_of((const char *const(*)[2])cases[i].bounds, cases[i].count, &arena),
		    "case %zu", i);
	arena_release(&arena);
}

Test(verdict, the_worse_one_counts)
{
	cr_expect_eq(verdict_worse(VERDICT_AGREES, VERDICT_AGREES), VERDICT_AGREES);
	cr_expect_eq(verdict_worse(VERDICT_AGREES, VERDICT_UNKNOWN), VERDICT_UNKNOWN);
	cr_expect_eq(verdict_worse(VERDICT_UNKNOWN, VERDICT_AGREES), VERDICT_UNKNOWN);
	cr_expect_eq(verdict_worse(VERDICT_UNKNOWN, VERDICT_DIFFERS), VERDICT_DIFFERS);
	cr_expect_eq(verdict_worse(VERDICT_DIFFERS, VERDICT_UNKNOWN), VERDICT_DIFFERS);
	cr_expect_eq(verdict_worse(VERDICT_DIFFERS, VERDICT_AGREES), VERDICT_DIFFERS);
}
