/*
 * rows.c: a line of an archive as the rows it was made of.
 */
#include <string.h>

#include "drivers/segment/reader_internal.h"
#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/model/cell_json.h"

/* The rows of one source of the archive, as they stand in a line. */
struct objects {
	const struct json_value **items;
	size_t count;
};

struct line {
	struct reader *reader;
	struct batch *batch;
	const struct json_value *value;
	struct objects objects[SOURCES_MAX]; /* one a source of the archive */
	struct err *err;
};

static bool no_line(const struct line *line, const char *what)
{
	return err_set(line->err, ERR_DATA, "a line of %s is none of its archive: %s",
		       line->reader->entity->name, what);
}

static const struct source *archived_source(const struct line *line, int index)
{
	return &line->reader->entity->set.sources[index];
}

/* ---- finding the objects ---- */

static bool add_list(struct line *line, struct objects *objects, const struct json_value *list)
{
	struct arena *arena = &line->reader->scratch;
	size_t size = sizeof(*objects->items);

	if (!list)
		return true;
	if (list->kind != JSON_ARRAY)
		return no_line(line, "rows are no list");
	objects->items = arena_grow(arena, (void *)objects->items, objects->count * size,
				    (objects->count + list->item_count + 1) * size);
	for (size_t i = 0; i < list->item_count; i++)
		objects->items[objects->count++] = &list->items[i];
	return true;
}

static bool find_root(struct line *line)
{
	struct objects *objects = &line->objects[0];

	objects->items = arena_alloc(&line->reader->scratch, sizeof(*objects->items));
	objects->items[0] = json_member(line->value, archived_source(line, 0)->name);
	objects->count = 1;
	return objects->items[0] != NULL || no_line(line, "it has no root row");
}

static bool find_objects(struct line *line, int index)
{
	const struct source *source = archived_source(line, index);
	const struct objects *above;

	if (source->kind == SOURCE_ROOT)
		return find_root(line);
	if (source->kind == SOURCE_REFERENCE || source->of == 0)
		return add_list(line, &line->objects[index],
				json_member(line->value, source->name));
	above = &line->objects[source->of];
	for (size_t i = 0; i < above->count; i++)
		if (!add_list(line, &line->objects[index],
			      json_member(above->items[i], source->name)))
			return false;
	return true;
}

/* {"orphan":{"events":{…}}} */
static bool find_orphan(struct line *line, const struct json_value *orphan)
{
	for (int i = 0; i < line->reader->entity->set.source_count; i++) {
		struct objects *objects = &line->objects[i];
		const struct json_value *row = json_member(orphan, archived_source(line, i)->name);

		if (!row)
			continue;
		objects->items = arena_alloc(&line->reader->scratch, sizeof(*objects->items));
		objects->items[0] = row;
		objects->count = 1;
		return true;
	}
	return no_line(line, "nobody knows whose orphan it is");
}

/* ---- cells ---- */

static struct cell keep(const struct cell *cell, struct arena *arena)
{
	struct cell kept = *cell;
	size_t size = cell->kind == CELL_CUT ? (size_t)CELL_CUT_SIZE : cell->size;

	if (cell->kind != CELL_NULL)
		kept.data = arena_copy(arena, (struct span){ cell->data, size }).data;
	return kept;
}

/* Is it a list of rows that belong to this one? */
static bool is_below(const struct line *line, int archived, struct span name)
{
	const struct source_set *set = &line->reader->entity->set;

	for (int i = archived + 1; archived > 0 && i < set->source_count; i++)
		if (set->sources[i].kind == SOURCE_CHILDREN && set->sources[i].of == archived &&
		    span_equal_text(name, set->sources[i].name))
			return true;
	return false;
}

/* Members stand in the order of the archive's columns, so the next one is looked for from there on. */
static int next_column(const struct source *held, struct span name, int from)
{
	for (int i = 0; i < held->column_count; i++) {
		int at = (from + i) % held->column_count;

		if (span_equal_text(name, held->columns[at]))
			return at;
	}
	return -1;
}

static bool fill_row(struct line *line, int source, const struct json_value *object,
		     struct cell *cells)
{
	const struct source_match *match = &line->reader->matches[source];
	const struct source *held = archived_source(line, match->archived);
	int at = 0;

	if (object->kind != JSON_OBJECT)
		return no_line(line, "a row is no object");
	for (size_t i = 0; i < object->item_count; i++) {
		const struct json_value *value = &object->items[i];
		int column = next_column(held, value->key, at);
		struct cell cell;

		if (column < 0) {
			if (is_below(line, match->archived, value->key))
				continue;
			return no_line(line, "it has a column that its seal does not have");
		}
		at = column + 1;
		if (match->columns[column] < 0)
			continue;
		if (!cell_take_json(value, &line->reader->scratch, &cell))
			return no_line(line, "a value is none");
		cells[match->columns[column]] = keep(&cell, line->batch->arena);
	}
	return true;
}

/* ---- rows ---- */

static void put_cell(struct buf *buf, const struct cell *cell)
{
	struct span bytes = cell_span(cell);

	buf_print(buf, "%d %u:", cell->kind, cell->size);
	if (cell->kind == CELL_CUT)
		bytes = (struct span){ cell->data, CELL_CUT_SIZE };
	buf_put_span(buf, bytes);
}

/* A row that several roots point at stands in the line of each, and once in a batch. */
static bool is_new_reference(struct line *line, int index, const struct cell *cells, bool *is_new)
{
	struct reader *reader = line->reader;
	const struct source *source = &reader->set->sources[index];
	size_t key_size;

	buf_reset(&reader->text);
	buf_print(&reader->text, "%d ", index);
	for (int i = 0; i < source->key_count; i++)
		put_cell(&reader->text, &cells[source->key_columns[i]]);
	key_size = reader->text.size;
	*is_new = seen_add(&reader->references, buf_span(&reader->text));
	for (int i = 0; i < source->column_count; i++)
		put_cell(&reader->text, &cells[i]);
	if (seen_add(&reader->reference_rows, buf_span(&reader->text)) == *is_new)
		return true;
	return err_set(line->err, ERR_DATA,
		       "two lines hold different rows of %s under one key (%.*s): legacy changed "
		       "while it was archived; archive it again into another folder",
		       source->table, (int)key_size, reader->text.data);
}

/* Stores give no root without a whole key. */
static bool has_key(const struct source *root, const struct cell *cells)
{
	for (int i = 0; i < root->key_count; i++) {
		const struct cell *cell = &cells[root->key_columns[i]];

		if (cell->kind == CELL_NULL || cell->kind == CELL_CUT)
			return false;
	}
	return true;
}

static bool add_row(struct line *line, int index, const struct json_value *object)
{
	const struct source *source = &line->reader->set->sources[index];
	struct rowset *rowset = &line->batch->rowsets[index];
	struct cell *cells = batch_add_row(line->batch, index);
	bool is_new = true;

	memset(cells, 0, sizeof(*cells) * (size_t)source->column_count);
	if (!fill_row(line, index, object, cells))
		return false;
	if (source->kind == SOURCE_ROOT && !has_key(source, cells))
		return no_line(line, "its root row has no key");
	if (source->kind == SOURCE_REFERENCE && !is_new_reference(line, index, cells, &is_new))
		return false;
	if (!is_new)
		rowset->row_count--;
	return true;
}

static bool add_rows(struct line *line)
{
	for (int i = 0; i < line->reader->set->source_count; i++) {
		const struct objects *objects = &line->objects[line->reader->matches[i].archived];

		for (size_t r = 0; r < objects->count; r++)
			if (!add_row(line, i, objects->items[r]))
				return false;
	}
	return true;
}

bool rows_add_line(struct reader *reader, struct span text, struct batch *batch, struct err *err)
{
	struct json_value value;
	struct line line = { .reader = reader, .batch = batch, .value = &value, .err = err };
	const struct json_value *orphan;

	if (!json_read(text, &reader->scratch, &value, err))
		return false;
	orphan = json_member(&value, "orphan");
	/* A source may be called that; then its rows are a list, or the root's name says it. */
	if (orphan && !json_member(&value, archived_source(&line, 0)->name))
		return find_orphan(&line, orphan) && add_rows(&line);
	for (int i = 0; i < reader->entity->set.source_count; i++)
		if (!find_objects(&line, i))
			return false;
	return add_rows(&line);
}

bool rows_add_key(struct reader *reader, struct span key, struct batch *batch)
{
	const struct source *root = &reader->set->sources[0];
	struct span parts[KEY_PARTS_MAX];
	struct err err = { ERR_NONE, "" };
	struct cell *cells;

	if (!key_parts(key, root->key_count, batch->arena, parts, &err))
		return false;
	for (int i = 0; i < root->key_count; i++)
		if (parts[i].size >= 2 && memcmp(parts[i].data, "\\x", 2) == 0)
			return false;
	cells = batch_add_row(batch, 0);
	for (int i = 0; i < root->key_count; i++)
		cells[i] =
		    (struct cell){ parts[i].data, (uint32_t)parts[i].size, (uint8_t)CELL_TEXT };
	return true;
}
