/*
 * dates.c: texts as moments and days, moments in order, local times by the clocks of a zone, and all of it as columns.
 *
 * The first byte says which (t, d, o, z, c: see corpus/dates); what a text is worth in microseconds, timegm() knows too, and
 * what the clocks show at a moment, ICU's calendar, which the engine asks for intervals only.
 */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>
#include <unicode/ucal.h>

#include "engine/model/instant.h"
#include "engine/rules/zones.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_rule.h"

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)
#define FIRST_US INT64_C(-62135596800000000) /* 0001-01-01 */
#define END_US INT64_C(253402300800000000)   /* 10000-01-01 */

/* ---- texts ---- */

static int64_t us_by_libc(const struct local_time *time)
{
	struct tm tm = { .tm_year = time->year - 1900,
			 .tm_mon = time->month - 1,
			 .tm_mday = time->day,
			 .tm_hour = time->hour,
			 .tm_min = time->minute,
			 .tm_sec = time->second };

	return timegm(&tm) * US_PER_SECOND + time->microsecond;
}

static void check_fields(const struct local_time *time)
{
	law(time->year >= 1 && time->year <= 9999, "year %d", time->year);
	law(time->month >= 1 && time->month <= 12, "month %d", time->month);
	law(time->day >= 1 && time->day <= 31, "day %d", time->day);
	law(time->hour >= 0 && time->hour <= 23, "hour %d", time->hour);
	law(time->minute >= 0 && time->minute <= 59, "minute %d", time->minute);
	law(time->second >= 0 && time->second <= 59, "second %d", time->second);
	law(time->microsecond >= 0 && time->microsecond <= 999999, "%d us", time->microsecond);
	law(!time->has_offset || (time->offset_seconds > -86400 && time->offset_seconds < 86400),
	    "offset %d", time->offset_seconds);
	law(local_time_to_us(time) == us_by_libc(time), "%" PRId64 ", not %" PRId64,
	    local_time_to_us(time), us_by_libc(time));
}

/* Is there a text for it exactly when it lies in the years there are, and does it read back? */
static bool check_moment(int64_t us, char text[INSTANT_TEXT_SIZE])
{
	bool is_inside = us >= FIRST_US && us < END_US;
	struct local_time time;
	int64_t back = 0;

	law(instant_to_text(us, text) == is_inside, "%" PRId64, us);
	if (!is_inside)
		return false;
	law(strlen(text) == INSTANT_TEXT_SIZE - 1, "%s", text);
	law(instant_from_text(span_of(text), &back) && back == us,
	    "%s is %" PRId64 ", not %" PRId64, text, back, us);
	law(local_time_parse(span_of(text), &time) == INSTANT_OK, "%s", text);
	law(time.has_offset && time.offset_seconds == 0, "%s", text);
	check_fields(&time);
	return true;
}

static void check_instant_text(struct span text)
{
	char canonical[INSTANT_TEXT_SIZE], expected[80];
	struct local_time time;
	enum instant_fault fault = local_time_parse(text, &time);
	int64_t us;

	law(strlen(instant_fault_text(fault)) > 0, "fault %d", (int)fault);
	law((date_parse(text, &time) == INSTANT_OK) == (fault == INSTANT_DATE_ALONE),
	    "a day is no date alone: %.*s", SPAN_ARGS(text));
	law(local_time_parse(text, &time) == fault, "another answer");
	if (instant_from_text(text, &us))
		law(fault == INSTANT_OK, "canonical and no time: %.*s", SPAN_ARGS(text));
	if (fault != INSTANT_OK)
		return;
	check_fields(&time);
	us = local_time_to_us(&time) - time.offset_seconds * (time.has_offset ? US_PER_SECOND : 0);
	if (!check_moment(us, canonical)) {
		law(time.has_offset, "outside without an offset: %.*s", SPAN_ARGS(text));
		return;
	}
	snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", time.year,
		 time.month, time.day, time.hour, time.minute, time.second, time.microsecond);
	law(time.has_offset || strcmp(canonical, expected) == 0, "%s, not %s", canonical, expected);
}

static void check_date_text(struct span text)
{
	char expected[40];
	struct local_time date;
	enum instant_fault fault = date_parse(text, &date);

	law(strlen(instant_fault_text(fault)) > 0, "fault %d", (int)fault);
	if (fault != INSTANT_OK)
		return;
	check_fields(&date);
	snprintf(expected, sizeof(expected), "%04d-%02d-%02d", date.year, date.month, date.day);
	law(span_equal_text(text, expected), "%.*s is not %s", SPAN_ARGS(text), expected);
	law(days_from_civil(date.year, date.month, date.day) * US_PER_DAY == us_by_libc(&date),
	    "%s", expected);
}

/* ---- order ---- */

static int sign(int64_t number)
{
	return (number > 0) - (number < 0);
}

static void check_order(struct fuzz_input *input)
{
	char a_text[INSTANT_TEXT_SIZE], b_text[INSTANT_TEXT_SIZE];
	int64_t a = (int64_t)fuzz_number(input), b = (int64_t)fuzz_number(input);

	/* Nearly all numbers of 64 bits are out of range. */
	if (fuzz_byte(input) % 4) {
		a = FIRST_US + (int64_t)((uint64_t)a % (uint64_t)(END_US - FIRST_US));
		b = a + b % (int64_t)(fuzz_number(input) % (uint64_t)US_PER_DAY + 1);
	}
	if (check_moment(a, a_text) && check_moment(b, b_text))
		law(sign(strcmp(a_text, b_text)) == (a > b) - (a < b), "%s and %s", a_text, b_text);
}

/* ---- zones ---- */

/* How far the zone's clocks are ahead at a moment. */
static int64_t offset_us(UCalendar *clocks, int64_t us)
{
	UErrorCode status = U_ZERO_ERROR;
	int64_t ms = us / 1000 - (us % 1000 < 0), offset_ms;

	ucal_setMillis(clocks, (UDate)ms, &status);
	offset_ms = ucal_get(clocks, UCAL_ZONE_OFFSET, &status);
	offset_ms += ucal_get(clocks, UCAL_DST_OFFSET, &status);
	law(U_SUCCESS(status), "ICU: %s", u_errorName(status));
	return offset_ms * 1000;
}

static void check_answer(UCalendar *clocks, int64_t local_us, enum zone_answer answer,
			 struct zone_moments moments)
{
	bool is_shown = answer != ZONE_SKIPPED;

	law(moments.earlier_us <= moments.later_us, "the earlier is later");
	law((answer == ZONE_REPEATED) == (moments.earlier_us < moments.later_us),
	    "answer %d: %" PRId64 " and %" PRId64, (int)answer, moments.earlier_us,
	    moments.later_us);
	law(moments.later_us - moments.earlier_us <= US_PER_DAY, "a day apart");
	law((moments.earlier_us + offset_us(clocks, moments.earlier_us) == local_us) == is_shown,
	    "answer %d, and the clocks show it another way", (int)answer);
	law((moments.later_us + offset_us(clocks, moments.later_us) == local_us) == is_shown,
	    "answer %d, and the clocks show it another way", (int)answer);
	/* By every offset that holds around it: no moment that shows it was overlooked. */
	for (int64_t at_us = local_us - US_PER_DAY; at_us <= local_us + US_PER_DAY;
	     at_us += US_PER_DAY / 24) {
		int64_t candidate_us = local_us - offset_us(clocks, at_us);

		if (candidate_us + offset_us(clocks, candidate_us) != local_us)
			continue;
		law(is_shown, "skipped, and shown at %" PRId64, candidate_us);
		law(candidate_us >= moments.earlier_us && candidate_us <= moments.later_us,
		    "shown at %" PRId64 " too", candidate_us);
	}
}

static void check_fresh(const char *name, const struct local_time *time, enum zone_answer answer,
			struct zone_moments moments)
{
	struct zone *fresh = zone_open(name);
	struct zone_moments again;

	law(fresh != NULL, "%s is gone", name);
	law(zone_to_utc(fresh, time, &again) == answer, "%s answers otherwise when fresh", name);
	if (answer != ZONE_FAILED)
		law(again.earlier_us == moments.earlier_us && again.later_us == moments.later_us,
		    "%s answers otherwise when fresh", name);
	zone_close(fresh);
}

/* A line with the zone's name, then a local time. */
static void check_zone(struct fuzz_input *input)
{
	static struct zone_set zones;
	struct span name = fuzz_line(input), text = fuzz_rest(input);
	const struct zone *zone = zones_of_row(&zones, name);
	struct zone_moments moments = { 0, 0 };
	UErrorCode status = U_ZERO_ERROR;
	char first[INSTANT_TEXT_SIZE], terminated[80];
	enum zone_answer answer;
	struct local_time time;
	UChar wide[80];
	UCalendar *clocks;

	if (!zone || local_time_parse(text, &time) != INSTANT_OK)
		return;
	law(name.size < sizeof(terminated), "a zone of %zu letters", name.size);
	snprintf(terminated, sizeof(terminated), "%.*s", SPAN_ARGS(name));
	answer = zone_to_utc(zone, &time, &moments);
	check_fresh(terminated, &time, answer, moments);
	if (answer == ZONE_FAILED) {
		law(time.year == 1 || time.year == 9999, "it fails in %d", time.year);
		return;
	}
	law(check_moment(moments.earlier_us, first), "outside: %" PRId64, moments.earlier_us);
	law(check_moment(moments.later_us, first), "outside: %" PRId64, moments.later_us);
	u_uastrcpy(wide, terminated);
	clocks = ucal_open(wide, -1, "en", UCAL_GREGORIAN, &status);
	law(U_SUCCESS(status), "ICU: %s", u_errorName(status));
	check_answer(clocks, local_time_to_us(&time), answer, moments);
	ucal_close(clocks);
}

/* ---- columns ---- */

static const char rule[] =
    "local function at(name) return instant { from = name, optional = true } end\n"
    "return migration { version = 'v1', system = 's', entity 'job' {\n"
    "source = { root = table 't' { key = 'id', types = {\n"
    "  plain = instant, utc = instant { zone = 'UTC' }, strict = instant { zone = 'Europe/London' "
    "},\n"
    "  early = instant { zone = { from = 'tz' }, ambiguous = 'earlier', skipped = 'forward' },\n"
    "  late = instant { zone = { from = 'tz' }, ambiguous = 'later', skipped = 'forward' },\n"
    "  s = instant { epoch = 'seconds' }, ms = instant { epoch = 'milliseconds' },\n"
    "  us = instant { epoch = 'microseconds' }, day = date } } },\n"
    "fields = { jobId = id { from = 'id', prefix = 'j_' },\n"
    "  plain = at 'plain', utc = at 'utc', strict = at 'strict', early = at 'early', late = at "
    "'late',\n"
    "  s = at 's', ms = at 'ms', us = at 'us', day = date { from = 'day', optional = true },\n"
    "  parts = integer { optional = true, from = 'early', by = function(t)\n"
    "    return t and (year(t) * 100 + month(t)) * 100 + day(t) end },\n"
    "  apart = integer { optional = true, from = { 'early', 'late' }, by = function(a, b)\n"
    "    return a and b and seconds_between(a, b) end },\n"
    "  next = instant { optional = true, from = 'late', by = function(t) return t and "
    "add_seconds(t, 86399) end } } } }\n";

static const struct json_value *check_field(const struct outcome *outcome, const char *name,
					    struct arena *arena)
{
	const struct json_value *value = fuzz_field(outcome, name, arena);
	char text[INSTANT_TEXT_SIZE];
	int64_t us;

	if (!value)
		return NULL;
	law(value->kind == JSON_STRING, "%s is no text", name);
	law(instant_from_text(value->text, &us), "%s is %.*s", name, SPAN_ARGS(value->text));
	law(check_moment(us, text), "%s is outside: %.*s", name, SPAN_ARGS(value->text));
	return value;
}

/* A line with the column, one with the zone, then the value. */
static void check_column(struct fuzz_input *input)
{
	static const char *const columns[] = { "plain", "utc", "strict", "early", "late",
					       "s",     "ms",  "us",     "day" };
	static struct rule_host *host;
	struct fuzz_cell cells[] = {
		{ "id", SPAN("7") }, { NULL, SPAN_NONE }, { "tz", SPAN_NONE }, { "late", SPAN_NONE }
	};
	struct span column = fuzz_line(input), zone = fuzz_line(input), text = fuzz_rest(input);
	const struct json_value *early, *late;
	struct outcome outcome;
	struct arena arena;
	size_t i = 0;

	if (!host)
		host = fuzz_rule("dates.lua", rule);
	while (i < 8 && !span_equal_text(column, columns[i]))
		i++;
	cells[1] = (struct fuzz_cell){ columns[i], text };
	cells[2].text = zone;
	if (i == 3)
		cells[3].text = text; /* both, to see them apart */
	arena_init(&arena);
	fuzz_derive(host, cells, 4, &arena, &outcome);
	for (size_t k = 0; k < 8; k++)
		check_field(&outcome, columns[k], &arena);
	check_field(&outcome, "next", &arena);
	early = check_field(&outcome, "early", &arena);
	late = check_field(&outcome, "late", &arena);
	if (early && late)
		law(span_compare(early->text, late->text) <= 0, "the earlier is later: %.*s",
		    SPAN_ARGS(early->text));
	arena_release(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span exact = fuzz_exact((struct span){ (const char *)data, size });
	struct fuzz_input input = fuzz_input((const uint8_t *)exact.data, exact.size);

	switch (fuzz_byte(&input)) {
	case 'c':
		check_column(&input);
		break;
	case 'd':
		check_date_text(fuzz_rest(&input));
		break;
	case 'o':
		check_order(&input);
		break;
	case 'z':
		check_zone(&input);
		break;
	default:
		check_instant_text(fuzz_rest(&input));
		break;
	}
	fuzz_free(exact);
	return 0;
}
