/*
 * copy_rows.c: rows as COPY writes them, as cells. The hot path of every read: one copy, one allocation a row.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "engine/base/require.h"
#include "engine/model/key.h"

/* What stands behind a backslash; every other letter is itself. */
static char unescaped(char letter)
{
	switch (letter) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'v':
		return '\v';
	default:
		return letter;
	}
}

/* In place, from the first backslash on; returns the size that is left. */
static size_t unescape(char *field, size_t size, size_t from)
{
	size_t to = from;

	for (size_t at = from; at < size; at++) {
		if (field[at] == '\\' && at + 1 < size)
			field[to++] = unescaped(field[++at]);
		else
			field[to++] = field[at];
	}
	return to;
}

static struct cell cell_of(char *field, size_t size, bool has_slash)
{
	char *slash = has_slash ? memchr(field, '\\', size) : NULL;

	if (slash == NULL)
		return (struct cell){ field, (uint32_t)size, CELL_TEXT };
	if (size == 2 && field[1] == 'N')
		return (struct cell){ NULL, 0, CELL_NULL };
	size = unescape(field, size, (size_t)(slash - field));
	return (struct cell){ field, (uint32_t)size, CELL_TEXT };
}

/* A row as COPY wrote it, from the field on that comes next. */
struct line {
	char *at, *end;
	bool has_slash; /* most rows have nothing that is escaped, nor NULL */
};

/* The field that begins here, which ends with a tab or the row. */
static struct cell next_cell(struct line *line)
{
	char *field = line->at;
	char *tab = memchr(field, '\t', (size_t)(line->end - field));

	line->at = tab ? tab + 1 : line->end;
	return cell_of(field, (size_t)((tab ? tab : line->end) - field), line->has_slash);
}

/* "\x0aff" as PostgreSQL writes binary, to bytes in place. */
bool pg_cell_to_bytes(struct cell *cell, struct arena *arena, struct err *err)
{
	struct span bytes = key_part_bytes(cell_span(cell), arena);

	if (bytes.data == NULL)
		return err_set(err, ERR_DATA, "PostgreSQL sent binary that is not in hex");
	*cell = (struct cell){ bytes.data, (uint32_t)bytes.size, CELL_BYTES };
	return true;
}

/* "1048577:" and hex: what the store made of a value that was too long to be sent. */
static bool take_cut(const struct cell *cut, struct arena *arena, struct cell *cell,
		     struct err *err)
{
	const char *colon = memchr(cut->data, ':', cut->size);
	struct span hex, bytes;
	struct digest digest = { 0, 0 };
	char *kept;

	require(colon != NULL);
	hex = arena_print(arena, "\\x%.*s", (int)(cut->size - (size_t)(colon + 1 - cut->data)),
			  colon + 1);
	bytes = key_part_bytes(hex, arena);
	if (bytes.size != CELL_CUT_SIZE)
		return err_set(err, ERR_DATA, "PostgreSQL sent a value that was cut otherwise");
	for (int i = 0; i < 8; i++) {
		digest.high = digest.high << 8 | (unsigned char)bytes.data[CELL_KEPT_BYTES + i];
		digest.low = digest.low << 8 | (unsigned char)bytes.data[CELL_KEPT_BYTES + 8 + i];
	}
	kept = arena_alloc(arena, CELL_CUT_SIZE);
	cell_put_cut((struct span){ bytes.data, CELL_KEPT_BYTES }, digest, kept);
	*cell = (struct cell){ kept, (uint32_t)strtoul(cut->data, NULL, 10), CELL_CUT };
	return true;
}

/* What came although it is too long: it was not in the store when that was looked at, or grew on its way. */
void pg_cell_cut(struct cell *cell, struct arena *arena)
{
	char *kept = arena_alloc(arena, CELL_CUT_SIZE);

	cell_cut(cell_span(cell), kept);
	cell->data = kept;
	cell->kind = CELL_CUT;
}

/* Behind the columns stand, for those that may be long, what the store made of those that are. */
static bool take_cuts(const struct source_reader *source, struct line *line, struct cell *row,
		      struct arena *arena, struct err *err)
{
	for (int i = 0; i < source->sql.source->column_count; i++) {
		int at = source->columns[i];
		struct cell cut;

		if (at < 0 || !source->shape.columns[at].is_long)
			continue;
		cut = next_cell(line);
		if (cut.kind != CELL_NULL && !take_cut(&cut, arena, &row[i], err))
			return false;
	}
	return true;
}

static bool take_bytes(const struct source_reader *source, struct cell *row, struct arena *arena,
		       struct err *err)
{
	for (int i = 0; i < source->sql.source->column_count; i++) {
		int at = source->columns[i];

		if (row[i].kind == CELL_TEXT && at >= 0 && source->shape.columns[at].is_bytes &&
		    !pg_cell_to_bytes(&row[i], arena, err))
			return false;
	}
	return true;
}

static bool take_row(struct read *read, int source_index, struct line *line, struct err *err)
{
	const struct reader *reader = read->reader;
	const struct source_reader *source = &reader->sources[source_index];
	int column_count = source->sql.source->column_count;
	struct cell *row = batch_add_row(read->batch, source_index);
	struct arena *arena = read->batch->arena;

	for (int i = 0; i < column_count; i++)
		row[i] = next_cell(line);
	if (source->has_bytes && !take_bytes(source, row, arena, err))
		return false;
	for (int i = 0; i < column_count; i++)
		if (row[i].size > CELL_BYTES_MAX)
			pg_cell_cut(&row[i], arena);
	if (reader->cuts && !take_cuts(source, line, row, arena, err))
		return false;
	if (source_index > 0)
		return true;
	return pg_reader_check_key(read->reader, row, err) &&
	       (!source->sql.source->is_keyless || pg_keyless_check(reader, row, err));
}

static bool within_budget(const struct read *read, struct err *err)
{
	size_t grown = read->batch->arena->used_bytes - read->used_before;

	if (read->bytes_max == 0 || grown <= read->bytes_max)
		return true;
	return err_set(err, ERR_TOO_LARGE, "the rows take more than %zu bytes", read->bytes_max);
}

static bool take_rows(struct read *read, int source_index, struct err *err)
{
	struct span copy;
	struct line line;
	size_t size;
	char *row;

	for (;;) {
		if (!wire_copy_row(read->reader->conn, &row, &size, err))
			return false;
		if (row == NULL)
			return true;
		require(size > 0);
		copy = arena_copy(read->batch->arena, (struct span){ row, size - 1 });
		PQfreemem(row);
		line = (struct line){ .at = (char *)copy.data,
				      .end = (char *)copy.data + copy.size,
				      .has_slash = memchr(copy.data, '\\', copy.size) != NULL };
		if (!take_row(read, source_index, &line, err) || !within_budget(read, err))
			return false;
	}
}

bool pg_read_copy(struct read *read, int source_index, struct err *err)
{
	const struct source *source = read->reader->sources[source_index].sql.source;
	bool has_begun = false;
	PGresult *result;

	/* Behind the rows of the one before comes that it is done. */
	while (!has_begun) {
		if (!wire_next(read->reader->conn, &result, err))
			return err_while(err, "table %s", source->table);
		require(result != NULL);
		has_begun = PQresultStatus(result) == PGRES_COPY_OUT;
		PQclear(result);
	}
	return take_rows(read, source_index, err) || err_while(err, "table %s", source->table);
}
