/*
 * test_zones_of_rows.c: time zones that another column of the row names.
 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "engine/rules/zones.h"
#include "tests/rules/derive_fixture.h"

TestSuite(zones_of_rows, .fini = rule_close, .timeout = 30);

static void open_with(const char *zone)
{
	static char types[300];

	snprintf(types, sizeof(types), "at = instant { zone = %s }", zone);
	rule_open(
	    &(struct rule){ .before = "local ZONE = { GB = 'Europe/London', IN = 'Asia/Kolkata' }",
			    .types = types,
			    .fields = "at = instant { from = 'at' }" });
}

static void given_at(const char *column, const char *value, const char *at)
{
	given_nothing();
	given("root", 0, column, value);
	given("root", 0, "at", at);
}

Test(zones_of_rows, come_from_a_lookup)
{
	open_with("{ from = 'country', lookup = ZONE }");
	given_at("country", "GB", "2018-07-01 12:00:00");
	expect_body("{\"at\":\"2018-07-01T11:00:00.000000Z\",\"jobId\":\"job_7\"}");
	given_at("country", "IN", "2018-07-01 12:00:00");
	expect_body("{\"at\":\"2018-07-01T06:30:00.000000Z\",\"jobId\":\"job_7\"}");
}

Test(zones_of_rows, come_from_a_name)
{
	open_with("{ from = 'tz' }, ambiguous = 'later'");
	given_at("tz", "Europe/London", "2005-10-30 01:30:00");
	expect_body("{\"at\":\"2005-10-30T01:30:00.000000Z\",\"jobId\":\"job_7\"}");
	given_at("tz", "UTC", "2005-10-30 01:30:00");
	expect_body("{\"at\":\"2005-10-30T01:30:00.000000Z\",\"jobId\":\"job_7\"}");
}

Test(zones_of_rows, are_never_guessed)
{
	open_with("{ from = 'country', lookup = ZONE }");
	given_at("country", "GX", "2018-07-01 12:00:00");
	expect_reject("at", "E2115");
	cr_assert_not_null(strstr(body(), "\"GX\" in del.country has no time zone in the lookup"),
			   "%s", body());
	cr_assert(span_equal_text(fault_of("at")->nearest, "GB"));
	given_at("country", NULL, "2018-07-01 12:00:00");
	expect_reject("at", "E2115");
	cr_assert_not_null(strstr(body(), "del.country is NULL"), "%s", body());
	given_at("country", "gb", "2018-07-01 12:00:00");
	expect_reject("at", "E2115");
	given_at("country", "GB", "2018-03-25 01:30:00");
	expect_reject("at", "E2108");
	given_at("country", "GB", "2018-07-01 12:00:00Z");
	expect_reject("at", "E2107");
	given_at("country", "GB", NULL);
	expect_reject("at", "E2101");
}

Test(zones_of_rows, are_names_of_the_database_and_nothing_else)
{
	static const char *const names[] = { "PST",    "Europe/Londn",  "",
					     "+01:00", "europe/london", "Etc/Unknown" };

	open_with("{ from = 'tz' }");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		given_at("tz", names[i], "2018-07-01 12:00:00");
		expect_reject("at", "E2115");
	}
}

/* More zones than are kept, three times over: each answer is the zone's own. */
Test(zones_of_rows, are_kept_within_bounds)
{
	struct zone_set set = { 0 };

	for (int round = 0; round < 3; round++) {
		for (int hour = -12; hour <= 14; hour++) {
			char names[3][24];

			snprintf(names[0], sizeof(names[0]), "Etc/GMT%+d", hour);
			snprintf(names[1], sizeof(names[1]), "Etc/GMT%d", hour);
			snprintf(names[2], sizeof(names[2]), "%s",
				 hour % 2 ? "Europe/Paris" : "Asia/Tokyo");
			zones_of_row(&set, span_of(names[0]));
			zones_of_row(&set, span_of(names[1]));
			cr_assert_not_null(zones_of_row(&set, span_of(names[2])));
			cr_assert_leq(set.of_rows_count, ZONES_OF_ROWS);
		}
	}
	cr_assert_null(zones_of_row(&set, SPAN("Europe/Paris\0x")));
	zones_close(&set);
}

Test(zones_of_rows, stay_right_when_others_take_their_place)
{
	static const char *const regions[] = { "Africa/Cairo",   "Africa/Lagos", "America/Lima",
					       "America/Bogota", "Asia/Dubai",   "Asia/Seoul" };
	struct zone_set set = { 0 };
	struct local_time time;
	struct zone_moments moments;

	local_time_parse(SPAN("2024-01-15 12:00"), &time);
	for (int i = 0; i < 400; i++) {
		char name[24];
		const struct zone *zone;

		snprintf(name, sizeof(name), "Etc/GMT%+d", i % 13);
		cr_assert_not_null(zones_of_row(&set, span_of(regions[i % 6])));
		zone = zones_of_row(&set, span_of(i % 13 ? name : "Etc/GMT"));
		cr_assert_not_null(zone, "%s", name);
		cr_assert_eq(zone_to_utc(zone, &time, &moments), ZONE_OK);
		cr_assert_eq(moments.earlier_us,
			     local_time_to_us(&time) + i % 13 * INT64_C(3600000000));
	}
	zones_close(&set);
}
