/*
 * agree.c: pairs of columns that say the same in nearly all rows.
 */
#include "engine/profile/agree.h"

#include <string.h>
#include <strings.h>

enum {
	SQUARE = AGREE_VALUES_MAX * AGREE_VALUES_MAX,
	PERCENT_MAX = 5, /* more exceptions are no exceptions */
	BETTER_MIN = 4,  /* times fewer than of a guess that does not look */
	ALIKE_MIN = 4,   /* letters that two names share */
};

void agree_init(struct agree *agree, const struct table_info *info, struct arena *arena)
{
	int count = info->column_count < AGREE_COLUMNS_MAX ? info->column_count : AGREE_COLUMNS_MAX;

	*agree = (struct agree){ .arena = arena, .column_count = count };
	for (int i = 0; i < count; i++) {
		agree->columns[i].column = i;
		agree->columns[i].is_out = column_is_secret(info->columns[i].name);
	}
	agree->pairs = arena_zalloc(arena, sizeof(*agree->pairs) *
					       (size_t)(count * (count - 1) / 2 + 1) * SQUARE);
}

static int value_index(struct agree *agree, struct agree_column *column, const struct cell *cell)
{
	struct span value = cell->kind == CELL_NULL ? SPAN_NONE : cell_span(cell);

	for (int i = 0; i < column->value_count; i++)
		if (span_equal(column->values[i], value))
			return i;
	if (column->value_count == AGREE_VALUES_MAX || value.size > VALUE_KEPT_BYTES) {
		column->is_out = true;
		return -1;
	}
	column->values[column->value_count] =
	    value.data ? arena_copy(agree->arena, value) : SPAN_NONE;
	return column->value_count++;
}

static struct agree_cell *square_of(const struct agree *agree, int one, int other)
{
	return agree->pairs + (size_t)(other * (other - 1) / 2 + one) * SQUARE;
}

void agree_note(struct agree *agree, const struct cell *cells, const struct row_at *row)
{
	int indexes[AGREE_COLUMNS_MAX];

	for (int i = 0; i < agree->column_count; i++) {
		struct agree_column *column = &agree->columns[i];

		indexes[i] =
		    column->is_out ? -1 : value_index(agree, column, &cells[column->column]);
	}
	for (int other = 1; other < agree->column_count; other++) {
		if (indexes[other] < 0)
			continue;
		for (int one = 0; one < other; one++) {
			struct agree_cell *cell;

			if (indexes[one] < 0)
				continue;
			cell = square_of(agree, one, other) + indexes[one] * AGREE_VALUES_MAX +
			       indexes[other];
			if (cell->count++ == 0 || row->hash < cell->hash) {
				cell->hash = row->hash;
				cell->key = arena_copy(agree->arena, row->key);
			}
		}
	}
}

/* ---- what it comes to ---- */

/* Two columns as one looks from the first at the second. */
struct view {
	const struct agree_column *from, *to;
	const struct agree_cell *square;
	bool is_turned;
};

static const struct agree_cell *at(const struct view *view, int from, int to)
{
	return view->is_turned ? &view->square[to * AGREE_VALUES_MAX + from]
			       : &view->square[from * AGREE_VALUES_MAX + to];
}

/* The value that goes with this one most often, or −1. */
static int usual(const struct view *view, int from)
{
	int best = -1;

	for (int to = 0; to < view->to->value_count; to++)
		if (at(view, from, to)->count > 0 &&
		    (best < 0 || at(view, from, to)->count > at(view, from, best)->count))
			best = to;
	return best;
}

struct tally {
	int64_t rows, exceptions,
	    by_guess;      /* of a guess that always says the most frequent value */
	bool is_one_value; /* whatever stands in the first, the same is usual */
};

static struct tally tally_of(const struct view *view)
{
	struct tally tally = { .is_one_value = true };
	int64_t totals[AGREE_VALUES_MAX] = { 0 }, most = 0;
	int first = -1;

	for (int from = 0; from < view->from->value_count; from++) {
		int best = usual(view, from);

		for (int to = 0; to < view->to->value_count; to++) {
			totals[to] += at(view, from, to)->count;
			tally.rows += at(view, from, to)->count;
			if (to != best)
				tally.exceptions += at(view, from, to)->count;
		}
		if (first < 0)
			first = best;
		tally.is_one_value = tally.is_one_value && best == first;
	}
	for (int to = 0; to < view->to->value_count; to++)
		most = totals[to] > most ? totals[to] : most;
	tally.by_guess = tally.rows - most;
	return tally;
}

static bool is_telling(const struct tally *tally)
{
	return tally->exceptions > 0 && !tally->is_one_value &&
	       tally->exceptions * 100 <= tally->rows * PERCENT_MAX &&
	       tally->exceptions * BETTER_MIN <= tally->by_guess;
}

static struct disagreement describe(const struct view *view, int64_t count)
{
	struct disagreement found = { view->from->column, view->to->column, count,
				      .key = SPAN_NONE };
	const struct agree_cell *lowest = NULL;

	for (int from = 0; from < view->from->value_count; from++) {
		int best = usual(view, from);

		for (int to = 0; to < view->to->value_count; to++) {
			const struct agree_cell *cell = at(view, from, to);

			if (to == best || cell->count == 0 ||
			    (lowest && cell->hash >= lowest->hash))
				continue;
			lowest = cell;
			found.one_value = view->from->values[from];
			found.other_value = view->to->values[to];
			found.usual = view->to->values[best];
		}
	}
	if (lowest)
		found.key = lowest->key;
	return found;
}

/* ---- flags: one column may be the same in all rows, and still be contradicted ---- */

/* 1, 0, or −1 for what is no flag. */
static int truth_of(struct span value)
{
	static const char *const words[] = { "f", "0", "n", "false", "no",
					     "t", "1", "y", "true",  "yes" };

	for (int i = 0; value.data && i < 10; i++)
		if (value.size == strlen(words[i]) &&
		    strncasecmp(value.data, words[i], value.size) == 0)
			return i >= 5;
	return -1;
}

static bool is_flag(const struct agree_column *column)
{
	for (int i = 0; i < column->value_count; i++)
		if (column->values[i].data && truth_of(column->values[i]) < 0)
			return false;
	return column->value_count > 0;
}

static bool are_alike(const char *one, const char *other)
{
	int shared = 0;

	while (one[shared] && one[shared] == other[shared])
		shared++;
	return shared >= ALIKE_MIN;
}

static struct disagreement compare_flags(const struct view *view)
{
	struct disagreement found = { view->from->column, view->to->column, 0, .key = SPAN_NONE };
	const struct agree_cell *lowest = NULL;

	for (int from = 0; from < view->from->value_count; from++)
		for (int to = 0; to < view->to->value_count; to++) {
			const struct agree_cell *cell = at(view, from, to);
			int one = truth_of(view->from->values[from]);
			int other = truth_of(view->to->values[to]);

			if (cell->count == 0 || one < 0 || other < 0 || one == other)
				continue;
			found.count += cell->count;
			if (lowest && cell->hash >= lowest->hash)
				continue;
			lowest = cell;
			found.key = cell->key;
			found.one_value = view->from->values[from];
			found.other_value = view->to->values[to];
		}
	return found;
}

static struct disagreement look_at(const struct agree *agree, int one, int other,
				   const struct table_info *info)
{
	const struct agree_column *a = &agree->columns[one], *b = &agree->columns[other];
	struct view forth = { a, b, square_of(agree, one, other), false };
	struct view back = { b, a, forth.square, true };
	struct tally there = tally_of(&forth), here = tally_of(&back);

	if (is_flag(a) && is_flag(b) &&
	    are_alike(info->columns[a->column].name, info->columns[b->column].name))
		return compare_flags(&forth);
	if (is_telling(&there) && (!is_telling(&here) || there.exceptions <= here.exceptions))
		return describe(&forth, there.exceptions);
	if (is_telling(&here))
		return describe(&back, here.exceptions);
	return (struct disagreement){ .count = 0 };
}

static struct disagreement copy(const struct disagreement *found, struct arena *arena)
{
	struct disagreement kept = *found;
	struct span *spans[] = { &kept.key, &kept.one_value, &kept.other_value, &kept.usual };

	for (int i = 0; i < 4; i++)
		if (spans[i]->data)
			*spans[i] = arena_copy(arena, *spans[i]);
	return kept;
}

const struct disagreement *agree_end(const struct agree *agree, const struct table_info *info,
				     struct arena *arena, int *count)
{
	int n = agree->column_count;
	struct disagreement *list =
	    arena_alloc(arena, sizeof(*list) * (size_t)(n * (n - 1) / 2 + 1));

	*count = 0;
	for (int other = 1; other < n; other++)
		for (int one = 0; one < other; one++) {
			struct disagreement found;

			if (agree->columns[one].is_out || agree->columns[other].is_out)
				continue;
			found = look_at(agree, one, other, info);
			if (found.count > 0)
				list[(*count)++] = copy(&found, arena);
		}
	return list;
}
