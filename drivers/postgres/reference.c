/*
 * reference.c: the rows that a source points at, each once.
 *
 * What is wanted is known from the rows that were just read; the distinct values are looked up together, by the
 * reference's key. PostgreSQL compares by its own rules (type, collation), the engine joins by canonical texts: SQL
 * only preselects, and what differs in its texts is dropped again here.
 */
#include "drivers/postgres/reader_internal.h"
#include "engine/model/key.h"

enum { VALUES_A_STATEMENT = 1000 };

/* The key these cells make, in reader->key; no data when one is NULL or was cut. */
static struct span key_of(struct reader *reader, const struct cell *row, const int *columns,
			  int column_count)
{
	for (int i = 0; i < column_count; i++)
		if (row[columns[i]].kind == CELL_NULL || row[columns[i]].kind == CELL_CUT)
			return SPAN_NONE;
	buf_reset(&reader->key);
	key_put(&reader->key, row, columns, column_count);
	return buf_span(&reader->key);
}

void pg_read_drop_others(struct read *read, int source_index, size_t kept,
			 const struct seen *wanted, const int *columns, int column_count)
{
	struct rowset *rowset = &read->batch->rowsets[source_index];
	size_t width = (size_t)rowset->column_count;

	for (size_t i = kept; i < rowset->row_count; i++) {
		const struct cell *row = rowset_row(rowset, i);
		struct span key = key_of(read->reader, row, columns, column_count);

		if (key.data == NULL || !seen_has(wanted, key))
			continue;
		for (size_t column = 0; column < width; column++)
			rowset->cells[kept * width + column] = row[column];
		kept++;
	}
	rowset->row_count = kept;
}

/* The canonical text of a cell as the store would write it: binary in hex. */
static struct span text_of(struct reader *reader, const struct cell *cell)
{
	struct buf hex;
	struct span text;

	if (cell->kind == CELL_TEXT)
		return cell_span(cell);
	buf_init(&hex);
	buf_put_text(&hex, "\\x");
	for (uint32_t i = 0; i < cell->size; i++)
		buf_print(&hex, "%02x", (unsigned char)cell->data[i]);
	text = arena_copy(&reader->scratch, buf_span(&hex));
	buf_release(&hex);
	return text;
}

/* Is it looked up as it lies there? Other types are compared by how they are written, which no index serves. */
static bool is_typed(const struct source_reader *reference)
{
	for (int i = 0; i < reference->sql.match_count; i++)
		if (pg_match_column(reference, i)->key_class == KEY_OTHER)
			return false;
	return true;
}

static void put_column(struct buf *sql, const struct source_reader *reference, int i)
{
	bool typed = is_typed(reference);

	buf_put_text(sql, typed ? "" : "concat(");
	sql_put_name(sql, pg_match_column(reference, i)->name);
	buf_put_text(sql, typed ? "" : ")");
}

static void put_columns(struct buf *sql, const struct source_reader *reference)
{
	buf_put_text(sql, reference->sql.match_count > 1 ? "(" : "");
	for (int i = 0; i < reference->sql.match_count; i++) {
		buf_put_text(sql, i > 0 ? ", " : "");
		put_column(sql, reference, i);
	}
	buf_put_text(sql, reference->sql.match_count > 1 ? ")" : "");
}

/* The value that a row points with, or nothing: then no row can be what it points at. */
static bool put_value(struct reader *reader, struct buf *sql, const struct source_reader *reference,
		      const struct cell *from, bool is_first)
{
	const int *columns = reference->sql.source->from_columns;
	bool is_row = reference->sql.match_count > 1;

	if (is_typed(reference))
		for (int i = 0; i < reference->sql.match_count; i++)
			if (!pg_reader_text_fits(reader, pg_match_column(reference, i),
						 text_of(reader, &from[columns[i]])))
				return false;
	buf_put_text(sql, is_first ? "" : ", ");
	buf_put_text(sql, is_row ? "(" : "");
	for (int i = 0; i < reference->sql.match_count; i++) {
		struct span text = text_of(reader, &from[columns[i]]);

		buf_put_text(sql, i > 0 ? ", " : "");
		if (is_typed(reference))
			pg_sql_put_sought(reader->conn, sql, pg_match_column(reference, i), text);
		else
			pg_sql_put_literal(reader->conn, sql, text);
	}
	buf_put_text(sql, is_row ? ")" : "");
	return true;
}

static void put_head(struct reader *reader, int source_index)
{
	const struct source_reader *reference = &reader->sources[source_index];
	struct buf *sql = &reader->sql;

	pg_reader_put_columns(reader, sql, source_index);
	buf_print(sql, " from %s where ", reference->sql.from);
	put_columns(sql, reference);
	buf_put_text(sql, " in (");
}

static bool run(struct read *read, int source_index, struct err *err)
{
	struct reader *reader = read->reader;
	const struct source *source = reader->sources[source_index].sql.source;
	size_t kept = read->batch->rowsets[source_index].row_count;

	buf_put_text(&reader->sql, ")) to stdout");
	if (!wire_send(reader->conn, reader->sql.data, err) ||
	    !pg_read_copy(read, source_index, err) || !pg_snapshot_finish(reader, err))
		return false;
	/* By what this statement asked for alone: another spelling of a value, asked for by another statement, may
	 * have brought the same row. */
	pg_read_drop_others(read, source_index, kept, &reader->asked, source->key_columns,
			    source->key_count);
	return true;
}

/* Look up the values of the source's rows from *row on, as many as go into one statement. */
static bool look_up_some(struct read *read, int source_index, size_t *row, struct err *err)
{
	struct reader *reader = read->reader;
	const struct source_reader *reference = &reader->sources[source_index];
	const struct source *source = reference->sql.source;
	const struct rowset *from = &read->batch->rowsets[source->from_source];
	int count = 0;

	seen_reset(&reader->asked);
	buf_reset(&reader->sql);
	buf_put_text(&reader->sql, "copy (");
	put_head(reader, source_index);
	for (; *row < from->row_count && count < VALUES_A_STATEMENT; ++*row) {
		const struct cell *cells = rowset_row(from, *row);
		struct span key = key_of(reader, cells, source->from_columns, source->key_count);

		if (key.data == NULL || !seen_add(&reader->seen, key) ||
		    !seen_add(&reader->asked, key) ||
		    !put_value(reader, &reader->sql, reference, cells, count == 0))
			continue;
		count++;
	}
	return count == 0 || run(read, source_index, err);
}

bool pg_read_reference(struct read *read, int source_index, struct err *err)
{
	struct reader *reader = read->reader;
	const struct source *source = reader->sources[source_index].sql.source;
	const struct rowset *from = &read->batch->rowsets[source->from_source];
	size_t row = 0;

	seen_reset(&reader->seen);
	while (row < from->row_count)
		if (!look_up_some(read, source_index, &row, err))
			return false;
	return true;
}

void pg_reference_put_example(struct reader *reader, int source_index)
{
	const struct source_reader *reference = &reader->sources[source_index];
	bool is_row = reference->sql.match_count > 1;

	put_head(reader, source_index);
	buf_put_text(&reader->sql, is_row ? "(" : "");
	for (int i = 0; i < reference->sql.match_count; i++) {
		const struct shape_column *column = pg_match_column(reference, i);
		struct span text = span_of(pg_key_any_value(column));

		buf_put_text(&reader->sql, i > 0 ? ", " : "");
		if (is_typed(reference))
			pg_sql_put_sought(reader->conn, &reader->sql, column, text);
		else
			pg_sql_put_literal(reader->conn, &reader->sql, text);
	}
	buf_put_text(&reader->sql, is_row ? "))" : ")");
}
