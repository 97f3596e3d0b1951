/*
 * statements.c: prepared statements by their text, the least recently used one making room.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

static struct statement *find(struct pg_conn *conn, struct span sql)
{
	for (int i = 0; i < STATEMENTS_MAX; i++) {
		struct statement *statement = &conn->statements[i];

		if (statement->name[0] && statement->size == sql.size &&
		    memcmp(statement->sql, sql.data, sql.size) == 0)
			return statement;
	}
	return NULL;
}

static void forget(struct statement *statement)
{
	free(statement->sql);
	memset(statement, 0, sizeof(*statement));
}

/* A free place, or that of the statement that was not used for longest. */
static struct statement *make_room(struct pg_conn *conn, struct err *err)
{
	struct statement *oldest = &conn->statements[0];
	char sql[40];

	for (int i = 0; i < STATEMENTS_MAX; i++) {
		struct statement *statement = &conn->statements[i];

		if (statement->name[0] == '\0')
			return statement;
		if (statement->used_at < oldest->used_at)
			oldest = statement;
	}
	snprintf(sql, sizeof(sql), "deallocate %s", oldest->name);
	forget(oldest);
	return wire_do(conn, sql, err) ? oldest : NULL;
}

static struct statement *prepare(struct pg_conn *conn, const struct parameter *parameters,
				 int count, struct err *err)
{
	struct statement *statement;
	Oid types[PARAMETERS_MAX];
	PGresult *result;

	for (int i = 0; i < count; i++)
		types[i] = parameters[i].type;
	statement = make_room(conn, err);
	if (statement == NULL)
		return NULL;
	snprintf(statement->name, sizeof(statement->name), "s%llu",
		 (unsigned long long)++conn->statement_clock);
	result = wire_answer(
	    conn, PQsendPrepare(conn->pg, statement->name, conn->sql.data, count, types), err);
	PQclear(result);
	if (result == NULL) {
		memset(statement, 0, sizeof(*statement));
		return NULL;
	}
	statement->sql = memory_resize(NULL, conn->sql.size + 1);
	memcpy(statement->sql, conn->sql.data, conn->sql.size);
	statement->size = conn->sql.size;
	return statement;
}

PGresult *pg_statement_run(struct pg_conn *conn, const struct parameter *parameters, int count,
			   struct err *err)
{
	struct statement *statement = find(conn, buf_span(&conn->sql));
	const char *values[PARAMETERS_MAX];
	int sizes[PARAMETERS_MAX], formats[PARAMETERS_MAX];

	require(count <= PARAMETERS_MAX);
	if (statement == NULL)
		statement = prepare(conn, parameters, count, err);
	if (statement == NULL)
		return NULL;
	for (int i = 0; i < count; i++) {
		values[i] = parameters[i].data;
		sizes[i] = parameters[i].size;
		formats[i] = 1;
	}
	statement->used_at = ++conn->statement_clock;
	return wire_answer(
	    conn, PQsendQueryPrepared(conn->pg, statement->name, count, values, sizes, formats, 1),
	    err);
}

void pg_statements_release(struct pg_conn *conn)
{
	for (int i = 0; i < STATEMENTS_MAX; i++)
		forget(&conn->statements[i]);
}
