/*
 * batch.c: rows of one chunk, growing in the arena.
 */
#include "engine/model/batch.h"

#include <string.h>

#include "engine/base/require.h"

enum { FIRST_ROW_CAPACITY = 32 };

void batch_init(struct batch *batch, struct arena *arena, const struct source_set *sources)
{
	require(sources->source_count > 0);
	require(sources->source_count <= SOURCES_MAX);
	*batch = (struct batch){ .arena = arena, .sources = sources };
	for (int i = 0; i < sources->source_count; i++) {
		require(sources->sources[i].column_count > 0);
		require(sources->sources[i].column_count <= COLUMNS_MAX);
		batch->rowsets[i].column_count = sources->sources[i].column_count;
	}
}

static void grow(struct arena *arena, struct rowset *rowset)
{
	size_t row_size = (size_t)rowset->column_count * sizeof(struct cell);
	size_t capacity = rowset->row_capacity ? rowset->row_capacity * 2 : FIRST_ROW_CAPACITY;

	rowset->cells =
	    arena_grow(arena, rowset->cells, rowset->row_capacity * row_size, capacity * row_size);
	rowset->row_capacity = capacity;
}

struct cell *batch_add_row(struct batch *batch, int source_index)
{
	struct rowset *rowset = &batch->rowsets[source_index];

	require(source_index >= 0);
	require(source_index < batch->sources->source_count);
	if (rowset->row_count == rowset->row_capacity)
		grow(batch->arena, rowset);
	return rowset->cells + rowset->row_count++ * (size_t)rowset->column_count;
}

void cell_put_cut(struct span kept, struct digest digest, char to[CELL_CUT_SIZE])
{
	require(kept.size == CELL_KEPT_BYTES);
	memcpy(to, kept.data, CELL_KEPT_BYTES);
	memcpy(to + CELL_KEPT_BYTES, &digest, sizeof(digest));
}

void cell_cut(struct span bytes, char to[CELL_CUT_SIZE])
{
	require(bytes.size > CELL_BYTES_MAX);
	cell_put_cut((struct span){ bytes.data, CELL_KEPT_BYTES }, sha256_half(bytes), to);
}
