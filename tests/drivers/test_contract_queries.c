/*
 * test_contract_queries.c: what every driver promises about queries of rule files. That ranges give every
 * row once is in test_contract_read.c, for queries as for tables.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/drivers/world.h"

TestSuite(contract_queries, .timeout = 60);

/* Nobody knows that a query's keys are unique, so all rows of a key must come together. */
ON_EVERY_DRIVER(contract_queries, rows_of_a_query_with_one_key_are_not_torn_apart)
{
	static const char *const rows[][5] = { { "1", "1", "x", NULL, NULL },
					       { "2", "1", "one", NULL, NULL },
					       { "2", "1", "other", NULL, NULL },
					       { "3", "1", "y", NULL, NULL } };
	static const struct memory_column columns[] = { { "a", "INTEGER", false },
							{ "b", "INTEGER", false },
							{ "name", "TEXT", false },
							{ "film_id", "TEXT", false },
							{ "unread", "TEXT", false } };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct world world;
	struct batch batch;
	struct span bound;
	size_t seen = 0;
	int64_t count;

	world_open_as(&world, c->driver, QUERY_ROOT, KEY_OF_INTEGER, 0, 3);
	fixture_table(&world.fixture, "del", columns, 5, NULL, 0);
	for (size_t i = 0; i < 4; i++)
		fixture_row(&world.fixture, "del", 5, rows[i]);
	for (bool last = false; !last;) {
		range = (struct key_range){ range.upper, SPAN_NONE };
		cr_assert(reader_find_bound(world.conn, world.reader, &range, 1, &world.arena,
					    &range.upper, &world.err),
			  "%s", world.err.text);
		last = range.upper.data == NULL;
		world_read_range(&world, &range, &batch);
		cr_assert_eq(batch.rowsets[ROOT].row_count,
			     span_equal(range.upper, SPAN("[\"2\"]")) ? 2 : 1);
		seen += batch.rowsets[ROOT].row_count;
	}
	cr_assert_eq(seen, 4);
	cr_assert(reader_count_roots(world.conn, world.reader, &count, &world.err));
	cr_assert_eq(count, 4);
	range = (struct key_range){ SPAN_NONE, SPAN("[\"2\"]") };
	cr_assert(reader_find_bound(world.conn, world.reader, &range, 2, &world.arena, &bound,
				    &world.err));
	cr_assert_null(bound.data, "there is no key behind 2 in this range");
	world_close(&world);
}

ON_EVERY_DRIVER(contract_queries, a_query_whose_key_is_null_is_refused)
{
	static const char *const row[5] = { NULL, "1", "x", NULL, NULL };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct reader *reader;
	struct world world;
	struct batch batch;

	world_open_as(&world, c->driver, QUERY_ROOT, KEY_OF_TEXT, 3, 3);
	fixture_allow_null(&world.fixture, "del", "a");
	fixture_row(&world.fixture, "del", 5, row);
	batch_init(&batch, &world.arena, &world.set);
	cr_assert_not(
	    reader_read_range(world.conn, world.reader, &range, 0, &batch, NULL, &world.err));
	cr_assert_eq(world.err.code, ERR_DATA, "%s", world.err.text);
	err_reset(&world.err);
	cr_assert_not(conn_open_reader(world.conn, &world.set, &reader, &world.err));
	cr_assert_eq(world.err.code, ERR_RULE, "%s", world.err.text);
	world_close(&world);
}

ON_EVERY_DRIVER(contract_queries, queries_are_described_as_they_are)
{
	struct table_info info;
	struct world world;

	world_open_as(&world, c->driver, ALL_QUERIES, KEY_OF_TWO, 1, 3);
	cr_assert(
	    conn_describe_query(world.conn, world_root_query, &world.arena, &info, &world.err),
	    "%s", world.err.text);
	cr_assert_null(info.fault, "%s", info.fault);
	cr_assert_eq(info.column_count, 5);
	cr_assert_str_eq(info.columns[3].name, "film_id");
	cr_assert_eq(info.unique_count, 0);
	cr_assert_eq(info.read_table_count, 1);
	cr_assert_str_eq(info.read_tables[0], "del");
	cr_assert(
	    conn_describe_query(world.conn, "select nothing", &world.arena, &info, &world.err),
	    "%s", world.err.text);
	cr_assert_not_null(info.fault);
	cr_assert_not(info.exists);
	world_close(&world);
}
