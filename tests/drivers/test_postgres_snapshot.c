/*
 * test_postgres_snapshot.c: legacy that changes, hangs, warns or dies while it is read; values too long to be sent.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/clock.h"
#include "tests/drivers/on_postgres.h"

TestSuite(postgres_snapshot, .timeout = 60);

static const char *const only_k[] = { "k" };
static const int first[] = { 0 };
static const struct source_set roots = { t_c_r, 1 };
static const struct source_set with_lines = { t_c_r, 2 };
static const struct source_set with_references = { t_c_r, 3 };

static const char tables[] =
    "drop table if exists t, c, r; create table t (k int primary key, v text);"
    "create table c (p int, v text); create index on c (p);"
    "create table r (k bigint primary key, v text);"
    "insert into t select n, n * 10 from generate_series(1, 5) as n;"
    "insert into c select k, v from t; insert into r select v::bigint, v from t";

static size_t row_count(const struct on_postgres *at, int source)
{
	return at->batch.rowsets[source].row_count;
}

/* Settings of the session that reads. */
static void set(struct on_postgres *at, const char *sql)
{
	cr_assert(wire_do(pg_of(at->conn), sql, &at->err), "%s", at->err.text);
}

/* ---- tables that change ---- */

static const struct {
	const char *sql;
	const char *words; /* "" when it does not matter */
} changes[] = {
	{ "alter table t alter v type varchar(40)",
	  "column v was text and is character varying(40) now" },
	{ "alter table c alter v type bigint using v::bigint",
	  "column v was text and is bigint now" },
	{ "alter table t alter k type bigint", "column k was integer and is bigint now" },
	{ "alter table t add w text", "column w is new" },
	{ "alter table t drop v", "column v is gone" },
	{ "alter table t rename v to w", "column v is gone" },
	{ "alter table t rename v to w; alter table t add v text", "column w is new" },
	{ "alter table t drop v; alter table t add v int", "column v was text and is integer now" },
	{ "alter table t rename to elsewhere", "does not exist" },
	{ "drop table c", "does not exist" },
	{ "drop table c; create view c as select 1 as p, '' as v", "is view now" },
	{ "alter table t drop constraint t_pkey", "the unique index over its key is gone" },
	{ "alter table t drop constraint t_pkey; alter table t alter k drop not null;"
	  "create unique index on t (k)",
	  "column k may be NULL now" },
	{ "alter table t alter v type text collate \"C\"", "column v is compared by C now" },
	{ "create table heir () inherits (t)", "tables inherit from it now" },
	{ "create table heir () inherits (c)", "table c has changed: tables inherit from it now" },
	{ "alter table t alter v set statistics 7", "" },
	{ "create index on t (v)", "" },
	{ "alter table t alter v set not null", "" },
	{ "alter table t alter v set default 'x'", "" },
	{ "analyze t", "" },
	{ "cluster t using t_pkey", "" },
	{ "vacuum full t", "" },
	{ "alter table t drop constraint t_pkey; alter table t add primary key (k)", "" },
	{ "drop table t; create table t as select n as k, (n * 10)::text as v from "
	  "generate_series(1, 5) "
	  "as n; alter table t add primary key (k)",
	  "" },
};

Test(postgres_snapshot, notices_a_table_that_is_not_what_it_was)
{
	struct on_postgres at;

	on_postgres_open(&at);
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		on_postgres_run(&at, tables);
		on_postgres_prepare(&at, &with_lines);
		on_postgres_read(&at);
		on_postgres_run(&at, changes[i].sql);
		if (changes[i].words[0]) {
			on_postgres_fail(&at, ERR_DATA, changes[i].words);
			on_postgres_fail(&at, ERR_DATA, changes[i].words);
		} else {
			on_postgres_read(&at);
			cr_assert_eq(row_count(&at, 0), 5, "%s", changes[i].sql);
			cr_assert_eq(row_count(&at, 1), 5, "%s", changes[i].sql);
		}
		on_postgres_run(&at,
				"drop view if exists pg_temp.none; drop table if exists heir, "
				"elsewhere cascade; do $$ begin if exists (select from pg_class "
				"where relname = 'c' and relkind = 'v' and relnamespace = "
				"current_schema::regnamespace) then drop view c; end if; end $$");
	}
	on_postgres_close(&at);
}

static const struct {
	const char *sql;
	const char *words;
} part_changes[] = {
	{ "create table c_more partition of c for values from (100) to (200)", "" },
	{ "alter table c detach partition c_high", "c_high belongs to it no longer" },
	{ "alter table c_low detach partition c_lowest", "c_lowest belongs to it no longer" },
	{ "alter table c_low detach partition c_lowest; alter table c_lowest rename to c_x;"
	  "alter table c_low attach partition c_x for values from (0) to (3)",
	  "c_lowest belongs to it no longer" },
	{ "alter type s rename value 'new' to 'n'",
	  "s has changed: it was made of 'new', 'old' and is" },
	{ "alter type s rename value 'new' to 'x'; alter type s rename value 'old' to 'new';"
	  "alter type s rename value 'x' to 'old'",
	  "is made of 'old', 'new' now" },
	{ "alter type s rename value 'new' to 'x'; alter type s rename value 'x' to 'new'",
	  "had other names in between" },
	{ "alter type s add value 'newer'", "is made of 'new', 'old', 'newer' now" },
	{ "alter type pair add attribute z int", "y integer, z integer now" },
	{ "alter type pair rename attribute x to z", "d, y integer now" },
};

static const char parts[] =
    "create type s as enum ('new', 'old'); create domain d as s; create type pair as (x d, y int);"
    "create table t (k int primary key, v pair[]);"
    "create table c (p int, v text) partition by range (p);"
    "create table c_low partition of c for values from (0) to (3) partition by range (p);"
    "create table c_lowest partition of c_low for values from (0) to (3);"
    "create table c_high partition of c for values from (3) to (100); create index on c (p);"
    "insert into t select n, array[('new', n)::pair] from generate_series(1, 5) as n;"
    "insert into c select k, 'x' from t";

static const char no_parts[] =
    "drop table if exists t, c, c_high, c_lowest cascade; drop type if exists pair;"
    "drop domain if exists d; drop type if exists s";

/* Neither a partition that goes nor a label that is another leaves a trace in the table itself. */
Test(postgres_snapshot, notices_what_a_table_is_made_of)
{
	struct on_postgres at;

	on_postgres_open(&at);
	for (size_t i = 0; i < sizeof(part_changes) / sizeof(part_changes[0]); i++) {
		on_postgres_run(&at, no_parts);
		on_postgres_run(&at, parts);
		on_postgres_prepare(&at, &with_lines);
		on_postgres_read(&at);
		on_postgres_read(&at);
		on_postgres_run(&at, part_changes[i].sql);
		if (part_changes[i].words[0])
			on_postgres_fail(&at, ERR_DATA, part_changes[i].words);
		else
			on_postgres_read(&at);
	}
	on_postgres_run(&at, no_parts);
	on_postgres_close(&at);
}

/* Rows that are taken away at once are gone for the next read, and no read sees half of it. */
Test(postgres_snapshot, sees_a_truncated_table_empty)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_prepare(&at, &with_lines);
	on_postgres_read(&at);
	on_postgres_run(&at, "truncate t, c");
	on_postgres_read(&at);
	cr_assert_eq(row_count(&at, 0), 0);
	cr_assert_eq(row_count(&at, 1), 0);
	on_postgres_close(&at);
}

/* ---- names ---- */

Test(postgres_snapshot, reads_tables_and_columns_of_any_name)
{
	static const char *const names[] = {
		"a\"b",
		"a'b",
		"a.b",
		"a\\b",
		"a\nb",
		"a\tb",
		"$1",
		"{a,b}",
		"Select",
		"%s%n",
		",",
		"/*",
		"--",
		"é日\U0001f600",
		" ",
		"a;b",
		"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzABCDEFGHIJK",
	};
	struct on_postgres at;

	on_postgres_open(&at);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *quoted = PQescapeIdentifier(at.fixture.pg, names[i], strlen(names[i]));
		const char *columns[] = { names[i] };
		const struct source sources[] = { { .name = "root",
						    .kind = SOURCE_ROOT,
						    .table = names[i],
						    .columns = columns,
						    .column_count = 1,
						    .key_columns = first,
						    .key_count = 1 },
						  { .name = "lines",
						    .kind = SOURCE_CHILDREN,
						    .table = names[i],
						    .columns = columns,
						    .column_count = 1,
						    .key_columns = first,
						    .key_count = 1,
						    .parent_columns = first,
						    .parent_count = 1 } };
		const struct source_set set = { sources, 2 };

		on_postgres_run(&at,
				"create table %s (%s int primary key); insert into %s values (7)",
				quoted, quoted, quoted);
		on_postgres_prepare(&at, &set);
		on_postgres_read(&at);
		cr_assert_eq(row_count(&at, 0), 1, "%s", names[i]);
		cr_assert_eq(row_count(&at, 1), 1, "%s", names[i]);
		on_postgres_expect_indexes(&at, names[i]);
		PQfreemem(quoted);
	}
	on_postgres_close(&at);
}

Test(postgres_snapshot, reads_tables_of_schemas_of_any_name)
{
	static const char *const names[] = { "odd \"schema\" %d", "odd\nschema %d", "odd.schema %d",
					     "odd,schema' %d\\" };
	static const struct source source[] = { { .name = "root",
						  .kind = SOURCE_ROOT,
						  .table = "t",
						  .columns = only_k,
						  .column_count = 1,
						  .key_columns = first,
						  .key_count = 1 } };
	static const struct source query[] = { { .name = "root",
						 .kind = SOURCE_ROOT,
						 .table = "q",
						 .query = "select k from t",
						 .columns = only_k,
						 .column_count = 1,
						 .key_columns = first,
						 .key_count = 1 } };
	const struct source_set sets[] = { { source, 1 }, { query, 1 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct on_postgres at;
		char name[80], *quoted;

		on_postgres_open(&at);
		on_postgres_be_role(&at);
		snprintf(name, sizeof(name), names[i], getpid());
		quoted = PQescapeIdentifier(at.fixture.pg, name, strlen(name));
		on_postgres_run(&at,
				"create schema %s; create table %s.t (k int primary key); insert "
				"into %s.t values (7)",
				quoted, quoted, quoted);
		on_postgres_run(&at, "grant usage on schema %s to %s; grant select on %s.t to %s",
				quoted, at.role, quoted, at.role);
		on_postgres_run(&at, "alter role %s set search_path = nowhere, %s, public", at.role,
				quoted);
		/* The role's own path, not the URL's. */
		*strstr(at.fixture.url, "options=") = 'O';
		memmove(strstr(at.fixture.url, "Options="), strstr(at.fixture.url, "user="),
			strlen(strstr(at.fixture.url, "user=")) + 1);
		for (int s = 0; s < 2; s++) {
			on_postgres_prepare(&at, &sets[s]);
			on_postgres_read(&at);
			cr_assert_eq(row_count(&at, 0), 1, "%s", names[i]);
		}
		on_postgres_run(&at, "drop schema %s cascade", quoted);
		PQfreemem(quoted);
		on_postgres_close(&at);
	}
}

/* ---- long values ---- */

static void check_cut(const struct cell *cell, uint32_t size, const char *byte, size_t byte_size)
{
	char *whole = malloc(size), expected[CELL_CUT_SIZE];

	for (uint32_t i = 0; i < size; i++)
		whole[i] = byte[i % byte_size];
	cell_cut((struct span){ whole, size }, expected);
	cr_assert_eq(cell->kind, CELL_CUT);
	cr_assert_eq(cell->size, size, "%u bytes", cell->size);
	cr_assert_arr_eq(cell->data, expected, CELL_CUT_SIZE);
	free(whole);
}

/* external: not compressed, so that it is as long in the store. */
Test(postgres_snapshot, cuts_long_values_in_the_store_as_we_would)
{
	struct on_postgres at;
	struct rusage before, after;

	on_postgres_open(&at);
	on_postgres_run(&at, "create table t (k int primary key, v text); insert into t values "
			     "(1, repeat('é', 600000)), (2, repeat('a', 1048576)), (3, repeat('a', "
			     "1048577)), (4, null), (5, ''), (6, repeat('abc', 8000000))");
	on_postgres_prepare(&at, &roots);
	getrusage(RUSAGE_SELF, &before);
	on_postgres_read(&at);
	getrusage(RUSAGE_SELF, &after);
	cr_assert_lt(after.ru_maxrss - before.ru_maxrss, 15000, "%ld kB more for 24 MB",
		     after.ru_maxrss - before.ru_maxrss);
	cr_assert_eq(row_count(&at, 0), 6);
	for (size_t i = 0; i < 6; i++) {
		const struct cell *row = rowset_row(&at.batch.rowsets[0], i);

		switch (row[0].data[0]) {
		case '1':
			check_cut(&row[1], 1200000, "é", 2);
			break;
		case '2':
			cr_assert_eq(row[1].kind, CELL_TEXT);
			break;
		case '3':
			check_cut(&row[1], 1048577, "a", 1);
			break;
		case '4':
			cr_assert_eq(row[1].kind, CELL_NULL);
			break;
		case '5':
			cr_assert_eq(row[1].kind, CELL_TEXT);
			break;
		default:
			check_cut(&row[1], 24000000, "abc", 3);
			break;
		}
	}
	on_postgres_close(&at);
}

/* They come when the reader does not expect any, and are not received even once. */
Test(postgres_snapshot, cuts_values_that_grew_long_while_it_reads)
{
	struct rusage before, after;
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_prepare(&at, &with_lines);
	on_postgres_read(&at);
	on_postgres_run(&at, "update t set v = repeat('abc', 8000000) where k = 3");
	getrusage(RUSAGE_SELF, &before);
	on_postgres_read(&at);
	getrusage(RUSAGE_SELF, &after);
	cr_assert_lt(after.ru_maxrss - before.ru_maxrss, 15000, "%ld kB more for 24 MB",
		     after.ru_maxrss - before.ru_maxrss);
	for (size_t i = 0; i < 5; i++)
		if (rowset_row(&at.batch.rowsets[0], i)[0].data[0] == '3')
			check_cut(&rowset_row(&at.batch.rowsets[0], i)[1], 24000000, "abc", 3);
	cr_assert_eq(row_count(&at, 1), 5);
	on_postgres_close(&at);
}

Test(postgres_snapshot, cuts_binary_and_json_by_their_own_bytes)
{
	struct on_postgres at;
	struct span key = SPAN("[\"1\"]");

	on_postgres_open(&at);
	on_postgres_run(&at, "create table t (k int primary key, v bytea); insert into t values "
			     "(1, convert_to(repeat('xy', 600000), 'UTF8')), (2, '\\x00')");
	on_postgres_prepare(&at, &roots);
	cr_assert(reader_read_keys(at.conn, at.reader, &key, 1, &at.batch, NULL, &at.err), "%s",
		  at.err.text);
	check_cut(&rowset_row(&at.batch.rowsets[0], 0)[1], 1200000, "xy", 2);
	on_postgres_run(&at, "drop table t; create table t (k int primary key, v jsonb);"
			     "insert into t values (1, to_jsonb(repeat('x', 1200000)))");
	on_postgres_prepare(&at, &roots);
	on_postgres_read(&at);
	cr_assert_eq(rowset_row(&at.batch.rowsets[0], 0)[1].size, 1200002);
	cr_assert_eq(rowset_row(&at.batch.rowsets[0], 0)[1].kind, CELL_CUT);
	on_postgres_close(&at);
}

/* The store has nothing long; the query makes it. */
Test(postgres_snapshot, cuts_what_a_query_makes_long)
{
	static const char *const k_v[] = { "k", "v" };
	static const struct source query = { .name = "root",
					     .kind = SOURCE_ROOT,
					     .table = "q",
					     .query = "select k, repeat(v, 2500000) as v from t",
					     .columns = k_v,
					     .column_count = 2,
					     .key_columns = first,
					     .key_count = 1 };
	const struct source_set set = { &query, 1 };
	struct rusage before, after;
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, "create table t (k int primary key, v text); insert into t values (1, "
			     "'abcdefgh')");
	on_postgres_prepare(&at, &set);
	getrusage(RUSAGE_SELF, &before);
	on_postgres_read(&at);
	getrusage(RUSAGE_SELF, &after);
	check_cut(&rowset_row(&at.batch.rowsets[0], 0)[1], 20000000, "abcdefgh", 8);
	cr_assert_lt(after.ru_maxrss - before.ru_maxrss, 15000, "%ld kB more for 20 MB",
		     after.ru_maxrss - before.ru_maxrss);
	on_postgres_close(&at);
}

Test(postgres_snapshot, makes_our_key_of_rows_without_one)
{
	static const char *const columns[] = { "*", "a", "b", "copies" };
	struct source source = { .name = "root",
				 .kind = SOURCE_ROOT,
				 .table = "t",
				 .columns = columns,
				 .column_count = 4,
				 .key_columns = first,
				 .key_count = 1,
				 .is_keyless = true,
				 .star_column = 0,
				 .copies_column = 3 };
	const struct source_set set = { &source, 1 };
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at,
			"create table t (b text, a bytea); insert into t values (null, null), ('', "
			"'\\x'), (null, '\\x'), ('', null), ('a:b', '\\x00ff'), ('é', null), "
			"(repeat('é', 700000), null), (null, convert_to(repeat('xy', 600000), "
			"'UTF8')), ('', null), (E'\\\\N', '\\x5c4e')");
	on_postgres_prepare(&at, &set);
	on_postgres_read(&at);
	cr_assert_eq(row_count(&at, 0), 9, "%zu", row_count(&at, 0));
	on_postgres_close(&at);
}

/* ---- references ---- */

Test(postgres_snapshot, looks_up_references_of_another_type)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at,
			"create table t (k int primary key, v text);"
			"create table c (p int, v text); create table r (k bigint primary key, v "
			"text); insert into r values (7, 'x'), (-1, 'y'), (0, 'z');"
			"insert into t select row_number() over (), w from unnest(array['7', "
			"'007', ' 7', '+7', '7.0', 'x', '', '99999999999999999999', '-1', '-0', "
			"'0', '9223372036854775808', null, '7e0', E'7\\t', '٧']) as w");
	on_postgres_prepare(&at, &with_references);
	on_postgres_read(&at);
	cr_assert_eq(row_count(&at, 2), 3, "%zu", row_count(&at, 2));
	/* Dates, and labels of an enum, that none of them is. */
	on_postgres_run(&at,
			"drop table r; create table r (k date primary key, v text); insert into r "
			"values ('2024-02-29', 'x'); insert into t values (90, '2024-02-29'), (91, "
			"'2023-02-29'), (92, 'today')");
	on_postgres_prepare(&at, &with_references);
	on_postgres_read(&at);
	cr_assert_eq(row_count(&at, 2), 1);
	on_postgres_run(&at, "create index on c (p); drop table r; create type mood as enum ('7', "
			     "'x'); create table r (k mood "
			     "primary key, v text); insert into r values ('7', 'x'), ('x', '')");
	on_postgres_prepare(&at, &with_references);
	on_postgres_read(&at);
	cr_assert_eq(row_count(&at, 2), 2);
	on_postgres_expect_indexes(&at, "references");
	on_postgres_close(&at);
}

Test(postgres_snapshot, looks_up_more_references_than_one_statement_takes)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_run(&at, "truncate t, r; insert into t select n, (n %% 2600)::text from "
			     "generate_series(1, 6000) as n; insert into r select n, '' from "
			     "generate_series(0, 2590) as n");
	on_postgres_prepare(&at, &with_references);
	on_postgres_read(&at);
	cr_assert_eq(row_count(&at, 2), 2591, "%zu", row_count(&at, 2));
	on_postgres_close(&at);
}

/* ---- waiting, and what ends it ---- */

static void kill_server(struct on_postgres *at, int server)
{
	on_postgres_run(at, "select pg_terminate_backend(%d)", server);
}

static double seconds_of_failing(struct on_postgres *at, enum err_code code, const char *words)
{
	int64_t since = clock_monotonic_ns();

	on_postgres_fail(at, code, words);
	return (double)(clock_monotonic_ns() - since) / 1e9;
}

Test(postgres_snapshot, waits_a_bounded_time_for_a_lock)
{
	struct on_postgres at;
	double seconds;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_prepare(&at, &with_lines);
	set(&at, "set lock_timeout = '400ms'");
	on_postgres_run(&at, "begin; lock table c in access exclusive mode");
	seconds = seconds_of_failing(&at, ERR_TRANSIENT, "55P03");
	cr_assert_lt(seconds, 5);
	on_postgres_run(&at, "commit");
	on_postgres_read(&at);
	cr_assert_eq(row_count(&at, 0), 5);
	on_postgres_close(&at);
}

Test(postgres_snapshot, stops_a_statement_that_takes_too_long)
{
	static const struct source query = {
		.name = "root",
		.kind = SOURCE_ROOT,
		.table = "q",
		.query = "select k from t where k < 6 and 0 < (select count(*) "
			 "from generate_series(1, 20000000) as n where n + k > 0)",
		.columns = only_k,
		.column_count = 1,
		.key_columns = first,
		.key_count = 1
	};
	const struct source_set set_of_query = { &query, 1 };
	int server;
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_run(&at, "delete from t");
	on_postgres_prepare(&at, &set_of_query);
	on_postgres_run(&at, "insert into t select n, '' from generate_series(1, 5) as n");
	set(&at, "set statement_timeout = '300ms'");
	cr_assert_lt(seconds_of_failing(&at, ERR_TRANSIENT, "57014"), 5);
	set(&at, "set statement_timeout = '20s'");
	/* Nobody answers at all: the connection is given up, and says so at once the next time. */
	server = PQbackendPID(pg_of(at.conn)->pg);
	pg_of(at.conn)->answer_seconds = 1;
	cr_assert_lt(seconds_of_failing(&at, ERR_TRANSIENT, "has said nothing for 1 s"), 5);
	/* It works on for nobody, and would hold up the test's end. */
	kill_server(&at, server);
	on_postgres_close(&at);
}

/* Stopped, it keeps its connection and says nothing: as a machine does whose power went. */
Test(postgres_snapshot, gives_up_a_server_that_hangs)
{
	struct on_postgres at;
	pid_t server;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_prepare(&at, &with_lines);
	server = PQbackendPID(pg_of(at.conn)->pg);
	pg_of(at.conn)->answer_seconds = 1;
	cr_assert_eq(kill(server, SIGSTOP), 0, "this server is not ours to stop");
	cr_expect_lt(seconds_of_failing(&at, ERR_TRANSIENT, "has said nothing for 1 s"), 1.8);
	cr_expect_lt(seconds_of_failing(&at, ERR_TRANSIENT, "connection"), 0.3);
	kill(server, SIGCONT);
	on_postgres_close(&at);
}

static void kill_the_reader(struct on_postgres *at)
{
	kill_server(at, PQbackendPID(pg_of(at->conn)->pg));
}

Test(postgres_snapshot, says_that_the_server_went_away)
{
	const struct key_range all = { SPAN_NONE, SPAN_NONE };
	struct on_postgres at;
	struct span bound;
	int64_t count;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_prepare(&at, &with_references);
	kill_the_reader(&at);
	on_postgres_fail(&at, ERR_TRANSIENT, "");
	/* Every use of it fails at once, and nothing crashes. */
	on_postgres_fail(&at, ERR_TRANSIENT, "connection");
	cr_assert_not(reader_find_bound(at.conn, at.reader, &all, 1, &at.arena, &bound, &at.err));
	on_postgres_expect(&at, ERR_TRANSIENT, "connection");
	cr_assert_not(reader_count_roots(at.conn, at.reader, &count, &at.err));
	on_postgres_expect(&at, ERR_TRANSIENT, "connection");
	on_postgres_close(&at);
}

/* Each row takes a while and fills what is sent at once, so that rows are on their way when the server dies. */
Test(postgres_snapshot, survives_a_server_that_dies_within_a_copy)
{
	static const char *const k_v[] = { "k", "v" };
	static const struct source query = {
		.name = "root",
		.kind = SOURCE_ROOT,
		.table = "q",
		.query = "select k, md5(repeat(v, 300000)) || repeat('x', 9000) as v from t",
		.columns = k_v,
		.column_count = 2,
		.key_columns = first,
		.key_count = 1
	};
	const struct source_set set_of_query = { &query, 1 };
	struct on_postgres at;
	PGresult *result;
	char sql[100];

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_run(&at, "insert into t select n, n from generate_series(6, 900) as n");
	on_postgres_prepare(&at, &set_of_query);
	snprintf(sql, sizeof(sql), "select pg_sleep(0.3); select pg_terminate_backend(%d)",
		 PQbackendPID(pg_of(at.conn)->pg));
	cr_assert(PQsendQuery(at.fixture.pg, sql));
	on_postgres_fail(&at, ERR_TRANSIENT, "");
	cr_assert_gt(row_count(&at, 0), 0, "it died before the first row");
	cr_assert_lt(row_count(&at, 0), 900);
	on_postgres_fail(&at, ERR_TRANSIENT, "connection");
	while ((result = PQgetResult(at.fixture.pg)) != NULL)
		PQclear(result);
	on_postgres_close(&at);
}

Test(postgres_snapshot, takes_a_warning_for_a_failure)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_connect(&at, CONN_SOURCE);
	cr_assert_not(
	    wire_do(pg_of(at.conn), "do $$ begin raise warning 'careful'; end $$", &at.err));
	on_postgres_expect(&at, ERR_DATA, "PostgreSQL warns: careful");
	set(&at, "do $$ begin raise notice 'hello'; end $$");
	cr_assert_not(wire_do(pg_of(at.conn), "rollback", &at.err));
	on_postgres_expect(&at, ERR_DATA, "no transaction");
	on_postgres_prepare(&at, &roots);
	on_postgres_read(&at);
	on_postgres_close(&at);
}

/* A server that is shut down at once says so by a warning; that the connection is gone is what follows, and is tried again. */
Test(postgres_snapshot, takes_no_farewell_for_a_warning)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_run(&at, tables);
	on_postgres_connect(&at, CONN_SOURCE);
	set(&at,
	    "do $$ begin raise warning 'terminating connection because of crash of another server "
	    "process' using errcode = '57P02'; end $$");
	on_postgres_prepare(&at, &roots);
	on_postgres_read(&at);
	on_postgres_close(&at);
}
