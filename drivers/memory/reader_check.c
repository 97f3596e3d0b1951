/*
 * reader_check.c: can these tables be read by ranges of the root's key, and are they still what they
 * were?
 */
#include <string.h>

#include "drivers/memory/reader_internal.h"
#include "engine/base/require.h"

static bool is_integer_type(const char *type)
{
	return strstr(type, "INT") != NULL;
}

static int place_of(const struct source_view *view, const char *name)
{
	for (int i = 0; i < view->column_count; i++)
		if (strcmp(view->columns[i].name, name) == 0)
			return i;
	return -1;
}

struct legacy_table *legacy_find_source(struct memory_store *store, const struct source *source)
{
	return source->query ? legacy_find_query(store, source->query)
			     : legacy_find(store, source->table);
}

const struct legacy_table *memory_table(struct reader *reader, const struct source *source)
{
	const struct legacy_table *table = legacy_find_source(reader->store, source);
	const struct legacy_table **folded = &reader->folded[source - reader->set->sources];

	require(table != NULL);
	if (!source->is_keyless)
		return table;
	if (*folded == NULL)
		*folded = memory_fold(reader, source, table);
	return *folded;
}

void memory_begin_call(struct reader *reader)
{
	memset(reader->folded, 0, sizeof(reader->folded));
	arena_reset(&reader->scratch);
}

static bool view_table(struct reader *reader, const struct source *source, struct source_view *view,
		       struct err *err)
{
	const struct legacy_table *table = legacy_find_source(reader->store, source);

	if (table == NULL && source->query)
		return err_set(err, ERR_RULE, "memory runs no queries but those it was told of");
	if (table == NULL)
		return err_set(err, ERR_RULE, "there is no table %s", source->table);
	if (source->is_keyless)
		return memory_view_keyless(reader, source, table, view, err);
	view->source = source;
	view->columns = table->columns;
	view->column_count = table->column_count;
	for (int i = 0; i < source->column_count; i++) {
		view->places[i] = place_of(view, source->columns[i]);
		if (view->places[i] < 0)
			return err_set(err, ERR_RULE, "table %s has no column %s", source->table,
				       source->columns[i]);
	}
	return true;
}

static bool has_place(const int *places, int count, int place)
{
	for (int i = 0; i < count; i++)
		if (places[i] == place)
			return true;
	return false;
}

static bool is_key(const struct legacy_table *table, const struct source_view *view)
{
	const struct source *root = view->source;

	if (table->key_count != root->key_count)
		return false;
	for (int i = 0; i < root->key_count; i++)
		if (!has_place(table->key, table->key_count, view->places[root->key_columns[i]]))
			return false;
	return true;
}

static bool check_root(struct reader *reader, struct err *err)
{
	const struct source_view *view = &reader->views[0];
	const struct source *root = view->source;
	const struct legacy_table *table = memory_table(reader, root);

	if (!root->query && !root->is_keyless && !is_key(table, view))
		return err_set(err, ERR_RULE, "the key of %s is not unique", root->table);
	reader->part_count = root->key_count;
	for (int i = 0; i < root->key_count; i++) {
		int place = view->places[root->key_columns[i]];

		reader->is_integer[i] = is_integer_type(view->columns[place].type);
		for (size_t row = 0; row < table->row_count; row++)
			if (table->rows[row][place].kind == CELL_NULL)
				return err_set(err, ERR_RULE,
					       "the key column %s.%s is NULL in some rows",
					       root->table, view->columns[place].name);
	}
	return true;
}

static bool check_children(const struct reader *reader, const struct source_view *view,
			   struct err *err)
{
	const struct source *child = view->source;
	const int *columns = source_root_columns(child);

	require(child->of > 0 || child->parent_count == reader->part_count);
	for (int i = 0; columns && i < reader->part_count; i++) {
		const struct memory_column *column = &view->columns[view->places[columns[i]]];

		if (is_integer_type(column->type) != reader->is_integer[i])
			return err_set(err, ERR_RULE,
				       "parent column %s.%s sorts differently than the root's key",
				       child->table, column->name);
	}
	return true;
}

bool memory_check_sources(struct reader *reader, struct err *err)
{
	for (int i = 0; i < reader->set->source_count; i++) {
		const struct source *source = &reader->set->sources[i];

		if (!view_table(reader, source, &reader->views[i], err))
			return false;
		if (source->kind == SOURCE_ROOT && !check_root(reader, err))
			return false;
		if (source->kind == SOURCE_CHILDREN &&
		    !check_children(reader, &reader->views[i], err))
			return false;
	}
	return true;
}

/* ---- is it still what it was? ---- */

bool memory_check_again(const struct reader *reader, struct err *err)
{
	for (int i = 0; i < reader->set->source_count; i++) {
		const struct source_view *was = &reader->views[i];
		const char *name = was->source->table;
		const struct legacy_table *now = legacy_find_source(reader->store, was->source);

		if (now == NULL)
			return err_set(err, ERR_DATA, "table %s has changed: it is gone now", name);
		if (was->source->is_keyless) {
			if (!memory_check_keyless(was, now, err))
				return false;
			continue;
		}
		if (now->columns == was->columns)
			continue;
		if (now->column_count != was->column_count)
			return err_set(err, ERR_DATA, "table %s has changed: it has %d columns now",
				       name, now->column_count);
		for (int c = 0; c < now->column_count; c++)
			if (strcmp(now->columns[c].name, was->columns[c].name) != 0 ||
			    strcmp(now->columns[c].type, was->columns[c].type) != 0)
				return err_set(err, ERR_DATA,
					       "table %s has changed: column %s was %s %s", name,
					       now->columns[c].name, was->columns[c].name,
					       was->columns[c].type);
		if (i == 0 && !was->source->query && !is_key(now, was))
			return err_set(err, ERR_DATA, "table %s has changed: its key is gone",
				       name);
	}
	return true;
}
