/*
 * sent.c: which statements the server was sent in this database, as pg_stat_statements keeps them.
 *
 * It is an extension that has to be loaded by the server, made in the database and shown to the role: what is missing is no error
 * but the reason why nothing can be told.
 */
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "sent_place.sql.inc"

enum { PLACE_SCHEMA, PLACE_HAS_INFO, PLACE_IS_LOADED, PLACE_IS_OF_NOTHING };
enum { SENT_QUERY, SENT_CALLS, SENT_IS_OWN };

struct reading {
	struct pg_conn *conn;
	struct arena *arena;
	struct statement_log *log;
	statement_function on_statement;
	void *context;
	const char *schema; /* in quotes */
	bool has_info;
};

/* ---- where it is ---- */

static bool find_place(struct reading *reading, struct err *err)
{
	PGresult *place = wire_ask(reading->conn, sent_place_sql, err);
	bool is_unloaded;

	if (place == NULL)
		return false;
	reading->schema = arena_text(reading->arena, PQgetvalue(place, 0, PLACE_SCHEMA));
	reading->has_info = pg_field_is_true(place, 0, PLACE_HAS_INFO);
	reading->log->is_of_nothing = pg_field_is_true(place, 0, PLACE_IS_OF_NOTHING);
	is_unloaded =
	    !PQgetisnull(place, 0, PLACE_IS_LOADED) && !pg_field_is_true(place, 0, PLACE_IS_LOADED);
	if (is_unloaded)
		reading->log->why =
		    "the server does not load pg_stat_statements: add it to "
		    "shared_preload_libraries, restart the server, then `create extension "
		    "pg_stat_statements` in legacy's database";
	else if (PQgetisnull(place, 0, PLACE_SCHEMA))
		reading->log->why = "legacy's database has no pg_stat_statements: `create "
				    "extension pg_stat_statements` in it (the server has to load "
				    "it by shared_preload_libraries)";
	PQclear(place);
	return true;
}

static bool read_info(struct reading *reading, struct err *err)
{
	struct buf *sql = &reading->conn->sql;
	PGresult *info;

	if (!reading->has_info)
		return true;
	buf_reset(sql);
	buf_print(sql, "select dealloc, stats_reset from %s.pg_stat_statements_info",
		  reading->schema);
	info = wire_ask(reading->conn, sql->data, err);
	if (info == NULL)
		return false;
	reading->log->forgotten = pg_field_int(info, 0, 0);
	if (!PQgetisnull(info, 0, 1))
		reading->log->since = arena_text(reading->arena, PQgetvalue(info, 0, 1));
	PQclear(info);
	return true;
}

/* ---- the statements ---- */

static bool hand_out_row(struct reading *reading, const PGresult *row, struct err *err)
{
	struct kept_statement statement = {
		.text =
		    PQgetisnull(row, 0, SENT_QUERY) ? SPAN_NONE : pg_field_text(row, 0, SENT_QUERY),
		.calls = pg_field_int(row, 0, SENT_CALLS),
		.is_own = pg_field_is_true(row, 0, SENT_IS_OWN),
	};

	return reading->on_statement(reading->context, &statement, err);
}

static bool hand_out(struct reading *reading, struct err *err)
{
	PGresult *result;
	bool ok = true;

	while (ok) {
		ok = wire_next(reading->conn, &result, err);
		if (!ok || result == NULL)
			break;
		if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
			ok = hand_out_row(reading, result, err);
		PQclear(result);
	}
	if (!ok)
		wire_drain(reading->conn, true);
	return ok;
}

/* The words that stand for a text which the role may not see are no statement of anybody. What was planned and never run was not
 * asked. */
static bool ask(struct reading *reading, struct err *err)
{
	struct buf *sql = &reading->conn->sql;

	buf_reset(sql);
	buf_print(sql,
		  "select nullif(query, '<insufficient privilege>'), calls, "
		  "userid = (select oid from pg_roles where rolname = current_user) "
		  "from %s.pg_stat_statements "
		  "where calls > 0 and dbid = (select oid from pg_database where datname = "
		  "current_database())",
		  reading->schema);
	if (!wire_send(reading->conn, sql->data, err))
		return false;
	if (!PQsetSingleRowMode(reading->conn->pg))
		return pg_lost(reading->conn, err);
	return hand_out(reading, err);
}

/* What stands between the role and the view is a reason, too. */
static bool keep_why(struct reading *reading, struct err *err)
{
	if (err->code != ERR_PERMISSION && !strstr(err->text, "(SQLSTATE 55000)"))
		return false;
	reading->log->why =
	    arena_print(reading->arena, "legacy does not show it: %s", err->text).data;
	err_reset(err);
	return true;
}

bool pg_read_statements(struct conn *base, struct arena *arena, struct statement_log *log,
			statement_function on_statement, void *context, struct err *err)
{
	struct reading reading = { .conn = pg_of(base),
				   .arena = arena,
				   .log = log,
				   .on_statement = on_statement,
				   .context = context };

	if (!find_place(&reading, err))
		return false;
	if (log->why)
		return true;
	return (read_info(&reading, err) && ask(&reading, err)) || keep_why(&reading, err);
}
