/*
 * test_postgres_answer.c: what of PostgreSQL's own ways a question must get past: its quotes, its types, its rights.
 */
#include "tests/drivers/on_postgres.h"

TestSuite(postgres_answer, .timeout = 60);

static bool put_row(void *context, const struct cell *cells, struct err *err)
{
	struct buf *rows = context;

	(void)err;
	buf_put_text(rows, rows->size ? " " : "");
	buf_put_span(rows, cells[0].kind == CELL_NULL ? SPAN("~") : cell_span(&cells[0]));
	return true;
}

static bool ask(struct on_postgres *at, const char *sql, const char *value, struct buf *rows)
{
	struct question_parameter parameter = { .name = "v", .value = span_of(value) };
	struct question question = { .sql = sql,
				     .parameters = &parameter,
				     .parameter_count = 1,
				     .column_count = 1,
				     .seconds = 20 };

	return conn_answer(at->conn, &question, put_row, rows, &at->err);
}

static void expect(struct on_postgres *at, const char *sql, const char *value, const char *seen)
{
	struct buf rows;

	buf_init(&rows);
	cr_assert(ask(at, sql, value, &rows), "%s: %s", sql, at->err.text);
	cr_assert_str_eq(rows.size ? rows.data : "", seen, "%s", sql);
	buf_release(&rows);
}

static void refuse(struct on_postgres *at, const char *sql, const char *value, enum err_code code,
		   const char *words)
{
	struct buf rows;

	buf_init(&rows);
	cr_assert_not(ask(at, sql, value, &rows), "%s", sql);
	cr_assert_eq(rows.size, 0);
	on_postgres_expect(at, code, words);
	buf_release(&rows);
}

Test(postgres_answer, a_parameter_is_where_the_server_sees_none_of_its_own_words)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_connect(&at, CONN_SOURCE);
	expect(&at, "select :v::text", "x", "x");
	expect(&at, "select :v ::text", "x", "x");
	expect(&at, "select ':v' || :v", "x", ":vx");
	expect(&at, "select 'it''s :v' || :v", "x", "it's :vx");
	expect(&at, "select E'\\' :v' || :v", "x", "' :vx");
	expect(&at, "select '\\' || :v", "x", "\\x");
	expect(&at, "select $$:v ' $$ || :v", "x", ":v ' x");
	expect(&at, "select $a$:v $$ $a$ || :v", "x", ":v $$ x");
	expect(&at, "select /* :v /* ' */ :w */ :v -- ' :w\n as \":v\"", "x", "x");
	expect(&at, "select (array[1,2,3])[1:2]::text", NULL, "{1,2}");
	expect(&at, "select :v||:v", "x", "xx");
	expect(&at, "select 1 + :v", "41", "42");
	expect(&at, "select :v::int2::text||'1'", "1", "11");
	expect(&at, "select case when :v::text is null then 'none' end", NULL, "none");
	refuse(&at, "select $1", "x", ERR_RULE, "parameter");
	refuse(&at, "select :w", "x", ERR_RULE, "w");
	refuse(&at, "select :vv", "x", ERR_RULE, "vv");
	refuse(&at, "select U&\"\\0061\" from (select 1 as a) as q", "x", ERR_RULE, "U&");
	refuse(&at, "select 1 + :v", "1; drop table t", ERR_DATA, "22P02");
	refuse(&at, "select 1 + :v", "1' or '1'='1", ERR_DATA, "22P02");
	on_postgres_close(&at);
}

/* Each value as a reader gives it. */
Test(postgres_answer, cells_of_legacy_are_those_of_a_reader)
{
	static const char *const names[] = { "k", "n", "f", "b", "o", "s", "j", "c", "i" };
	enum { COLUMNS = sizeof(names) / sizeof(*names) };
	static const int key = 0;
	const struct source source = { .name = "root",
				       .kind = SOURCE_ROOT,
				       .table = "t",
				       .columns = names,
				       .column_count = COLUMNS,
				       .key_columns = &key,
				       .key_count = 1 };
	const struct source_set set = { &source, 1 };
	struct on_postgres at;
	const struct cell *row;
	struct buf rows;

	on_postgres_open(&at);
	on_postgres_run(&at, "create table t (k integer primary key, n numeric(9,2), f double "
			     "precision, b bytea, o boolean, s timestamptz, j jsonb, c char(5), i "
			     "interval);"
			     "insert into t values (1, 1.5, 1e20, '\\x00ff5c', true, '2018-03-01 "
			     "09:00+02', '{\"b\": 1, \"a\": 1.50}', 'ab', '1 day 2 hours')");
	on_postgres_prepare(&at, &set);
	on_postgres_read(&at);
	row = rowset_row(&at.batch.rowsets[0], 0);
	for (int i = 0; i < COLUMNS; i++) {
		char sql[40], seen[60];

		snprintf(sql, sizeof(sql), "select %s from t", names[i]);
		snprintf(seen, sizeof(seen), "%.*s", SPAN_ARGS(cell_span(&row[i])));
		if (row[i].kind == CELL_TEXT)
			expect(&at, sql, NULL, seen);
	}
	/* With a NUL in it, so not as a text. */
	cr_assert_eq(row[3].kind, CELL_BYTES);
	buf_init(&rows);
	cr_assert(ask(&at, "select b from t", NULL, &rows), "%s", at.err.text);
	cr_assert(span_equal(buf_span(&rows), cell_span(&row[3])));
	buf_release(&rows);
	on_postgres_close(&at);
}

Test(postgres_answer, a_target_speaks_as_records_do)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_connect(&at, CONN_TARGET_READ);
	expect(&at, "select timestamptz '2018-03-01 09:00:00.5+02'", NULL,
	       "2018-03-01T07:00:00.500000Z");
	expect(&at, "select max(t) from (values (timestamptz '0001-01-01 00:00:00Z')) as v (t)",
	       NULL, "0001-01-01T00:00:00.000000Z");
	/* No record holds these, and nothing is made of them. */
	expect(&at, "select timestamptz 'infinity'", NULL, "infinity");
	expect(&at, "select timestamptz '0044-03-15 12:00:00Z BC'", NULL,
	       "0044-03-15 12:00:00+00 BC");
	expect(&at, "select 1 = 1", NULL, "true");
	expect(&at, "select jsonb '{\"bb\": [1, {}], \"a\": \"\\u00e9\"}'", NULL,
	       "{\"a\":\"\xc3\xa9\",\"bb\":[1,{}]}");
	expect(&at, "select json '{\"bb\":1.5}'", NULL, "{\"bb\":1.5}");
	on_postgres_close(&at);
}

/* Legacy's session is set for reading by key; a question is not held to that, nor is what comes after it changed. */
Test(postgres_answer, the_session_is_afterwards_what_it_was)
{
	static const char settings[] =
	    "select concat_ws(' ', current_setting('statement_timeout'), "
	    "current_setting('enable_seqscan'), current_setting('plan_cache_mode'))";
	struct on_postgres at;
	double value;

	on_postgres_open(&at);
	on_postgres_connect(&at, CONN_SOURCE);
	refuse(&at, settings, NULL, ERR_RULE, "current_setting");
	expect(&at, "select 1", NULL, "1");
	cr_assert(conn_probe(at.conn,
			     "select (current_setting('plan_cache_mode') = "
			     "'force_generic_plan')::int",
			     &value, &at.err));
	cr_assert_eq(value, 1);
	on_postgres_close(&at);
}

Test(postgres_answer, who_may_not_read_a_table_is_told_so)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at, "create table t (k integer); revoke all on t from %s", at.role);
	on_postgres_connect(&at, CONN_SOURCE);
	refuse(&at, "select k from t", NULL, ERR_PERMISSION, "42501");
	on_postgres_run(&at, "grant select on t to %s; insert into t values (7)", at.role);
	expect(&at, "select k from t", NULL, "7");
	on_postgres_close(&at);
}
