/*
 * test_traits.c: what a value looks like.
 */
#include <criterion/criterion.h>

#include "engine/profile/traits.h"

TestSuite(traits, .timeout = 30);

static struct traits of(struct span text)
{
	struct cell cell = { text.data, (uint32_t)text.size, CELL_TEXT };

	return traits_of(&cell);
}

Test(traits, each_value_has_the_narrowest_form)
{
	static const struct {
		const char *text;
		enum value_form form;
	} cases[] = {
		{ "", FORM_EMPTY },
		{ " \t", FORM_EMPTY },
		{ "0", FORM_INTEGER },
		{ "-7", FORM_INTEGER },
		{ "+7", FORM_INTEGER },
		{ "007", FORM_INTEGER },
		{ "12.50", FORM_DECIMAL },
		{ ".5", FORM_DECIMAL },
		{ "5.", FORM_DECIMAL },
		{ "1e+20", FORM_FLOAT },
		{ "1.5E-3", FORM_FLOAT },
		{ "1e", FORM_TEXT },
		{ "1,5", FORM_TEXT },
		{ "-", FORM_TEXT },
		{ ".", FORM_TEXT },
		{ "12 ", FORM_INTEGER },
		{ "t", FORM_BOOLEAN },
		{ "FALSE", FORM_BOOLEAN },
		{ "2024-05-06", FORM_DATE },
		{ "2024-05-06 07:08:09", FORM_LOCAL },
		{ "2024-05-06T07:08:09.5", FORM_LOCAL },
		{ "2024-05-06 07:08:09+02", FORM_INSTANT },
		{ "2024-05-06T07:08:09Z", FORM_INSTANT },
		{ "2024-02-30", FORM_BAD_TIME },
		{ "0000-00-00 00:00:00", FORM_BAD_TIME },
		{ "infinity", FORM_BAD_TIME },
		{ "6f1c2b0a-9d3e-4f5a-8b7c-0123456789ab", FORM_UUID },
		{ "6f1c2b0a-9d3e-4f5a-8b7c-0123456789ag", FORM_TEXT },
		{ "{\"a\":1}", FORM_JSON },
		{ "[]", FORM_JSON },
		{ "{}", FORM_JSON },
		{ "[1,2]", FORM_JSON },
		{ "{a,b}", FORM_TEXT },
		{ "{\"a b\",c}", FORM_TEXT },
		{ "[draft]", FORM_TEXT },
		{ "{", FORM_TEXT },
		{ "a:1:{i:0;s:1:\"x\";}", FORM_PHP },
		{ "s:1:\"x\";", FORM_PHP },
		{ "a:b", FORM_TEXT },
		{ "delivered", FORM_TEXT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_eq(of(span_of(cases[i].text)).form, cases[i].form, "\"%s\" is %s, not %s",
			     cases[i].text, value_form_text(of(span_of(cases[i].text)).form),
			     value_form_text(cases[i].form));
}

Test(traits, what_is_odd_has_a_name)
{
	static const struct {
		const char *text;
		enum oddity_kind kind;
	} cases[] = {
		{ "", ODD_EMPTY },
		{ "  ", ODD_BLANK },
		{ "N/A", ODD_NULL_WORD },
		{ "null", ODD_NULL_WORD },
		{ "-", ODD_NULL_WORD },
		{ " a", ODD_PADDED },
		{ "a\xff", ODD_BAD_TEXT },
		{ "a\x01", ODD_CONTROL },
		{ "a\xe2\x80\x8b", ODD_CONTROL },
		{ "caf\xc3\x83\xc2\xa9", ODD_MOJIBAKE },
		{ "caf\xef\xbf\xbd", ODD_LOST_LETTER },
		{ "9007199254740992", ODD_UNSAFE_INTEGER },
		{ "-9007199254740993", ODD_UNSAFE_INTEGER },
		{ "007", ODD_ZEROS_IN_FRONT },
		{ "0.0500000007", ODD_FLOAT_NOISE },
		{ "0000-00-00", ODD_ZERO_DATE },
		{ "-infinity", ODD_INFINITE },
		{ "1871-05", ODD_PARTIAL_DATE },
		{ "2024-02-30", ODD_NO_SUCH_DAY },
		{ "2024-02-01 24:00:00", ODD_NO_SUCH_TIME },
		{ "2024-02-01 00:00:60", ODD_NO_SUCH_TIME },
		{ "2024-02-01 00:00:00.1234567", ODD_TOO_PRECISE },
		{ "9999-12-31", ODD_SENTINEL_DATE },
		{ "1900-01-01 00:00:00", ODD_SENTINEL_DATE },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		cr_expect_eq(of(span_of(cases[i].text)).oddities, 1u << cases[i].kind, "\"%s\": %x",
			     cases[i].text, of(span_of(cases[i].text)).oddities);
}

Test(traits, what_is_common_is_not_odd)
{
	static const char *const texts[] = {
		"9007199254740991",
		"-9007199254740991",
		"0",
		"0.5",
		"a b",
		"caf\xc3\xa9",
		"2024-05-06",
		"a\nb",
		"nullable",
		"0.125",
		"\xe6\x97\xa5\xe6\x9c\xac",
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		cr_expect_eq(of(span_of(texts[i])).oddities, 0, "\"%s\"", texts[i]);
}

Test(traits, lengths_are_characters)
{
	cr_expect_eq(of(SPAN("caf\xc3\xa9")).length, 4);
	cr_expect_eq(of(SPAN("caf\xe9")).length, 4, "of what is no text they are bytes");
	cr_expect_eq(of(SPAN("12.50")).scale, 2);
}

Test(traits, binary_and_cut_values_are_told)
{
	struct cell bytes = { "\x00\x01", 2, CELL_BYTES };
	char kept[CELL_CUT_SIZE] = { 0 };
	struct cell cut = { kept, 5u << 20, CELL_CUT };

	cr_expect_eq(traits_of(&bytes).form, FORM_BYTES);
	cr_expect_eq(traits_of(&bytes).oddities, 0);
	cr_expect_eq(traits_of(&cut).oddities, 1u << ODD_HUGE);
	cr_expect_eq(traits_of(&cut).length, 5u << 20);
}
