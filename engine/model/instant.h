/*
 * instant.h: moments and dates, proleptic Gregorian, years 0001 to 9999.
 *
 * The canonical text of an instant is YYYY-MM-DDTHH:MM:SS.ffffffZ, always six digits, so that
 * comparing text compares time.
 */
#ifndef ENGINE_MODEL_INSTANT_H
#define ENGINE_MODEL_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/span.h"

enum { INSTANT_TEXT_SIZE = 28, DATE_TEXT_SIZE = 11 }; /* with the NUL */

/* A date and a time of day as written, before any zone is applied. */
struct local_time {
	int32_t year, month, day, hour, minute, second, microsecond;
	bool has_offset;
	int32_t offset_seconds; /* east of UTC; valid when has_offset */
};

/* Why a text is no moment: each has a name of its own, so that nothing is "rounded". */
enum instant_fault {
	INSTANT_OK,
	INSTANT_NOT_A_TIME,    /* does not look like one */
	INSTANT_NOT_A_DATE,    /* does not look like one, where only a date may stand */
	INSTANT_INFINITE,      /* infinity, -infinity */
	INSTANT_BEFORE_CHRIST, /* ends in BC, or year 0 or below */
	INSTANT_ZERO_DATE,     /* 0000-00-00 */
	INSTANT_PARTIAL_DATE,  /* 1871-05, 2024-00-15, 2024-05-00 */
	INSTANT_DATE_ALONE,    /* 2024-05-06, where a moment is meant */
	INSTANT_NO_SUCH_DAY,   /* 2024-02-30, month 13 */
	INSTANT_NO_SUCH_TIME,  /* 24:00, 25:61 */
	INSTANT_LEAP_SECOND,   /* :60 */
	INSTANT_TOO_PRECISE,   /* digits other than zero beyond microseconds */
	INSTANT_OUT_OF_RANGE,  /* beyond year 9999 */
};

/* A short phrase for people: "a zero date". */
const char *instant_fault_text(enum instant_fault fault);

/* "YYYY-MM-DD", 'T' or a blank, and "HH:MM[:SS[.f…]]", optionally followed by "Z", "±HH", "±HHMM",
 * "±HH:MM" or "±HH:MM:SS". Which moment of the day a date alone means would be a guess. */
enum instant_fault local_time_parse(struct span text, struct local_time *time);

/* "YYYY-MM-DD" and nothing else. */
enum instant_fault date_parse(struct span text, struct local_time *date);

/* Microseconds since 1970-01-01T00:00:00 as if the fields were UTC (the offset is not applied). */
int64_t local_time_to_us(const struct local_time *time);

/* Microseconds since the epoch to canonical text. False outside years 0001 to 9999. */
bool instant_to_text(int64_t instant_us, char text[INSTANT_TEXT_SIZE]);

/* Canonical text back to microseconds; false when it is not exactly canonical. */
bool instant_from_text(struct span text, int64_t *instant_us);

/* Days since 1970-01-01 of a civil date. */
int64_t days_from_civil(int32_t year, int32_t month, int32_t day);

#endif
