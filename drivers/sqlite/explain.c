/*
 * explain.c: which index serves each statement that legacy is sent.
 */
#include <string.h>

#include "drivers/sqlite/reader_internal.h"
#include "engine/base/json.h"

/* "SEARCH del USING INDEX del_pk (a>?)", "… USING COVERING INDEX …", "… USING INTEGER PRIMARY KEY
 * (rowid>?)", "… USING PRIMARY KEY (a>?)" name what serves; a SCAN is served by nothing. Index names may
 * hold blanks and brackets, so they are looked for, the longest first. */
static const char *index_in(const struct shape *shape, const char *detail)
{
	const char *used = strstr(detail, "INDEX ");
	const char *found = NULL;

	if (strncmp(detail, "SEARCH ", 7) != 0)
		return NULL;
	for (int i = 0; i < shape->index_count && used; i++) {
		const char *name = shape->indexes[i].name;

		if (strncmp(used + 6, name, strlen(name)) == 0 &&
		    (found == NULL || strlen(name) > strlen(found)))
			found = name;
	}
	return found || strstr(detail, "PRIMARY KEY") == NULL ? found : "primary key";
}

static bool explain_one(struct reader *reader, struct json_writer *json, int source_index,
			struct err *err)
{
	const struct source_reader *source = &reader->sources[source_index];
	struct buf *sql = &reader->conn->sql;
	struct span statement = arena_copy(&reader->scratch, buf_span(sql));
	const char *index = "";
	sqlite3_stmt *stmt;
	int code;

	buf_reset(sql);
	buf_put_text(sql, "explain query plan ");
	buf_put_span(sql, statement);
	stmt = statement_take(reader->conn, err);
	if (stmt == NULL)
		return false;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *found =
		    index_in(&source->shape, (const char *)sqlite3_column_text(stmt, 3));

		if (found)
			index = found;
	}
	statement_give(reader->conn, stmt);
	if (code != SQLITE_DONE)
		return sqlite_failure(reader->conn, code, err);
	json_open(json, '{');
	json_key(json, "source");
	json_text(json, source->source->name ? source->source->name : source->source->table);
	json_key(json, "statement");
	json_string(json, statement);
	json_key(json, "index");
	json_text(json, index);
	json_close(json, '}');
	return true;
}

static bool explain_source(struct reader *reader, int source_index, struct json_writer *json,
			   struct err *err)
{
	const struct source_reader *source = &reader->sources[source_index];
	bool is_reference = source->source->kind == SOURCE_REFERENCE;

	if (!is_reference) {
		reader_put_rows(reader, source_index, ROWS_BETWEEN);
		if (!explain_one(reader, json, source_index, err))
			return false;
	}
	/* References without an index are read by one scan; the statement says so. */
	reader_put_rows(reader, source_index,
			is_reference && !source->is_indexed ? ROWS_ALL : ROWS_OF_KEY);
	return explain_one(reader, json, source_index, err);
}

bool sqlite_explain(struct reader *reader, struct buf *out, struct err *err)
{
	struct json_writer json;

	arena_reset(&reader->scratch);
	json_writer_init(&json, out);
	json_open(&json, '[');
	reader_put_bound(reader, ROWS_BETWEEN);
	if (!explain_one(reader, &json, 0, err))
		return false;
	for (int i = 0; i < reader->set->source_count; i++)
		if (!explain_source(reader, i, &json, err))
			return false;
	json_close(&json, ']');
	return true;
}
