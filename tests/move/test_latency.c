/*
 * test_latency.c: what one measure in twenty exceeds, of the last seconds only.
 */
#include <criterion/criterion.h>

#include "engine/move/latency.h"

TestSuite(latency, .timeout = 30);

static const int64_t second_ns = 1000000000;

Test(latency, is_not_known_before_anything_was_measured_nor_long_after)
{
	struct latency latency = { .count = 0 };
	double seconds;

	cr_assert_not(latency_seconds(&latency, 0, &seconds));
	latency_note(&latency, second_ns, 10 * second_ns);
	cr_assert(latency_seconds(&latency, 15 * second_ns, &seconds));
	cr_assert_eq(seconds, 1);
	cr_assert_not(latency_seconds(&latency, 15 * second_ns + 1, &seconds));
}

Test(latency, one_in_twenty_may_be_longer)
{
	struct latency latency = { .count = 0 };
	double seconds;

	for (int i = 1; i <= 100; i++)
		latency_note(&latency, i * second_ns / 1000, 10 * second_ns);
	cr_assert(latency_seconds(&latency, 10 * second_ns, &seconds));
	cr_assert_float_eq(seconds, 0.095, 1e-9, "%f", seconds);
}

Test(latency, of_few_it_is_the_longest)
{
	struct latency latency = { .count = 0 };
	double seconds;

	latency_note(&latency, second_ns / 10, second_ns);
	latency_note(&latency, second_ns / 2, second_ns);
	latency_note(&latency, second_ns / 5, second_ns);
	cr_assert(latency_seconds(&latency, second_ns, &seconds));
	cr_assert_float_eq(seconds, 0.5, 1e-9);
}

Test(latency, forgets_what_is_older_than_its_places)
{
	struct latency latency = { .count = 0 };
	double seconds;

	for (int i = 0; i < 1000; i++)
		latency_note(&latency, i < 500 ? second_ns : second_ns / 100, second_ns);
	cr_assert(latency_seconds(&latency, second_ns, &seconds));
	cr_assert_float_eq(seconds, 0.01, 1e-9);
}
