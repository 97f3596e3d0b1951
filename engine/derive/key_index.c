/*
 * key_index.c: open addressing over row numbers; the keys themselves stay in the rows.
 */
#include "engine/derive/key_index.h"

#include "engine/base/require.h"
#include "engine/model/digest.h"

bool key_cells_equal(const struct cell *a, const int *a_columns, const struct cell *b,
		     const int *b_columns, int column_count)
{
	for (int i = 0; i < column_count; i++) {
		const struct cell *left = &a[a_columns[i]];
		const struct cell *right = &b[b_columns[i]];

		if (left->kind == CELL_NULL || left->kind != right->kind)
			return false;
		if (!span_equal(cell_span(left), cell_span(right)))
			return false;
	}
	return true;
}

static uint64_t hash_of(const struct cell *row, const int *columns, int column_count)
{
	uint64_t hash = 0;

	for (int i = 0; i < column_count; i++) {
		uint64_t part = digest_of(cell_span(&row[columns[i]])).low;

		/* Rotated, so that ("a","b") and ("b","a") differ. */
		hash = ((hash << 23) | (hash >> 41)) ^ part;
	}
	return hash;
}

/* Of the bits that do not say which slot it is. */
static uint32_t tag_of(uint64_t hash)
{
	return (uint32_t)(hash >> 32);
}

static bool has_null(const struct cell *row, const int *columns, int column_count)
{
	for (int i = 0; i < column_count; i++)
		if (row[columns[i]].kind == CELL_NULL)
			return true;
	return false;
}

void key_index_init(struct key_index *index, struct arena *arena, const struct rowset *rowset,
		    const int *columns, int column_count)
{
	size_t capacity = 16;

	while (capacity < rowset->row_count * 2)
		capacity *= 2;
	index->rowset = rowset;
	index->columns = columns;
	index->column_count = column_count;
	index->mask = capacity - 1;
	index->is_unique = true;
	index->slots = arena_zalloc(arena, capacity * sizeof(*index->slots));
	require(rowset->row_count < UINT32_MAX);

	for (size_t i = 0; i < rowset->row_count; i++) {
		const struct cell *row = rowset_row(rowset, i);
		uint64_t hash = hash_of(row, columns, column_count);
		size_t slot = hash & index->mask;

		if (has_null(row, columns, column_count))
			continue;
		for (; index->slots[slot].row_after != 0; slot = (slot + 1) & index->mask)
			index->is_unique &= index->slots[slot].tag != tag_of(hash);
		index->slots[slot] = (struct key_slot){ tag_of(hash), (uint32_t)i + 1 };
	}
}

int64_t key_index_find(const struct key_index *index, const struct cell *row, const int *columns)
{
	const struct key_slot *slot;
	uint64_t hash;

	if (has_null(row, columns, index->column_count))
		return KEY_INDEX_NONE;
	hash = hash_of(row, columns, index->column_count);
	for (size_t at = hash & index->mask;; at = (at + 1) & index->mask) {
		slot = &index->slots[at];
		if (slot->row_after == 0)
			return KEY_INDEX_NONE;
		if (slot->tag == tag_of(hash) &&
		    key_cells_equal(rowset_row(index->rowset, slot->row_after - 1), index->columns,
				    row, columns, index->column_count))
			return slot->row_after - 1;
	}
}

static bool is_key_of(const struct key_index *index, int64_t row_no, const struct cell *row,
		      const int *columns)
{
	return key_cells_equal(rowset_row(index->rowset, (size_t)row_no), index->columns, row,
			       columns, index->column_count);
}

int64_t key_index_find_near(const struct key_index *index, const struct cell *row,
			    const int *columns, int64_t last)
{
	if (last != KEY_INDEX_NONE && is_key_of(index, last, row, columns))
		return last;
	if (last + 1 < (int64_t)index->rowset->row_count && index->is_unique &&
	    is_key_of(index, last + 1, row, columns))
		return last + 1;
	return key_index_find(index, row, columns);
}
