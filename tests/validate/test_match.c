/*
 * test_match.c: two answers agree exactly when they hold the same rows, whatever order these came in.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/validate/match.h"

enum { COLUMNS = 3, ROWS_MAX = 40 };

static const struct query_column keyed_columns[COLUMNS] = {
	{ .name = "amount", .field = "amount" },
	{ .name = "id", .field = "id", .is_key = true },
	{ .name = "state", .field = "state" },
};
static const struct query_column plain_columns[COLUMNS] = {
	{ .name = "amount", .field = "amount" },
	{ .name = "id", .field = "id" },
	{ .name = "state", .field = "state" },
};

struct bench {
	struct arena arena;
	struct query_info info;
	struct asked_column columns[COLUMNS];
	struct asked_query asked;
};

static void bench_open(struct bench *bench, bool is_keyed, bool is_ordered)
{
	*bench = (struct bench){ .info = { .name = "q",
					   .columns = is_keyed ? keyed_columns : plain_columns,
					   .column_count = COLUMNS,
					   .is_ordered = is_ordered } };
	arena_init(&bench->arena);
	for (int i = 0; i < COLUMNS; i++)
		bench->columns[i] = (struct asked_column){
			.about = &bench->info.columns[i],
			.kind = i == 0 ? VIEW_DECIMAL : VIEW_TEXT,
		};
	bench->asked = (struct asked_query){ .info = &bench->info, .columns = bench->columns };
}

static struct answer new_answer(struct bench *bench)
{
	return (struct answer){ .rows = arena_zalloc(&bench->arena,
						     2 * ROWS_MAX * sizeof(struct answer_row)) };
}

/* NULL: absent. */
static void set(struct bench *bench, struct answer_row *row, const char *amount, const char *id,
		const char *state)
{
	const char *const texts[COLUMNS] = { amount, id, state };

	row->values = arena_zalloc(&bench->arena, COLUMNS * sizeof(*row->values));
	for (int i = 0; i < COLUMNS; i++) {
		if (!texts[i])
			continue;
		row->values[i].kind = ANSWER_TEXT;
		row->values[i].text = arena_copy(&bench->arena, span_of(texts[i]));
		row->values[i].sense =
		    answer_sense(bench->columns[i].kind, row->values[i].text, &bench->arena);
	}
	answer_index_row(&bench->asked, row, &bench->arena);
}

static void add(struct bench *bench, struct answer *answer, const char *amount, const char *id,
		const char *state)
{
	set(bench, &answer->rows[answer->row_count++], amount, id, state);
}

static struct match match(struct bench *bench, const struct answer *legacy,
			  const struct answer *target)
{
	struct match match;

	match_answers(&bench->asked, legacy, NULL, target, &bench->arena, &match);
	return match;
}

static void add_random(struct bench *bench, struct answer *answer)
{
	static const char *const amounts[] = { "1", "1.0", "1.00", "2.5", NULL };
	static const char *const ids[] = { "a", "b", "c", "d", NULL };
	static const char *const states[] = { "new", "old", "" };

	add(bench, answer, amounts[rand() % 5], ids[rand() % 5], states[rand() % 3]);
}

static void shuffle(struct answer *answer)
{
	for (size_t i = answer->row_count; i > 1; i--) {
		size_t other = (size_t)rand() % i;
		struct answer_row row = answer->rows[i - 1];

		answer->rows[i - 1] = answer->rows[other];
		answer->rows[other] = row;
	}
}

static int compare_rows(const void *one, const void *other)
{
	const struct answer_row *a = one, *b = other;

	return span_compare(a->whole, b->whole);
}

/* By sorting both: another way than match.c has. */
static bool hold_the_same(struct bench *bench, const struct answer *one, const struct answer *other)
{
	size_t size = one->row_count * sizeof(*one->rows);
	struct answer_row *a, *b;

	if (one->row_count != other->row_count)
		return false;
	if (size == 0)
		return true;
	a = arena_alloc(&bench->arena, size);
	b = arena_alloc(&bench->arena, size);
	memcpy(a, one->rows, size);
	memcpy(b, other->rows, size);
	qsort(a, one->row_count, sizeof(*a), compare_rows);
	qsort(b, one->row_count, sizeof(*b), compare_rows);
	for (size_t i = 0; i < one->row_count; i++)
		if (!span_equal(a[i].whole, b[i].whole))
			return false;
	return true;
}

/* Some rows change, go, or come. */
static void disturb(struct bench *bench, struct answer *answer)
{
	int times = rand() % 3;

	for (int i = 0; i < times; i++) {
		size_t at = answer->row_count ? (size_t)rand() % answer->row_count : 0;
		struct answer one = { .rows = &answer->rows[at] };

		if (answer->row_count && rand() % 3 == 0)
			answer->rows[at] = answer->rows[--answer->row_count];
		else if (answer->row_count && rand() % 2)
			add_random(bench, &one);
		else
			add_random(bench, answer);
	}
}

static void check_counts(const struct match *match, const struct answer *legacy,
			 const struct answer *target)
{
	int64_t pairs = 0, missing = 0, extra = 0;

	for (size_t i = 0; i < legacy->row_count; i++) {
		pairs += match->partners[i] != NO_PARTNER;
		missing += match->legacy[i] == ROW_MISSING;
	}
	for (size_t i = 0; i < target->row_count; i++)
		extra += match->target[i] == ROW_EXTRA;
	cr_assert_eq(pairs + missing, (int64_t)legacy->row_count);
	cr_assert_eq(pairs + extra, (int64_t)target->row_count);
}

static void try_random(bool is_keyed)
{
	struct bench bench;

	bench_open(&bench, is_keyed, false);
	for (int round = 0; round < 2000; round++) {
		struct answer legacy, target;
		struct match found;
		int count = rand() % ROWS_MAX;

		arena_reset(&bench.arena);
		legacy = new_answer(&bench);
		target = new_answer(&bench);
		for (int i = 0; i < count; i++)
			add_random(&bench, &legacy);
		memcpy(target.rows, legacy.rows, (size_t)count * sizeof(*legacy.rows));
		target.row_count = legacy.row_count;
		disturb(&bench, &target);
		shuffle(&target);
		found = match(&bench, &legacy, &target);
		cr_assert_eq(found.deviating == 0, hold_the_same(&bench, &legacy, &target));
		check_counts(&found, &legacy, &target);
	}
	arena_release(&bench.arena);
}

Test(match, answers_agree_exactly_when_they_hold_the_same_rows)
{
	srand(6);
	try_random(true);
	try_random(false);
}

Test(match, what_is_written_otherwise_says_the_same)
{
	struct bench bench;
	struct answer legacy, target;
	struct match found;

	bench_open(&bench, true, false);
	legacy = new_answer(&bench);
	target = new_answer(&bench);
	add(&bench, &legacy, "12.50", "a", "new");
	add(&bench, &target, "12.5", "a", "new");
	add(&bench, &legacy, NULL, "b", "");
	add(&bench, &target, NULL, "b", NULL);
	found = match(&bench, &legacy, &target);
	cr_assert_eq(found.legacy[0], ROW_REPRESENTATION);
	cr_assert_eq(found.legacy[1], ROW_VALUE, "an empty text is not nothing");
	arena_release(&bench.arena);
}

Test(match, a_tolerance_is_used_exactly_as_far_as_it_goes)
{
	struct bench bench;
	struct answer legacy, target;
	struct match found;

	bench_open(&bench, true, false);
	bench.columns[0].is_tolerant = true;
	cr_assert(decimal_parse(SPAN("0.01"), &bench.columns[0].tolerance));
	legacy = new_answer(&bench);
	target = new_answer(&bench);
	add(&bench, &legacy, "99999999999999999999.99", "a", "new");
	add(&bench, &target, "100000000000000000000.00", "a", "new");
	add(&bench, &legacy, "-0.01", "b", "new");
	add(&bench, &target, "0.0001", "b", "new");
	add(&bench, &legacy, "1", "c", "new");
	add(&bench, &target, NULL, "c", "new");
	found = match(&bench, &legacy, &target);
	cr_assert_eq(found.legacy[0], ROW_TOLERATED);
	cr_assert_eq(found.legacy[1], ROW_VALUE);
	cr_assert_eq(found.legacy[2], ROW_VALUE, "nothing is not near to anything");
	cr_assert_eq(found.tolerated, 1);
	arena_release(&bench.arena);
}

Test(match, of_rows_with_one_key_the_equal_ones_belong_together)
{
	struct bench bench;
	struct answer legacy, target;
	struct match found;

	bench_open(&bench, true, false);
	legacy = new_answer(&bench);
	target = new_answer(&bench);
	add(&bench, &legacy, "1", "a", "new");
	add(&bench, &legacy, "2", "a", "new");
	add(&bench, &legacy, "3", "a", "new");
	add(&bench, &target, "4", "a", "new");
	add(&bench, &target, "1", "a", "new");
	add(&bench, &target, "3", "a", "new");
	found = match(&bench, &legacy, &target);
	cr_assert_eq(found.deviating, 1);
	cr_assert_eq(found.legacy[1], ROW_VALUE);
	cr_assert_eq(found.partners[1], 0);
	arena_release(&bench.arena);
}

Test(match, order_is_part_of_an_answer_where_it_is_declared)
{
	for (int is_ordered = 0; is_ordered < 2; is_ordered++) {
		struct bench bench;
		struct answer legacy, target;
		struct match found;

		bench_open(&bench, true, is_ordered);
		legacy = new_answer(&bench);
		target = new_answer(&bench);
		add(&bench, &legacy, "1", "a", "new");
		add(&bench, &legacy, "2", "b", "new");
		add(&bench, &target, "2", "b", "new");
		add(&bench, &target, "1", "a", "new");
		found = match(&bench, &legacy, &target);
		cr_assert_eq(found.deviating, 0);
		cr_assert_eq(found.displaced, 1);
		cr_assert_eq(found.legacy[1], ROW_ORDER);
		cr_assert_eq(match_breaks_order(&bench.asked, &found), is_ordered);
		arena_release(&bench.arena);
	}
}
