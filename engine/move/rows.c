/*
 * rows.c: gathers what a driver hands out row by row.
 */
#include "engine/move/rows.h"

struct gathering {
	struct arena *arena;
	struct datum *cells;
	size_t row_count, row_capacity;
	size_t column_count;
};

static bool gather(void *context, const struct datum *cells, struct err *err)
{
	struct gathering *all = context;
	size_t row_size = all->column_count * sizeof(*cells);
	struct datum *row;

	(void)err;
	if (all->row_count == all->row_capacity) {
		size_t larger = all->row_capacity ? all->row_capacity * 2 : 8;

		all->cells = arena_grow(all->arena, all->cells, all->row_capacity * row_size,
					larger * row_size);
		all->row_capacity = larger;
	}
	row = all->cells + all->row_count * all->column_count;
	memcpy(row, cells, row_size);
	for (size_t i = 0; i < all->column_count; i++)
		if (row[i].kind == DATUM_TEXT)
			row[i].text = arena_copy(all->arena, row[i].text);
	all->row_count++;
	return true;
}

bool rows_select(struct conn *target, const struct query *query, struct arena *arena,
		 struct rows *rows, struct err *err)
{
	struct gathering all = { .arena = arena, .column_count = (size_t)query->column_count };

	if (!conn_select(target, query, gather, &all, err))
		return false;
	*rows = (struct rows){ all.cells, all.row_count, query->column_count };
	return true;
}
