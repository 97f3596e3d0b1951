/*
 * snapshot.c: one read of legacy: locked, looked at, read, let go.
 *
 * Tables are locked (against ALTER and TRUNCATE, which no snapshot hides) before the snapshot is taken, so that what
 * they look like in it is what is read. Everything is sent as one message; the answers come in order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "engine/base/json.h"
#include "state.sql.inc"
#include "stop_if_long.sql.inc"

enum {
	STATE_SNAPSHOT,
	STATE_LSN,
	STATE_TIMELINE,
	STATE_COLUMNS,
	STATE_INDEXES,
	STATE_HEIRS,
	STATE_VIEWS,
	STATE_HAS_LONG
};

void pg_snapshot_put_begin(struct reader *reader, struct buf *sql)
{
	buf_put_text(sql, "begin isolation level repeatable read read only;");
	if (reader->locks[0])
		buf_print(sql, "lock table %s in access share mode;", reader->locks);
	buf_print(sql, "execute %s;", reader->state_name);
	if (!reader->cuts) {
		pg_sql_fill(reader->conn, sql, stop_if_long_sql, NULL, 0);
		buf_put_char(sql, ';');
	}
	/* Queries of rule files name tables as legacy's own programs do; we do not. */
	if (reader->has_queries) {
		pg_sql_put_path(reader->conn, sql);
		buf_put_char(sql, ';');
	}
}

/* Mostly that is known beforehand; what grows long later is noticed by stop_if_long.sql. */
static bool learn_cuts(struct reader *reader, struct err *err)
{
	struct buf *sql = &reader->conn->sql;
	PGresult *result;

	buf_reset(sql);
	buf_print(sql, "execute %s", reader->state_name);
	result = wire_ask(reader->conn, sql->data, err);
	if (result)
		reader->cuts = reader->cuts || pg_field_is_true(result, 0, STATE_HAS_LONG);
	PQclear(result);
	return result != NULL;
}

bool pg_snapshot_prepare(struct reader *reader, struct err *err)
{
	struct span tables = span_of(reader->tables);
	struct buf *sql = &reader->conn->sql;

	reader->state_name = arena_print(&reader->shapes, "state_%llu",
					 (unsigned long long)++reader->conn->statement_clock)
				 .data;
	buf_reset(sql);
	buf_print(sql, "prepare %s as ", reader->state_name);
	pg_sql_fill(reader->conn, sql, state_sql, &tables, 1);
	return wire_do(reader->conn, sql->data, err) && learn_cuts(reader, err);
}

void pg_snapshot_forget(struct reader *reader)
{
	struct err ignored = { ERR_NONE, "" };
	struct buf *sql = &reader->conn->sql;

	if (reader->state_name == NULL)
		return;
	buf_reset(sql);
	buf_print(sql, "deallocate %s", reader->state_name);
	wire_do(reader->conn, sql->data, &ignored);
}

void pg_snapshot_put_end(struct buf *sql)
{
	buf_put_text(sql, "commit");
}

static void put_member(struct json_writer *json, const char *name, struct span value)
{
	json_key(json, name);
	json_string(json, value);
}

static void put_position(const struct reader *reader, const PGresult *result, struct buf *position)
{
	struct json_writer json;

	if (position == NULL)
		return;
	json_writer_init(&json, position);
	json_open(&json, '{');
	put_member(&json, "system", span_of(reader->conn->system));
	json_key(&json, "timeline");
	json_int(&json, pg_field_int(result, 0, STATE_TIMELINE));
	put_member(&json, "lsn", pg_field_text(result, 0, STATE_LSN));
	put_member(&json, "snapshot", pg_field_text(result, 0, STATE_SNAPSHOT));
	json_close(&json, '}');
}

/* Rows whose history cannot be told are not read. */
static bool take_history(struct pg_conn *conn, const PGresult *result, struct err *err)
{
	if (PQgetisnull(result, 0, STATE_TIMELINE))
		return err_set(err, ERR_PERMISSION,
			       "legacy is a standby, and the role %s may not see which timeline it "
			       "follows: `grant pg_read_all_stats to` it, or name the primary",
			       PQuser(conn->pg));
	snprintf(conn->base.history.system, sizeof(conn->base.history.system), "%s", conn->system);
	conn->base.history.timeline = pg_field_int(result, 0, STATE_TIMELINE);
	return true;
}

bool pg_learn_history(struct pg_conn *conn, struct err *err)
{
	struct span no_tables = SPAN("{}");
	PGresult *result;
	bool ok;

	buf_reset(&conn->sql);
	pg_sql_fill(conn, &conn->sql, state_sql, &no_tables, 1);
	result = wire_ask(conn, conn->sql.data, err);
	ok = result && take_history(conn, result, err);
	PQclear(result);
	return ok;
}

static bool is_as_it_was(struct reader *reader, const PGresult *result, const char **now)
{
	struct buf state;

	buf_init(&state);
	for (int i = STATE_COLUMNS; i < STATE_HAS_LONG; i++) {
		buf_put_span(&state, pg_field_text(result, 0, i));
		buf_put_char(&state, ';');
	}
	*now = arena_copy(&reader->scratch, buf_span(&state)).data;
	buf_release(&state);
	return reader->state && strcmp(*now, reader->state) == 0;
}

/* The next answer that has rows; those of begin and lock are passed over. */
static PGresult *take_state(struct reader *reader, struct err *err)
{
	PGresult *result;

	for (;;) {
		if (!wire_next(reader->conn, &result, err) || result == NULL)
			return NULL;
		if (PQnfields(result) > STATE_HAS_LONG)
			return result;
		PQclear(result);
	}
}

/* What else pg_snapshot_put_begin() asked behind the state. */
static bool take_rest(struct reader *reader, struct err *err)
{
	int count = !reader->cuts + reader->has_queries;

	for (; count > 0; count--) {
		PGresult *result;

		if (!wire_next(reader->conn, &result, err))
			return false;
		PQclear(result);
	}
	return true;
}

/* A table that is gone is legacy's doing, not the rule's. */
static bool say_gone(struct err *err)
{
	if (strstr(err->text, "42P01") && err->code == ERR_DATA)
		return err_while(err, "a table of legacy has changed");
	return false;
}

/* Something is not as it was: what, in words; or it is nothing that matters, and known from now on. */
static bool look_again(struct reader *reader, const char *now, bool *again, struct err *err)
{
	pg_snapshot_give_up(reader, true);
	if (!pg_reader_check_again(reader, err))
		return false;
	reader->state = arena_text(&reader->shapes, now);
	*again = true;
	return true;
}

bool pg_snapshot_take(struct reader *reader, struct buf *position, bool *again, struct err *err)
{
	PGresult *result = take_state(reader, err);
	bool has_long, is_same;
	const char *now;

	*again = false;
	if (result == NULL)
		return say_gone(err);
	if (!take_history(reader->conn, result, err)) {
		PQclear(result);
		return false;
	}
	is_same = is_as_it_was(reader, result, &now);
	has_long = pg_field_is_true(result, 0, STATE_HAS_LONG);
	if (is_same && (!has_long || reader->cuts))
		put_position(reader, result, position);
	PQclear(result);
	if (!is_same)
		return look_again(reader, now, again, err);
	if (has_long && !reader->cuts) {
		pg_snapshot_give_up(reader, true);
		reader->cuts = true;
		*again = true;
		return true;
	}
	return take_rest(reader, err);
}

bool pg_snapshot_finish(struct reader *reader, struct err *err)
{
	PGresult *result;

	do {
		if (!wire_next(reader->conn, &result, err))
			return false;
		PQclear(result);
	} while (result);
	return true;
}

void pg_snapshot_give_up(struct reader *reader, bool is_long)
{
	struct err ignored = { ERR_NONE, "" };

	wire_drain(reader->conn, is_long);
	wire_do(reader->conn, "rollback", &ignored);
	reader->conn->warning[0] = '\0'; /* there may have been no transaction */
}
