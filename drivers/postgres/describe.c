/*
 * describe.c: a PostgreSQL table in the words of the contract.
 */
#include <string.h>

#include "drivers/postgres/postgres_internal.h"

static const struct column_info *columns_of(const struct shape *shape, struct arena *arena)
{
	struct column_info *columns =
	    arena_zalloc(arena, sizeof(*columns) * (size_t)(shape->column_count + 1));

	for (int i = 0; i < shape->column_count; i++)
		columns[i] = (struct column_info){ shape->columns[i].name, shape->columns[i].type,
						   shape->columns[i].not_null };
	return columns;
}

static void put_uniques(const struct shape *shape, struct arena *arena, struct table_info *info)
{
	struct unique_info *uniques =
	    arena_zalloc(arena, sizeof(*uniques) * (size_t)(shape->index_count + 1));

	for (int i = 0; i < shape->index_count; i++) {
		const struct shape_index *index = &shape->indexes[i];
		const char **names =
		    arena_alloc(arena, sizeof(*names) * (size_t)(index->column_count + 1));

		if (!index->is_unique)
			continue;
		for (int c = 0; c < index->column_count; c++)
			names[c] = shape->columns[index->columns[c]].name;
		uniques[info->unique_count++] =
		    (struct unique_info){ index->name, names, index->column_count };
	}
	info->uniques = uniques;
}

bool pg_describe(struct conn *conn, const char *table, struct arena *arena, struct table_info *info,
		 struct err *err)
{
	struct shape shape;

	memset(info, 0, sizeof(*info));
	info->name = arena_text(arena, table);
	if (!pg_shape_read(pg_of(conn), pg_of(conn)->schemas, table, arena, &shape, err))
		return false;
	info->exists = shape.kind != NULL;
	info->columns = columns_of(&shape, arena);
	info->column_count = shape.column_count;
	put_uniques(&shape, arena, info);
	return true;
}
