/*
 * decimals.c: texts as decimals, and their arithmetic beside long arithmetic on digits.
 *
 * The first byte says which (t, a, r: see corpus/decimals).
 */
#include "engine/model/decimal.h"

#include "tests/fuzz/fuzz.h"

/* ---- long numbers: sign and digits, the least first, PLACES of them behind the point ---- */

enum { PLACES = 80, DIGITS = 3 * PLACES };

struct number {
	bool is_negative;
	uint8_t digits[DIGITS];
};

static bool is_zero(const struct number *number)
{
	for (int i = 0; i < DIGITS; i++)
		if (number->digits[i])
			return false;
	return true;
}

static struct number number_of(struct decimal decimal)
{
	struct number number = { .is_negative = decimal.coefficient < 0 };
	int128 rest = decimal.coefficient;

	for (int i = PLACES - decimal.scale; rest != 0; i++, rest /= 10)
		number.digits[i] = (uint8_t)(rest < 0 ? -(rest % 10) : rest % 10);
	return number;
}

static int compare_sizes(const struct number *a, const struct number *b)
{
	for (int i = DIGITS - 1; i >= 0; i--)
		if (a->digits[i] != b->digits[i])
			return a->digits[i] < b->digits[i] ? -1 : 1;
	return 0;
}

static int compare(const struct number *a, const struct number *b)
{
	int order = compare_sizes(a, b);

	if (is_zero(a) && is_zero(b))
		return 0;
	if (a->is_negative != b->is_negative)
		return a->is_negative ? -1 : 1;
	return a->is_negative ? -order : order;
}

/* a's size and b's, b's from a's when subtracting (a is not the smaller). */
static struct number combine(const struct number *a, const struct number *b, bool subtracts)
{
	struct number sum = { .is_negative = a->is_negative };
	int carry = 0;

	for (int i = 0; i < DIGITS; i++) {
		int digit = a->digits[i] + (subtracts ? -b->digits[i] : b->digits[i]) + carry;

		carry = digit < 0 ? -1 : digit / 10;
		sum.digits[i] = (uint8_t)((digit + 10) % 10);
	}
	return sum;
}

static struct number add(const struct number *a, const struct number *b)
{
	if (a->is_negative == b->is_negative)
		return combine(a, b, false);
	return compare_sizes(a, b) >= 0 ? combine(a, b, true) : combine(b, a, true);
}

static struct number multiply(const struct number *a, const struct number *b)
{
	struct number product = { .is_negative = a->is_negative != b->is_negative };
	int columns[2 * DIGITS] = { 0 };

	for (int i = 0; i < DIGITS; i++)
		for (int j = 0; a->digits[i] && j < DIGITS; j++)
			columns[i + j] += a->digits[i] * b->digits[j];
	for (int i = 0; i + 1 < 2 * DIGITS; i++) {
		columns[i + 1] += columns[i] / 10;
		columns[i] %= 10;
	}
	for (int i = 0; i < DIGITS; i++)
		product.digits[i] = (uint8_t)columns[i + PLACES];
	return product;
}

/* Does it have at most 38 digits at so many places or more, which it needs? */
static bool fits(const struct number *number, int places_min)
{
	int lowest = 0, highest = DIGITS - 1, places;

	while (lowest < DIGITS && !number->digits[lowest])
		lowest++;
	while (highest >= 0 && !number->digits[highest])
		highest--;
	if (highest < 0)
		return true;
	places = lowest < PLACES ? PLACES - lowest : 0;
	places = places < places_min ? places_min : places;
	return places <= DECIMAL_DIGITS_MAX &&
	       highest - (PLACES - places) + 1 <= DECIMAL_DIGITS_MAX;
}

static bool is(struct decimal decimal, const struct number *number)
{
	struct number other = number_of(decimal);

	return compare(&other, number) == 0;
}

/* ---- decimals ---- */

static struct span text_of(struct decimal decimal, struct buf *buf)
{
	buf_reset(buf);
	decimal_put(buf, decimal);
	return buf_span(buf);
}

static void check_decimal(struct decimal decimal)
{
	struct decimal again;
	struct buf buf;
	struct span text;

	buf_init(&buf);
	law(decimal.scale <= DECIMAL_DIGITS_MAX, "scale %d", decimal.scale);
	text = text_of(decimal, &buf);
	law(decimal_parse(text, &again), "%.*s is none", SPAN_ARGS(text));
	law(again.coefficient == decimal.coefficient && again.scale == decimal.scale,
	    "%.*s is another", SPAN_ARGS(text));
	law(text.size < DECIMAL_TEXT_SIZE, "%zu letters", text.size);
	law(decimal.coefficient != 0 || text.data[0] != '-', "%.*s", SPAN_ARGS(text));
	law(decimal_integer_digits(decimal) <= DECIMAL_DIGITS_MAX, "%.*s", SPAN_ARGS(text));
	buf_release(&buf);
}

/* By the grammar alone; digits and where they stand go to the number, false when they do not go there. */
struct reading {
	bool is_decimal, is_too_long;
	struct number number;
};

static bool is_digit(struct span text, size_t at)
{
	return at < text.size && text.data[at] >= '0' && text.data[at] <= '9';
}

/* "e-5", "" */
static bool read_exponent(struct span text, size_t at, int64_t *exponent)
{
	bool is_negative = false;

	*exponent = 0;
	if (at == text.size)
		return true;
	if (text.data[at] != 'e' && text.data[at] != 'E')
		return false;
	at++;
	if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
		is_negative = text.data[at++] == '-';
	if (!is_digit(text, at))
		return false;
	for (; is_digit(text, at); at++)
		if (*exponent < 1000000)
			*exponent = *exponent * 10 + (text.data[at] - '0');
	*exponent = is_negative ? -*exponent : *exponent;
	return at == text.size;
}

static void read(struct span text, struct reading *reading)
{
	size_t at = 0, first, point, end, digits;
	int64_t exponent;

	*reading = (struct reading){ .is_decimal = false };
	if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
		reading->number.is_negative = text.data[at++] == '-';
	for (first = at; is_digit(text, at); at++)
		;
	point = at;
	digits = at - first;
	if (at < text.size && text.data[at] == '.')
		for (at++; is_digit(text, at); at++)
			digits++;
	end = at;
	reading->is_decimal = digits > 0 && read_exponent(text, at, &exponent);
	if (!reading->is_decimal)
		return;
	for (size_t i = first; i < end; i++) {
		int64_t place = (int64_t)point - (int64_t)i - (i < point) + exponent + PLACES;

		if (text.data[i] == '.' || text.data[i] == '0')
			continue;
		if (place < 0 || place >= DIGITS)
			reading->is_too_long = true;
		else
			reading->number.digits[place] = (uint8_t)(text.data[i] - '0');
	}
}

static void check_text(struct span text)
{
	struct decimal decimal;
	struct reading reading;
	bool fits_in;

	read(text, &reading);
	fits_in = reading.is_decimal && !reading.is_too_long && fits(&reading.number, 0);
	law(decimal_parse(text, &decimal) == fits_in, "%.*s", SPAN_ARGS(text));
	if (!fits_in)
		return;
	law(is(decimal, &reading.number), "%.*s is another", SPAN_ARGS(text));
	check_decimal(decimal);
}

/* Of as many digits as the next byte says, as many of them zeros at its end as the one behind it does. */
static struct decimal make(struct fuzz_input *input)
{
	int128 coefficient = (int128)(fuzz_number(input) >> 2) << 64 | fuzz_number(input);
	size_t digits = fuzz_below(input, DECIMAL_DIGITS_MAX + 1), zeros = fuzz_below(input, 64);
	struct decimal decimal;
	int128 limit = 1;

	for (size_t i = 0; i < digits; i++)
		limit *= 10;
	coefficient = zeros == 63 ? limit - 1 : coefficient % limit;
	for (int128 unit = 1; zeros < 63 && zeros > 0 && unit < limit; unit *= 10, zeros--)
		coefficient -= coefficient % (unit * 10);
	decimal.scale = (uint8_t)fuzz_below(input, DECIMAL_DIGITS_MAX + 1);
	decimal.coefficient = fuzz_byte(input) % 2 ? -coefficient : coefficient;
	return decimal;
}

static void check_sum(struct decimal a, struct decimal b)
{
	struct number x = number_of(a), y = number_of(b), sum = add(&x, &y);
	int scale = a.scale > b.scale ? a.scale : b.scale;
	struct decimal result, back;

	law(decimal_add(a, b, &result) == fits(&sum, scale), "a sum of scale %d", scale);
	if (!fits(&sum, scale))
		return;
	law(is(result, &sum), "another sum");
	law(result.scale == scale, "scale %d, not %d", result.scale, scale);
	check_decimal(result);
	law(decimal_add(b, a, &back) && back.coefficient == result.coefficient, "b + a");
	if (decimal_subtract(result, b, &back))
		law(decimal_compare(back, a) == 0, "a + b - b");
}

static void check_product(struct decimal a, struct decimal b)
{
	struct number x = number_of(a), y = number_of(b), product = multiply(&x, &y);
	struct decimal result, back;

	law(decimal_multiply(a, b, &result) == fits(&product, 0), "a product of %d and %d places",
	    a.scale, b.scale);
	if (!fits(&product, 0))
		return;
	law(is(result, &product), "another product");
	law(result.scale == a.scale + b.scale || result.scale == DECIMAL_DIGITS_MAX ||
		!fits(&product, result.scale + 1),
	    "%d and %d places became %d", a.scale, b.scale, result.scale);
	check_decimal(result);
	law(decimal_multiply(b, a, &back) && decimal_compare(back, result) == 0, "b * a");
}

static void check_arithmetic(struct fuzz_input *input)
{
	struct decimal a = make(input), b = make(input), negative = b;
	struct number x = number_of(a), y = number_of(b);

	check_decimal(a);
	law(decimal_compare(a, b) == compare(&x, &y), "%d", decimal_compare(a, b));
	law(decimal_compare(b, a) == -decimal_compare(a, b), "both ways");
	check_sum(a, b);
	negative.coefficient = -b.coefficient;
	check_sum(a, negative);
	check_product(a, b);
}

/* ---- rounding ---- */

/* One unit at the scale. */
static struct number unit_at(int scale)
{
	struct number unit = { .is_negative = false };

	unit.digits[PLACES - scale] = 1;
	return unit;
}

static struct number half_at(int scale)
{
	struct number half = { .is_negative = false };

	half.digits[PLACES - scale - 1] = 5;
	return half;
}

static void check_rounded(struct decimal from, struct decimal to, enum decimal_round round)
{
	struct number a = number_of(from), b = number_of(to), lost, unit = unit_at(to.scale);
	struct number half = half_at(to.scale);
	int beside;

	b.is_negative = !b.is_negative;
	lost = add(&a, &b);
	beside = compare_sizes(&lost, &half);
	law(compare_sizes(&lost, &unit) < 0, "a whole unit is lost");
	if (round == DECIMAL_EXACT)
		law(is_zero(&lost), "something is lost");
	if (round == DECIMAL_DOWN)
		law(is_zero(&lost) || lost.is_negative == (from.coefficient < 0), "not towards 0");
	if (round == DECIMAL_HALF_UP || round == DECIMAL_HALF_EVEN)
		law(beside <= 0, "more than half a unit is lost");
	if (round == DECIMAL_HALF_UP && beside == 0)
		law(lost.is_negative != (from.coefficient < 0), "a half goes down");
	if (round == DECIMAL_HALF_EVEN && beside == 0)
		law(to.coefficient % 2 == 0, "a half goes to an odd one");
}

static void check_rounding(struct fuzz_input *input)
{
	static const enum decimal_round rounds[] = { DECIMAL_EXACT, DECIMAL_HALF_UP,
						     DECIMAL_HALF_EVEN, DECIMAL_DOWN };
	struct decimal decimal = make(input), result;
	uint8_t scale = (uint8_t)fuzz_below(input, DECIMAL_DIGITS_MAX + 1);
	struct number number = number_of(decimal);

	for (size_t i = 0; i < sizeof(rounds) / sizeof(rounds[0]); i++) {
		bool ok = decimal_rescale(decimal, scale, rounds[i], &result);

		if (rounds[i] == DECIMAL_EXACT || scale >= decimal.scale) {
			bool is_exact = true;

			for (int place = 0; place < PLACES - scale; place++)
				is_exact = is_exact && !number.digits[place];
			law(ok == (is_exact && fits(&number, scale)), "to scale %d", scale);
		} else {
			law(ok, "to scale %d", scale);
		}
		if (!ok)
			continue;
		law(result.scale == scale, "scale %d, not %d", result.scale, scale);
		check_decimal(result);
		check_rounded(decimal, result, rounds[i]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = fuzz_input(data, size);
	struct span text;

	switch (fuzz_byte(&input)) {
	case 'a':
		check_arithmetic(&input);
		break;
	case 'r':
		check_rounding(&input);
		break;
	default:
		text = fuzz_exact(fuzz_rest(&input));
		check_text(text);
		fuzz_free(text);
		break;
	}
	return 0;
}
