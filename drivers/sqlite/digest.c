/*
 * digest.c: a digest of rows made inside SQLite, by an aggregate function that hashes them as they pass.
 *
 * What counts is what is stored: the storage class and the bytes, so that 1, 1.0 and '1' are three values.
 */
#include <string.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "drivers/support/image.h"
#include "engine/base/require.h"

#define FUNCTION "engine_digest"

static uint64_t bits_of(double number)
{
	uint64_t bits;

	memcpy(&bits, &number, sizeof(bits));
	return bits;
}

static void put_value(struct buf *image, sqlite3_value *value)
{
	struct span bytes;

	switch (sqlite3_value_type(value)) {
	case SQLITE_INTEGER:
		image_put_number(image, 'i', (uint64_t)sqlite3_value_int64(value));
		return;
	case SQLITE_FLOAT:
		image_put_number(image, 'r', bits_of(sqlite3_value_double(value)));
		return;
	case SQLITE_TEXT:
		bytes.data = (const char *)sqlite3_value_text(value);
		bytes.size = (size_t)sqlite3_value_bytes(value);
		require(bytes.data != NULL);
		image_put(image, 't', bytes);
		return;
	case SQLITE_BLOB:
		bytes.data = sqlite3_value_blob(value);
		bytes.size = (size_t)sqlite3_value_bytes(value);
		require(bytes.data != NULL || bytes.size == 0);
		image_put(image, 'b', bytes);
		return;
	default:
		image_put(image, '~', SPAN_NONE);
		return;
	}
}

static void add_row(sqlite3_context *context, int count, sqlite3_value **values)
{
	struct sqlite_conn *conn = sqlite3_user_data(context);
	struct digest *sum = sqlite3_aggregate_context(context, sizeof(*sum));

	if (sum == NULL) {
		sqlite3_result_error_nomem(context);
		return;
	}
	buf_reset(&conn->image);
	for (int i = 0; i < count; i++)
		put_value(&conn->image, values[i]);
	digest_add(sum, digest_of(buf_span(&conn->image)));
}

/* As hex: SQLite has no number of 128 bits. */
static void give_sum(sqlite3_context *context)
{
	const struct digest *sum = sqlite3_aggregate_context(context, 0);
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(sum ? *sum : (struct digest){ 0, 0 }, hex);
	sqlite3_result_text(context, hex, DIGEST_HEX_SIZE - 1, SQLITE_TRANSIENT);
}

bool sqlite_add_digest(struct sqlite_conn *conn, struct err *err)
{
	int code = sqlite3_create_function_v2(
	    conn->db, FUNCTION, -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, conn,
	    NULL, add_row, give_sum, NULL);

	return code == SQLITE_OK ? true : sqlite_failure(conn, code, err);
}

static void put_digest(struct buf *sql, const struct query *query)
{
	buf_reset(sql);
	buf_put_text(sql, "select count(*), " FUNCTION);
	for (int i = 0; i < query->column_count; i++) {
		buf_put_text(sql, i == 0 ? "(" : ", ");
		sql_put_name(sql, query->table->columns[query->columns[i]].name);
	}
	buf_put_text(sql, ") from ");
	sql_put_name(sql, query->table->name);
	sqlite_put_conditions(sql, query->table, query->where, query->where_count);
}

static bool take(struct sqlite_conn *conn, sqlite3_stmt *stmt, int64_t *count, struct digest *sum,
		 struct err *err)
{
	int code = sqlite3_step(stmt);
	struct span hex;

	if (code != SQLITE_ROW)
		return sqlite_failure(conn, code, err);
	*count = sqlite3_column_int64(stmt, 0);
	hex.data = (const char *)sqlite3_column_text(stmt, 1);
	hex.size = (size_t)sqlite3_column_bytes(stmt, 1);
	require(digest_from_hex(hex, sum));
	return true;
}

bool sqlite_digest(struct conn *base, const struct query *query, int64_t *count, struct digest *sum,
		   struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	char rooms[CONDITIONS_MAX][INSTANT_TEXT_SIZE];
	sqlite3_stmt *stmt;
	bool ok;

	put_digest(&conn->sql, query);
	stmt = statement_take(conn, err);
	if (stmt == NULL)
		return false;
	ok = sqlite_bind_conditions(conn, stmt, 1, query->where, query->where_count, rooms, err) &&
	     take(conn, stmt, count, sum, err);
	statement_give(conn, stmt);
	return ok;
}

bool sqlite_digest_name(struct conn *conn, const char **name, struct err *err)
{
	(void)conn;
	(void)err;
	*name = "sqlite-1";
	return true;
}
