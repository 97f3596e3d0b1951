/*
 * test_json_write.c: what we write is JSON, with RFC 8785's escapes and commas in the right places.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"

static struct buf buf;
static struct json_writer writer;
static struct arena arena;

static void start(void)
{
	buf_init(&buf);
	arena_init(&arena);
	json_writer_init(&writer, &buf);
}

static void stop(void)
{
	buf_release(&buf);
	arena_release(&arena);
}

TestSuite(json_write, .timeout = 30, .init = start, .fini = stop);

Test(json_write, escapes_what_rfc_8785_says_and_nothing_else)
{
	char c;

	for (int code = 0; code < 128; code++) {
		char expected[16];
		const char *short_forms = "\b\t\n\f\r\"\\", *letters = "btnfr\"\\", *at;

		c = (char)code;
		at = code ? strchr(short_forms, code) : NULL;
		if (at)
			snprintf(expected, sizeof(expected), "\"\\%c\"", letters[at - short_forms]);
		else if (code < 0x20)
			snprintf(expected, sizeof(expected), "\"\\u%04x\"", (unsigned)code);
		else
			snprintf(expected, sizeof(expected), "\"%c\"", c);
		buf_reset(&buf);
		json_put_string(&buf, (struct span){ &c, 1 });
		cr_expect_str_eq(buf.data, expected, "code %d gives %s", code, buf.data);
	}
}

Test(json_write, finds_an_escape_at_every_place_of_a_long_string)
{
	static const char specials[] = { '"', '\\', '\n', '\0', '\x1f' };
	char text[41];

	for (size_t size = 1; size < sizeof(text); size++) {
		for (size_t at = 0; at < size; at++) {
			for (size_t s = 0; s < sizeof(specials); s++) {
				struct json_value value;
				struct err err = { 0 };

				memset(text, s % 2 ? 'x' : '\x7f', sizeof(text));
				text[at] = specials[s];
				buf_reset(&buf);
				arena_reset(&arena);
				json_put_string(&buf, (struct span){ text, size });
				cr_assert(json_read(buf_span(&buf), &arena, &value, &err), "%s",
					  err.text);
				cr_assert(span_equal(value.text, (struct span){ text, size }),
					  "size %zu, at %zu: %s", size, at, buf.data);
			}
		}
	}
}

Test(json_write, leaves_characters_beyond_ascii_alone)
{
	json_put_string(&buf, SPAN("é€😀\x7f/\xC2\x80\xE2\x80\xA8"));
	cr_assert_str_eq(buf.data, "\"é€😀\x7f/\xC2\x80\xE2\x80\xA8\"");
}

Test(json_write, replaces_what_is_no_text_in_messages)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *expected;
	} cases[] = {
		{ "a\xff"
		  "b",
		  3,
		  "\"a\xEF\xBF\xBD"
		  "b\"" },
		{ "\xC3", 1, "\"\xEF\xBF\xBD\"" },
		{ "a\0b", 3,
		  "\"a\xEF\xBF\xBD"
		  "b\"" },
		{ "\xED\xA0\x80", 3, "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
		{ "é\n\"", 4, "\"é\\n\\\"\"" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&buf);
		json_put_lossy(&buf, (struct span){ cases[i].bytes, cases[i].size });
		cr_expect_str_eq(buf.data, cases[i].expected, "case %zu: %s", i, buf.data);
	}
}

Test(json_write, puts_commas_between_items_and_nowhere_else)
{
	json_open(&writer, '{');
	json_key(&writer, "n");
	json_int(&writer, -1);
	json_key(&writer, "list");
	json_open(&writer, '[');
	json_open(&writer, '[');
	json_close(&writer, ']');
	json_open(&writer, '{');
	json_close(&writer, '}');
	json_bool(&writer, true);
	json_text(&writer, NULL);
	json_string(&writer, SPAN_NONE);
	json_string(&writer, SPAN(""));
	json_raw(&writer, SPAN("{\"x\":1}"));
	json_close(&writer, ']');
	json_key(&writer, "a\"b");
	json_bool(&writer, false);
	json_close(&writer, '}');
	cr_assert_str_eq(
	    buf.data, "{\"n\":-1,\"list\":[[],{},true,null,null,\"\",{\"x\":1}],\"a\\\"b\":false}");
}

Test(json_write, figures_read_back_as_the_same_number)
{
	static const struct {
		double value;
		const char *expected;
	} cases[] = {
		{ 0.5, "0.5" },
		{ 1, "1" },
		{ 0.1, "0.1" },
		{ -12.25, "-12.25" },
		{ 1e300, "1e+300" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ NAN, "null" },
		{ INFINITY, "null" },
		{ 1e-7, "1e-07" },
		{ 0, "0" },
		{ 123456789, "123456789" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		buf_reset(&buf);
		json_number(&writer, cases[i].value);
		cr_expect_str_eq(buf.data, cases[i].expected);
	}
}

Test(json_write, a_tree_is_written_as_it_was_read)
{
	const char *text = "{\"b\":[1.50,-0,null,true,false,[],{}],\"a\\\"\":\"caf\xC3\xA9\\n\"}";
	struct json_value value;
	struct err err = { 0 };

	cr_assert(json_read(span_of(text), &arena, &value, &err), "%s", err.text);
	json_put_value(&buf, &value);
	cr_expect_str_eq(buf.data, text);
}

Test(json_write, a_document_too_deep_is_a_bug, .signal = SIGABRT)
{
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		json_open(&writer, '[');
}

Test(json_write, closing_what_is_not_open_is_a_bug, .signal = SIGABRT)
{
	json_close(&writer, ']');
}

/* From memory of exactly that size, so that a sanitizer sees a step beyond the end. */
static void check_plain(const char *bytes, size_t size, bool is_plain)
{
	char *exact = malloc(size ? size : 1);
	struct span text = { exact, size };
	struct buf plain, quoted;

	memcpy(exact, bytes, size);
	buf_init(&plain);
	buf_init(&quoted);
	cr_assert_eq(json_put_plain(&plain, text), is_plain, "%zu bytes: %.*s", size,
		     SPAN_ARGS(text));
	if (is_plain)
		json_put_string(&quoted, text);
	cr_assert(span_equal(buf_span(&plain), buf_span(&quoted)), "%.*s",
		  SPAN_ARGS(buf_span(&plain)));
	free(exact);
	buf_release(&quoted);
	buf_release(&plain);
}

Test(json_write, a_plain_text_is_ascii_with_nothing_to_escape)
{
	char bytes[21];

	for (size_t size = 0; size < sizeof(bytes); size++) {
		memset(bytes, 'a', sizeof(bytes));
		check_plain(bytes, size, true);
		for (size_t at = 0; at < size; at++) {
			for (int c = 0; c < 256; c++) {
				bytes[at] = (char)c;
				check_plain(bytes, size,
					    c >= 0x20 && c < 0x80 && c != '"' && c != '\\');
			}
			bytes[at] = 'a';
		}
	}
}
