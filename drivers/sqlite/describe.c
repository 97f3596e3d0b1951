/*
 * describe.c: a SQLite table in the words of the contract.
 */
#include <string.h>

#include "drivers/sqlite/sqlite_internal.h"

static const struct column_info *columns_of(const struct shape *shape, struct arena *arena)
{
	struct column_info *columns =
	    arena_zalloc(arena, sizeof(*columns) * (size_t)(shape->column_count + 1));

	for (int i = 0; i < shape->column_count; i++) {
		columns[i].name = shape->columns[i].name;
		columns[i].type = shape->columns[i].type;
		columns[i].not_null = shape->columns[i].not_null || i == shape->rowid_column;
	}
	return columns;
}

static void put_unique(const struct shape *shape, struct arena *arena, const char *name,
		       const int *columns, int column_count, struct unique_info *unique)
{
	const char **names = arena_alloc(arena, sizeof(*names) * (size_t)(column_count + 1));

	for (int i = 0; i < column_count; i++)
		names[i] = shape->columns[columns[i]].name;
	unique->name = name;
	unique->columns = names;
	unique->column_count = column_count;
}

static void put_uniques(const struct shape *shape, struct arena *arena, struct table_info *info)
{
	struct unique_info *uniques =
	    arena_zalloc(arena, sizeof(*uniques) * (size_t)(shape->index_count + 1));
	int count = 0;

	if (shape->rowid_column >= 0)
		put_unique(shape, arena, "primary key", &shape->rowid_column, 1, &uniques[count++]);
	for (int i = 0; i < shape->index_count; i++) {
		const struct shape_index *index = &shape->indexes[i];

		if (index->is_unique)
			put_unique(shape, arena, index->name, index->columns, index->column_count,
				   &uniques[count++]);
	}
	info->uniques = uniques;
	info->unique_count = count;
}

bool sqlite_describe(struct conn *conn, const char *table, struct arena *arena,
		     struct table_info *info, struct err *err)
{
	struct shape shape;

	memset(info, 0, sizeof(*info));
	info->name = arena_text(arena, table);
	if (!shape_read(sqlite_of(conn), table, arena, &shape, err))
		return false;
	info->exists = shape.kind != NULL;
	info->columns = columns_of(&shape, arena);
	info->column_count = shape.column_count;
	put_uniques(&shape, arena, info);
	return true;
}
