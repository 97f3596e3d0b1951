/*
 * reference.c: the rows that a source points at, each once.
 *
 * What is wanted is known from the rows that were just read; each distinct value is looked up by the
 * reference's key. SQLite compares by its own rules (affinity, collation), the engine joins by
 * canonical texts: SQL only preselects, and what differs in its texts is dropped again here.
 */
#include "drivers/sqlite/reader_internal.h"
#include "engine/model/key.h"

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

/* Take back the rows from `kept` on that nothing points at. */
static void drop_others(struct read *read, int source_index, size_t kept)
{
	const struct source *source = read->reader->sources[source_index].sql.source;
	struct rowset *rowset = &read->batch->rowsets[source_index];
	size_t width = (size_t)rowset->column_count;

	for (size_t i = kept; i < rowset->row_count; i++) {
		const struct cell *row = rowset_row(rowset, i);
		struct span key = key_of(read->reader, row, source->key_columns, source->key_count);

		if (key.data == NULL || !seen_has(&read->reader->seen, key))
			continue;
		for (size_t column = 0; column < width; column++)
			rowset->cells[kept * width + column] = row[column];
		kept++;
	}
	rowset->row_count = kept;
}

/* ---- with an index: value by value ---- */

static int bind_cell(sqlite3_stmt *stmt, int parameter, const struct cell *cell)
{
	if (cell->kind == CELL_BYTES)
		return sqlite3_bind_blob(stmt, parameter, cell->data, (int)cell->size,
					 SQLITE_STATIC);
	return sqlite3_bind_text(stmt, parameter, cell->data, (int)cell->size, SQLITE_STATIC);
}

/* A column without affinity may hold the number 7 where another table has the text '7'. */
static bool bind_number(const struct source_reader *reference, sqlite3_stmt *stmt, int i,
			const struct cell *cell)
{
	int64_t integer;

	if (reference->match_affinity[i] != AFFINITY_NONE || cell->kind != CELL_TEXT ||
	    !integer_from_text(cell_span(cell), &integer))
		return false;
	return sqlite3_bind_int64(stmt, i + 1, integer) == SQLITE_OK;
}

static bool look_up(struct read *read, int source_index, const struct cell *from, struct err *err)
{
	struct reader *reader = read->reader;
	const struct source_reader *reference = &reader->sources[source_index];
	const int *columns = reference->sql.source->from_columns;
	sqlite3_stmt *stmt = reader_rows(reader, source_index, ROWS_OF_KEY, err);
	bool is_number = false;

	if (stmt == NULL)
		return false;
	for (int i = 0; i < reference->sql.match_count; i++)
		if (bind_cell(stmt, i + 1, &from[columns[i]]) != SQLITE_OK)
			return sqlite_failure(reader->conn,
					      sqlite3_extended_errcode(reader->conn->db), err);
	if (!read_rows(read, source_index, stmt, err))
		return false;
	for (int i = 0; i < reference->sql.match_count; i++)
		is_number |= bind_number(reference, stmt, i, &from[columns[i]]);
	return !is_number || read_rows(read, source_index, stmt, err);
}

/* The rows of one value are judged at once, while it is the only one in the set: another spelling of
 * a value that was met before ('A' and 'a' under NOCASE) brings the same row again. */
static bool look_up_and_judge(struct read *read, int source_index, const struct cell *from,
			      struct span wanted, struct err *err)
{
	struct reader *reader = read->reader;
	const struct source *source = reader->sources[source_index].sql.source;
	struct rowset *rowset = &read->batch->rowsets[source_index];
	size_t kept = rowset->row_count;
	size_t width = (size_t)rowset->column_count;

	if (!look_up(read, source_index, from, err))
		return false;
	for (size_t i = kept; i < rowset->row_count; i++) {
		const struct cell *row = rowset_row(rowset, i);
		struct span key = key_of(reader, row, source->key_columns, source->key_count);

		if (!span_equal(key, wanted))
			continue;
		for (size_t column = 0; column < width; column++)
			rowset->cells[kept * width + column] = row[column];
		kept++;
	}
	rowset->row_count = kept;
	return true;
}

bool read_reference(struct read *read, int source_index, struct err *err)
{
	struct reader *reader = read->reader;
	const struct source_reader *reference = &reader->sources[source_index];
	const struct source *source = reference->sql.source;
	const struct rowset *from = &read->batch->rowsets[source->from_source];
	sqlite3_stmt *stmt;

	seen_reset(&reader->seen);
	for (size_t i = 0; i < from->row_count; i++) {
		const struct cell *row = rowset_row(from, i);
		struct span key = key_of(reader, row, source->from_columns, source->key_count);

		if (key.data == NULL || !seen_add(&reader->seen, key) || !reference->is_indexed)
			continue;
		key = arena_copy(&reader->scratch, key);
		if (!look_up_and_judge(read, source_index, row, key, err))
			return false;
	}
	if (reference->is_indexed || reader->seen.used == 0)
		return true;
	/* Without an index every lookup would be a scan: better one scan for all of them. */
	stmt = reader_rows(reader, source_index, ROWS_ALL, err);
	if (stmt == NULL || !read_rows(read, source_index, stmt, err))
		return false;
	drop_others(read, source_index, 0);
	return true;
}
