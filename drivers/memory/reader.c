/*
 * reader.c: reads legacy tables in memory by key range: every row is looked at, nothing is clever.
 *
 * Keys sort as integers where their column says INTEGER, else by bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/memory/reader_internal.h"
#include "engine/base/json.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"
#include "engine/model/key.h"

struct bound {
	bool is_open;
	struct span parts[KEY_PARTS_MAX];
};

struct bounds {
	struct bound lower, upper;
};

bool memory_open_reader(struct conn *base, const struct source_set *sources, struct reader **opened,
			struct err *err)
{
	struct reader *reader = memory_resize(NULL, sizeof(*reader));
	bool ok;

	memset(reader, 0, sizeof(*reader));
	reader->store = memory_of(base)->store;
	reader->set = sources;
	arena_init(&reader->kept);
	arena_init(&reader->scratch);
	buf_init(&reader->key);
	memory_lock(reader->store);
	ok = memory_check_sources(reader, err);
	memory_unlock(reader->store);
	if (!ok) {
		memory_close_reader(reader);
		return false;
	}
	*opened = reader;
	return true;
}

void memory_close_reader(struct reader *reader)
{
	arena_release(&reader->kept);
	arena_release(&reader->scratch);
	buf_release(&reader->key);
	free(reader);
}

/* ---- order ---- */

/* Canonical integers: by sign, by length, by digits. */
static int compare_integers(struct span a, struct span b)
{
	bool a_negative = a.size > 0 && a.data[0] == '-', b_negative = b.size && b.data[0] == '-';
	int order;

	if (a_negative != b_negative)
		return a_negative ? -1 : 1;
	order = a.size != b.size ? (a.size > b.size) - (a.size < b.size) : span_compare(a, b);
	return a_negative ? -order : order;
}

static int compare_parts(const struct reader *reader, const struct span *a, const struct span *b)
{
	for (int i = 0; i < reader->part_count; i++) {
		int order =
		    reader->is_integer[i] ? compare_integers(a[i], b[i]) : span_compare(a[i], b[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

static bool read_bound(struct reader *reader, struct span key, struct bound *bound, struct err *err)
{
	bound->is_open = key.data == NULL;
	return bound->is_open ||
	       key_parts(key, reader->part_count, &reader->scratch, bound->parts, err);
}

static bool read_bounds(struct reader *reader, const struct key_range *range, struct bounds *bounds,
			struct err *err)
{
	return read_bound(reader, range->lower, &bounds->lower, err) &&
	       read_bound(reader, range->upper, &bounds->upper, err);
}

static bool is_named(const struct source_view *view, const struct cell *row,
		     const struct source_view *above, const struct cell *other)
{
	const struct source *source = view->source;

	for (int i = 0; i < source->parent_count; i++) {
		const struct cell *name = &row[view->places[source->parent_columns[i]]];
		const struct cell *key = &other[above->places[source->of_columns[i]]];

		if (name->kind == CELL_NULL || name->kind != key->kind ||
		    !span_equal(cell_span(name), cell_span(key)))
			return false;
	}
	return true;
}

/* Where the key of its root stands: in the row itself, or in that of the row above it, which then takes
 * its place. False when there is none. */
static bool find_root_key(struct reader *reader, int source_index, const struct cell **row,
			  int places[KEY_PARTS_MAX])
{
	const struct source_view *view = &reader->views[source_index];
	const struct source *source = view->source;
	const int *columns = source_root_columns(source);
	const struct legacy_table *table;

	if (source->kind == SOURCE_ROOT || columns) {
		if (source->kind == SOURCE_ROOT)
			columns = source->key_columns;
		for (int i = 0; i < reader->part_count; i++)
			places[i] = view->places[columns[i]];
		return true;
	}
	require(source->of > 0);
	table = memory_table(reader, reader->views[source->of].source);
	for (size_t i = 0; i < table->row_count; i++)
		if (is_named(view, *row, &reader->views[source->of], table->rows[i])) {
			*row = table->rows[i];
			return find_root_key(reader, source->of, row, places);
		}
	return false;
}

/* Rows without a key lie in the range that is open below. */
static bool in_range(const struct reader *reader, const struct bounds *bounds,
		     const struct cell *row, const int *places)
{
	struct span parts[KEY_PARTS_MAX];

	for (int i = 0; i < reader->part_count; i++) {
		if (row[places[i]].kind == CELL_NULL)
			return bounds->lower.is_open;
		parts[i] = cell_span(&row[places[i]]);
	}
	if (!bounds->lower.is_open && compare_parts(reader, parts, bounds->lower.parts) <= 0)
		return false;
	return bounds->upper.is_open || compare_parts(reader, parts, bounds->upper.parts) <= 0;
}

static void places_of(const struct source_view *view, const int *columns, int count,
		      int places[KEY_PARTS_MAX])
{
	for (int i = 0; i < count; i++)
		places[i] = view->places[columns[i]];
}

/* Where the root's key stands in a root row. */
static void key_places(const struct source_view *root, int places[KEY_PARTS_MAX])
{
	places_of(root, root->source->key_columns, root->source->key_count, places);
}

/* ---- rows ---- */

struct read {
	struct reader *reader;
	struct batch *batch;
	size_t used_before, bytes_max;
};

static bool is_integer_text(struct span text)
{
	size_t sign = text.size > 0 && text.data[0] == '-';

	for (size_t i = sign; i < text.size; i++)
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	return text.size > sign;
}

static bool check_key(const struct reader *reader, const struct cell *row, const int *places,
		      struct err *err)
{
	const char *table = reader->views[0].source->table;

	for (int i = 0; i < reader->part_count; i++) {
		const struct cell *cell = &row[places[i]];

		if (cell->kind == CELL_NULL)
			return err_set(err, ERR_DATA, "a key of %s is NULL", table);
		if (reader->is_integer[i] &&
		    (cell->kind != CELL_TEXT || !is_integer_text(cell_span(cell))))
			return err_set(err, ERR_DATA, "a key of %s is no integer", table);
	}
	return true;
}

void memory_cut_cell(struct cell *cell, struct arena *arena)
{
	char *kept = arena_alloc(arena, CELL_CUT_SIZE);

	cell_cut((struct span){ cell->data, cell->size }, kept);
	cell->data = kept;
	cell->kind = CELL_CUT;
}

static void copy_cell(struct cell *cell, struct arena *arena)
{
	if (cell->kind == CELL_CUT)
		cell->data = arena_copy(arena, (struct span){ cell->data, CELL_CUT_SIZE }).data;
	else if (cell->size > CELL_BYTES_MAX)
		memory_cut_cell(cell, arena);
	else if (cell->kind != CELL_NULL)
		cell->data = arena_copy(arena, cell_span(cell)).data;
}

static bool copy_row(struct read *read, int source_index, const struct cell *row, struct err *err)
{
	const struct source_view *view = &read->reader->views[source_index];
	struct cell *cells = batch_add_row(read->batch, source_index);
	struct arena *arena = read->batch->arena;

	for (int i = 0; i < view->source->column_count; i++) {
		cells[i] = row[view->places[i]];
		copy_cell(&cells[i], arena);
	}
	if (read->bytes_max > 0 && arena->used_bytes - read->used_before > read->bytes_max)
		return err_set(err, ERR_TOO_LARGE, "the rows take more than %zu bytes",
			       read->bytes_max);
	return true;
}

static bool copy_range(struct read *read, int source_index, const struct bounds *bounds,
		       struct err *err)
{
	const struct source_view *view = &read->reader->views[source_index];
	const struct legacy_table *table = memory_table(read->reader, view->source);
	int places[KEY_PARTS_MAX] = { 0 };

	for (size_t i = 0; i < table->row_count; i++) {
		const struct cell *row = table->rows[i];

		if (find_root_key(read->reader, source_index, &row, places)
			? !in_range(read->reader, bounds, row, places)
			: !bounds->lower.is_open)
			continue;
		if (source_index == 0 && !check_key(read->reader, row, places, err))
			return false;
		if (!copy_row(read, source_index, table->rows[i], err))
			return false;
	}
	return true;
}

/* ---- references: what is pointed at, as sorted key texts ---- */

struct wanted {
	struct span *keys;
	size_t count;
};

static int compare_spans(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* The key these cells make, in the scratch arena; no data when one is NULL. */
static struct span key_of(struct reader *reader, const struct cell *row, const int *columns,
			  int count)
{
	for (int i = 0; i < count; i++)
		if (row[columns[i]].kind == CELL_NULL || row[columns[i]].kind == CELL_CUT)
			return SPAN_NONE;
	buf_reset(&reader->key);
	key_put(&reader->key, row, columns, count);
	return arena_copy(&reader->scratch, buf_span(&reader->key));
}

static struct wanted wanted_keys(struct read *read, const struct source *source)
{
	const struct rowset *from = &read->batch->rowsets[source->from_source];
	struct wanted wanted = { 0 };

	wanted.keys =
	    arena_alloc(&read->reader->scratch, sizeof(struct span) * (from->row_count + 1));
	for (size_t i = 0; i < from->row_count; i++) {
		struct span key = key_of(read->reader, rowset_row(from, i), source->from_columns,
					 source->key_count);

		if (key.data)
			wanted.keys[wanted.count++] = key;
	}
	qsort(wanted.keys, wanted.count, sizeof(*wanted.keys), compare_spans);
	return wanted;
}

static bool copy_references(struct read *read, int source_index, struct err *err)
{
	struct reader *reader = read->reader;
	const struct source_view *view = &reader->views[source_index];
	const struct legacy_table *table = memory_table(reader, view->source);
	struct wanted wanted = wanted_keys(read, view->source);
	int places[KEY_PARTS_MAX];

	places_of(view, view->source->key_columns, view->source->key_count, places);
	for (size_t i = 0; i < table->row_count && wanted.count > 0; i++) {
		struct span key = key_of(reader, table->rows[i], places, view->source->key_count);

		if (key.data == NULL ||
		    !bsearch(&key, wanted.keys, wanted.count, sizeof(key), compare_spans))
			continue;
		if (!copy_row(read, source_index, table->rows[i], err))
			return false;
	}
	return true;
}

/* ---- the contract's reads ---- */

static struct read read_of(struct reader *reader, size_t bytes_max, struct batch *batch)
{
	return (struct read){ .reader = reader,
			      .batch = batch,
			      .used_before = batch->arena->used_bytes,
			      .bytes_max = bytes_max };
}

static bool copy_all(struct read *read, const struct bounds *bounds, struct err *err)
{
	for (int i = 0; i < read->reader->set->source_count; i++)
		if (read->reader->set->sources[i].kind != SOURCE_REFERENCE &&
		    !copy_range(read, i, bounds, err))
			return false;
	return true;
}

static bool finish(struct read *read, struct buf *position, struct err *err)
{
	for (int i = 0; i < read->reader->set->source_count; i++)
		if (read->reader->set->sources[i].kind == SOURCE_REFERENCE &&
		    !copy_references(read, i, err))
			return false;
	if (position)
		buf_put_text(position, "{\"memory\":true}");
	return true;
}

bool memory_read_range(struct reader *reader, const struct key_range *range, size_t bytes_max,
		       struct batch *batch, struct buf *position, struct err *err)
{
	struct read read = read_of(reader, bytes_max, batch);
	struct bounds bounds;
	bool ok;

	memory_begin_call(reader);
	if (!read_bounds(reader, range, &bounds, err))
		return false;
	memory_lock(reader->store);
	ok = memory_check_again(reader, err) && copy_all(&read, &bounds, err) &&
	     finish(&read, position, err);
	memory_unlock(reader->store);
	return ok;
}

/* Rows whose root key is among the sorted keys. */
static bool copy_keys(struct read *read, int source_index, const struct wanted *wanted,
		      struct err *err)
{
	struct reader *reader = read->reader;
	const struct source_view *view = &reader->views[source_index];
	const struct legacy_table *table = memory_table(reader, view->source);
	int places[KEY_PARTS_MAX] = { 0 };

	for (size_t i = 0; i < table->row_count; i++) {
		const struct cell *row = table->rows[i];
		struct span key = SPAN_NONE;

		if (find_root_key(reader, source_index, &row, places))
			key = key_of(reader, row, places, reader->part_count);
		if (key.data == NULL ||
		    !bsearch(&key, wanted->keys, wanted->count, sizeof(key), compare_spans))
			continue;
		if (source_index == 0 && !check_key(reader, table->rows[i], places, err))
			return false;
		if (!copy_row(read, source_index, table->rows[i], err))
			return false;
	}
	return true;
}

static bool check_keys(struct reader *reader, const struct wanted *wanted, struct err *err)
{
	struct span parts[KEY_PARTS_MAX];

	for (size_t i = 0; i < wanted->count; i++)
		if (!key_parts(wanted->keys[i], reader->part_count, &reader->scratch, parts, err))
			return false;
	return true;
}

bool memory_read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		      struct batch *batch, struct buf *position, struct err *err)
{
	struct read read = read_of(reader, 0, batch);
	struct wanted wanted = { .count = key_count };
	bool ok;

	memory_begin_call(reader);
	wanted.keys = arena_alloc(&reader->scratch, sizeof(*keys) * (key_count + 1));
	for (size_t i = 0; i < key_count; i++)
		wanted.keys[i] = keys[i];
	qsort(wanted.keys, key_count, sizeof(*keys), compare_spans);
	if (!check_keys(reader, &wanted, err))
		return false;
	memory_lock(reader->store);
	ok = memory_check_again(reader, err);
	for (int i = 0; i < reader->set->source_count && ok; i++)
		if (reader->set->sources[i].kind != SOURCE_REFERENCE)
			ok = copy_keys(&read, i, &wanted, err);
	ok = ok && finish(&read, position, err);
	memory_unlock(reader->store);
	return ok;
}

/* ---- bounds ---- */

struct sorting {
	const struct reader *reader;
	int places[KEY_PARTS_MAX];
};

static int compare_rows(const void *a, const void *b, void *context)
{
	const struct sorting *sorting = context;
	const struct cell *const *left = a, *const *right = b;
	struct span left_parts[KEY_PARTS_MAX], right_parts[KEY_PARTS_MAX];

	for (int i = 0; i < sorting->reader->part_count; i++) {
		left_parts[i] = cell_span(&(*left)[sorting->places[i]]);
		right_parts[i] = cell_span(&(*right)[sorting->places[i]]);
	}
	return compare_parts(sorting->reader, left_parts, right_parts);
}

/* A query may give a key twice; a bound must be another key than the one behind it. */
static size_t drop_equal(const struct cell **rows, size_t count, struct sorting *sorting)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare_rows(&rows[kept - 1], &rows[i], sorting) != 0)
			rows[kept++] = rows[i];
	return kept;
}

static bool pick_bound(struct reader *reader, const struct bounds *bounds, uint32_t count,
		       struct arena *arena, struct span *bound, struct err *err)
{
	const struct legacy_table *table = memory_table(reader, reader->views[0].source);
	const struct cell **rows =
	    arena_alloc(&reader->scratch, sizeof(const struct cell *) * (table->row_count + 1));
	struct sorting sorting = { .reader = reader };
	size_t found = 0;

	key_places(&reader->views[0], sorting.places);
	for (size_t i = 0; i < table->row_count; i++) {
		if (!in_range(reader, bounds, table->rows[i], sorting.places))
			continue;
		if (!check_key(reader, table->rows[i], sorting.places, err))
			return false;
		rows[found++] = table->rows[i];
	}
	qsort_r(rows, found, sizeof(*rows), compare_rows, &sorting);
	found = drop_equal(rows, found, &sorting);
	if (found <= count)
		return true;
	*bound =
	    arena_copy(arena, key_of(reader, rows[count - 1], sorting.places, reader->part_count));
	return true;
}

bool memory_find_bound(struct reader *reader, const struct key_range *range, uint32_t count,
		       struct arena *arena, struct span *bound, struct err *err)
{
	struct bounds bounds;
	bool ok;

	*bound = SPAN_NONE;
	memory_begin_call(reader);
	if (!read_bounds(reader, range, &bounds, err))
		return false;
	memory_lock(reader->store);
	ok = memory_check_again(reader, err) &&
	     pick_bound(reader, &bounds, count, arena, bound, err);
	memory_unlock(reader->store);
	return ok;
}

bool memory_count_roots(struct reader *reader, int64_t *count, struct err *err)
{
	bool ok;

	memory_lock(reader->store);
	ok = memory_check_again(reader, err);
	if (ok)
		*count = (int64_t)memory_table(reader, reader->views[0].source)->row_count;
	memory_unlock(reader->store);
	return ok;
}

bool memory_explain(struct reader *reader, struct buf *out, struct err *err)
{
	struct json_writer json;

	(void)err;
	json_writer_init(&json, out);
	json_open(&json, '[');
	for (int i = 0; i < reader->set->source_count; i++) {
		const struct source *source = &reader->set->sources[i];

		json_open(&json, '{');
		json_key(&json, "source");
		json_text(&json, source->name ? source->name : source->table);
		json_key(&json, "statement");
		json_string(
		    &json, arena_print(&reader->scratch, "look at every row of %s", source->table));
		json_key(&json, "index");
		json_text(&json, "memory");
		json_close(&json, '}');
	}
	json_close(&json, ']');
	return true;
}
