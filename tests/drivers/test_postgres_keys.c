/*
 * test_postgres_keys.c: ranges of keys of every type that can be one lose no row, by the key's index alone.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <stdlib.h>
#include <unistd.h>

#include "tests/drivers/on_postgres.h"

TestSuite(postgres_keys, .timeout = 60);

static const struct source_set roots = { t_c_r, 1 };
static const struct source_set with_lines = { t_c_r, 2 };
static const struct source_set pairs = { two_keys, 2 };

/* ---- what ranges and single keys give ---- */

static void read_range(struct on_postgres *at, const struct key_range *range)
{
	batch_init(&at->batch, &at->arena, at->batch.sources);
	cr_assert(reader_read_range(at->conn, at->reader, range, 0, &at->batch, NULL, &at->err),
		  "%s", at->err.text);
}

static void find_bound(struct on_postgres *at, struct key_range *rest, uint32_t count,
		       struct span *bound)
{
	cr_assert(reader_find_bound(at->conn, at->reader, rest, count, &at->arena, bound, &at->err),
		  "%s", at->err.text);
}

static void add_lines(struct on_postgres *at, struct lines lines[2])
{
	for (int i = 0; i < at->batch.sources->source_count; i++)
		lines_add_rows(&lines[i], &at->batch.rowsets[i]);
}

static void check_step(struct on_postgres *at, uint32_t step, struct lines all[2], const char *what)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct lines seen[2];

	lines_open(&seen[0]);
	lines_open(&seen[1]);
	do {
		struct key_range rest = { range.upper, SPAN_NONE };
		struct span bound;

		find_bound(at, &rest, step, &bound);
		range = (struct key_range){ rest.lower, bound };
		read_range(at, &range);
		if (bound.data)
			cr_assert_eq(at->batch.rowsets[0].row_count, step, "%s: %zu roots", what,
				     at->batch.rowsets[0].row_count);
		add_lines(at, seen);
	} while (range.upper.data);
	for (int i = 0; i < 2; i++) {
		lines_sort(&seen[i]);
		lines_compare(&seen[i], &all[i], what);
		lines_close(&seen[i]);
	}
}

/* Each root by its own key gives itself, and the lists that are its own. */
static void check_single_keys(struct on_postgres *at, struct lines all[2], const char *what)
{
	const struct key_range everything = { SPAN_NONE, SPAN_NONE };
	const struct source *root = &at->batch.sources->sources[0];
	struct lines seen[2];
	struct batch roots_read;
	struct buf key;

	lines_open(&seen[0]);
	lines_open(&seen[1]);
	buf_init(&key);
	read_range(at, &everything);
	roots_read = at->batch;
	for (size_t i = 0; i < roots_read.rowsets[0].row_count; i++) {
		struct span asked;

		buf_reset(&key);
		key_put(&key, rowset_row(&roots_read.rowsets[0], i), root->key_columns,
			root->key_count);
		asked = buf_span(&key);
		batch_init(&at->batch, &at->arena, at->batch.sources);
		cr_assert(
		    reader_read_keys(at->conn, at->reader, &asked, 1, &at->batch, NULL, &at->err),
		    "%s: %s", what, at->err.text);
		cr_assert_eq(at->batch.rowsets[0].row_count, 1, "%s: %s gives %zu roots", what,
			     key.data, at->batch.rowsets[0].row_count);
		add_lines(at, seen);
	}
	lines_sort(&seen[0]);
	lines_compare(&seen[0], &all[0], what);
	/* Children of nobody are reached by no key. */
	cr_assert_leq(seen[1].count, all[1].count, "%s", what);
	buf_release(&key);
	lines_close(&seen[0]);
	lines_close(&seen[1]);
}

static void check_tiling(struct on_postgres *at, const struct source_set *set, int root_count,
			 const char *what)
{
	const struct key_range everything = { SPAN_NONE, SPAN_NONE };
	struct lines all[2];
	int64_t count;

	lines_open(&all[0]);
	lines_open(&all[1]);
	on_postgres_prepare(at, set);
	read_range(at, &everything);
	add_lines(at, all);
	cr_assert_eq(all[0].count, root_count, "%s: %d roots", what, all[0].count);
	cr_assert(reader_count_roots(at->conn, at->reader, &count, &at->err), "%s", at->err.text);
	cr_assert_eq(count, root_count, "%s", what);
	lines_sort(&all[0]);
	lines_sort(&all[1]);
	for (uint32_t step = 1; step < 4; step++)
		check_step(at, step, all, what);
	check_step(at, 1000, all, what);
	check_single_keys(at, all, what);
	on_postgres_expect_indexes(at, what);
	lines_close(&all[0]);
	lines_close(&all[1]);
}

/* ---- keys of one column ---- */

struct key_case {
	char type[80];    /* with a collation behind it */
	char values[500]; /* as SQL writes them, for unnest(array[…]) */
	int count;
	char children[80]; /* another type for the parent column; "" the same */
};

ParameterizedTestParameters(postgres_keys, of_every_type_tile)
{
	static struct key_case cases[] = {
		{ "smallint", "-32768, -1, 0, 1, 7, 32767", 6, "bigint" },
		{ "int", "-2147483648, -1, 0, 5, 2147483647", 5, "smallint" },
		{ "bigint", "-9223372036854775808, -1, 0, 10, 9, 9223372036854775807", 6, "" },
		{ "text collate \"C\"",
		  "'', 'a', 'A', 'a ', 'B', '_', '10', '9', 'é', E'e\\u0301', '日', 'z', ''''", 13,
		  "varchar(20) collate \"C\"" },
		{ "text", "'', 'a', 'A', 'a ', 'B', '_', '10', '9', 'é', '日', 'z'", 11, "" },
		{ "varchar(9) collate \"en-x-icu\"",
		  "'', 'a', 'A', 'a ', 'B', '_x', '10', '9', 'é', '日', 'Z', 'ss', 'ß'", 13, "" },
		{ "text collate \"POSIX\"", "'', 'b', 'B', 'c'", 4, "" },
		{ "text collate \"C\"",
		  "'''; drop table t; --', E'\\\\', E'\\\\''', E'a\\tb', E'a\\nb', '\"', '$1', "
		  "'%s', E'\\\\N', '{\"a\"}', ')', '/*', E'\\x01', E'\\x7f', '\U0001f600', 'NULL'",
		  16, "" },
		{ "char(4) collate \"C\"", "'', 'a', 'A', 'ab', 'abcd', 'é', ' a'", 7, "" },
		{ "char(4) collate \"en-x-icu\"", "'', 'a', 'A', 'ab', 'abcd', ' a'", 6, "" },
		{ "uuid",
		  "'00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', "
		  "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '0fffffff-0000-0000-0000-000000000001'",
		  4, "" },
		{ "bytea",
		  "'\\x', '\\x00', '\\x0000', '\\xff', '\\x41', '\\x4142', '\\x5c7841', '\\x27'", 8,
		  "" },
		{ "numeric", "-1.5, 0, 1, 1.10, 1e30, 1e-30, 'NaN', 'Infinity', '-Infinity'", 9,
		  "" },
		{ "numeric(12,3)", "-1.5, 0, 1, 1.10, 2.001, 999999999.999", 6, "" },
		{ "date",
		  "'0044-03-15 BC', '0001-01-01', '2024-02-29', 'infinity', '-infinity', "
		  "'5874897-12-31', '4714-11-24 BC'",
		  7, "" },
		{ "timestamp",
		  "'0044-03-15 12:00 BC', '2024-02-29 23:59:59.999999', '2024-03-01', 'infinity', "
		  "'-infinity', '294276-12-31 23:59:59.999999', '2024-03-01 00:00:00.1'",
		  7, "" },
		{ "timestamptz",
		  "'0044-03-15 12:00+00 BC', '2024-11-03 01:30-05', '2024-11-03 01:30-04', "
		  "'infinity', '-infinity', '1880-01-01 00:00:00.5+00'",
		  6, "" },
		{ "boolean", "true, false", 2, "" },
		{ "mood", "'sad', 'so so', 'it''s fine'", 3, "" },
		{ "money_amount", "1.00, 2.50, -3", 3, "money_amount" },
	};

	return cr_make_param_array(struct key_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct key_case *c, postgres_keys, of_every_type_tile)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, "create type mood as enum ('so so', 'it''s fine', 'sad', 'unused');"
			     "create domain money_amount as numeric(10,2)");
	on_postgres_run(&at,
			"create table t (k %s primary key, v text);"
			"create table c (p %s, v text); create index on c (p)",
			c->type, c->children[0] ? c->children : c->type);
	on_postgres_prepare(&at, &with_lines);
	on_postgres_expect_indexes(&at, "while empty");
	on_postgres_run(
	    &at,
	    "insert into t select k::%.*s, 'v' || row_number() over () from unnest(array[%s]) as k",
	    (int)(strstr(c->type, " collate") ? strstr(c->type, " collate") - c->type : 80),
	    c->type, c->values);
	/* Where the other type is narrower, those that fit. */
	if (strcmp(c->children, "smallint") == 0)
		on_postgres_run(&at, "insert into c select k, v from t where abs(k::bigint) < 9");
	else
		on_postgres_run(&at,
				"insert into c select k, v || n from t, generate_series(1, 2) as n;"
				"insert into c values (null, 'of nobody')");
	check_tiling(&at, &with_lines, c->count, c->type);
	on_postgres_run(&at, "analyze t; analyze c");
	on_postgres_expect_indexes(&at, "with statistics");
	on_postgres_close(&at);
}

/* ---- keys of two columns, and other indexes ---- */

struct pair_case {
	char columns[120];
	char index[200];
};

ParameterizedTestParameters(postgres_keys, of_two_columns_tile)
{
	static struct pair_case cases[] = {
		{ "k int not null, l text collate \"C\" not null", "primary key (k, l)" },
		{ "k int not null, l text collate \"C\" not null", "primary key (l, k)" },
		{ "k text collate \"en-x-icu\" not null, l smallint not null", "unique (k, l)" },
		{ "k uuid not null, l date not null", "primary key (l, k)" },
		{ "k bytea not null, l numeric(6,2) not null", "primary key (k, l)" },
		{ "k bool not null, l mood not null", "primary key (k, l)" },
		{ "k char(3) not null, l timestamptz not null", "primary key (k, l)" },
	};

	return cr_make_param_array(struct pair_case, cases, sizeof(cases) / sizeof(cases[0]));
}

/* Every value of a type for the small numbers n. */
static const char making[] =
    "create function made(n int, t text) returns text language sql as $$ select case "
    "when t like 'int%%' or t like 'smallint%%' or t like 'numeric%%' then (n * 3 - 7)::text "
    "when t like 'uuid%%' then '00000000-0000-0000-0000-00000000000' || n "
    "when t like 'date%%' or t like 'timestamp%%' then (date '2000-01-01' + n * 17)::text "
    "when t like 'bool%%' then (n %% 2 = 0)::text "
    "when t like 'bytea%%' then '\\x' || repeat('00', n) "
    "when t like 'mood%%' then (enum_range(null::mood))[n %% 3 + 1]::text "
    "else (array['', 'a', 'A', 'b', '_', 'é', '10', '9'])[n + 1] end $$";

static void fill_pairs(struct on_postgres *at)
{
	on_postgres_run(at, making);
	on_postgres_run(
	    at,
	    "do $$ declare a text; b text; begin "
	    "select format_type(atttypid, null) into a from pg_attribute where attrelid = "
	    "'t'::regclass and attname = 'k'; "
	    "select format_type(atttypid, null) into b from pg_attribute where attrelid = "
	    "'t'::regclass and attname = 'l'; "
	    "execute format('insert into t select made(n, %%L)::%%s, made(m, %%L)::%%s, n || ''-'' "
	    "|| m from generate_series(0, 5) as n, generate_series(0, 4) as m on conflict do "
	    "nothing', a, a, b, b); end $$");
	on_postgres_run(at,
			"create table c as select k as p, l as q, v from t;"
			"insert into c select null, l, v || 'x' from t;"
			"insert into c select k, null, v || 'y' from t; create index on c (p, q);"
			"create index on c (q, p)");
}

ParameterizedTest(struct pair_case *c, postgres_keys, of_two_columns_tile)
{
	char count[20];
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, "create type mood as enum ('so so', 'fine', 'sad')");
	on_postgres_run(&at, "create table t (%s, v text, %s)", c->columns, c->index);
	fill_pairs(&at);
	on_postgres_ask(&at, "select count(*) from t", count, sizeof(count));
	check_tiling(&at, &pairs, (int)strtol(count, NULL, 10), c->columns);
	on_postgres_close(&at);
}

Test(postgres_keys, whose_index_descends_tile)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, "create table t (k int not null, l int not null, v text);"
			     "create unique index on t (k desc, l desc);"
			     "insert into t select n, m, 'v' from generate_series(1, 4) as n, "
			     "generate_series(1, 3) as m;"
			     "create table c as select k as p, l as q, v from t;"
			     "create index on c (p, q)");
	check_tiling(&at, &pairs, 12, "descending");
	on_postgres_run(&at,
			"drop table t; create table t (k int not null, l int not null, v text);"
			"create unique index on t (k, l desc)");
	on_postgres_refuse(&at, &pairs, "no primary key or full unique index");
	on_postgres_close(&at);
}

Test(postgres_keys, of_partitioned_tables_tile)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at,
			"create table t (k int primary key, v text) partition by hash (k);"
			"create table t1 partition of t for values with (modulus 3, remainder 0);"
			"create table t2 partition of t for values with (modulus 3, remainder 1);"
			"create table t3 partition of t for values with (modulus 3, remainder 2);"
			"create table c (p int, v text) partition by range (p);"
			"create table c1 partition of c for values from (minvalue) to (10);"
			"create table c2 partition of c default; create index on c (p);"
			"insert into t select n, 'v' || n from generate_series(1, 20) as n;"
			"insert into c select k, v from t; insert into c values (null, 'x')");
	check_tiling(&at, &with_lines, 20, "partitions");
	on_postgres_close(&at);
}

/* ---- what is no key ---- */

Test(postgres_keys, that_nobody_has_give_no_rows)
{
	static const struct {
		const char *type, *key;
	} strangers[] = {
		{ "int", "[\"x\"]" },
		{ "int", "[\"99999999999999999999\"]" },
		{ "smallint", "[\"70000\"]" },
		{ "int", "[\"\"]" },
		{ "int", "[\"+1\"]" },
		{ "int", "[\" 1\"]" },
		{ "uuid", "[\"A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11\"]" },
		{ "date", "[\"2024-02-30\"]" },
		{ "date", "[\"2024-13-01\"]" },
		{ "date", "[\"--\"]" },
		{ "date", "[\"today\"]" },
		{ "date", "[\"999999999-01-01\"]" },
		{ "date", "[\"2023-02-29\"]" },
		{ "date", "[\"0000-01-01\"]" },
		{ "date", "[\"5000-01-01 BC\"]" },
		{ "timestamp", "[\"2024-02-29 24:61:00\"]" },
		{ "timestamp", "[\"2024-02-29T10:00:00\"]" },
		{ "timestamp", "[\"294277-01-01 00:00:00\"]" },
		{ "timestamptz", "[\"2024-02-29 10:00:00\"]" },
		{ "timestamptz", "[\"2024-02-29 10:00:00+99\"]" },
		{ "timestamptz", "[\"infinit\"]" },
		{ "numeric", "[\"1.2.3\"]" },
		{ "numeric", "[\"-\"]" },
		{ "numeric", "[\"1e5\"]" },
		{ "bytea", "[\"\\\\x0\"]" },
		{ "bytea", "[\"\\\\xzz\"]" },
		{ "bytea", "[\"plain\"]" },
		{ "boolean", "[\"true\"]" },
		{ "mood", "[\"furious\"]" },
		{ "mood", "[\"\"]" },
		{ "text", "[\"a\\u0000b\"]" },
		{ "text", "[\"\\\\xff\"]" },
	};
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, "create type mood as enum ('sad')");
	for (size_t i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		struct span key = span_of(strangers[i].key);

		on_postgres_run(&at,
				"drop table if exists t; create table t (k %s primary key, v text)",
				strangers[i].type);
		on_postgres_prepare(&at, &roots);
		cr_expect(reader_read_keys(at.conn, at.reader, &key, 1, &at.batch, NULL, &at.err),
			  "%s %s: %s", strangers[i].type, strangers[i].key, at.err.text);
		cr_expect_eq(at.batch.rowsets[0].row_count, 0);
		err_reset(&at.err);
	}
	on_postgres_close(&at);
}

/* The longest number there is, and what is longer. */
Test(postgres_keys, of_very_many_digits_give_no_rows)
{
	struct on_postgres at;
	struct buf key;
	struct span asked;

	on_postgres_open(&at);
	on_postgres_run(&at, "create table t (k numeric primary key, v text)");
	on_postgres_prepare(&at, &roots);
	for (int digits = 131072; digits < 131074; digits++)
		for (int point = 0; point < 2; point++) {
			buf_init(&key);
			buf_put_text(&key, point ? "[\"0." : "[\"");
			for (int i = 0; i < digits; i++)
				buf_put_char(&key, '7');
			buf_put_text(&key, "\"]");
			asked = buf_span(&key);
			cr_expect(reader_read_keys(at.conn, at.reader, &asked, 1, &at.batch, NULL,
						   &at.err),
				  "%d digits: %s", digits, at.err.text);
			err_reset(&at.err);
			buf_release(&key);
		}
	on_postgres_close(&at);
}

/* A bound that is no key any more must not be a range without rows. */
Test(postgres_keys, as_bounds_must_still_be_keys)
{
	const struct key_range range = { SPAN("[\"sad\"]"), SPAN_NONE };
	const struct key_range nul = { SPAN("[\"a\\u0000b\"]"), SPAN_NONE };
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at,
			"create type mood as enum ('sad', 'fine'); create table t (k mood "
			"primary key, v text); insert into t values ('sad', 'x'), ('fine', 'y')");
	on_postgres_prepare(&at, &roots);
	on_postgres_run(&at, "alter type mood rename value 'sad' to 'blue'");
	cr_assert_not(reader_read_range(at.conn, at.reader, &range, 0, &at.batch, NULL, &at.err));
	on_postgres_expect(&at, ERR_DATA, "sad");
	on_postgres_run(&at, "drop table t; create table t (k text primary key, v text)");
	on_postgres_prepare(&at, &roots);
	cr_assert_not(reader_read_range(at.conn, at.reader, &nul, 0, &at.batch, NULL, &at.err));
	on_postgres_expect(&at, ERR_DATA, "is no key of t");
	on_postgres_close(&at);
}

/* ---- what is refused ---- */

static const struct {
	int source_count;
	const char *sql;
	const char *words;
} refusals[] = {
	{ 1, "", "there is no table t" },
	{ 1, "create table t (k int, v text)", "no primary key or full unique index" },
	{ 1, "create table t (k int not null, v text); create index on t (k)", "unique" },
	{ 1, "create table t (k int not null, v text, unique (k, v))", "unique" },
	{ 1, "create table t (k int not null, v int); create unique index on t (k) where v > 0",
	  "unique" },
	{ 1, "create table t (k int not null, v int); create unique index on t ((k + 0))",
	  "unique" },
	{ 1,
	  "create table t (k text not null, v int); create unique index on t (k collate \"POSIX\")",
	  "unique" },
	{ 1,
	  "create table t (k text not null, v int); create unique index on t (k text_pattern_ops)",
	  "unique" },
	{ 1,
	  "create table t (k int not null, v int); create unique index on t (k) include (v);"
	  "update pg_index set indisvalid = false where indrelid = 't'::regclass",
	  "unique" },
	{ 1, "create table t (k int unique, v text)", "t.k may be NULL" },
	{ 1, "create table t (k int primary key)", "t has no column v" },
	{ 1, "create table t (k float8 primary key, v text)", "t.k is double precision" },
	{ 1, "create table t (k real primary key, v text)", "t.k is real" },
	{ 1, "create table t (k interval primary key, v text)", "t.k is interval" },
	{ 1, "create table t (k int[] primary key, v text)", "t.k is integer[]" },
	{ 1, "create table t (k jsonb primary key, v text)", "t.k is jsonb" },
	{ 1,
	  "create collation nd (provider = icu, locale = 'und', deterministic = false);"
	  "create table t (k text collate nd primary key, v text)",
	  "collation nd" },
	{ 1, "create view t as select 1 as k, 'v' as v", "t is a view" },
	{ 1, "create materialized view t as select 1 as k, 'v' as v", "t is a materialized view" },
	{ 1, "create table t (k int primary key, v text); create table heir () inherits (t)",
	  "tables inherit from t" },
	{ 2, "create table t (k int primary key, v text); create table c (p text, v text)",
	  "c.p is text collate default but t.k is integer" },
	{ 2, "create table t (k int primary key, v text); create table c (p numeric, v text)",
	  "c.p is numeric but t.k is integer" },
	{ 2,
	  "create table t (k text collate \"C\" primary key, v text); create table c (p text "
	  "collate "
	  "\"POSIX\", v text)",
	  "collate POSIX" },
	{ 2, "create table t (k date primary key, v text); create table c (p timestamp, v text)",
	  "c.p is timestamp" },
	{ 2, "create table t (k int primary key, v text); create view c as select 1 as p, '' as v",
	  "c is a view" },
	{ 3,
	  "create table t (k int primary key, v text); create table c (p int, v text);"
	  "create view r as select 1 as k, '' as v",
	  "r is a view" },
};

Test(postgres_keys, that_could_lose_rows_are_refused_with_the_reason)
{
	struct on_postgres at;

	on_postgres_open(&at);
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const struct source_set set = { t_c_r, refusals[i].source_count };

		on_postgres_run(&at, "set allow_system_table_mods = on; begin; %s; commit",
				refusals[i].sql);
		on_postgres_refuse(&at, &set, refusals[i].words);
		on_postgres_run(&at,
				"do $$ declare r record; begin for r in select case relkind "
				"when 'v' then 'view' when 'm' then 'materialized view' else "
				"'table' end as kind, oid::regclass as name from pg_class where "
				"relnamespace = current_schema::regnamespace and relkind in ('r', "
				"'v', 'm') and not relispartition and relname <> 'heir' loop "
				"execute format('drop %%s %%s cascade', r.kind, r.name); end loop; "
				"end $$; drop collation if exists nd");
	}
	on_postgres_close(&at);
}

Test(postgres_keys, of_a_foreign_table_are_refused)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at,
			"create foreign data wrapper engine_test_%d; create server "
			"engine_test_%d foreign data wrapper engine_test_%d; create foreign "
			"table t (k int not null, v text) server engine_test_%d",
			getpid(), getpid(), getpid(), getpid());
	on_postgres_refuse(&at, &roots, "t is a foreign table");
	on_postgres_run(&at, "drop foreign data wrapper engine_test_%d cascade", getpid());
	on_postgres_close(&at);
}

/* They inherited once; the mark stays on the table until it is vacuumed. */
Test(postgres_keys, of_a_table_that_lost_its_heirs_are_read)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, "create table t (k int primary key, v text); create table heir () "
			     "inherits (t); drop table heir; insert into t values (1, 'x')");
	on_postgres_prepare(&at, &roots);
	on_postgres_read(&at);
	cr_assert_eq(at.batch.rowsets[0].row_count, 1);
	on_postgres_run(&at, "create table heir () inherits (t); insert into heir values (1, 'y')");
	on_postgres_fail(&at, ERR_DATA, "inherit");
	on_postgres_close(&at);
}

/* ---- what a role may see ---- */

Test(postgres_keys, of_rows_that_a_policy_hides_are_not_read_at_all)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at, "create table t (k int primary key, v text);"
			     "insert into t select n, 'v' from generate_series(1, 5) as n;"
			     "alter table t enable row level security;"
			     "create policy few on t using (k < 3)");
	on_postgres_run(&at, "alter role %s set row_security = on", at.role);
	on_postgres_prepare(&at, &roots);
	on_postgres_fail(&at, ERR_PERMISSION, "\"t\"");
	on_postgres_close(&at);
}

Test(postgres_keys, of_a_table_that_a_role_may_not_read_name_it)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at,
			"create table t (k int primary key, v text); create table c (p int, v "
			"text); revoke all on c from %s",
			at.role);
	on_postgres_prepare(&at, &with_lines);
	on_postgres_fail(&at, ERR_PERMISSION, "permission denied for table c");
	on_postgres_run(&at, "grant select on c to %s", at.role);
	on_postgres_read(&at);
	on_postgres_run(&at, "revoke select on t from %s", at.role);
	on_postgres_fail(&at, ERR_PERMISSION, "permission denied for table t");
	on_postgres_close(&at);
}

/* ---- other encodings ---- */

Test(postgres_keys, of_a_store_without_an_encoding_are_bytes)
{
	struct on_postgres at;

	on_postgres_open_encoded(&at, "SQL_ASCII");
	on_postgres_run(&at,
			"create table t (k text primary key, v text);"
			"create table c (p text, v text); create index on c (p);"
			"insert into t values (E'\\xff', E'bad \\xc3'), (E'\\xc3\\xa9', 'good'), "
			"(E'\\xe9', 'latin'), ('a', E'\\x80'), ('', ''), (E'\\xff''', 'quote');"
			"insert into c select k, v from t; insert into c values (null, E'\\xfe')");
	check_tiling(&at, &with_lines, 6, "SQL_ASCII");
	on_postgres_close(&at);
}

Test(postgres_keys, of_another_encoding_are_utf8)
{
	const struct key_range upper = { SPAN("[\"e\"]"), SPAN_NONE };
	struct span stranger = SPAN("[\"日\"]");
	struct on_postgres at;

	on_postgres_open_encoded(&at, "LATIN1");
	on_postgres_run(&at,
			"set client_encoding = 'UTF8'; create table t (k text primary key, v text);"
			"create table c (p text, v text); create index on c (p);"
			"insert into t values ('é', 'ü'), ('e', ''), ('ÿ', 'x'), ('~', 'y');"
			"insert into c select k, v from t");
	check_tiling(&at, &with_lines, 4, "LATIN1");
	read_range(&at, &upper);
	cr_assert_eq(at.batch.rowsets[0].row_count, 3);
	/* The store itself says that it has no such letter. */
	batch_init(&at.batch, &at.arena, &with_lines);
	cr_assert_not(reader_read_keys(at.conn, at.reader, &stranger, 1, &at.batch, NULL, &at.err));
	on_postgres_expect(&at, ERR_DATA, "has no equivalent in encoding \"LATIN1\"");
	on_postgres_close(&at);
}
