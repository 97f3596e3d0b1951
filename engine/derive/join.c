/*
 * join.c: children and references find their roots by hash, whatever order the store gave them in.
 */
#include "engine/derive/join.h"

#include "engine/base/buf.h"
#include "engine/base/require.h"
#include "engine/derive/child_order.h"
#include "engine/derive/key_index.h"
#include "engine/model/key.h"

/* Where a child row came to lie: its root, and its number among that root's rows of the source. */
struct placed {
	int64_t root; /* KEY_INDEX_NONE: it is an orphan */
	uint32_t number;
};

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
	struct placed *placed[SOURCES_MAX]; /* of children: one a row, in the batch's order */
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

/* Rows of one source on their way to their roots. */
struct children {
	int index;
	const struct source *source;
	const struct rowset *rowset;
	const struct key_index *above; /* over the rows they belong to */
	int64_t *parents;              /* one a row: the row above it, or KEY_INDEX_NONE */
	uint32_t *counts;              /* one a root */
};

static int64_t root_of(const struct join *join, const struct children *children, int64_t parent)
{
	if (parent == KEY_INDEX_NONE || children->source->of == 0)
		return parent;
	return join->placed[children->source->of][parent].root;
}

/* Which row above each child belongs to; counts[root] becomes the number of its children. */
static void find_parents(struct join *join, struct children *children)
{
	const struct source *source = children->source;
	int64_t last = KEY_INDEX_NONE;

	for (size_t i = 0; i < children->rowset->row_count; i++) {
		const struct cell *row = rowset_row(children->rowset, i);
		int64_t root;

		/* Stores mostly give siblings one after the other, or one of each parent after the other. */
		last = key_index_find_near(children->above, row, source->parent_columns, last);
		children->parents[i] = last;
		root = root_of(join, children, last);
		if (root == KEY_INDEX_NONE)
			add_orphan(join, children->index, row);
		else
			children->counts[root]++;
		join->placed[children->index][i].root = root;
	}
}

/* Of roots with one key each has all its children, so that it does not matter which came first. */
static void share_children(struct join *join, int source_index)
{
	struct source_row *rows = join->joined->rows;

	for (size_t i = 0; i < join->joined->row_count; i++) {
		size_t first = (size_t)join->first_of[i];

		rows[i].rows[source_index] = rows[first].rows[source_index];
		rows[i].row_count[source_index] = rows[first].row_count[source_index];
		rows[i].starts[source_index] = rows[first].starts[source_index];
		if (first != i)
			join->duplicate_child[i] = join->duplicate_child[first];
	}
}

/* starts[n + 1] becomes where the rows of the n-th row above begin, to be moved on row by row. */
static uint32_t **count_below(struct join *join, const struct children *children)
{
	size_t root_count = join->joined->row_count;
	uint32_t **starts = arena_alloc(join->arena, root_count * sizeof(*starts) + 1);

	for (size_t i = 0; i < root_count; i++) {
		size_t above_count = join->joined->rows[i].row_count[children->source->of];

		starts[i] = arena_zalloc(join->arena, (above_count + 2) * sizeof(uint32_t));
	}
	for (size_t i = 0; i < children->rowset->row_count; i++) {
		const struct placed *placed = &join->placed[children->index][i];
		const struct placed *above;

		if (placed->root == KEY_INDEX_NONE)
			continue;
		above = &join->placed[children->source->of][children->parents[i]];
		starts[placed->root][above->number + 2]++;
	}
	for (size_t i = 0; i < root_count; i++) {
		uint32_t above_count = join->joined->rows[i].row_count[children->source->of];

		for (uint32_t n = 2; n <= above_count; n++)
			starts[i][n] += starts[i][n - 1];
	}
	return starts;
}

/* Put the rows of each root together; below other children, those of one row above, too. */
static void group_rows(struct join *join, const struct children *children,
		       const struct cell **grouped, uint32_t **starts)
{
	const struct cell **next = grouped;
	struct joined *joined = join->joined;

	for (size_t i = 0; i < joined->row_count; i++) {
		joined->rows[i].rows[children->index] = next;
		next += children->counts[i];
	}
	for (size_t i = 0; i < children->rowset->row_count; i++) {
		const struct placed *placed = &join->placed[children->index][i];
		struct source_row *row;
		const struct cell **mine;
		uint32_t at;

		if (placed->root == KEY_INDEX_NONE)
			continue;
		row = &joined->rows[placed->root];
		mine = grouped + (row->rows[children->index] - (const struct cell *const *)grouped);
		at = row->row_count[children->index]++;
		if (starts) {
			const struct placed *above =
			    &join->placed[children->source->of][children->parents[i]];

			at = starts[placed->root][above->number + 1]++;
		}
		mine[at] = rowset_row(children->rowset, i);
		joined->child_count++;
	}
}

/* Order the rows of one row above, or of the root. */
static void order_rows(struct join *join, const struct children *children, size_t root,
		       const struct cell **rows, const uint32_t *starts)
{
	uint32_t above_count = 1;
	bool duplicate = false;

	if (starts)
		above_count = join->joined->rows[root].row_count[children->source->of];
	for (uint32_t n = 0; n < above_count; n++) {
		uint32_t first = starts ? starts[n] : 0;
		uint32_t count = (starts ? starts[n + 1] : children->counts[root]) - first;

		duplicate |= child_order(children->source, rows + first, count);
	}
	if (duplicate)
		join->duplicate_child[root] = children->index;
}

static bool has_below(const struct source_set *set, int index)
{
	for (int s = index + 1; s < set->source_count; s++)
		if (set->sources[s].kind == SOURCE_CHILDREN && set->sources[s].of == index)
			return true;
	return false;
}

/* For those below. Rows are known by where they lie in their rowset. */
static void number_rows(struct join *join, const struct children *children)
{
	const struct rowset *rowset = children->rowset;

	if (!has_below(join->batch->sources, children->index))
		return;

	for (size_t i = 0; i < join->joined->row_count; i++) {
		const struct source_row *row = &join->joined->rows[i];

		for (uint32_t r = 0; r < row->row_count[children->index]; r++) {
			ptrdiff_t cells = row->rows[children->index][r] - rowset->cells;

			join->placed[children->index][cells / rowset->column_count].number = r;
		}
	}
}

static void place_children(struct join *join, struct children *children)
{
	struct joined *joined = join->joined;
	size_t row_count = children->rowset->row_count;
	const struct cell **grouped =
	    arena_alloc(join->arena, row_count * sizeof(const struct cell *) + 1);
	const struct cell **next = grouped;
	uint32_t **starts = NULL;

	if (children->source->of > 0)
		starts = count_below(join, children);
	group_rows(join, children, grouped, starts);
	for (size_t i = 0; i < joined->row_count; i++) {
		if (starts)
			joined->rows[i].starts[children->index] = starts[i];
		order_rows(join, children, i, next, starts ? starts[i] : NULL);
		next += children->counts[i];
	}
	number_rows(join, children);
}

static void join_children(struct join *join, int source_index)
{
	const struct source *source = &join->batch->sources->sources[source_index];
	const struct rowset *rowset = &join->batch->rowsets[source_index];
	struct key_index above;
	struct children children = { .index = source_index,
				     .source = source,
				     .rowset = rowset,
				     .above = source->of > 0 ? &above : &join->roots };

	require(source->of < source_index);
	if (source->of > 0)
		key_index_init(&above, join->arena, &join->batch->rowsets[source->of],
			       source->of_columns, source->parent_count);
	children.parents =
	    arena_alloc(join->arena, rowset->row_count * sizeof(*children.parents) + 1);
	children.counts =
	    arena_zalloc(join->arena, join->joined->row_count * sizeof(*children.counts) + 1);
	join->placed[source_index] =
	    arena_zalloc(join->arena, rowset->row_count * sizeof(struct placed) + 1);
	find_parents(join, &children);
	place_children(join, &children);
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

/* Of a value that was cut its digest stands for what was cut off. */
static inline size_t size_held(const struct cell *cell)
{
	if (cell->kind == CELL_NULL)
		return 0;
	return cell->kind == CELL_CUT ? (size_t)CELL_CUT_SIZE : cell->size;
}

/* Injective: every cell is its kind, its size and its bytes; every source starts with its row count. The
 * hottest loop beside the rule: the room is made once a row. */
static void put_cells(struct join *join, const struct cell *row, int column_count)
{
	enum { KIND_SIZE = 1, HEAD_SIZE = KIND_SIZE + sizeof(uint32_t) };
	struct buf *buf = &join->scratch;
	size_t held = 0;
	char *at;

	for (int c = 0; c < column_count; c++)
		held += size_held(&row[c]);
	join->joined->byte_count += held;
	buf_reserve(buf, held + (size_t)column_count * HEAD_SIZE);
	at = buf->data + buf->size;
	for (int c = 0; c < column_count; c++) {
		const struct cell *cell = &row[c];
		size_t size = size_held(cell);

		*at = (char)cell->kind;
		if (cell->kind == CELL_NULL) {
			at += KIND_SIZE;
			continue;
		}
		memcpy(at + KIND_SIZE, &cell->size, sizeof(cell->size));
		memcpy(at + HEAD_SIZE, cell->data, size);
		at += HEAD_SIZE + size;
	}
	*at = '\0';
	buf->size = (size_t)(at - buf->data);
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
	joined->rows = arena_alloc(join->arena, roots->row_count * sizeof(*joined->rows) + 1);
	join->duplicate_child =
	    arena_alloc(join->arena, roots->row_count * sizeof(*join->duplicate_child) + 1);
	for (size_t i = 0; i < roots->row_count; i++) {
		struct source_row *row = &joined->rows[i];

		source_row_init(row, join->arena, join->batch->sources->source_count);
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
