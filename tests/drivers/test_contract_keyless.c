/*
 * test_contract_keyless.c: tables without a key, on every driver: equal rows are one row, and ranges of what stands
 * for the key lose none.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/model/key.h"
#include "engine/model/row_key.h"
#include "tests/drivers/world.h"

TestSuite(contract_keyless, .timeout = 60);

static const int first[] = { 0 };
static const int parent[] = { 2 };

static const char *const log_columns[] = { "*", "colour", "copies", "size" };
static const struct source log_source = { .name = "root",
					  .kind = SOURCE_ROOT,
					  .table = "log",
					  .columns = log_columns,
					  .column_count = 4,
					  .key_columns = first,
					  .key_count = 1,
					  .is_keyless = true,
					  .star_column = 0,
					  .copies_column = 2 };
static const struct source_set log_set = { &log_source, 1 };

static const char *const id_columns[] = { "id" };
static const char *const kid_columns[] = { "*", "copies", "del", "what" };
static const struct source kid_sources[] = {
	{ .name = "root",
	  .kind = SOURCE_ROOT,
	  .table = "del",
	  .columns = id_columns,
	  .column_count = 1,
	  .key_columns = first,
	  .key_count = 1 },
	{ .name = "kids",
	  .kind = SOURCE_CHILDREN,
	  .table = "kids",
	  .columns = kid_columns,
	  .column_count = 4,
	  .key_columns = first,
	  .key_count = 1,
	  .parent_columns = parent,
	  .parent_count = 1,
	  .is_keyless = true,
	  .star_column = 0,
	  .copies_column = 1 },
};
static const struct source_set kid_set = { kid_sources, 2 };

/* ---- a root ---- */

enum { COLOURS = 23, SIZES = 40 };

static void put_log(struct fixture *fixture, const char *colour, const char *size)
{
	const char *row[2] = { colour, size };

	fixture_row(fixture, "log", 2, row);
}

/* What the rows are, counted by hand: "c7|12|3" */
struct counted {
	int copies[COLOURS][SIZES];
};

static void make_log(struct fixture *fixture, int rows, struct counted *counted)
{
	static const struct memory_column columns[] = { { "size", "INTEGER", false },
							{ "colour", "TEXT", false } };
	uint64_t dice = 7;

	memset(counted, 0, sizeof(*counted));
	fixture_table(fixture, "log", columns, 2, NULL, 0);
	for (int i = 0; i < rows; i++) {
		uint32_t colour = next_random(&dice, COLOURS), size = next_random(&dice, SIZES);
		char texts[2][16];
		const char *row[2] = { size ? texts[0] : NULL, colour ? texts[1] : NULL };

		snprintf(texts[0], sizeof(texts[0]), "%u", size);
		snprintf(texts[1], sizeof(texts[1]), "c%u", colour);
		fixture_row(fixture, "log", 2, row);
		counted->copies[colour][size]++;
	}
}

static int distinct(const struct counted *counted)
{
	int count = 0;

	for (int c = 0; c < COLOURS; c++)
		for (int s = 0; s < SIZES; s++)
			count += counted->copies[c][s] > 0;
	return count;
}

static void add_expected(struct lines *lines, const struct counted *counted)
{
	for (int c = 0; c < COLOURS; c++)
		for (int s = 0; s < SIZES; s++) {
			char colour[16] = "~", size[16] = "~";

			if (counted->copies[c][s] == 0)
				continue;
			if (c)
				snprintf(colour, sizeof(colour), "c%d", c);
			if (s)
				snprintf(size, sizeof(size), "%d", s);
			lines_add(lines, "%s|%d|%s", colour, counted->copies[c][s], size);
		}
	lines_sort(lines);
}

/* Without the key, which is checked to be the row's. */
static void add_seen(struct lines *lines, const struct rowset *rowset)
{
	for (size_t i = 0; i < rowset->row_count; i++) {
		const struct cell *row = rowset_row(rowset, i);
		char key[ROW_KEY_SIZE], line[LINE_SIZE];

		row_key_of(&log_source, row, key);
		cr_assert_eq(row[0].size, ROW_KEY_SIZE);
		cr_assert_arr_eq(row[0].data, key, ROW_KEY_SIZE);
		row_to_line(row + 1, 3, line);
		lines_add(lines, "%s", line);
	}
}

struct log {
	struct fixture fixture;
	struct conn *conn;
	struct reader *reader;
	struct arena arena;
	struct counted counted;
	struct err err;
};

static void log_open(struct log *log, int driver, int rows)
{
	memset(log, 0, sizeof(*log));
	fixture_open(&log->fixture, driver);
	make_log(&log->fixture, rows, &log->counted);
	log->conn = fixture_connect(&log->fixture, CONN_SOURCE);
	arena_init(&log->arena);
	cr_assert(conn_open_reader(log->conn, &log_set, &log->reader, &log->err), "%s",
		  log->err.text);
}

static void log_close(struct log *log)
{
	reader_close(log->conn, log->reader);
	conn_close(log->conn);
	arena_release(&log->arena);
	fixture_close(&log->fixture);
}

/* Walk it in ranges of `step` keys; every row that comes, as lines. */
static int walk(struct log *log, uint32_t step, struct lines *seen)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct batch batch;
	int ranges = 0;

	do {
		cr_assert(reader_find_bound(log->conn, log->reader, &range, step, &log->arena,
					    &range.upper, &log->err),
			  "%s", log->err.text);
		batch_init(&batch, &log->arena, &log_set);
		cr_assert(
		    reader_read_range(log->conn, log->reader, &range, 0, &batch, NULL, &log->err),
		    "%s", log->err.text);
		cr_assert(batch.rowsets[0].row_count <= step);
		add_seen(seen, &batch.rowsets[0]);
		range.lower = range.upper;
		range.upper = SPAN_NONE;
		ranges++;
	} while (range.lower.data);
	return ranges;
}

ON_EVERY_DRIVER(contract_keyless, ranges_give_every_row_once_and_how_many_there_are)
{
	static const uint32_t steps[] = { 1, 7, 100, 5000 };
	struct log log;
	int64_t count;

	log_open(&log, c->driver, 1500);
	cr_assert(distinct(&log.counted) > 500 && distinct(&log.counted) < 900);
	for (int i = 0; i < 4; i++) {
		struct lines seen, expected;

		lines_open(&seen);
		lines_open(&expected);
		add_expected(&expected, &log.counted);
		cr_expect(walk(&log, steps[i], &seen) >= 1);
		lines_sort(&seen);
		lines_compare(&seen, &expected, "walked");
		lines_close(&seen);
		lines_close(&expected);
	}
	cr_assert(reader_count_roots(log.conn, log.reader, &count, &log.err), "%s", log.err.text);
	cr_expect_eq(count, distinct(&log.counted));
	log_close(&log);
}

ON_EVERY_DRIVER(contract_keyless, what_is_written_meanwhile_is_seen_by_the_next_read)
{
	struct log log;
	struct lines seen, expected;

	log_open(&log, c->driver, 50);
	put_log(&log.fixture, "3", "c4");
	put_log(&log.fixture, "3", "c4");
	put_log(&log.fixture, NULL, NULL);
	log.counted.copies[4][3] += 2;
	log.counted.copies[0][0] += 1;
	lines_open(&seen);
	lines_open(&expected);
	add_expected(&expected, &log.counted);
	walk(&log, 10, &seen);
	lines_sort(&seen);
	lines_compare(&seen, &expected, "after the writes");
	lines_close(&seen);
	lines_close(&expected);
	log_close(&log);
}

ON_EVERY_DRIVER(contract_keyless, single_rows_are_found_by_what_stands_for_their_key)
{
	struct key_range all = { SPAN_NONE, SPAN_NONE };
	struct batch batch, again;
	struct span keys[3];
	struct buf key;
	struct log log;

	log_open(&log, c->driver, 300);
	batch_init(&batch, &log.arena, &log_set);
	cr_assert(reader_read_range(log.conn, log.reader, &all, 0, &batch, NULL, &log.err), "%s",
		  log.err.text);
	for (size_t i = 0; i < 2; i++) {
		buf_init(&key);
		key_put(&key, rowset_row(&batch.rowsets[0], i * 20), first, 1);
		keys[i] = arena_copy(&log.arena, buf_span(&key));
		buf_release(&key);
	}
	keys[2] = SPAN("[\"00000000000000000000000000000000\"]");
	batch_init(&again, &log.arena, &log_set);
	cr_assert(reader_read_keys(log.conn, log.reader, keys, 3, &again, NULL, &log.err), "%s",
		  log.err.text);
	cr_expect_eq(again.rowsets[0].row_count, 2);
	log_close(&log);
}

/* ---- children ---- */

ON_EVERY_DRIVER(contract_keyless, children_are_counted_within_their_root)
{
	static const struct memory_column del[] = { { "id", "INTEGER", false } };
	static const struct memory_column kids[] = { { "del", "INTEGER", false },
						     { "what", "TEXT", false } };
	static const char *const id[] = { "id" };
	static const char *const roots[] = { "1", "2", "3" };
	static const char *const rows[][2] = { { "1", "a" },  { "1", "a" }, { "1", "b" },
					       { "2", "a" },  { "1", "a" }, { NULL, "a" },
					       { NULL, "a" }, { "9", NULL } };
	struct key_range all = { SPAN_NONE, SPAN_NONE };
	struct key_range second = { SPAN("[\"1\"]"), SPAN("[\"2\"]") };
	struct span key = SPAN("[\"1\"]");
	struct fixture fixture;
	struct reader *reader;
	struct err err = { 0 };
	struct lines seen, expected;
	struct arena arena;
	struct batch batch;
	struct conn *conn;

	fixture_open(&fixture, c->driver);
	fixture_table(&fixture, "del", del, 1, id, 1);
	fixture_table(&fixture, "kids", kids, 2, NULL, 0);
	for (int i = 0; i < 3; i++)
		fixture_row(&fixture, "del", 1, &roots[i]);
	for (int i = 0; i < 8; i++)
		fixture_row(&fixture, "kids", 2, rows[i]);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	arena_init(&arena);
	cr_assert(conn_open_reader(conn, &kid_set, &reader, &err), "%s", err.text);

	batch_init(&batch, &arena, &kid_set);
	cr_assert(reader_read_range(conn, reader, &all, 0, &batch, NULL, &err), "%s", err.text);
	lines_open(&seen);
	lines_open(&expected);
	for (size_t i = 0; i < batch.rowsets[1].row_count; i++) {
		char line[LINE_SIZE];

		row_to_line(rowset_row(&batch.rowsets[1], i) + 1, 3, line);
		lines_add(&seen, "%s", line);
	}
	lines_add(&expected, "3|1|a");
	lines_add(&expected, "1|1|b");
	lines_add(&expected, "1|2|a");
	lines_add(&expected, "2|~|a");
	lines_add(&expected, "1|9|~");
	lines_sort(&seen);
	lines_sort(&expected);
	lines_compare(&seen, &expected, "children");

	batch_init(&batch, &arena, &kid_set);
	cr_assert(reader_read_range(conn, reader, &second, 0, &batch, NULL, &err), "%s", err.text);
	cr_expect_eq(batch.rowsets[1].row_count, 1);
	batch_init(&batch, &arena, &kid_set);
	cr_assert(reader_read_keys(conn, reader, &key, 1, &batch, NULL, &err), "%s", err.text);
	cr_expect_eq(batch.rowsets[1].row_count, 2);

	lines_close(&seen);
	lines_close(&expected);
	reader_close(conn, reader);
	conn_close(conn);
	arena_release(&arena);
	fixture_close(&fixture);
}
