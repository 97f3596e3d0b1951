/*
 * catalog.c: a catalog put together from what a store says line by line.
 */
#include "drivers/support/catalog.h"

#include <string.h>

void catalog_begin(struct catalog_builder *builder, struct arena *arena)
{
	*builder = (struct catalog_builder){ .arena = arena };
}

void catalog_add_table(struct catalog_builder *builder, const char *name)
{
	builder->tables = arena_grow_by_one(builder->arena, builder->tables, builder->table_count,
					    sizeof(*builder->tables));
	builder->tables[builder->table_count++] = arena_text(builder->arena, name);
}

static struct foreign_key *last_of(struct catalog_builder *builder, const char *table,
				   int64_t constraint)
{
	struct foreign_key *last;

	if (builder->foreign_key_count == 0 || builder->constraint != constraint)
		return NULL;
	last = &builder->foreign_keys[builder->foreign_key_count - 1];
	return strcmp(last->table, table) == 0 ? last : NULL;
}

static void add_name(struct arena *arena, const char *const **names, int count, const char *name)
{
	const char **grown = arena_grow_by_one(arena, (void *)*names, count, sizeof(*grown));

	grown[count] = arena_text(arena, name);
	*names = grown;
}

void catalog_add_column(struct catalog_builder *builder, const char *table, int64_t constraint,
			const char *column, const char *above, const char *above_column)
{
	struct foreign_key *key = last_of(builder, table, constraint);

	if (key == NULL) {
		builder->foreign_keys =
		    arena_grow_by_one(builder->arena, builder->foreign_keys,
				      builder->foreign_key_count, sizeof(*builder->foreign_keys));
		key = &builder->foreign_keys[builder->foreign_key_count++];
		*key = (struct foreign_key){ .table = arena_text(builder->arena, table),
					     .above = arena_text(builder->arena, above) };
		builder->constraint = constraint;
	}
	add_name(builder->arena, &key->columns, key->column_count, column);
	add_name(builder->arena, &key->above_columns, key->column_count, above_column);
	key->column_count++;
}

struct catalog catalog_end(const struct catalog_builder *builder)
{
	return (struct catalog){ builder->tables, builder->table_count, builder->foreign_keys,
				 builder->foreign_key_count };
}
