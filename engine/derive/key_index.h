/*
 * key_index.h: a hash table from key cells to a row number, in an arena. For engine/derive only.
 */
#ifndef ENGINE_DERIVE_KEY_INDEX_H
#define ENGINE_DERIVE_KEY_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/model/batch.h"

enum { KEY_INDEX_NONE = -1 };

struct key_slot {
	uint32_t tag;       /* other bits of the key's hash than those that chose the slot */
	uint32_t row_after; /* the row's number and one; 0: empty */
};

struct key_index {
	const struct rowset *rowset;
	const int *columns;
	int column_count;
	struct key_slot *slots;
	size_t mask;
	bool is_unique; /* no two rows have one key */
};

/* Index the rows of a rowset by some of its columns; of equal keys the first row is kept. */
void key_index_init(struct key_index *index, struct arena *arena, const struct rowset *rowset,
		    const int *columns, int column_count);

/* The row whose key cells equal the given cells (of another row, at other columns), by canonical
 * bytes; KEY_INDEX_NONE when there is none or one of the cells is NULL. */
int64_t key_index_find(const struct key_index *index, const struct cell *row, const int *columns);

/* The same, looked for first where it mostly is: at the row that was found last, or behind it. */
int64_t key_index_find_near(const struct key_index *index, const struct cell *row,
			    const int *columns, int64_t last);

/* Are the two keys the same bytes? NULL equals nothing. */
bool key_cells_equal(const struct cell *a, const int *a_columns, const struct cell *b,
		     const int *b_columns, int column_count);

#endif
