/*
 * alter.c: a source row as it would be if legacy held something else.
 */
#include "engine/derive/alter.h"

#include <stdlib.h>
#include <string.h>

struct alteration {
	int source, column;
	uint32_t number; /* from 1; 0: every row */
	struct cell cell;
};

/* "events[2]": cuts the number off; false when it is none. */
static bool take_number(struct span *name, uint32_t *number)
{
	const char *open = memchr(name->data, '[', name->size);
	char *end;
	unsigned long value;

	*number = 0;
	if (open == NULL)
		return true;
	value = strtoul(open + 1, &end, 10);
	if (value == 0 || value > UINT32_MAX || end + 1 != name->data + name->size || *end != ']')
		return false;
	name->size = (size_t)(open - name->data);
	*number = (uint32_t)value;
	return true;
}

static bool find_place(const struct source_set *sources, struct span place,
		       struct alteration *alteration, struct err *err)
{
	const char *dot = memchr(place.data, '.', place.size);
	struct span column = place;

	alteration->column = source_find_column(&sources->sources[0], place);
	if (alteration->column < 0 && dot) {
		struct span name = { place.data, (size_t)(dot - place.data) };

		column = (struct span){ dot + 1, place.size - name.size - 1 };
		if (!take_number(&name, &alteration->number))
			return err_set(err, ERR_USAGE, "'%.*s' names no row; as in events[2].kind",
				       SPAN_ARGS(place));
		alteration->source = source_find(sources, name);
		if (alteration->source < 0)
			return err_set(err, ERR_USAGE, "the rule has no source \"%.*s\"",
				       SPAN_ARGS(name));
		alteration->column =
		    source_find_column(&sources->sources[alteration->source], column);
	}
	if (alteration->column < 0)
		return err_set(err, ERR_USAGE, "the rule reads no column \"%.*s\" of %s",
			       SPAN_ARGS(column), sources->sources[alteration->source].name);
	if (source_is_keyed_by(&sources->sources[alteration->source], alteration->column) ||
	    source_names_others(sources, alteration->source, alteration->column))
		return err_set(err, ERR_USAGE,
			       "\"%.*s\" says which rows belong together: ask for another key "
			       "instead",
			       SPAN_ARGS(place));
	return true;
}

static const struct cell *altered(const struct source *source, const struct cell *row,
				  const struct alteration *alteration, struct arena *arena)
{
	size_t count = (size_t)source->column_count;
	struct cell *copy = arena_alloc(arena, sizeof(*copy) * (count + 1));

	memcpy(copy, row, sizeof(*copy) * count);
	copy[alteration->column] = alteration->cell;
	return copy;
}

static bool apply(const struct source_set *sources, struct source_row *row,
		  const struct alteration *alteration, struct arena *arena, struct err *err)
{
	int s = alteration->source;
	uint32_t count = row->row_count[s], changed = 0;
	const struct cell **rows = arena_alloc(arena, sizeof(*rows) * ((size_t)count + 1));

	for (uint32_t r = 0; r < count; r++) {
		bool is_meant = alteration->number == 0 || alteration->number == r + 1;

		rows[r] = row->rows[s][r];
		if (!is_meant || rows[r] == NULL)
			continue;
		rows[r] = altered(&sources->sources[s], rows[r], alteration, arena);
		changed++;
	}
	row->rows[s] = rows;
	if (changed > 0)
		return true;
	return err_set(err, ERR_USAGE, "%s has %u rows here", sources->sources[s].name, count);
}

bool source_row_alter(const struct source_set *sources, struct source_row *row, const char *said,
		      struct arena *arena, struct err *err)
{
	const char *equals = strchr(said, '=');
	struct span place = { said, equals ? (size_t)(equals - said) : strlen(said) };
	struct alteration alteration = { .cell = { .kind = CELL_NULL } };
	struct span value;

	if (equals) {
		value = arena_copy(arena, span_of(equals + 1));
		alteration.cell = (struct cell){ .data = value.data,
						 .size = (uint32_t)value.size,
						 .kind = CELL_TEXT };
	}
	return (find_place(sources, place, &alteration, err) &&
		apply(sources, row, &alteration, arena, err)) ||
	       err_while(err, "--set %s", said);
}
