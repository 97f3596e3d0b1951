/*
 * join.c: children and references find their roots by hash, whatever order the store gave them in.
 */
#include "engine/derive/join.h"

#include "engine/base/buf.h"
#include "engine/base/require.h"
#include "engine/derive/child_order.h"
#include "engine/derive/key_index.h"
#include "engine/model/key.h"

struct join {
	const struct batch *batch;
	struct joined *joined;
	struct arena *arena;
	struct key_index roots;
	struct orphan *orphans;
	size_t orphan_count, orphan_capacity;
	int *duplicate_child;
	bool *duplicate_root;
	int64_t *first_of; /* one a root: the first root with its key, mostly itself */
	struct buf scratch;
};

static void add_orphan(struct join *join, int source, const struct cell *row)
{
	if (join->orphan_count == join->orphan_capacity) {
		size_t larger = join->orphan_capacity ? join->orphan_capacity * 2 : 16;

		join->orphans = arena_grow(join->arena, join->orphans,
					   join->orphan_capacity * sizeof(*join->orphans),
					   larger * sizeof(*join->orphans));
		join->orphan_capacity = larger;
	}
	join->orphans[join->orphan_count++] = (struct orphan){ .source = source, .row = row };
}

/* Which root each child belongs to; counts[root] becomes the number of its children. */
static int64_t *find_parents(struct join *join, int source_index, uint32_t *counts)
{
	const struct source *source = &join->batch->sources->sources[source_index];
	const struct rowset *children = &join->batch->rowsets[source_index];
	int64_t *parents = arena_alloc(join->arena, children->row_count * sizeof(*parents) + 1);
	int64_t last = KEY_INDEX_NONE;

	for (size_t i = 0; i < children->row_count; i++) {
		const struct cell *row = rowset_row(children, i);

		/* Stores mostly give siblings one after the other. */
		if (last == KEY_INDEX_NONE ||
		    !key_cells_equal(rowset_row(join->roots.rowset, (size_t)last),
				     join->roots.columns, row, source->parent_columns,
				     source->parent_count))
			last = key_index_find(&join->roots, row, source->parent_columns);
		parents[i] = last;
		if (last == KEY_INDEX_NONE)
			add_orphan(join, source_index, row);
		else
			counts[last]++;
	}
	return parents;
}

/* Of roots with one key each has all its children, so that it does not matter which came first. */
static void share_children(struct join *join, int source_index)
{
	struct source_row *rows = join->joined->rows;

	for (size_t i = 0; i < join->joined->row_count; i++) {
		size_t first = (size_t)join->first_of[i];

		rows[i].rows[source_index] = rows[first].rows[source_index];
		rows[i].row_count[source_index] = rows[first].row_count[source_index];
		if (first != i)
			join->duplicate_child[i] = join->duplicate_child[first];
	}
}

static void join_children(struct join *join, int source_index)
{
	const struct source *source = &join->batch->sources->sources[source_index];
	const struct rowset *children = &join->batch->rowsets[source_index];
	struct joined *joined = join->joined;
	uint32_t *counts = arena_zalloc(join->arena, joined->row_count * sizeof(*counts) + 1);
	int64_t *parents = find_parents(join, source_index, counts);
	const struct cell **grouped =
	    arena_alloc(join->arena, children->row_count * sizeof(const struct cell *) + 1);
	const struct cell **next = grouped;

	for (size_t i = 0; i < joined->row_count; i++) {
		joined->rows[i].rows[source_index] = next;
		next += counts[i];
	}
	for (size_t i = 0; i < children->row_count; i++) {
		struct source_row *row;
		const struct cell **mine;

		if (parents[i] == KEY_INDEX_NONE)
			continue;
		row = &joined->rows[parents[i]];
		mine = grouped + (row->rows[source_index] - (const struct cell *const *)grouped);
		mine[row->row_count[source_index]++] = rowset_row(children, i);
		joined->child_count++;
	}
	next = grouped;
	for (size_t i = 0; i < joined->row_count; i++) {
		if (child_order(source, next, counts[i]))
			join->duplicate_child[i] = source_index;
		next += counts[i];
	}
	share_children(join, source_index);
}

static void join_reference(struct join *join, int source_index)
{
	const struct source *source = &join->batch->sources->sources[source_index];
	const struct rowset *targets = &join->batch->rowsets[source_index];
	struct joined *joined = join->joined;
	struct key_index index;
	size_t total = 0;
	const struct cell **found;

	require(source->from_source < source_index);
	key_index_init(&index, join->arena, targets, source->key_columns, source->key_count);
	for (size_t i = 0; i < joined->row_count; i++)
		total += joined->rows[i].row_count[source->from_source];
	found = arena_alloc(join->arena, total * sizeof(const struct cell *) + 1);

	for (size_t i = 0; i < joined->row_count; i++) {
		struct source_row *row = &joined->rows[i];
		uint32_t count = row->row_count[source->from_source];

		for (uint32_t r = 0; r < count; r++) {
			const struct cell *from = row->rows[source->from_source][r];
			int64_t at = from ? key_index_find(&index, from, source->from_columns)
					  : KEY_INDEX_NONE;

			found[r] = at == KEY_INDEX_NONE ? NULL : rowset_row(targets, (size_t)at);
		}
		row->rows[source_index] = found;
		row->row_count[source_index] = count;
		found += count;
	}
}

/* Injective: every cell is its kind, its size and its bytes; every source starts with its row count. */
static void put_cells(struct join *join, const struct cell *row, int column_count)
{
	struct buf *buf = &join->scratch;

	buf_reserve(buf, (size_t)column_count * 5);
	for (int c = 0; c < column_count; c++) {
		const struct cell *cell = &row[c];
		struct span bytes = cell_span(cell);
		char head[5] = { (char)cell->kind };

		memcpy(head + 1, &cell->size, sizeof(cell->size));
		buf_put(buf, head, cell->kind == CELL_NULL ? 1 : sizeof(head));
		if (cell->kind == CELL_CUT)
			bytes.size += sizeof(struct digest); /* stands for what was cut off */
		buf_put_span(buf, bytes);
		join->joined->byte_count += bytes.size;
	}
}

static void digest_row(struct join *join, struct source_row *row)
{
	const struct batch *batch = join->batch;

	buf_reset(&join->scratch);
	for (int s = 0; s < batch->sources->source_count; s++) {
		buf_put(&join->scratch, &row->row_count[s], sizeof(row->row_count[s]));
		for (uint32_t r = 0; r < row->row_count[s]; r++) {
			const struct cell *cells = row->rows[s][r];

			buf_put_char(&join->scratch, cells ? 1 : 0);
			if (cells)
				put_cells(join, cells, batch->rowsets[s].column_count);
		}
	}
	row->digest = digest_of(buf_span(&join->scratch));
	digest_add(&join->joined->digest, row->digest);
}

static void digest_orphans(struct join *join)
{
	for (size_t i = 0; i < join->orphan_count; i++) {
		struct orphan *orphan = &join->orphans[i];

		buf_reset(&join->scratch);
		buf_put(&join->scratch, &orphan->source, sizeof(orphan->source));
		put_cells(join, orphan->row, join->batch->rowsets[orphan->source].column_count);
		orphan->digest = digest_of(buf_span(&join->scratch));
		digest_add(&join->joined->digest, orphan->digest);
	}
}

/* A table's keys are unique; a query's are not known to be. */
static void find_duplicate_roots(struct join *join)
{
	const struct rowset *roots = &join->batch->rowsets[0];
	size_t count = roots->row_count;

	join->duplicate_root = arena_zalloc(join->arena, count + 1);
	join->first_of = arena_alloc(join->arena, count * sizeof(*join->first_of) + 1);
	for (size_t i = 0; i < count; i++) {
		int64_t first =
		    key_index_find(&join->roots, rowset_row(roots, i), join->roots.columns);

		require(first != KEY_INDEX_NONE);
		join->first_of[i] = first;
		if (first != (int64_t)i)
			join->duplicate_root[i] = join->duplicate_root[first] = true;
	}
}

static void take_roots(struct join *join)
{
	const struct source *root = &join->batch->sources->sources[0];
	const struct rowset *roots = &join->batch->rowsets[0];
	struct joined *joined = join->joined;
	const struct cell **rows =
	    arena_alloc(join->arena, roots->row_count * sizeof(const struct cell *) + 1);

	joined->row_count = roots->row_count;
	joined->rows = arena_zalloc(join->arena, roots->row_count * sizeof(*joined->rows) + 1);
	join->duplicate_child =
	    arena_alloc(join->arena, roots->row_count * sizeof(*join->duplicate_child) + 1);
	for (size_t i = 0; i < roots->row_count; i++) {
		struct source_row *row = &joined->rows[i];

		rows[i] = rowset_row(roots, i);
		row->rows[0] = &rows[i];
		row->row_count[0] = 1;
		buf_reset(&join->scratch);
		key_put(&join->scratch, rows[i], root->key_columns, root->key_count);
		row->key = arena_copy(join->arena, buf_span(&join->scratch));
		join->duplicate_child[i] = -1;
	}
	key_index_init(&join->roots, join->arena, roots, root->key_columns, root->key_count);
	find_duplicate_roots(join);
}

void join_batch(const struct batch *batch, struct joined *joined)
{
	struct join join = { .batch = batch, .joined = joined, .arena = batch->arena };

	*joined = (struct joined){ .sources = batch->sources };
	buf_init(&join.scratch);
	take_roots(&join);
	for (int s = 1; s < batch->sources->source_count; s++) {
		if (batch->sources->sources[s].kind == SOURCE_CHILDREN)
			join_children(&join, s);
		else
			join_reference(&join, s);
	}
	for (size_t i = 0; i < joined->row_count; i++)
		digest_row(&join, &joined->rows[i]);
	digest_orphans(&join);
	joined->duplicate_child = join.duplicate_child;
	joined->duplicate_root = join.duplicate_root;
	joined->orphans = join.orphans;
	joined->orphan_count = join.orphan_count;
	buf_release(&join.scratch);
}
