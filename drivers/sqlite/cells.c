/*
 * cells.c: a row of SQLite as cells. The hot path of every read: one copy, one allocation a row.
 */
#include <string.h>

#include "drivers/sqlite/reader_internal.h"
#include "engine/base/require.h"

/* Point the cell at SQLite's own memory, or at `number`; returns the bytes it will need. */
static size_t borrow(sqlite3_stmt *stmt, int column, struct cell *cell, char *number)
{
	int kind = sqlite3_column_type(stmt, column);
	const void *data = number;
	size_t size = 0;

	cell->kind = CELL_TEXT;
	switch (kind) {
	case SQLITE_INTEGER:
		size = integer_to_text(sqlite3_column_int64(stmt, column), number);
		break;
	case SQLITE_FLOAT:
		size = real_to_text(sqlite3_column_double(stmt, column), number);
		break;
	case SQLITE_TEXT:
		data = sqlite3_column_text(stmt, column);
		require(data != NULL);
		size = (size_t)sqlite3_column_bytes(stmt, column);
		break;
	case SQLITE_BLOB:
		cell->kind = CELL_BYTES;
		data = sqlite3_column_blob(stmt, column);
		size = (size_t)sqlite3_column_bytes(stmt, column);
		require(data != NULL || size == 0);
		break;
	default:
		cell->kind = CELL_NULL;
		break;
	}
	cell->data = data;
	cell->size = (uint32_t)size;
	if (size <= CELL_BYTES_MAX)
		return size;
	cell->kind = CELL_CUT;
	return CELL_CUT_SIZE;
}

void cells_read(sqlite3_stmt *stmt, int count, struct arena *arena, struct cell *cells,
		char *numbers)
{
	size_t total = 1; /* so that an empty text has an address too */
	char *to;

	for (int i = 0; i < count; i++)
		total += borrow(stmt, i, &cells[i], numbers + (size_t)i * NUMBER_TEXT_SIZE);
	to = arena_alloc(arena, total);
	for (int i = 0; i < count; i++) {
		size_t size = cells[i].size;

		if (cells[i].kind == CELL_NULL) {
			cells[i].data = NULL;
			continue;
		}
		if (cells[i].kind == CELL_CUT) {
			cell_cut((struct span){ cells[i].data, size }, to);
			size = CELL_CUT_SIZE;
		} else if (size) {
			memcpy(to, cells[i].data, size);
		}
		cells[i].data = to;
		to += size;
	}
}
