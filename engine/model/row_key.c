/*
 * row_key.c: the key of a row that has none, and equal rows as one.
 */
#include "engine/model/row_key.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/require.h"

enum { SIZE_TEXT_SIZE = 24, COPIES_MAX = INT32_MAX };

/* ---- the key ---- */

static void add(crypto_hash_sha256_state *state, const void *data, size_t size)
{
	crypto_hash_sha256_update(state, data, size);
}

/* "t3:abc": what ends is known before it is read, so no two rows have the same bytes. */
static void add_sized(crypto_hash_sha256_state *state, const char *kind, struct span bytes)
{
	char head[SIZE_TEXT_SIZE];
	int size = snprintf(head, sizeof(head), "%s%zu:", kind, bytes.size);

	add(state, head, (size_t)size);
	add(state, bytes.data, bytes.size);
}

static void add_cell(crypto_hash_sha256_state *state, const struct cell *cell)
{
	char head[SIZE_TEXT_SIZE], hex[DIGEST_HEX_SIZE];

	switch ((enum cell_kind)cell->kind) {
	case CELL_TEXT:
		add_sized(state, "t", cell_span(cell));
		break;
	case CELL_BYTES:
		add_sized(state, "b", cell_span(cell));
		break;
	case CELL_CUT:
		add(state, head, (size_t)snprintf(head, sizeof(head), "c%" PRIu32 ":", cell->size));
		digest_to_hex(cell_cut_digest(cell), hex);
		add(state, hex, DIGEST_HEX_SIZE - 1);
		break;
	case CELL_NULL:
		break;
	}
}

void row_key_of(const struct source *source, const struct cell *row, char key[ROW_KEY_SIZE])
{
	crypto_hash_sha256_state state;
	unsigned char hash[crypto_hash_sha256_BYTES];
	char hex[ROW_KEY_SIZE + 1];

	require(source->is_keyless);
	crypto_hash_sha256_init(&state);
	/* A source's columns are in byte order. */
	for (int i = 0; i < source->column_count; i++) {
		if (i == source->star_column || i == source->copies_column ||
		    row[i].kind == CELL_NULL)
			continue;
		add_sized(&state, "", span_of(source->columns[i]));
		add_cell(&state, &row[i]);
	}
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(hex, sizeof(hex), hash, ROW_KEY_SIZE / 2);
	memcpy(key, hex, ROW_KEY_SIZE);
}

void row_key_complete(const struct source *source, struct cell *row, struct arena *arena)
{
	char *key = arena_alloc(arena, ROW_KEY_SIZE);

	row_key_of(source, row, key);
	row[source->star_column] = (struct cell){ key, ROW_KEY_SIZE, CELL_TEXT };
	if (source->copies_column >= 0 && row[source->copies_column].kind == CELL_NULL)
		row[source->copies_column] = (struct cell){ "1", 1, CELL_TEXT };
}

/* ---- equal rows ---- */

/* 1 … COPIES_MAX as it is written, or 0. */
static int64_t copies_of(const struct cell *cell)
{
	int64_t copies = 0;

	if (cell->kind != CELL_TEXT || cell->size == 0 || cell->size > 10 || cell->data[0] == '0')
		return 0;
	for (uint32_t i = 0; i < cell->size; i++) {
		if (cell->data[i] < '0' || cell->data[i] > '9')
			return 0;
		copies = copies * 10 + (cell->data[i] - '0');
	}
	return copies <= COPIES_MAX ? copies : 0;
}

static bool add_copies(const struct source *source, struct cell *row, const struct cell *equal,
		       struct arena *arena)
{
	struct cell *copies;
	int64_t sum;
	struct span text;

	if (source->copies_column < 0)
		return true;
	copies = &row[source->copies_column];
	sum = copies_of(copies) + copies_of(&equal[source->copies_column]);
	if (!copies_of(copies) || !copies_of(&equal[source->copies_column]) || sum > COPIES_MAX)
		return false;
	text = arena_print(arena, "%" PRId64, sum);
	*copies = (struct cell){ text.data, (uint32_t)text.size, CELL_TEXT };
	return true;
}

static int compare_keys(const void *a, const void *b, void *context)
{
	int star = *(const int *)context;

	return span_compare(cell_span(&(*(struct cell *const *)a)[star]),
			    cell_span(&(*(struct cell *const *)b)[star]));
}

size_t row_key_fold(const struct source *source, struct cell **rows, size_t count,
		    struct arena *arena)
{
	int star = source->star_column;
	size_t kept = 0;

	require(source->is_keyless);
	qsort_r(rows, count, sizeof(*rows), compare_keys, &star);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare_keys(&rows[kept - 1], &rows[i], &star) != 0 ||
		    !add_copies(source, rows[kept - 1], rows[i], arena))
			rows[kept++] = rows[i];
	return kept;
}

void row_key_fold_batch(struct batch *batch, int source_index)
{
	const struct source *source = &batch->sources->sources[source_index];
	struct rowset *rowset = &batch->rowsets[source_index];
	size_t columns = (size_t)rowset->column_count, kept;
	struct cell **rows =
	    arena_alloc(batch->arena, (rowset->row_count + 1) * sizeof(struct cell *));
	struct cell *cells =
	    arena_alloc(batch->arena, (rowset->row_count + 1) * columns * sizeof(*cells));

	for (size_t i = 0; i < rowset->row_count; i++) {
		rows[i] = rowset->cells + i * columns;
		row_key_complete(source, rows[i], batch->arena);
	}
	kept = row_key_fold(source, rows, rowset->row_count, batch->arena);
	for (size_t i = 0; i < kept; i++)
		memcpy(cells + i * columns, rows[i], columns * sizeof(*cells));
	rowset->cells = cells;
	rowset->row_capacity = rowset->row_count + 1;
	rowset->row_count = kept;
}
