/*
 * rows.c: rows of a target: select, insert, update, remove, and the transactions around them.
 *
 * Instants are stored as their canonical text, which sorts as time does. The store is embedded, so
 * its clock is this machine's.
 */
#include <string.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "engine/base/clock.h"
#include "engine/base/require.h"

/* ---- transactions ---- */

bool sqlite_begin(struct conn *base, struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);

	require(sqlite3_get_autocommit(conn->db));
	return sqlite_run(conn, "begin immediate", err);
}

bool sqlite_commit(struct conn *base, struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);

	require(!sqlite3_get_autocommit(conn->db));
	return sqlite_run(conn, "commit", err);
}

void sqlite_rollback(struct conn *base)
{
	struct sqlite_conn *conn = sqlite_of(base);

	/* Some errors have rolled back already; a second time changes nothing. */
	if (!sqlite3_get_autocommit(conn->db))
		sqlite3_exec(conn->db, "rollback", NULL, NULL, NULL);
}

/* ---- values ---- */

/* Texts are borrowed until the statement is reset. room holds an instant's text as long. */
static int bind(sqlite3_stmt *stmt, int parameter, const struct datum *datum,
		char room[INSTANT_TEXT_SIZE])
{
	int64_t instant_us = datum->number;

	switch (datum->kind) {
	case DATUM_NULL:
		return sqlite3_bind_null(stmt, parameter);
	case DATUM_INT:
		return sqlite3_bind_int64(stmt, parameter, datum->number);
	case DATUM_TEXT:
		require(datum->text.data != NULL);
		return sqlite3_bind_text64(stmt, parameter, datum->text.data, datum->text.size,
					   SQLITE_STATIC, SQLITE_UTF8);
	case DATUM_NOW:
		instant_us += clock_wall_us();
		break;
	case DATUM_INSTANT:
		break;
	}
	require(instant_to_text(instant_us, room));
	return sqlite3_bind_text(stmt, parameter, room, INSTANT_TEXT_SIZE - 1, SQLITE_STATIC);
}

static bool unbind(sqlite3_stmt *stmt, int column, enum table_kind kind, struct datum *datum,
		   struct err *err)
{
	int stored = sqlite3_column_type(stmt, column);

	if (stored == SQLITE_NULL) {
		*datum = datum_null();
		return true;
	}
	if ((stored == SQLITE_INTEGER) != (kind == TABLE_INT) ||
	    (stored == SQLITE_TEXT) != (kind != TABLE_INT))
		return err_set(err, ERR_DATA, "column %s holds a value of another type",
			       sqlite3_column_name(stmt, column));
	if (kind == TABLE_INT) {
		*datum = datum_int(sqlite3_column_int64(stmt, column));
		return true;
	}
	datum->kind = DATUM_TEXT;
	datum->text.data = (const char *)sqlite3_column_text(stmt, column);
	datum->text.size = (size_t)sqlite3_column_bytes(stmt, column);
	if (kind != TABLE_INSTANT)
		return true;
	datum->kind = DATUM_INSTANT;
	if (!instant_from_text(datum->text, &datum->number))
		return err_set(err, ERR_DATA, "column %s holds '%.*s', which is no instant",
			       sqlite3_column_name(stmt, column), SPAN_ARGS(datum->text));
	return true;
}

/* ---- conditions ---- */

void sqlite_put_conditions(struct buf *sql, const struct table *table,
			   const struct condition *where, int count)
{
	static const char *const tests[] = {
		[IS_EQUAL] = " = ?",   [IS_NOT_EQUAL] = " <> ?", [IS_LESS] = " < ?",
		[IS_GREATER] = " > ?", [IS_NULL] = " is null",   [IS_NOT_NULL] = " is not null",
	};

	for (int i = 0; i < count; i++) {
		buf_put_text(sql, i == 0 ? " where " : " and ");
		sql_put_name(sql, table->columns[where[i].column].name);
		buf_put_text(sql, tests[where[i].kind]);
	}
}

bool sqlite_bind_conditions(struct sqlite_conn *conn, sqlite3_stmt *stmt, int first,
			    const struct condition *where, int count,
			    char rooms[CONDITIONS_MAX][INSTANT_TEXT_SIZE], struct err *err)
{
	require(count <= CONDITIONS_MAX);
	for (int i = 0; i < count; i++) {
		int code;

		if (where[i].kind == IS_NULL || where[i].kind == IS_NOT_NULL)
			continue;
		code = bind(stmt, first++, &where[i].value, rooms[i]);
		if (code != SQLITE_OK)
			return sqlite_failure(conn, code, err);
	}
	return true;
}

/* ---- select ---- */

static void put_select(struct buf *sql, const struct query *query)
{
	const struct table_column *columns = query->table->columns;

	buf_reset(sql);
	for (int i = 0; i < query->column_count; i++) {
		buf_put_text(sql, i == 0 ? "select " : ", ");
		sql_put_name(sql, columns[query->columns[i]].name);
	}
	buf_put_text(sql, " from ");
	sql_put_name(sql, query->table->name);
	sqlite_put_conditions(sql, query->table, query->where, query->where_count);
	for (int i = 0; i < query->order_count; i++) {
		buf_put_text(sql, i == 0 ? " order by " : ", ");
		sql_put_name(sql, columns[query->order_by[i] & ~TABLE_DESCENDING].name);
		if (query->order_by[i] & TABLE_DESCENDING)
			buf_put_text(sql, " desc");
	}
	if (query->limit > 0) {
		buf_put_text(sql, " limit ");
		buf_put_int(sql, query->limit);
	}
}

static bool give_rows(struct sqlite_conn *conn, sqlite3_stmt *stmt, const struct query *query,
		      row_function on_row, void *context, struct err *err)
{
	struct datum cells[TABLE_COLUMNS_MAX] = { 0 };
	int code;

	while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
		for (int i = 0; i < query->column_count; i++)
			if (!unbind(stmt, i, query->table->columns[query->columns[i]].kind,
				    &cells[i], err))
				return false;
		if (!on_row(context, cells, err))
			return false;
	}
	return code == SQLITE_DONE ? true : sqlite_failure(conn, code, err);
}

bool sqlite_select(struct conn *base, const struct query *query, row_function on_row, void *context,
		   struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	char rooms[CONDITIONS_MAX][INSTANT_TEXT_SIZE];
	sqlite3_stmt *stmt;
	bool ok;

	put_select(&conn->sql, query);
	stmt = statement_take(conn, err);
	if (stmt == NULL)
		return false;
	ok = sqlite_bind_conditions(conn, stmt, 1, query->where, query->where_count, rooms, err) &&
	     give_rows(conn, stmt, query, on_row, context, err);
	statement_give(conn, stmt);
	return ok;
}

/* ---- insert ---- */

static void put_insert(struct buf *sql, const struct table *table)
{
	buf_reset(sql);
	buf_put_text(sql, "insert into ");
	sql_put_name(sql, table->name);
	buf_put_text(sql, " (");
	sql_put_column_names(sql, table, table->column_count);
	buf_put_text(sql, ") values (?");
	for (int i = 1; i < table->column_count; i++)
		buf_put_text(sql, ", ?");
	buf_put_char(sql, ')');
}

static bool insert_row(struct sqlite_conn *conn, sqlite3_stmt *stmt, const struct datum *row,
		       int column_count, struct err *err)
{
	char rooms[TABLE_COLUMNS_MAX][INSTANT_TEXT_SIZE];
	int code;

	for (int i = 0; i < column_count; i++) {
		code = bind(stmt, i + 1, &row[i], rooms[i]);
		if (code != SQLITE_OK)
			return sqlite_failure(conn, code, err);
	}
	code = sqlite3_step(stmt);
	sqlite3_reset(stmt);
	return code == SQLITE_DONE ? true : sqlite_failure(conn, code, err);
}

bool sqlite_insert(struct conn *base, const struct table *table, const struct datum *rows,
		   size_t row_count, struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	size_t column_count = (size_t)table->column_count;
	sqlite3_stmt *stmt;
	bool ok = true;

	require(!sqlite3_get_autocommit(conn->db));
	require(table->column_count <= TABLE_COLUMNS_MAX);
	put_insert(&conn->sql, table);
	stmt = statement_take(conn, err);
	if (stmt == NULL)
		return false;
	for (size_t i = 0; i < row_count && ok; i++)
		ok = insert_row(conn, stmt, rows + i * column_count, table->column_count, err);
	statement_give(conn, stmt);
	return ok;
}

/* ---- insert from another table, update and remove ---- */

static bool run_counted(struct sqlite_conn *conn, sqlite3_stmt *stmt, int64_t *count,
			struct err *err)
{
	int code = sqlite3_step(stmt);

	if (code != SQLITE_DONE)
		return sqlite_failure(conn, code, err);
	*count = sqlite3_changes64(conn->db);
	return true;
}

/* In the order of the key they come into, which its index likes best. */
static void put_insert_from(struct buf *sql, const struct table *to, const struct table *from,
			    const struct condition *where, int where_count)
{
	buf_reset(sql);
	buf_put_text(sql, "insert into ");
	sql_put_name(sql, to->name);
	sql_put_columns_from(sql, to);
	sql_put_name(sql, from->name);
	sqlite_put_conditions(sql, from, where, where_count);
	if (to->primary_key_count == 0)
		return;
	buf_put_text(sql, " order by ");
	sql_put_column_names(sql, to, to->primary_key_count);
}

bool sqlite_insert_from(struct conn *base, const struct table *to, const struct table *from,
			const struct condition *where, int where_count, int64_t *inserted,
			struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	char rooms[CONDITIONS_MAX][INSTANT_TEXT_SIZE];
	sqlite3_stmt *stmt;
	bool ok;

	require(!sqlite3_get_autocommit(conn->db));
	put_insert_from(&conn->sql, to, from, where, where_count);
	stmt = statement_take(conn, err);
	if (stmt == NULL)
		return false;
	ok = sqlite_bind_conditions(conn, stmt, 1, where, where_count, rooms, err) &&
	     run_counted(conn, stmt, inserted, err);
	statement_give(conn, stmt);
	return ok;
}

static void put_update(struct buf *sql, const struct table *table, const struct assignment *set,
		       int set_count)
{
	buf_reset(sql);
	buf_put_text(sql, "update ");
	sql_put_name(sql, table->name);
	for (int i = 0; i < set_count; i++) {
		buf_put_text(sql, i == 0 ? " set " : ", ");
		sql_put_name(sql, table->columns[set[i].column].name);
		buf_put_text(sql, " = ?");
	}
}

bool sqlite_update(struct conn *base, const struct table *table, const struct assignment *set,
		   int set_count, const struct condition *where, int where_count, int64_t *changed,
		   struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	char set_rooms[TABLE_COLUMNS_MAX][INSTANT_TEXT_SIZE];
	char where_rooms[CONDITIONS_MAX][INSTANT_TEXT_SIZE];
	sqlite3_stmt *stmt;
	bool ok = true;

	require(!sqlite3_get_autocommit(conn->db));
	require(set_count <= TABLE_COLUMNS_MAX);
	put_update(&conn->sql, table, set, set_count);
	sqlite_put_conditions(&conn->sql, table, where, where_count);
	stmt = statement_take(conn, err);
	if (stmt == NULL)
		return false;
	for (int i = 0; i < set_count && ok; i++) {
		int code = bind(stmt, i + 1, &set[i].value, set_rooms[i]);

		if (code != SQLITE_OK)
			ok = sqlite_failure(conn, code, err);
	}
	ok = ok &&
	     sqlite_bind_conditions(conn, stmt, set_count + 1, where, where_count, where_rooms,
				    err) &&
	     run_counted(conn, stmt, changed, err);
	statement_give(conn, stmt);
	return ok;
}

bool sqlite_remove(struct conn *base, const struct table *table, const struct condition *where,
		   int where_count, int64_t *removed, struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	char rooms[CONDITIONS_MAX][INSTANT_TEXT_SIZE];
	sqlite3_stmt *stmt;
	bool ok;

	require(!sqlite3_get_autocommit(conn->db));
	buf_reset(&conn->sql);
	buf_put_text(&conn->sql, "delete from ");
	sql_put_name(&conn->sql, table->name);
	sqlite_put_conditions(&conn->sql, table, where, where_count);
	stmt = statement_take(conn, err);
	if (stmt == NULL)
		return false;
	ok = sqlite_bind_conditions(conn, stmt, 1, where, where_count, rooms, err) &&
	     run_counted(conn, stmt, removed, err);
	statement_give(conn, stmt);
	return ok;
}
