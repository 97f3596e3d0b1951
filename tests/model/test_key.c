/*
 * test_key.c: keys turn into JSON arrays of texts and back.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <string.h>

#include "engine/model/key.h"

static struct arena arena;
static struct buf buf;
static struct err err;

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

TestSuite(key, .timeout = 20, .init = start, .fini = stop);

#define TEXT(text)                                \
	{                                         \
		text, sizeof(text) - 1, CELL_TEXT \
	}

Test(key, is_an_array_of_the_chosen_columns_in_their_order)
{
	struct cell row[] = { TEXT("7"), { NULL, 0, CELL_NULL }, TEXT("A\"1\n"), TEXT("é") };
	static const int columns[] = { 3, 0, 2 };

	key_put(&buf, row, columns, 3);
	cr_assert_str_eq(buf.data, "[\"é\",\"7\",\"A\\\"1\\n\"]");
	key_put(&buf, row, columns + 1, 1);
	cr_assert_str_eq(buf.data, "[\"é\",\"7\",\"A\\\"1\\n\"][\"7\"]");
}

Test(key, writes_bytes_that_are_no_text_as_hex)
{
	struct cell row[] = {
		{ "\xDE\xAD", 2, CELL_BYTES }, { "a\xFF", 2, CELL_TEXT }, { "a\0", 2, CELL_TEXT },
		{ "", 0, CELL_BYTES },         { "", 0, CELL_TEXT },
	};
	static const int columns[] = { 0, 1, 2, 3, 4 };
	struct span parts[KEY_PARTS_MAX];

	key_put(&buf, row, columns, 5);
	cr_assert_str_eq(buf.data, "[\"\\\\xdead\",\"\\\\x61ff\",\"\\\\x6100\",\"\\\\x\",\"\"]");
	cr_assert(key_parts(buf_span(&buf), 5, &arena, parts, &err), "%s", err.text);
	cr_assert(span_equal_text(parts[0], "\\xdead"));
	cr_assert(span_equal_text(parts[4], ""));
}

Test(key, tells_values_that_were_cut_by_their_size)
{
	static char long_value[CELL_KEPT_BYTES];
	struct cell a = { long_value, 2000000, CELL_CUT }, b = { long_value, 2000001, CELL_CUT };
	static const int column = 0;
	struct buf other;

	memset(long_value, 'x', sizeof(long_value));
	buf_init(&other);
	key_put(&buf, &a, &column, 1);
	key_put(&other, &b, &column, 1);
	cr_expect_not(span_equal(buf_span(&buf), buf_span(&other)));
	buf_release(&other);
}

Test(key, parts_outlive_the_key)
{
	static const char text[] = "[\"7\", \"A\\u00e9\\\"\"]";
	char key[sizeof(text)];
	struct span parts[KEY_PARTS_MAX];

	memcpy(key, text, sizeof(text));
	cr_assert(key_parts(span_of(key), 2, &arena, parts, &err), "%s", err.text);
	memset(key, '?', sizeof(key));
	cr_assert(span_equal_text(parts[0], "7"));
	cr_assert(span_equal_text(parts[1], "Aé\""));
}

struct refused {
	char key[40];
	int part_count;
};

ParameterizedTestParameters(key, refuses_what_is_no_key)
{
	static struct refused cases[] = {
		{ "", 1 },       { "[]", 1 },        { "[\"a\"]", 2 },       { "[\"a\",\"b\"]", 1 },
		{ "[7]", 1 },    { "[null]", 1 },    { "[[\"a\"]]", 1 },     { "{\"a\":\"b\"}", 1 },
		{ "\"a\"", 1 },  { "[\"a\"] x", 1 }, { "[\"\\ud800\"]", 1 }, { "[\"\xff\"]", 1 },
		{ "[\"a\"", 1 }, { "[\"a\",]", 1 },
	};

	return cr_make_param_array(struct refused, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct refused *c, key, refuses_what_is_no_key)
{
	struct span parts[KEY_PARTS_MAX];

	cr_assert_not(key_parts(span_of(c->key), c->part_count, &arena, parts, &err), "%s", c->key);
	cr_expect_eq(err.code, ERR_DATA, "%s", err.text);
	cr_expect_not_null(strstr(err.text, "key"), "%s", err.text);
}

Test(key, a_null_in_a_key_is_a_bug, .signal = SIGABRT)
{
	struct cell row = { NULL, 0, CELL_NULL };
	static const int column = 0;

	key_put(&buf, &row, &column, 1);
}
