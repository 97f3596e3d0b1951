/*
 * test_sqlite_queries.c: queries of rule files on SQLite: what they may hold, and how they are read.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/model/key.h"
#include "tests/drivers/fixture.h"

TestSuite(sqlite_queries, .timeout = 60);

static const char tables[] =
    "create table t (k integer primary key, v text);"
    "create table t2 (k integer primary key, v text); create table n (k text collate nocase);"
    "create view w as select k, v from t; create virtual table f using fts5(a);"
    "insert into t values (1, 'a'), (2, 'b'), (3, 'c')";

struct query_case {
	char query[160];
	char words[80]; /* of the fault; "" for none */
};

ParameterizedTestParameters(sqlite_queries, only_one_dependable_select_may_stand_there)
{
	static struct query_case cases[] = {
		{ "select k, v from t", "" },
		{ "select k, v from t -- the end", "" },
		{ "  with x as (select k from t) select * from x", "" },
		{ "select k from t union all select k from t2", "" },
		{ "select k, count(*) as c, max(v) as m from t group by k", "" },
		{ "select k, row_number() over (partition by v order by k) as n from t", "" },
		{ "select k from w", "" },
		{ "values (1, 2)", "" },
		{ "select k frm t", "near \"t\": syntax error (line 1 of it)" },
		{ "select k,\n  missing\nfrom t", "no such column: missing (line 2 of it)" },
		{ "select k from nowhere", "no such table: nowhere" },
		{ "", "empty" },
		{ "-- nothing", "empty" },
		{ "select k from t;", "semicolon" },
		{ "select k from t; drop table t", "semicolon" },
		{ "select k from t; -- end", "semicolon" },
		{ "select k from t /* open", "cannot be run" },
		{ "select k from t) union (select k from t", "syntax error" },
		{ "insert into t values (9, 'x') returning k", "more than select" },
		{ "delete from t", "more than select" },
		{ "create table z (k)", "more than select" },
		{ "pragma user_version", "more than select" },
		{ "attach 'x' as y", "more than select" },
		{ "explain select k from t", "more than select" },
		{ "begin", "more than select" },
		{ "vacuum", "more than select" },
		{ "select load_extension('x')", "load_extension()" },
		{ "select k, random() as r from t", "random()" },
		{ "with recursive n (i) as (select 1 union all select i + 1 from n where i < 9) "
		  "select k, i from t, n",
		  "" },
		{ "select k, datetime('now') as d from t", "datetime()" },
		{ "select current_timestamp as d from t", "current_timestamp()" },
		{ "select group_concat(v) as g from t", "group_concat()" },
		{ "select k from t where k = ?", "parameter" },
		{ "select k from t where k = :key", "parameter" },
		{ "select k, v as K from t", "two columns of the query are named \"K\"" },
		{ "select a.k, b.k from t a join t2 b using (k)", "named \"k\"" },
		{ "select name from sqlite_schema", "SQLite's own" },
		{ "select name from pragma_table_info('t')", "more than select" },
		{ "select a from f", "more than select" },
		{ "select value from t, json_each(v)", "more than select" },
	};

	return cr_make_param_array(struct query_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct query_case *c, sqlite_queries, only_one_dependable_select_may_stand_there)
{
	struct table_info info;
	struct fixture fixture;
	struct err err = { 0 };
	struct arena arena;
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, tables);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	arena_init(&arena);
	cr_assert(conn_describe_query(conn, c->query, &arena, &info, &err), "%s", err.text);
	if (c->words[0] == '\0')
		cr_assert_null(info.fault, "%s: %s", c->query, info.fault);
	else
		cr_assert(info.fault && strstr(info.fault, c->words), "%s: %s", c->query,
			  info.fault ? info.fault : "is fine");
	/* Whatever it was, the connection reads as before. */
	cr_assert(conn_describe(conn, "t", &arena, &info, &err), "%s", err.text);
	cr_assert(info.exists);
	arena_release(&arena);
	conn_close(conn);
	fixture_close(&fixture);
}

Test(sqlite_queries, what_a_view_reads_is_read)
{
	struct table_info info;
	struct fixture fixture;
	struct err err = { 0 };
	struct arena arena;
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, tables);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	arena_init(&arena);
	cr_assert(
	    conn_describe_query(conn, "select w.k from w join t2 using (k)", &arena, &info, &err),
	    "%s", err.text);
	cr_assert_null(info.fault, "%s", info.fault);
	cr_assert_eq(info.read_table_count, 2);
	cr_assert_eq(info.read_view_count, 1);
	cr_assert_str_eq(info.read_views[0], "w");
	arena_release(&arena);
	conn_close(conn);
	fixture_close(&fixture);
}

/* ---- reading ---- */

static const int first[] = { 0 };
static const int second[] = { 1 };
static const char *const k_v[] = { "k", "v" };

struct setting {
	struct fixture fixture;
	struct source sources[2];
	struct source_set set;
	struct conn *conn;
	struct reader *reader;
	struct arena arena;
	struct err err;
};

static bool setting_open(struct setting *setting, const char *sql, const char *root,
			 const char *children)
{
	memset(setting, 0, sizeof(*setting));
	fixture_open(&setting->fixture, ON_SQLITE);
	fixture_run(&setting->fixture, sql);
	arena_init(&setting->arena);
	for (int i = 0; i < 2; i++)
		setting->sources[i] = (struct source){ .name = i ? "lines" : "root",
						       .kind = i ? SOURCE_CHILDREN : SOURCE_ROOT,
						       .table = i ? "lines" : "t",
						       .query = i ? children : root,
						       .columns = k_v,
						       .column_count = 2,
						       .key_columns = i ? second : first,
						       .key_count = 1,
						       .parent_columns = first,
						       .parent_count = 1 };
	setting->set = (struct source_set){ setting->sources, children ? 2 : 1 };
	setting->conn = fixture_connect(&setting->fixture, CONN_SOURCE);
	return conn_open_reader(setting->conn, &setting->set, &setting->reader, &setting->err);
}

static void setting_close(struct setting *setting)
{
	reader_close(setting->conn, setting->reader);
	conn_close(setting->conn);
	arena_release(&setting->arena);
	fixture_close(&setting->fixture);
}

static bool read_range(struct setting *setting, struct key_range range, struct batch *batch)
{
	batch_init(batch, &setting->arena, &setting->set);
	return reader_read_range(setting->conn, setting->reader, &range, 0, batch, NULL,
				 &setting->err);
}

/* The index of the n-th statement as explained. */
static const char *index_of(struct setting *setting, size_t n)
{
	struct json_value json;
	struct buf out;
	const char *index;

	buf_init(&out);
	cr_assert(reader_explain(setting->conn, setting->reader, &out, &setting->err), "%s",
		  setting->err.text);
	cr_assert(json_read(arena_copy(&setting->arena, buf_span(&out)), &setting->arena, &json,
			    &setting->err));
	cr_assert_lt(n, json.item_count);
	index = arena_copy(&setting->arena, json_member(&json.items[n], "index")->text).data;
	buf_release(&out);
	return index;
}

Test(sqlite_queries, a_range_reaches_the_index_below_the_query)
{
	struct setting setting;

	cr_assert(setting_open(&setting, tables,
			       "select k, v from t union all select k + 0 as k, v from t2 where 0",
			       NULL) == true,
		  "%s", setting.err.text);
	cr_assert_str_eq(index_of(&setting, 1), "", "t2.k + 0 has no index");
	setting_close(&setting);
	cr_assert(setting_open(&setting, tables, "select k, v from t union all select k, v from t2",
			       NULL),
		  "%s", setting.err.text);
	for (size_t i = 0; i < 3; i++)
		cr_assert_str_eq(index_of(&setting, i), "primary key");
	setting_close(&setting);
}

Test(sqlite_queries, an_order_that_is_not_that_of_the_bytes_is_noticed)
{
	struct key_range range = { SPAN_NONE, SPAN("[\"B\"]") };
	struct setting setting;
	struct batch batch;

	cr_assert(setting_open(&setting,
			       "create table n (k text collate nocase, v);"
			       "insert into n values ('a', 1), ('B', 2), ('C', 3)",
			       "select k, v from n", NULL),
		  "%s", setting.err.text);
	cr_assert_not(read_range(&setting, range, &batch), "'a' is before 'B' without case alone");
	cr_assert_eq(setting.err.code, ERR_DATA);
	cr_assert_not_null(strstr(setting.err.text, "collate binary"), "%s", setting.err.text);
	setting_close(&setting);
	cr_assert(setting_open(&setting,
			       "create table n (k text collate nocase, v);"
			       "insert into n values ('a', 1), ('B', 2), ('C', 3)",
			       "select k collate binary as k, v from n", NULL),
		  "%s", setting.err.text);
	cr_assert(read_range(&setting, range, &batch), "%s", setting.err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 1);
	setting_close(&setting);
}

/* Texts where the root has integers: below 5 there are '10' and '2', as texts compare. */
Test(sqlite_queries, children_of_another_type_are_not_lost)
{
	struct key_range range = { SPAN_NONE, SPAN("[\"5\"]") };
	struct setting setting;
	struct batch batch;

	cr_assert(setting_open(&setting,
			       "create table t (k integer primary key, v);"
			       "create table c (k text, v); insert into t values (2, 1), "
			       "(5, 1), (10, 1); insert into c values ('10', 1), ('2', 1)",
			       NULL, "select k, v from c"),
		  "%s", setting.err.text);
	cr_assert_not(read_range(&setting, range, &batch));
	cr_assert_eq(setting.err.code, ERR_DATA, "%s", setting.err.text);
	cr_assert_not_null(strstr(setting.err.text, "source lines"), "%s", setting.err.text);
	setting_close(&setting);
	cr_assert(setting_open(&setting,
			       "create table t (k integer primary key, v);"
			       "create table c (k text, v); insert into t values (2, 1), "
			       "(5, 1), (10, 1); insert into c values ('10', 1), ('2', 1)",
			       NULL, "select cast(k as integer) as k, v from c"),
		  "%s", setting.err.text);
	cr_assert(read_range(&setting, range, &batch), "%s", setting.err.text);
	cr_assert_eq(batch.rowsets[1].row_count, 1);
	setting_close(&setting);
}

Test(sqlite_queries, a_root_without_case_has_no_query_beside_it)
{
	struct setting setting;

	cr_assert_not(setting_open(&setting,
				   "create table t (k text collate nocase primary key, "
				   "v); create table c (k text, v)",
				   NULL, "select k, v from c"));
	cr_assert_eq(setting.err.code, ERR_RULE);
	cr_assert_not_null(strstr(setting.err.text, "collation"), "%s", setting.err.text);
	reader_close(setting.conn, NULL);
	setting_close(&setting);
}

Test(sqlite_queries, a_query_that_reads_another_table_now_stops)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct setting setting;
	struct batch batch;

	cr_assert(setting_open(&setting, tables, "select * from w", NULL), "%s", setting.err.text);
	cr_assert(read_range(&setting, range, &batch), "%s", setting.err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 3);
	fixture_run(&setting.fixture, "drop view w; create view w as select k from t");
	cr_assert_not(read_range(&setting, range, &batch));
	cr_assert_eq(setting.err.code, ERR_DATA, "%s", setting.err.text);
	err_reset(&setting.err);
	fixture_run(&setting.fixture, "drop view w");
	cr_assert_not(read_range(&setting, range, &batch));
	cr_assert_eq(setting.err.code, ERR_DATA, "%s", setting.err.text);
	setting_close(&setting);
}

/* Nothing else of a rule reaches into the store. Its keys are told without it, so that it opens. */
Test(sqlite_queries, a_read_that_never_ends_is_given_up, .timeout = 120)
{
	static const char *const columns[] = { "k", "i" };
	struct source root = { .name = "root",
			       .table = "root",
			       .kind = SOURCE_ROOT,
			       .query =
				   "select k, (with recursive n (i) as (select 1 union all select "
				   "i + 1 from n) select i from n where i < 0) as i from t",
			       .columns = columns,
			       .column_count = 2,
			       .key_columns = first,
			       .key_count = 1 };
	struct source_set set = { &root, 1 };
	struct key_range all = { SPAN_NONE, SPAN_NONE };
	struct err err = { ERR_NONE, "" };
	struct fixture fixture;
	struct reader *reader;
	struct arena arena;
	struct batch batch;
	struct conn *conn;

	arena_init(&arena);
	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, tables);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &set, &reader, &err), "%s", err.text);
	batch_init(&batch, &arena, &set);
	cr_assert_not(reader_read_range(conn, reader, &all, 0, &batch, NULL, &err));
	cr_assert_eq(err.code, ERR_UNAVAILABLE, "%s", err.text);
	cr_expect_not_null(strstr(err.text, "never ends"), "%s", err.text);
	reader_close(conn, reader);
	conn_close(conn);
	arena_release(&arena);
	fixture_close(&fixture);
}
