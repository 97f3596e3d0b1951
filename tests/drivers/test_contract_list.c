/*
 * test_contract_list.c: what every driver promises about the list of tables.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "tests/drivers/world.h"

TestSuite(contract_list, .timeout = 60);

static struct catalog list(struct fixture *fixture, struct arena *arena)
{
	struct conn *conn = fixture_connect(fixture, CONN_SOURCE);
	struct err err = { ERR_NONE, "" };
	struct catalog catalog;

	cr_assert(conn_list(conn, arena, &catalog, &err), "%s", err.text);
	conn_close(conn);
	return catalog;
}

/* Is it among them? The server of the tests may have schemas of other tests. */
static int place_of(const struct catalog *catalog, const char *table)
{
	for (int i = 0; i < catalog->table_count; i++)
		if (strcmp(catalog->tables[i], table) == 0)
			return i;
	return -1;
}

static const struct foreign_key *key_of(const struct catalog *catalog, const char *table)
{
	for (int i = 0; i < catalog->foreign_key_count; i++)
		if (strcmp(catalog->foreign_keys[i].table, table) == 0)
			return &catalog->foreign_keys[i];
	return NULL;
}

ON_EVERY_DRIVER(contract_list, names_every_table_in_byte_order)
{
	static const char *const names[] = { "b", "a", "c1", "a_b", "c" };
	static const char *const sorted[] = { "a", "a_b", "b", "c", "c1" };
	struct memory_column column = { "id", "INTEGER", true };
	const char *key = "id";
	struct fixture fixture;
	struct catalog catalog;
	struct arena arena;

	arena_init(&arena);
	fixture_open(&fixture, c->driver);
	for (int i = 0; i < 5; i++)
		fixture_table(&fixture, names[i], &column, 1, &key, 1);
	catalog = list(&fixture, &arena);
	for (int i = 0; i < 5; i++)
		cr_expect_geq(place_of(&catalog, sorted[i]), 0, "%s", sorted[i]);
	for (int i = 1; i < catalog.table_count; i++)
		cr_expect_lt(strcmp(catalog.tables[i - 1], catalog.tables[i]), 0, "%s before %s",
			     catalog.tables[i - 1], catalog.tables[i]);
	cr_expect_null(key_of(&catalog, "a"));
	fixture_close(&fixture);
	arena_release(&arena);
}

ON_EVERY_DRIVER(contract_list, lists_nothing_where_there_is_nothing)
{
	struct fixture fixture;
	struct catalog catalog;
	struct arena arena;

	arena_init(&arena);
	fixture_open(&fixture, c->driver);
	catalog = list(&fixture, &arena);
	cr_expect_eq(place_of(&catalog, "a"), -1);
	fixture_close(&fixture);
	arena_release(&arena);
}

/* Memory is told of no foreign keys. */
static void tells_foreign_keys(int driver)
{
	struct fixture fixture;
	struct catalog catalog;
	const struct foreign_key *key;
	struct arena arena;

	arena_init(&arena);
	fixture_open(&fixture, driver);
	fixture_run(&fixture, "create table above (a integer, b integer, primary key (a, b))");
	fixture_run(&fixture, "create table single (id integer primary key)");
	fixture_run(&fixture, "create table below (id integer primary key, x integer, y integer, "
			      "foreign key (y, x) references above (b, a))");
	fixture_run(&fixture,
		    "create table implied (id integer primary key, s integer references single)");
	fixture_run(&fixture, "create view seen as select id from single");
	catalog = list(&fixture, &arena);
	cr_expect_eq(place_of(&catalog, "seen"), -1, "a view is no table");
	key = key_of(&catalog, "below");
	cr_assert_not_null(key);
	cr_expect_str_eq(key->above, "above");
	cr_assert_eq(key->column_count, 2);
	cr_expect_str_eq(key->columns[0], "y");
	cr_expect_str_eq(key->above_columns[0], "b");
	cr_expect_str_eq(key->columns[1], "x");
	cr_expect_str_eq(key->above_columns[1], "a");
	key = key_of(&catalog, "implied");
	cr_assert_not_null(key);
	cr_expect_str_eq(key->above, "single");
	cr_expect_str_eq(key->above_columns[0], "id");
	fixture_close(&fixture);
	arena_release(&arena);
}

Test(contract_list, foreign_keys_of_sqlite)
{
	tells_foreign_keys(ON_SQLITE);
}

Test(contract_list, foreign_keys_of_postgres)
{
	tells_foreign_keys(ON_POSTGRES);
}

Test(contract_list, partitions_are_part_of_their_table)
{
	struct fixture fixture;
	struct catalog catalog;
	struct arena arena;

	arena_init(&arena);
	fixture_open(&fixture, ON_POSTGRES);
	fixture_run(&fixture,
		    "create table whole (id integer primary key) partition by range (id)");
	fixture_run(&fixture,
		    "create table whole_1 partition of whole for values from (0) to (10)");
	fixture_run(
	    &fixture,
	    "create table named (id integer primary key, whole_id integer references whole)");
	catalog = list(&fixture, &arena);
	cr_expect_geq(place_of(&catalog, "whole"), 0);
	cr_expect_eq(place_of(&catalog, "whole_1"), -1);
	cr_assert_not_null(key_of(&catalog, "named"));
	cr_expect_str_eq(key_of(&catalog, "named")->above, "whole");
	fixture_close(&fixture);
	arena_release(&arena);
}
