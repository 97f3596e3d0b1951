/*
 * test_contract_probe.c: what every driver promises about probes: one number or an error that says why not.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/base/clock.h"
#include "tests/drivers/world.h"

TestSuite(contract_probe, .timeout = 60);

struct store {
	struct fixture fixture;
	struct conn *conn;
	struct err err;
};

/* A table "load" with one column; memory is told that the statement selects it. */
static void store_open(struct store *store, int driver, const char *type, const char *sql)
{
	struct memory_column column = { "value", type, false };

	memset(store, 0, sizeof(*store));
	fixture_open(&store->fixture, driver);
	fixture_table(&store->fixture, "load", &column, 1, NULL, 0);
	if (driver == ON_MEMORY)
		memory_store_query(store->fixture.store, sql, "load");
	store->conn = fixture_connect(&store->fixture, CONN_SOURCE);
}

static void put(struct store *store, const char *value)
{
	fixture_row(&store->fixture, "load", 1, &value);
}

static void store_close(struct store *store)
{
	conn_close(store->conn);
	fixture_close(&store->fixture);
}

static void refuses(struct store *store, const char *sql, const char *why)
{
	double value;

	cr_assert_not(conn_probe(store->conn, sql, &value, &store->err), "%s", sql);
	cr_assert_eq(store->err.code, ERR_RULE, "%s: %s", sql, store->err.text);
	cr_assert_not_null(strstr(store->err.text, why), "%s: %s", sql, store->err.text);
	err_reset(&store->err);
}

static const char query[] = "select value from load";

ON_EVERY_DRIVER(contract_probe, gives_the_number_as_it_is_now)
{
	struct store store;
	double value = 0;

	store_open(&store, c->driver, "numeric", query);
	put(&store, "1.25");
	cr_assert(conn_probe(store.conn, query, &value, &store.err), "%s", store.err.text);
	cr_assert_eq(value, 1.25);
	fixture_table(&store.fixture, "load", &(struct memory_column){ "value", "INTEGER", false },
		      1, NULL, 0);
	put(&store, "-7");
	cr_assert(conn_probe(store.conn, query, &value, &store.err), "%s", store.err.text);
	cr_assert_eq(value, -7);
	store_close(&store);
}

ON_EVERY_DRIVER(contract_probe, says_what_there_is_instead_of_a_number)
{
	struct store store;
	double value;

	store_open(&store, c->driver, "INTEGER", query);
	refuses(&store, query, "no row");
	put(&store, NULL);
	refuses(&store, query, "NULL");
	put(&store, "1");
	refuses(&store, query, "more than one row");
	fixture_table(&store.fixture, "load", &(struct memory_column){ "value", "TEXT", false }, 1,
		      NULL, 0);
	put(&store, "1");
	refuses(&store, query, "no number");
	fixture_table(&store.fixture, "load",
		      (struct memory_column[]){ { "value", "INTEGER", false },
						{ "other", "INTEGER", false } },
		      2, NULL, 0);
	fixture_row(&store.fixture, "load", 2, (const char *const[]){ "1", "2" });
	refuses(&store, c->driver == ON_MEMORY ? query : "select value, other from load",
		"more than one column");
	refuses(&store, "select value from nowhere", "");
	refuses(&store, "select value frm load", "");
	refuses(&store, "", "");
	/* And the connection is as good as before. */
	fixture_table(&store.fixture, "load", &(struct memory_column){ "value", "INTEGER", false },
		      1, NULL, 0);
	put(&store, "3");
	cr_assert(conn_probe(store.conn, query, &value, &store.err), "%s", store.err.text);
	cr_assert_eq(value, 3);
	store_close(&store);
}

ON_EVERY_DRIVER(contract_probe, writes_nothing)
{
	static const char *const statements[] = {
		"delete from load",
		"update load set value = 9",
		"select value from load; delete from load",
		"select value from load) as probe; delete from load; select 1 from (select 1",
		"create table made (value integer)",
		"with gone as (delete from load returning value) select value from gone",
		"delete from load returning value",
		"begin",
		"explain select 1",
	};
	struct store store;
	double value;

	store_open(&store, c->driver, "INTEGER", query);
	put(&store, "3");
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++)
		refuses(&store, statements[i], "");
	cr_assert(conn_probe(store.conn, query, &value, &store.err), "%s", store.err.text);
	cr_assert_eq(value, 3);
	store_close(&store);
}

ON_EVERY_DRIVER(contract_probe, may_ask_for_the_time_and_end_in_a_comment)
{
	static const char now[] = "select 1 + 0 * length(cast(current_timestamp as text)) -- now";
	struct store store;
	double value;

	store_open(&store, c->driver, "INTEGER", now);
	put(&store, "1");
	cr_assert(conn_probe(store.conn, now, &value, &store.err), "%s", store.err.text);
	cr_assert_eq(value, 1);
	store_close(&store);
}

ON_EVERY_DRIVER(contract_probe, takes_no_longer_than_it_may)
{
	static const char endless[] =
	    "with recursive n(i) as (select 1 union all select i % 9 + 1 from n) "
	    "select count(*) from n";
	struct store store;
	double value;
	int64_t began_ns = clock_monotonic_ns();

	store_open(&store, c->driver, "INTEGER", query);
	put(&store, "3");
	if (c->driver != ON_MEMORY) {
		began_ns = clock_monotonic_ns();
		cr_assert_not(conn_probe(store.conn, endless, &value, &store.err));
		cr_assert_eq(store.err.code, ERR_TRANSIENT, "%s", store.err.text);
		err_reset(&store.err);
	}
	cr_assert_lt(clock_monotonic_ns() - began_ns, INT64_C(3000000000));
	cr_assert(conn_probe(store.conn, query, &value, &store.err), "%s", store.err.text);
	store_close(&store);
}

ON_EVERY_DRIVER(contract_probe, asks_a_target_too)
{
	static const char one[] = "select 1";
	struct store store;
	struct conn *target, *looking;
	double value;

	store_open(&store, c->driver, "INTEGER", one);
	put(&store, "1");
	target = fixture_connect(&store.fixture, CONN_TARGET);
	looking = fixture_connect(&store.fixture, CONN_TARGET_READ);
	cr_assert(conn_probe(looking, one, &value, &store.err), "%s", store.err.text);
	cr_assert_eq(value, 1);
	conn_close(looking);
	conn_close(target);
	store_close(&store);
}

/* Someone holds the store for longer than a probe may wait. */
Test(contract_probe, does_not_wait_for_a_lock)
{
	struct store store;
	double value;
	int64_t began_ns;

	store_open(&store, ON_SQLITE, "INTEGER", query);
	put(&store, "1");
	fixture_run(&store.fixture, "begin exclusive");
	began_ns = clock_monotonic_ns();
	cr_assert_not(conn_probe(store.conn, query, &value, &store.err));
	cr_assert_eq(store.err.code, ERR_TRANSIENT, "%s", store.err.text);
	cr_assert_lt(clock_monotonic_ns() - began_ns, INT64_C(3000000000));
	fixture_run(&store.fixture, "rollback");
	store_close(&store);
}
