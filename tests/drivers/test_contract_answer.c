/*
 * test_contract_answer.c: what every driver that speaks SQL promises about questions: one statement that only reads, values that
 * are never part of it, columns by their names, an end in time.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "tests/drivers/world.h"

TestSuite(contract_answer, .timeout = 120);

/* Legacy with "paid (id integer, actor text, amount numeric)". */
struct desk {
	struct fixture fixture;
	struct conn *conn;
	struct lines lines;
	int column_count;
	struct err err;
};

static const struct memory_column paid[] = { { "id", "INTEGER", true },
					     { "actor", "TEXT", false },
					     { "amount", "numeric", false } };
static const char *const paid_key[] = { "id" };

#define ON_EVERY_STORE(name)                                                              \
	ParameterizedTestParameters(contract_answer, name)                                \
	{                                                                                 \
		static struct driver_case drivers[] = { { ON_SQLITE }, { ON_POSTGRES } }; \
		return cr_make_param_array(struct driver_case, drivers, 2);               \
	}                                                                                 \
	ParameterizedTest(struct driver_case *c, contract_answer, name)

static void desk_open(struct desk *desk, int driver)
{
	static const char *const rows[][3] = {
		{ "1", "ada", "12.5" }, { "2", "bob", NULL },
		{ "3", "ada", "0.25" }, { "4", "o'; drop table paid; --", "7" },
		{ "5", NULL, "1" },
	};

	memset(desk, 0, sizeof(*desk));
	fixture_open(&desk->fixture, driver);
	fixture_table(&desk->fixture, "paid", paid, 3, paid_key, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		fixture_row(&desk->fixture, "paid", 3, rows[i]);
	desk->conn = fixture_connect(&desk->fixture, CONN_SOURCE);
	lines_open(&desk->lines);
}

static void desk_close(struct desk *desk)
{
	lines_close(&desk->lines);
	conn_close(desk->conn);
	fixture_close(&desk->fixture);
}

static bool note(void *context, const struct cell *cells, struct err *err)
{
	struct desk *desk = context;
	char line[LINE_SIZE] = "";

	(void)err;
	row_to_line(cells, desk->column_count, line);
	lines_add(&desk->lines, "%s", line);
	return true;
}

static bool ask(struct desk *desk, const struct question *question)
{
	desk->column_count = question->column_count;
	desk->lines.count = 0;
	return conn_answer(desk->conn, question, note, desk, &desk->err);
}

/* The rows in their order, each behind a blank. */
static void expect(struct desk *desk, const struct question *question, const char *rows)
{
	char seen[2000] = "";

	cr_assert(ask(desk, question), "%s: %s", question->sql, desk->err.text);
	for (int i = 0; i < desk->lines.count; i++) {
		strncat(seen, i ? " " : "", sizeof(seen) - strlen(seen) - 1);
		strncat(seen, desk->lines.text[i], sizeof(seen) - strlen(seen) - 1);
	}
	cr_assert_str_eq(seen, rows, "%s", question->sql);
}

static void refuse(struct desk *desk, const struct question *question, const char *words)
{
	cr_assert_not(ask(desk, question), "%s", question->sql);
	cr_assert_eq(desk->err.code, ERR_RULE, "%s: %d %s", question->sql, desk->err.code,
		     desk->err.text);
	cr_assert_not_null(strstr(desk->err.text, words), "%s: '%s' does not say '%s'",
			   question->sql, desk->err.text, words);
	cr_assert_eq(desk->lines.count, 0);
	err_reset(&desk->err);
}

static const char *const id_actor[] = { "id", "actor" };
static const char *const amount_id[] = { "Amount", "ID" };

ON_EVERY_STORE(gives_the_wanted_columns_in_their_order)
{
	struct question question = { .sql = "select id, actor as x, amount from paid order by id",
				     .columns = amount_id,
				     .column_count = 2,
				     .seconds = 10 };
	struct desk desk;

	desk_open(&desk, c->driver);
	expect(&desk, &question, "12.5|1 ~|2 0.25|3 7|4 1|5");
	question.columns = NULL;
	question.column_count = 3;
	expect(&desk, &question, "1|ada|12.5 2|bob|~ 3|ada|0.25 4|o'; drop table paid; --|7 5|~|1");
	desk_close(&desk);
}

ON_EVERY_STORE(a_column_is_there_once_and_has_the_wanted_name)
{
	struct question question = { .sql = "select id as actor, actor, amount from paid",
				     .columns = id_actor,
				     .column_count = 2,
				     .seconds = 10 };
	struct desk desk;

	desk_open(&desk, c->driver);
	refuse(&desk, &question, "no column \"id\"");
	question.sql = "select id, id as actor, actor from paid";
	refuse(&desk, &question, "2 columns \"actor\"");
	question.sql = "select id, actor as \"Actor\", actor as \"aCTOR\" from paid";
	refuse(&desk, &question, "2 columns \"actor\"");
	question.sql = "select id, actor, actor as \"Actor\" from paid where id = 1";
	expect(&desk, &question, "1|ada");
	question.columns = NULL;
	refuse(&desk, &question, "3 columns, not 2");
	desk_close(&desk);
}

ON_EVERY_STORE(values_are_bound_wherever_their_name_stands)
{
	struct question_parameter parameters[] = {
		{ .name = "actor", .value = SPAN("ada") },
		{ .name = "act", .value = SPAN("never") },
		{ .name = "least", .value = SPAN("1") },
	};
	struct question question = {
		.parameters = parameters, .parameter_count = 3, .column_count = 1, .seconds = 10
	};
	static const char *const statements[] = {
		"select id from paid where actor = :actor and amount > :least",
		"with those as (select * from paid where actor = :actor) "
		"select id from those where amount > :least",
		"select id from paid -- it's not :here\n where actor=:actor and amount>:least /* "
		"nor "
		":there */",
		"select id from paid where actor = :actor and ':no' <> ':yes' and amount > :least",
		"select p.id as \":odd\" from paid as p where p.actor=:actor and :actor = p.actor "
		"and p.amount > :least",
	};
	struct desk desk;

	desk_open(&desk, c->driver);
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		question.sql = statements[i];
		expect(&desk, &question, "1");
	}
	question.sql = "select id from paid where actor = :nobody";
	refuse(&desk, &question, "nobody");
	parameters[0].value = SPAN_NONE;
	question.sql = "select id from paid where actor = :actor or (:actor is null and id < 3) "
		       "order by id";
	if (c->driver == ON_POSTGRES)
		question.sql = "select id from paid where actor = :actor or (:actor::text is null "
			       "and id < 3) order by id";
	expect(&desk, &question, "1 2");
	desk_close(&desk);
}

/* Whatever a value is, it is that value. */
ON_EVERY_STORE(no_value_becomes_part_of_the_statement)
{
	static const char *const values[] = {
		"ada' or '1'='1", "'; drop table paid; --", "ada\\' or 1=1 --",  "$1",
		":actor",         "ada\";select 1;",        "' union select '1", "%",
		"\xc3\xa9",
	};
	struct question_parameter parameter = { .name = "actor" };
	struct question question = { .sql = "select id from paid where actor = :actor",
				     .parameters = &parameter,
				     .parameter_count = 1,
				     .column_count = 1,
				     .seconds = 10 };
	struct desk desk;

	desk_open(&desk, c->driver);
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		parameter.value = span_of(values[i]);
		expect(&desk, &question, "");
	}
	parameter.value = SPAN("o'; drop table paid; --");
	expect(&desk, &question, "4");
	parameter.value = SPAN("ada\0bob");
	cr_assert_not(ask(&desk, &question));
	cr_assert_eq(desk.err.code, ERR_DATA, "%s", desk.err.text);
	err_reset(&desk.err);
	question.sql = "select count(*) from paid";
	expect(&desk, &question, "5");
	desk_close(&desk);
}

/* More than a socket takes at once. */
ON_EVERY_STORE(a_value_may_be_long)
{
	enum { SIZE = 40000000 };
	struct question_parameter parameter = { .name = "v" };
	struct question question = { .sql = "select length(:v) as l",
				     .parameters = &parameter,
				     .parameter_count = 1,
				     .column_count = 1,
				     .seconds = 30 };
	struct desk desk;
	char *text;

	desk_open(&desk, c->driver);
	text = memset(malloc(SIZE), 'x', SIZE);
	parameter.value = (struct span){ text, SIZE };
	expect(&desk, &question, "40000000");
	free(text);
	desk_close(&desk);
}

ON_EVERY_STORE(what_does_anything_but_select_is_refused)
{
	static const char *const statements[] = {
		"",
		" -- nothing",
		"delete from paid",
		"insert into paid values (9, 'x', 1)",
		"insert into paid values (9, 'x', 1) returning id",
		"update paid set actor = 'x' returning id",
		"with gone as (delete from paid returning id) select id from gone",
		"with x as (select 1) delete from paid returning id",
		"select id from paid; delete from paid",
		"select id from paid; select id from paid",
		"select 1) as q; delete from paid; select * from (select 1",
		"select 1) as q, (select 2",
		"create table made (id integer)",
		"create temp table made as select 1 as id",
		"explain select id from paid",
		"begin",
		"commit",
		"vacuum",
		"pragma user_version = 3",
		"pragma table_info(paid)",
		"attach 'x.db' as x",
		"copy (select id from paid) to stdout",
		"copy (select id from paid) to program 'true'",
		"copy paid from '/etc/passwd'",
		"declare c cursor for select id from paid",
		"execute s1",
		"prepare s as select 1",
		"set statement_timeout = 0",
		"reset all",
		"lock table paid",
		"do $$ begin end $$",
		"call f()",
		"values (random())",
		"select id from paid where id = ?",
		"select id from paid where id = ?1",
		"select id from paid where id = $1",
		"select id from paid where id = @id + :id", /* PostgreSQL knows an operator @ */
		"select id from paid where id = $id",
		"select id from paid where id = :id",
		"select random() from paid",
		"select id frm paid",
		"select nothing from paid",
		"select id from nowhere",
		"select load_extension('x')",
		"select pg_sleep(1)",
		"select nextval('s')",
		"select pg_read_file('/etc/passwd')",
		"select set_config('statement_timeout', '0', false)",
		"select id from paid for update",
		"select current_timestamp",
		"select id into made from paid",
	};
	struct question question = { .column_count = 1, .seconds = 10 };
	struct desk desk;

	desk_open(&desk, c->driver);
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++) {
		question.sql = statements[i];
		refuse(&desk, &question, "");
	}
	question.sql = "select count(*) from paid";
	expect(&desk, &question, "5");
	desk_close(&desk);
}

ON_EVERY_STORE(comments_and_a_last_semicolon_are_no_second_statement)
{
	struct question question = { .sql = "select count(*) from paid -- all of them",
				     .column_count = 1,
				     .seconds = 10 };
	struct desk desk;

	desk_open(&desk, c->driver);
	expect(&desk, &question, "5");
	question.sql = "/* how many? */ select count(*) /* ( */ from paid\n";
	expect(&desk, &question, "5");
	desk_close(&desk);
}

ON_EVERY_STORE(what_fails_on_a_row_is_said_and_the_connection_goes_on)
{
	struct question_parameter parameter = { .name = "id", .value = SPAN("1") };
	struct question question = { .sql =
					 c->driver == ON_SQLITE
					     ? "select abs(-9223372036854775807 - :id) from paid"
					     : "select 1 / (id - cast(:id as integer)) from paid",
				     .parameters = &parameter,
				     .parameter_count = 1,
				     .column_count = 1,
				     .seconds = 10 };
	struct desk desk;

	desk_open(&desk, c->driver);
	cr_assert_not(ask(&desk, &question));
	cr_assert_eq(desk.err.code, ERR_DATA, "%s", desk.err.text);
	err_reset(&desk.err);
	question.sql = "select count(*) from paid";
	expect(&desk, &question, "5");
	desk_close(&desk);
}

ON_EVERY_STORE(takes_no_longer_than_it_may)
{
	struct question question = { .sql = "with recursive n(i) as (select 1 union all select i % "
					    "9 + 1 from n) select count(*) from n",
				     .column_count = 1,
				     .seconds = 1 };
	struct desk desk;
	int64_t began_ns;

	desk_open(&desk, c->driver);
	began_ns = clock_monotonic_ns();
	cr_assert_not(ask(&desk, &question));
	cr_assert_eq(desk.err.code, ERR_TRANSIENT, "%s", desk.err.text);
	cr_assert_not_null(strstr(desk.err.text, "longer than 1 s"), "%s", desk.err.text);
	cr_assert_lt(clock_monotonic_ns() - began_ns, INT64_C(5000000000));
	err_reset(&desk.err);
	question.sql = "select count(*) from paid";
	expect(&desk, &question, "5");
	desk_close(&desk);
}

#ifdef __SANITIZE_ADDRESS__
size_t __sanitizer_get_current_allocated_bytes(void);
#endif

/* Of the heap, in use. What is free the sanitizer keeps for a while, to catch who still uses it. */
static size_t live_bytes(void)
{
#ifdef __SANITIZE_ADDRESS__
	return __sanitizer_get_current_allocated_bytes();
#else
	return mallinfo2().uordblks;
#endif
}

struct count {
	int64_t rows, stop_at;
	size_t live_bytes_max;
};

static bool count_rows(void *context, const struct cell *cells, struct err *err)
{
	struct count *count = context;

	cr_assert_eq(cells[0].kind, CELL_TEXT);
	if (count->rows % 10000 == 0 && live_bytes() > count->live_bytes_max)
		count->live_bytes_max = live_bytes();
	return ++count->rows != count->stop_at || err_set(err, ERR_CANCELLED, "enough");
}

/* A million rows of 200 bytes: kept anywhere, they would show. */
ON_EVERY_STORE(a_million_rows_take_no_memory)
{
	struct question question = {
		.sql =
		    "with recursive n(i) as (select 1 union all select i + 1 from n where i < "
		    "1000000) select i, cast(i as text) || "
		    "'0123456789012345678901234567890123456789012345678901234567890123456789012345"
		    "67890123456789012345678901234567890123456789012345678901234567890123456789'"
		    " as words from n",
		.column_count = 2,
		.seconds = 60
	};
	struct count count = { .rows = 0 };
	size_t before;
	struct desk desk;

	desk_open(&desk, c->driver);
	before = live_bytes();
	cr_assert(conn_answer(desk.conn, &question, count_rows, &count, &desk.err), "%s",
		  desk.err.text);
	cr_assert_eq(count.rows, 1000000);
	cr_assert_lt(count.live_bytes_max, before + 8 * 1024 * 1024, "%zu bytes, %zu before",
		     count.live_bytes_max, before);
	/* Who has seen enough may stop. */
	count = (struct count){ .stop_at = 1000 };
	cr_assert_not(conn_answer(desk.conn, &question, count_rows, &count, &desk.err));
	cr_assert_eq(desk.err.code, ERR_CANCELLED, "%s", desk.err.text);
	cr_assert_eq(count.rows, 1000);
	err_reset(&desk.err);
	question = (struct question){ .sql = "select count(*) from paid",
				      .column_count = 1,
				      .seconds = 10 };
	expect(&desk, &question, "5");
	desk_close(&desk);
}

/* The same values through a reader and through a question. */
ON_EVERY_STORE(cells_are_those_of_a_reader)
{
	static const struct memory_column columns[] = { { "k", "INTEGER", true },
							{ "v", "TEXT", false } };
	static const char *const names[] = { "k", "v" };
	static const int key = 0;
	const struct source source = { .name = "root",
				       .kind = SOURCE_ROOT,
				       .table = "t",
				       .columns = names,
				       .column_count = 2,
				       .key_columns = &key,
				       .key_count = 1 };
	const struct source_set set = { &source, 1 };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct question question = {
		.sql = "select v, k from t", .columns = names, .column_count = 2, .seconds = 10
	};
	struct reader *reader;
	struct lines read;
	struct batch batch;
	struct arena arena;
	struct desk desk;

	desk_open(&desk, c->driver);
	fixture_table(&desk.fixture, "t", columns, 2, names, 1);
	fixture_run(&desk.fixture, "insert into t values (1, 'a\tb\\c\n'), (-7, ''), (3, null)");
	fixture_run(&desk.fixture, c->driver == ON_SQLITE
				       ? "insert into t values (4, printf('%.*c', 1048577, 'x'))"
				       : "insert into t values (4, repeat('x', 1048577))");
	if (c->driver == ON_SQLITE)
		fixture_run(&desk.fixture, "insert into t values (5, 0.1), (6, 1e20), (7, "
					   "x'00ff'), (8, x'')");
	arena_init(&arena);
	cr_assert(conn_open_reader(desk.conn, &set, &reader, &desk.err), "%s", desk.err.text);
	batch_init(&batch, &arena, &set);
	cr_assert(reader_read_range(desk.conn, reader, &range, 0, &batch, NULL, &desk.err), "%s",
		  desk.err.text);
	reader_close(desk.conn, reader);
	lines_open(&read);
	lines_add_rows(&read, &batch.rowsets[0]);
	cr_assert(ask(&desk, &question), "%s", desk.err.text);
	lines_sort(&read);
	lines_sort(&desk.lines);
	lines_compare(&desk.lines, &read, "cells");
	lines_close(&read);
	arena_release(&arena);
	desk_close(&desk);
}

Test(contract_answer, memory_cannot_be_asked)
{
	struct question question = { .sql = "select 1", .column_count = 1, .seconds = 1 };
	struct fixture fixture;
	struct err err = { ERR_NONE, "" };
	struct conn *conn;

	fixture_open(&fixture, ON_MEMORY);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert_not(conn_answer(conn, &question, note, NULL, &err));
	cr_assert_eq(err.code, ERR_RULE);
	cr_assert_not_null(strstr(err.text, "cannot be asked"), "%s", err.text);
	conn_close(conn);
	fixture_close(&fixture);
}
