/*
 * test_waits.c: a pause is counted once, however many workers wait.
 */
#include <criterion/criterion.h>
#include <signal.h>

#include "engine/move/waits.h"

TestSuite(waits, .timeout = 30);

static const int64_t second_ns = 1000000000;

Test(waits, begins_with_the_first_that_waits_and_ends_with_the_last)
{
	struct waits waits = { .count = 0 };
	struct move_pause list[MOVE_PAUSES_MAX];

	waits_begin(&waits, "lag", NULL, 1 * second_ns);
	waits_begin(&waits, "lag", NULL, 2 * second_ns);
	waits_end(&waits, "lag", 3 * second_ns);
	cr_assert_str_eq(waits_shown(&waits), "lag");
	waits_end(&waits, "lag", 5 * second_ns);
	cr_assert_null(waits_shown(&waits));
	waits_begin(&waits, "lag", NULL, 7 * second_ns);
	cr_assert_eq(waits_report(&waits, 8 * second_ns, list), 1);
	cr_assert_str_eq(list[0].reason, "lag");
	cr_assert_eq(list[0].count, 2);
	cr_assert_float_eq(list[0].seconds, 5, 1e-9);
}

Test(waits, what_began_last_is_shown_and_with_what_is_known_now)
{
	struct waits waits = { .count = 0 };

	waits_begin(&waits, "rate", NULL, 1);
	waits_begin(&waits, "lag", "lag: no such table", 2);
	cr_assert_str_eq(waits_shown(&waits), "lag: no such table");
	waits_end(&waits, "lag", 3);
	cr_assert_str_eq(waits_shown(&waits), "rate");
	waits_begin(&waits, "lag", NULL, 4);
	cr_assert_str_eq(waits_shown(&waits), "lag");
}

Test(waits, ending_what_never_began_is_a_bug, .signal = SIGABRT)
{
	struct waits waits = { .count = 0 };

	waits_end(&waits, "lag", 1);
}
