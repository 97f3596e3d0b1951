/*
 * csv.h: RFC 4180, and nothing that only looks like it. For engine/rules only.
 *
 * Our own, because a lookup rests on it: readers that mend what they read (a quote in the middle of
 * a cell, text behind a closing quote) would guess, and none says in which line a row begins.
 */
#ifndef ENGINE_RULES_CSV_H
#define ENGINE_RULES_CSV_H

#include "engine/base/arena.h"

enum { CSV_CELLS_MAX = 256 };

struct csv {
	struct span text;
	size_t at;
	int line;
	struct arena *arena; /* of decoded cells; borrowed */
};

struct csv_row {
	int line; /* where it begins */
	int cell_count;
	struct span cells[CSV_CELLS_MAX];
};

enum csv_answer { CSV_ROW, CSV_END, CSV_BAD };

/* A byte order mark in front is passed over. The text must be UTF-8 and outlive the cells. */
void csv_begin(struct csv *csv, struct span text, struct arena *arena);

/* The next row; lines end in LF or CRLF. CSV_BAD: why says what stands in csv->line. */
enum csv_answer csv_next(struct csv *csv, struct csv_row *row, const char **why);

#endif
