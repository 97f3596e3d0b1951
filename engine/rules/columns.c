/*
 * columns.c: one of legacy's cells as a value, by the type its rule file gives the column.
 *
 * Only columns that are used are looked at, so a broken value in a column nobody needs harms nobody.
 */
#include "engine/model/canonical.h"
#include "engine/model/instant.h"
#include "engine/model/utf8.h"
#include "engine/rules/derive_internal.h"

/* A cell with its place, for messages. */
struct place {
	const struct source *source;
	int column;
	struct span text;
};

static struct fault *blame_cell(struct evaluator *e, const char *code, const struct place *place,
				const char *what)
{
	const struct value saw = { .kind = VALUE_TEXT, .text = place->text };
	struct fault *fault =
	    blame(e, code, "%s in %s.%s %s", blame_quote(e, place->text), place->source->table,
		  place->source->columns[place->column], what);

	blame_saw(e, fault, &saw);
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

const char *time_fault_code(enum instant_fault fault)
{
	return fault == INSTANT_NOT_A_TIME || fault == INSTANT_NOT_A_DATE ? "E2102" : "E2107";
}

static bool blame_time(struct evaluator *e, const struct place *place, enum instant_fault what)
{
	const char *text = arena_print(&e->scratch, "is %s", instant_fault_text(what)).data;
	struct fault *fault = blame_cell(e, time_fault_code(what), place, text);

	if (what == INSTANT_DATE_ALONE)
		fault->help = SPAN("a column of days is of type date");
	return false;
}

static bool blame_zone(struct evaluator *e, const struct place *place, enum zone_answer answer)
{
	switch (answer) {
	case ZONE_REPEATED:
		blame_cell(e, "E2108", place, "is a local time the clocks showed twice");
		break;
	case ZONE_SKIPPED:
		blame_cell(e, "E2108", place, "is a local time the clocks never showed");
		break;
	default:
		blame_cell(e, "E2107", place, "is outside what the time zone database covers");
	}
	return false;
}

/* Local fields to microseconds of UTC, by offset or by zone; exactly one of them must say. */
static bool to_utc(struct evaluator *e, const struct place *place, const struct zone *zone,
		   const struct local_time *time, int64_t *instant_us)
{
	enum zone_answer answer;

	if (zone && time->has_offset) {
		blame_cell(e, "E2107", place, "has an offset of its own, and the column a zone");
		return false;
	}
	if (zone) {
		answer = zone_to_utc(zone, time, instant_us);
		return answer == ZONE_OK || blame_zone(e, place, answer);
	}
	if (!time->has_offset) {
		blame_cell(e, "E2107", place, "has no offset from UTC, and the column no zone")
		    ->help = SPAN("say what the column means: instant { zone = \"UTC\" }");
		return false;
	}
	*instant_us = local_time_to_us(time) - (int64_t)time->offset_seconds * 1000000;
	return true;
}

static bool read_instant(struct evaluator *e, const struct place *place, const struct zone *zone,
			 struct value *value)
{
	char *text = arena_alloc(&e->scratch, INSTANT_TEXT_SIZE);
	struct local_time time;
	enum instant_fault fault = local_time_parse(place->text, &time);
	int64_t instant_us;

	if (fault != INSTANT_OK)
		return blame_time(e, place, fault);
	if (!to_utc(e, place, zone, &time, &instant_us))
		return false;
	if (!instant_to_text(instant_us, text))
		return blame_time(e, place, INSTANT_OUT_OF_RANGE);
	value->text = (struct span){ text, INSTANT_TEXT_SIZE - 1 };
	value->is_checked = true;
	return true;
}

static bool read_date(struct evaluator *e, const struct place *place, struct value *value)
{
	struct local_time date;
	enum instant_fault fault = date_parse(place->text, &date);

	if (fault != INSTANT_OK)
		return blame_time(e, place, fault);
	value->is_checked = true;
	return true;
}

/* Texts that are no text: cut, binary, or not UTF-8. */
static bool check_cell(struct evaluator *e, const struct cell *cell, const struct place *place)
{
	const char *column = place->source->columns[place->column];
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
	fault->saw_kind = SAW_BYTES;
	fault->saw =
	    arena_copy(e->arena, (struct span){ place->text.data, place->text.size < CELL_KEPT_BYTES
								      ? place->text.size
								      : CELL_KEPT_BYTES });
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
	const struct place place = { &e->plan->info->sources.sources[source], column,
				     cell_span(cell) };
	const struct column_type *type = &plan->types[column];

	value->kind = VALUE_NIL;
	value->is_computed = false;
	if (cell_is_null(plan, cell))
		return true;
	if (!check_cell(e, cell, &place))
		return false;
	value->kind = VALUE_TEXT;
	value->text = place.text;
	value->is_checked = true;
	switch (type->kind) {
	case COLUMN_TEXT:
		return true;
	case COLUMN_INT:
		return read_int(e, &place, value);
	case COLUMN_DECIMAL:
		return read_decimal(e, &place, value);
	case COLUMN_BOOLEAN:
		return read_boolean(e, &place, value);
	case COLUMN_INSTANT:
		return read_instant(e, &place, type->zone, value);
	case COLUMN_DATE:
		return read_date(e, &place, value);
	}
	return true;
}
