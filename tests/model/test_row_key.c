/*
 * test_row_key.c: keys of rows that have none, and equal rows as one.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/model/row_key.h"

TestSuite(row_key, .timeout = 60);

enum { STAR, A, B, COPIES, COLUMNS };

static const char *const columns[] = { "*", "a", "b", "copies" };
static const int star[] = { STAR };
static const struct source source = { .name = "root",
				      .table = "t",
				      .columns = columns,
				      .column_count = COLUMNS,
				      .key_columns = star,
				      .key_count = 1,
				      .is_keyless = true,
				      .star_column = STAR,
				      .copies_column = COPIES };
static const struct source_set set = { &source, 1 };

static struct cell text(const char *bytes)
{
	return (struct cell){ bytes, bytes ? (uint32_t)strlen(bytes) : 0,
			      bytes ? CELL_TEXT : CELL_NULL };
}

static const char *key_of(struct cell a, struct cell b)
{
	static char keys[4][ROW_KEY_SIZE + 1];
	static int next;
	struct cell row[COLUMNS] = { [A] = a, [B] = b };
	char *key = keys[next++ % 4];

	row_key_of(&source, row, key);
	return key;
}

/* The bytes that are hashed, given to sha256sum. */
Test(row_key, is_half_a_sha256_of_names_and_values)
{
	struct cell bytes = { "\0\xff", 2, CELL_BYTES };

	cr_expect_str_eq(key_of(text("x"), bytes), "75f98f6921968242a48078de48945150");
	cr_expect_str_eq(key_of(text(NULL), text(NULL)), "e3b0c44298fc1c149afbf4c8996fb924");
	cr_expect_str_eq(key_of(text(""), text(NULL)), "616d2a28291e3ad5b3f00b43fbcd8b66");
}

Test(row_key, tells_apart_what_differs)
{
	struct cell bytes = { "x", 1, CELL_BYTES };

	cr_expect_str_neq(key_of(text("x"), text(NULL)), key_of(text(NULL), text("x")));
	cr_expect_str_neq(key_of(text("x"), text(NULL)), key_of(text("x"), text("")));
	cr_expect_str_neq(key_of(text("x"), text("y")), key_of(text("xy"), text("")));
	cr_expect_str_neq(key_of(text("x"), text(NULL)), key_of(bytes, text(NULL)));
	cr_expect_str_neq(key_of(text("x1:bt1:y"), text(NULL)), key_of(text("x"), text("y")));
	cr_expect_str_neq(key_of(text("NULL"), text(NULL)), key_of(text(NULL), text(NULL)));
}

Test(row_key, tells_long_values_apart_behind_what_is_kept)
{
	size_t size = CELL_BYTES_MAX + 1;
	char *one = malloc(size), kept[2][CELL_CUT_SIZE];
	struct cell cut[2];

	memset(one, 'x', size);
	cell_cut((struct span){ one, size }, kept[0]);
	one[size - 1] = 'y';
	cell_cut((struct span){ one, size }, kept[1]);
	free(one);
	for (int i = 0; i < 2; i++)
		cut[i] = (struct cell){ kept[i], (uint32_t)size, CELL_CUT };
	cr_expect_str_neq(key_of(cut[0], text("1")), key_of(cut[1], text("1")));
}

/* ---- equal rows ---- */

static size_t fold(const char *const rows[][3], size_t count, struct batch *batch,
		   struct arena *arena)
{
	batch_init(batch, arena, &set);
	for (size_t i = 0; i < count; i++) {
		struct cell *row = batch_add_row(batch, 0);

		row[STAR] = text(NULL);
		row[A] = text(rows[i][0]);
		row[B] = text(rows[i][1]);
		row[COPIES] = text(rows[i][2]);
	}
	row_key_fold_batch(batch, 0);
	return batch->rowsets[0].row_count;
}

static const char *copies_of(const struct batch *batch, const char *a)
{
	static char copies[32];

	for (size_t i = 0; i < batch->rowsets[0].row_count; i++) {
		const struct cell *row = rowset_row(&batch->rowsets[0], i);

		if (!span_equal_text(cell_span(&row[A]), a))
			continue;
		snprintf(copies, sizeof(copies), "%.*s", SPAN_ARGS(cell_span(&row[COPIES])));
		return copies;
	}
	return "none";
}

Test(row_key, makes_one_of_equal_rows_and_counts_them)
{
	static const char *const rows[][3] = { { "x", "1", NULL },         { "y", NULL, NULL },
					       { "x", "1", NULL },         { "z", "1", "2" },
					       { "z", "1", "2147483000" }, { "x", "1", "40" } };
	struct arena arena;
	struct batch batch;

	arena_init(&arena);
	cr_assert_eq(fold(rows, 6, &batch, &arena), 3);
	cr_expect_str_eq(copies_of(&batch, "x"), "42");
	cr_expect_str_eq(copies_of(&batch, "y"), "1");
	cr_expect_str_eq(copies_of(&batch, "z"), "2147483002");
	for (size_t i = 1; i < 3; i++)
		cr_expect(span_compare(cell_span(&rowset_row(&batch.rowsets[0], i - 1)[STAR]),
				       cell_span(&rowset_row(&batch.rowsets[0], i)[STAR])) < 0);
	arena_release(&arena);
}

Test(row_key, adds_nothing_that_is_no_number_of_copies)
{
	static const char *const rows[][3] = { { "x", "1", "0" },          { "x", "1", "1" },
					       { "y", "1", "-1" },         { "y", "1", NULL },
					       { "z", "1", "2147483647" }, { "z", "1", NULL } };
	struct arena arena;
	struct batch batch;

	arena_init(&arena);
	cr_assert_eq(fold(rows, 6, &batch, &arena), 6);
	arena_release(&arena);
}

Test(row_key, does_without_a_count_that_nobody_asks_for)
{
	static const char *const two[] = { "*", "a" };
	static const struct source bare = { .name = "root",
					    .columns = two,
					    .column_count = 2,
					    .key_columns = star,
					    .key_count = 1,
					    .is_keyless = true,
					    .copies_column = -1 };
	static const struct source_set bare_set = { &bare, 1 };
	struct arena arena;
	struct batch batch;

	arena_init(&arena);
	batch_init(&batch, &arena, &bare_set);
	for (int i = 0; i < 3; i++) {
		struct cell *row = batch_add_row(&batch, 0);

		row[0] = text(NULL);
		row[1] = text(i == 1 ? "y" : "x");
	}
	row_key_fold_batch(&batch, 0);
	cr_expect_eq(batch.rowsets[0].row_count, 2);
	arena_release(&arena);
}
