/*
 * columns.c: one of legacy's cells as a value, by the type its rule file gives the column.
 *
 * Only columns that are used are looked at, so a broken value in a column nobody needs harms nobody.
 */
#include "engine/rules/columns.h"

#include "engine/model/utf8.h"

struct fault *blame_cell(struct evaluator *e, const char *code, const struct place *place,
			 const char *what)
{
	const struct value saw = { .kind = VALUE_TEXT, .text = place->text };
	struct fault *fault =
	    blame(e, code, "%s in %s.%s %s", blame_quote(e, place->text), place->source->table,
		  place->source->columns[place->column], what);

	blame_saw(e, fault, &saw);
	blame_column(fault, place->source, place->column);
	fault->is_of_column = true;
	return fault;
}

static bool read_int(struct evaluator *e, const struct place *place, struct value *value)
{
	value->kind = VALUE_INTEGER;
	switch (integer_parse(place->text, &value->integer)) {
	case 0:
		return true;
	case 1:
		blame_cell(e, "E2102", place, "is no integer");
		return false;
	default:
		blame_cell(e, "E2112", place, "is beyond 9007199254740991")->help =
		    SPAN("leave the column text and make the field a bigint");
		return false;
	}
}

static bool read_decimal(struct evaluator *e, const struct place *place, struct value *value)
{
	value->kind = VALUE_DECIMAL;
	if (decimal_parse(place->text, &value->decimal))
		return true;
	blame_cell(e, "E2102", place, "is no decimal number of at most 38 digits");
	return false;
}

static bool read_boolean(struct evaluator *e, const struct place *place, struct value *value)
{
	static const char *const words[] = { "f", "t", "false", "true", "0", "1" };

	value->kind = VALUE_BOOLEAN;
	for (int i = 0; i < 6; i++) {
		if (span_equal_text(place->text, words[i])) {
			value->integer = i % 2;
			return true;
		}
	}
	blame_cell(e, "E2102", place, "is none of t, f, true, false, 1, 0");
	return false;
}

/* Texts that are no text: cut, binary, or not UTF-8. */
static bool check_cell(struct evaluator *e, const struct cell *cell, const struct place *place)
{
	const char *column = place->source->columns[place->column];
	const struct value saw = { .kind = VALUE_BYTES, .text = place->text };
	struct fault *fault;

	if (cell->kind == CELL_CUT) {
		fault = blame(e, "E2109", "%s.%s holds %u bytes, the limit is %d",
			      place->source->table, column, cell->size, CELL_BYTES_MAX);
	} else if (cell->kind == CELL_BYTES) {
		fault =
		    blame(e, "E2102", "%s.%s is binary, not text", place->source->table, column);
	} else {
		size_t bad = utf8_first_bad(place->text);

		if (bad == place->text.size)
			return true;
		fault = blame(e, "E2106", "%s.%s is not valid UTF-8 without NUL at byte %zu",
			      place->source->table, column, bad + 1);
	}
	blame_saw(e, fault, &saw);
	blame_column(fault, place->source, place->column);
	fault->is_of_column = true;
	if (cell->kind == CELL_CUT && !e->subject.is_quiet)
		fault->saw_size = cell->size;
	return false;
}

bool cell_is_null(const struct source_plan *plan, const struct cell *cell)
{
	if (cell->kind != CELL_TEXT)
		return cell->kind == CELL_NULL;
	for (int i = 0; i < plan->null_count; i++) {
		if (span_equal(plan->nulls[i], (struct span){ cell->data, cell->size }))
			return true;
	}
	return false;
}

bool column_read(struct evaluator *e, int source, int column, const struct cell *row,
		 struct value *value)
{
	const struct source_plan *plan = &e->plan->sources[source];
	const struct cell *cell = &row[column];
	const struct place place = { &e->plan->info->sources.sources[source], source, column, row,
				     cell_span(cell) };
	const struct column_type *type = &plan->types[column];

	value->kind = VALUE_NIL;
	value->is_computed = false;
	if (cell_is_null(plan, cell))
		return true;
	if (type->kind == COLUMN_BYTES && cell->kind != CELL_CUT) {
		value->kind = VALUE_BYTES;
		value->text = place.text;
		return true;
	}
	if (type->kind == COLUMN_PHP && cell->kind != CELL_CUT)
		return document_read(e, &place, true, value);
	if (!check_cell(e, cell, &place))
		return false;
	value->kind = VALUE_TEXT;
	value->text = place.text;
	value->is_checked = true;
	switch (type->kind) {
	case COLUMN_TEXT:
	case COLUMN_BYTES:
	case COLUMN_PHP:
		return true;
	case COLUMN_JSON:
		return document_read(e, &place, false, value);
	case COLUMN_INT:
		return read_int(e, &place, value);
	case COLUMN_DECIMAL:
		return read_decimal(e, &place, value);
	case COLUMN_BOOLEAN:
		return read_boolean(e, &place, value);
	case COLUMN_INSTANT:
		return column_read_instant(e, &place, type, value);
	case COLUMN_DATE:
		return column_read_date(e, &place, value);
	}
	return true;
}
