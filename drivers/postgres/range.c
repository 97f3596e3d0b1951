/*
 * range.c: reads legacy by key range and by single keys, each read in one snapshot.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "engine/model/row_key.h"

enum { KEYS_A_MESSAGE = 200 };

/* A bound was made by us from a key of this table; what cannot be one is another table's. */
static bool take_bound_key(struct reader *reader, struct span key, struct key_bound *bound,
			   struct err *err)
{
	bool fits;

	if (key.data == NULL)
		return true;
	if (!pg_reader_take_key(reader, key, bound, &fits, err))
		return false;
	if (!fits)
		return err_set(err, ERR_DATA, "the bound %.*s is no key of %s", SPAN_ARGS(key),
			       reader->sources[0].sql.source->table);
	return true;
}

static bool take_range(struct reader *reader, const struct key_range *range, struct err *err)
{
	reader->limits = (struct key_limits){ .above.is_set = false };
	return take_bound_key(reader, range->lower, &reader->limits.above, err) &&
	       take_bound_key(reader, range->upper, &reader->limits.up_to, err);
}

/* ---- rows ---- */

/* What is read of a source for a range: the range, and for the one that is open below also what compares with nothing. */
static int wanted_of_source(const struct source_reader *source, enum rows_wanted wanted,
			    enum rows_wanted list[3])
{
	int count = 0;

	list[count++] = wanted;
	if (wanted == ROWS_UP_TO && source_sql_has_nullable(&source->sql)) {
		list[count++] = ROWS_WITHOUT_KEY;
		if (source->sql.match_count == 0)
			list[count++] = ROWS_LOST;
	}
	return count;
}

/* What compares with nothing below a list that has no key of its own stands in ROWS_LOST alone. */
static bool is_reference(const struct reader *reader, int source_index)
{
	return reader->sources[source_index].sql.source->kind == SOURCE_REFERENCE;
}

static bool has_references(const struct reader *reader)
{
	for (int i = 0; i < reader->set->source_count; i++)
		if (is_reference(reader, i))
			return true;
	return false;
}

static void put_range(struct reader *reader, enum rows_wanted wanted)
{
	buf_reset(&reader->sql);
	pg_snapshot_put_begin(reader, &reader->sql);
	for (int i = 0; i < reader->set->source_count; i++) {
		enum rows_wanted list[3];
		int count = wanted_of_source(&reader->sources[i], wanted, list);

		for (int w = 0; w < count && !is_reference(reader, i); w++)
			pg_reader_put_copy(reader, &reader->sql, i, list[w]);
	}
	if (!has_references(reader))
		pg_snapshot_put_end(&reader->sql);
}

static bool take_range_rows(struct read *read, enum rows_wanted wanted, struct err *err)
{
	struct reader *reader = read->reader;

	for (int i = 0; i < reader->set->source_count; i++) {
		enum rows_wanted list[3];
		int count = wanted_of_source(&reader->sources[i], wanted, list);

		for (int w = 0; w < count && !is_reference(reader, i); w++)
			if (!pg_read_copy(read, i, err))
				return false;
	}
	return true;
}

/* What the rows point at, which is known only now; and the end of the snapshot. */
static bool take_references(struct read *read, struct err *err)
{
	struct reader *reader = read->reader;

	if (!pg_snapshot_finish(reader, err))
		return false;
	if (!has_references(reader))
		return true;
	for (int i = 0; i < reader->set->source_count; i++)
		if (is_reference(reader, i) && !pg_read_reference(read, i, err))
			return false;
	return wire_do(reader->conn, "commit", err);
}

/* Equal rows of sources without a key are one. */
static void fold(struct reader *reader, struct batch *batch)
{
	for (int i = 0; i < reader->set->source_count; i++)
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

/* Send the message that `put` makes, until what legacy looks like is what it was made for. */
static bool send_message(struct reader *reader, void (*put)(void *context), void *context,
			 struct buf *position, struct err *err)
{
	bool again = true;

	while (again) {
		put(context);
		if (!wire_send(reader->conn, reader->sql.data, err) ||
		    !pg_snapshot_take(reader, position, &again, err))
			return false;
	}
	return true;
}

struct range_message {
	struct reader *reader;
	enum rows_wanted wanted;
};

static void put_range_message(void *context)
{
	const struct range_message *message = context;

	put_range(message->reader, message->wanted);
}

bool pg_read_range(struct reader *reader, const struct key_range *range, size_t bytes_max,
		   struct batch *batch, struct buf *position, struct err *err)
{
	struct range_message message = { reader, rows_wanted_of(range) };
	struct read read = read_of(reader, bytes_max, batch);

	arena_reset(&reader->scratch);
	if (!take_range(reader, range, err))
		return false;
	if (send_message(reader, put_range_message, &message, position, err) &&
	    take_range_rows(&read, message.wanted, err) && take_references(&read, err) &&
	    pg_parts_check_types(reader, err)) {
		fold(reader, batch);
		return true;
	}
	pg_snapshot_give_up(reader, true);
	return false;
}

/* ---- single keys ---- */

struct keys_message {
	struct reader *reader;
	struct key_bound *keys;
	size_t key_count;
	bool is_last;
};

static void put_keys(struct keys_message *message)
{
	struct reader *reader = message->reader;

	for (size_t k = 0; k < message->key_count; k++) {
		reader->limits.key = message->keys[k];
		for (int i = 0; i < reader->set->source_count; i++)
			if (!is_reference(reader, i))
				pg_reader_put_copy(reader, &reader->sql, i, ROWS_OF_KEY);
	}
}

static void put_first_keys(void *context)
{
	struct keys_message *message = context;

	buf_reset(&message->reader->sql);
	pg_snapshot_put_begin(message->reader, &message->reader->sql);
	put_keys(message);
}

static bool take_keys(struct read *read, size_t key_count, struct err *err)
{
	for (size_t k = 0; k < key_count; k++)
		for (int i = 0; i < read->reader->set->source_count; i++)
			if (!is_reference(read->reader, i) && !pg_read_copy(read, i, err))
				return false;
	return pg_snapshot_finish(read->reader, err);
}

/* The keys that some row may have, each once; in the scratch arena. */
static bool choose_keys(struct reader *reader, const struct span *keys, size_t key_count,
			struct keys_message *message, struct err *err)
{
	message->keys = arena_zalloc(&reader->scratch, sizeof(*message->keys) * (key_count + 1));
	seen_reset(&reader->seen);
	for (size_t k = 0; k < key_count; k++) {
		bool fits;

		/* A key that is asked for twice is still one row. */
		if (!seen_add(&reader->seen, keys[k]))
			continue;
		if (!pg_reader_take_key(reader, keys[k], &message->keys[message->key_count], &fits,
					err))
			return false;
		if (fits)
			message->key_count++;
	}
	return true;
}

/* The store may take other texts for the same value (1.0 and 1.00): what nobody asked for is taken back. */
static void drop_strangers(struct read *read)
{
	const struct source *root = read->reader->sources[0].sql.source;
	const struct seen *wanted = &read->reader->seen;

	pg_read_drop_others(read, 0, 0, wanted, root->key_columns, root->key_count);
	for (int i = 1; i < read->reader->set->source_count; i++) {
		const struct source *source = read->reader->sources[i].sql.source;
		const int *columns = source_root_columns(source);

		if (source->kind == SOURCE_CHILDREN && columns)
			pg_read_drop_others(read, i, 0, wanted, columns, root->key_count);
	}
}

static bool read_all_keys(struct read *read, struct keys_message *message, struct buf *position,
			  struct err *err)
{
	struct reader *reader = read->reader;
	struct keys_message part = *message;

	part.key_count = message->key_count < KEYS_A_MESSAGE ? message->key_count : KEYS_A_MESSAGE;
	if (!send_message(reader, put_first_keys, &part, position, err) ||
	    !take_keys(read, part.key_count, err))
		return false;
	for (size_t k = part.key_count; k < message->key_count; k += part.key_count) {
		part.keys = message->keys + k;
		part.key_count = message->key_count - k < KEYS_A_MESSAGE ? message->key_count - k
									 : KEYS_A_MESSAGE;
		buf_reset(&reader->sql);
		put_keys(&part);
		if (!wire_send(reader->conn, reader->sql.data, err) ||
		    !take_keys(read, part.key_count, err))
			return false;
	}
	return true;
}

bool pg_read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		  struct batch *batch, struct buf *position, struct err *err)
{
	struct read read = read_of(reader, 0, batch);
	struct keys_message message = { .reader = reader };

	arena_reset(&reader->scratch);
	if (!choose_keys(reader, keys, key_count, &message, err))
		return false;
	if (read_all_keys(&read, &message, position, err)) {
		drop_strangers(&read);
		if (take_references(&read, err) &&
		    (has_references(reader) || wire_do(reader->conn, "commit", err)) &&
		    pg_parts_check_types(reader, err)) {
			fold(reader, batch);
			return true;
		}
	}
	pg_snapshot_give_up(reader, true);
	return false;
}

/* ---- bounds ---- */

struct bound_message {
	struct reader *reader;
	enum rows_wanted wanted;
	uint32_t count;
};

static void put_bound_message(void *context)
{
	const struct bound_message *message = context;
	struct reader *reader = message->reader;

	buf_reset(&reader->sql);
	pg_snapshot_put_begin(reader, &reader->sql);
	pg_reader_put_bound(reader, &reader->sql, message->wanted);
	buf_print(&reader->sql, " limit 2 offset %lu;", (unsigned long)message->count - 1);
	pg_snapshot_put_end(&reader->sql);
}

/* A field of a result as a cell; binary is in hex. */
static bool cell_of_field(struct reader *reader, const PGresult *result, int column,
			  struct cell *cell)
{
	struct span text = arena_copy(&reader->scratch, pg_field_text(result, 0, column));

	*cell = (struct cell){ text.data, (uint32_t)text.size, CELL_TEXT };
	if (pg_match_column(&reader->sources[0], column)->is_bytes) {
		struct span bytes = key_part_bytes(text, &reader->scratch);

		*cell = (struct cell){ bytes.data, (uint32_t)bytes.size, CELL_BYTES };
	}
	return !PQgetisnull(result, 0, column);
}

static bool key_of_result(struct reader *reader, const PGresult *result, struct err *err)
{
	struct cell cells[KEY_PARTS_MAX];
	int places[KEY_PARTS_MAX];

	for (int i = 0; i < reader->part_count; i++) {
		if (!cell_of_field(reader, result, i, &cells[reader->part_order[i]]))
			return err_set(err, ERR_DATA, "the key column %s.%s is NULL in some row",
				       reader->sources[0].sql.source->table, PQfname(result, i));
		places[i] = i;
	}
	buf_reset(&reader->key);
	key_put(&reader->key, cells, places, reader->part_count);
	return true;
}

/* The first row is the bound if another one follows. */
static bool take_bound(struct reader *reader, struct arena *arena, struct span *bound,
		       struct err *err)
{
	PGresult *result;
	bool ok = true;

	if (!wire_next(reader->conn, &result, err))
		return false;
	if (PQntuples(result) > 0)
		ok = key_of_result(reader, result, err);
	if (ok && PQntuples(result) > 1)
		*bound = arena_copy(arena, buf_span(&reader->key));
	PQclear(result);
	return ok && pg_snapshot_finish(reader, err);
}

bool pg_find_bound(struct reader *reader, const struct key_range *range, uint32_t count,
		   struct arena *arena, struct span *bound, struct err *err)
{
	struct bound_message message = { reader, rows_wanted_of(range), count };

	*bound = SPAN_NONE;
	arena_reset(&reader->scratch);
	if (!take_range(reader, range, err))
		return false;
	if (send_message(reader, put_bound_message, &message, NULL, err) &&
	    take_bound(reader, arena, bound, err))
		return true;
	pg_snapshot_give_up(reader, true);
	return false;
}

/* ---- counting ---- */

static void put_count_message(void *context)
{
	struct reader *reader = context;

	buf_reset(&reader->sql);
	buf_print(&reader->sql, "set statement_timeout = '%ds';", WALK_SECONDS_MAX);
	pg_snapshot_put_begin(reader, &reader->sql);
	/* Equal rows of a table without a key are one. */
	buf_print(&reader->sql, "select count(%s) from %s;",
		  reader->sources[0].sql.source->is_keyless ? "distinct \"*\"" : "*",
		  reader->sources[0].sql.from);
	pg_snapshot_put_end(&reader->sql);
}

static bool take_count(struct reader *reader, int64_t *count, struct err *err)
{
	PGresult *result;

	if (!wire_next(reader->conn, &result, err))
		return false;
	*count = pg_field_int(result, 0, 0);
	PQclear(result);
	return pg_snapshot_finish(reader, err);
}

bool pg_count_roots(struct reader *reader, int64_t *count, struct err *err)
{
	struct pg_conn *conn = reader->conn;
	struct err ignored = { ERR_NONE, "" };
	char sql[60];
	bool ok;

	arena_reset(&reader->scratch);
	conn->answer_seconds = WALK_SECONDS_MAX + ANSWER_SECONDS_MAX;
	ok = send_message(reader, put_count_message, reader, NULL, err) &&
	     take_count(reader, count, err);
	conn->answer_seconds = ANSWER_SECONDS_MAX;
	if (!ok)
		pg_snapshot_give_up(reader, true);
	snprintf(sql, sizeof(sql), "set statement_timeout = '%ds'", STATEMENT_SECONDS_MAX);
	return wire_do(conn, sql, ok ? err : &ignored) && ok;
}
