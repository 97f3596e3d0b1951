/*
 * on_postgres.c: databases and roles that go with the test, and readers on a root "t".
 */
#include "tests/drivers/on_postgres.h"

#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const int first[] = { 0 };
static const int second[] = { 1 };
static const int third[] = { 2 };
static const int first_two[] = { 0, 1 };
static const char *const k_v[] = { "k", "v" };
static const char *const p_v[] = { "p", "v" };
static const char *const k_l_v[] = { "k", "l", "v" };
static const char *const p_q_v[] = { "p", "q", "v" };

const struct source t_c_r[] = {
	{ .name = "root",
	  .kind = SOURCE_ROOT,
	  .table = "t",
	  .columns = k_v,
	  .column_count = 2,
	  .key_columns = first,
	  .key_count = 1 },
	{ .name = "lines",
	  .kind = SOURCE_CHILDREN,
	  .table = "c",
	  .columns = p_v,
	  .column_count = 2,
	  .key_columns = second,
	  .key_count = 1,
	  .parent_columns = first,
	  .parent_count = 1 },
	{ .name = "ref",
	  .kind = SOURCE_REFERENCE,
	  .table = "r",
	  .columns = k_v,
	  .column_count = 2,
	  .key_columns = first,
	  .key_count = 1,
	  .from_source = 0,
	  .from_columns = second },
};

const struct source two_keys[] = {
	{ .name = "root",
	  .kind = SOURCE_ROOT,
	  .table = "t",
	  .columns = k_l_v,
	  .column_count = 3,
	  .key_columns = first_two,
	  .key_count = 2 },
	{ .name = "lines",
	  .kind = SOURCE_CHILDREN,
	  .table = "c",
	  .columns = p_q_v,
	  .column_count = 3,
	  .key_columns = third,
	  .key_count = 1,
	  .parent_columns = first_two,
	  .parent_count = 2 },
};

/* ---- the server ---- */

static void run_on_server(const char *server, const char *format, const char *name,
			  const char *more)
{
	PGconn *pg = PQconnectdb(server);
	char sql[300];
	PGresult *result;

	snprintf(sql, sizeof(sql), format, name, more);
	result = PQexec(pg, sql);
	cr_assert_eq(PQresultStatus(result), PGRES_COMMAND_OK, "%s: %s", sql, PQerrorMessage(pg));
	PQclear(result);
	PQfinish(pg);
}

static void add_option(char *url, size_t size, const char *name, const char *value)
{
	size_t used = strlen(url);

	snprintf(url + used, size - used, "%c%s=%s", strchr(url, '?') ? '&' : '?', name, value);
}

void on_postgres_open(struct on_postgres *at)
{
	memset(at, 0, sizeof(*at));
	fixture_open(&at->fixture, ON_POSTGRES);
	arena_init(&at->arena);
	on_postgres_run(at, "set client_min_messages = error");
}

void on_postgres_open_encoded(struct on_postgres *at, const char *encoding)
{
	const char *server = getenv("ENGINE_TEST_POSTGRES");
	char database[64], kept[200], url[400];

	cr_assert_not_null(server, "ENGINE_TEST_POSTGRES names no server");
	snprintf(kept, sizeof(kept), "%s", server);
	snprintf(database, sizeof(database), "engine_test_%ld", (long)getpid());
	run_on_server(kept,
		      "create database %s encoding '%s' template template0 lc_collate 'C' "
		      "lc_ctype 'C'",
		      database, encoding);
	snprintf(url, sizeof(url), "%s", kept);
	add_option(url, sizeof(url), "dbname", database);
	setenv("ENGINE_TEST_POSTGRES", url, 1);
	on_postgres_open(at);
	memcpy(at->database, database, sizeof(database));
	memcpy(at->server, kept, sizeof(kept));
}

void on_postgres_be_role(struct on_postgres *at)
{
	char legacy[80], target[80];

	snprintf(at->role, sizeof(at->role), "engine_role_%ld", (long)getpid());
	on_postgres_ask(at, "select current_schema", legacy, sizeof(legacy));
	on_postgres_ask(at, "select replace(current_schema, 'legacy', 'target')", target,
			sizeof(target));
	on_postgres_run(at, "create role %s login", at->role);
	on_postgres_run(at,
			"grant all on schema %s, %s to %s; alter default privileges in schema %s "
			"grant select on tables to %s",
			legacy, target, at->role, legacy, at->role);
	add_option(at->fixture.url, sizeof(at->fixture.url), "user", at->role);
	add_option(at->fixture.target_url, sizeof(at->fixture.target_url), "user", at->role);
}

void on_postgres_close(struct on_postgres *at)
{
	if (at->reader)
		reader_close(at->conn, at->reader);
	conn_close(at->conn);
	if (at->role[0])
		on_postgres_run(at, "drop owned by %s; drop role %s", at->role, at->role);
	arena_release(&at->arena);
	fixture_close(&at->fixture);
	if (at->database[0])
		run_on_server(at->server, "drop database %s%s", at->database, " with (force)");
}

void on_postgres_run(struct on_postgres *at, const char *format, ...)
{
	char sql[6000];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sql, sizeof(sql), format, arguments);
	va_end(arguments);
	fixture_run(&at->fixture, sql);
}

void on_postgres_ask(struct on_postgres *at, const char *sql, char *answer, size_t size)
{
	PGresult *result = PQexec(at->fixture.pg, sql);

	cr_assert_eq(PQresultStatus(result), PGRES_TUPLES_OK, "%s: %s", sql,
		     PQerrorMessage(at->fixture.pg));
	snprintf(answer, size, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
}

/* ---- reading ---- */

void on_postgres_connect(struct on_postgres *at, enum conn_role role)
{
	at->conn = fixture_connect(&at->fixture, role);
}

void on_postgres_prepare(struct on_postgres *at, const struct source_set *set)
{
	if (at->conn == NULL)
		on_postgres_connect(at, CONN_SOURCE);
	if (at->reader)
		reader_close(at->conn, at->reader);
	cr_assert(conn_open_reader(at->conn, set, &at->reader, &at->err), "%s", at->err.text);
	batch_init(&at->batch, &at->arena, set);
}

void on_postgres_expect(struct on_postgres *at, enum err_code code, const char *words)
{
	cr_assert_eq(at->err.code, code, "%d, not %d: %s", at->err.code, code, at->err.text);
	cr_assert_not_null(strstr(at->err.text, words), "'%s' does not say '%s'", at->err.text,
			   words);
	err_reset(&at->err);
}

void on_postgres_refuse(struct on_postgres *at, const struct source_set *set, const char *words)
{
	struct reader *refused;

	if (at->conn == NULL)
		on_postgres_connect(at, CONN_SOURCE);
	cr_assert_not(conn_open_reader(at->conn, set, &refused, &at->err), "'%s' was accepted",
		      words);
	on_postgres_expect(at, ERR_RULE, words);
}

static bool read_all(struct on_postgres *at)
{
	const struct key_range all = { SPAN_NONE, SPAN_NONE };

	batch_init(&at->batch, &at->arena, at->batch.sources);
	return reader_read_range(at->conn, at->reader, &all, 0, &at->batch, NULL, &at->err);
}

void on_postgres_read(struct on_postgres *at)
{
	cr_assert(read_all(at), "%s", at->err.text);
}

void on_postgres_fail(struct on_postgres *at, enum err_code code, const char *words)
{
	cr_assert_not(read_all(at), "'%s' was not noticed", words);
	on_postgres_expect(at, code, words);
}

void on_postgres_expect_indexes(struct on_postgres *at, const char *what)
{
	struct buf json;

	buf_init(&json);
	cr_assert(reader_explain(at->conn, at->reader, &json, &at->err), "%s: %s", what,
		  at->err.text);
	cr_assert_null(strstr(json.data, "\"index\":\"\""), "%s: %s", what, json.data);
	buf_release(&json);
}
