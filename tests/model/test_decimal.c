/*
 * test_decimal.c: no digit is lost or made up; the laws of arithmetic hold for what fits.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "engine/model/decimal.h"
#include "tests/model/random.h"

static struct buf text;

static void start(void)
{
	buf_init(&text);
}

static void stop(void)
{
	buf_release(&text);
}

TestSuite(decimal, .timeout = 30, .init = start, .fini = stop);

enum { RANDOM_CASES = 50000 };

static const char *put(struct decimal decimal)
{
	buf_reset(&text);
	decimal_put(&text, decimal);
	return text.data;
}

static struct decimal parsed(const char *input)
{
	struct decimal decimal;

	cr_assert(decimal_parse(span_of(input), &decimal), "%s", input);
	return decimal;
}

struct text_case {
	char input[80];
	char output[60]; /* empty: it is no decimal */
};

#define DIGITS_38 "99999999999999999999999999999999999999"

ParameterizedTestParameters(decimal, reads_and_writes)
{
	static struct text_case cases[] = {
		{ "0", "0" },
		{ "-0", "0" },
		{ "+0.00", "0.00" },
		{ "-0.0", "0.0" },
		{ "12.50", "12.50" },
		{ "+12.50", "12.50" },
		{ "-12.50", "-12.50" },
		{ "007", "7" },
		{ "-0.05", "-0.05" },
		{ ".5", "0.5" },
		{ "5.", "5" },
		{ "1e3", "1000" },
		{ "1E+3", "1000" },
		{ "1.5e3", "1500" },
		{ "1.5e-3", "0.0015" },
		{ "1.50e1", "15.0" },
		{ "1.50e2", "150" },
		{ "1.50e3", "1500" },
		{ "0e999999999999999999", "0" },
		{ "0e-99", "0.00000000000000000000000000000000000000" },
		{ "1e37", "10000000000000000000000000000000000000" },
		{ "1e-38", "0.00000000000000000000000000000000000001" },
		{ DIGITS_38, DIGITS_38 },
		{ "-" DIGITS_38, "-" DIGITS_38 },
		{ "0." DIGITS_38, "0." DIGITS_38 },
		{ "0000000000000000000000000000000000000000000001", "1" },
		/* Zeros at the end of a fraction are no digits that could be lost. */
		{ "1.0000000000000000000000000000000000000000000000",
		  "1.0000000000000000000000000000000000000" },
		{ "0.10000000000000000000000000000000000000000000000",
		  "0.10000000000000000000000000000000000000" },
		{ "9999999999999999999999999999999999999.90",
		  "9999999999999999999999999999999999999.9" },
		{ "10000000000000000000", "10000000000000000000" },
		{ "18446744073709551616", "18446744073709551616" },
		{ "100000000000000000000000000000000000000", "" },
		{ DIGITS_38 "9", "" },
		{ "1." DIGITS_38, "" },
		{ "0.000000000000000000000000000000000000001", "" },
		{ "1e38", "" },
		{ "1e-39", "" },
		{ "1e99999999999999999999", "" },
		{ "1e-99999999999999999999", "" },
		{ "", "" },
		{ "-", "" },
		{ "+", "" },
		{ ".", "" },
		{ "-.", "" },
		{ "e5", "" },
		{ ".e5", "" },
		{ "1e", "" },
		{ "1e+", "" },
		{ "1e5.0", "" },
		{ "1 ", "" },
		{ " 1", "" },
		{ "1\n", "" },
		{ "1,000", "" },
		{ "1_000", "" },
		{ "1,5", "" },
		{ "--1", "" },
		{ "+-1", "" },
		{ "1-", "" },
		{ "1.2.3", "" },
		{ "0x10", "" },
		{ "NaN", "" },
		{ "nan", "" },
		{ "Infinity", "" },
		{ "-inf", "" },
		{ "$1", "" },
		{ "١", "" },
	};

	return cr_make_param_array(struct text_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct text_case *c, decimal, reads_and_writes)
{
	struct decimal decimal;
	bool ok = decimal_parse(span_of(c->input), &decimal);

	if (!c->output[0])
		cr_assert_not(ok, "%s became %s", c->input, put(decimal));
	else
		cr_assert(ok, "%s is refused", c->input);
	if (ok)
		cr_assert_str_eq(put(decimal), c->output, "%s became %s", c->input, text.data);
}

Test(decimal, a_nul_is_not_the_end_of_a_number)
{
	struct decimal decimal;

	cr_assert_not(decimal_parse((struct span){ "1\0", 2 }, &decimal));
	cr_assert_not(decimal_parse(SPAN_NONE, &decimal));
}

static struct decimal random_decimal(uint64_t *state, int digits_max)
{
	struct decimal decimal = { 0, 0 };
	int digits = (int)random_below(state, (uint64_t)digits_max + 1);

	for (int i = 0; i < digits; i++)
		decimal.coefficient = decimal.coefficient * 10 + (int)random_below(state, 10);
	if (random_below(state, 2))
		decimal.coefficient = -decimal.coefficient;
	decimal.scale = (uint8_t)random_below(state, (uint64_t)digits_max + 1);
	return decimal;
}

static bool same(struct decimal a, struct decimal b)
{
	return a.coefficient == b.coefficient && a.scale == b.scale;
}

Test(decimal, what_is_written_reads_back_as_the_same)
{
	uint64_t state = 1;

	for (int i = 0; i < RANDOM_CASES; i++) {
		struct decimal decimal = random_decimal(&state, DECIMAL_DIGITS_MAX), back;

		put(decimal);
		cr_assert_lt(text.size, DECIMAL_TEXT_SIZE);
		cr_assert(decimal_parse(buf_span(&text), &back), "%s", text.data);
		cr_assert(same(decimal, back), "%s", text.data);
	}
}

Test(decimal, addition_commutes_and_subtraction_undoes_it)
{
	uint64_t state = 2;
	int fitting = 0;

	for (int i = 0; i < RANDOM_CASES; i++) {
		struct decimal a = random_decimal(&state, 30), b = random_decimal(&state, 30);
		struct decimal ab, ba, back;
		bool fits = decimal_add(a, b, &ab);

		cr_assert_eq(decimal_add(b, a, &ba), fits);
		if (!fits)
			continue;
		fitting++;
		cr_assert(same(ab, ba));
		cr_assert_eq(ab.scale, a.scale > b.scale ? a.scale : b.scale);
		if (decimal_subtract(ab, b, &back))
			cr_assert_eq(decimal_compare(back, a), 0);
	}
	cr_assert_gt(fitting, RANDOM_CASES / 4);
}

Test(decimal, arithmetic_agrees_with_integers_where_these_suffice)
{
	uint64_t state = 3;

	for (int i = 0; i < RANDOM_CASES; i++) {
		int64_t x = (int64_t)random_next(&state) >> random_below(&state, 60);
		int64_t y = (int64_t)random_next(&state) >> random_below(&state, 60);
		struct decimal a = { x, 3 }, b = { y, 3 }, result;

		cr_assert(decimal_add(a, b, &result));
		cr_assert(result.coefficient == (int128)x + y);
		cr_assert(decimal_subtract(a, b, &result));
		cr_assert(result.coefficient == (int128)x - y);
		if (decimal_multiply(a, b, &result) && result.scale == 6)
			cr_assert(result.coefficient == (int128)x * y);
		cr_assert_eq(decimal_compare(a, b), (x > y) - (x < y));
	}
}

Test(decimal, multiplication_commutes_and_distributes)
{
	uint64_t state = 4;

	for (int i = 0; i < RANDOM_CASES; i++) {
		struct decimal a = random_decimal(&state, 9), b = random_decimal(&state, 9);
		struct decimal c = random_decimal(&state, 9), ab, ba, ac, sum, left, right;

		cr_assert(decimal_multiply(a, b, &ab));
		cr_assert(decimal_multiply(b, a, &ba));
		cr_assert(same(ab, ba));
		cr_assert(decimal_multiply(a, c, &ac));
		cr_assert(decimal_add(b, c, &sum));
		cr_assert(decimal_multiply(a, sum, &left));
		cr_assert(decimal_add(ab, ac, &right));
		cr_assert_eq(decimal_compare(left, right), 0);
	}
}

Test(decimal, overflow_of_38_digits_is_reported)
{
	struct decimal most = parsed(DIGITS_38), least = parsed("-" DIGITS_38), result;

	cr_assert_not(decimal_add(most, parsed("1"), &result));
	cr_assert_not(decimal_subtract(least, parsed("1"), &result));
	cr_assert_not(decimal_add(most, most, &result));
	cr_assert_not(decimal_multiply(most, parsed("10"), &result));
	cr_assert_not(decimal_multiply(most, most, &result));
	cr_assert_not(decimal_multiply(parsed("1e20"), parsed("1e18"), &result));
	cr_assert_not(decimal_rescale(most, 1, DECIMAL_EXACT, &result));
	cr_assert_not(decimal_add(most, parsed("1e-38"), &result));
	cr_assert(decimal_add(most, least, &result));
	cr_assert_str_eq(put(result), "0");
	cr_assert(decimal_multiply(parsed("1e19"), parsed("1e18"), &result));
	cr_assert_str_eq(put(result), "10000000000000000000000000000000000000");
}

Test(decimal, a_sum_that_fits_is_found_though_its_parts_do_not)
{
	struct decimal result;

	/* 10^33 has 39 digits at scale 5; the difference has one. */
	cr_assert(decimal_subtract(parsed("1e33"),
				   parsed("999999999999999999999999999999999.99999"), &result));
	cr_assert_str_eq(put(result), "0.00001");
}

Test(decimal, a_product_drops_zeros_rather_than_fail)
{
	struct decimal result;

	cr_assert(decimal_multiply(parsed("1.00000000000000000000"),
				   parsed("2.50000000000000000000"), &result));
	cr_assert_eq(decimal_compare(result, parsed("2.5")), 0, "%s", put(result));
	cr_assert(
	    decimal_multiply(parsed("0"), parsed("0.00000000000000000000000000001"), &result));
	cr_assert_eq(decimal_compare(result, parsed("0")), 0);
	cr_assert_not(decimal_multiply(parsed("1e-20"), parsed("1e-19"), &result));
}

/* Its digits without zeros fit; halfway it has more than 128 bits, and the zeros only come of both together. */
Test(decimal, a_product_that_fits_is_never_refused)
{
	struct decimal result;

	cr_assert(decimal_multiply(parsed("90000000000000000000000000000000000000"), parsed("0.50"),
				   &result));
	cr_assert_str_eq(put(result), "45000000000000000000000000000000000000");
	cr_assert(decimal_multiply(parsed("0.00088817841970012523233890533447265625"),
				   parsed("120892581961.4629174706176"), &result));
	cr_assert_str_eq(put(result), "107374182.40000000000000000000000000000");
	cr_assert_not(decimal_multiply(parsed("90000000000000000000000000000000000000"),
				       parsed("5"), &result));
}

Test(decimal, is_compared_by_value)
{
	static const char *const ascending[] = {
		"-" DIGITS_38, "-1e20",
		"-1.1",        "-1",
		"-0.9",        "-1e-38",
		"0",           "1e-38",
		"0.1",         "0.999999999999999999999",
		"1",           "1.00000000000000000001",
		"2",           "10",
		"1e37",        DIGITS_38,
	};
	int count = sizeof(ascending) / sizeof(ascending[0]);

	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++)
			cr_expect_eq(decimal_compare(parsed(ascending[i]), parsed(ascending[j])),
				     (i > j) - (i < j), "%s and %s", ascending[i], ascending[j]);
	cr_assert_eq(decimal_compare(parsed("1.0"), parsed("1.00")), 0);
	cr_assert_eq(decimal_compare(parsed("-0"), parsed("0.000")), 0);
}

struct rescale_case {
	char input[48];
	uint8_t scale;
	char exact[48], half_up[48], half_even[48], down[48]; /* empty: refused */
};

ParameterizedTestParameters(decimal, rescales)
{
	static struct rescale_case cases[] = {
		{ "1.5", 3, "1.500", "1.500", "1.500", "1.500" },
		{ "1.500", 1, "1.5", "1.5", "1.5", "1.5" },
		{ "1.25", 1, "", "1.3", "1.2", "1.2" },
		{ "1.35", 1, "", "1.4", "1.4", "1.3" },
		{ "-1.25", 1, "", "-1.3", "-1.2", "-1.2" },
		{ "0.5", 0, "", "1", "0", "0" },
		{ "-0.5", 0, "", "-1", "0", "0" },
		{ "1.5", 0, "", "2", "2", "1" },
		{ "2.5", 0, "", "3", "2", "2" },
		{ "2.500000000000000000001", 0, "", "3", "3", "2" },
		{ "0.49999999999999999999", 0, "", "0", "0", "0" },
		{ "999.995", 2, "", "1000.00", "1000.00", "999.99" },
		{ "1e-38", 37, "", "0.0000000000000000000000000000000000000",
		  "0.0000000000000000000000000000000000000",
		  "0.0000000000000000000000000000000000000" },
		{ "0." DIGITS_38, 0, "", "1", "1", "0" },
		{ "0", 38, "0.00000000000000000000000000000000000000",
		  "0.00000000000000000000000000000000000000",
		  "0.00000000000000000000000000000000000000",
		  "0.00000000000000000000000000000000000000" },
		{ "1", 38, "", "", "", "" },
	};

	return cr_make_param_array(struct rescale_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct rescale_case *c, decimal, rescales)
{
	const char *expected[] = { c->exact, c->half_up, c->half_even, c->down };
	static const enum decimal_round rounds[] = { DECIMAL_EXACT, DECIMAL_HALF_UP,
						     DECIMAL_HALF_EVEN, DECIMAL_DOWN };

	for (int i = 0; i < 4; i++) {
		struct decimal result;
		bool ok = decimal_rescale(parsed(c->input), c->scale, rounds[i], &result);

		cr_expect_eq(ok, expected[i][0] != '\0', "%s to %d, way %d", c->input, c->scale, i);
		if (ok)
			cr_expect_str_eq(put(result), expected[i], "%s way %d: %s", c->input, i,
					 text.data);
	}
}

Test(decimal, a_larger_scale_never_changes_the_value)
{
	uint64_t state = 5;

	for (int i = 0; i < RANDOM_CASES; i++) {
		struct decimal decimal = random_decimal(&state, 19), wide, back;

		cr_assert(decimal_rescale(decimal, 19, DECIMAL_EXACT, &wide));
		cr_assert_eq(wide.scale, 19);
		cr_assert_eq(decimal_compare(decimal, wide), 0);
		cr_assert(decimal_rescale(wide, decimal.scale, DECIMAL_EXACT, &back));
		cr_assert(same(back, decimal));
	}
}

Test(decimal, counts_digits_in_front_of_the_point)
{
	static const struct {
		char input[48];
		int digits;
	} cases[] = {
		{ "0", 0 },
		{ "0.9", 0 },
		{ "-0.001", 0 },
		{ "1", 1 },
		{ "-9.99", 1 },
		{ "10.0", 2 },
		{ "9999999999.99", 10 },
		{ DIGITS_38, 38 },
		{ "0." DIGITS_38, 0 },
		{ "1e19", 20 },
		{ "1e18", 19 },
		{ "1e37", 38 },
		{ "18446744073709551615", 20 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(decimal_integer_digits(parsed(cases[i].input)), cases[i].digits, "%s",
			     cases[i].input);
}

Test(decimal, a_scale_beyond_38_is_a_bug, .signal = SIGABRT)
{
	struct decimal result;

	decimal_rescale((struct decimal){ 1, 0 }, 39, DECIMAL_DOWN, &result);
}
