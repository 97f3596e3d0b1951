/*
 * test_join.c: every child finds its root or is an orphan, in whatever order rows come.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/derive/join.h"
#include "tests/derive/sources.h"

TestSuite(join, .timeout = 60);

static const int third_column[] = { 2 };

static const struct source sources[] = {
	{ ROOT_SOURCE },
	{ LINES_SOURCE },
	{ FILM_SOURCE, .name = "film", .from_source = 0, .from_columns = second_column },
	{ FILM_SOURCE, .name = "track", .from_source = 1, .from_columns = third_column },
};
static const struct source_set set = { sources, 4 };

static struct arena arena;

static void add(struct batch *batch, int source, const char *a, const char *b, const char *c)
{
	const char *texts[] = { a, b, c };
	struct cell *row = batch_add_row(batch, source);

	for (int i = 0; i < batch->rowsets[source].column_count; i++) {
		if (!texts[i]) {
			row[i] = (struct cell){ .kind = CELL_NULL };
			continue;
		}
		row[i] = (struct cell){ arena_text(&arena, texts[i]), (uint32_t)strlen(texts[i]),
					CELL_TEXT };
	}
}

static bool cell_is(const struct cell *cell, const char *text)
{
	return span_equal_text(cell_span(cell), text);
}

static void setup(void)
{
	arena_init(&arena);
}

static void teardown(void)
{
	arena_release(&arena);
}

Test(join, finds_children_orphans_and_references, .init = setup, .fini = teardown)
{
	struct batch batch;
	struct joined joined;

	batch_init(&batch, &arena, &set);
	add(&batch, 0, "1", "f1", NULL);
	add(&batch, 0, "2", "f9", NULL);
	add(&batch, 1, "2", "10", "f1");
	add(&batch, 1, "1", "2", "f2");
	add(&batch, 1, "2", "9", "f3");
	add(&batch, 1, "3", "1", "f1");
	add(&batch, 1, NULL, "1", "f1");
	add(&batch, 2, "f1", "one", NULL);
	add(&batch, 3, "f1", "one", NULL);
	add(&batch, 3, "f2", "two", NULL);
	join_batch(&batch, &joined);

	cr_assert_eq(joined.row_count, 2);
	cr_assert_eq(joined.child_count, 3);
	cr_assert_eq(joined.orphan_count, 2, "a child of 3 and one of NULL");
	cr_assert(span_equal_text(joined.rows[0].key, "[\"1\"]"));
	cr_assert_eq(joined.rows[0].row_count[1], 1);
	cr_assert_eq(joined.rows[1].row_count[1], 2);
	cr_assert(cell_is(&joined.rows[1].rows[1][0][1], "9"), "ordered by key: 9 before 10");
	cr_assert(cell_is(&joined.rows[0].rows[2][0][1], "one"));
	cr_assert_null(joined.rows[1].rows[2][0], "f9 does not exist");
	cr_assert_null(joined.rows[1].rows[3][0], "f3 does not exist");
	cr_assert(cell_is(&joined.rows[1].rows[3][1][1], "one"));
	cr_assert_eq(joined.duplicate_child[0], -1);
}

Test(join, notices_children_with_the_same_key, .init = setup, .fini = teardown)
{
	struct batch batch;
	struct joined joined;

	batch_init(&batch, &arena, &set);
	add(&batch, 0, "1", NULL, NULL);
	add(&batch, 1, "1", "5", NULL);
	add(&batch, 1, "1", "5", NULL);
	join_batch(&batch, &joined);
	cr_assert_eq(joined.duplicate_child[0], 1);
}

Test(join, notices_roots_with_the_same_key, .init = setup, .fini = teardown)
{
	struct batch batch;
	struct joined joined;

	batch_init(&batch, &arena, &set);
	add(&batch, 0, "1", "f1", NULL);
	add(&batch, 0, "2", "f1", NULL);
	add(&batch, 0, "1", "f2", NULL);
	add(&batch, 1, "1", "5", NULL);
	join_batch(&batch, &joined);
	cr_assert_eq(joined.row_count, 3);
	cr_assert(joined.duplicate_root[0]);
	cr_assert_not(joined.duplicate_root[1]);
	cr_assert(joined.duplicate_root[2]);
	cr_assert_eq(joined.rows[0].row_count[1], 1);
	cr_assert_eq(joined.rows[2].row_count[1], 1, "each has all children");
	cr_assert_eq(joined.child_count, 1);
	cr_assert_eq(joined.orphan_count, 0);
}

/* The same rows in another order. */
static struct digest digest_shuffled(unsigned seed, size_t *orphans)
{
	struct {
		int source;
		char a[8], b[8], c[8];
	} rows[200];
	struct batch batch;
	struct joined joined;

	for (int i = 0; i < 200; i++) {
		rows[i].source = i < 50 ? 0 : i < 150 ? 1 : i < 175 ? 2 : 3;
		snprintf(rows[i].a, sizeof(rows[i].a), "%d",
			 i < 50    ? i
			 : i < 150 ? i % 60
				   : i % 25);
		snprintf(rows[i].b, sizeof(rows[i].b), "%d", i);
		snprintf(rows[i].c, sizeof(rows[i].c), "%d", i % 30);
	}
	srand(seed);
	for (int i = 199; i > 0 && seed; i--) {
		int j = rand() % (i + 1);

		struct {
			int source;
			char a[8], b[8], c[8];
		} *x = (void *)&rows[i], *y = (void *)&rows[j], swap = *x;
		*x = *y;
		*y = swap;
	}
	batch_init(&batch, &arena, &set);
	for (int i = 0; i < 200; i++)
		add(&batch, rows[i].source, rows[i].a, rows[i].b, rows[i].c);
	join_batch(&batch, &joined);
	*orphans = joined.orphan_count;
	return joined.digest;
}

Test(join, digests_do_not_depend_on_row_order, .init = setup, .fini = teardown)
{
	size_t orphans, again;
	struct digest digest = digest_shuffled(0, &orphans);

	cr_assert_gt(orphans, 0);
	for (unsigned seed = 1; seed < 40; seed++) {
		cr_assert(digest_equal(digest, digest_shuffled(seed, &again)), "seed %u", seed);
		cr_assert_eq(orphans, again);
	}
}

static struct digest digest_of_rows(const char *a, const char *b, const char *orphan)
{
	struct batch batch;
	struct joined joined;

	batch_init(&batch, &arena, &set);
	add(&batch, 0, "1", a, NULL);
	add(&batch, 1, "1", "1", b);
	if (orphan)
		add(&batch, 1, orphan, "1", NULL);
	join_batch(&batch, &joined);
	return joined.digest;
}

Test(join, digests_notice_every_change, .init = setup, .fini = teardown)
{
	struct digest digest = digest_of_rows("x", "yz", NULL);

	cr_assert(digest_equal(digest, digest_of_rows("x", "yz", NULL)));
	cr_assert_not(digest_equal(digest, digest_of_rows("x ", "yz", NULL)));
	cr_assert_not(digest_equal(digest, digest_of_rows("xy", "z", NULL)),
		      "moved across a column");
	cr_assert_not(digest_equal(digest, digest_of_rows("", "yz", NULL)));
	cr_assert_not(
	    digest_equal(digest_of_rows("", "yz", NULL), digest_of_rows(NULL, "yz", NULL)),
	    "NULL is not the empty text");
	cr_assert_not(digest_equal(digest, digest_of_rows("x", "yz", "9")), "an orphan counts");
}

Test(join, accounts_for_nothing_at_all, .init = setup, .fini = teardown)
{
	struct batch batch;
	struct joined joined;

	batch_init(&batch, &arena, &set);
	join_batch(&batch, &joined);
	cr_assert_eq(joined.row_count + joined.orphan_count + joined.child_count, 0);
}

/* ---- lists below lists: lines ← notes (by parent and key), notes ← marks (by their key alone) ---- */

static const char *const note_names[] = { "line", "n", "parent" };
static const char *const mark_names[] = { "n", "mark" };
static const int third_then_first[] = { 2, 0 };
static const int parent_and_seq[] = { 0, 1 };

static const struct source deep_sources[] = {
	{ ROOT_SOURCE },
	{ LINES_SOURCE },
	{ .name = "notes",
	  .kind = SOURCE_CHILDREN,
	  .table = "n",
	  .columns = note_names,
	  .column_count = 3,
	  .key_columns = second_column,
	  .key_count = 1,
	  .of = 1,
	  .parent_columns = third_then_first,
	  .parent_count = 2,
	  .of_columns = parent_and_seq,
	  .root_columns = third_column },
	{ .name = "marks",
	  .kind = SOURCE_CHILDREN,
	  .table = "m",
	  .columns = mark_names,
	  .column_count = 2,
	  .key_columns = second_column,
	  .key_count = 1,
	  .of = 2,
	  .parent_columns = first_column,
	  .parent_count = 1,
	  .of_columns = second_column },
};
static const struct source_set deep_set = { deep_sources, 4 };

static void add_deep(struct batch *batch)
{
	add(batch, 0, "1", NULL, NULL);
	add(batch, 0, "2", NULL, NULL);
	add(batch, 1, "2", "10", NULL);
	add(batch, 1, "2", "9", NULL);
	add(batch, 1, "1", "9", NULL);
	add(batch, 1, "7", "1", NULL); /* an orphan */
	add(batch, 2, "10", "104", "2");
	add(batch, 2, "9", "103", "2");
	add(batch, 2, "10", "101", "2");
	add(batch, 2, "9", "105", "1");
	add(batch, 2, "8", "106", "1"); /* 1 has no line 8 */
	add(batch, 2, "1", "107", "7"); /* below an orphan */
	add(batch, 3, "101", "b", NULL);
	add(batch, 3, "104", "a", NULL);
	add(batch, 3, "101", "a", NULL);
	add(batch, 3, "107", "a", NULL); /* below one below an orphan */
	add(batch, 3, "999", "a", NULL);
	add(batch, 3, NULL, "a", NULL);
}

Test(join, lists_below_lists_find_their_rows, .init = setup, .fini = teardown)
{
	static const char *const notes[] = { "103", "101", "104" };
	static const char *const marks[] = { "a", "b", "a" };
	const struct source_row *two;
	struct batch batch;
	struct joined joined;

	batch_init(&batch, &arena, &deep_set);
	add_deep(&batch);
	join_batch(&batch, &joined);
	two = &joined.rows[1];
	cr_assert_eq(joined.orphan_count, 6);
	cr_assert_eq(joined.child_count, 3 + 4 + 3);
	cr_assert_eq(two->row_count[2], 3);
	for (int i = 0; i < 3; i++)
		cr_assert(cell_is(&two->rows[2][i][1], notes[i]), "note %d", i);
	cr_assert_arr_eq(two->starts[2], ((uint32_t[]){ 0, 1, 3 }), 3 * sizeof(uint32_t));
	cr_assert_eq(two->row_count[3], 3);
	for (int i = 0; i < 3; i++)
		cr_assert(cell_is(&two->rows[3][i][1], marks[i]), "mark %d", i);
	cr_assert_arr_eq(two->starts[3], ((uint32_t[]){ 0, 0, 2, 3 }), 4 * sizeof(uint32_t));
	cr_assert_eq(joined.rows[0].row_count[2], 1);
	cr_assert_eq(joined.rows[0].row_count[3], 0);
	cr_assert_null(two->starts[1], "lines belong to the root");
	cr_assert_eq(joined.duplicate_child[1], -1);
}

Test(join, a_key_is_unique_below_its_own_row_alone, .init = setup, .fini = teardown)
{
	struct batch batch;
	struct joined joined;

	batch_init(&batch, &arena, &deep_set);
	add_deep(&batch);
	add(&batch, 3, "104", "b", NULL);
	join_batch(&batch, &joined);
	cr_assert_eq(joined.duplicate_child[1], -1, "b is below 101 and below 104");
	batch_init(&batch, &arena, &deep_set);
	add_deep(&batch);
	add(&batch, 3, "104", "a", NULL);
	join_batch(&batch, &joined);
	cr_assert_eq(joined.duplicate_child[1], 3);
	cr_assert_eq(joined.duplicate_child[0], -1);
}

Test(join, digests_notice_a_change_far_below, .init = setup, .fini = teardown)
{
	struct joined joined, again;
	struct batch batch;

	batch_init(&batch, &arena, &deep_set);
	add_deep(&batch);
	join_batch(&batch, &joined);
	batch_init(&batch, &arena, &deep_set);
	add_deep(&batch);
	batch.rowsets[3].cells[0].data = "104"; /* the mark moves to another note */
	join_batch(&batch, &again);
	cr_assert_not(digest_equal(joined.rows[1].digest, again.rows[1].digest));
	cr_assert(digest_equal(joined.rows[0].digest, again.rows[0].digest));
}
