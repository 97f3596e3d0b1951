/*
 * rows.c: gathers what a driver hands out row by row.
 */
#include "engine/target/rows.h"

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

static bool take_number(void *context, const struct datum *cells, struct err *err)
{
	(void)err;
	*(int64_t *)context = cells[0].number;
	return true;
}

bool rows_number(struct conn *target, const struct query *query, int64_t *number, struct err *err)
{
	return conn_select(target, query, take_number, number, err);
}

bool rows_last_number(struct conn *target, const struct table *table, int entity_column,
		      const char *entity, int number_column, int64_t *number, struct err *err)
{
	int order = number_column | TABLE_DESCENDING;
	struct condition where = { entity_column, IS_EQUAL, datum_text(entity) };
	struct query query = { .table = table,
			       .columns = &number_column,
			       .column_count = 1,
			       .where = &where,
			       .where_count = 1,
			       .order_by = &order,
			       .order_count = 1,
			       .limit = 1 };

	*number = -1;
	return rows_number(target, &query, number, err);
}
