/*
 * test_err.c: the error object says the cause once and where it happened, and promises stop us.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

TestSuite(err, .timeout = 20);

Test(err, puts_context_in_front_of_the_cause)
{
	struct err err = { 0 };

	cr_assert_not(err_set(&err, ERR_IO, "writing %s: disk full", "a.db"));
	cr_assert_not(err_while(&err, "chunk %d", 7));
	cr_assert_not(err_while(&err, "job"));
	cr_assert_eq(err.code, ERR_IO);
	cr_assert_str_eq(err.text, "job: chunk 7: writing a.db: disk full");
}

Test(err, is_empty_again_after_a_reset)
{
	struct err err = { 0 };

	err_set(&err, ERR_DATA, "first");
	err_reset(&err);
	cr_assert_eq(err.code, ERR_NONE);
	cr_assert_str_empty(err.text);
	err_set(&err, ERR_IO, "second");
	cr_assert_str_eq(err.text, "second");
}

Test(err, is_cut_at_its_end_when_too_long)
{
	struct err err = { 0 };
	char longer[2 * ERR_TEXT_SIZE];

	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	err_set(&err, ERR_DATA, "%s", longer);
	cr_assert_eq(strlen(err.text), ERR_TEXT_SIZE - 1);
	err_while(&err, "where");
	cr_assert_eq(strlen(err.text), ERR_TEXT_SIZE - 1);
	cr_assert_eq(strncmp(err.text, "where: xxx", 10), 0, "%s", err.text);
	err_while(&err, "%s", longer);
	cr_assert_lt(strlen(err.text), ERR_TEXT_SIZE);
	cr_assert_eq(err.code, ERR_DATA);
}

Test(err, does_not_read_percent_signs_in_values)
{
	struct err err = { 0 };

	err_set(&err, ERR_DATA, "%s", "100%n%s");
	err_while(&err, "%s", "%d");
	cr_assert_str_eq(err.text, "%d: 100%n%s");
}

Test(err, a_second_cause_is_a_bug, .signal = SIGABRT)
{
	struct err err = { 0 };

	err_set(&err, ERR_DATA, "one");
	err_set(&err, ERR_DATA, "two");
}

Test(err, context_without_a_cause_is_a_bug, .signal = SIGABRT)
{
	struct err err = { 0 };

	err_while(&err, "nothing happened");
}

Test(err, leads_to_the_documented_exit_status)
{
	static const struct {
		enum err_code code;
		int status;
	} table[] = {
		{ ERR_NONE, 0 },        { ERR_USAGE, 2 },        { ERR_REFUSED, 3 },
		{ ERR_DATA, 65 },       { ERR_UNAVAILABLE, 69 }, { ERR_BUG, 70 },
		{ ERR_CONFLICT, 70 },   { ERR_TOO_LARGE, 70 },   { ERR_IO, 74 },
		{ ERR_TRANSIENT, 75 },  { ERR_PERMISSION, 77 },  { ERR_RULE, 78 },
		{ ERR_CANCELLED, 130 },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		cr_expect_eq(err_exit_status(table[i].code), table[i].status, "code %d gives %d",
			     (int)table[i].code, err_exit_status(table[i].code));
}

Test(err, a_promise_that_holds_goes_on)
{
	int calls = 0;

	require(++calls == 1);
	cr_assert_eq(calls, 1);
}

Test(err, a_broken_promise_aborts, .signal = SIGABRT)
{
	require(1 + 1 == 3);
}

Test(err, running_out_of_memory_says_try_again, .exit_code = 75)
{
	memory_resize(NULL, SIZE_MAX);
}
