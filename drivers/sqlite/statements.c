/*
 * statements.c: prepared statements by their text, the least recently used one making room.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

static struct statement *find(struct sqlite_conn *conn, struct span sql)
{
	for (int i = 0; i < STATEMENTS_MAX; i++) {
		struct statement *statement = &conn->statements[i];

		if (statement->stmt && !statement->in_use && statement->size == sql.size &&
		    memcmp(statement->sql, sql.data, sql.size) == 0)
			return statement;
	}
	return NULL;
}

static void forget(struct statement *statement)
{
	sqlite3_finalize(statement->stmt);
	free(statement->sql);
	memset(statement, 0, sizeof(*statement));
}

/* A free place, or that of the statement that was not used for longest. */
static struct statement *make_room(struct sqlite_conn *conn)
{
	struct statement *oldest = NULL;

	for (int i = 0; i < STATEMENTS_MAX; i++) {
		struct statement *statement = &conn->statements[i];

		if (statement->in_use)
			continue;
		if (statement->stmt == NULL)
			return statement;
		if (oldest == NULL || statement->used_at < oldest->used_at)
			oldest = statement;
	}
	require(oldest != NULL);
	forget(oldest);
	return oldest;
}

static struct statement *prepare(struct sqlite_conn *conn, struct span sql, struct err *err)
{
	struct statement *statement = make_room(conn);
	int code = sqlite3_prepare_v3(conn->db, sql.data, (int)sql.size, SQLITE_PREPARE_PERSISTENT,
				      &statement->stmt, NULL);

	if (code != SQLITE_OK) {
		sqlite_failure(conn, code, err);
		return NULL;
	}
	statement->sql = memory_resize(NULL, sql.size + 1);
	memcpy(statement->sql, sql.data, sql.size);
	statement->size = sql.size;
	return statement;
}

sqlite3_stmt *statement_take(struct sqlite_conn *conn, struct err *err)
{
	struct span sql = buf_span(&conn->sql);
	struct statement *statement = find(conn, sql);

	if (statement == NULL)
		statement = prepare(conn, sql, err);
	if (statement == NULL)
		return NULL;
	statement->in_use = true;
	statement->used_at = ++conn->statement_clock;
	return statement->stmt;
}

void statement_give(struct sqlite_conn *conn, sqlite3_stmt *stmt)
{
	for (int i = 0; i < STATEMENTS_MAX; i++)
		if (conn->statements[i].stmt == stmt) {
			require(conn->statements[i].in_use);
			conn->statements[i].in_use = false;
			sqlite3_reset(stmt);
			/* Bound texts are borrowed from the caller. */
			sqlite3_clear_bindings(stmt);
			return;
		}
	require(!"a statement of this connection");
}

void statements_release(struct sqlite_conn *conn)
{
	for (int i = 0; i < STATEMENTS_MAX; i++)
		forget(&conn->statements[i]);
}
