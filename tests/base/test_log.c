/*
 * test_log.c: one event is one line, and crash points fire exactly where and when they are told to.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/arena.h"
#include "engine/base/crash.h"
#include "engine/base/json.h"
#include "engine/base/log.h"

static struct arena arena;
static char output[20000];

static void start(void)
{
	arena_init(&arena);
}

static void stop(void)
{
	arena_release(&arena);
}

TestSuite(log, .timeout = 20, .init = start, .fini = stop);
TestSuite(crash, .timeout = 20);

/* What one event writes to stderr. */
static const char *logged(enum log_level level, const char *message)
{
	int ends[2], kept = dup(STDERR_FILENO);
	ssize_t size;

	cr_assert_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	log_event(level, "%s", message);
	dup2(kept, STDERR_FILENO);
	close(kept);
	size = read(ends[0], output, sizeof(output) - 1);
	close(ends[0]);
	output[size > 0 ? size : 0] = '\0';
	return output;
}

Test(log, writes_one_json_line_whatever_the_message_holds)
{
	const char *line = logged(LOG_WARN, "a\nb\x1b[31m \"q\" \xff\\");
	struct json_value value;
	struct err err = { 0 };
	const struct json_value *ts;

	cr_assert_eq(strchr(line, '\n'), line + strlen(line) - 1, "%s", line);
	cr_assert_null(strchr(line, 0x1B), "%s", line);
	cr_assert(json_read(span_of(line), &arena, &value, &err), "%s in %s", err.text, line);
	cr_assert(span_equal_text(json_member(&value, "level")->text, "warn"));
	cr_assert(
	    span_equal_text(json_member(&value, "msg")->text, "a\nb\x1b[31m \"q\" \xEF\xBF\xBD\\"));
	ts = json_member(&value, "ts");
	cr_assert_eq(ts->text.size, 27, "%s", line);
	cr_assert_eq(ts->text.data[10], 'T');
	cr_assert_eq(ts->text.data[26], 'Z');
}

Test(log, keeps_quiet_below_its_level)
{
	log_set_level(LOG_WARN);
	cr_assert_str_empty(logged(LOG_INFO, "hush"));
	cr_assert_not_null(strstr(logged(LOG_WARN, "loud"), "loud"));
	log_set_level(LOG_INFO);
	cr_assert_not_null(strstr(logged(LOG_INFO, "heard"), "heard"));
}

Test(log, cuts_a_message_that_is_too_long)
{
	static char longer[10000];
	struct json_value value;
	struct err err = { 0 };

	memset(longer, 'x', sizeof(longer) - 1);
	cr_assert(json_read(span_of(logged(LOG_INFO, longer)), &arena, &value, &err), "%s",
		  err.text);
	cr_assert_eq(json_member(&value, "msg")->text.size, 4095);
}

Test(crash, without_the_variable_nothing_happens)
{
	unsetenv("ENGINE_CRASH_AT");
	for (int i = 0; i < 100; i++)
		crash_point("before-write");
}

Test(crash, dies_as_by_kill_9_the_third_time, .signal = SIGKILL)
{
	setenv("ENGINE_CRASH_AT", "after-write:3", 1);
	for (int i = 0; i < 3; i++)
		crash_point("after-write");
}

Test(crash, lives_through_the_first_two_times_and_other_names)
{
	setenv("ENGINE_CRASH_AT", "after-write:3", 1);
	for (int i = 0; i < 10; i++) {
		crash_point("before-write");
		crash_point("after-writ");
		crash_point("after-write2");
	}
	crash_point("after-write");
	crash_point("after-write");
}

Test(crash, a_point_without_a_count_stops_the_program, .signal = SIGABRT)
{
	setenv("ENGINE_CRASH_AT", "after-write", 1);
	crash_point("before-read");
}

Test(crash, a_count_that_is_no_number_stops_the_program, .signal = SIGABRT)
{
	setenv("ENGINE_CRASH_AT", "after-write:x", 1);
	crash_point("before-read");
}

Test(crash, a_count_of_zero_stops_the_program, .signal = SIGABRT)
{
	setenv("ENGINE_CRASH_AT", "after-write:0", 1);
	crash_point("before-read");
}
