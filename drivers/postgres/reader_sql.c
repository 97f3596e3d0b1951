/*
 * reader_sql.c: the statements that legacy is sent.
 */
#include "drivers/postgres/reader_internal.h"

static void put_limit(void *context, struct buf *sql, int part, enum rows_wanted which)
{
	struct reader *reader = context;
	const struct key_limits *limits = &reader->limits;
	const struct shape_column *column = pg_match_column(&reader->sources[0], part);

	if (which == ROWS_OF_KEY)
		pg_sql_put_sought(reader->conn, sql, column, limits->key.parts[part]);
	else
		pg_sql_put_typed(reader->conn, sql, column,
				 which == ROWS_ABOVE ? limits->above.parts[part]
						     : limits->up_to.parts[part]);
}

static const struct shape_column *long_column(const struct reader *reader, int source_index, int i)
{
	const struct source_reader *source = &reader->sources[source_index];
	int at = source->columns[i];

	return reader->cuts && at >= 0 && source->shape.columns[at].is_long
		   ? &source->shape.columns[at]
		   : NULL;
}

/* The column's text, or binary; concat() writes any type as it would be sent. */
static void put_whole(struct buf *sql, const struct shape_column *column)
{
	buf_put_text(sql, column->is_bytes ? "" : "concat(");
	sql_put_name(sql, column->name);
	buf_put_text(sql, column->is_bytes ? "" : ")");
}

static void put_is_long(struct buf *sql, const struct shape_column *column)
{
	buf_put_text(sql, "case when octet_length(");
	put_whole(sql, column);
	buf_print(sql, ") > %d then ", CELL_BYTES_MAX);
}

static void put_bytes(const struct reader *reader, struct buf *sql,
		      const struct shape_column *column)
{
	buf_put_text(sql, column->is_bytes ? "" : "convert_to(");
	put_whole(sql, column);
	if (!column->is_bytes)
		buf_put_text(sql, reader->conn->is_raw ? ", 'SQL_ASCII')" : ", 'UTF8')");
}

/* "1048577:" and the hex digits of its first bytes and of its digest. */
static void put_cut(const struct reader *reader, struct buf *sql, const struct shape_column *column)
{
	put_is_long(sql, column);
	buf_put_text(sql, "octet_length(");
	put_bytes(reader, sql, column);
	buf_put_text(sql, ") || ':' || encode(substr(");
	put_bytes(reader, sql, column);
	buf_print(sql, ", 1, %d) || substr(sha256(", CELL_KEPT_BYTES);
	put_bytes(reader, sql, column);
	buf_put_text(sql, "), 1, 16), 'hex') end");
}

void pg_reader_put_columns(struct reader *reader, struct buf *sql, int source_index)
{
	const struct source *source = reader->sources[source_index].sql.source;
	const struct shape_column *column;

	for (int i = 0; i < source->column_count; i++) {
		buf_put_text(sql, i == 0 ? "select " : ", ");
		column = long_column(reader, source_index, i);
		if (column)
			put_is_long(sql, column);
		buf_put_text(sql, column ? "null else " : "");
		source_sql_put_column(sql, source, i);
		buf_put_text(sql, column ? " end" : "");
	}
	for (int i = 0; i < source->column_count; i++) {
		column = long_column(reader, source_index, i);
		buf_put_text(sql, column ? ", " : "");
		if (column)
			put_cut(reader, sql, column);
	}
}

void pg_reader_put_select(struct reader *reader, struct buf *sql, int source_index,
			  enum rows_wanted wanted)
{
	const struct source_sql *sources[SOURCES_MAX];
	struct sql_wanted rows = { wanted, put_limit, reader };

	for (int i = 0; i < reader->set->source_count; i++)
		sources[i] = &reader->sources[i].sql;
	pg_reader_put_columns(reader, sql, source_index);
	source_sql_put_from(sql, sources, source_index, &rows);
}

void pg_reader_put_copy(struct reader *reader, struct buf *sql, int source_index,
			enum rows_wanted wanted)
{
	buf_put_text(sql, "copy (");
	pg_reader_put_select(reader, sql, source_index, wanted);
	buf_put_text(sql, ") to stdout;");
}

void pg_reader_put_bound(struct reader *reader, struct buf *sql, enum rows_wanted wanted)
{
	struct sql_wanted rows = { wanted, put_limit, reader };

	source_sql_put_bound(sql, &reader->sources[0].sql, &rows);
}
