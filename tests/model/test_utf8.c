/*
 * test_utf8.c: the borders of RFC 3629, at every place of a text.
 */
#include <criterion/criterion.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "engine/model/utf8.h"

TestSuite(utf8, .timeout = 60);

enum { SEQUENCE_MAX = 4 };

static size_t encode(uint32_t point, char *bytes)
{
	if (point < 0x80) {
		bytes[0] = (char)point;
		return 1;
	}
	if (point < 0x800) {
		bytes[0] = (char)(0xC0 | point >> 6);
		bytes[1] = (char)(0x80 | (point & 0x3F));
		return 2;
	}
	if (point < 0x10000) {
		bytes[0] = (char)(0xE0 | point >> 12);
		bytes[1] = (char)(0x80 | (point >> 6 & 0x3F));
		bytes[2] = (char)(0x80 | (point & 0x3F));
		return 3;
	}
	bytes[0] = (char)(0xF0 | point >> 18);
	bytes[1] = (char)(0x80 | (point >> 12 & 0x3F));
	bytes[2] = (char)(0x80 | (point >> 6 & 0x3F));
	bytes[3] = (char)(0x80 | (point & 0x3F));
	return 4;
}

Test(utf8, every_code_point_but_nul_and_surrogates_is_text)
{
	char bytes[SEQUENCE_MAX];

	for (uint32_t point = 0; point < 0x110800; point++) {
		size_t size = encode(point, bytes);
		bool is_text = point != 0 && (point < 0xD800 || point > 0xDFFF) && point < 0x110000;
		size_t bad = utf8_first_bad((struct span){ bytes, size });

		cr_assert_eq(bad, is_text ? size : 0, "U+%04X: %zu", point, bad);
	}
}

/* Whatever two bytes are put behind each other, the answer is what the definition says. */
Test(utf8, every_pair_of_bytes_is_judged_by_its_form)
{
	for (int a = 0; a < 256; a++) {
		for (int b = 0; b < 256; b++) {
			char bytes[2] = { (char)a, (char)b };
			bool a_alone = a > 0 && a<0x80, b_alone = b> 0 && b < 0x80;
			bool pair = a >= 0xC2 && a <= 0xDF && b >= 0x80 && b <= 0xBF;
			size_t expected = pair ? 2 : !a_alone ? 0 : !b_alone ? 1 : 2;

			cr_assert_eq(utf8_first_bad((struct span){ bytes, 2 }), expected,
				     "%02x %02x", (unsigned)a, (unsigned)b);
		}
	}
}

Test(utf8, malformed_sequences_are_found_at_their_first_byte)
{
	static const struct {
		char bytes[8];
		size_t size;
	} cases[] = {
		{ "\x80", 1 },
		{ "\xBF", 1 },
		{ "\xC0\x80", 2 },
		{ "\xC1\xBF", 2 },
		{ "\xE0\x9F\xBF", 3 },
		{ "\xED\xA0\x80", 3 },
		{ "\xED\xBF\xBF", 3 },
		{ "\xF0\x8F\xBF\xBF", 4 },
		{ "\xF4\x90\x80\x80", 4 },
		{ "\xF5\x80\x80\x80", 4 },
		{ "\xFE", 1 },
		{ "\xFF", 1 },
		{ "\xE2\x82", 2 },
		{ "\xF0\x9F\x98", 3 },
		{ "\xE2\x28\xA1", 3 },
		{ "\xE2\x82\x28", 3 },
		{ "\xF0\x9F\x98\x28", 4 },
		{ "\xC3", 1 },
		{ "\0", 1 },
	};
	char text[40];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t at = 0; at < 20; at++) {
			struct span span = { text, at + cases[i].size };

			memset(text, 'a', sizeof(text));
			memcpy(text + at, cases[i].bytes, cases[i].size);
			cr_expect_eq(utf8_first_bad(span), at, "case %zu at %zu", i, at);
			span.size += 10;
			cr_expect_eq(utf8_first_bad(span), at, "case %zu at %zu of more", i, at);
		}
	}
}

Test(utf8, looks_at_no_byte_beyond_the_end)
{
	static const char text[] = "0123456789\xF0\x9F\x98\x80";

	for (size_t size = 0; size < sizeof(text); size++) {
		char *exact = malloc(size + (size == 0));
		size_t bad;

		memcpy(exact, text, size);
		bad = utf8_first_bad((struct span){ exact, size });
		cr_expect_eq(bad, size > 10 && size < 14 ? 10 : size, "size %zu: %zu", size, bad);
		free(exact);
	}
}

Test(utf8, finds_a_bad_byte_at_every_place)
{
	char text[24];

	for (size_t size = 1; size < sizeof(text); size++) {
		for (size_t at = 0; at < size; at++) {
			memset(text, 'x', sizeof(text));
			text[at] = at % 2 ? '\0' : '\x80';
			cr_expect_eq(utf8_first_bad((struct span){ text, size }), at,
				     "size %zu, at %zu", size, at);
		}
	}
}

Test(utf8, nothing_is_text)
{
	cr_assert_eq(utf8_first_bad(SPAN("")), 0);
	cr_assert_eq(utf8_first_bad(SPAN_NONE), 0);
	cr_assert_eq(utf8_length(SPAN_NONE), 0);
	cr_assert_eq(utf8_offset(SPAN_NONE, 0), 0);
}

Test(utf8, counts_and_finds_characters)
{
	struct span text = SPAN("aé€😀z");
	static const size_t offsets[] = { 0, 1, 3, 6, 10, 11, 11 };

	cr_assert_eq(utf8_length(text), 5);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		cr_expect_eq(utf8_offset(text, i), offsets[i], "character %zu", i);
	cr_assert_eq(utf8_offset(text, SIZE_MAX), 11);
}
