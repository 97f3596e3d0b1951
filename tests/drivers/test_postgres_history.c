/*
 * test_postgres_history.c: which history rows belong to, and whose connection it is. tests/scenarios/failover.sh has what fails over.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "tests/drivers/on_postgres.h"

TestSuite(postgres_history, .timeout = 60);

static const struct source_set roots = { t_c_r, 1 };

static const char table[] =
    "create table t (k int primary key, v text); insert into t values (1, 'a')";

static void expect_history(struct on_postgres *at)
{
	char system[40];

	on_postgres_ask(at, "select system_identifier from pg_control_system()", system,
			sizeof(system));
	cr_expect_str_eq(at->conn->history.system, system);
	cr_expect_eq(at->conn->history.timeline, 1, "%lld", (long long)at->conn->history.timeline);
}

Test(postgres_history, is_known_when_legacy_is_opened_and_with_every_read)
{
	struct on_postgres at;
	struct span key = SPAN("[\"1\"]");

	on_postgres_open(&at);
	on_postgres_run(&at, table);
	on_postgres_connect(&at, CONN_SOURCE);
	expect_history(&at);
	on_postgres_prepare(&at, &roots);
	at.conn->history = (struct history){ .timeline = 7 };
	on_postgres_read(&at);
	expect_history(&at);
	at.conn->history = (struct history){ .timeline = 7 };
	cr_assert(reader_read_keys(at.conn, at.reader, &key, 1, &at.batch, NULL, &at.err), "%s",
		  at.err.text);
	expect_history(&at);
	on_postgres_close(&at);
}

static void expect_name(struct on_postgres *at, const char *wanted)
{
	char sql[120], name[80];

	snprintf(sql, sizeof(sql), "select application_name from pg_stat_activity where pid = %d",
		 PQbackendPID(pg_of(at->conn)->pg));
	on_postgres_ask(at, sql, name, sizeof(name));
	cr_expect_str_eq(name, wanted);
}

Test(postgres_history, shows_whose_connection_it_is)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_connect(&at, CONN_SOURCE);
	expect_name(&at, "engine");
	cr_assert(conn_set_name(at.conn, "engine:it's:1", &at.err), "%s", at.err.text);
	expect_name(&at, "engine:it's:1");
	cr_assert(conn_set_name(at.conn, "engine:run:main", &at.err), "%s", at.err.text);
	expect_name(&at, "engine:run:main");
	on_postgres_close(&at);
}

Test(postgres_history, leaves_a_name_that_the_url_gives)
{
	struct on_postgres at;

	on_postgres_open(&at);
	strncat(at.fixture.url, strchr(at.fixture.url, '?') ? "&" : "?",
		sizeof(at.fixture.url) - strlen(at.fixture.url) - 1);
	strncat(at.fixture.url, "application_name=ours",
		sizeof(at.fixture.url) - strlen(at.fixture.url) - 1);
	on_postgres_connect(&at, CONN_SOURCE);
	cr_assert(conn_set_name(at.conn, "engine:run:1", &at.err), "%s", at.err.text);
	expect_name(&at, "ours");
	on_postgres_close(&at);
}
