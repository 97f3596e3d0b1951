/*
 * test_zone.c: local times to UTC, with the hours that clocks repeat and skip told apart.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <string.h>

#include "engine/rules/zone.h"

TestSuite(zone, .timeout = 60);

static const char *answer_text(enum zone_answer answer, int64_t instant_us,
			       char text[INSTANT_TEXT_SIZE])
{
	if (answer == ZONE_REPEATED)
		return "repeated";
	if (answer == ZONE_SKIPPED)
		return "skipped";
	if (answer == ZONE_FAILED || !instant_to_text(instant_us, text))
		return "failed";
	return text;
}

struct local_case {
	char zone[32];
	char local[32];
	char expected[28];
};

ParameterizedTestParameters(zone, knows)
{
	static struct local_case cases[] = {
		{ "UTC", "2005-03-27 01:30:00.000001", "2005-03-27T01:30:00.000001Z" },
		{ "Etc/UTC", "2005-03-27 01:30", "2005-03-27T01:30:00.000000Z" },
		{ "GMT", "2005-07-01 01:30", "2005-07-01T01:30:00.000000Z" },
		{ "Etc/GMT+5", "2005-07-01 01:30", "2005-07-01T06:30:00.000000Z" },

		{ "Europe/London", "2005-03-27 00:59:59.999999", "2005-03-27T00:59:59.999999Z" },
		{ "Europe/London", "2005-03-27 01:00", "skipped" },
		{ "Europe/London", "2005-03-27 01:30", "skipped" },
		{ "Europe/London", "2005-03-27 01:59:59.999999", "skipped" },
		{ "Europe/London", "2005-03-27 02:00", "2005-03-27T01:00:00.000000Z" },
		{ "Europe/London", "2005-10-30 00:59:59.999999", "2005-10-29T23:59:59.999999Z" },
		{ "Europe/London", "2005-10-30 01:00", "repeated" },
		{ "Europe/London", "2005-10-30 01:30", "repeated" },
		{ "Europe/London", "2005-10-30 01:59:59.999999", "repeated" },
		{ "Europe/London", "2005-10-30 02:00", "2005-10-30T02:00:00.000000Z" },
		{ "Europe/London", "1970-01-01 00:00", "1969-12-31T23:00:00.000000Z" },
		{ "Europe/London", "2500-07-01 12:00", "2500-07-01T11:00:00.000000Z" },
		{ "Europe/London", "9999-12-31 23:59:59.999999", "9999-12-31T23:59:59.999999Z" },

		{ "America/New_York", "2024-03-10 01:59:59.999999", "2024-03-10T06:59:59.999999Z" },
		{ "America/New_York", "2024-03-10 02:30", "skipped" },
		{ "America/New_York", "2024-03-10 03:00", "2024-03-10T07:00:00.000000Z" },
		{ "America/New_York", "2024-11-03 00:59:59", "2024-11-03T04:59:59.000000Z" },
		{ "America/New_York", "2024-11-03 01:30", "repeated" },
		{ "America/New_York", "2024-11-03 02:00", "2024-11-03T07:00:00.000000Z" },
		{ "America/New_York", "9999-12-31 23:00", "failed" },

		{ "Asia/Kolkata", "2024-06-01 00:00:00.123456", "2024-05-31T18:30:00.123456Z" },
		{ "Asia/Kolkata", "0001-01-01 00:00", "failed" },
		{ "Asia/Kathmandu", "2024-06-01 00:00", "2024-05-31T18:15:00.000000Z" },

		/* Half an hour of summer time: half an hour is skipped and repeated. */
		{ "Australia/Lord_Howe", "2024-04-07 01:29:59", "2024-04-06T14:29:59.000000Z" },
		{ "Australia/Lord_Howe", "2024-04-07 01:30", "repeated" },
		{ "Australia/Lord_Howe", "2024-04-07 01:59:59", "repeated" },
		{ "Australia/Lord_Howe", "2024-04-07 02:00", "2024-04-06T15:30:00.000000Z" },
		{ "Australia/Lord_Howe", "2024-10-06 02:00", "skipped" },
		{ "Australia/Lord_Howe", "2024-10-06 02:29:59", "skipped" },
		{ "Australia/Lord_Howe", "2024-10-06 02:30", "2024-10-05T15:30:00.000000Z" },

		/* A whole day was skipped, and one was lived twice. */
		{ "Pacific/Apia", "2011-12-29 23:59:59", "2011-12-30T09:59:59.000000Z" },
		{ "Pacific/Apia", "2011-12-30 00:00", "skipped" },
		{ "Pacific/Apia", "2011-12-30 23:59:59", "skipped" },
		{ "Pacific/Apia", "2011-12-31 00:00", "2011-12-30T10:00:00.000000Z" },
		{ "Pacific/Kwajalein", "1993-08-21 12:00", "skipped" },
		{ "America/Juneau", "1867-10-18 12:00", "1867-10-17T20:57:41.000000Z" },
		{ "America/Juneau", "1867-10-19 12:00", "repeated" },

		/* Local mean time keeps its seconds. */
		{ "Europe/London", "1840-01-01 00:00", "1840-01-01T00:01:15.000000Z" },
		{ "America/New_York", "1880-01-01 00:00", "1880-01-01T04:56:02.000000Z" },
		{ "America/New_York", "1883-11-18 11:59:59", "1883-11-18T16:56:01.000000Z" },
		{ "America/New_York", "1883-11-18 12:03:57", "repeated" },
		{ "America/New_York", "1883-11-18 12:03:58", "1883-11-18T17:03:58.000000Z" },
		{ "Europe/Paris", "0001-06-01 00:00", "0001-05-31T23:50:39.000000Z" },

		/* Old calendars are not applied: the days of 1582 all exist. */
		{ "Europe/Rome", "1582-10-10 12:00", "1582-10-10T11:10:04.000000Z" },

		/* Double summer time, and a zone that changed its offset for good. */
		{ "Europe/London", "1944-06-06 06:30", "1944-06-06T04:30:00.000000Z" },
		{ "Europe/Istanbul", "2016-12-01 00:00", "2016-11-30T21:00:00.000000Z" },
	};

	return cr_make_param_array(struct local_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct local_case *c, zone, knows)
{
	struct zone *zone = zone_open(c->zone);
	struct local_time time;
	char text[INSTANT_TEXT_SIZE];
	struct zone_moments moments;

	cr_assert_not_null(zone, "%s", c->zone);
	cr_assert_eq(local_time_parse(span_of(c->local), &time), INSTANT_OK, "%s", c->local);
	for (int i = 0; i < 2; i++) { /* cold, then from what was kept */
		enum zone_answer answer = zone_to_utc(zone, &time, &moments);
		const char *seen = answer_text(answer, moments.earlier_us, text);

		cr_expect_str_eq(seen, c->expected, "%s %s: %s", c->zone, c->local, seen);
		cr_expect(answer != ZONE_OK || moments.earlier_us == moments.later_us);
	}
	zone_close(zone);
}

struct moments_case {
	char zone[32];
	char local[32];
	char earlier[28], later[28];
};

/* By the transitions of the time zone database: what clocks repeat has two moments, what they skip
 * stands as far behind the gap as it stood inside it. */
ParameterizedTestParameters(zone, tells_both_moments_of_a_repeated_hour_and_one_of_a_skipped_one)
{
	static struct moments_case cases[] = {
		{ "Europe/London", "2005-10-30 01:30", "2005-10-30T00:30:00.000000Z",
		  "2005-10-30T01:30:00.000000Z" },
		{ "Europe/London", "2005-03-27 01:30", "2005-03-27T01:30:00.000000Z",
		  "2005-03-27T01:30:00.000000Z" },
		{ "America/New_York", "2024-11-03 01:30", "2024-11-03T05:30:00.000000Z",
		  "2024-11-03T06:30:00.000000Z" },
		{ "America/New_York", "2024-03-10 02:30", "2024-03-10T07:30:00.000000Z",
		  "2024-03-10T07:30:00.000000Z" },
		{ "Australia/Lord_Howe", "2024-04-07 01:45", "2024-04-06T14:45:00.000000Z",
		  "2024-04-06T15:15:00.000000Z" },
		{ "Australia/Lord_Howe", "2024-10-06 02:10", "2024-10-05T15:40:00.000000Z",
		  "2024-10-05T15:40:00.000000Z" },
		{ "Pacific/Apia", "2011-12-30 12:00", "2011-12-30T22:00:00.000000Z",
		  "2011-12-30T22:00:00.000000Z" },
		{ "America/Juneau", "1867-10-19 12:00", "1867-10-18T20:57:41.000000Z",
		  "1867-10-19T20:57:41.000000Z" },
	};

	return cr_make_param_array(struct moments_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct moments_case *c, zone,
		  tells_both_moments_of_a_repeated_hour_and_one_of_a_skipped_one)
{
	struct zone *zone = zone_open(c->zone);
	struct local_time time;
	struct zone_moments moments;
	char earlier[INSTANT_TEXT_SIZE], later[INSTANT_TEXT_SIZE];

	cr_assert_not_null(zone);
	cr_assert_eq(local_time_parse(span_of(c->local), &time), INSTANT_OK);
	cr_assert_neq(zone_to_utc(zone, &time, &moments), ZONE_OK);
	cr_assert(instant_to_text(moments.earlier_us, earlier));
	cr_assert(instant_to_text(moments.later_us, later));
	cr_expect_str_eq(earlier, c->earlier, "%s %s: %s", c->zone, c->local, earlier);
	cr_expect_str_eq(later, c->later, "%s %s: %s", c->zone, c->local, later);
	zone_close(zone);
}

Test(zone, unknown_names_are_refused_and_never_become_gmt)
{
	static const char *const names[] = {
		"",
		" ",
		"Nowhere/Atlantis",
		"Europe/Londonx",
		"Europe/",
		"/",
		"EST",
		"PST",
		"IST",
		"BST",
		"CET",
		"EST5EDT",
		"GMT+5",
		"Gmt+5",
		"gmt-03:30",
		"UTC+1",
		"+05:30",
		"Etc/Unknown",
		"europe/london",
		"Europe/London ",
		" Europe/London",
		"utc",
		"Factory",
		"SystemV/PST8",
		"Europe/L\xC3\xB6ndon",
		"Europe/London\n",
		"a/very/long/name/that/no/zone/has/ever/had/and/none/ever/will/have",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct zone *zone = zone_open(names[i]);

		cr_expect_null(zone, "'%s'", names[i]);
		zone_close(zone);
	}
}

Test(zone, an_offset_written_in_the_text_is_ignored)
{
	struct zone *zone = zone_open("Asia/Tokyo");
	struct local_time time;
	struct zone_moments with, without;

	local_time_parse(SPAN("2024-06-01 12:00:00+05"), &time);
	cr_assert_eq(zone_to_utc(zone, &time, &with), ZONE_OK);
	local_time_parse(SPAN("2024-06-01 12:00:00"), &time);
	cr_assert_eq(zone_to_utc(zone, &time, &without), ZONE_OK);
	cr_assert_eq(with.earlier_us, without.earlier_us);
	zone_close(zone);
}

static void to_local(int64_t local_us, struct local_time *time)
{
	char text[INSTANT_TEXT_SIZE];

	cr_assert(instant_to_text(local_us, text));
	cr_assert_eq(local_time_parse(span_of(text), time), INSTANT_OK);
}

/* Two years in steps of ten minutes, asked of a zone that remembers and of one just opened. */
Test(zone, what_was_asked_before_never_changes_an_answer)
{
	static const char *const names[] = { "Europe/London", "America/New_York",
					     "Australia/Lord_Howe" };
	int64_t first_us = days_from_civil(2023, 1, 1) * INT64_C(86400000000);

	for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++) {
		struct zone *warm = zone_open(names[n]);
		struct local_time time;
		int repeated = 0, skipped = 0;

		for (int minute = 0; minute < 2 * 365 * 1440; minute += 10) {
			struct zone_moments warm_at, cold_at;
			enum zone_answer answer;

			to_local(first_us + minute * INT64_C(60000000), &time);
			answer = zone_to_utc(warm, &time, &warm_at);
			if (minute % 70 == 0) {
				struct zone *cold = zone_open(names[n]);

				cr_assert_eq(zone_to_utc(cold, &time, &cold_at), answer);
				cr_assert_eq(warm_at.earlier_us, cold_at.earlier_us);
				cr_assert_eq(warm_at.later_us, cold_at.later_us);
				zone_close(cold);
			}
			repeated += answer == ZONE_REPEATED;
			skipped += answer == ZONE_SKIPPED;
			cr_assert_neq(answer, ZONE_FAILED);
		}
		/* Two springs and two autumns; Lord Howe moves by half an hour. */
		cr_assert_eq(repeated, n == 2 ? 6 : 12, "%s: %d", names[n], repeated);
		cr_assert_eq(skipped, n == 2 ? 6 : 12, "%s: %d", names[n], skipped);
		zone_close(warm);
	}
}

Test(zone, closing_nothing_is_fine)
{
	zone_close(NULL);
}

Test(zone, tells_the_version_of_its_data)
{
	cr_assert_geq(strlen(zone_data_version()), 5, "%s", zone_data_version());
	cr_assert_eq(strncmp(zone_data_version(), "20", 2), 0, "%s", zone_data_version());
}
