/*
 * test_fault.c: faults keep their order and show values so that nothing in them stays hidden.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/model/batch.h"
#include "engine/model/fault.h"

static struct arena arena;
static struct buf buf;

static void start(void)
{
	arena_init(&arena);
	buf_init(&buf);
}

static void stop(void)
{
	arena_release(&arena);
	buf_release(&buf);
}

TestSuite(fault, .timeout = 20, .init = start, .fini = stop);

Test(fault, every_code_has_a_title_and_no_other_has)
{
	cr_assert_str_eq(fault_title("E2103"), "no mapping for a value");
	cr_assert_str_eq(fault_title("E1001"), "the rule file is not valid Lua");
	cr_assert_null(fault_title("E9999"));
	cr_assert_null(fault_title(""));
	cr_assert_null(fault_title("E21033"));
	cr_assert_null(fault_title("e2103"));
}

Test(fault, a_list_keeps_its_order_however_long_it_is)
{
	struct fault_list list;

	fault_list_init(&list, &arena);
	for (int i = 0; i < 1000; i++) {
		struct fault *fault = fault_add(&list, i % 2 ? "E2101" : "E2103");

		cr_assert_null(fault->where.data);
		cr_assert_eq(fault->line, 0);
		fault->line = i;
		arena_alloc(&arena, 10);
	}
	cr_assert_eq(list.fault_count, 1000);
	for (int i = 0; i < 1000; i++) {
		cr_assert_eq(list.faults[i].line, i);
		cr_assert_str_eq(list.faults[i].code, i % 2 ? "E2101" : "E2103");
	}
}

Test(fault, a_code_that_does_not_exist_is_a_bug, .signal = SIGABRT)
{
	struct fault_list list;

	fault_list_init(&list, &arena);
	fault_add(&list, "E0000");
}

struct shown {
	enum saw_kind kind;
	char value[60];
	int size;
	char expected[80];
};

#define SHOWN(kind, value, expected)                     \
	{                                                \
		kind, value, sizeof(value) - 1, expected \
	}

ParameterizedTestParameters(fault, shows_the_value_as_people_should_see_it)
{
	static struct shown cases[] = {
		SHOWN(SAW_TEXT, "PICKED UP", "\"PICKED UP\""),
		SHOWN(SAW_TEXT, "", "\"\""),
		SHOWN(SAW_TEXT, " x ", "\" x \""),
		SHOWN(SAW_TEXT, "é😀", "\"é😀\""),
		SHOWN(SAW_TEXT, "a\tb\nc\rd", "\"a\\tb\\nc\\rd\""),
		SHOWN(SAW_TEXT, "a\0b", "\"a\\u{0}b\""),
		SHOWN(SAW_TEXT, "\x1b[31m", "\"\\u{1b}[31m\""),
		SHOWN(SAW_TEXT, "say \"x\\\"", "\"say \\\"x\\\\\\\"\""),
		SHOWN(SAW_TEXT, "a\xC2\xA0z", "\"a\\u{a0}z\""),
		SHOWN(SAW_TEXT, "a\xE2\x80\x8Bz", "\"a\\u{200b}z\""),
		SHOWN(SAW_TEXT, "\xE2\x80\xAEz", "\"\\u{202e}z\""),
		SHOWN(SAW_TEXT, "\xEF\xBB\xBFz", "\"\\u{feff}z\""),
		SHOWN(SAW_TEXT, "\xF3\xA0\x80\x81z", "\"\\u{e0001}z\""),
		SHOWN(SAW_TEXT, "\xC2\x9Bz", "\"\\u{9b}z\""),
		SHOWN(SAW_TEXT, "a\xFFz\xC3", "\"a\\xffz\\xc3\""),
		SHOWN(SAW_BYTES, "\xDE\xAD", "x'dead'"),
		SHOWN(SAW_BYTES, "", "x''"),
		SHOWN(SAW_INTEGER, "7", "\"7\""),
		SHOWN(SAW_NULL, "", "NULL"),
		SHOWN(SAW_NOTHING, "", "nothing"),
	};

	return cr_make_param_array(struct shown, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct shown *c, fault, shows_the_value_as_people_should_see_it)
{
	struct fault fault = { .code = "E2103",
			       .saw_kind = c->kind,
			       .saw = { c->value, (size_t)c->size },
			       .saw_size = (size_t)c->size };

	fault_put_saw(&buf, &fault);
	cr_expect_str_eq(buf.data, c->expected, "%s, not %s", buf.data, c->expected);
}

Test(fault, cuts_a_long_value_at_120_characters_and_says_so)
{
	static char value[1000];
	struct fault fault = { .saw_kind = SAW_TEXT, .saw = { value, 240 }, .saw_size = 240 };

	for (size_t i = 0; i < 500; i++)
		memcpy(value + 2 * i, "é", 2);
	fault_put_saw(&buf, &fault);
	cr_assert_eq(buf.size, 1 + 240 + 1);
	buf_reset(&buf);
	fault.saw.size = fault.saw_size = 242;
	fault_put_saw(&buf, &fault);
	cr_assert_eq(buf.size, 1 + 240 + 1 + strlen("…"));
	buf_reset(&buf);
	fault.saw_kind = SAW_BYTES;
	fault_put_saw(&buf, &fault);
	cr_assert_eq(buf.size, 2 + 120 + 1 + strlen("…"));
}

Test(fault, its_words_become_lines_that_may_be_shown)
{
	struct fault_list list;
	struct fault *fault;
	const char *plain = "größe \"x\\y\" 😀";

	fault_list_init(&list, &arena);
	fault = fault_add(&list, "E1001");
	fault->message = SPAN("near 'a\nb\x1b[2J\xc3'");
	fault->where = SPAN("job.\xe2\x80\xae"
			    "a\0b");
	fault->help = span_of(plain);
	fault_list_make_lines(&list, 0);
	cr_assert(span_equal_text(fault->message, "near 'a\\nb\\u{1b}[2J\\xc3'"), "%.*s",
		  SPAN_ARGS(fault->message));
	cr_assert(span_equal_text(fault->where, "job.\\u{202e}a\\u{0}b"), "%.*s",
		  SPAN_ARGS(fault->where));
	cr_assert_eq(fault->help.data, plain);
	cr_assert_null(fault->nearest.data);
}

Test(fault, is_kept_as_json_with_the_parts_quarantine_needs)
{
	struct fault faults[] = {
		{ .code = "E2103",
		  .field = SPAN("state"),
		  .line = 49,
		  .saw_kind = SAW_TEXT,
		  .saw = SPAN("PICKED UP"),
		  .saw_size = 9,
		  .message = SPAN("no mapping for \"PICKED UP\"") },
		{ .code = "E2101", .saw_kind = SAW_NULL, .message = SPAN("m") },
		{ .code = "E2102",
		  .saw_kind = SAW_BYTES,
		  .saw = SPAN("\xff"
			      "a"),
		  .saw_size = 5000,
		  .message = SPAN("a\0b") },
	};

	fault_put_json(&buf, faults, 3);
	cr_assert_str_eq(
	    buf.data,
	    "[{\"field\":\"state\",\"code\":\"E2103\",\"rule_line\":49,\"saw\":\"PICKED UP\","
	    "\"message\":\"no mapping for \\\"PICKED UP\\\"\"},"
	    "{\"field\":null,\"code\":\"E2101\",\"rule_line\":0,\"saw\":null,\"message\":\"m\"},"
	    "{\"field\":null,\"code\":\"E2102\",\"rule_line\":0,\"saw\":\"\\\\xff61\","
	    "\"saw_size\":5000,\"message\":\"a\xEF\xBF\xBD"
	    "b\"}]");
	buf_reset(&buf);
	fault_put_json(&buf, NULL, 0);
	cr_assert_str_eq(buf.data, "[]");
}

Test(fault, json_of_any_bytes_is_json_without_nul)
{
	char value[256];
	struct fault fault = { .code = "E2106", .saw = { value, sizeof(value) }, .saw_size = 256 };
	struct json_value read;
	struct err err = { 0 };

	for (int i = 0; i < 256; i++)
		value[i] = (char)i;
	fault.message = fault.field = fault.saw;
	for (int kind = SAW_NOTHING; kind <= SAW_OTHER; kind++) {
		fault.saw_kind = (enum saw_kind)kind;
		buf_reset(&buf);
		fault_put_json(&buf, &fault, 1);
		cr_assert(json_read(buf_span(&buf), &arena, &read, &err), "%s", err.text);
		cr_assert_null(strstr(buf.data, "\\u0000"));
		buf_reset(&buf);
		fault_put_saw(&buf, &fault);
		cr_assert_null(strpbrk(buf.data, "\n\r\x1b\x7f"), "%s", buf.data);
	}
}

Test(fault, never_keeps_more_than_the_kept_bytes)
{
	static char value[2 * CELL_KEPT_BYTES];
	struct fault fault = { .code = "E2109",
			       .saw_kind = SAW_TEXT,
			       .saw = { value, sizeof(value) },
			       .saw_size = sizeof(value) };

	memset(value, 'x', sizeof(value));
	fault_put_json(&buf, &fault, 1);
	cr_assert_lt(buf.size, CELL_KEPT_BYTES + 200);
	cr_assert_not_null(strstr(buf.data, "\"saw_size\":8192"), "%s", buf.data);
}

Test(fault, lists_tell_so_many_and_count_the_rest)
{
	struct fault_list list;

	fault_list_init(&list, &arena);
	for (int i = 0; i < FAULTS_MAX + 5; i++)
		fault_add(&list, "E1001")->line = i;
	cr_assert_eq(list.fault_count, FAULTS_MAX);
	cr_assert_eq(list.untold_count, 5);
	cr_assert_eq(list.faults[FAULTS_MAX - 1].line, FAULTS_MAX - 1);
}
