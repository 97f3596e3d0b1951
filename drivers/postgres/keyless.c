/*
 * keyless.c: a root without a key: what tells its rows apart, worked out by the store.
 *
 * No index serves it, so that each range walks the whole table; but each in one snapshot, and nothing of legacy's is
 * written. What the store works out is the key of row_key.h, byte for byte; whoever reads the rows checks that.
 */
#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "engine/base/require.h"
#include "engine/model/row_key.h"

enum { OID_TEXT = 25, OID_INT4 = 23 };

void pg_keyless_extend_shape(struct arena *arena, struct shape *shape)
{
	int count = shape->column_count;
	struct shape_column *columns = arena_zalloc(arena, sizeof(*columns) * ((size_t)count + 2));

	memcpy(columns, shape->columns, sizeof(*columns) * (size_t)count);
	columns[count] = (struct shape_column){ .name = ROW_KEY_COLUMN,
						.type = "text",
						.base_type = "text",
						.base = OID_TEXT,
						.key_class = KEY_TEXT,
						.collation_name = "C",
						.is_deterministic = true,
						.not_null = true };
	columns[count + 1] = (struct shape_column){ .name = ROW_COPIES_COLUMN,
						    .type = "integer",
						    .base_type = "integer",
						    .base = OID_INT4,
						    .key_class = KEY_INTEGER,
						    .collation_name = "",
						    .is_deterministic = true,
						    .not_null = true };
	shape->columns = columns;
	shape->column_count = count + 2;
}

/* A column's part of what is hashed, '' for NULL: NAME_SIZE:NAME, its kind, SIZE:BYTES. */
static void put_part(const struct reader *reader, struct buf *sql,
		     const struct shape_column *column)
{
	struct buf bytes, name;

	buf_init(&bytes);
	buf_init(&name);
	buf_put_text(&bytes, column->is_bytes ? "" : "convert_to(concat(");
	sql_put_name(&bytes, column->name);
	if (!column->is_bytes)
		buf_print(&bytes, "), '%s')", reader->conn->is_raw ? "SQL_ASCII" : "UTF8");
	buf_print(&name, "%zu:%s", strlen(column->name), column->name);
	buf_put_text(sql, "case when ");
	sql_put_name(sql, column->name);
	buf_print(sql, " is null then ''::bytea when octet_length(%s) > %d then convert_to(",
		  bytes.data, CELL_BYTES_MAX);
	pg_sql_put_literal(reader->conn, sql, buf_span(&name));
	buf_print(sql,
		  " || 'c' || octet_length(%s) || ':' || encode(substr(sha256(%s), 1, 16), 'hex'), "
		  "'UTF8') else convert_to(",
		  bytes.data, bytes.data);
	pg_sql_put_literal(reader->conn, sql, buf_span(&name));
	buf_print(sql, " || '%c' || octet_length(%s) || ':', 'UTF8') || %s end",
		  column->is_bytes ? 'b' : 't', bytes.data, bytes.data);
	buf_release(&name);
	buf_release(&bytes);
}

void pg_keyless_put_from(const struct reader *reader, struct buf *sql, const struct source *source,
			 const struct shape *shape)
{
	bool is_first = true;

	buf_put_text(sql, "(select *, encode(substr(sha256(");
	for (int i = 0; i < source->column_count; i++) {
		int at;

		if (i == source->star_column || i == source->copies_column)
			continue;
		at = pg_shape_find(shape, source->columns[i]);
		buf_put_text(sql, is_first ? "" : " || ");
		is_first = false;
		require(at >= 0);
		put_part(reader, sql, &shape->columns[at]);
	}
	buf_put_text(sql, is_first ? "''::bytea" : "");
	buf_put_text(sql, "), 1, 16), 'hex') collate \"C\" as ");
	sql_put_name(sql, ROW_KEY_COLUMN);
	buf_put_text(sql, ", 1 as ");
	sql_put_name(sql, ROW_COPIES_COLUMN);
	buf_print(sql, " from %s) as ", shape->name);
	sql_put_name(sql, source->table);
}

bool pg_keyless_check(const struct reader *reader, const struct cell *row, struct err *err)
{
	const struct source *source = reader->sources[0].sql.source;
	char key[ROW_KEY_SIZE];

	row_key_of(source, row, key);
	if (span_equal(cell_span(&row[source->star_column]), (struct span){ key, ROW_KEY_SIZE }))
		return true;
	return err_set(
	    err, ERR_BUG,
	    "PostgreSQL and the engine make different keys of a row of %s: %.*s and %.*s",
	    source->table, SPAN_ARGS(cell_span(&row[source->star_column])), ROW_KEY_SIZE, key);
}
