/*
 * test_sqlite_refusals.c: tables whose rows could be lost by ranges are refused, with the reason.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/base/json.h"
#include "tests/drivers/fixture.h"

TestSuite(sqlite_refusals, .timeout = 60);

static const int first[] = { 0 };
static const int second[] = { 1 };
static const int first_two[] = { 0, 1 };
static const char *const k_v[] = { "k", "v" };
static const char *const p_v[] = { "p", "v" };

static const struct source one_key[] = {
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
};

struct refusal_case {
	int source_count;
	char sql[320];
	char words[100];
};

ParameterizedTestParameters(sqlite_refusals, says_what_does_not_fit)
{
	static struct refusal_case cases[] = {
		{ 1, "create table t (k integer, v)", "no primary key or full unique index" },
		{ 1, "create table t (k integer, v); create index i on t (k)", "unique" },
		{ 1, "create table t (k integer, v, unique (k, v))", "unique" },
		{ 1, "create table t (k integer, v); create unique index i on t (k) where v > 0",
		  "unique" },
		{ 1, "create table t (k integer, v); create unique index i on t (k + 0)",
		  "unique" },
		{ 1, "create table t (k text, v); create unique index i on t (k collate nocase)",
		  "unique" },
		{ 1,
		  "create table t (k text collate nocase, v);"
		  "create unique index i on t (k collate binary)",
		  "unique" },
		{ 1, "create table x (k integer primary key, v); create view t as select * from x",
		  "t is a view" },
		{ 1, "create virtual table t using fts5(k, v)", "t is a virtual" },
		{ 1,
		  "create table t (k text primary key, v); insert into t values ('a', 1), (null, "
		  "1)",
		  "t.k is NULL in some rows" },
		{ 1, "create table t (k real primary key, v); insert into t values (1, 1)",
		  "floating point" },
		{ 1,
		  "create table t (k integer primary key desc, v); insert into t values (1.5, 1)",
		  "floating point" },
		{ 1, "create table t (k primary key, v); insert into t values (1, 1), ('a', 1)",
		  "the first key is an integer, the last text" },
		{ 1,
		  "create table t (k numeric primary key, v); insert into t values (1, 1), (x'41', "
		  "1)",
		  "the first key is an integer, the last binary" },
		{ 2, "create table t (k integer primary key, v); create table c (p text, v)",
		  "parent column c.p has affinity TEXT but t.k INTEGER" },
		{ 2, "create table t (k integer primary key, v); create table c (p, v)",
		  "parent column c.p has affinity BLOB but t.k INTEGER" },
		{ 2, "create table t (k text primary key, v); create table c (p int, v)",
		  "parent column c.p has affinity INTEGER but t.k TEXT" },
		{ 2,
		  "create table t (k text primary key, v);"
		  "create table c (p text collate nocase, v)",
		  "collation nocase but t.k BINARY" },
		{ 2,
		  "create table t (k text collate nocase primary key, v);"
		  "create table c (p text, v)",
		  "collation BINARY but t.k nocase" },
		{ 2,
		  "create table t (k integer primary key, v);"
		  "create table x (p integer, v); create view c as select * from x",
		  "c is a view" },
	};

	return cr_make_param_array(struct refusal_case, cases, sizeof(cases) / sizeof(cases[0]));
}

static void expect_refusal(const struct source_set *set, const char *sql, const char *words)
{
	struct reader *reader = NULL;
	struct fixture fixture;
	struct err err = { 0 };
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, sql);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert_not(conn_open_reader(conn, set, &reader, &err), "%s", sql);
	cr_assert_eq(err.code, ERR_RULE, "%s", err.text);
	cr_assert_not_null(strstr(err.text, words), "%s", err.text);
	conn_close(conn);
	fixture_close(&fixture);
}

ParameterizedTest(struct refusal_case *c, sqlite_refusals, says_what_does_not_fit)
{
	const struct source_set set = { one_key, c->source_count };

	expect_refusal(&set, c->sql, c->words);
}

Test(sqlite_refusals, numbers_of_any_declaration_may_be_parents)
{
	const struct source_set set = { one_key, 2 };
	struct reader *reader = NULL;
	struct fixture fixture;
	struct err err = { 0 };
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, "create table t (k integer primary key, v);"
			      "create table c (p decimal(10,0), v)");
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &set, &reader, &err), "%s", err.text);
	reader_close(conn, reader);
	conn_close(conn);
	fixture_close(&fixture);
}

/* ---- what only shows while reading ---- */

struct broken_case {
	char sql[200];
	char words[60];
};

ParameterizedTestParameters(sqlite_refusals, a_key_of_another_kind_in_the_middle_is_noticed)
{
	static struct broken_case cases[] = {
		{ "create table t (k primary key, v); insert into t values (1, 1), (1.5, 1), (2, "
		  "1)",
		  "holds a floating point number, where the first key was" },
		/* Four letters that are how a zero byte is written: a walk over them would not end. */
		{ "create table t (k text primary key, v);"
		  "insert into t values ('A', 1), ('\\x00', 1), ('b', 1)",
		  "is how a key that is not UTF-8 is written" },
		{ "create table t (k text primary key, v);"
		  "insert into t values ('A', 1), ('B' || hex(zeroblob(600000)), 1), ('b', 1)",
		  "length(cast(k as blob)) > 1048576 finds it" },
		{ "create table t (k numeric unique, v); insert into t values (1, 1), (2, 1);"
		  "insert into t values (1.5, 1)",
		  "floating point" },
	};

	return cr_make_param_array(struct broken_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct broken_case *c, sqlite_refusals,
		  a_key_of_another_kind_in_the_middle_is_noticed)
{
	const struct source_set set = { one_key, 1 };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct reader *reader = NULL;
	struct fixture fixture;
	struct err err = { 0 };
	struct arena arena;
	struct batch batch;
	struct conn *conn;
	struct span bound;

	arena_init(&arena);
	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, c->sql);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &set, &reader, &err), "%s", err.text);
	batch_init(&batch, &arena, &set);
	cr_assert_not(reader_read_range(conn, reader, &range, 0, &batch, NULL, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
	cr_assert_not_null(strstr(err.text, c->words), "%s", err.text);
	err_reset(&err);
	cr_assert_not(reader_find_bound(conn, reader, &range, 2, &arena, &bound, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
	reader_close(conn, reader);
	conn_close(conn);
	fixture_close(&fixture);
	arena_release(&arena);
}

Test(sqlite_refusals, a_key_index_that_went_away_is_noticed)
{
	const struct source_set set = { one_key, 1 };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct reader *reader = NULL;
	struct fixture fixture;
	struct err err = { 0 };
	struct arena arena;
	struct batch batch;
	struct conn *conn;

	arena_init(&arena);
	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, "create table t (k integer, v); create unique index i on t (k);"
			      "insert into t values (1, 1)");
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &set, &reader, &err), "%s", err.text);
	fixture_run(&fixture, "create index other on t (v); analyze; vacuum");
	batch_init(&batch, &arena, &set);
	cr_assert(reader_read_range(conn, reader, &range, 0, &batch, NULL, &err), "%s", err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 1);
	fixture_run(&fixture, "drop index i");
	batch_init(&batch, &arena, &set);
	cr_assert_not(reader_read_range(conn, reader, &range, 0, &batch, NULL, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
	cr_assert_not_null(strstr(err.text, "unique index"), "%s", err.text);
	reader_close(conn, reader);
	conn_close(conn);
	fixture_close(&fixture);
	arena_release(&arena);
}

Test(sqlite_refusals, an_added_column_is_noticed)
{
	const struct source_set set = { one_key, 1 };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct reader *reader = NULL;
	struct fixture fixture;
	struct err err = { 0 };
	struct arena arena;
	struct batch batch;
	struct conn *conn;

	arena_init(&arena);
	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, "create table t (k integer primary key, v)");
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &set, &reader, &err), "%s", err.text);
	fixture_run(&fixture, "alter table t add column fresh text");
	batch_init(&batch, &arena, &set);
	cr_assert_not(reader_read_range(conn, reader, &range, 0, &batch, NULL, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
	cr_assert_not_null(strstr(err.text, "column fresh is new"), "%s", err.text);
	reader_close(conn, reader);
	conn_close(conn);
	fixture_close(&fixture);
	arena_release(&arena);
}

/* ---- how statements are served ---- */

struct plan_case {
	int key_count;
	char sql[320];
	char indexes[4][40]; /* bounds, range and single key of the root, of the children */
	char child_range[40];
};

ParameterizedTestParameters(sqlite_refusals, statements_are_served_by_indexes)
{
	static struct plan_case cases[] = {
		{ 1,
		  "create table t (k integer primary key, v); create table c (p integer, v);"
		  "create index ci on c (p)",
		  { "primary key", "primary key", "primary key", "ci" },
		  "ci" },
		{ 1,
		  "create table t (k text primary key, v); create table c (p text, v);"
		  "create index ci on c (p, v)",
		  { "sqlite_autoindex_t_1", "sqlite_autoindex_t_1", "sqlite_autoindex_t_1", "ci" },
		  "ci" },
		{ 1,
		  "create table t (k text primary key, v) without rowid; create table c (p text, "
		  "v);",
		  { "primary key", "primary key", "primary key", "" },
		  "" },
		{ 2,
		  "create table t (k text, v integer, primary key (v, k));"
		  "create table c (p text, v integer); create index \"c (i)\" on c (v, p)",
		  { "sqlite_autoindex_t_1", "sqlite_autoindex_t_1", "sqlite_autoindex_t_1",
		    "c (i)" },
		  "c (i)" },
	};

	return cr_make_param_array(struct plan_case, cases, sizeof(cases) / sizeof(cases[0]));
}

/* The words SQLite has for what must never happen to a large table. */
static void check_plan(struct fixture *fixture, struct span statement)
{
	char sql[1024];
	sqlite3_stmt *stmt;

	snprintf(sql, sizeof(sql), "explain query plan %.*s", SPAN_ARGS(statement));
	cr_assert_eq(sqlite3_prepare_v2(fixture->db, sql, -1, &stmt, NULL), SQLITE_OK, "%s", sql);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(stmt, 3);

		cr_assert_null(strstr(detail, "TEMP B-TREE"), "%s: %s", sql, detail);
		cr_assert_null(strstr(detail, "AUTOMATIC"), "%s: %s", sql, detail);
	}
	sqlite3_finalize(stmt);
}

ParameterizedTest(struct plan_case *c, sqlite_refusals, statements_are_served_by_indexes)
{
	struct source sources[2] = { one_key[0], one_key[1] };
	const struct source_set set = { sources, 2 };
	struct reader *reader = NULL;
	struct json_value json;
	struct fixture fixture;
	struct err err = { 0 };
	struct arena arena;
	struct conn *conn;
	struct buf out;

	sources[0].key_columns = first_two;
	sources[0].key_count = c->key_count;
	sources[1].parent_columns = first_two;
	sources[1].parent_count = c->key_count;
	arena_init(&arena);
	buf_init(&out);
	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, c->sql);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &set, &reader, &err), "%s", err.text);
	cr_assert(reader_explain(conn, reader, &out, &err), "%s", err.text);
	cr_assert(json_read(buf_span(&out), &arena, &json, &err), "%s", err.text);
	cr_assert_eq(json.item_count, 5);
	for (size_t i = 0; i < 5; i++) {
		const struct json_value *index = json_member(&json.items[i], "index");
		const char *expected = i < 4 ? c->indexes[i] : c->child_range;

		cr_assert(span_equal_text(index->text, expected), "statement %zu: %s", i, out.data);
		check_plan(&fixture, json_member(&json.items[i], "statement")->text);
	}
	reader_close(conn, reader);
	conn_close(conn);
	fixture_close(&fixture);
	buf_release(&out);
	arena_release(&arena);
}
