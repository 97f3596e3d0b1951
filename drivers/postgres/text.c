/*
 * text.c: SQL as text, and the texts of results.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/require.h"

/* libpq doubles quotes and backslashes, and refuses what is broken in the connection's encoding. */
void pg_sql_put_literal(struct pg_conn *conn, struct buf *sql, struct span text)
{
	char *literal = PQescapeLiteral(conn->pg, text.data ? text.data : "", text.size);

	/* A text that is none in this encoding equals nothing the store has. */
	buf_put_text(sql, literal ? literal : "null");
	PQfreemem(literal);
}

void pg_sql_fill(struct pg_conn *conn, struct buf *sql, const char *statement,
		 const struct span *values, int count)
{
	/* A value in a comment could end it. */
	while (strncmp(statement, "--", 2) == 0)
		statement += strcspn(statement, "\n") + 1;
	for (const char *at = statement; *at; at++) {
		int number = at[0] == '$' && at[1] >= '1' && at[1] <= '9' ? at[1] - '0' : 0;

		if (number == 0) {
			buf_put_char(sql, *at);
			continue;
		}
		require(number <= count);
		pg_sql_put_literal(conn, sql, values[number - 1]);
		at++;
	}
}

void pg_sql_put_table(const struct pg_conn *conn, struct buf *sql, const char *table)
{
	if (conn->schema) {
		sql_put_name(sql, conn->schema);
		buf_put_char(sql, '.');
	}
	sql_put_name(sql, table);
}

/* In an array's text a quote or a backslash has a backslash before it. */
void pg_sql_put_element(struct buf *array, const char *text)
{
	buf_put_text(array, array->size ? ",\"" : "{\"");
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_put_char(array, '\\');
		buf_put_char(array, *text);
	}
	buf_put_char(array, '"');
}

void pg_sql_end_array(struct buf *array)
{
	buf_put_text(array, array->size ? "}" : "{}");
}

void pg_sql_put_path(struct pg_conn *conn, struct buf *sql)
{
	buf_put_text(sql, "select pg_catalog.set_config('search_path', ");
	pg_sql_put_literal(conn, sql, span_of(conn->path));
	buf_put_text(sql, ", true)");
}

struct span pg_field_text(const PGresult *result, int row, int column)
{
	return (struct span){ PQgetvalue(result, row, column),
			      (size_t)PQgetlength(result, row, column) };
}

int64_t pg_field_int(const PGresult *result, int row, int column)
{
	return strtoll(PQgetvalue(result, row, column), NULL, 10);
}

bool pg_field_is_true(const PGresult *result, int row, int column)
{
	return PQgetvalue(result, row, column)[0] == 't';
}
