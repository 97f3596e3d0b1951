/*
 * insert.c: rows into a target: by COPY in its binary form, or one by one where a value is the store's to say.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/require.h"

enum { FEW_ROWS = 3, COPY_BYTES = 1 << 16 };

/* The signature, no flags, no extension. */
static const char copy_head[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";
enum { COPY_HEAD_SIZE = 19 };
/* Of a field beside its text: its size, and jsonb's version or a number. */
enum { FIELD_BYTES = sizeof(uint32_t) + PG_NUMBER_SIZE };

static void put_columns(struct buf *sql, const struct table *table)
{
	buf_put_text(sql, " (");
	sql_put_column_names(sql, table, table->column_count);
	buf_put_char(sql, ')');
}

/* A trigger or a rule of the store may keep rows to itself without a word. */
static bool check_taken(const PGresult *result, size_t row_count, struct err *err)
{
	const char *taken = PQcmdTuples((PGresult *)result);

	if (strtoull(taken, NULL, 10) == row_count)
		return true;
	return err_set(
	    err, ERR_DATA,
	    "PostgreSQL took %s of %zu rows: a trigger or rule of its own keeps the others",
	    *taken ? taken : "none", row_count);
}

/* ---- one by one ---- */

static void put_insert(struct pg_conn *conn, const struct table *table, const struct datum *row)
{
	struct buf *sql = &conn->sql;

	buf_reset(sql);
	buf_put_text(sql, "insert into ");
	pg_sql_put_table(conn, sql, table->name);
	put_columns(sql, table);
	for (int i = 0; i < table->column_count; i++) {
		buf_put_text(sql, i == 0 ? " values (" : ", ");
		if (row[i].kind == DATUM_NOW)
			buf_put_text(sql, "clock_timestamp() + ");
		buf_print(sql, "$%d", i + 1);
		if (row[i].kind == DATUM_NOW)
			buf_put_text(sql, " * interval '1 microsecond'");
	}
	buf_put_char(sql, ')');
}

static bool insert_row(struct pg_conn *conn, const struct table *table, const struct datum *row,
		       struct err *err)
{
	struct parameter parameters[TABLE_COLUMNS_MAX];
	size_t size = 1;
	PGresult *result;
	bool ok;

	for (int i = 0; i < table->column_count; i++)
		size += row[i].kind == DATUM_TEXT ? row[i].text.size + 1 : sizeof(int64_t);
	buf_reset(&conn->copy);
	buf_reserve(&conn->copy, size);
	for (int i = 0; i < table->column_count; i++)
		parameters[i] = pg_value_of(table->columns[i].kind, &row[i], &conn->copy);
	put_insert(conn, table, row);
	result = pg_statement_run(conn, parameters, table->column_count, err);
	ok = result && check_taken(result, 1, err);
	PQclear(result);
	return ok;
}

/* ---- by COPY ---- */

static char *put_count(char *at, uint16_t count)
{
	uint16_t big_endian = htobe16(count);

	return (char *)memcpy(at, &big_endian, sizeof(big_endian)) + sizeof(big_endian);
}

static char *put_size(char *at, uint32_t size)
{
	uint32_t big_endian = htobe32(size);

	return (char *)memcpy(at, &big_endian, sizeof(big_endian)) + sizeof(big_endian);
}

static char *put_text(char *at, enum table_kind kind, struct span text)
{
	bool is_json = kind == TABLE_JSON;

	require(text.size < INT32_MAX);
	at = put_size(at, (uint32_t)text.size + is_json);
	if (is_json)
		*at++ = PG_JSONB_VERSION;
	if (text.size)
		memcpy(at, text.data, text.size);
	return at + text.size;
}

static char *put_field(char *at, enum table_kind kind, const struct datum *datum)
{
	switch (datum->kind) {
	case DATUM_NULL:
		return put_size(at, UINT32_MAX);
	case DATUM_TEXT:
		return put_text(at, kind, datum->text);
	default:
		at = put_size(at, PG_NUMBER_SIZE);
		pg_value_put_number(datum, at);
		return at + PG_NUMBER_SIZE;
	}
}

static void put_row(struct buf *out, const struct table *table, const struct datum *row)
{
	size_t size = sizeof(uint16_t);
	char *at;

	for (int i = 0; i < table->column_count; i++)
		size += FIELD_BYTES + (row[i].kind == DATUM_TEXT ? row[i].text.size : 0);
	buf_reserve(out, size);
	at = put_count(out->data + out->size, (uint16_t)table->column_count);
	for (int i = 0; i < table->column_count; i++)
		at = put_field(at, table->columns[i].kind, &row[i]);
	*at = '\0';
	out->size = (size_t)(at - out->data);
}

static bool put_rows(struct pg_conn *conn, const struct table *table, const struct datum *rows,
		     size_t row_count, struct err *err)
{
	struct buf *out = &conn->copy;
	char end[sizeof(uint16_t)];

	buf_reset(out);
	buf_put(out, copy_head, COPY_HEAD_SIZE);
	for (size_t r = 0; r < row_count; r++) {
		put_row(out, table, rows);
		rows += table->column_count;
		if (out->size < COPY_BYTES)
			continue;
		if (!wire_copy_put(conn, out, err))
			return false;
		buf_reset(out);
	}
	put_count(end, UINT16_MAX);
	buf_put(out, end, sizeof(end));
	return wire_copy_put(conn, out, err) && wire_copy_end(conn, err);
}

/* What comes after the rows: how many there were, or why not. */
static bool finish(struct pg_conn *conn, size_t row_count, struct err *err)
{
	PGresult *result = NULL, *end = NULL;
	bool ok;

	ok = wire_next(conn, &result, err) && wire_next(conn, &end, err) &&
	     check_taken(result, row_count, err);
	PQclear(end);
	PQclear(result);
	return ok;
}

static bool copy_rows(struct pg_conn *conn, const struct table *table, const struct datum *rows,
		      size_t row_count, struct err *err)
{
	PGresult *result;
	bool ok;

	buf_reset(&conn->sql);
	buf_put_text(&conn->sql, "copy ");
	pg_sql_put_table(conn, &conn->sql, table->name);
	put_columns(&conn->sql, table);
	buf_put_text(&conn->sql, " from stdin (format binary)");
	ok = wire_send(conn, conn->sql.data, err) && wire_next(conn, &result, err);
	if (ok) {
		PQclear(result);
		ok = put_rows(conn, table, rows, row_count, err) && finish(conn, row_count, err);
	}
	if (!ok)
		wire_drain(conn, false);
	return ok;
}

static bool has_now(const struct datum *rows, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].kind == DATUM_NOW)
			return true;
	return false;
}

bool pg_insert(struct conn *base, const struct table *table, const struct datum *rows,
	       size_t row_count, struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	size_t width = (size_t)table->column_count;

	require(conn->is_in_transaction);
	if (row_count > (size_t)FEW_ROWS && !has_now(rows, row_count * width))
		return copy_rows(conn, table, rows, row_count, err);
	for (size_t i = 0; i < row_count; i++)
		if (!insert_row(conn, table, rows + i * width, err))
			return false;
	return true;
}
