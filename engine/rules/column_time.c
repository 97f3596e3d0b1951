/*
 * column_time.c: one of legacy's cells as a moment or a day.
 *
 * Which moment is meant, the value says (an offset), the column's type (a zone, an epoch) or another
 * column of the row (the zone's name); exactly one of them.
 */
#include "engine/rules/columns.h"

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

static bool put_instant(struct evaluator *e, const struct place *place, int64_t instant_us,
			struct value *value)
{
	char *text = arena_alloc(&e->scratch, INSTANT_TEXT_SIZE);

	if (!instant_to_text(instant_us, text))
		return blame_time(e, place, INSTANT_OUT_OF_RANGE);
	value->text = (struct span){ text, INSTANT_TEXT_SIZE - 1 };
	value->is_checked = true;
	return true;
}

/* ---- which zone ---- */

/* The cell that gives the zone says none. */
static struct fault *blame_row_zone(struct evaluator *e, const struct place *from, const char *what)
{
	struct fault *fault = blame_cell(e, "E2115", from, what);

	fault->help = SPAN("mend the row in legacy, or in a new version give the value a zone");
	return fault;
}

static bool blame_null_zone(struct evaluator *e, const struct place *from)
{
	const struct value nothing = { .kind = VALUE_NIL };
	struct fault *fault = blame(e, "E2115", "%s.%s is NULL and gives no time zone",
				    from->source->table, from->source->columns[from->column]);

	blame_saw(e, fault, &nothing);
	return false;
}

static bool find_in_lookup(struct evaluator *e, const struct place *from,
			   const struct row_zone *row_zone, const struct zone **zone)
{
	const struct lookup_entry *entry = lookup_find(row_zone->lookup, from->text);
	struct fault *fault;
	int nearest;

	if (entry) {
		*zone = row_zone->zones[entry->to.integer];
		return true;
	}
	nearest = blame_nearest_entry(from->text, row_zone->lookup);
	fault = blame_row_zone(e, from, "has no time zone in the lookup");
	if (nearest >= 0)
		blame_near(e, fault, row_zone->lookup->entries[nearest].from);
	return false;
}

/* False with a fault where another column says which zone is meant, and says none. */
static bool find_zone(struct evaluator *e, const struct place *place,
		      const struct column_type *type, const struct zone **zone)
{
	struct place from = *place;
	struct value name;

	*zone = type->zone;
	if (!type->row_zone)
		return true;
	from.column = type->row_zone->column;
	if (from.source->masked && from.source->masked[from.column])
		e->subject.is_quiet = true;
	if (!column_read(e, place->source_index, from.column, place->row, &name))
		return false;
	if (name.kind == VALUE_NIL)
		return blame_null_zone(e, &from);
	from.text = name.text;
	if (type->row_zone->lookup)
		return find_in_lookup(e, &from, type->row_zone, zone);
	*zone = zones_of_row(&e->host->zones, name.text);
	if (!*zone)
		blame_row_zone(e, &from, "is not the name of a time zone");
	return *zone != NULL;
}

/* ---- local times ---- */

static bool blame_clocks(struct evaluator *e, const struct place *place, const char *what,
			 struct span help)
{
	blame_cell(e, "E2108", place, what)->help = help;
	return false;
}

/* A local time by its zone's clocks; what they leave open, the column's type may say. */
static bool by_clocks(struct evaluator *e, const struct place *place,
		      const struct column_type *type, const struct zone *zone,
		      const struct local_time *time, int64_t *instant_us)
{
	struct zone_moments moments;
	enum zone_answer answer = zone_to_utc(zone, time, &moments);

	switch (answer) {
	case ZONE_FAILED:
		blame_cell(e, "E2107", place, "is outside what the time zone database covers");
		return false;
	case ZONE_REPEATED:
		if (type->ambiguous == AMBIGUOUS_REJECT)
			return blame_clocks(
			    e, place, "is a local time the clocks showed twice",
			    SPAN("say which is meant: ambiguous = \"earlier\" or \"later\""));
		break;
	case ZONE_SKIPPED:
		if (!type->skipped_forward)
			return blame_clocks(
			    e, place, "is a local time the clocks never showed",
			    SPAN("say skipped = \"forward\" if the clock stood still"));
		break;
	case ZONE_OK:
		break;
	}
	*instant_us = type->ambiguous == AMBIGUOUS_LATER ? moments.later_us : moments.earlier_us;
	return true;
}

/* Local fields to microseconds of UTC, by offset or by zone; exactly one of them must say. */
static bool to_utc(struct evaluator *e, const struct place *place, const struct column_type *type,
		   const struct local_time *time, int64_t *instant_us)
{
	const struct zone *zone;

	if (!find_zone(e, place, type, &zone))
		return false;
	if (zone && time->has_offset) {
		blame_cell(e, "E2107", place, "has an offset of its own, and the column a zone");
		return false;
	}
	if (zone)
		return by_clocks(e, place, type, zone, time, instant_us);
	if (!time->has_offset) {
		blame_cell(e, "E2107", place, "has no offset from UTC, and the column no zone")
		    ->help = SPAN("say what the column means: instant { zone = \"UTC\" }");
		return false;
	}
	*instant_us = local_time_to_us(time) - (int64_t)time->offset_seconds * 1000000;
	return true;
}

/* ---- counts from 1970 ---- */

/* Years 0001 to 9999 in microseconds have 18 digits; more are out of range whatever they are. */
enum { COUNT_DIGITS_MAX = 18 };

/* An optional '-' and digits; -1 no count, 0 too large, 1 fine. Zeros in front do not count. */
static int parse_count(struct span text, int64_t *count)
{
	bool is_negative = text.size > 0 && text.data[0] == '-';
	int digits = 0;

	*count = 0;
	if (text.size == (size_t)is_negative)
		return -1;
	for (size_t i = is_negative; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		digits += digits > 0 || text.data[i] != '0';
		if (digits <= COUNT_DIGITS_MAX)
			*count = *count * 10 + (text.data[i] - '0');
	}
	if (is_negative)
		*count = -*count;
	return digits <= COUNT_DIGITS_MAX;
}

static const char *unit_name(int64_t unit_us)
{
	return unit_us == 1000000 ? "seconds" : unit_us == 1000 ? "milliseconds" : "microseconds";
}

/* A number with a fraction says so; everything else is no number. */
static bool blame_count(struct evaluator *e, const struct place *place, int64_t unit_us)
{
	const char *unit = unit_name(unit_us);
	struct decimal decimal;

	if (decimal_parse(place->text, &decimal)) {
		blame_cell(
		    e, "E2107", place,
		    arena_print(&e->scratch, "is no whole number of %s in plain digits", unit).data)
		    ->help = SPAN("nothing is rounded: convert it with by, or mend it in legacy");
	} else {
		blame_cell(e, "E2102", place,
			   arena_print(&e->scratch, "is no number of %s since 1970", unit).data);
	}
	return false;
}

static bool blame_range(struct evaluator *e, const struct place *place, int64_t unit_us)
{
	const char *what =
	    arena_print(&e->scratch, "counts %s since 1970 to a year outside 0001 to 9999",
			unit_name(unit_us))
		.data;

	blame_cell(e, "E2107", place, what)->help =
	    SPAN("is the unit right? epoch is \"seconds\", \"milliseconds\" or \"microseconds\"");
	return false;
}

static bool read_count(struct evaluator *e, const struct place *place, int64_t unit_us,
		       struct value *value)
{
	int64_t count, instant_us;
	char text[INSTANT_TEXT_SIZE];
	int answer = parse_count(place->text, &count);

	if (answer < 0)
		return blame_count(e, place, unit_us);
	if (answer == 0 || __builtin_mul_overflow(count, unit_us, &instant_us) ||
	    !instant_to_text(instant_us, text))
		return blame_range(e, place, unit_us);
	return put_instant(e, place, instant_us, value);
}

/* ---- the doors ---- */

bool column_read_instant(struct evaluator *e, const struct place *place,
			 const struct column_type *type, struct value *value)
{
	struct local_time time;
	enum instant_fault fault;
	int64_t instant_us;

	if (type->epoch_unit_us)
		return read_count(e, place, type->epoch_unit_us, value);
	fault = local_time_parse(place->text, &time);
	if (fault != INSTANT_OK)
		return blame_time(e, place, fault);
	return to_utc(e, place, type, &time, &instant_us) &&
	       put_instant(e, place, instant_us, value);
}

bool column_read_date(struct evaluator *e, const struct place *place, struct value *value)
{
	struct local_time date;
	enum instant_fault fault = date_parse(place->text, &date);

	if (fault != INSTANT_OK)
		return blame_time(e, place, fault);
	value->is_checked = true;
	return true;
}
