/*
 * test_contract_below.c: children below other children, on every driver.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/drivers/world.h"

TestSuite(contract_below, .timeout = 60);

static const int first[] = { 0 };
static const int first_two[] = { 0, 1 };
static const int second[] = { 1 };
static const int third[] = { 2 };

/* ---- lists below lists: notes name their event by its own key, marks their note by parent and key ---- */

static const char *const id_columns[] = { "id" };
static const char *const event_columns[] = { "del", "event" };
static const char *const note_columns[] = { "event", "n" };
static const char *const mark_columns[] = { "event", "n", "mark" };

static const struct source deep_sources[] = {
	{ .name = "root",
	  .kind = SOURCE_ROOT,
	  .table = "del",
	  .columns = id_columns,
	  .column_count = 1,
	  .key_columns = first,
	  .key_count = 1 },
	{ .name = "events",
	  .kind = SOURCE_CHILDREN,
	  .table = "events",
	  .columns = event_columns,
	  .column_count = 2,
	  .key_columns = second,
	  .key_count = 1,
	  .parent_columns = first,
	  .parent_count = 1 },
	{ .name = "notes",
	  .kind = SOURCE_CHILDREN,
	  .table = "notes",
	  .columns = note_columns,
	  .column_count = 2,
	  .key_columns = second,
	  .key_count = 1,
	  .of = 1,
	  .parent_columns = first,
	  .parent_count = 1,
	  .of_columns = second },
	{ .name = "marks",
	  .kind = SOURCE_CHILDREN,
	  .table = "marks",
	  .columns = mark_columns,
	  .column_count = 3,
	  .key_columns = third,
	  .key_count = 1,
	  .of = 2,
	  .parent_columns = first_two,
	  .parent_count = 2,
	  .of_columns = first_two },
};
static const struct source_set deep_set = { deep_sources, 4 };

static void make_deep(struct fixture *fixture)
{
	static const struct memory_column del[] = { { "id", "INTEGER", false } };
	static const struct memory_column events[] = { { "del", "INTEGER", false },
						       { "event", "INTEGER", false } };
	static const struct memory_column notes[] = { { "event", "INTEGER", false },
						      { "n", "INTEGER", false } };
	static const struct memory_column marks[] = { { "event", "INTEGER", false },
						      { "n", "INTEGER", false },
						      { "mark", "TEXT", false } };
	static const char *const id[] = { "id" };
	static const char *const event[] = { "event" };
	static const char *const roots[] = { "1", "2", "3", "4" };
	static const char *const event_rows[][2] = {
		{ "1", "10" }, { "3", "11" }, { "3", "12" }, { "9", "13" }, { NULL, "14" }
	};
	static const char *const note_rows[][2] = { { "10", "1" }, { "12", "1" }, { "12", "2" },
						    { "13", "1" }, { "14", "1" }, { "99", "1" },
						    { NULL, "1" } };
	static const char *const mark_rows[][3] = { { "12", "2", "a" }, { "12", "2", "b" },
						    { "10", "1", "a" }, { "13", "1", "a" },
						    { "14", "1", "a" }, { "99", "1", "a" },
						    { "12", "7", "a" }, { NULL, "1", "a" },
						    { "12", NULL, "a" } };

	fixture_table(fixture, "del", del, 1, id, 1);
	fixture_table(fixture, "events", events, 2, event, 1);
	fixture_table(fixture, "notes", notes, 2, NULL, 0);
	fixture_table(fixture, "marks", marks, 3, NULL, 0);
	for (int i = 0; i < 4; i++)
		fixture_row(fixture, "del", 1, &roots[i]);
	for (int i = 0; i < 5; i++)
		fixture_row(fixture, "events", 2, event_rows[i]);
	for (int i = 0; i < 7; i++)
		fixture_row(fixture, "notes", 2, note_rows[i]);
	for (int i = 0; i < 9; i++)
		fixture_row(fixture, "marks", 3, mark_rows[i]);
}

static void expect_deep(struct conn *conn, struct reader *reader, struct arena *arena,
			const char *lower, const char *upper, const int counts[4])
{
	struct key_range range = { lower ? span_of(lower) : SPAN_NONE,
				   upper ? span_of(upper) : SPAN_NONE };
	struct err err = { 0 };
	struct batch batch;

	batch_init(&batch, arena, &deep_set);
	cr_assert(reader_read_range(conn, reader, &range, 0, &batch, NULL, &err), "%s", err.text);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(batch.rowsets[i].row_count, (size_t)counts[i], "%s to %s: %zu %s",
			     lower ? lower : "", upper ? upper : "", batch.rowsets[i].row_count,
			     deep_sources[i].name);
}

ON_EVERY_DRIVER(contract_below, lists_below_lists_are_read_with_their_root)
{
	static const struct span keys[] = { { "[\"3\"]", 5 }, { "[\"5\"]", 5 } };
	static const size_t of_keys[] = { 1, 2, 2, 2 };
	struct err err = { 0 };
	struct fixture fixture;
	struct reader *reader;
	struct arena arena;
	struct batch batch;
	struct conn *conn;

	fixture_open(&fixture, c->driver);
	make_deep(&fixture);
	arena_init(&arena);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &deep_set, &reader, &err), "%s", err.text);
	expect_deep(conn, reader, &arena, NULL, NULL, (int[]){ 4, 5, 7, 9 });
	/* What is below nothing comes with the range that is open below. */
	expect_deep(conn, reader, &arena, NULL, "[\"2\"]", (int[]){ 2, 2, 4, 6 });
	expect_deep(conn, reader, &arena, "[\"2\"]", "[\"3\"]", (int[]){ 1, 2, 2, 2 });
	expect_deep(conn, reader, &arena, "[\"3\"]", "[\"4\"]", (int[]){ 1, 0, 0, 0 });
	expect_deep(conn, reader, &arena, "[\"4\"]", NULL, (int[]){ 0, 1, 1, 1 });
	batch_init(&batch, &arena, &deep_set);
	cr_assert(reader_read_keys(conn, reader, keys, 2, &batch, NULL, &err), "%s", err.text);
	for (int i = 0; i < 4; i++)
		cr_assert_eq(batch.rowsets[i].row_count, of_keys[i], "%s", deep_sources[i].name);
	reader_close(conn, reader);
	conn_close(conn);
	arena_release(&arena);
	fixture_close(&fixture);
}
