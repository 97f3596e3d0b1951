/*
 * given.c: JSON to the rows of a batch, which is then joined like any other.
 */
#include "engine/derive/given.h"

#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/derive/key_index.h"
#include "engine/model/cell_json.h"
#include "engine/model/row_key.h"

enum { NAMES_SHOWN_MAX = 12 };

struct given {
	const struct entity_info *entity;
	const struct entity_info *other; /* another rule's, which reads the same line; or NULL */
	const struct json_value *object;
	struct arena *arena;
	struct batch batch;
	bool is_single[SOURCES_MAX]; /* a reference that came as one row */
	/* of children: what each row was read from, for the lists that stand in it */
	const struct json_value **objects[SOURCES_MAX];
	struct err *err;
};

static const struct source *source_of(const struct given *given, int index)
{
	return &given->entity->sources.sources[index];
}

/* "events[2]", "root" */
static struct span place_of(struct given *given, const struct source *source, size_t number)
{
	if (number)
		return arena_print(given->arena, "%s[%zu]", source->name, number);
	return arena_print(given->arena, "%s", source->name);
}

/* Names from outside are cut, so that what is wrong with them still fits. */
static struct span shown(struct given *given, struct span name)
{
	struct buf buf;
	struct span text;

	if (name.size > 60)
		name.size = 60;
	buf_init(&buf);
	json_put_lossy(&buf, name);
	text = arena_copy(given->arena, buf_span(&buf));
	buf_release(&buf);
	return text;
}

/* " (there are root, events, meta)" */
static struct span list_of(struct given *given, const char *const *names, int count)
{
	struct buf buf;
	struct span text;

	buf_init(&buf);
	for (int i = 0; i < count && i < NAMES_SHOWN_MAX; i++)
		buf_print(&buf, "%s%s", i ? ", " : "", names[i]);
	if (count > NAMES_SHOWN_MAX)
		buf_print(&buf, " and %d more", count - NAMES_SHOWN_MAX);
	text = arena_copy(given->arena, buf_span(&buf));
	buf_release(&buf);
	return text;
}

/* ---- rows ---- */

static int find_name(const char *const *names, int count, struct span name)
{
	for (int i = 0; i < count; i++)
		if (span_equal_text(name, names[i]))
			return i;
	return -1;
}

/* The other rule's source of that name, or NULL. */
static const struct source *other_source(const struct given *given, struct span name)
{
	int found = given->other ? source_find(&given->other->sources, name) : -1;

	return found >= 0 ? &given->other->sources.sources[found] : NULL;
}

/* Is it for the other rule that this column stands there? Not in a row that is told apart by all it holds. */
static bool is_for_other(const struct given *given, const struct source *source, struct span column)
{
	const struct source *other = other_source(given, span_of(source->name));

	if (!other || source->is_keyless)
		return false;
	if (find_name(other->columns, other->column_count, column) >= 0 ||
	    find_name(other->ignored, other->ignored_count, column) >= 0)
		return true;
	other = other_source(given, column);
	return other && other->kind == SOURCE_CHILDREN && other->of > 0;
}

/* What the rule does not read may stand there where it says so; else a column that was misspelt would be lost
 * in silence, and an optional field with it. */
static bool may_be_left_out(const struct source *source, struct span column)
{
	return source->kind == SOURCE_REFERENCE ||
	       find_name(source->ignored, source->ignored_count, column) >= 0;
}

/* Children of this source's rows stand in the rows they belong to. */
static bool is_list_below(const struct given *given, int index, struct span name)
{
	for (int i = index + 1; index > 0 && i < given->entity->sources.source_count; i++) {
		const struct source *source = source_of(given, i);

		if (source->kind == SOURCE_CHILDREN && source->of == index &&
		    span_equal_text(name, source->name))
			return true;
	}
	return false;
}

static bool read_row(struct given *given, int index, size_t number, const struct json_value *object)
{
	const struct source *source = source_of(given, index);
	struct cell *row;

	if (object->kind != JSON_OBJECT)
		return err_set(given->err, ERR_DATA, "%.*s is no row, which is an object",
			       SPAN_ARGS(place_of(given, source, number)));
	row = batch_add_row(&given->batch, index);
	memset(row, 0, sizeof(*row) * (size_t)source->column_count);
	for (size_t i = 0; i < object->item_count; i++) {
		const struct json_value *value = &object->items[i];
		int column = find_name(source->columns, source->column_count, value->key);

		if (column < 0 && (may_be_left_out(source, value->key) ||
				   is_list_below(given, index, value->key) ||
				   is_for_other(given, source, value->key)))
			continue;
		if (column < 0 && source->is_keyless)
			return err_set(
			    given->err, ERR_DATA,
			    "%.*s has a column %.*s, which is part of its key and which "
			    "the rule does not name: without the tables only names tell; "
			    "say types = { [%.*s] = text }",
			    SPAN_ARGS(place_of(given, source, number)),
			    SPAN_ARGS(shown(given, value->key)),
			    SPAN_ARGS(shown(given, value->key)));
		if (column < 0)
			return err_set(
			    given->err, ERR_DATA,
			    "%.*s has a column %.*s that the rule does not read; it reads %.*s",
			    SPAN_ARGS(place_of(given, source, number)),
			    SPAN_ARGS(shown(given, value->key)),
			    SPAN_ARGS(list_of(given, source->columns, source->column_count)));
		if (!cell_take_json(value, given->arena, &row[column]))
			return err_set(given->err, ERR_DATA,
				       "%.*s.%s is no value: text, a number, true, false, null or "
				       "{\"base64\":\"…\"}",
				       SPAN_ARGS(place_of(given, source, number)),
				       source->columns[column]);
	}
	return true;
}

/* What stands for a key is made of the row; a row that came from elsewhere may say it, and then it must be that. */
static bool check_row_key(struct given *given, const struct source *source, const struct cell *row,
			  size_t number)
{
	char key[ROW_KEY_SIZE];

	if (!source->is_keyless || row[source->star_column].kind == CELL_NULL)
		return true;
	row_key_of(source, row, key);
	if (row[source->star_column].kind == CELL_TEXT &&
	    span_equal(cell_span(&row[source->star_column]), (struct span){ key, ROW_KEY_SIZE }))
		return true;
	return err_set(given->err, ERR_DATA, "%.*s.* is %.*s by what the row holds: leave it out",
		       SPAN_ARGS(place_of(given, source, number)), ROW_KEY_SIZE, key);
}

static bool read_root(struct given *given, const struct json_value *object)
{
	const struct source *root = source_of(given, 0);
	const struct cell *row;

	if (!object)
		return err_set(given->err, ERR_DATA, "there is no %s, the root row", root->name);
	if (!read_row(given, 0, 0, object) ||
	    !check_row_key(given, root, rowset_row(&given->batch.rowsets[0], 0), 0))
		return false;
	if (root->is_keyless)
		row_key_fold_batch(&given->batch, 0);
	row = rowset_row(&given->batch.rowsets[0], 0);
	for (int i = 0; i < root->key_count; i++)
		if (row[root->key_columns[i]].kind == CELL_NULL)
			return err_set(given->err, ERR_DATA, "%s has no %s, which is its key",
				       root->name, root->columns[root->key_columns[i]]);
	return true;
}

static bool same_cell(const struct cell *a, const struct cell *b)
{
	return a->kind == b->kind && a->size == b->size && span_equal(cell_span(a), cell_span(b));
}

/* Children belong to the root of their line, or to the row they stand in: what is not said of that follows, and
 * nothing else may be said. */
static bool take_parent_key(struct given *given, const struct source *source,
			    const struct cell *above_row, size_t number)
{
	const struct source *above = source_of(given, source->of);
	const int *named = source_above_columns(&given->entity->sources, source);
	struct rowset *rowset = &given->batch.rowsets[source - source_of(given, 0)];
	struct cell *row = rowset->cells + (rowset->row_count - 1) * (size_t)rowset->column_count;

	for (int i = 0; i < source->parent_count; i++) {
		const struct cell *key = &above_row[named[i]];
		struct cell *parent = &row[source->parent_columns[i]];

		if (key->kind == CELL_NULL)
			return err_set(given->err, ERR_DATA,
				       "a row of %s has no %s, which %s in it need", above->name,
				       above->columns[named[i]], source->name);
		if (parent->kind == CELL_NULL)
			*parent = *key;
		else if (!same_cell(parent, key))
			return err_set(given->err, ERR_DATA,
				       "%.*s.%s is not the key of %s: it is no child of it",
				       SPAN_ARGS(place_of(given, source, number)),
				       source->columns[source->parent_columns[i]],
				       source->of > 0 ? "the row it stands in" : above->name);
	}
	return true;
}

static bool is_list(struct given *given, int index, const struct json_value *value)
{
	return value->kind == JSON_ARRAY || err_set(given->err, ERR_DATA, "%s is no list of rows",
						    source_of(given, index)->name);
}

static bool read_list(struct given *given, int index, const struct json_value *list)
{
	if (!is_list(given, index, list))
		return false;
	for (size_t i = 0; i < list->item_count; i++) {
		/* A reference that is missing for one of the rows that point there. */
		if (list->items[i].kind == JSON_NULL)
			continue;
		if (!read_row(given, index, i + 1, &list->items[i]))
			return false;
	}
	return true;
}

/* ---- children ---- */

/* Those of one row above, behind those of the rows before it. */
static bool read_children(struct given *given, int index, const struct cell *above,
			  const struct json_value *list)
{
	const struct source *source = source_of(given, index);
	struct rowset *rowset = &given->batch.rowsets[index];
	size_t first = rowset->row_count;

	if (!is_list(given, index, list))
		return false;
	given->objects[index] =
	    arena_grow(given->arena, given->objects[index], first * sizeof(**given->objects),
		       (first + list->item_count + 1) * sizeof(**given->objects));
	for (size_t i = 0; i < list->item_count; i++) {
		if (!read_row(given, index, i + 1, &list->items[i]) ||
		    !take_parent_key(given, source, above, i + 1) ||
		    !check_row_key(given, source, rowset_row(rowset, rowset->row_count - 1), i + 1))
			return false;
		given->objects[index][first + i] = &list->items[i];
	}
	return true;
}

/* In the order of the rows above, which stand in front of this source. */
static bool read_children_below(struct given *given, int index)
{
	const struct source *source = source_of(given, index);
	const struct rowset *above = &given->batch.rowsets[source->of];

	for (size_t r = 0; r < above->row_count; r++) {
		const struct json_value *list =
		    json_member(given->objects[source->of][r], source->name);

		if (list && list->kind != JSON_NULL &&
		    !read_children(given, index, rowset_row(above, r), list))
			return false;
	}
	return true;
}

/* ---- references ---- */

/* One row that leaves out its key stands for every row that points there. */
static void complete_key(struct given *given, int index)
{
	const struct source *source = source_of(given, index);
	const struct rowset *pointing = &given->batch.rowsets[source->from_source];
	size_t columns = (size_t)source->column_count;
	struct rowset *rowset = &given->batch.rowsets[index];
	struct cell *only = arena_alloc(given->arena, columns * sizeof(*only));
	bool is_complete = true;

	memcpy(only, rowset->cells, columns * sizeof(*only));
	for (int i = 0; i < source->key_count; i++)
		is_complete = is_complete && only[source->key_columns[i]].kind != CELL_NULL;
	if (is_complete)
		return;
	rowset->row_count = 0;
	for (size_t r = 0; r < pointing->row_count; r++) {
		const struct cell *from = rowset_row(pointing, r);
		struct cell *row = batch_add_row(&given->batch, index);

		memcpy(row, only, columns * sizeof(*only));
		for (int i = 0; i < source->key_count; i++) {
			struct cell *key = &row[source->key_columns[i]];

			if (key->kind == CELL_NULL)
				*key = from[source->from_columns[i]];
		}
	}
}

/* Rows with one key must be one row: which of two is meant would be a guess. */
static bool rows_are_told_apart(struct given *given, int index)
{
	const struct source *source = source_of(given, index);
	const struct rowset *rowset = &given->batch.rowsets[index];
	struct key_index by_key;

	key_index_init(&by_key, given->arena, rowset, source->key_columns, source->key_count);
	for (size_t r = 0; r < rowset->row_count; r++) {
		const struct cell *row = rowset_row(rowset, r);
		int64_t first = key_index_find(&by_key, row, source->key_columns);

		if (first == KEY_INDEX_NONE)
			return err_set(given->err, ERR_DATA, "a row of %s does not say its key %s",
				       source->name, source->columns[source->key_columns[0]]);
		for (int c = 0; c < source->column_count; c++)
			if (!same_cell(&row[c], &rowset_row(rowset, (size_t)first)[c]))
				return err_set(given->err, ERR_DATA,
					       "%s has two rows with one key that differ in %s",
					       source->name, source->columns[c]);
	}
	return true;
}

static bool read_reference(struct given *given, int index, const struct json_value *value)
{
	if (value->kind == JSON_OBJECT) {
		given->is_single[index] = true;
		if (!read_row(given, index, 0, value))
			return false;
		complete_key(given, index);
		return true;
	}
	return read_list(given, index, value) && rows_are_told_apart(given, index);
}

/* A single row that nothing points at is a key that was mistyped, on one side or the other. */
static bool single_is_used(struct given *given, int index, const struct source_row *row)
{
	const struct source *source = source_of(given, index);

	for (uint32_t r = 0; r < row->row_count[index]; r++)
		if (row->rows[index][r])
			return true;
	return err_set(given->err, ERR_DATA, "%s is a row that no %s.%s points at", source->name,
		       source_of(given, source->from_source)->name,
		       source_of(given, source->from_source)->columns[source->from_columns[0]]);
}

/* ---- the whole ---- */

static bool read_source(struct given *given, int index)
{
	const struct json_value *value = json_member(given->object, source_of(given, index)->name);

	if (value && value->kind == JSON_NULL)
		value = NULL;
	switch (source_of(given, index)->kind) {
	case SOURCE_ROOT:
		return read_root(given, value);
	case SOURCE_CHILDREN:
		if (source_of(given, index)->of > 0)
			return read_children_below(given, index);
		return !value ||
		       read_children(given, index, rowset_row(&given->batch.rowsets[0], 0), value);
	case SOURCE_REFERENCE:
		return !value || read_reference(given, index, value);
	}
	return false;
}

static bool check_stands_here(struct given *given, struct span name)
{
	const struct source_set *sources = &given->entity->sources;

	for (int i = 0; i < sources->source_count; i++)
		if (is_list_below(given, sources->sources[i].of, name))
			return err_set(given->err, ERR_DATA, "%.*s stand in the rows of %s",
				       SPAN_ARGS(shown(given, name)),
				       source_of(given, sources->sources[i].of)->name);
	return true;
}

static bool check_names(struct given *given)
{
	const struct source_set *sources = &given->entity->sources;
	const char *names[SOURCES_MAX];
	int count = 0;

	require(sources->source_count <= SOURCES_MAX);
	for (int i = 0; i < sources->source_count; i++)
		if (sources->sources[i].kind != SOURCE_CHILDREN || sources->sources[i].of == 0)
			names[count++] = sources->sources[i].name;
	for (size_t i = 0; i < given->object->item_count; i++) {
		const struct json_value *member = &given->object->items[i];

		if (!check_stands_here(given, member->key))
			return false;
		if (find_name(names, count, member->key) < 0 && other_source(given, member->key))
			continue;
		if (find_name(names, count, member->key) < 0 &&
		    !(span_equal_text(member->key, "entity") && member->kind == JSON_STRING))
			return err_set(given->err, ERR_DATA,
				       "%.*s is no source of %s; there are %.*s",
				       SPAN_ARGS(shown(given, member->key)), given->entity->name,
				       SPAN_ARGS(list_of(given, names, count)));
	}
	return true;
}

static bool find_entity(struct given *given, const struct migration_info *migration,
			int *entity_index)
{
	const struct json_value *name = json_member(given->object, "entity");
	const char *names[SOURCES_MAX];
	int count = 0;

	if (name && name->kind != JSON_STRING)
		name = NULL; /* a source of that name */
	*entity_index = 0;
	if (!name && migration->entity_count == 1)
		return true;
	for (int i = 0; i < migration->entity_count; i++) {
		if (name && span_equal_text(name->text, migration->entities[i].name)) {
			*entity_index = i;
			return true;
		}
		if (count < SOURCES_MAX)
			names[count++] = migration->entities[i].name;
	}
	if (!name)
		return err_set(given->err, ERR_DATA, "it does not say its \"entity\", one of %.*s",
			       SPAN_ARGS(list_of(given, names, count)));
	return err_set(given->err, ERR_DATA, "there is no entity %.*s; there are %.*s",
		       SPAN_ARGS(shown(given, name->text)),
		       SPAN_ARGS(list_of(given, names, count)));
}

static const struct entity_info *entity_named(const struct migration_info *migration,
					      const char *name)
{
	for (int i = 0; i < migration->entity_count; i++)
		if (strcmp(migration->entities[i].name, name) == 0)
			return &migration->entities[i];
	return NULL;
}

bool given_read(const struct migration_info *migration, struct span json, struct arena *arena,
		int *entity_index, struct joined *joined, struct err *err)
{
	return given_read_beside(migration, NULL, json, arena, entity_index, joined, err);
}

bool given_read_beside(const struct migration_info *migration, const struct migration_info *other,
		       struct span json, struct arena *arena, int *entity_index,
		       struct joined *joined, struct err *err)
{
	struct given given = { .arena = arena, .err = err };
	struct json_value object;

	require(migration->entity_count > 0);
	given.object = &object;
	if (!json_read(json, arena, &object, err))
		return false;
	if (object.kind != JSON_OBJECT)
		return err_set(err, ERR_DATA, "it is no object: {\"root\":{…},…}");
	if (!find_entity(&given, migration, entity_index))
		return false;
	given.entity = &migration->entities[*entity_index];
	given.other = other ? entity_named(other, given.entity->name) : NULL;
	if (!check_names(&given))
		return false;
	batch_init(&given.batch, arena, &given.entity->sources);
	for (int i = 0; i < given.entity->sources.source_count; i++) {
		if (!read_source(&given, i))
			return false;
		if (i > 0 && source_of(&given, i)->is_keyless)
			row_key_fold_batch(&given.batch, i);
	}
	join_batch(&given.batch, joined);
	require(joined->row_count == 1);
	require(joined->orphan_count == 0);
	for (int i = 0; i < given.entity->sources.source_count; i++)
		if (given.is_single[i] && !single_is_used(&given, i, &joined->rows[0]))
			return false;
	return true;
}
