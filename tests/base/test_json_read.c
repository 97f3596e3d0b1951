/*
 * test_json_read.c: the reader takes JSON and nothing else, whoever wrote it.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"

static struct arena arena;
static struct err err;
static struct json_value value;

static void start(void)
{
	arena_init(&arena);
}

static void stop(void)
{
	arena_release(&arena);
}

TestSuite(json_read, .timeout = 60, .init = start, .fini = stop);

/* Reads from memory of exactly that size, so that a sanitizer sees a step beyond the end. */
static bool reads(struct span text)
{
	char *exact = malloc(text.size ? text.size : 1);
	bool ok;

	memcpy(exact, text.data, text.size);
	err_reset(&err);
	ok = json_read((struct span){ exact, text.size }, &arena, &value, &err);
	free(exact);
	return ok;
}

Test(json_read, gives_a_tree_that_outlives_the_text)
{
	const struct json_value *list, *name;

	cr_assert(reads(SPAN(" {\"list\" : [1, -2.50e+1,null,true,false,\"\"],\t\"n\\u0061me\":"
			     "\"caf\\u00e9 \\ud83d\\ude00\\/\\b\\f\\n\\r\\t\\\"\\\\\"} \r\n")),
		  "%s", err.text);
	cr_assert_eq(value.kind, JSON_OBJECT);
	cr_assert_eq(value.item_count, 2);
	list = json_member(&value, "list");
	cr_assert_not_null(list);
	cr_assert_eq(list->item_count, 6);
	cr_assert(span_equal_text(list->items[0].text, "1"));
	cr_assert(span_equal_text(list->items[1].text, "-2.50e+1"));
	cr_assert_eq(list->items[2].kind, JSON_NULL);
	cr_assert_eq(list->items[3].kind, JSON_TRUE);
	cr_assert_eq(list->items[4].kind, JSON_FALSE);
	cr_assert(span_equal_text(list->items[5].text, ""));
	name = json_member(&value, "name");
	cr_assert_not_null(name);
	cr_assert(span_equal_text(name->text, "café 😀/\b\f\n\r\t\"\\"));
	cr_assert(span_equal_text(name->key, "name"));
	cr_assert_null(json_member(&value, "nam"));
	cr_assert_null(json_member(list, "x"));
}

Test(json_read, keeps_every_digit_of_a_number)
{
	static const char *const numbers[] = {
		"0",
		"-0",
		"12345678901234567890123456789012345678901234567890",
		"1e400",
		"0.10",
		"1E-5",
		"-0.0e+00",
		"9007199254740993",
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		cr_assert(reads(span_of(numbers[i])), "%s", err.text);
		cr_assert_eq(value.kind, JSON_NUMBER);
		cr_expect(span_equal_text(value.text, numbers[i]), "%s", numbers[i]);
	}
}

Test(json_read, keeps_nul_and_noncharacters_inside_strings)
{
	cr_assert(reads(SPAN("\"a\\u0000b\\uffff\"")), "%s", err.text);
	cr_assert(span_equal(value.text, (struct span){ "a\0b\xEF\xBF\xBF", 6 }));
}

struct refused_case {
	char text[64];
	int size;
	char because[48];
};

#define REFUSED(text, because)                  \
	{                                       \
		text, sizeof(text) - 1, because \
	}

ParameterizedTestParameters(json_read, refuses)
{
	static struct refused_case cases[] = {
		REFUSED("", "byte 0: ends too early"),
		REFUSED("   ", "byte 3: ends too early"),
		REFUSED("\xEF\xBB\xBF{}", "byte 0: a value"),
		REFUSED("{} x", "byte 3: something stands behind"),
		REFUSED("1 2", "byte 2: something stands behind"),
		REFUSED("{}\0", "byte 2: something stands behind"),
		REFUSED("[1,]", "byte 3: a value"),
		REFUSED("[,1]", "byte 1: a value"),
		REFUSED("[1 2]", "byte 3: ',' or ']'"),
		REFUSED("[1", "ends too early"),
		REFUSED("[", "ends too early"),
		REFUSED("]", "a value"),
		REFUSED("[1}", "',' or ']'"),
		REFUSED("{\"a\":1,}", "byte 7: a string"),
		REFUSED("{a:1}", "a string"),
		REFUSED("{\"a\" 1}", "':'"),
		REFUSED("{\"a\":1 \"b\":2}", "',' or '}'"),
		REFUSED("{\"a\":}", "a value"),
		REFUSED("{\"a\"", "ends too early"),
		REFUSED("{'a':1}", "a string"),
		REFUSED("nul", "ends too early"),
		REFUSED("nulL", "a value"),
		REFUSED("True", "a value"),
		REFUSED("NaN", "a value"),
		REFUSED("Infinity", "a value"),
		REFUSED("+1", "a value"),
		REFUSED("-", "ends too early"),
		REFUSED("-x", "a digit"),
		REFUSED("01", "behind the document"),
		REFUSED("-01", "behind the document"),
		REFUSED("1.", "ends too early"),
		REFUSED("[1.]", "behind the point"),
		REFUSED(".5", "a value"),
		REFUSED("1e", "ends too early"),
		REFUSED("[1e+]", "exponent"),
		REFUSED("0x10", "behind the document"),
		REFUSED("1_000", "behind the document"),
		REFUSED("\"", "ends too early"),
		REFUSED("\"abc", "ends too early"),
		REFUSED("\"\\", "ends too early"),
		REFUSED("\"\\x41\"", "an escape"),
		REFUSED("\"\\\0\"", "an escape"),
		REFUSED("\"\\U0041\"", "an escape"),
		REFUSED("\"\\u12", "ends too early"),
		REFUSED("\"\\u12g4\"", "four hex digits"),
		REFUSED("\"\\u 123\"", "four hex digits"),
		REFUSED("\"\\ud800\"", "a high surrogate"),
		REFUSED("\"\\ud800x\"", "a high surrogate"),
		REFUSED("\"\\ud800\\n\"", "a high surrogate"),
		REFUSED("\"\\ud800\\ud800\"", "a high surrogate"),
		REFUSED("\"\\ud800\\u0041\"", "a high surrogate"),
		REFUSED("\"\\udc00\"", "a low surrogate"),
		REFUSED("\"\\udfff\\ud800\"", "a low surrogate"),
		REFUSED("\"a\nb\"", "byte 2: a control"),
		REFUSED("\"\t\"", "a control"),
		REFUSED("\"\0\"", "a control"),
		REFUSED("\"\x1f\"", "a control"),
		REFUSED("\"\xff\"", "byte 1: not valid UTF-8"),
		REFUSED("\"\xC0\xAF\"", "UTF-8"),
		REFUSED("\"\xED\xA0\x80\"", "UTF-8"),
		REFUSED("\"\xF4\x90\x80\x80\"", "UTF-8"),
		REFUSED("\"\xE2\x82\"", "UTF-8"),
		REFUSED("\"\xE2\x82", "UTF-8"),
		REFUSED("{\"\xff\":1}", "UTF-8"),
		REFUSED("// x\n1", "a value"),
		REFUSED("[1]\v", "behind the document"),
		REFUSED("[\xC2\xA0]", "a value"),
		REFUSED("{\"a\":1,\"a\":2}", "\"a\" stands twice"),
		REFUSED("{\"a\":1,\"\\u0061\":2}", "\"a\" stands twice"),
		REFUSED("[{\"\":1,\"b\":1,\"\":1}]", "\"\" stands twice"),
	};

	return cr_make_param_array(struct refused_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct refused_case *c, json_read, refuses)
{
	cr_assert_not(reads((struct span){ c->text, (size_t)c->size }), "took %s", c->text);
	cr_expect_eq(err.code, ERR_DATA);
	cr_expect_not_null(strstr(err.text, c->because), "%s: %s", c->text, err.text);
}

Test(json_read, the_same_name_may_stand_in_different_objects)
{
	cr_assert(reads(SPAN("{\"a\":{\"a\":1},\"b\":[{\"a\":1},{\"a\":1}],\"A\":0}")), "%s",
		  err.text);
}

static struct span nested(size_t depth, char open, char close)
{
	char *text = arena_alloc(&arena, 2 * depth);

	memset(text, open, depth);
	memset(text + depth, close, depth);
	return (struct span){ text, 2 * depth };
}

Test(json_read, nests_a_thousand_levels_and_no_more)
{
	cr_assert(reads(nested(1000, '[', ']')), "%s", err.text);
	cr_assert_not(reads(nested(1001, '[', ']')));
	cr_assert_not_null(strstr(err.text, "byte 1000: nested"), "%s", err.text);
	cr_assert_not(reads(nested(1000000, '[', ']')));
}

Test(json_read, nests_objects_as_deep_as_arrays)
{
	struct buf buf;

	buf_init(&buf);
	for (int i = 0; i < 1001; i++)
		buf_put_text(&buf, "{\"a\":");
	cr_expect_not(reads(buf_span(&buf)));
	cr_expect_not_null(strstr(err.text, "nested more than 1000"), "%s", err.text);
	buf_release(&buf);
}

static void put_members(struct buf *buf, int count, int twice)
{
	buf_put_char(buf, '{');
	for (int i = 0; i < count; i++)
		buf_print(buf, "%s\"k%d\":%d", i ? "," : "", i == count - 1 ? twice : i, i);
	buf_put_char(buf, '}');
}

Test(json_read, finds_one_duplicate_among_many_names)
{
	struct buf buf;

	buf_init(&buf);
	for (int count = 2; count < 40; count++) {
		buf_reset(&buf);
		put_members(&buf, count, count - 1);
		cr_expect(reads(buf_span(&buf)), "%d: %s", count, err.text);
		buf_reset(&buf);
		put_members(&buf, count, 0);
		cr_expect_not(reads(buf_span(&buf)), "%d names", count);
		cr_expect_not_null(strstr(err.text, "\"k0\" stands twice"), "%s", err.text);
	}
	buf_release(&buf);
}

Test(json_read, a_hundred_thousand_names_are_no_trouble)
{
	struct buf buf;

	buf_init(&buf);
	put_members(&buf, 100000, 50000);
	cr_expect_not(reads(buf_span(&buf)));
	cr_expect_not_null(strstr(err.text, "\"k50000\" stands twice"), "%s", err.text);
	buf_release(&buf);
}

Test(json_read, every_beginning_of_a_document_is_refused_without_harm)
{
	static const char whole[] = "{\"k\\u00e9\":[1.5e-3,true,false,null,\"\\ud83d\\ude00é€\"],"
				    "\"o\":{\"x\":-0,\"y\":{}}}";

	for (size_t size = 0; size < sizeof(whole) - 1; size++) {
		cr_expect_not(reads((struct span){ whole, size }), "%.*s", (int)size, whole);
		cr_expect_eq(err.code, ERR_DATA);
	}
	cr_assert(reads(span_of(whole)), "%s", err.text);
}

Test(json_read, no_changed_byte_does_harm)
{
	static const char whole[] =
	    "{\"k\\u00e9\":[1.5e-3,true,false,null,\"\\ud83d\\ude00é\"],\"o\":{\"x\":-0}}";
	char text[sizeof(whole)];
	int taken = 0;

	for (size_t at = 0; at < sizeof(whole) - 1; at++) {
		for (int byte = 0; byte < 256; byte++) {
			memcpy(text, whole, sizeof(whole));
			text[at] = (char)byte;
			taken += reads((struct span){ text, sizeof(whole) - 1 });
		}
		arena_reset(&arena);
	}
	cr_assert_gt(taken, 100);
	cr_assert_lt(taken, 10000);
}
