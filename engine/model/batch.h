/*
 * batch.h: the rows of one chunk as legacy gave them, source by source, in the arena.
 */
#ifndef ENGINE_MODEL_BATCH_H
#define ENGINE_MODEL_BATCH_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/span.h"
#include "engine/model/digest.h"
#include "engine/model/source.h"

/* A value above this many bytes is read only in part: its record is rejected, not the run. */
enum { CELL_BYTES_MAX = 1 << 20, CELL_KEPT_BYTES = 4096 };

enum cell_kind {
	CELL_NULL,
	CELL_TEXT,  /* canonical text; not yet known to be valid UTF-8 */
	CELL_BYTES, /* binary: the raw bytes */
	CELL_CUT, /* above CELL_BYTES_MAX: data holds the first CELL_KEPT_BYTES of the size bytes there
	             * are, followed by the first half of the SHA-256 of all of them (a struct digest,
	             * unaligned), which a store can work out without sending them */
};

struct cell {
	const char *data;
	uint32_t size;
	uint8_t kind; /* enum cell_kind */
};

enum { CELL_CUT_SIZE = CELL_KEPT_BYTES + sizeof(struct digest) };

/* What a CELL_CUT of these bytes holds; and where only the first of them and the digest are known. */
void cell_cut(struct span bytes, char to[CELL_CUT_SIZE]);
void cell_put_cut(struct span kept, struct digest digest, char to[CELL_CUT_SIZE]);

struct rowset {
	struct cell *cells; /* row_count rows of column_count cells, row after row */
	size_t row_count;
	size_t row_capacity;
	int column_count; /* = the source's */
};

struct batch {
	struct arena *arena; /* borrowed */
	const struct source_set *sources;
	struct rowset rowsets[SOURCES_MAX]; /* one a source, rows in any order */
};

/* Empty, for these sources. */
void batch_init(struct batch *batch, struct arena *arena, const struct source_set *sources);

/* Room for one more row of the source; the caller fills its column_count cells. The pointer is
 * valid until the next call for the same source. */
struct cell *batch_add_row(struct batch *batch, int source_index);

static inline const struct cell *rowset_row(const struct rowset *rowset, size_t index)
{
	return rowset->cells + index * (size_t)rowset->column_count;
}

static inline struct span cell_span(const struct cell *cell)
{
	if (cell->kind == CELL_NULL)
		return SPAN_NONE;
	return (struct span){ cell->data, cell->kind == CELL_CUT ? CELL_KEPT_BYTES : cell->size };
}

/* The digest of the whole value of a CELL_CUT. */
static inline struct digest cell_cut_digest(const struct cell *cell)
{
	struct digest digest;

	memcpy(&digest, cell->data + CELL_KEPT_BYTES, sizeof(digest));
	return digest;
}

#endif
