/*
 * zone.c: local times to UTC, by the intervals between the changes of a zone's clocks.
 *
 * Within an interval the offset is constant, so a local time names exactly one moment in each
 * interval it falls into: one such interval is an ordinary time, two a repeated one, none a skipped
 * one. ICU is asked for intervals only, never for an answer it would have to guess; they are kept by
 * the month they were asked for, so that after a while no row asks it at all.
 */
#include "engine/rules/zone.h"
#include "engine/rules/rule_host.h"

#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uversion.h>

#include "engine/base/memory.h"

/* A slot is 2^41 microseconds, 25 days; together they hold 35 years before one takes another's place. */
enum { NAME_SIZE = 64, SLOT_SHIFT = 41, SLOT_COUNT = 512 };

#define US_PER_MS INT64_C(1000)
#define US_PER_DAY INT64_C(86400000000)

/* [start, end) of UTC in which the clocks stand offset_us ahead of it. */
struct interval {
	int64_t start_us, end_us;
	int64_t offset_us;
};

struct zone {
	UCalendar *calendar;        /* NULL: UTC */
	struct interval *intervals; /* SLOT_COUNT, by the moment they were looked up for */
};

/* ---- names ---- */

/* ICU also knows three-letter abbreviations of its own ("PST", "IST": which?) and zones that only
 * stand for "unknown". Abbreviations have no lower-case letter. */
static bool is_zone_name(const char *name)
{
	bool has_lower = false;

	if (strcmp(name, "UTC") == 0 || strcmp(name, "GMT") == 0)
		return true;
	if (strcmp(name, "Etc/Unknown") == 0 || strcmp(name, "Factory") == 0)
		return false;
	if (strncmp(name, "SystemV/", 8) == 0)
		return false;
	for (const char *c = name; *c; c++) {
		if ((unsigned char)*c >= 0x80)
			return false;
		has_lower |= *c >= 'a' && *c <= 'z';
	}
	return has_lower;
}

static bool is_utc_name(const char *name)
{
	return strcmp(name, "UTC") == 0 || strcmp(name, "Etc/UTC") == 0 || strcmp(name, "GMT") == 0;
}

/* ucal_open() takes an unknown name and silently gives GMT, so the name is looked up first. */
static UCalendar *open_calendar(const char *name)
{
	UChar wide[NAME_SIZE], canonical[NAME_SIZE * 2];
	UBool is_system = 0;
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *calendar;

	u_uastrcpy(wide, name);
	ucal_getCanonicalTimeZoneID(wide, -1, canonical, NAME_SIZE * 2, &is_system, &status);
	if (U_FAILURE(status) || !is_system)
		return NULL;
	calendar = ucal_open(wide, -1, "en", UCAL_GREGORIAN, &status);
	if (U_SUCCESS(status))
		return calendar;
	ucal_close(calendar);
	return NULL;
}

struct zone *zone_open(const char *name)
{
	UCalendar *calendar = NULL;
	struct zone *zone;

	if (strlen(name) >= NAME_SIZE || !is_zone_name(name))
		return NULL;
	if (!is_utc_name(name)) {
		calendar = open_calendar(name);
		if (!calendar)
			return NULL;
	}
	zone = memory_resize(NULL, sizeof(*zone));
	zone->calendar = calendar;
	zone->intervals = memory_resize(NULL, SLOT_COUNT * sizeof(*zone->intervals));
	memset(zone->intervals, 0, SLOT_COUNT * sizeof(*zone->intervals));
	return zone;
}

void zone_close(struct zone *zone)
{
	if (!zone)
		return;
	ucal_close(zone->calendar);
	free(zone->intervals);
	free(zone);
}

/* ---- intervals ---- */

/* Down to whole milliseconds. */
static UDate to_ms(int64_t instant_us)
{
	return (UDate)(instant_us / US_PER_MS - (instant_us % US_PER_MS < 0));
}

static bool find_edge(const struct zone *zone, UTimeZoneTransitionType type, int64_t otherwise,
		      int64_t *edge_us)
{
	UErrorCode status = U_ZERO_ERROR;
	UDate edge_ms;
	UBool found = ucal_getTimeZoneTransitionDate(zone->calendar, type, &edge_ms, &status);

	*edge_us = found ? (int64_t)edge_ms * US_PER_MS : otherwise;
	return U_SUCCESS(status);
}

static struct interval *slot_of(const struct zone *zone, int64_t instant_us)
{
	/* Unsigned, so that moments before 1970 shift as others do. */
	return &zone->intervals[((uint64_t)instant_us >> SLOT_SHIFT) % SLOT_COUNT];
}

static bool ask_for_interval(const struct zone *zone, int64_t instant_us, struct interval *found)
{
	UErrorCode status = U_ZERO_ERROR;
	int32_t offset_ms;

	ucal_setMillis(zone->calendar, to_ms(instant_us), &status);
	offset_ms = ucal_get(zone->calendar, UCAL_ZONE_OFFSET, &status);
	offset_ms += ucal_get(zone->calendar, UCAL_DST_OFFSET, &status);
	found->offset_us = offset_ms * US_PER_MS;
	if (U_FAILURE(status))
		return false;
	if (!find_edge(zone, UCAL_TZ_TRANSITION_PREVIOUS_INCLUSIVE, INT64_MIN, &found->start_us) ||
	    !find_edge(zone, UCAL_TZ_TRANSITION_NEXT, INT64_MAX, &found->end_us))
		return false;
	return instant_us >= found->start_us && instant_us < found->end_us;
}

/* The interval that holds the moment, or NULL. */
static const struct interval *find_interval(const struct zone *zone, int64_t instant_us)
{
	struct interval *slot = slot_of(zone, instant_us), found;

	if (instant_us >= slot->start_us && instant_us < slot->end_us)
		return slot;
	if (!ask_for_interval(zone, instant_us, &found))
		return NULL;
	*slot = found;
	return slot;
}

/* No offset reaches a whole day, so moments further than that cannot show this local time. */
static enum zone_answer search(const struct zone *zone, int64_t local_us,
			       struct zone_moments *moments)
{
	int64_t forward_us = local_us;
	int matches = 0;

	for (int64_t at_us = local_us - US_PER_DAY; at_us <= local_us + US_PER_DAY;) {
		const struct interval *interval = find_interval(zone, at_us);
		int64_t candidate_us;

		if (!interval)
			return ZONE_FAILED;
		candidate_us = local_us - interval->offset_us;
		if (candidate_us >= interval->start_us && candidate_us < interval->end_us) {
			if (matches == 0)
				moments->earlier_us = candidate_us;
			moments->later_us = candidate_us;
			matches++;
		}
		if (candidate_us >= interval->end_us)
			forward_us = candidate_us; /* this interval was over by then */
		at_us = interval->end_us;
	}
	if (matches == 0) {
		*moments = (struct zone_moments){ forward_us, forward_us };
		return ZONE_SKIPPED;
	}
	return matches == 1 ? ZONE_OK : ZONE_REPEATED;
}

static bool is_far_inside(const struct interval *interval, int64_t local_us)
{
	return local_us - US_PER_DAY >= interval->start_us &&
	       local_us + US_PER_DAY < interval->end_us;
}

static bool is_within_calendar(int64_t instant_us)
{
	char text[INSTANT_TEXT_SIZE];

	return instant_to_text(instant_us, text);
}

static void set_moment(struct zone_moments *moments, int64_t instant_us)
{
	moments->earlier_us = moments->later_us = instant_us;
}

enum zone_answer zone_to_utc(const struct zone *zone, const struct local_time *time,
			     struct zone_moments *moments)
{
	int64_t local_us = local_time_to_us(time);
	const struct interval *kept = slot_of(zone, local_us);
	enum zone_answer answer = ZONE_OK;

	if (!zone->calendar)
		set_moment(moments, local_us);
	else if (is_far_inside(kept, local_us))
		set_moment(moments, local_us - kept->offset_us);
	else
		answer = search(zone, local_us, moments);
	if (answer != ZONE_FAILED && (time->year == 1 || time->year == 9999) &&
	    (!is_within_calendar(moments->earlier_us) || !is_within_calendar(moments->later_us)))
		return ZONE_FAILED;
	return answer;
}

const char *zone_data_version(void)
{
	UErrorCode status = U_ZERO_ERROR;
	const char *version = ucal_getTZDataVersion(&status);

	return U_SUCCESS(status) ? version : "unknown";
}

bool rule_zone_exists(const char *name)
{
	struct zone *zone = zone_open(name);

	zone_close(zone);
	return zone != NULL;
}
