/*
 * instant.c: moments and dates between text and microseconds.
 *
 * A text is first read by its shape alone; only then are its numbers judged, so that each wrong
 * text has one name whatever else is wrong with it.
 */
#include "engine/model/instant.h"

#include <string.h>

enum {
	DAYS_TO_1970 = 719162, /* from 0001-01-01 */
	DAYS_PER_400_YEARS = 146097,
	DAYS_PER_100_YEARS = 36524,
	DAYS_PER_4_YEARS = 1461,
	DAYS_PER_YEAR = 365,
	YEAR_MAX = 9999,
	YEAR_DIGITS_MAX = 9,
	USUAL_SIZE = 19, /* "2018-01-01 00:00:01" */
};

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)
#define INSTANT_FIRST (-DAYS_TO_1970 * US_PER_DAY)  /* 0001-01-01T00:00:00 */
#define INSTANT_END (INT64_C(2932897) * US_PER_DAY) /* 10000-01-01T00:00:00 */

const char *instant_fault_text(enum instant_fault fault)
{
	switch (fault) {
	case INSTANT_OK:
		return "a moment";
	case INSTANT_NOT_A_TIME:
		return "not a time written as YYYY-MM-DD HH:MM:SS";
	case INSTANT_NOT_A_DATE:
		return "not a date written as YYYY-MM-DD";
	case INSTANT_INFINITE:
		return "infinity";
	case INSTANT_BEFORE_CHRIST:
		return "a date before Christ";
	case INSTANT_ZERO_DATE:
		return "a zero date";
	case INSTANT_PARTIAL_DATE:
		return "a date without its month or day";
	case INSTANT_DATE_ALONE:
		return "a date without a time of day";
	case INSTANT_NO_SUCH_DAY:
		return "a day the calendar does not have";
	case INSTANT_NO_SUCH_TIME:
		return "a time the clock does not have";
	case INSTANT_LEAP_SECOND:
		return "a leap second";
	case INSTANT_TOO_PRECISE:
		return "finer than microseconds";
	case INSTANT_OUT_OF_RANGE:
		return "beyond the year 9999";
	}
	return "not a time";
}

/* ---- the calendar ---- */

static bool is_leap(int32_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Days of the year before the month (1 to 13) begins. */
static int days_before_month(int32_t year, int32_t month)
{
	static const int days[] = { 0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365 };

	return days[month] + (month > 2 && is_leap(year));
}

static int days_in_month(int32_t year, int32_t month)
{
	return days_before_month(year, month + 1) - days_before_month(year, month);
}

int64_t days_from_civil(int32_t year, int32_t month, int32_t day)
{
	/* Shifted by whole cycles of 400 years, so that division never sees a negative number. */
	int64_t cycles = year > 0 ? 0 : 1 - (int64_t)year / 400;
	int64_t past = (int64_t)year + cycles * 400 - 1;
	int64_t days = past * DAYS_PER_YEAR + past / 4 - past / 100 + past / 400;

	days += days_before_month(year, month) + day - 1;
	return days - cycles * DAYS_PER_400_YEARS - DAYS_TO_1970;
}

static void civil_from_days(int64_t days_since_1970, int32_t *year, int32_t *month, int32_t *day)
{
	int32_t rest = (int32_t)(days_since_1970 + DAYS_TO_1970), centuries, years;

	*year = 1 + rest / DAYS_PER_400_YEARS * 400;
	rest %= DAYS_PER_400_YEARS;
	/* The last century of a cycle and the last year of four are one day longer. */
	centuries = rest / DAYS_PER_100_YEARS - rest / (DAYS_PER_400_YEARS - 1);
	rest -= centuries * DAYS_PER_100_YEARS;
	*year += centuries * 100 + rest / DAYS_PER_4_YEARS * 4;
	rest %= DAYS_PER_4_YEARS;
	years = rest / DAYS_PER_YEAR - rest / (DAYS_PER_4_YEARS - 1);
	rest -= years * DAYS_PER_YEAR;
	*year += years;

	*month = rest / 31 + 1; /* never late, at most one early */
	if (rest >= days_before_month(*year, *month + 1))
		(*month)++;
	*day = rest - days_before_month(*year, *month) + 1;
}

/* ---- reading ---- */

struct scanner {
	const char *at, *end;
};

struct shape {
	int32_t year, month, day;
	int month_and_day_digits; /* 0: a year alone, 2: no day, 4 */
	bool negative, before_christ, has_fraction_beyond, has_no_such_offset, is_date_alone;
	struct local_time *time;
};

static bool accept(struct scanner *scanner, char c)
{
	if (scanner->at == scanner->end || *scanner->at != c)
		return false;
	scanner->at++;
	return true;
}

static bool is_digit(const struct scanner *scanner)
{
	return scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9';
}

/* Exactly two digits. */
static bool scan_two(struct scanner *scanner, int32_t *number)
{
	*number = 0;
	for (int i = 0; i < 2; i++) {
		if (!is_digit(scanner))
			return false;
		*number = *number * 10 + (*scanner->at++ - '0');
	}
	return true;
}

/* At least four digits: fewer are an abbreviation, and which century is a guess. More of them begin with another
 * than 0, or a day had several texts. */
static bool scan_year(struct scanner *scanner, int32_t *year)
{
	const char *first = scanner->at;
	int digits = 0;

	for (*year = 0; is_digit(scanner); digits++) {
		if (digits == YEAR_DIGITS_MAX)
			return false;
		*year = *year * 10 + (*scanner->at++ - '0');
	}
	return digits == 4 || (digits > 4 && *first != '0');
}

static bool scan_date(struct scanner *scanner, struct shape *shape)
{
	shape->negative = accept(scanner, '-');
	if (!scan_year(scanner, &shape->year))
		return false;
	if (!accept(scanner, '-'))
		return true;
	if (!scan_two(scanner, &shape->month))
		return false;
	shape->month_and_day_digits = 2;
	if (!accept(scanner, '-'))
		return true;
	shape->month_and_day_digits = 4;
	return scan_two(scanner, &shape->day);
}

static bool scan_fraction(struct scanner *scanner, struct shape *shape)
{
	int32_t unit = 100000;

	if (!is_digit(scanner))
		return false;
	for (; is_digit(scanner); scanner->at++) {
		int32_t digit = *scanner->at - '0';

		shape->time->microsecond += digit * unit;
		shape->has_fraction_beyond |= unit == 0 && digit != 0;
		unit /= 10;
	}
	return true;
}

static bool scan_clock(struct scanner *scanner, struct shape *shape)
{
	struct local_time *time = shape->time;

	if (!scan_two(scanner, &time->hour) || !accept(scanner, ':') ||
	    !scan_two(scanner, &time->minute))
		return false;
	if (!accept(scanner, ':'))
		return true;
	if (!scan_two(scanner, &time->second))
		return false;
	return !accept(scanner, '.') || scan_fraction(scanner, shape);
}

/* "Z", "±HH", "±HHMM", "±HH:MM", "±HH:MM:SS". */
static bool scan_offset(struct scanner *scanner, struct shape *shape)
{
	int32_t hours, minutes = 0, seconds = 0, sign;

	shape->time->has_offset = true;
	if (accept(scanner, 'Z'))
		return true;
	sign = accept(scanner, '-') ? -1 : 1;
	if (sign > 0 && !accept(scanner, '+'))
		return false;
	if (!scan_two(scanner, &hours))
		return false;
	if (accept(scanner, ':')) {
		if (!scan_two(scanner, &minutes))
			return false;
		if (accept(scanner, ':') && !scan_two(scanner, &seconds))
			return false;
	} else if (is_digit(scanner) && !scan_two(scanner, &minutes)) {
		return false;
	}
	shape->time->offset_seconds = sign * (hours * 3600 + minutes * 60 + seconds);
	shape->has_no_such_offset = hours > 23 || minutes > 59 || seconds > 59;
	return true;
}

static bool scan_time(struct scanner *scanner, struct shape *shape)
{
	if (shape->month_and_day_digits != 4)
		return false;
	if (!accept(scanner, 'T') && !accept(scanner, ' '))
		return false;
	if (!scan_clock(scanner, shape))
		return false;
	if (scanner->at < scanner->end && !scan_offset(scanner, shape))
		return false;
	return scanner->at == scanner->end;
}

/* ---- judging ---- */

static bool equals_ignoring_case(struct span text, const char *lower)
{
	if (text.size != strlen(lower))
		return false;
	for (size_t i = 0; i < text.size; i++)
		if ((text.data[i] | 0x20) != lower[i])
			return false;
	return true;
}

static bool is_infinity(struct span text)
{
	if (text.size && (text.data[0] == '-' || text.data[0] == '+'))
		text = (struct span){ text.data + 1, text.size - 1 };
	return equals_ignoring_case(text, "infinity");
}

static enum instant_fault judge_date(const struct shape *shape)
{
	bool whole = shape->month_and_day_digits == 4;

	if (whole && shape->year == 0 && shape->month == 0 && shape->day == 0)
		return INSTANT_ZERO_DATE;
	if (shape->negative || shape->before_christ || shape->year == 0)
		return INSTANT_BEFORE_CHRIST;
	if (shape->year > YEAR_MAX)
		return INSTANT_OUT_OF_RANGE;
	if (!whole || shape->month == 0 || shape->day == 0)
		return INSTANT_PARTIAL_DATE;
	if (shape->month > 12 || shape->day > days_in_month(shape->year, shape->month))
		return INSTANT_NO_SUCH_DAY;
	return INSTANT_OK;
}

static enum instant_fault judge_time(const struct shape *shape)
{
	const struct local_time *time = shape->time;

	if (time->hour > 23 || time->minute > 59 || time->second > 60 || shape->has_no_such_offset)
		return INSTANT_NO_SUCH_TIME;
	if (time->second == 60)
		return INSTANT_LEAP_SECOND;
	if (shape->has_fraction_beyond)
		return INSTANT_TOO_PRECISE;
	return INSTANT_OK;
}

/* False when the text does not look like one; digits alone are a year of four of them. */
static bool scan(struct span text, bool is_date, struct shape *shape)
{
	struct scanner scanner = { text.data, text.data + text.size };

	shape->before_christ = text.size > 3 && memcmp(scanner.end - 3, " BC", 3) == 0;
	if (shape->before_christ)
		scanner.end -= 3;
	if (!scan_date(&scanner, shape))
		return false;
	if (shape->month_and_day_digits == 0 && shape->year > YEAR_MAX)
		return false;
	shape->is_date_alone = scanner.at == scanner.end;
	return shape->is_date_alone || (!is_date && scan_time(&scanner, shape));
}

/* Two digits, or −1. */
static inline int32_t two_digits(const char *at)
{
	unsigned tens = (unsigned char)at[0] - '0', ones = (unsigned char)at[1] - '0';

	return tens > 9 || ones > 9 ? -1 : (int32_t)(tens * 10 + ones);
}

/* As nearly all of them are written; false for every other text. */
static bool scan_usual(struct span text, struct shape *shape)
{
	const char *at = text.data;
	int32_t century, year, wrong;

	if (text.size != USUAL_SIZE || at[4] != '-' || at[7] != '-' ||
	    (at[10] != ' ' && at[10] != 'T') || at[13] != ':' || at[16] != ':')
		return false;
	century = two_digits(at);
	year = two_digits(at + 2);
	shape->month = two_digits(at + 5);
	shape->day = two_digits(at + 8);
	shape->time->hour = two_digits(at + 11);
	shape->time->minute = two_digits(at + 14);
	shape->time->second = two_digits(at + 17);
	wrong = century | year | shape->month | shape->day | shape->time->hour |
		shape->time->minute | shape->time->second;
	shape->year = century * 100 + year;
	shape->month_and_day_digits = 4;
	return wrong >= 0;
}

static enum instant_fault parse(struct span text, bool is_date, struct local_time *time)
{
	struct shape shape = { .time = time };
	enum instant_fault fault;

	*time = (struct local_time){ 0 };
	if (is_date || !text.data || !scan_usual(text, &shape)) {
		*time = (struct local_time){ 0 };
		shape = (struct shape){ .time = time };
		if (text.data && is_infinity(text))
			return INSTANT_INFINITE;
		if (!text.data || !scan(text, is_date, &shape))
			return is_date ? INSTANT_NOT_A_DATE : INSTANT_NOT_A_TIME;
	}
	time->year = shape.year;
	time->month = shape.month;
	time->day = shape.day;
	fault = judge_date(&shape);
	if (fault != INSTANT_OK)
		return fault;
	return shape.is_date_alone && !is_date ? INSTANT_DATE_ALONE : judge_time(&shape);
}

enum instant_fault local_time_parse(struct span text, struct local_time *time)
{
	return parse(text, false, time);
}

enum instant_fault date_parse(struct span text, struct local_time *date)
{
	return parse(text, true, date);
}

int64_t local_time_to_us(const struct local_time *time)
{
	int64_t seconds = days_from_civil(time->year, time->month, time->day) * 86400;

	seconds += time->hour * 3600 + time->minute * 60 + time->second;
	return seconds * US_PER_SECOND + time->microsecond;
}

/* ---- writing ---- */

static char *put_digits(char *at, int32_t number, int digits)
{
	for (int i = digits - 1; i >= 0; i--) {
		at[i] = (char)('0' + number % 10);
		number /= 10;
	}
	return at + digits;
}

bool instant_to_text(int64_t instant_us, char text[INSTANT_TEXT_SIZE])
{
	int32_t year, month, day, second;
	int64_t past, time_us;
	char *at = text;

	if (instant_us < INSTANT_FIRST || instant_us >= INSTANT_END)
		return false;
	past = instant_us - INSTANT_FIRST;
	civil_from_days(past / US_PER_DAY - DAYS_TO_1970, &year, &month, &day);
	time_us = past % US_PER_DAY;
	second = (int32_t)(time_us / US_PER_SECOND);

	at = put_digits(at, year, 4);
	*at++ = '-';
	at = put_digits(at, month, 2);
	*at++ = '-';
	at = put_digits(at, day, 2);
	*at++ = 'T';
	at = put_digits(at, second / 3600, 2);
	*at++ = ':';
	at = put_digits(at, second / 60 % 60, 2);
	*at++ = ':';
	at = put_digits(at, second % 60, 2);
	*at++ = '.';
	at = put_digits(at, (int32_t)(time_us % US_PER_SECOND), 6);
	*at++ = 'Z';
	*at = '\0';
	return true;
}

bool instant_from_text(struct span text, int64_t *instant_us)
{
	struct local_time time = { 0 };
	struct shape shape = { .time = &time };
	int32_t parts[3];

	if (text.size != INSTANT_TEXT_SIZE - 1 || text.data[10] != 'T' || text.data[19] != '.' ||
	    text.data[26] != 'Z' || !scan_usual((struct span){ text.data, USUAL_SIZE }, &shape))
		return false;
	for (int i = 0; i < 3; i++)
		parts[i] = two_digits(text.data + USUAL_SIZE + 1 + 2 * i);
	if ((parts[0] | parts[1] | parts[2]) < 0 || judge_date(&shape) != INSTANT_OK ||
	    judge_time(&shape) != INSTANT_OK)
		return false;
	time.year = shape.year;
	time.month = shape.month;
	time.day = shape.day;
	time.microsecond = (parts[0] * 100 + parts[1]) * 100 + parts[2];
	*instant_us = local_time_to_us(&time);
	return true;
}
