/*
 * whole_sources.c: sources widened to all columns of their tables.
 */
#include "engine/derive/whole_sources.h"

#include "engine/base/require.h"
#include "engine/model/row_key.h"

struct widening {
	const struct source_set *sources;
	struct source *whole; /* one a source; those in front are wide already */
	struct arena *arena;
};

/* The same columns by where they stand in the wide source. */
static const int *move_columns(const struct widening *widening, const struct source *from,
			       const int *columns, int count, const struct source *to)
{
	int *moved;

	if (!columns)
		return NULL;
	moved = arena_alloc(widening->arena, ((size_t)count + 1) * sizeof(*moved));
	for (int i = 0; i < count; i++) {
		moved[i] = source_find_column(to, span_of(from->columns[columns[i]]));
		require(moved[i] >= 0);
	}
	return moved;
}

static void add_column(const char **columns, struct source *whole, const char *name)
{
	if (source_find_column(whole, span_of(name)) < 0)
		columns[whole->column_count++] = name;
}

/* The table's, in its order; of one without a key they stand as the rule has them, which are all. */
static bool widen_columns(const struct widening *widening, const struct source *source,
			  const struct table_info *table, struct source *whole, struct err *err)
{
	size_t room = (size_t)source->column_count + (size_t)table->column_count + 1;
	const char **columns = arena_alloc(widening->arena, room * sizeof(*columns));

	whole->columns = columns;
	whole->column_count = 0;
	for (int i = 0; !source->is_keyless && i < table->column_count; i++)
		add_column(columns, whole, table->columns[i].name);
	for (int i = 0; i < source->column_count; i++)
		add_column(columns, whole, source->columns[i]);
	if (source->is_keyless) {
		add_column(columns, whole, ROW_COPIES_COLUMN);
		whole->star_column = source_find_column(whole, SPAN(ROW_KEY_COLUMN));
		whole->copies_column = source_find_column(whole, SPAN(ROW_COPIES_COLUMN));
	}
	return whole->column_count <= COLUMNS_MAX ||
	       err_set(err, ERR_DATA, "%s has %d columns; at most %d can be read", source->table,
		       whole->column_count, COLUMNS_MAX);
}

static bool widen(const struct widening *widening, int index, const struct table_info *table,
		  struct err *err)
{
	const struct source *source = &widening->sources->sources[index];
	struct source *whole = &widening->whole[index];

	*whole = *source;
	whole->masked = NULL;
	if (!widen_columns(widening, source, table, whole, err))
		return false;
	whole->key_columns =
	    move_columns(widening, source, source->key_columns, source->key_count, whole);
	whole->parent_columns =
	    move_columns(widening, source, source->parent_columns, source->parent_count, whole);
	whole->root_columns = move_columns(widening, source, source->root_columns,
					   widening->sources->sources[0].key_count, whole);
	if (source->kind == SOURCE_CHILDREN)
		whole->of_columns = move_columns(widening, &widening->sources->sources[source->of],
						 source->of_columns, source->parent_count,
						 &widening->whole[source->of]);
	if (source->kind == SOURCE_REFERENCE)
		whole->from_columns = move_columns(
		    widening, &widening->sources->sources[source->from_source],
		    source->from_columns, source->key_count, &widening->whole[source->from_source]);
	return true;
}

static bool describe(struct conn *legacy, const struct source *source, struct arena *arena,
		     struct table_info *table, struct err *err)
{
	if (source->query)
		return conn_describe_query(legacy, source->query, arena, table, err);
	return conn_describe(legacy, source->table, arena, table, err);
}

bool whole_sources_of(struct conn *legacy, const struct source_set *sources, struct arena *arena,
		      struct whole_sources *whole, struct err *err)
{
	size_t count = (size_t)sources->source_count;
	struct table_info *tables = arena_zalloc(arena, count * sizeof(*tables));
	struct widening widening = {
		.sources = sources,
		.whole = arena_zalloc(arena, count * sizeof(*widening.whole)),
		.arena = arena,
	};

	for (int i = 0; i < sources->source_count; i++)
		if (!describe(legacy, &sources->sources[i], arena, &tables[i], err) ||
		    !widen(&widening, i, &tables[i], err))
			return err_while(err, "looking at %s", sources->sources[i].table);
	whole->set = (struct source_set){ widening.whole, sources->source_count };
	whole->tables = tables;
	return true;
}
