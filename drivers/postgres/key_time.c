/*
 * key_time.c: is this text a day or an instant as PostgreSQL writes it? Anything else would fail a whole statement.
 */
#include <string.h>

#include "drivers/postgres/reader_internal.h"

enum { OID_DATE = 1082, OID_TIMESTAMPTZ = 1184 };

/* What there is: from 24 November 4714 BC, and up to these years. */
enum { YEAR_MIN = -4713, DATE_YEAR_MAX = 5874897, INSTANT_YEAR_MAX = 294276 };

/* As many digits as there are, up to `most`; −1 when there are fewer than `least`. */
static int take_number(struct span *text, size_t least, size_t most)
{
	size_t size = 0;
	int number = 0;

	while (size < most && size < text->size && text->data[size] >= '0' &&
	       text->data[size] <= '9')
		number = number * 10 + text->data[size++] - '0';
	if (size < least)
		return -1;
	*text = (struct span){ text->data + size, text->size - size };
	return number;
}

static bool take_word(struct span *text, const char *word)
{
	size_t size = strlen(word);

	if (text->size < size || memcmp(text->data, word, size) != 0)
		return false;
	*text = (struct span){ text->data + size, text->size - size };
	return true;
}

static int days_of(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

/* year: 0 is 1 BC */
static bool is_day(int year, int month, int day, int year_max)
{
	if (year < YEAR_MIN || year > year_max || month < 1 || month > 12 || day < 1)
		return false;
	if (year == YEAR_MIN && (month < 11 || (month == 11 && day < 24)))
		return false;
	return day <= days_of(year, month);
}

/* " 23:59:59.123456" */
static bool take_clock(struct span *text)
{
	int hour, minute, second;

	if (!take_word(text, " ") || (hour = take_number(text, 2, 2)) < 0 ||
	    !take_word(text, ":") || (minute = take_number(text, 2, 2)) < 0 ||
	    !take_word(text, ":") || (second = take_number(text, 2, 2)) < 0)
		return false;
	if (take_word(text, ".") && take_number(text, 1, 6) < 0)
		return false;
	return hour < 24 && minute < 60 && second < 60;
}

bool pg_key_is_time(Oid base, struct span text)
{
	int year, month, day;

	if (span_equal_text(text, "infinity") || span_equal_text(text, "-infinity"))
		return true;
	if ((year = take_number(&text, 4, 7)) < 1 || !take_word(&text, "-") ||
	    (month = take_number(&text, 2, 2)) < 0 || !take_word(&text, "-") ||
	    (day = take_number(&text, 2, 2)) < 0)
		return false;
	if (base != OID_DATE && !take_clock(&text))
		return false;
	if (base == OID_TIMESTAMPTZ && !take_word(&text, "+00"))
		return false;
	if (take_word(&text, " BC"))
		year = 1 - year;
	return text.size == 0 &&
	       is_day(year, month, day, base == OID_DATE ? DATE_YEAR_MAX : INSTANT_YEAR_MAX);
}
