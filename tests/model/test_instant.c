/*
 * test_instant.c: moments are read as written or refused by name, over the whole calendar.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model/instant.h"
#include "tests/model/random.h"

TestSuite(instant, .timeout = 60);

#define US_PER_DAY INT64_C(86400000000)

struct moment {
	char text[48];
	char canonical[28]; /* with the offset applied */
};

ParameterizedTestParameters(instant, reads)
{
	static struct moment cases[] = {
		{ "1970-01-01 00:00", "1970-01-01T00:00:00.000000Z" },
		{ "2024-02-29 23:59:59.999999", "2024-02-29T23:59:59.999999Z" },
		{ "2024-02-29T23:59", "2024-02-29T23:59:00.000000Z" },
		{ "2000-02-29 00:00", "2000-02-29T00:00:00.000000Z" },
		{ "0001-01-01 00:00", "0001-01-01T00:00:00.000000Z" },
		{ "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999Z" },
		{ "2024-05-06 07:08:09.1", "2024-05-06T07:08:09.100000Z" },
		{ "2024-05-06 07:08:09.000001", "2024-05-06T07:08:09.000001Z" },
		{ "2024-05-06 07:08:09.1234560000", "2024-05-06T07:08:09.123456Z" },
		{ "2024-05-06T07:08:09Z", "2024-05-06T07:08:09.000000Z" },
		{ "2024-05-06 07:08:09+02", "2024-05-06T05:08:09.000000Z" },
		{ "2024-05-06 07:08:09-0330", "2024-05-06T10:38:09.000000Z" },
		{ "2024-05-06 07:08:09+05:45", "2024-05-06T01:23:09.000000Z" },
		{ "1880-01-01 00:00:00-00:01:15", "1880-01-01T00:01:15.000000Z" },
		{ "2024-01-01 00:30+01:00", "2023-12-31T23:30:00.000000Z" },
		{ "2024-05-06 07:08:09.5-00:00", "2024-05-06T07:08:09.500000Z" },
		{ "2024-05-06 07:08:09+23:59:59", "2024-05-05T07:08:10.000000Z" },
	};

	return cr_make_param_array(struct moment, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct moment *c, instant, reads)
{
	struct local_time time;
	char text[INSTANT_TEXT_SIZE];
	enum instant_fault fault = local_time_parse(span_of(c->text), &time);
	int64_t us;

	cr_assert_eq(fault, INSTANT_OK, "%s: %s", c->text, instant_fault_text(fault));
	us = local_time_to_us(&time) - INT64_C(1000000) * time.offset_seconds;
	cr_assert(instant_to_text(us, text));
	cr_assert_str_eq(text, c->canonical, "%s became %s", c->text, text);
}

Test(instant, says_whether_an_offset_was_written)
{
	struct local_time time;

	cr_assert_eq(local_time_parse(SPAN("2024-05-06 07:08"), &time), INSTANT_OK);
	cr_assert_not(time.has_offset);
	cr_assert_eq(local_time_parse(SPAN("2024-05-06 07:08Z"), &time), INSTANT_OK);
	cr_assert(time.has_offset);
	cr_assert_eq(time.offset_seconds, 0);
	cr_assert_eq(local_time_parse(SPAN("2024-05-06 07:08-00:01:15"), &time), INSTANT_OK);
	cr_assert_eq(time.offset_seconds, -75);
	cr_assert_eq(date_parse(SPAN("2024-05-06"), &time), INSTANT_OK);
	cr_assert_not(time.has_offset);
	cr_assert_eq(time.day, 6);
}

struct refused {
	char text[48];
	enum instant_fault fault;
};

ParameterizedTestParameters(instant, refuses_by_name)
{
	static struct refused cases[] = {
		{ "infinity", INSTANT_INFINITE },
		{ "-infinity", INSTANT_INFINITE },
		{ "+Infinity", INSTANT_INFINITE },
		{ "INFINITY", INSTANT_INFINITE },
		{ "0044-03-15 BC", INSTANT_BEFORE_CHRIST },
		{ "0044-03-15 12:00:00 BC", INSTANT_BEFORE_CHRIST },
		{ "0044-03-15 12:00:00+00 BC", INSTANT_BEFORE_CHRIST },
		{ "-0044-03-15", INSTANT_BEFORE_CHRIST },
		{ "0000-03-15", INSTANT_BEFORE_CHRIST },
		{ "4713-01-01 BC", INSTANT_BEFORE_CHRIST },
		{ "0000-00-00", INSTANT_ZERO_DATE },
		{ "0000-00-00 00:00:00", INSTANT_ZERO_DATE },
		{ "0000-00-00T00:00:00Z", INSTANT_ZERO_DATE },
		{ "1871-05", INSTANT_PARTIAL_DATE },
		{ "1871", INSTANT_PARTIAL_DATE },
		{ "2024-00-15", INSTANT_PARTIAL_DATE },
		{ "2024-05-00", INSTANT_PARTIAL_DATE },
		{ "2024-00-00", INSTANT_PARTIAL_DATE },
		{ "2024-05-00 10:00", INSTANT_PARTIAL_DATE },
		{ "2024-05-06", INSTANT_DATE_ALONE },
		{ "0001-01-01", INSTANT_DATE_ALONE },
		{ "2024-02-30", INSTANT_NO_SUCH_DAY },
		{ "2023-02-29", INSTANT_NO_SUCH_DAY },
		{ "1900-02-29", INSTANT_NO_SUCH_DAY },
		{ "2024-13-01", INSTANT_NO_SUCH_DAY },
		{ "2024-04-31", INSTANT_NO_SUCH_DAY },
		{ "2024-12-32", INSTANT_NO_SUCH_DAY },
		{ "2024-02-30 25:00", INSTANT_NO_SUCH_DAY },
		{ "2024-05-06 24:00", INSTANT_NO_SUCH_TIME },
		{ "2024-05-06 24:00:00", INSTANT_NO_SUCH_TIME },
		{ "2024-05-06 25:61", INSTANT_NO_SUCH_TIME },
		{ "2024-05-06 23:60", INSTANT_NO_SUCH_TIME },
		{ "2024-05-06 23:59:61", INSTANT_NO_SUCH_TIME },
		{ "2024-05-06 23:59:59+24:00", INSTANT_NO_SUCH_TIME },
		{ "2024-05-06 23:59:59+00:60", INSTANT_NO_SUCH_TIME },
		{ "2024-05-06 23:59:59+00:00:60", INSTANT_NO_SUCH_TIME },
		{ "2016-12-31 23:59:60", INSTANT_LEAP_SECOND },
		{ "2016-12-31 23:59:60.5Z", INSTANT_LEAP_SECOND },
		{ "2024-05-06 07:08:09.1234567", INSTANT_TOO_PRECISE },
		{ "2024-05-06 07:08:09.0000000001", INSTANT_TOO_PRECISE },
		{ "10000-01-01", INSTANT_OUT_OF_RANGE },
		{ "294276-12-31 23:59:59", INSTANT_OUT_OF_RANGE },
		{ "", INSTANT_NOT_A_TIME },
		{ " 2024-05-06", INSTANT_NOT_A_TIME },
		{ "2024-05-06 ", INSTANT_NOT_A_TIME },
		{ "2024-05-06T", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07", INSTANT_NOT_A_TIME },
		{ "2024-05-06 7:08", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:8", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08:9", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08:", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08:09.", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08:09,5", INSTANT_NOT_A_TIME },
		{ "2024-05-06  07:08", INSTANT_NOT_A_TIME },
		{ "2024-05-06t07:08", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08z", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08 Z", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08 UTC", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08+1", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08+123", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08+01:", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08+01:00:", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08+010000", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08ZZ", INSTANT_NOT_A_TIME },
		{ "2024-05-06Z", INSTANT_NOT_A_TIME },
		{ "2024-05-06+01:00", INSTANT_NOT_A_TIME },
		{ "2024-05 07:08", INSTANT_NOT_A_TIME },
		{ "2024-5-6", INSTANT_NOT_A_TIME },
		{ "2024-005-06", INSTANT_NOT_A_TIME },
		{ "02024-05-06 07:08", INSTANT_NOT_A_TIME },
		{ "000002024-05-06", INSTANT_NOT_A_TIME },
		{ "00000-00-00", INSTANT_NOT_A_TIME },
		{ "2024-05-006", INSTANT_NOT_A_TIME },
		{ "99-05-06", INSTANT_NOT_A_TIME },
		{ "2024-", INSTANT_NOT_A_TIME },
		{ "2024-05-", INSTANT_NOT_A_TIME },
		{ "20240506", INSTANT_NOT_A_TIME },
		{ "9999999999-01-01", INSTANT_NOT_A_TIME },
		{ "06/05/2024", INSTANT_NOT_A_TIME },
		{ "May 6, 2024", INSTANT_NOT_A_TIME },
		{ "2024-05-06 PM", INSTANT_NOT_A_TIME },
		{ "2024-05-06 07:08 PM", INSTANT_NOT_A_TIME },
		{ " BC", INSTANT_NOT_A_TIME },
		{ "BC", INSTANT_NOT_A_TIME },
		{ "infinity BC", INSTANT_NOT_A_TIME },
		{ "-", INSTANT_NOT_A_TIME },
		{ "--2024-05-06", INSTANT_NOT_A_TIME },
		{ "+2024-05-06", INSTANT_NOT_A_TIME },
		{ "٢٠٢٤-05-06", INSTANT_NOT_A_TIME },
	};

	return cr_make_param_array(struct refused, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct refused *c, instant, refuses_by_name)
{
	struct local_time time;
	size_t size = strlen(c->text);
	char *exact = malloc(size + (size == 0));
	enum instant_fault fault;

	memcpy(exact, c->text, size);
	fault = local_time_parse((struct span){ exact, size }, &time);
	free(exact);
	cr_expect_eq(fault, c->fault, "'%s' is %s, not %s", c->text, instant_fault_text(fault),
		     instant_fault_text(c->fault));
}

Test(instant, nothing_and_a_nul_are_no_time)
{
	struct local_time time;

	cr_assert_eq(local_time_parse(SPAN_NONE, &time), INSTANT_NOT_A_TIME);
	cr_assert_eq(local_time_parse((struct span){ "2024-05-06\0", 11 }, &time),
		     INSTANT_NOT_A_TIME);
}

Test(instant, a_date_has_no_time_of_day)
{
	struct local_time date;

	cr_expect_eq(date_parse(SPAN("2024-05-06 00:00"), &date), INSTANT_NOT_A_DATE);
	cr_expect_eq(date_parse(SPAN("2024-05-06T"), &date), INSTANT_NOT_A_DATE);
	cr_expect_eq(date_parse(SPAN("2024-05-06Z"), &date), INSTANT_NOT_A_DATE);
	cr_expect_eq(date_parse(SPAN("20240506"), &date), INSTANT_NOT_A_DATE);
	cr_expect_eq(date_parse(SPAN("02024-05-06"), &date), INSTANT_NOT_A_DATE);
	cr_expect_eq(date_parse(SPAN_NONE, &date), INSTANT_NOT_A_DATE);
	cr_expect_eq(date_parse(SPAN("0000-00-00"), &date), INSTANT_ZERO_DATE);
	cr_expect_eq(date_parse(SPAN("2024-02-30"), &date), INSTANT_NO_SUCH_DAY);
	cr_expect_eq(date_parse(SPAN("2024-02"), &date), INSTANT_PARTIAL_DATE);
	cr_expect_eq(date_parse(SPAN("infinity"), &date), INSTANT_INFINITE);
	cr_expect_eq(date_parse(SPAN("0044-03-15 BC"), &date), INSTANT_BEFORE_CHRIST);
	cr_expect_eq(date_parse(SPAN("10000-01-01"), &date), INSTANT_OUT_OF_RANGE);
}

Test(instant, every_fault_has_words_of_its_own)
{
	for (int i = INSTANT_OK; i <= INSTANT_OUT_OF_RANGE; i++)
		for (int j = INSTANT_OK; j < i; j++)
			cr_expect_str_neq(instant_fault_text((enum instant_fault)i),
					  instant_fault_text((enum instant_fault)j));
}

/* The calendar walked day by day, beside a count that knows nothing but month lengths. */
Test(instant, every_day_from_year_1_to_9999_is_itself)
{
	static const int lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int64_t days = -719162;
	char text[INSTANT_TEXT_SIZE], expected[64];

	for (int year = 1; year <= 9999; year++) {
		bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

		for (int month = 1; month <= 12; month++) {
			int length = lengths[month - 1] + (month == 2 && leap);

			for (int day = 1; day <= length; day++, days++) {
				cr_assert_eq(days_from_civil(year, month, day), days);
				if (day > 1 && day < length)
					continue;
				snprintf(expected, sizeof(expected),
					 "%04d-%02d-%02dT23:59:59.999999Z", year, month, day);
				cr_assert(instant_to_text((days + 1) * US_PER_DAY - 1, text));
				cr_assert_str_eq(text, expected);
				expected[11] = '\0';
				cr_assert(instant_to_text(days * US_PER_DAY, text));
				cr_assert_eq(strncmp(text, expected, 11), 0, "%s", text);
			}
		}
	}
	cr_assert_eq(days, 2932897);
}

Test(instant, days_before_year_1_count_on_backwards)
{
	cr_expect_eq(days_from_civil(0, 12, 31), -719163);
	cr_expect_eq(days_from_civil(0, 1, 1), -719162 - 366);
	cr_expect_eq(days_from_civil(-1, 1, 1), -719162 - 366 - 365);
	cr_expect_eq(days_from_civil(-399, 1, 1), -719162 - 146097);
	cr_expect_eq(days_from_civil(-400, 1, 1), -719162 - 146097 - 366);
	cr_expect_eq(days_from_civil(-4712, 1, 1), -2440550);
}

Test(instant, text_beyond_years_1_to_9999_is_refused)
{
	char text[INSTANT_TEXT_SIZE];
	int64_t first = -719162 * US_PER_DAY, end = 2932897 * US_PER_DAY;

	cr_assert(instant_to_text(first, text));
	cr_assert_str_eq(text, "0001-01-01T00:00:00.000000Z");
	cr_assert_not(instant_to_text(first - 1, text));
	cr_assert(instant_to_text(end - 1, text));
	cr_assert_str_eq(text, "9999-12-31T23:59:59.999999Z");
	cr_assert_not(instant_to_text(end, text));
	cr_assert_not(instant_to_text(INT64_MIN, text));
	cr_assert_not(instant_to_text(INT64_MAX, text));
}

Test(instant, canonical_text_reads_back_and_sorts_like_time)
{
	uint64_t state = 1, span_us = 3652059 * (uint64_t)US_PER_DAY;
	int64_t last = 0;
	char text[INSTANT_TEXT_SIZE], last_text[INSTANT_TEXT_SIZE];

	cr_assert(instant_to_text(last, last_text));
	for (int i = 0; i < 50000; i++) {
		int64_t us = (int64_t)random_below(&state, span_us) - 719162 * US_PER_DAY, back;

		cr_assert(instant_to_text(us, text));
		cr_assert(instant_from_text(span_of(text), &back), "%s", text);
		cr_assert_eq(back, us, "%s", text);
		cr_assert_eq(strcmp(text, last_text) < 0, us < last);
		memcpy(last_text, text, sizeof(text));
		last = us;
	}
}

/* The form nearly all texts have is read apart from the others. */
Test(instant, a_fraction_of_nothing_changes_nothing)
{
	static const char bytes[] = "0179 -:TZ+/a";

	for (size_t i = 0; i < 19 * (sizeof(bytes) - 1); i++) {
		char usual[] = "2024-02-29 23:59:09", other[sizeof(usual) + 2];
		struct local_time a, b;
		enum instant_fault fault;

		/* The seconds would be an offset. */
		if (i / (sizeof(bytes) - 1) == 16 && strchr("+-", bytes[i % (sizeof(bytes) - 1)]))
			continue;
		usual[i / (sizeof(bytes) - 1)] = bytes[i % (sizeof(bytes) - 1)];
		snprintf(other, sizeof(other), "%s.0", usual);
		fault = local_time_parse(span_of(usual), &a);
		cr_expect_eq(fault, local_time_parse(span_of(other), &b), "%s", usual);
		if (fault == INSTANT_OK)
			cr_expect_eq(memcmp(&a, &b, sizeof(a)), 0, "%s", usual);
	}
}

Test(instant, only_exactly_canonical_text_is_read_back)
{
	static const char *const cases[] = {
		"2024-05-06T07:08:09.123456",  "2024-05-06 07:08:09.123456Z",
		"2024-05-06T07:08:09.12345Z",  "2024-05-06T07:08:09.1234567Z",
		"2024-05-06T07:08:09Z",        "2024-05-06T07:08:09.12345+0",
		"2024-05-06T07:08:09.1234+00", "2024-05-06T07:08:60.000000Z",
		"2024-02-30T07:08:09.123456Z", "2024-05-06T07:08:09.123456Z ",
		"0000-05-06T07:08:09.123456Z", "2024-05-06T07:08:09.12345aZ",
		"-024-05-06T07:08:09.123456Z", "",
	};
	int64_t us;

	cr_assert(instant_from_text(SPAN("2024-05-06T07:08:09.123456Z"), &us));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_not(instant_from_text(span_of(cases[i]), &us), "%s", cases[i]);
}
