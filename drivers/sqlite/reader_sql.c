/*
 * reader_sql.c: the statements that legacy is sent, prepared when they are first needed.
 */
#include "drivers/sqlite/reader_internal.h"

static void put_parameter(void *context, struct buf *sql, int part, enum rows_wanted which)
{
	(void)context;
	(void)part;
	(void)which;
	buf_put_char(sql, '?');
}

void reader_put_rows(struct reader *reader, int source_index, enum rows_wanted wanted)
{
	const struct source_sql *sources[SOURCES_MAX];
	struct sql_wanted rows = { wanted, put_parameter, NULL };

	for (int i = 0; i < reader->set->source_count; i++)
		sources[i] = &reader->sources[i].sql;
	buf_reset(&reader->conn->sql);
	source_sql_put_rows(&reader->conn->sql, sources, source_index, &rows);
}

void reader_put_bound(struct reader *reader, enum rows_wanted wanted)
{
	struct sql_wanted rows = { wanted, put_parameter, NULL };

	buf_reset(&reader->conn->sql);
	source_sql_put_bound(&reader->conn->sql, &reader->sources[0].sql, &rows);
	buf_put_text(&reader->conn->sql, " limit 2 offset ?");
}

static sqlite3_stmt *prepared(struct reader *reader, sqlite3_stmt **stmt, struct err *err)
{
	const struct buf *sql = &reader->conn->sql;
	int code = sqlite3_prepare_v3(reader->conn->db, sql->data, (int)sql->size,
				      SQLITE_PREPARE_PERSISTENT, stmt, NULL);

	if (code != SQLITE_OK) {
		sqlite_failure(reader->conn, code, err);
		return NULL;
	}
	return *stmt;
}

sqlite3_stmt *reader_rows(struct reader *reader, int source_index, enum rows_wanted wanted,
			  struct err *err)
{
	sqlite3_stmt **stmt = &reader->sources[source_index].statements[wanted];

	if (*stmt)
		return *stmt;
	reader_put_rows(reader, source_index, wanted);
	return prepared(reader, stmt, err);
}

sqlite3_stmt *reader_bound(struct reader *reader, enum rows_wanted wanted, struct err *err)
{
	sqlite3_stmt **stmt = &reader->bounds[wanted];

	if (*stmt)
		return *stmt;
	reader_put_bound(reader, wanted);
	return prepared(reader, stmt, err);
}
