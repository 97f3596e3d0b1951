/*
 * csv.c: RFC 4180, and nothing that only looks like it.
 */
#include "engine/rules/csv.h"

static bool is_next(const struct csv *csv, char c)
{
	return csv->at < csv->text.size && csv->text.data[csv->at] == c;
}

void csv_begin(struct csv *csv, struct span text, struct arena *arena)
{
	const struct span mark = SPAN("\xEF\xBB\xBF");

	*csv = (struct csv){ .text = text, .line = 1, .arena = arena };
	if (text.size >= mark.size && memcmp(text.data, mark.data, mark.size) == 0)
		csv->at = mark.size;
}

/* Behind the opening quote. A cell without a doubled quote is borrowed from the text. */
static bool read_quoted(struct csv *csv, struct span *cell, const char **why)
{
	size_t start = csv->at, kept = 0;
	int line = csv->line;
	const char *data = csv->text.data;
	char *decoded;

	for (; csv->at < csv->text.size; csv->at++) {
		if (data[csv->at] == '"') {
			if (csv->at + 1 >= csv->text.size || data[csv->at + 1] != '"')
				break;
			csv->at++;
		}
		csv->line += data[csv->at] == '\n';
		kept++;
	}
	if (csv->at >= csv->text.size) {
		*why = "a quote is opened and never closed";
		csv->line = line; /* where people find it */
		return false;
	}
	*cell = (struct span){ data + start, csv->at - start };
	csv->at++;
	if (kept == cell->size)
		return true;
	decoded = arena_alloc(csv->arena, kept + 1);
	for (size_t from = start, to = 0; to < kept; from++, to++) {
		decoded[to] = data[from];
		from += data[from] == '"';
	}
	*cell = (struct span){ decoded, kept };
	return true;
}

static bool read_plain(struct csv *csv, struct span *cell, const char **why)
{
	size_t start = csv->at;

	while (csv->at < csv->text.size && !strchr(",\"\r\n", csv->text.data[csv->at]))
		csv->at++;
	if (is_next(csv, '"')) {
		*why = "a quote stands inside a cell that does not begin with one";
		return false;
	}
	*cell = (struct span){ csv->text.data + start, csv->at - start };
	return true;
}

/* Pass over the end of a line; false when something else stands here. */
static bool end_line(struct csv *csv, const char **why)
{
	if (csv->at >= csv->text.size)
		return true;
	*why = "a carriage return stands without its line feed";
	if (is_next(csv, '\r'))
		csv->at++;
	else
		*why = "text stands behind a closing quote";
	if (!is_next(csv, '\n'))
		return false;
	csv->at++;
	csv->line++;
	return true;
}

enum csv_answer csv_next(struct csv *csv, struct csv_row *row, const char **why)
{
	row->line = csv->line;
	row->cell_count = 0;
	if (csv->at >= csv->text.size)
		return CSV_END;
	for (;;) {
		struct span *cell = &row->cells[row->cell_count];
		bool is_quoted = is_next(csv, '"');

		if (row->cell_count == CSV_CELLS_MAX) {
			*why = "the row has more than 256 cells";
			return CSV_BAD;
		}
		row->cell_count++;
		csv->at += is_quoted;
		if (!(is_quoted ? read_quoted(csv, cell, why) : read_plain(csv, cell, why)))
			return CSV_BAD;
		if (!is_next(csv, ','))
			return end_line(csv, why) ? CSV_ROW : CSV_BAD;
		csv->at++;
	}
}
