/*
 * test_limit.c: so many units a second, exactly, at any rate, on a clock that is a parameter.
 */
#include <criterion/criterion.h>

#include "engine/move/limit.h"

TestSuite(limit, .timeout = 30);

static const int64_t second_ns = 1000000000;

/* How long it takes to move count units in steps. */
static int64_t duration_ns(uint64_t rate, uint64_t count, uint64_t step)
{
	struct limit limit;
	int64_t now = 5 * second_ns;

	limit_init(&limit, rate, now);
	for (uint64_t done = 0; done < count; done += step) {
		now += limit_wait_ns(&limit, now);
		limit_take(&limit, step, now);
	}
	now += limit_wait_ns(&limit, now);
	return now - 5 * second_ns;
}

Test(limit, is_exact_at_any_rate)
{
	static const uint64_t rates[] = {
		1, 3, 999, 1000, 1001, 1500, 100000, 1234567, 2000000000
	};

	for (size_t i = 0; i < sizeof(rates) / sizeof(*rates); i++) {
		int64_t took =
		    duration_ns(rates[i], rates[i] * 10, rates[i] > 100 ? rates[i] / 100 : 1);
		int64_t far = took - 10 * second_ns;

		/* Steps that do not divide the rate end a little late, never early by more than rounding. */
		cr_assert_geq(far, -20000, "%llu/s: %lld ns", (unsigned long long)rates[i],
			      (long long)took);
		cr_assert_leq(far, second_ns / 5, "%llu/s: %lld ns", (unsigned long long)rates[i],
			      (long long)took);
	}
}

Test(limit, lets_everything_through_when_there_is_none)
{
	cr_assert_eq(duration_ns(0, 1000000, 1000), 0);
}

Test(limit, saves_up_no_more_than_a_tenth_of_a_second)
{
	struct limit limit;

	limit_init(&limit, 100, 0);
	limit_take(&limit, 100, 60 * second_ns);
	cr_assert_eq(limit_wait_ns(&limit, 60 * second_ns), second_ns * 9 / 10);
}

Test(limit, survives_absurd_amounts)
{
	struct limit limit;

	limit_init(&limit, 1, 0);
	limit_take(&limit, UINT64_MAX, 0);
	cr_assert_gt(limit_wait_ns(&limit, 0), 0);
}

Test(limit, eases_what_is_not_paid_yet)
{
	struct limit limit;

	limit_init(&limit, 100, 0);
	limit_take(&limit, 100, 0);
	limit_ease(&limit, 0.5, second_ns / 2);
	cr_assert_eq(limit_wait_ns(&limit, second_ns / 2), second_ns / 4);
	limit_ease(&limit, 0.5, 10 * second_ns);
	cr_assert_eq(limit_wait_ns(&limit, 10 * second_ns), 0);
	limit_take(&limit, UINT64_MAX, 10 * second_ns);
	limit_ease(&limit, 1, 10 * second_ns);
	cr_assert_gt(limit_wait_ns(&limit, 10 * second_ns), 0);
}
