/*
 * child_order.c: integers by value, everything else by bytes, NULL first.
 */
#include "engine/derive/child_order.h"

#include <stdlib.h>

#include "engine/base/require.h"
#include "engine/model/key.h"

struct order {
	const int *columns;
	int column_count;
	bool numeric[KEY_PARTS_MAX];
};

static bool is_integer(const struct cell *cell)
{
	size_t i = 0;

	if (cell->kind != CELL_TEXT)
		return false;
	if (cell->size > 0 && cell->data[0] == '-')
		i = 1;
	if (i == cell->size)
		return false;
	for (; i < cell->size; i++)
		if (cell->data[i] < '0' || cell->data[i] > '9')
			return false;
	return true;
}

/* Digits of any length, without sign and leading zeros. */
static struct span magnitude(struct span text)
{
	if (text.size > 0 && text.data[0] == '-') {
		text.data++;
		text.size--;
	}
	while (text.size > 1 && text.data[0] == '0') {
		text.data++;
		text.size--;
	}
	return text;
}

static int compare_integers(struct span a, struct span b)
{
	struct span left = magnitude(a);
	struct span right = magnitude(b);
	bool a_negative = a.data[0] == '-' && !span_equal_text(left, "0");
	bool b_negative = b.data[0] == '-' && !span_equal_text(right, "0");
	int order;

	if (a_negative != b_negative)
		return a_negative ? -1 : 1;
	if (left.size != right.size)
		order = left.size < right.size ? -1 : 1;
	else
		order = span_compare(left, right);
	return a_negative ? -order : order;
}

static int compare_cells(const struct cell *a, const struct cell *b, bool numeric)
{
	int order;

	if (a->kind == CELL_NULL || b->kind == CELL_NULL)
		return (a->kind != CELL_NULL) - (b->kind != CELL_NULL);
	if (numeric) {
		order = compare_integers(cell_span(a), cell_span(b));
		if (order != 0)
			return order;
	}
	return span_compare(cell_span(a), cell_span(b));
}

static int compare_rows(const struct order *order, const struct cell *a, const struct cell *b)
{
	for (int i = 0; i < order->column_count; i++) {
		int column = order->columns[i];
		int result = compare_cells(&a[column], &b[column], order->numeric[i]);

		if (result != 0)
			return result;
	}
	return 0;
}

static int compare_for_sort(const void *a, const void *b, void *context)
{
	return compare_rows(context, *(const struct cell *const *)a,
			    *(const struct cell *const *)b);
}

static bool sort_many(struct order *order, const struct cell **rows, size_t row_count)
{
	bool duplicate = false;

	qsort_r(rows, row_count, sizeof(*rows), compare_for_sort, order);
	for (size_t i = 1; i < row_count; i++)
		duplicate = duplicate || compare_rows(order, rows[i - 1], rows[i]) == 0;
	return duplicate;
}

/* Siblings are few as a rule, and qsort_r() is not made for that. True when two have one key. */
static bool sort_rows(struct order *order, const struct cell **rows, size_t row_count)
{
	enum { FEW_ROWS = 12 };
	bool duplicate = false;

	if (row_count > FEW_ROWS)
		return sort_many(order, rows, row_count);
	for (size_t i = 1; i < row_count; i++) {
		const struct cell *row = rows[i];
		size_t j = i;
		int result = 1;

		while (j > 0 && (result = compare_rows(order, rows[j - 1], row)) > 0) {
			rows[j] = rows[j - 1];
			j--;
		}
		rows[j] = row;
		duplicate |= result == 0;
	}
	return duplicate;
}

static void find_numeric(struct order *order, const struct cell *const *rows, size_t row_count)
{
	for (int i = 0; i < order->column_count; i++) {
		order->numeric[i] = true;
		for (size_t r = 0; r < row_count && order->numeric[i]; r++)
			order->numeric[i] = is_integer(&rows[r][order->columns[i]]);
	}
}

bool child_order(const struct source *source, const struct cell **rows, size_t row_count)
{
	struct order order = { .columns = source->key_columns, .column_count = source->key_count };

	require(source->key_count <= KEY_PARTS_MAX);
	if (row_count < 2)
		return false;
	find_numeric(&order, (const struct cell *const *)rows, row_count);
	return sort_rows(&order, rows, row_count);
}
