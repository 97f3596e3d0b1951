/*
 * test_postgres_queries.c: queries of rule files on PostgreSQL: what may be a source, what it reads, and what is refused.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "tests/drivers/on_postgres.h"

TestSuite(postgres_queries, .timeout = 60);

static const char tables[] =
    "create schema %s_other; create table t (k int primary key, v text, at timestamptz, w jsonb);"
    "insert into t select n, 'v' || n, now() from generate_series(1, 4) as n;"
    "create table u (k int primary key, age int, state text);"
    "create view seen as select k, v from t; create view beyond as select k, v from seen;"
    "create materialized view kept as select k, v from t;"
    "create table parts (k int, v text) partition by list (k);"
    "create table part_one partition of parts for values in (1);"
    "create table part_two partition of parts for values in (2);"
    "insert into parts values (1, 'a'), (2, 'b'); create sequence numbers;"
    "create view locking as select k from t for update;"
    "create function own(int) returns int language sql immutable as 'select $1';"
    "create function %s_other.own2(int) returns int language sql volatile as 'select $1';"
    "create function full_name(t) returns text language sql volatile as 'select $1.v || random()';"
    "create table \"Odd \"\"table\"\"\" (k int primary key)";

static void open_tables(struct on_postgres *at)
{
	char schema[80];

	on_postgres_open(at);
	on_postgres_ask(at, "select current_schema", schema, sizeof(schema));
	on_postgres_run(at, tables, schema, schema);
	on_postgres_connect(at, CONN_SOURCE);
}

static void close_tables(struct on_postgres *at)
{
	on_postgres_run(at,
			"do $$ begin execute format('drop schema %%I cascade', current_schema || "
			"'_other'); end $$");
	on_postgres_close(at);
}

/* ---- refused ---- */

static const struct {
	const char *query;
	const char *words;
} refusals[] = {
	{ "", "is empty" },
	{ "  -- nothing", "is empty" },
	{ "/* unterminated", "is empty" },
	{ "select k from t /* unterminated", "unterminated" },
	{ "select k from t where v = 'unterminated", "unterminated" },
	{ "select k from t;", "semicolon" },
	{ "select k from t; drop table t", "semicolon" },
	{ "select $1 as k", "parameter" },
	{ "select k from t where v = $2", "parameter" },
	{ "select k from nowhere", "does not exist" },
	{ "select nothing from t", "does not exist" },
	{ "delete from t returning k", "cannot be run" },
	{ "with x as (delete from t returning k) select k from x", "cannot be run" },
	{ "with x as (insert into t values (9) returning k) select k from x", "cannot be run" },
	{ "explain select k from t", "cannot be run" },
	{ "values", "cannot be run" },
	{ "select k into x from t", "cannot be run" },
	/* out of the brackets */
	{ "select 1) union all (select 2", "bracket" },
	{ "select k from t) as a, (select 2 as l", "bracket" },
	{ "(select k from t", "bracket" },
	{ "select k from t)", "bracket" },
	/* locks */
	{ "select k from t for update", "more than select" },
	{ "select k from t for\nno key update", "more than select" },
	{ "select k from t for/**/share skip locked", "more than select" },
	{ "select k from locking", "more than select" },
	/* of the moment */
	{ "select k, now() as n from t", "now()" },
	{ "select k, NOW () as n from t", "now()" },
	{ "select k, \"now\"() as n from t", "now()" },
	{ "select k, pg_catalog.now() as n from t", "now()" },
	{ "select k, random() as n from t", "random()" },
	{ "select k, /* ( */ random /* ) */ () as n from t", "random()" },
	{ "select k, current_date as n from t", "current_date" },
	{ "select k, CURRENT_TIMESTAMP(3) as n from t", "current_timestamp" },
	{ "select k, current_user as n from t", "current_user" },
	{ "select k, age(at) as n from t", "age()" },
	{ "select string_agg(v, ',') as k from t", "string_agg()" },
	{ "select nextval('numbers') as k", "nextval()" },
	{ "select txid_current() as k", "txid_current()" },
	{ "select (array[k])[1:random()::int] as k from t", "random()" },
	{ "select k from t where k = 0xface or random() > 1e5", "random()" },
	{ "select pg_sleep(1)::text as k", "pg_sleep()" },
	{ "select current_setting('port') as k", "current_setting()" },
	{ "select k from t tablesample bernoulli (10)", "bernoulli()" },
	{ "select k, 'today'::date as d from t", "'today'" },
	{ "select k from t where at < 'NOW'", "'today'" },
	{ "select k, date ' tomorrow 10:00 ' as d from t", "'today'" },
	{ "select k, $x$yesterday$x$::date as d from t", "'today'" },
	{ "select k, e'now'::timestamp as d from t", "'today'" },
	{ "select k, 'to'\n'day'::date as d from t", "'today'" },
	/* in disguise */
	{ "select k, U&\"r\\0061ndom\"() as n from t", "U&" },
	{ "select k, E'a'\n'\\'', random(), 'x' as n from t", "random()" },
	{ "select k, E'a' --\n '\\'', random(), 'x' as n from t", "random()" },
	{ "select k, $a$'$a$, random() as n, $a$'$a$ from t", "random()" },
	{ "select k, '/*', random() as n, '*/' as o from t", "random()" },
	{ "select k, /* /* */ ' */ random() as n, '' as o from t", "random()" },
	{ "select k, \"v\"\"\", random() from t", "random()" },
	/* legacy's own */
	{ "select own(k) as k from t", "own(), which is legacy's own" },
	{ "select %s_other.own2(k) as k from t", "own2(), which is legacy's own" },
	{ "select t.k, t.full_name from t", "full_name(), which is legacy's own" },
	{ "select k, (t).full_name from t", "full_name(), which is legacy's own" },
	/* not a table */
	{ "select oid as k from pg_class", "PostgreSQL's own" },
	{ "select table_name as k from information_schema.tables", "PostgreSQL's own" },
	{ "select last_value as k from numbers", "neither a table nor a view" },
	/* columns */
	{ "select from t", "no columns" },
	{ "select k, v as k from t", "two columns" },
	{ "select * from t join u using (k), t as again", "two columns" },
};

Test(postgres_queries, that_could_give_something_else_are_refused_with_the_reason)
{
	char schema[80], query[400];
	struct on_postgres at;

	open_tables(&at);
	on_postgres_ask(&at, "select current_schema", schema, sizeof(schema));
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const char *format = refusals[i].query;
		const char *hole = strstr(format, "%s");
		struct table_info info;

		snprintf(query, sizeof(query), "%.*s%s%s", hole ? (int)(hole - format) : 400,
			 format, hole ? schema : "", hole ? hole + 2 : "");
		cr_assert(conn_describe_query(at.conn, query, &at.arena, &info, &at.err), "%s: %s",
			  query, at.err.text);
		cr_expect_not_null(info.fault, "'%s' was accepted", query);
		cr_expect_not(info.exists);
		if (info.fault)
			cr_expect_not_null(strstr(info.fault, refusals[i].words),
					   "%s: '%s' does not say '%s'", query, info.fault,
					   refusals[i].words);
	}
	close_tables(&at);
}

/* ---- accepted ---- */

static const struct {
	const char *query;
	const char *columns; /* "name type," */
	const char *tables;
	const char *views;
} good[] = {
	{ "select k, v from t", "k integer,v text,", "t,", "" },
	{ "select k, v from t -- all of them", "k integer,v text,", "t,", "" },
	{ "select k from t where v in ('1', ';', '$1', '--', '/*') and v <> $$;$$", "k integer,",
	  "t,", "" },
	{ "(select k from t) union all (select k from u)", "k integer,", "t,u,", "" },
	{ "with x as (select k from t) select x.k, u.age from x join u using (k)",
	  "k integer,age integer,", "t,u,", "" },
	{ "select k, u.age, \"Odd \"\"table\"\"\".k as o from u join \"Odd \"\"table\"\"\" using "
	  "(k)",
	  "k integer,age integer,o integer,", "Odd \"table\",u,", "" },
	{ "select k, upper(v) as v, at::date as d, date_trunc('day', at) as b from t",
	  "k integer,v text,d date,b timestamp with time zone,", "t,", "" },
	{ "select k from u where state = 'buy now' or state = 'todays'", "k integer,", "u,", "" },
	{ "select k, v from seen", "k integer,v text,", "t,", "seen," },
	{ "select k, v from beyond where false", "k integer,v text,", "t,", "beyond,seen," },
	{ "select k, v from kept", "k integer,v text,", "kept,", "kept," },
	{ "select k from parts where k = 1", "k integer,", "parts,", "" },
	{ "select k, max(v) as v, count(*) as n from parts group by k",
	  "k integer,v text,n bigint,", "parts,", "" },
	{ "select 7 as k, 'x'::varchar(5) as v, 1.5::numeric(5,2) as n",
	  "k integer,v character varying(5),n numeric(5,2),", "", "" },
	{ "select distinct on (k) k, w->>'a' as a from t order by k, at desc", "k integer,a text,",
	  "t,", "" },
	{ "select n as k, substring('abc' from 1 for 2) as s from generate_series(1, 3) as n",
	  "k integer,s text,", "", "" },
	{ "values (1), (2)", "column1 integer,", "", "" },
	{ "table t", "k integer,v text,at timestamp with time zone,w jsonb,", "t,", "" },
};

static void put_names(struct buf *text, const char *const *names, int count)
{
	for (int i = 0; i < count; i++)
		buf_print(text, "%s,", names[i]);
}

static void expect_names(const char *query, const char *const *names, int count,
			 const char *expected)
{
	struct buf text;

	buf_init(&text);
	buf_put_text(&text, "");
	put_names(&text, names, count);
	cr_expect(span_equal_text(buf_span(&text), expected), "%s: reads '%.*s', not '%s'", query,
		  SPAN_ARGS(buf_span(&text)), expected);
	buf_release(&text);
}

Test(postgres_queries, say_their_columns_tables_and_views)
{
	struct on_postgres at;

	open_tables(&at);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct table_info info;
		struct buf columns;

		cr_assert(conn_describe_query(at.conn, good[i].query, &at.arena, &info, &at.err),
			  "%s: %s", good[i].query, at.err.text);
		cr_assert_null(info.fault, "%s: %s", good[i].query, info.fault);
		buf_init(&columns);
		for (int c = 0; c < info.column_count; c++)
			buf_print(&columns, "%s %s,", info.columns[c].name, info.columns[c].type);
		cr_expect_str_eq(columns.data, good[i].columns, "%s: gives %s", good[i].query,
				 columns.data);
		buf_release(&columns);
		expect_names(good[i].query, info.read_tables, info.read_table_count,
			     good[i].tables);
		expect_names(good[i].query, info.read_views, info.read_view_count, good[i].views);
	}
	close_tables(&at);
}

/* ---- read ---- */

static const char *const k_v[] = { "k", "v" };
static const int first[] = { 0 };

static struct source source_of(const char *query)
{
	return (struct source){ .name = "root",
				.kind = SOURCE_ROOT,
				.table = "q",
				.query = query,
				.columns = k_v,
				.column_count = 2,
				.key_columns = first,
				.key_count = 1 };
}

static void expect_change(const char *query, const char *sql, const char *words)
{
	struct source source = source_of(query);
	const struct source_set set = { &source, 1 };
	struct on_postgres at;

	open_tables(&at);
	on_postgres_prepare(&at, &set);
	on_postgres_read(&at);
	cr_assert_gt(at.batch.rowsets[0].row_count, 0);
	on_postgres_run(&at, "%s", sql);
	if (words)
		on_postgres_fail(&at, ERR_DATA, words);
	else
		on_postgres_read(&at);
	close_tables(&at);
}

Test(postgres_queries, notice_a_view_that_is_another)
{
	static const char query[] = "select k, v from beyond";

	expect_change(query, "create or replace view seen as select k, 'w'::text as v from t",
		      "a view in it is another");
	expect_change(query, "drop view seen cascade", "has changed");
	expect_change(query, "comment on view seen is 'nothing'; create view other as select 1",
		      NULL);
	expect_change("select k, v from t", "alter table t add x int", NULL);
	expect_change("select k, v from parts", "alter table parts alter v type varchar(9)",
		      "column v was text");
	expect_change("select k, v from kept", "refresh materialized view kept", NULL);
	expect_change("select k, v from seen union all select k, v from parts",
		      "create table part_three partition of parts for values in (3)", NULL);
}

/* A table of legacy's that is called like one of PostgreSQL's, and found first. */
Test(postgres_queries, are_not_misled_by_tables_like_postgresqls_own)
{
	struct source source = source_of("select k, v from pg_class");
	const struct source_set set = { &source, 1 };
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at, "create table pg_class as select 1 as k, 'x' as v; create table "
			     "pg_attribute (attrelid int);"
			     "create table pg_locks (pid int); create table pg_type (oid int)");
	on_postgres_run(&at,
			"do $$ begin execute format('alter role %s set search_path = %%I, "
			"pg_catalog', current_schema); end $$",
			at.role);
	memmove(strstr(at.fixture.url, "options="), strstr(at.fixture.url, "user="),
		strlen(strstr(at.fixture.url, "user=")) + 1);
	on_postgres_prepare(&at, &set);
	on_postgres_read(&at);
	cr_assert_eq(at.batch.rowsets[0].row_count, 1);
	cr_assert(span_equal_text(cell_span(&rowset_row(&at.batch.rowsets[0], 0)[1]), "x"));
	on_postgres_close(&at);
}

Test(postgres_queries, whose_keys_are_too_long_or_of_an_enum)
{
	struct source source = source_of("select repeat(v, 1000000) as k, v from t");
	const struct source_set set = { &source, 1 };
	struct on_postgres at;

	open_tables(&at);
	on_postgres_prepare(&at, &set);
	on_postgres_fail(&at, ERR_DATA, "the key column q.k holds a value of");
	on_postgres_run(
	    &at, "create type mood as enum ('sad', 'fine'); alter table t add m mood; update t "
		 "set m = 'fine'");
	source.query = "select m as k, v from t";
	on_postgres_prepare(&at, &set);
	on_postgres_read(&at);
	cr_assert_eq(at.batch.rowsets[0].row_count, 4);
	close_tables(&at);
}
