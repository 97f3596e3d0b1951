/*
 * rows.h: a small result of the target, copied into an arena.
 */
#ifndef ENGINE_TARGET_ROWS_H
#define ENGINE_TARGET_ROWS_H

#include "drivers/driver.h"

struct rows {
	const struct datum *cells;
	size_t row_count;
	int column_count;
};

bool rows_select(struct conn *target, const struct query *query, struct arena *arena,
		 struct rows *rows, struct err *err);

/* The first column of the last row as a number; *number stays as it is when there is no row. */
bool rows_number(struct conn *target, const struct query *query, int64_t *number, struct err *err);

/* The highest number a column has among the rows of an entity, −1 when it has none. */
bool rows_last_number(struct conn *target, const struct table *table, int entity_column,
		      const char *entity, int number_column, int64_t *number, struct err *err);

static inline const struct datum *rows_row(const struct rows *rows, size_t index)
{
	return rows->cells + index * (size_t)rows->column_count;
}

#endif
