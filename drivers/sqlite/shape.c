/*
 * shape.c: what SQLite knows of a table: columns with affinity and collation, and its indexes.
 */
#include <string.h>

#include "drivers/sqlite/sqlite_internal.h"

static const char *text_of(sqlite3_stmt *stmt, int column, struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return arena_text(arena, text ? text : "");
}

/* A statement about the table (or index) of this name, which is a value, never part of the SQL. */
static sqlite3_stmt *ask(struct sqlite_conn *conn, const char *sql, const char *name,
			 struct err *err)
{
	sqlite3_stmt *stmt;

	buf_reset(&conn->sql);
	buf_put_text(&conn->sql, sql);
	stmt = statement_take(conn, err);
	if (stmt)
		sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	return stmt;
}

/* The end of a loop over sqlite3_step(): give the statement back. */
static bool finish(struct sqlite_conn *conn, sqlite3_stmt *stmt, int code, struct err *err)
{
	bool ok = code == SQLITE_DONE || code == SQLITE_ROW;

	if (!ok)
		sqlite_failure(conn, code, err);
	statement_give(conn, stmt);
	return ok;
}

static bool read_kind(struct sqlite_conn *conn, const char *table, struct arena *arena,
		      struct shape *shape, struct err *err)
{
	sqlite3_stmt *stmt =
	    ask(conn, "select type, strict from pragma_table_list(?) where schema = 'main'", table,
		err);
	int code;

	if (stmt == NULL)
		return false;
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW) {
		shape->kind = text_of(stmt, 0, arena);
		shape->is_strict = sqlite3_column_int(stmt, 1) != 0;
	}
	return finish(conn, stmt, code, err);
}

static bool contains(const char *type, const char *word)
{
	size_t size = strlen(word);

	for (; *type; type++)
		if (sqlite3_strnicmp(type, word, (int)size) == 0)
			return true;
	return false;
}

/* SQLite's own rules, in its order ("Determination Of Column Affinity"). */
static enum affinity affinity_of(const char *type, bool is_strict)
{
	if (is_strict && sqlite3_stricmp(type, "any") == 0)
		return AFFINITY_NONE;
	if (contains(type, "int"))
		return AFFINITY_INTEGER;
	if (contains(type, "char") || contains(type, "clob") || contains(type, "text"))
		return AFFINITY_TEXT;
	if (type[0] == '\0' || contains(type, "blob"))
		return AFFINITY_NONE;
	if (contains(type, "real") || contains(type, "floa") || contains(type, "doub"))
		return AFFINITY_REAL;
	return AFFINITY_NUMERIC;
}

const char *affinity_name(enum affinity affinity)
{
	switch (affinity) {
	case AFFINITY_NONE:
		return "BLOB";
	case AFFINITY_TEXT:
		return "TEXT";
	case AFFINITY_NUMERIC:
		return "NUMERIC";
	case AFFINITY_INTEGER:
		return "INTEGER";
	case AFFINITY_REAL:
		return "REAL";
	}
	return "";
}

static void set_collation(struct sqlite_conn *conn, const char *table, struct arena *arena,
			  struct shape_column *column)
{
	const char *collation = NULL;
	int code = sqlite3_table_column_metadata(conn->db, "main", table, column->name, NULL,
						 &collation, NULL, NULL, NULL);

	/* Views have no collations of their own. */
	column->collation =
	    code == SQLITE_OK && collation ? arena_text(arena, collation) : "BINARY";
}

static bool read_columns(struct sqlite_conn *conn, const char *table, struct arena *arena,
			 struct shape *shape, struct err *err)
{
	sqlite3_stmt *stmt =
	    ask(conn,
		"select name, type, \"notnull\", pk from pragma_table_xinfo(?, 'main') "
		"where hidden <> 1 order by cid",
		table, err);
	struct shape_column *columns = NULL;
	int count = 0, key_count = 0, code;

	if (stmt == NULL)
		return false;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		struct shape_column *column;

		columns = arena_grow_by_one(arena, columns, count, sizeof(*columns));
		column = &columns[count];
		column->name = text_of(stmt, 0, arena);
		column->type = text_of(stmt, 1, arena);
		column->affinity = affinity_of(column->type, shape->is_strict);
		column->not_null = sqlite3_column_int(stmt, 2) != 0;
		if (sqlite3_column_int(stmt, 3) > 0) {
			key_count++;
			shape->rowid_column = count;
		}
		count++;
	}
	if (!finish(conn, stmt, code, err))
		return false;
	for (int i = 0; i < count; i++)
		set_collation(conn, table, arena, &columns[i]);
	/* Only a key of one column can be the rowid; read_indexes() finds out if it is. */
	if (key_count != 1)
		shape->rowid_column = -1;
	shape->columns = columns;
	shape->column_count = count;
	return true;
}

struct index_row {
	const char *name;
	bool is_unique, is_primary_key, is_partial;
};

/* The columns of one index. Skipped (column_count 0) when one of them is an expression or the rowid. */
static bool read_index_columns(struct sqlite_conn *conn, struct arena *arena,
			       const struct shape *shape, struct shape_index *index,
			       struct err *err)
{
	sqlite3_stmt *stmt = ask(conn,
				 "select cid, \"desc\", coll from pragma_index_xinfo(?, 'main') "
				 "where \"key\" order by seqno",
				 index->name, err);
	int *columns = arena_alloc(arena, sizeof(int) * (size_t)(shape->column_count + 1));
	int count = 0, direction = -1, code;
	bool is_plain = true;

	if (stmt == NULL)
		return false;
	index->is_ordered = true;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW && is_plain) {
		int column = sqlite3_column_int(stmt, 0);
		int descends = sqlite3_column_int(stmt, 1);

		is_plain = column >= 0 && count < shape->column_count;
		if (!is_plain)
			break;
		if (sqlite3_stricmp(text_of(stmt, 2, arena), shape->columns[column].collation) != 0)
			index->is_ordered = false;
		if (direction >= 0 && direction != descends)
			index->is_ordered = false;
		direction = descends;
		columns[count++] = column;
	}
	index->columns = columns;
	index->column_count = is_plain ? count : 0;
	return finish(conn, stmt, code, err);
}

static bool list_indexes(struct sqlite_conn *conn, const char *table, struct arena *arena,
			 struct index_row **rows, int *row_count, struct err *err)
{
	/* Primary key first, then unique ones; names make the order one and the same everywhere. */
	sqlite3_stmt *stmt = ask(conn,
				 "select name, \"unique\", origin = 'pk', partial "
				 "from pragma_index_list(?, 'main') order by origin = 'pk' desc, "
				 "\"unique\" desc, name",
				 table, err);
	int count = 0, code;

	*rows = NULL;
	if (stmt == NULL)
		return false;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		*rows = arena_grow_by_one(arena, *rows, count, sizeof(**rows));
		(*rows)[count].name = text_of(stmt, 0, arena);
		(*rows)[count].is_unique = sqlite3_column_int(stmt, 1) != 0;
		(*rows)[count].is_primary_key = sqlite3_column_int(stmt, 2) != 0;
		(*rows)[count].is_partial = sqlite3_column_int(stmt, 3) != 0;
		count++;
	}
	*row_count = count;
	return finish(conn, stmt, code, err);
}

static bool read_indexes(struct sqlite_conn *conn, const char *table, struct arena *arena,
			 struct shape *shape, struct err *err)
{
	struct index_row *rows;
	struct shape_index *indexes;
	int row_count = 0, count = 0;

	if (!list_indexes(conn, table, arena, &rows, &row_count, err))
		return false;
	indexes = arena_zalloc(arena, sizeof(*indexes) * (size_t)(row_count + 1));
	for (int i = 0; i < row_count; i++) {
		struct shape_index *index = &indexes[count];

		/* A primary key with an index of its own is not the rowid. */
		if (rows[i].is_primary_key)
			shape->rowid_column = -1;
		if (rows[i].is_partial)
			continue;
		index->name = rows[i].name;
		index->is_unique = rows[i].is_unique;
		if (!read_index_columns(conn, arena, shape, index, err))
			return false;
		if (index->column_count > 0)
			count++;
	}
	shape->indexes = indexes;
	shape->index_count = count;
	return true;
}

bool shape_read(struct sqlite_conn *conn, const char *table, struct arena *arena,
		struct shape *shape, struct err *err)
{
	memset(shape, 0, sizeof(*shape));
	shape->rowid_column = -1;
	if (!read_kind(conn, table, arena, shape, err))
		return false;
	if (shape->kind == NULL)
		return true;
	return read_columns(conn, table, arena, shape, err) &&
	       read_indexes(conn, table, arena, shape, err);
}

int shape_find(const struct shape *shape, const char *column)
{
	for (int i = 0; i < shape->column_count; i++)
		if (sqlite3_stricmp(shape->columns[i].name, column) == 0)
			return i;
	return -1;
}
