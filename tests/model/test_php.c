/*
 * test_php.c: what serialize() wrote, and everything that only looks like it.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/model/php.h"
#include "tests/model/random.h"

TestSuite(php, .timeout = 60);

struct php_case {
	char text[120];
	char expected[120]; /* JSON, or "!" and a part of the reason */
};

ParameterizedTestParameters(php, is_read_strictly)
{
	static struct php_case cases[] = {
		{ "N;", "null" },
		{ "b:0;", "false" },
		{ "b:1;", "true" },
		{ "i:0;", "0" },
		{ "i:-42;", "-42" },
		{ "i:9223372036854775807;", "9223372036854775807" },
		{ "d:0.1;", "0.1" },
		{ "d:-1.5E-7;", "-1.5E-7" },
		{ "d:1.0E+25;", "1.0E+25" },
		{ "s:0:\"\";", "\"\"" },
		{ "s:5:\"a\"b;c\";", "\"a\\\"b;c\"" },
		{ "s:6:\"größe\";", "!does not end where its length says" },
		{ "s:7:\"größe\";", "\"größe\"" },
		{ "a:0:{}", "[]" },
		{ "a:2:{i:0;s:1:\"a\";i:1;s:1:\"b\";}", "[\"a\",\"b\"]" },
		{ "a:2:{i:1;s:1:\"a\";i:0;s:1:\"b\";}", "{\"1\":\"a\",\"0\":\"b\"}" },
		{ "a:1:{i:1;N;}", "{\"1\":null}" },
		{ "a:1:{s:1:\"0\";N;}", "{\"0\":null}" },
		{ "a:2:{s:4:\"name\";s:3:\"Ann\";s:4:\"tags\";a:1:{i:0;i:7;}}",
		  "{\"name\":\"Ann\",\"tags\":[7]}" },
		{ "a:1:{i:-1;b:1;}", "{\"-1\":true}" },
		{ "", "!ends too early" },
		{ "N", "!ends too early" },
		{ "N;N;", "!stands behind" },
		{ "N;\n", "!stands behind" },
		{ " N;", "!a value was expected" },
		{ "b:2;", "!0 or 1" },
		{ "b:true;", "!0 or 1" },
		{ "i:;", "!an integer" },
		{ "i:1.5;", "!';' was expected" },
		{ "i:+1;", "!an integer" },
		{ "i:01;", "!zero in front" },
		{ "i:-0;", "!zero in front" },
		{ "i:123456789012345678901;", "!an integer" },
		{ "d:INF;", "!no number" },
		{ "d:-INF;", "!no number" },
		{ "d:NAN;", "!no number" },
		{ "d:.5;", "!a digit is missing" },
		{ "d:1.;", "!behind the point" },
		{ "d:1e;", "!exponent" },
		{ "s:3:\"ab\";", "!does not end" },
		{ "s:1:\"ab\";", "!does not end" },
		{ "s:999999999:\"ab\";", "!shorter" },
		{ "s:9999999999:\"ab\";", "!too large" },
		{ "s:-1:\"\";", "!a length" },
		{ "s:2:'ab';", "!was expected" },
		{ "S:1:\"a\";", "!a value was expected" },
		{ "a:1:{}", "!a key was expected" },
		{ "a:0:{i:0;N;}", "!count says" },
		{ "a:999999999:{i:0;N;}", "!a key was expected" },
		{ "a:1:{N;N;}", "!a key was expected" },
		{ "a:1:{d:1.0;N;}", "!a key was expected" },
		{ "a:2:{i:5;N;i:5;N;}", "!stands twice" },
		{ "a:2:{i:5;N;s:1:\"5\";N;}", "!stands twice" },
		{ "a:2:{i:0;N;i:0;N;}", "!stands twice" },
		{ "O:8:\"stdClass\":0:{}", "!an object" },
		{ "a:1:{i:0;O:8:\"stdClass\":0:{}}", "!an object" },
		{ "C:3:\"Foo\":0:{}", "!an object" },
		{ "E:5:\"Foo:A\";", "!an enumeration" },
		{ "a:2:{i:0;N;i:1;R:2;}", "!a reference" },
		{ "a:2:{i:0;N;i:1;r:2;}", "!a reference" },
		{ "x", "!a value was expected" },
	};

	return cr_make_param_array(struct php_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct php_case *c, php, is_read_strictly)
{
	struct json_value value;
	struct arena arena;
	struct err err = { 0 };
	struct buf buf;

	arena_init(&arena);
	buf_init(&buf);
	if (php_read(span_of(c->text), &arena, &value, &err)) {
		json_put_value(&buf, &value);
		cr_assert_str_eq(buf.data, c->expected);
	} else {
		cr_assert_eq(c->expected[0], '!', "%s: %s", c->text, err.text);
		cr_assert_not_null(strstr(err.text, c->expected + 1), "%s: %s", c->text, err.text);
		cr_assert_eq(err.code, ERR_DATA);
	}
	buf_release(&buf);
	arena_release(&arena);
}

static bool reads(struct span text)
{
	struct json_value value;
	struct arena arena;
	struct err err = { 0 };
	bool ok;

	arena_init(&arena);
	ok = php_read(text, &arena, &value, &err);
	cr_assert(ok || err.code == ERR_DATA);
	arena_release(&arena);
	return ok;
}

Test(php, is_bounded_in_depth)
{
	for (int depth = 1; depth <= 3 * PHP_DEPTH_MAX; depth++) {
		struct buf buf;

		buf_init(&buf);
		for (int i = 0; i < depth; i++)
			buf_put_text(&buf, "a:1:{i:0;");
		buf_put_text(&buf, "N;");
		for (int i = 0; i < depth; i++)
			buf_put_text(&buf, "}");
		cr_assert_eq(reads(buf_span(&buf)), depth <= PHP_DEPTH_MAX, "%d", depth);
		buf_release(&buf);
	}
}

/* A text that is right, and every text one byte away from it, and every beginning of it: read or refused, from
 * memory that ends where the text ends. */
Test(php, survives_texts_that_are_nearly_right)
{
	static const char text[] = "a:4:{s:1:\"a\";a:2:{i:0;d:1.5E+3;i:1;b:0;}i:7;N;s:2:"
				   "\"\xc3\xa9\";s:3:\"x;}\";i:-2;i:9;}";
	const size_t size = sizeof(text) - 1;

	cr_assert(reads((struct span){ text, size }));
	for (size_t at = 0; at < size; at++) {
		char *exact = malloc(at + 1);

		memcpy(exact, text, at);
		cr_assert_not(reads((struct span){ exact, at }), "%zu", at);
		free(exact);
		for (int c = 0; c < 256; c++) {
			char *copy = malloc(size);

			memcpy(copy, text, size);
			copy[at] = (char)c;
			reads((struct span){ copy, size });
			free(copy);
		}
	}
}

Test(php, survives_texts_of_its_own_letters)
{
	static const char letters[] = "Nbidsa:;{}\"0123456789-.EORr";
	uint64_t random = 7;
	int good = 0;

	for (int round = 0; round < 200000; round++) {
		size_t size = random_below(&random, 24);
		char *text = malloc(size + 1);

		for (size_t i = 0; i < size; i++)
			text[i] = letters[random_below(&random, sizeof(letters) - 1)];
		good += reads((struct span){ text, size });
		free(text);
	}
	cr_assert_gt(good, 0);
}
