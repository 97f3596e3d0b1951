/*
 * test_outage.c: how often a store that is away is asked: the laws, whatever chance says.
 */
#include <criterion/criterion.h>

#include "engine/move/outage.h"

TestSuite(outage, .timeout = 10);

Test(outage, waits_twice_as_long_each_time_and_never_too_long)
{
	static const uint32_t chances[] = { 0, 1, UINT32_MAX / 2, UINT32_MAX };

	for (size_t c = 0; c < sizeof(chances) / sizeof(chances[0]); c++) {
		struct outage outage = { .failures = 0 };
		int64_t full_ns = OUTAGE_FIRST_NS;

		for (int i = 0; i < 100; i++) {
			int64_t wait_ns;

			outage_fail(&outage, 1000, chances[c]);
			wait_ns = outage_wait_ns(&outage, 1000);
			cr_assert_leq(wait_ns, full_ns);
			cr_assert_geq(wait_ns, full_ns / 2);
			full_ns = full_ns * 2 < OUTAGE_LONGEST_NS ? full_ns * 2 : OUTAGE_LONGEST_NS;
		}
	}
}

Test(outage, is_asked_by_one_at_a_time)
{
	struct outage outage = { .failures = 0 };

	cr_assert(outage_ask(&outage, 0), "without an outage everybody goes on");
	outage_fail(&outage, 0, 0);
	cr_assert_not(outage_ask(&outage, OUTAGE_FIRST_NS - 1));
	cr_assert(outage_ask(&outage, OUTAGE_FIRST_NS));
	cr_assert_not(outage_ask(&outage, OUTAGE_FIRST_NS), "another asks already");
	cr_assert_gt(outage_wait_ns(&outage, OUTAGE_FIRST_NS), 0);
	outage_fail(&outage, OUTAGE_FIRST_NS, 0);
	cr_assert(outage_ask(&outage, 3 * OUTAGE_FIRST_NS),
		  "who asked has failed: it is free again");
}

Test(outage, ends_with_what_works_and_not_before_its_time)
{
	struct outage outage = { .failures = 0 };

	outage_fail(&outage, 5, 0);
	outage_fail(&outage, OUTAGE_BUDGET_NS, 0);
	cr_assert_not(outage_is_too_long(&outage, 5 + OUTAGE_BUDGET_NS));
	cr_assert(outage_is_too_long(&outage, 6 + OUTAGE_BUDGET_NS));
	outage_end(&outage);
	cr_assert_not(outage_is_too_long(&outage, INT64_MAX));
	cr_assert_eq(outage_wait_ns(&outage, 0), 0);
}

Test(outage, is_not_given_up_while_somebody_asks)
{
	struct outage outage = { .failures = 0 };

	outage_fail(&outage, 0, 0);
	cr_assert(outage_ask(&outage, OUTAGE_BUDGET_NS));
	cr_assert_not(outage_is_too_long(&outage, 2 * OUTAGE_BUDGET_NS));
	outage_fail(&outage, 2 * OUTAGE_BUDGET_NS, 0);
	cr_assert(outage_is_too_long(&outage, 2 * OUTAGE_BUDGET_NS), "that came to nothing, too");
}
