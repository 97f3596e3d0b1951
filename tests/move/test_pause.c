/*
 * test_pause.c: a pause is counted once, however many workers wait.
 */
#include <criterion/criterion.h>
#include <signal.h>

#include "engine/move/pause.h"

TestSuite(pause, .timeout = 30);

static const int64_t second_ns = 1000000000;

Test(pause, begins_with_the_first_that_waits_and_ends_with_the_last)
{
	struct pauses pauses = { .count = 0 };
	struct move_pause list[MOVE_PAUSES_MAX];

	pause_begin(&pauses, "lag", NULL, 1 * second_ns);
	pause_begin(&pauses, "lag", NULL, 2 * second_ns);
	pause_end(&pauses, "lag", 3 * second_ns);
	cr_assert_str_eq(pause_shown(&pauses), "lag");
	pause_end(&pauses, "lag", 5 * second_ns);
	cr_assert_null(pause_shown(&pauses));
	pause_begin(&pauses, "lag", NULL, 7 * second_ns);
	cr_assert_eq(pause_report(&pauses, 8 * second_ns, list), 1);
	cr_assert_str_eq(list[0].reason, "lag");
	cr_assert_eq(list[0].count, 2);
	cr_assert_float_eq(list[0].seconds, 5, 1e-9);
}

Test(pause, what_began_last_is_shown_and_with_what_is_known_now)
{
	struct pauses pauses = { .count = 0 };

	pause_begin(&pauses, "rate", NULL, 1);
	pause_begin(&pauses, "lag", "lag: no such table", 2);
	cr_assert_str_eq(pause_shown(&pauses), "lag: no such table");
	pause_end(&pauses, "lag", 3);
	cr_assert_str_eq(pause_shown(&pauses), "rate");
	pause_begin(&pauses, "lag", NULL, 4);
	cr_assert_str_eq(pause_shown(&pauses), "lag");
}

Test(pause, ending_what_never_began_is_a_bug, .signal = SIGABRT)
{
	struct pauses pauses = { .count = 0 };

	pause_end(&pauses, "lag", 1);
}
