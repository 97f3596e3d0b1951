/*
 * test_postgres_target.c: a target that says no, dies, or is somebody else's; and what is written at its limits.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/clock.h"
#include "tests/drivers/on_postgres.h"

TestSuite(postgres_target, .timeout = 60);

enum { ID, BODY, NOTE };

static const struct table_column columns[] = { [ID] = { "id", TABLE_TEXT, true },
					       [BODY] = { "body_json", TABLE_JSON, false },
					       [NOTE] = { "note", TABLE_TEXT, false } };
static const struct table job = { .name = "job_final",
				  .columns = columns,
				  .column_count = 3,
				  .primary_key_count = 1,
				  .indexes = { { { NOTE, -1, 0, 0 } } },
				  .index_count = 1 };

#define OK(at, call) cr_assert(call, "%s", (at).err.text)

static void open_target(struct on_postgres *at)
{
	on_postgres_open(at);
	on_postgres_connect(at, CONN_TARGET);
	OK(*at, conn_ensure_table(at->conn, &job, &at->err));
	/* The hand that owns the store stands where the target's tables are. */
	on_postgres_run(at, "select set_config('search_path', replace(current_schema, 'legacy', "
			    "'target') || ',' || current_schema, false)");
}

static void close_target(struct on_postgres *at)
{
	on_postgres_run(at, "select set_config('search_path', replace(current_schema, 'target', "
			    "'legacy'), false)");
	on_postgres_close(at);
}

static bool insert(struct on_postgres *at, int row_count, const char *first_id, struct span note)
{
	struct datum rows[8 * 3];
	char ids[8][8];

	cr_assert_leq(row_count, 8);
	for (int i = 0; i < row_count; i++) {
		snprintf(ids[i], sizeof(ids[i]), "%s%d", first_id, i);
		rows[i * 3 + ID] = datum_text(ids[i]);
		rows[i * 3 + BODY] = datum_text("{}");
		rows[i * 3 + NOTE] = datum_span(note);
	}
	return conn_insert(at->conn, &job, rows, (size_t)row_count, &at->err);
}

static void expect_count(struct on_postgres *at, const char *expected)
{
	char count[20];

	on_postgres_ask(at, "select count(*) from job_final", count, sizeof(count));
	cr_assert_str_eq(count, expected, "%s rows", count);
}

/* ---- what it refuses ---- */

Test(postgres_target, that_is_read_only_says_so)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at, "alter role %s set default_transaction_read_only = on", at.role);
	on_postgres_connect(&at, CONN_TARGET);
	cr_assert_not(conn_ensure_table(at.conn, &job, &at.err));
	on_postgres_expect(&at, ERR_PERMISSION, "read-only transaction");
	on_postgres_close(&at);
}

Test(postgres_target, that_lets_nobody_make_tables_says_so)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at,
			"do $$ begin execute format('revoke create on schema %%I from %s', "
			"replace(current_schema, 'legacy', 'target')); end $$",
			at.role);
	on_postgres_connect(&at, CONN_TARGET);
	cr_assert_not(conn_ensure_table(at.conn, &job, &at.err));
	on_postgres_expect(&at, ERR_PERMISSION, "permission denied for schema");
	conn_close(at.conn);
	/* And one whose path leads nowhere. */
	on_postgres_run(&at, "alter role %s set search_path = nowhere", at.role);
	memmove(strstr(at.fixture.target_url, "options="), strstr(at.fixture.target_url, "user="),
		strlen(strstr(at.fixture.target_url, "user=")) + 1);
	on_postgres_connect(&at, CONN_TARGET);
	cr_assert_not(conn_ensure_table(at.conn, &job, &at.err));
	on_postgres_expect(&at, ERR_PERMISSION, "no schema to make tables in");
	on_postgres_close(&at);
}

Test(postgres_target, whose_tables_are_others_is_not_written)
{
	static const struct {
		const char *sql, *words;
	} others[] = {
		{ "create table job_final (id text collate \"C\" primary key, note text collate "
		  "\"C\")",
		  "without column body_json" },
		{ "create table job_final (id text collate \"C\" primary key, body_json json, note "
		  "text collate \"C\")",
		  "body_json json, not jsonb" },
		{ "create table job_final (id text primary key, body_json jsonb, note text collate "
		  "\"C\")",
		  "collation \"default\", not \"C\"" },
		{ "create table job_final (id text collate \"C\" primary key, body_json jsonb, "
		  "note text "
		  "collate \"C\", more int)",
		  "another column, more" },
		{ "create table job_final (id text collate \"C\", body_json jsonb, note text "
		  "collate \"C\")",
		  "another primary key" },
		{ "create table job_final (id text collate \"C\" not null, body_json jsonb, note "
		  "text collate \"C\","
		  "primary key (id, note))",
		  "another primary key" },
		{ "create view job_final as select 1 as id", "is a view" },
		{ "create materialized view job_final as select 1 as id",
		  "is a materialized view" },
	};
	struct on_postgres at;

	open_target(&at);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		on_postgres_run(&at, "drop %s job_final", i == 7 ? "view" : "table");
		on_postgres_run(&at, "%s", others[i].sql);
		cr_assert_not(conn_ensure_table(at.conn, &job, &at.err), "%s", others[i].sql);
		on_postgres_expect(&at, ERR_DATA, others[i].words);
	}
	close_target(&at);
}

Test(postgres_target, says_which_conflict_it_has_by_copy_and_by_insert)
{
	struct on_postgres at;

	open_target(&at);
	OK(at, conn_begin(at.conn, &at.err));
	OK(at, insert(&at, 1, "a", SPAN("x")));
	OK(at, conn_commit(at.conn, &at.err));
	for (int rows = 1; rows <= 8; rows += 7) {
		OK(at, conn_begin(at.conn, &at.err));
		cr_assert_not(insert(&at, rows, "a", SPAN("x")));
		on_postgres_expect(&at, ERR_CONFLICT, "23505");
		/* Nothing works in it any more, and it cannot be committed. */
		cr_assert_not(insert(&at, rows, "b", SPAN("x")));
		on_postgres_expect(&at, ERR_DATA, "25P02");
		cr_assert_not(conn_commit(at.conn, &at.err));
		on_postgres_expect(&at, ERR_BUG, "a transaction that had failed");
		conn_rollback(at.conn);
		OK(at, conn_begin(at.conn, &at.err));
		OK(at, insert(&at, rows, rows == 1 ? "c" : "d", SPAN("x")));
		OK(at, conn_commit(at.conn, &at.err));
	}
	expect_count(&at, "10");
	close_target(&at);
}

Test(postgres_target, takes_no_text_that_it_cannot_hold)
{
	static const struct span notes[] = { { "a\0b", 3 }, { "\xff", 1 }, { "\xed\xa0\x80", 3 } };
	struct on_postgres at;

	open_target(&at);
	for (size_t i = 0; i < 3; i++)
		for (int rows = 1; rows <= 8; rows += 7) {
			OK(at, conn_begin(at.conn, &at.err));
			cr_assert_not(insert(&at, rows, "a", notes[i]));
			on_postgres_expect(&at, ERR_DATA, "22021");
			conn_rollback(at.conn);
		}
	expect_count(&at, "0");
	close_target(&at);
}

/* More than a socket takes at once, in one row and in many. */
Test(postgres_target, takes_values_larger_than_the_network_does)
{
	static const size_t size = 40000000;
	char *note = malloc(size), length[20];
	struct on_postgres at;
	int64_t since;

	memset(note, 'x', size);
	open_target(&at);
	on_postgres_run(
	    &at, "drop index job_final_note_idx; alter table job_final alter note set storage "
		 "external");
	pg_of(at.conn)->answer_seconds = 5;
	since = clock_monotonic_ns();
	OK(at, conn_begin(at.conn, &at.err));
	OK(at, insert(&at, 1, "a", (struct span){ note, size }));
	OK(at, insert(&at, 4, "b", (struct span){ note, size / 8 }));
	OK(at, conn_commit(at.conn, &at.err));
	cr_assert_lt(clock_monotonic_ns() - since, INT64_C(10000000000));
	on_postgres_ask(&at, "select sum(length(note)) from job_final", length, sizeof(length));
	cr_assert_str_eq(length, "60000000");
	free(note);
	close_target(&at);
}

static bool no_row(void *context, const struct datum *cells, struct err *err)
{
	(void)context;
	(void)cells;
	(void)err;
	return true;
}

/* More than are kept prepared; each is used again when it has been forgotten. */
Test(postgres_target, takes_more_statements_than_are_kept)
{
	static const struct condition where[] = {
		{ ID, IS_EQUAL, { DATUM_TEXT, 0, { "a", 1 } } },
		{ NOTE, IS_NULL, { DATUM_NULL, 0, { NULL, 0 } } }
	};
	static const int all[] = { ID, BODY, NOTE };
	struct query query = { .table = &job, .columns = all, .column_count = 3 };
	struct on_postgres at;

	open_target(&at);
	OK(at, conn_begin(at.conn, &at.err));
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 3 * STATEMENTS_MAX; i++) {
			query.limit = i + 1;
			query.where = where;
			query.where_count = i % 3;
			OK(at, conn_select(at.conn, &query, no_row, NULL, &at.err));
		}
	for (int i = 0; i < STATEMENTS_MAX; i++)
		cr_assert_neq(pg_of(at.conn)->statements[i].name[0], '\0');
	OK(at, conn_commit(at.conn, &at.err));
	close_target(&at);
}

/* ---- two engines ---- */

static void make_tables(const char *url, int go)
{
	static char names[20][24];
	struct conn *conn;
	struct err err = { 0 };
	char ready;

	if (read(go, &ready, 1) != 0 || !conn_open(url, CONN_TARGET, &conn, &err))
		_exit(1);
	for (int i = 0; i < 20; i++) {
		struct table table = job;

		snprintf(names[i], sizeof(names[i]), "table_%d", i);
		table.name = names[i];
		if (!conn_ensure_table(conn, &table, &err))
			_exit(2);
	}
	conn_close(conn);
	_exit(0);
}

Test(postgres_target, is_made_by_several_engines_at_once)
{
	struct on_postgres at;
	pid_t pids[4];
	char count[20];
	int go[2];

	on_postgres_open(&at);
	cr_assert_eq(pipe(go), 0);
	for (int i = 0; i < 4; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			close(go[1]);
			make_tables(at.fixture.target_url, go[0]);
		}
	}
	close(go[1]);
	for (int i = 0; i < 4; i++) {
		int status;

		waitpid(pids[i], &status, 0);
		cr_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0, "an engine ended with %d",
			  status);
	}
	on_postgres_ask(&at,
			"select count(*) from pg_tables where schemaname = replace(current_schema, "
			"'legacy', 'target')",
			count, sizeof(count));
	cr_assert_str_eq(count, "20");
	on_postgres_close(&at);
}

/* ---- what dies ---- */

Test(postgres_target, that_dies_leaves_nothing_half_written)
{
	struct on_postgres at;

	open_target(&at);
	OK(at, conn_begin(at.conn, &at.err));
	OK(at, insert(&at, 8, "a", SPAN("x")));
	on_postgres_run(&at, "select pg_terminate_backend(%d)", PQbackendPID(pg_of(at.conn)->pg));
	cr_assert_not(conn_commit(at.conn, &at.err));
	on_postgres_expect(&at, ERR_TRANSIENT, "");
	conn_rollback(at.conn);
	cr_assert_not(conn_begin(at.conn, &at.err));
	on_postgres_expect(&at, ERR_TRANSIENT, "connection");
	expect_count(&at, "0");
	conn_close(at.conn);
	on_postgres_connect(&at, CONN_TARGET);
	for (int rows = 1; rows <= 8; rows += 7) {
		OK(at, conn_begin(at.conn, &at.err));
		on_postgres_run(&at, "select pg_terminate_backend(%d)",
				PQbackendPID(pg_of(at.conn)->pg));
		cr_assert_not(insert(&at, rows, "a", SPAN("x")));
		on_postgres_expect(&at, ERR_TRANSIENT, "");
		conn_rollback(at.conn);
		conn_close(at.conn);
		on_postgres_connect(&at, CONN_TARGET);
	}
	expect_count(&at, "0");
	close_target(&at);
}

Test(postgres_target, that_is_locked_is_waited_for_a_bounded_time)
{
	struct on_postgres at;

	open_target(&at);
	cr_assert(wire_do(pg_of(at.conn), "set lock_timeout = '300ms'", &at.err));
	on_postgres_run(&at, "begin; lock table job_final in exclusive mode");
	for (int rows = 1; rows <= 8; rows += 7) {
		OK(at, conn_begin(at.conn, &at.err));
		cr_assert_not(insert(&at, rows, "a", SPAN("x")));
		on_postgres_expect(&at, ERR_TRANSIENT, "55P03");
		conn_rollback(at.conn);
	}
	on_postgres_run(&at, "commit");
	OK(at, conn_begin(at.conn, &at.err));
	OK(at, insert(&at, 8, "a", SPAN("x")));
	OK(at, conn_commit(at.conn, &at.err));
	expect_count(&at, "8");
	close_target(&at);
}

/* A trigger of somebody else's that warns: what was written is not what was meant. */
Test(postgres_target, that_warns_has_failed)
{
	struct on_postgres at;

	open_target(&at);
	on_postgres_run(
	    &at, "create function warns() returns trigger language plpgsql as $$ begin raise "
		 "warning 'not this one'; return null; end $$; create trigger w before insert "
		 "on job_final for each row execute function warns()");
	for (int rows = 1; rows <= 8; rows += 7) {
		OK(at, conn_begin(at.conn, &at.err));
		cr_assert_not(insert(&at, rows, "a", SPAN("x")));
		on_postgres_expect(&at, ERR_DATA, "PostgreSQL warns: not this one");
		conn_rollback(at.conn);
	}
	/* One that swallows rows without a word. */
	on_postgres_run(&at,
			"create or replace function warns() returns trigger language plpgsql as $$ "
			"begin return null; end $$");
	for (int rows = 1; rows <= 8; rows += 7) {
		OK(at, conn_begin(at.conn, &at.err));
		cr_assert_not(insert(&at, rows, "a", SPAN("x")), "%d rows were swallowed", rows);
		on_postgres_expect(&at, ERR_DATA, "0 of");
		conn_rollback(at.conn);
	}
	close_target(&at);
}
