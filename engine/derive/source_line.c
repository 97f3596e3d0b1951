/*
 * source_line.c: joined rows to lines of JSON.
 */
#include "engine/derive/source_line.h"

#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/model/cell_json.h"

struct line {
	struct json_writer json;
	const struct source_set *sources;
	const struct source_row *row;
	struct arena arena; /* dies with the line */
};

static void put_cells(struct line *line, const struct source *source, const struct cell *cells)
{
	for (int i = 0; i < source->column_count; i++) {
		if (cells[i].kind == CELL_NULL)
			continue;
		json_key(&line->json, source->columns[i]);
		cell_put_json(&line->json, &cells[i]);
	}
}

static void put_children(struct line *line, int index, uint32_t first, uint32_t end);

/* The lists of all children that hang below the n-th row of a source. */
static void put_lists(struct line *line, int above, uint32_t n)
{
	for (int i = above + 1; i < line->sources->source_count; i++) {
		const struct source *source = &line->sources->sources[i];
		uint32_t first = 0, end = line->row->row_count[i];

		if (source->kind != SOURCE_CHILDREN || source->of != above)
			continue;
		if (above > 0) {
			first = line->row->starts[i][n];
			end = line->row->starts[i][n + 1];
		}
		if (first == end)
			continue;
		json_key(&line->json, source->name);
		put_children(line, i, first, end);
	}
}

static void put_children(struct line *line, int index, uint32_t first, uint32_t end)
{
	json_open(&line->json, '[');
	for (uint32_t n = first; n < end; n++) {
		json_open(&line->json, '{');
		put_cells(line, &line->sources->sources[index], line->row->rows[index][n]);
		put_lists(line, index, n);
		json_close(&line->json, '}');
	}
	json_close(&line->json, ']');
}

/* A row that is pointed at, and by which of those that point. */
struct pointed {
	const struct cell *cells;
	uint32_t by;
};

static int by_place(const void *left, const void *right)
{
	const struct pointed *one = left, *other = right;

	if (one->cells != other->cells)
		return one->cells < other->cells ? -1 : 1;
	return one->by < other->by ? -1 : one->by > other->by;
}

static int by_pointing(const void *left, const void *right)
{
	const struct pointed *one = left, *other = right;

	return one->by < other->by ? -1 : one->by > other->by;
}

/* Each row that is pointed at once, in the order in which they first are; rows are one row where they lie in one place. */
static size_t find_pointed(const struct source_row *row, int index, struct pointed *pointed)
{
	size_t count = 0, kept = 0;

	for (uint32_t n = 0; n < row->row_count[index]; n++)
		if (row->rows[index][n])
			pointed[count++] = (struct pointed){ row->rows[index][n], n };
	if (count > 1)
		qsort(pointed, count, sizeof(*pointed), by_place);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || pointed[i].cells != pointed[kept - 1].cells)
			pointed[kept++] = pointed[i];
	if (kept > 1)
		qsort(pointed, kept, sizeof(*pointed), by_pointing);
	return kept;
}

static void put_reference(struct line *line, int index)
{
	struct pointed *pointed =
	    arena_alloc(&line->arena, line->row->row_count[index] * sizeof(*pointed) + 1);
	size_t count = find_pointed(line->row, index, pointed);

	if (count == 0)
		return;
	json_key(&line->json, line->sources->sources[index].name);
	json_open(&line->json, '[');
	for (size_t i = 0; i < count; i++) {
		json_open(&line->json, '{');
		put_cells(line, &line->sources->sources[index], pointed[i].cells);
		json_close(&line->json, '}');
	}
	json_close(&line->json, ']');
}

static void open_line(struct line *line, struct buf *buf, const char *entity,
		      const struct joined *joined)
{
	*line = (struct line){ .sources = joined->sources };
	arena_init(&line->arena);
	json_writer_init(&line->json, buf);
	json_open(&line->json, '{');
	json_key_text(&line->json, "entity", entity);
}

static void close_line(struct line *line)
{
	json_close(&line->json, '}');
	arena_release(&line->arena);
}

static void put_root(struct line *line)
{
	const struct source *root = &line->sources->sources[0];

	json_key(&line->json, root->name);
	json_open(&line->json, '{');
	put_cells(line, root, line->row->rows[0][0]);
	json_close(&line->json, '}');
}

void source_line_put(struct buf *buf, const char *entity, const struct joined *joined, size_t row,
		     bool is_first)
{
	struct line line;

	require(row < joined->row_count);
	open_line(&line, buf, entity, joined);
	line.row = &joined->rows[row];
	put_root(&line);
	if (is_first)
		put_lists(&line, 0, 0);
	for (int i = 1; i < joined->sources->source_count; i++)
		if (joined->sources->sources[i].kind == SOURCE_REFERENCE)
			put_reference(&line, i);
	close_line(&line);
}

void source_line_put_orphan(struct buf *buf, const char *entity, const struct joined *joined,
			    size_t orphan)
{
	const struct orphan *found = &joined->orphans[orphan];
	const struct source *source = &joined->sources->sources[found->source];
	struct line line;

	require(orphan < joined->orphan_count);
	open_line(&line, buf, entity, joined);
	json_key(&line.json, "orphan");
	json_open(&line.json, '{');
	json_key(&line.json, source->name);
	json_open(&line.json, '{');
	put_cells(&line, source, found->row);
	json_close(&line.json, '}');
	json_close(&line.json, '}');
	close_line(&line);
}
