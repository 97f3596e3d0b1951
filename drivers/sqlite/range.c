/*
 * range.c: reads legacy by key range and by single keys, each read in one snapshot.
 */
#include <string.h>

#include "drivers/sqlite/reader_internal.h"
#include "engine/base/json.h"
#include "engine/model/key.h"
#include "engine/model/row_key.h"

/* A bound was made by us from a key of this table; what cannot be one is another table's. */
static bool bind_bound(struct reader *reader, sqlite3_stmt *stmt, int first, struct span key,
		       struct key_bound *bound, struct err *err)
{
	bool fits;

	if (!reader_bind_key(reader, stmt, first, key, bound, &fits, err))
		return false;
	if (!fits)
		return err_set(err, ERR_DATA, "the bound %.*s is no key of %s", SPAN_ARGS(key),
			       reader->sources[0].sql.source->table);
	return true;
}

static bool bind_range(struct reader *reader, sqlite3_stmt *stmt, const struct key_range *range,
		       int *bound_count, struct err *err)
{
	struct key_limits *limits = &reader->limits;
	int first = 1;

	*limits = (struct key_limits){ .is_one_key = false };
	if (range->lower.data) {
		if (!bind_bound(reader, stmt, first, range->lower, &limits->above, err))
			return false;
		first += reader->part_count;
	}
	if (range->upper.data) {
		if (!bind_bound(reader, stmt, first, range->upper, &limits->up_to, err))
			return false;
		first += reader->part_count;
	}
	*bound_count = first - 1;
	return true;
}

/* ---- rows ---- */

static bool within_budget(const struct read *read, struct err *err)
{
	size_t grown = read->batch->arena->used_bytes - read->used_before;

	if (read->bytes_max == 0 || grown <= read->bytes_max)
		return true;
	return err_set(err, ERR_TOO_LARGE, "the rows take more than %zu bytes", read->bytes_max);
}

static bool read_row(struct read *read, int source_index, sqlite3_stmt *stmt, struct err *err)
{
	struct reader *reader = read->reader;
	int column_count = reader->sources[source_index].sql.source->column_count;
	struct cell *row;

	if (source_index == 0 && !reader_check_key(reader, stmt, reader->sources[0].sql.match, err))
		return false;
	if (!reader_check_within(reader, source_index, stmt, err))
		return false;
	row = batch_add_row(read->batch, source_index);
	cells_read(stmt, column_count, read->batch->arena, row, reader->numbers);
	return within_budget(read, err);
}

bool read_rows(struct read *read, int source_index, sqlite3_stmt *stmt, struct err *err)
{
	struct reader *reader = read->reader;
	bool ok = true;
	int code = SQLITE_ROW;

	while (ok && (code = sqlite3_step(stmt)) == SQLITE_ROW)
		ok = read_row(read, source_index, stmt, err);
	if (ok && code != SQLITE_DONE) {
		sqlite_failure(reader->conn, code, err);
		ok = false;
	}
	sqlite3_reset(stmt);
	if (!ok)
		err_while(err, "table %s", reader->sources[source_index].sql.source->table);
	return ok;
}

static bool read_source_range(struct read *read, int source_index, const struct key_range *range,
			      struct err *err)
{
	struct reader *reader = read->reader;
	enum rows_wanted wanted = rows_wanted_of(range);
	sqlite3_stmt *stmt = reader_rows(reader, source_index, wanted, err);
	int bound_count;

	if (stmt == NULL || !bind_range(reader, stmt, range, &bound_count, err) ||
	    !read_rows(read, source_index, stmt, err))
		return false;
	/* Rows without a key compare with nothing: the range that is open below takes them. */
	if (wanted != ROWS_UP_TO || !source_sql_has_nullable(&reader->sources[source_index].sql))
		return true;
	stmt = reader_rows(reader, source_index, ROWS_WITHOUT_KEY, err);
	if (stmt == NULL || !read_rows(read, source_index, stmt, err))
		return false;
	if (reader->sources[source_index].sql.match_count > 0)
		return true;
	stmt = reader_rows(reader, source_index, ROWS_LOST, err);
	return stmt && read_rows(read, source_index, stmt, err);
}

static bool put_position(struct reader *reader, struct buf *position, struct err *err)
{
	struct json_writer json;
	int64_t data_version;

	if (position == NULL)
		return true;
	if (!sqlite_number(reader->conn, "pragma data_version", &data_version, err))
		return false;
	json_writer_init(&json, position);
	json_open(&json, '{');
	json_key(&json, "schema_version");
	json_int(&json, reader->schema_version);
	json_key(&json, "data_version");
	json_int(&json, data_version);
	json_close(&json, '}');
	return true;
}

/* Equal rows of children without a key are one. */
static void fold_children(struct reader *reader, struct batch *batch)
{
	for (int i = 1; i < reader->set->source_count; i++)
		if (reader->set->sources[i].is_keyless)
			row_key_fold_batch(batch, i);
}

static struct read read_of(struct reader *reader, size_t bytes_max, struct batch *batch)
{
	return (struct read){ .reader = reader,
			      .batch = batch,
			      .used_before = batch->arena->used_bytes,
			      .bytes_max = bytes_max };
}

bool sqlite_read_range(struct reader *reader, const struct key_range *range, size_t bytes_max,
		       struct batch *batch, struct buf *position, struct err *err)
{
	struct read read = read_of(reader, bytes_max, batch);
	bool ok = true;

	if (!snapshot_begin(reader, err))
		return false;
	for (int i = 0; i < reader->set->source_count && ok; i++) {
		if (reader->set->sources[i].kind == SOURCE_REFERENCE)
			ok = read_reference(&read, i, err);
		else
			ok = read_source_range(&read, i, range, err);
	}
	ok = ok && put_position(reader, position, err);
	if (ok)
		fold_children(reader, batch);
	snapshot_end(reader);
	return ok;
}

/* ---- single keys ---- */

static bool read_key(struct read *read, int source_index, struct span key, struct err *err)
{
	sqlite3_stmt *stmt = reader_rows(read->reader, source_index, ROWS_OF_KEY, err);
	bool fits;

	if (stmt == NULL ||
	    !reader_bind_key(read->reader, stmt, 1, key, &read->reader->limits.up_to, &fits, err))
		return false;
	read->reader->limits.is_one_key = true;
	return !fits || read_rows(read, source_index, stmt, err);
}

static bool read_root_keys(struct read *read, const struct span *keys, size_t key_count,
			   struct err *err)
{
	struct reader *reader = read->reader;

	seen_reset(&reader->seen);
	for (size_t k = 0; k < key_count; k++) {
		/* A key that is asked for twice is still one row. */
		if (!seen_add(&reader->seen, keys[k]))
			continue;
		for (int i = 0; i < reader->set->source_count; i++)
			if (reader->set->sources[i].kind != SOURCE_REFERENCE &&
			    !read_key(read, i, keys[k], err))
				return false;
	}
	return true;
}

bool sqlite_read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		      struct batch *batch, struct buf *position, struct err *err)
{
	struct read read = read_of(reader, 0, batch);
	bool ok;

	if (!snapshot_begin(reader, err))
		return false;
	ok = read_root_keys(&read, keys, key_count, err);
	for (int i = 0; i < reader->set->source_count && ok; i++)
		if (reader->set->sources[i].kind == SOURCE_REFERENCE)
			ok = read_reference(&read, i, err);
	ok = ok && put_position(reader, position, err);
	if (ok)
		fold_children(reader, batch);
	snapshot_end(reader);
	return ok;
}

/* ---- bounds ---- */

/* The row the statement stands on is the bound if another one follows. */
static bool take_bound(struct reader *reader, sqlite3_stmt *stmt, struct arena *arena,
		       struct span *bound, struct err *err)
{
	static const int columns[KEY_PARTS_MAX] = { 0, 1, 2, 3, 4, 5, 6, 7 };
	struct cell cells[KEY_PARTS_MAX];
	int places[KEY_PARTS_MAX];
	int code = sqlite3_step(stmt);

	if (code == SQLITE_DONE)
		return true;
	if (code != SQLITE_ROW)
		return sqlite_failure(reader->conn, code, err);
	if (!reader_check_key(reader, stmt, columns, err))
		return false;
	cells_read(stmt, reader->part_count, &reader->scratch, cells, reader->numbers);
	for (int i = 0; i < reader->part_count; i++)
		places[reader->part_order[i]] = i;
	buf_reset(&reader->key);
	key_put(&reader->key, cells, places, reader->part_count);
	code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*bound = arena_copy(arena, buf_span(&reader->key));
	else if (code != SQLITE_DONE)
		return sqlite_failure(reader->conn, code, err);
	return true;
}

bool sqlite_find_bound(struct reader *reader, const struct key_range *range, uint32_t count,
		       struct arena *arena, struct span *bound, struct err *err)
{
	sqlite3_stmt *stmt;
	int bound_count = 0;
	bool ok;

	*bound = SPAN_NONE;
	if (!snapshot_begin(reader, err))
		return false;
	stmt = reader_bound(reader, rows_wanted_of(range), err);
	ok = stmt && bind_range(reader, stmt, range, &bound_count, err);
	if (ok) {
		sqlite3_bind_int64(stmt, bound_count + 1, (int64_t)count - 1);
		ok = take_bound(reader, stmt, arena, bound, err);
	}
	sqlite3_reset(stmt);
	snapshot_end(reader);
	return ok;
}

bool sqlite_count_roots(struct reader *reader, int64_t *count, struct err *err)
{
	struct buf sql;
	bool ok;

	if (!snapshot_begin(reader, err))
		return false;
	patience_begin(reader->conn, WALK_SECONDS_MAX);
	buf_init(&sql);
	buf_put_text(&sql, "select count(*) from ");
	buf_put_text(&sql, reader->sources[0].sql.from);
	ok = sqlite_number(reader->conn, sql.data, count, err);
	buf_release(&sql);
	snapshot_end(reader);
	return ok;
}
