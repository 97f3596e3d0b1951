/*
 * key.c: keys of legacy as values of SQLite: what kind they are, how they are bound.
 *
 * A key is bound as the storage class the table's keys have, because SQLite sorts by class first.
 */
#include "engine/model/key.h"

#include <string.h>

#include "drivers/sqlite/reader_internal.h"

static const char *kind_name(int kind)
{
	switch (kind) {
	case SQLITE_INTEGER:
		return "an integer";
	case SQLITE_FLOAT:
		return "a floating point number";
	case SQLITE_TEXT:
		return "text";
	case SQLITE_BLOB:
		return "binary";
	default:
		return "NULL";
	}
}

static const char *part_name(const struct reader *reader, int i)
{
	const struct source_reader *root = &reader->sources[0];

	return root->sql.source->columns[root->sql.match[i]];
}

/* ---- learning the kinds ---- */

static void put_key_query(struct reader *reader, const char *direction)
{
	const struct source_reader *root = &reader->sources[0];
	struct buf *sql = &reader->conn->sql;

	buf_reset(sql);
	for (int i = 0; i < root->sql.match_count; i++) {
		buf_put_text(sql, i == 0 ? "select " : ", ");
		sql_put_name(sql, part_name(reader, i));
	}
	buf_put_text(sql, " from ");
	buf_put_text(sql, root->sql.from);
	for (int i = 0; i < root->sql.match_count; i++) {
		buf_put_text(sql, i == 0 ? " order by " : ", ");
		sql_put_name(sql, part_name(reader, i));
		buf_put_text(sql, direction);
	}
	buf_put_text(sql, " limit 1");
}

/* The kinds of the first or last key; all 0 when the table is empty. */
static bool read_kinds(struct reader *reader, const char *direction, int kinds[KEY_PARTS_MAX],
		       struct err *err)
{
	sqlite3_stmt *stmt;
	int code;

	put_key_query(reader, direction);
	stmt = statement_take(reader->conn, err);
	if (stmt == NULL)
		return false;
	code = sqlite3_step(stmt);
	for (int i = 0; i < reader->part_count; i++)
		kinds[i] = code == SQLITE_ROW ? sqlite3_column_type(stmt, i) : 0;
	statement_give(reader->conn, stmt);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return sqlite_failure(reader->conn, code, err);
	return true;
}

static bool refuse_nulls(struct reader *reader, struct err *err)
{
	const struct source_reader *root = &reader->sources[0];

	for (int i = 0; i < root->sql.match_count; i++) {
		struct buf *sql = &reader->conn->sql;
		sqlite3_stmt *stmt;
		int code;

		if (!root->sql.match_is_nullable[i])
			continue;
		buf_reset(sql);
		buf_put_text(sql, "select 1 from ");
		buf_put_text(sql, root->sql.from);
		buf_put_text(sql, " where ");
		sql_put_name(sql, part_name(reader, i));
		buf_put_text(sql, " is null limit 1");
		stmt = statement_take(reader->conn, err);
		if (stmt == NULL)
			return false;
		code = sqlite3_step(stmt);
		statement_give(reader->conn, stmt);
		if (code == SQLITE_ROW)
			return err_set(err, ERR_RULE, "the key column %s.%s is NULL in some rows",
				       root->sql.source->table, part_name(reader, i));
		if (code != SQLITE_DONE)
			return sqlite_failure(reader->conn, code, err);
	}
	return true;
}

bool reader_learn_kinds(struct reader *reader, struct err *err)
{
	const char *table = reader->sources[0].sql.source->table;
	int last[KEY_PARTS_MAX];

	if (reader->keyless.table) { /* no row is looked at before one is asked for */
		reader->part_kinds[0] = SQLITE_TEXT;
		return true;
	}
	if (!refuse_nulls(reader, err) || !read_kinds(reader, "", reader->part_kinds, err) ||
	    !read_kinds(reader, " desc", last, err))
		return false;
	for (int i = 0; i < reader->part_count; i++) {
		int first = reader->part_kinds[i];

		if (first == SQLITE_FLOAT || last[i] == SQLITE_FLOAT)
			return err_set(err, ERR_RULE,
				       "the key column %s.%s holds floating point numbers, which "
				       "cannot be told apart by their texts",
				       table, part_name(reader, i));
		if (first != last[i])
			return err_set(
			    err, ERR_RULE,
			    "the key column %s.%s holds more than one kind of value: the "
			    "first key is %s, the last %s",
			    table, part_name(reader, i), kind_name(first), kind_name(last[i]));
	}
	return true;
}

/* A text such as '\x00' (four letters) could not be told from the key that is one zero byte. */
static bool check_text(struct reader *reader, sqlite3_stmt *stmt, int column, int part,
		       struct err *err)
{
	struct span text;

	text.data = (const char *)sqlite3_column_text(stmt, column);
	text.size = (size_t)sqlite3_column_bytes(stmt, column);
	if (!key_text_is_ambiguous(text, &reader->scratch))
		return true;
	return err_set(err, ERR_DATA,
		       "the key column %s.%s holds the text '%.*s', which is how a key that is not "
		       "UTF-8 is written",
		       reader->sources[0].sql.source->table, part_name(reader, part),
		       SPAN_ARGS(text));
}

static bool check_part(struct reader *reader, sqlite3_stmt *stmt, int column, int part,
		       struct err *err)
{
	const char *table = reader->sources[0].sql.source->table, *name = part_name(reader, part);
	int kind = sqlite3_column_type(stmt, column);

	if (kind == SQLITE_NULL)
		return err_set(err, ERR_DATA, "the key column %s.%s is NULL in some row", table,
			       name);
	/* Of a table that was empty nothing is known before its first row. */
	if (reader->part_kinds[part] == 0 && kind != SQLITE_FLOAT)
		reader->part_kinds[part] = kind;
	if (kind != reader->part_kinds[part])
		return err_set(err, ERR_DATA,
			       "the key column %s.%s holds %s, where the first key was %s", table,
			       name, kind_name(kind), kind_name(reader->part_kinds[part]));
	if (kind == SQLITE_INTEGER)
		return true;
	if (sqlite3_column_bytes(stmt, column) > CELL_BYTES_MAX)
		return err_set(
		    err, ERR_DATA,
		    "the key column %s.%s holds more than %d bytes in some row, too much to "
		    "name it by: length(cast(%s as blob)) > %d finds it; mend the row, or let "
		    "the rules name another key",
		    table, name, CELL_BYTES_MAX, name, CELL_BYTES_MAX);
	return kind != SQLITE_TEXT || check_text(reader, stmt, column, part, err);
}

bool reader_check_key(struct reader *reader, sqlite3_stmt *stmt, const int *columns,
		      struct err *err)
{
	for (int i = 0; i < reader->part_count; i++)
		if (!check_part(reader, stmt, columns[i], i, err))
			return false;
	return true;
}

/* ---- binding ---- */

/* False when no row can have it. Bytes lie in reader->scratch, so they need no copies. */
static bool value_of(struct reader *reader, int kind, struct span text, struct key_value *value)
{
	*value = (struct key_value){ .kind = kind, .bytes = text };
	switch (kind) {
	case SQLITE_INTEGER:
		return integer_from_text(text, &value->integer);
	case SQLITE_BLOB:
		value->bytes = key_part_bytes(text, &reader->scratch);
		return value->bytes.data != NULL;
	default:
		value->kind = SQLITE_TEXT;
		value->bytes = key_part_text(text, &reader->scratch);
		return true;
	}
}

static int bind_value(sqlite3_stmt *stmt, int parameter, const struct key_value *value)
{
	if (value->kind == SQLITE_INTEGER)
		return sqlite3_bind_int64(stmt, parameter, value->integer);
	if (value->kind == SQLITE_BLOB)
		return sqlite3_bind_blob(stmt, parameter, value->bytes.data, (int)value->bytes.size,
					 SQLITE_STATIC);
	return sqlite3_bind_text(stmt, parameter, value->bytes.data, (int)value->bytes.size,
				 SQLITE_STATIC);
}

bool reader_bind_key(struct reader *reader, sqlite3_stmt *stmt, int first, struct span key,
		     struct key_bound *bound, bool *fits, struct err *err)
{
	struct span parts[KEY_PARTS_MAX];

	*fits = true;
	bound->is_set = true;
	if (!key_parts(key, reader->part_count, &reader->scratch, parts, err))
		return false;
	for (int i = 0; i < reader->part_count; i++) {
		struct key_value *value = &bound->values[i];
		int code = SQLITE_OK;

		if (value_of(reader, reader->part_kinds[i], parts[reader->part_order[i]], value))
			code = bind_value(stmt, first + i, value);
		else
			*fits = false;
		if (code != SQLITE_OK)
			return sqlite_failure(reader->conn, code, err);
	}
	return true;
}
