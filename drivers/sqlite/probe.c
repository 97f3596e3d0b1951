/*
 * probe.c: a number that says how the store fares, asked for once a second.
 */
#include <string.h>

#include "drivers/sqlite/reader_internal.h"

/* It may use any function: what it says is believed for seconds, and nothing is made of it. */
static int authorize(void *context, int action, const char *first, const char *second,
		     const char *database, const char *by)
{
	(void)context;
	(void)first;
	(void)second;
	(void)database;
	(void)by;
	return action == SQLITE_SELECT || action == SQLITE_READ || action == SQLITE_FUNCTION ||
		       action == SQLITE_RECURSIVE
		   ? SQLITE_OK
		   : SQLITE_DENY;
}

/* The statement is wrong, or the store fares too badly to say. */
static bool probe_failure(struct sqlite_conn *conn, int code, struct err *err)
{
	int kind = code & 0xff;

	if (kind == SQLITE_AUTH)
		return err_set(err, ERR_RULE, "a probe only selects");
	if (kind == SQLITE_ERROR || kind == SQLITE_RANGE || kind == SQLITE_TOOBIG)
		return err_set(err, ERR_RULE, "%s", sqlite3_errmsg(conn->db));
	if (kind == SQLITE_INTERRUPT)
		return err_set(err, ERR_TRANSIENT, "it takes longer than %d s", PROBE_SECONDS_MAX);
	return sqlite_failure(conn, code, err);
}

static bool prepare(struct sqlite_conn *conn, const char *sql, sqlite3_stmt **stmt, struct err *err)
{
	const char *rest = sql;
	int code;

	sqlite3_set_authorizer(conn->db, authorize, NULL);
	code = sqlite3_prepare_v2(conn->db, sql, -1, stmt, &rest);
	sqlite3_set_authorizer(conn->db, NULL, NULL);
	if (code != SQLITE_OK)
		return probe_failure(conn, code, err);
	if (*stmt == NULL)
		return err_set(err, ERR_RULE, "the statement is empty");
	if (rest[strspn(rest, " \t\r\n;")] != '\0')
		return err_set(err, ERR_RULE, "it is more than one statement");
	if (!sqlite3_stmt_readonly(*stmt) || sqlite3_stmt_isexplain(*stmt) != 0)
		return err_set(err, ERR_RULE, "a probe only selects");
	return true;
}

static void take_value(sqlite3_stmt *stmt, struct probe_answer *answer)
{
	int type = sqlite3_column_type(stmt, 0);

	answer->number = sqlite3_column_double(stmt, 0);
	answer->kind = type == SQLITE_INTEGER || type == SQLITE_FLOAT ? PROBE_NUMBER
		       : type == SQLITE_NULL                          ? PROBE_NULL
								      : PROBE_OTHER;
}

static bool step(struct sqlite_conn *conn, sqlite3_stmt *stmt, struct probe_answer *answer,
		 struct err *err)
{
	int code = SQLITE_ROW;

	answer->column_count = sqlite3_column_count(stmt);
	while (answer->row_count < 2 && (code = sqlite3_step(stmt)) == SQLITE_ROW)
		if (answer->row_count++ == 0)
			take_value(stmt, answer);
	return code == SQLITE_ROW || code == SQLITE_DONE || probe_failure(conn, code, err);
}

bool sqlite_probe(struct conn *base, const char *sql, struct probe_answer *answer, struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	sqlite3_stmt *stmt = NULL;
	bool ok;

	sqlite3_busy_timeout(conn->db, PROBE_SECONDS_MAX * 1000);
	patience_begin(conn, PROBE_SECONDS_MAX);
	ok = prepare(conn, sql, &stmt, err) && step(conn, stmt, answer, err);
	sqlite3_finalize(stmt);
	patience_end(conn);
	sqlite3_busy_timeout(conn->db, BUSY_TIMEOUT_MS);
	return ok;
}
