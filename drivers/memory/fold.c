/*
 * fold.c: a table without a key as its readers see it: equal rows once, with a key and a count.
 */
#include <string.h>

#include "drivers/memory/reader_internal.h"
#include "engine/base/require.h"
#include "engine/model/row_key.h"

static int raw_place(const struct legacy_table *table, const char *name)
{
	for (int i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return i;
	return -1;
}

static bool is_made(const struct source *source, int column)
{
	return column == source->star_column || column == source->copies_column;
}

bool memory_view_keyless(struct reader *reader, const struct source *source,
			 const struct legacy_table *table, struct source_view *view,
			 struct err *err)
{
	struct memory_column *columns =
	    arena_zalloc(&reader->kept, sizeof(*columns) * (size_t)source->column_count);

	for (int i = 0; i < source->column_count; i++) {
		int place = raw_place(table, source->columns[i]);

		if (place < 0 && !is_made(source, i))
			return err_set(err, ERR_RULE, "table %s has no column %s", source->table,
				       source->columns[i]);
		columns[i].name = source->columns[i];
		columns[i].type = is_made(source, i) ? "TEXT" : table->columns[place].type;
		view->places[i] = i;
	}
	view->source = source;
	view->columns = columns;
	view->column_count = source->column_count;
	view->table_column_count = table->column_count;
	return true;
}

bool memory_check_keyless(const struct source_view *was, const struct legacy_table *now,
			  struct err *err)
{
	const char *name = was->source->table;

	if (now->column_count != was->table_column_count)
		return err_set(err, ERR_DATA, "table %s has changed: it has %d columns now", name,
			       now->column_count);
	for (int i = 0; i < was->column_count; i++) {
		int place = raw_place(now, was->columns[i].name);

		if (!is_made(was->source, i) &&
		    (place < 0 || strcmp(now->columns[place].type, was->columns[i].type) != 0))
			return err_set(err, ERR_DATA,
				       "table %s has changed: column %s is not what it was", name,
				       was->columns[i].name);
	}
	return true;
}

static struct cell *fold_row(struct reader *reader, const struct source *source, const int *places,
			     const struct cell *raw)
{
	struct cell *row =
	    arena_zalloc(&reader->scratch, sizeof(*row) * (size_t)source->column_count);

	for (int i = 0; i < source->column_count; i++) {
		if (is_made(source, i))
			continue;
		row[i] = raw[places[i]];
		if (row[i].size > CELL_BYTES_MAX)
			memory_cut_cell(&row[i], &reader->scratch);
	}
	row_key_complete(source, row, &reader->scratch);
	return row;
}

const struct legacy_table *memory_fold(struct reader *reader, const struct source *source,
				       const struct legacy_table *table)
{
	struct legacy_table *folded = arena_zalloc(&reader->scratch, sizeof(*folded));
	int *places = arena_alloc(&reader->scratch, sizeof(*places) * (size_t)source->column_count);
	struct cell **rows =
	    arena_alloc(&reader->scratch, sizeof(struct cell *) * (table->row_count + 1));

	for (int i = 0; i < source->column_count; i++)
		places[i] = raw_place(table, source->columns[i]);
	for (size_t i = 0; i < table->row_count; i++)
		rows[i] = fold_row(reader, source, places, table->rows[i]);
	folded->name = table->name;
	folded->row_count = row_key_fold(source, rows, table->row_count, &reader->scratch);
	folded->rows = (const struct cell **)rows;
	return folded;
}
