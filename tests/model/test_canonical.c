/*
 * test_canonical.c: RFC 8785's published examples, as far as our profile goes, and what it refuses.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <string.h>

#include "engine/model/canonical.h"

static struct arena arena;
static struct buf out;
static struct err err;

static void start(void)
{
	arena_init(&arena);
	buf_init(&out);
}

static void stop(void)
{
	arena_release(&arena);
	buf_release(&out);
}

TestSuite(canonical, .timeout = 30, .init = start, .fini = stop);

static bool rewrites(struct span json)
{
	buf_reset(&out);
	err_reset(&err);
	return canonical_rewrite(json, &arena, &out, &err);
}

struct rewrite_case {
	char name[32];
	char input[400];
	char output[300];
};

ParameterizedTestParameters(canonical, rewrites_as_published)
{
	static struct rewrite_case cases[] = {
		/* RFC 8785, 3.2.2 and 3.2.3: the sample without its fractions. */
		{ "the sample, strings and literals",
		  "{\n  \"numbers\": [333333333, 4, 2],\n"
		  "  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
		  "  \"literals\": [null, true, false]\n}",
		  "{\"literals\":[null,true,false],\"numbers\":[333333333,4,2],"
		  "\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}" },
		/* RFC 8785, 3.2.3: order by UTF-16 code units. */
		{ "the order of names",
		  "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\","
		  "\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\",\"1\":\"One\","
		  "\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
		  "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}",
		  "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\","
		  "\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\","
		  "\"😀\":\"Emoji: Grinning Face\","
		  "\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}" },
		/* The test data of cyberphone/json-canonicalization. */
		{ "weird",
		  "{\n  \"\\u20ac\": \"Euro Sign\",\n  \"1\": \"One\",\n"
		  "  \"\\u0080\": \"Control\\u007f\",\n  \"\\ud83d\\ude02\": \"Smiley\",\n"
		  "  \"\\u00f6\": \"Latin Small Letter O With Diaeresis\",\n"
		  "  \"\\ufb33\": \"Hebrew Letter Dalet With Dagesh\",\n"
		  "  \"</script>\": \"Browser Challenge\"\n}\n",
		  "{\"1\":\"One\",\"</script>\":\"Browser Challenge\","
		  "\"\xC2\x80\":\"Control\x7f\",\"ö\":\"Latin Small Letter O With Diaeresis\","
		  "\"€\":\"Euro Sign\",\"😂\":\"Smiley\","
		  "\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}" },
		{ "structures",
		  "{\n  \"1\": {\"f\": {\"f\": \"hi\",\"F\": 5} ,\"\\n\": 56},\n  \"10\": { },\n"
		  "  \"\": \"empty\",\n  \"a\": { },\n  \"111\": [ { } ],\n  \"A\": { }\n}",
		  "{\"\":\"empty\",\"1\":{\"\\n\":56,\"f\":{\"F\":5,\"f\":\"hi\"}},\"10\":{},"
		  "\"111\":[{}],\"A\":{},\"a\":{}}" },
		{ "french",
		  "{\n  \"peach\": \"This sorting order\",\n"
		  "  \"péché\": \"is wrong according to French\",\n"
		  "  \"pêche\": \"but canonicalization MUST\",\n"
		  "  \"sin\":   \"ingnore locale\"\n}\n",
		  "{\"peach\":\"This sorting order\",\"péché\":\"is wrong according to French\","
		  "\"pêche\":\"but canonicalization MUST\",\"sin\":\"ingnore locale\"}" },
		{ "unicode", "{\n  \"Unnormalized Unicode\":\"\\u1e0d\\u0307\"\n}\n",
		  "{\"Unnormalized Unicode\":\"\xE1\xB8\x8D\xCC\x87\"}" },
		{ "arrays",
		  "[\n  56,\n  {\n    \"d\": true,\n    \"10\": null,\n    \"1\": [ ]\n  }\n]",
		  "[56,{\"1\":[],\"10\":null,\"d\":true}]" },
		/* Our own corners. */
		{ "a lone text", " \"x\" ", "\"x\"" },
		{ "every control", "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\u007f\\u2028\"",
		  "\"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\x7f\xE2\x80\xA8\"" },
		{ "the largest integers", "[9007199254740991,-9007199254740991,0,-0]",
		  "[9007199254740991,-9007199254740991,0,0]" },
	};

	return cr_make_param_array(struct rewrite_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct rewrite_case *c, canonical, rewrites_as_published)
{
	char once[400];

	cr_assert(rewrites(span_of(c->input)), "%s: %s", c->name, err.text);
	cr_assert_str_eq(out.data, c->output, "%s: %s", c->name, out.data);
	snprintf(once, sizeof(once), "%s", out.data);
	cr_assert(rewrites(span_of(once)), "%s: %s", c->name, err.text);
	cr_assert_str_eq(out.data, once, "%s is not stable: %s", c->name, out.data);
}

struct refused_case {
	char input[80];
	char because[40];
};

ParameterizedTestParameters(canonical, refuses_what_the_profile_does_not_know)
{
	static struct refused_case cases[] = {
		/* The numbers of the published samples. */
		{ "333333333.33333329", "fraction or an exponent" },
		{ "1E30", "fraction or an exponent" },
		{ "4.50", "fraction or an exponent" },
		{ "2e-3", "fraction or an exponent" },
		{ "0.000000000000000000000000001", "fraction or an exponent" },
		{ "{\"a\":{\"\\n\":56.0}}", "56.0 has a fraction" },
		{ "-0.0", "fraction or an exponent" },
		{ "1e0", "fraction or an exponent" },
		{ "9007199254740992", "beyond" },
		{ "-9007199254740992", "beyond" },
		{ "[18446744073709551616]", "beyond" },
		{ "123456789012345678901234567890123456789012345678901234567890123", "… is" },
		{ "{\"a\":1,\"a\":1}", "stands twice" },
		{ "{\"\\u00e9\":1,\"é\":1}", "stands twice" },
		{ "\"\\ud83d\"", "surrogate" },
		{ "\"\\ude00\\ud83d\"", "surrogate" },
		{ "\"\xED\xA0\xBD\"", "UTF-8" },
		{ "{\"a\":1} ,", "behind the document" },
		{ "NaN", "a value" },
	};

	return cr_make_param_array(struct refused_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct refused_case *c, canonical, refuses_what_the_profile_does_not_know)
{
	cr_assert_not(rewrites(span_of(c->input)), "%s became %s", c->input, out.data);
	cr_expect_eq(err.code, ERR_DATA, "%s", err.text);
	cr_expect_not_null(strstr(err.text, c->because), "%s: %s", c->input, err.text);
}

/* One text for each step of the UTF-16 order, written out by hand. */
Test(canonical, orders_names_by_utf_16)
{
	static const char *const names[] = {
		"",
		"\n",
		"1",
		"10",
		"A",
		"a",
		"aa",
		"b",
		"\x7f",
		"\xC2\x80",
		"ö",
		"\xDF\xBF", /* U+07FF */
		"€",
		"\xED\x9F\xBF",     /* U+D7FF */
		"\xF0\x90\x80\x80", /* U+10000: D800 DC00 */
		"😀",
		"😀a",
		"\xF4\x8F\xBF\xBF", /* U+10FFFF: DBFF DFFF */
		"\xEE\x80\x80",     /* U+E000 */
		"\xEE\x80\x80\xF0\x90\x80\x80",
		"\xEE\x80\x80\xEE\x80\x80",
		"\xEF\xAC\xB3",
		"\xEF\xBF\xBF", /* U+FFFF */
	};
	size_t count = sizeof(names) / sizeof(names[0]);

	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < count; j++) {
			int order = canonical_compare_names(span_of(names[i]), span_of(names[j]));

			cr_expect_eq((order > 0) - (order < 0), (i > j) - (i < j), "%zu and %zu", i,
				     j);
		}
	}
}

Test(canonical, writes_what_is_nested_a_thousand_levels_deep)
{
	struct buf deep;

	buf_init(&deep);
	for (int i = 0; i < 999; i++)
		buf_put_text(&deep, "{\"b\":1,\"a\":");
	buf_put_text(&deep, "[]");
	for (int i = 0; i < 999; i++)
		buf_put_char(&deep, '}');
	cr_expect(rewrites(buf_span(&deep)), "%s", err.text);
	cr_expect_eq(strncmp(out.data, "{\"a\":{\"a\":", 10), 0);
	buf_release(&deep);
}
