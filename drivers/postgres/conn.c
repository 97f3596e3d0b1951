/*
 * conn.c: opens and closes sessions, each the same whatever the role or the server has set.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/memory.h"
#include "reading.sql.inc"
#include "session.sql.inc"
#include "settings.sql.inc"

#define APPLICATION "engine"

enum { VERSION_MIN = 120000, CONNECT_SECONDS = 15, CONNECT_SECONDS_MAX = 3600 };

/* ---- connecting ---- */

/* A password with an '@' or a '/' in it is taken for a host and a port, which libpq would quote. */
static bool has_odd_place(const PQconninfoOption *options)
{
	for (; options->keyword; options++) {
		if (options->val == NULL)
			continue;
		if (strcmp(options->keyword, "host") == 0 && strchr(options->val, '@'))
			return true;
		if (strcmp(options->keyword, "port") == 0 &&
		    options->val[strspn(options->val, "0123456789,")] != '\0')
			return true;
	}
	return false;
}

static bool check_url(const char *location, struct err *err)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(location, &message);
	bool is_odd = options && has_odd_place(options);

	PQconninfoFree(options);
	if (is_odd)
		return err_set(
		    err, ERR_USAGE,
		    "its host or port is none: in a password write @ as %%40, : as %%3A, "
		    "/ as %%2F, ? as %%3F");
	if (options)
		return true;
	/* libpq quotes what it did not understand, and that may be a password. */
	PQfreemem(message);
	return err_set(err, ERR_USAGE,
		       "this is no URL that libpq can read: "
		       "postgres://USER@HOST:PORT/DATABASE?OPTION=VALUE, with %% written as %%25");
}

/* What the URL says counts; the rest is for networks that vanish. */
static PGconn *start(const char *location)
{
	static const char *const keywords[] = {
		"fallback_application_name",
		"keepalives_idle",
		"keepalives_interval",
		"keepalives_count",
		"tcp_user_timeout",
		"dbname",
		NULL,
	};
	const char *const values[] = { APPLICATION, "10", "5", "3", "30000", location, NULL };

	return PQconnectStartParams(keywords, values, 1);
}

/* A server that is shut down at once takes leave with a warning; what follows says enough. */
static bool is_farewell(const PGresult *notice)
{
	const char *state = PQresultErrorField(notice, PG_DIAG_SQLSTATE);

	return state && strncmp(state, "57P", 3) == 0;
}

static void keep_warning(void *context, const PGresult *notice)
{
	struct pg_conn *conn = context;
	const char *severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
	const char *message = PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY);

	if (severity && strcmp(severity, "WARNING") == 0 && message && !is_farewell(notice) &&
	    conn->warning[0] == '\0')
		strncpy(conn->warning, message, sizeof(conn->warning) - 1);
}

/* As libpq itself waits when it connects by itself; what is no time means ours. */
static int connect_seconds(PGconn *pg)
{
	PQconninfoOption *options = PQconninfo(pg);
	long seconds = 0;

	for (PQconninfoOption *option = options; option && option->keyword; option++)
		if (strcmp(option->keyword, "connect_timeout") == 0 && option->val)
			seconds = strtol(option->val, NULL, 10);
	PQconninfoFree(options);
	return seconds > 0 && seconds < CONNECT_SECONDS_MAX ? (int)seconds : CONNECT_SECONDS;
}

static bool connect_to(struct pg_conn *conn, const char *location, struct err *err)
{
	int seconds;

	if (!check_url(location, err))
		return false;
	conn->pg = start(location);
	if (conn->pg == NULL)
		return err_set(err, ERR_TRANSIENT, "out of memory");
	PQsetNoticeReceiver(conn->pg, keep_warning, conn);
	/* Only so the server's words come with their SQLSTATE. */
	PQsetErrorVerbosity(conn->pg, PQERRORS_VERBOSE);
	/* An option that libpq knows but whose value it does not: it never got as far as the server. */
	if (PQstatus(conn->pg) == CONNECTION_BAD &&
	    strncmp(PQerrorMessage(conn->pg), "invalid ", 8) == 0)
		return err_set(err, ERR_RULE, "%.*s", (int)strcspn(PQerrorMessage(conn->pg), "\n"),
			       PQerrorMessage(conn->pg));
	seconds = connect_seconds(conn->pg);
	if (PQstatus(conn->pg) != CONNECTION_BAD && wire_connect(conn->pg, seconds)) {
		PQsetErrorVerbosity(conn->pg, PQERRORS_DEFAULT);
		return true;
	}
	if (PQstatus(conn->pg) != CONNECTION_BAD)
		return err_set(err, ERR_UNAVAILABLE,
			       "the server has not let us in for %d s: it, or the network, hangs",
			       seconds);
	return pg_refused(conn->pg, err);
}

/* ---- the session ---- */

static bool check_server(struct pg_conn *conn, struct err *err)
{
	const char *encoding = PQparameterStatus(conn->pg, "server_encoding");
	int version = PQserverVersion(conn->pg);

	conn->is_raw = encoding && strcmp(encoding, "SQL_ASCII") == 0;
	if (version < VERSION_MIN)
		return err_set(
		    err, ERR_RULE,
		    "this server is PostgreSQL %d: before 12 it writes numbers otherwise",
		    version / 10000);
	if (conn->base.role == CONN_SOURCE || (encoding && strcmp(encoding, "UTF8") == 0))
		return true;
	return err_set(err, ERR_RULE,
		       "the target's encoding is %s, which cannot hold every text: create the "
		       "database with encoding 'UTF8' template template0",
		       encoding ? encoding : "unknown");
}

static bool find_schemas(struct pg_conn *conn, struct err *err)
{
	enum { SCHEMAS, FIRST, SCHEMA, PATH, SYSTEM, DATABASE };
	PGresult *result = wire_ask(conn, session_sql, err);

	if (result == NULL)
		return false;
	conn->schemas = arena_copy(&conn->arena, pg_field_text(result, 0, SCHEMAS)).data;
	conn->first_schema = arena_copy(&conn->arena, pg_field_text(result, 0, FIRST)).data;
	if (!PQgetisnull(result, 0, SCHEMA))
		conn->schema = arena_copy(&conn->arena, pg_field_text(result, 0, SCHEMA)).data;
	conn->path = arena_copy(&conn->arena, pg_field_text(result, 0, PATH)).data;
	conn->system = arena_copy(&conn->arena, pg_field_text(result, 0, SYSTEM)).data;
	conn->identity =
	    arena_print(&conn->arena, "%s/%s", conn->system, PQgetvalue(result, 0, DATABASE)).data;
	PQclear(result);
	return true;
}

const char *pg_identity(const struct conn *conn)
{
	return ((const struct pg_conn *)conn)->identity;
}

bool pg_is_lost(const struct conn *conn)
{
	return PQstatus(((const struct pg_conn *)conn)->pg) != CONNECTION_OK;
}

static bool set_encoding(struct pg_conn *conn, struct err *err)
{
	return wire_do(conn,
		       conn->is_raw ? "set client_encoding = 'SQL_ASCII'"
				    : "set client_encoding = 'UTF8'",
		       err);
}

static bool begin_session(struct pg_conn *conn, struct err *err)
{
	if (!find_schemas(conn, err) || !check_server(conn, err) || !set_encoding(conn, err) ||
	    !wire_do(conn, settings_sql, err))
		return false;
	if (conn->base.role == CONN_TARGET_READ)
		return wire_do(conn, "set default_transaction_read_only = on", err);
	if (!pg_end_hung(conn, err))
		return false;
	return conn->base.role == CONN_TARGET ||
	       (wire_do(conn, reading_sql, err) && pg_learn_history(conn, err));
}

/* Who gave the connection a name in the URL wants to see that one. */
bool pg_set_name(struct conn *base, const char *name, struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	const char *given = PQparameterStatus(conn->pg, "application_name");

	if (given == NULL || strncmp(given, APPLICATION, strlen(APPLICATION)) != 0)
		return true;
	buf_reset(&conn->sql);
	buf_put_text(&conn->sql, "set application_name = ");
	pg_sql_put_literal(conn, &conn->sql, span_of(name));
	return wire_do(conn, conn->sql.data, err);
}

bool pg_now(struct conn *base, int64_t *now_us, struct err *err)
{
	PGresult *result = wire_ask(
	    pg_of(base), "select (extract(epoch from clock_timestamp()) * 1000000)::bigint", err);

	if (result == NULL)
		return false;
	*now_us = pg_field_int(result, 0, 0);
	PQclear(result);
	return true;
}

bool pg_open(const char *location, enum conn_role role, struct conn **opened, struct err *err)
{
	struct pg_conn *conn = memory_resize(NULL, sizeof(*conn));

	memset(conn, 0, sizeof(*conn));
	conn->base = (struct conn){ .driver = &postgres_driver, .role = role };
	conn->answer_seconds = ANSWER_SECONDS_MAX;
	arena_init(&conn->arena);
	buf_init(&conn->sql);
	buf_init(&conn->copy);
	if (connect_to(conn, location, err) && PQsetnonblocking(conn->pg, 1) == 0 &&
	    begin_session(conn, err)) {
		*opened = &conn->base;
		return true;
	}
	pg_close(&conn->base);
	return false;
}

void pg_close(struct conn *base)
{
	struct pg_conn *conn = pg_of(base);

	pg_statements_release(conn);
	PQfinish(conn->pg);
	buf_release(&conn->copy);
	buf_release(&conn->sql);
	arena_release(&conn->arena);
	free(conn);
}
