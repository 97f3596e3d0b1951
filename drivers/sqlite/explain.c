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

/* ---- statements over queries: SQLite's plan is a tree of what the query is made of ---- */

/* What the tree has said so far. */
struct reading {
	bool scans;
	const char *index; /* the first that serves */
	struct {
		int parent;
		const char *name;
	} made[64]; /* rows made by a part of the plan, which are then walked */
	int made_count;
};

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* "SCAN root" walks what "CO-ROUTINE root" beside it gave; "SCAN 2 CONSTANT ROWS" walks no table. */
static bool is_scan(const struct reading *reading, int parent, const char *detail)
{
	if (!starts_with(detail, "SCAN ") || strstr(detail, "CONSTANT ROW"))
		return false;
	for (int i = 0; i < reading->made_count; i++)
		if (reading->made[i].parent == parent &&
		    strcmp(reading->made[i].name, detail + 5) == 0)
			return false;
	return true;
}

/* "… USING INDEX del_x (a>?)": what stands in front of the brackets. */
static const char *index_served(struct arena *arena, const char *detail)
{
	const char *used = strstr(detail, "INDEX "), *end;

	if (!starts_with(detail, "SEARCH "))
		return NULL;
	if (used == NULL)
		return strstr(detail, "PRIMARY KEY") ? "primary key" : NULL;
	end = strstr(used, " (");
	return arena_copy(arena, (struct span){ used + 6,
						end ? (size_t)(end - used - 6) : strlen(used + 6) })
	    .data;
}

static void read_detail(struct reading *reading, struct arena *arena, int parent,
			const char *detail)
{
	static const char *const makers[] = { "CO-ROUTINE ", "MATERIALIZE " };

	for (int i = 0; i < 2; i++)
		if (starts_with(detail, makers[i]) && reading->made_count < 64) {
			reading->made[reading->made_count].parent = parent;
			reading->made[reading->made_count++].name =
			    arena_text(arena, detail + strlen(makers[i]));
		}
	reading->scans = reading->scans || is_scan(reading, parent, detail);
	if (reading->index == NULL)
		reading->index = index_served(arena, detail);
}

/* Which index serves the statement being explained; "" when a table is walked for it. */
static bool read_plan(struct reader *reader, const struct source_reader *source, sqlite3_stmt *stmt,
		      const char **index, struct err *err)
{
	struct reading reading = { .scans = false };
	int code;

	*index = "";
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		const char *detail = (const char *)sqlite3_column_text(stmt, 3);
		const char *found = index_in(&source->shape, detail);

		if (source->sql.source->query || source->sql.source->is_keyless ||
		    source->sql.match_count == 0)
			read_detail(&reading, &reader->scratch, sqlite3_column_int(stmt, 1),
				    detail);
		else if (found)
			*index = found;
	}
	if (reading.index && !reading.scans)
		*index = reading.index;
	return code == SQLITE_DONE || sqlite_failure(reader->conn, code, err);
}

static bool explain_one(struct reader *reader, struct json_writer *json, int source_index,
			struct err *err)
{
	const struct source_reader *source = &reader->sources[source_index];
	struct buf *sql = &reader->conn->sql;
	struct span statement = arena_copy(&reader->scratch, buf_span(sql));
	const char *index;
	sqlite3_stmt *stmt;
	bool ok;

	buf_reset(sql);
	buf_put_text(sql, "explain query plan ");
	buf_put_span(sql, statement);
	stmt = statement_take(reader->conn, err);
	if (stmt == NULL)
		return false;
	ok = read_plan(reader, source, stmt, &index, err);
	statement_give(reader->conn, stmt);
	if (!ok)
		return false;
	json_open(json, '{');
	json_key(json, "source");
	json_text(json,
		  source->sql.source->name ? source->sql.source->name : source->sql.source->table);
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
	bool is_reference = source->sql.source->kind == SOURCE_REFERENCE;

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
