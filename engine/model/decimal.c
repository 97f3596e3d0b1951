/*
 * decimal.c: exact decimals on 128-bit integers.
 *
 * Work is done on sign and magnitude: unsigned 128 bits hold 3.4·10^38, so a value that passes
 * 38 digits halfway is told from one that ends there.
 */
#include "engine/model/decimal.h"

#include "engine/base/require.h"

__extension__ typedef unsigned __int128 uint128;

#define TEN_TO_19 UINT64_C(10000000000000000000)

/* Exponents beyond this mean the same: far out of range. Texts are never that long. */
#define EXPONENT_MAX INT64_C(1000000000000)

enum { DIGITS_IN_U64 = 19 };

static uint128 ten_to(int exponent)
{
	static const uint64_t powers[] = {
		1,
		10,
		100,
		1000,
		10000,
		100000,
		1000000,
		10000000,
		100000000,
		1000000000,
		10000000000,
		100000000000,
		1000000000000,
		10000000000000,
		100000000000000,
		1000000000000000,
		10000000000000000,
		100000000000000000,
		1000000000000000000,
		TEN_TO_19,
	};

	if (exponent <= DIGITS_IN_U64)
		return powers[exponent];
	return (uint128)TEN_TO_19 * powers[exponent - DIGITS_IN_U64];
}

static uint128 magnitude_of(struct decimal decimal)
{
	return decimal.coefficient < 0 ? -(uint128)decimal.coefficient
				       : (uint128)decimal.coefficient;
}

static bool fits(uint128 magnitude)
{
	return magnitude < ten_to(DECIMAL_DIGITS_MAX);
}

static struct decimal decimal_of(bool negative, uint128 magnitude, int scale)
{
	return (struct decimal){ negative ? -(int128)magnitude : (int128)magnitude,
				 (uint8_t)scale };
}

/* Digits of the magnitude; 0 has none. */
static int count_digits(uint128 magnitude)
{
	int digits = 0;

	if (magnitude >= TEN_TO_19) {
		magnitude /= TEN_TO_19;
		digits = DIGITS_IN_U64;
	}
	while (digits < DECIMAL_DIGITS_MAX + 1 && magnitude) {
		magnitude = magnitude <= UINT64_MAX ? (uint64_t)magnitude / 10 : magnitude / 10;
		digits++;
	}
	return digits;
}

/* ---- text to number ---- */

/* What was read: digits up to the last that is not zero, and how many zeros follow them. */
struct digits {
	uint128 magnitude;
	int count; /* significant digits in magnitude */
	size_t trailing_zeros;
	size_t read; /* all of them */
	bool overflow;
};

static void push_digit(struct digits *digits, unsigned digit)
{
	digits->read++;
	if (digit == 0) {
		digits->trailing_zeros += digits->count > 0;
		return;
	}
	if (digits->overflow ||
	    digits->trailing_zeros + (size_t)digits->count >= DECIMAL_DIGITS_MAX) {
		digits->overflow = true;
		return;
	}
	digits->magnitude *= ten_to((int)digits->trailing_zeros + 1);
	digits->magnitude += digit;
	digits->count += (int)digits->trailing_zeros + 1;
	digits->trailing_zeros = 0;
}

static size_t push_digits(struct digits *digits, struct span text, size_t at)
{
	while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9')
		push_digit(digits, (unsigned)(text.data[at++] - '0'));
	return at;
}

/* "e-5" at the end of the text. */
static bool parse_exponent(struct span text, size_t at, int64_t *exponent)
{
	bool negative = false;
	size_t first;

	*exponent = 0;
	if (at == text.size)
		return true;
	if (text.data[at] != 'e' && text.data[at] != 'E')
		return false;
	at++;
	if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
		negative = text.data[at++] == '-';
	for (first = at; at < text.size && text.data[at] >= '0' && text.data[at] <= '9'; at++)
		if (*exponent < EXPONENT_MAX)
			*exponent = *exponent * 10 + (text.data[at] - '0');
	if (negative)
		*exponent = -*exponent;
	return at == text.size && at > first;
}

/* Keep the scale as written where 38 digits allow it; only zeros at the end may go. */
static bool settle(const struct digits *digits, bool negative, int64_t scale,
		   struct decimal *decimal)
{
	int64_t zeros = (int64_t)digits->trailing_zeros, excess;

	if (digits->count == 0) {
		scale = scale < 0 ? 0 : scale;
		*decimal = decimal_of(false, 0,
				      scale > DECIMAL_DIGITS_MAX ? DECIMAL_DIGITS_MAX : (int)scale);
		return true;
	}
	if (scale < 0) {
		zeros -= scale;
		scale = 0;
	}
	excess = digits->count + zeros - DECIMAL_DIGITS_MAX;
	if (scale - DECIMAL_DIGITS_MAX > excess)
		excess = scale - DECIMAL_DIGITS_MAX;
	if (excess > 0) {
		zeros -= excess;
		scale -= excess;
	}
	if (zeros < 0 || scale < 0)
		return false;
	*decimal = decimal_of(negative, digits->magnitude * ten_to((int)zeros), (int)scale);
	return true;
}

bool decimal_parse(struct span text, struct decimal *decimal)
{
	struct digits digits = { 0 };
	size_t at = 0, point;
	bool negative = false;
	int64_t exponent, scale = 0;

	if (at < text.size && (text.data[at] == '-' || text.data[at] == '+'))
		negative = text.data[at++] == '-';
	at = push_digits(&digits, text, at);
	if (at < text.size && text.data[at] == '.') {
		point = at;
		at = push_digits(&digits, text, at + 1);
		scale = (int64_t)(at - point - 1);
	}
	if (digits.read == 0 || !parse_exponent(text, at, &exponent) || digits.overflow)
		return false;
	return settle(&digits, negative, scale - exponent, decimal);
}

/* ---- arithmetic ---- */

/* magnitude · 10^exponent; false beyond 128 bits, which is beyond 38 digits. */
static bool scale_up(uint128 *magnitude, int exponent)
{
	if (*magnitude == 0)
		return true;
	if (exponent > DECIMAL_DIGITS_MAX)
		return false;
	return !__builtin_mul_overflow(*magnitude, ten_to(exponent), magnitude);
}

bool decimal_add(struct decimal a, struct decimal b, struct decimal *result)
{
	int scale = a.scale > b.scale ? a.scale : b.scale;
	bool a_negative = a.coefficient < 0, b_negative = b.coefficient < 0;
	uint128 x = magnitude_of(a), y = magnitude_of(b), sum;
	bool negative = a_negative;

	if (!scale_up(&x, scale - a.scale) || !scale_up(&y, scale - b.scale))
		return false;
	if (a_negative == b_negative) {
		if (__builtin_add_overflow(x, y, &sum))
			return false;
	} else {
		sum = x > y ? x - y : y - x;
		negative = x > y ? a_negative : b_negative;
	}
	if (!fits(sum))
		return false;
	*result = decimal_of(negative, sum, scale);
	return true;
}

bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *result)
{
	b.coefficient = -b.coefficient;
	return decimal_add(a, b, result);
}

/* Divide one of the two, or both, so that their product is a tenth; false when it does not end in 0. */
static bool divide_product(uint128 *x, uint128 *y)
{
	uint128 *twos = *x % 2 == 0 ? x : y, *fives = *x % 5 == 0 ? x : y;

	if (*twos % 2 != 0 || *fives % 5 != 0)
		return false;
	*twos /= 2;
	*fives /= 5;
	return true;
}

bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *result)
{
	int scale = a.scale + b.scale;
	uint128 x = magnitude_of(a), y = magnitude_of(b), product;

	/* Zeros are taken from the factors, whose product may be too large to look at. */
	while (scale > DECIMAL_DIGITS_MAX || __builtin_mul_overflow(x, y, &product) ||
	       !fits(product)) {
		if (scale == 0 || !divide_product(&x, &y))
			return false;
		scale--;
	}
	*result = decimal_of((a.coefficient < 0) != (b.coefficient < 0), product, scale);
	return true;
}

static int compare_magnitudes(struct decimal a, struct decimal b)
{
	int scale = a.scale > b.scale ? a.scale : b.scale;
	uint128 x = magnitude_of(a), y = magnitude_of(b);

	/* What leaves 128 bits is larger than anything of 38 digits at the larger scale. */
	if (!scale_up(&x, scale - a.scale))
		return 1;
	if (!scale_up(&y, scale - b.scale))
		return -1;
	return (x > y) - (x < y);
}

int decimal_compare(struct decimal a, struct decimal b)
{
	int a_sign = (a.coefficient > 0) - (a.coefficient < 0);
	int b_sign = (b.coefficient > 0) - (b.coefficient < 0);

	if (a_sign != b_sign)
		return a_sign < b_sign ? -1 : 1;
	return a_sign < 0 ? compare_magnitudes(b, a) : compare_magnitudes(a, b);
}

static bool rounds_away(uint128 kept, uint128 lost, uint128 unit, enum decimal_round round)
{
	uint128 half = unit / 2;

	switch (round) {
	case DECIMAL_HALF_UP:
		return lost >= half;
	case DECIMAL_HALF_EVEN:
		return lost > half || (lost == half && kept % 2 == 1);
	case DECIMAL_EXACT:
	case DECIMAL_DOWN:
		break;
	}
	return false;
}

bool decimal_rescale(struct decimal decimal, uint8_t scale, enum decimal_round round,
		     struct decimal *result)
{
	uint128 magnitude = magnitude_of(decimal), unit, lost;

	require(scale <= DECIMAL_DIGITS_MAX);
	require(decimal.scale <= DECIMAL_DIGITS_MAX);
	if (scale >= decimal.scale) {
		if (!scale_up(&magnitude, scale - decimal.scale) || !fits(magnitude))
			return false;
	} else {
		unit = ten_to(decimal.scale - scale);
		lost = magnitude % unit;
		magnitude /= unit;
		if (round == DECIMAL_EXACT && lost != 0)
			return false;
		magnitude += rounds_away(magnitude, lost, unit, round);
	}
	*result = decimal_of(decimal.coefficient < 0, magnitude, scale);
	return true;
}

int decimal_integer_digits(struct decimal decimal)
{
	int digits = count_digits(magnitude_of(decimal));

	return digits > decimal.scale ? digits - decimal.scale : 0;
}

/* Digits from the end; 64-bit division while it suffices. */
static char *put_digits_before(char *end, uint64_t value, int digits_min)
{
	for (; value || digits_min > 0; value /= 10, digits_min--)
		*--end = (char)('0' + value % 10);
	return end;
}

void decimal_put(struct buf *buf, struct decimal decimal)
{
	char digits[DECIMAL_TEXT_SIZE], *end = digits + sizeof(digits), *first;
	uint128 magnitude = magnitude_of(decimal);
	uint64_t high = (uint64_t)(magnitude / TEN_TO_19), low = (uint64_t)(magnitude % TEN_TO_19);
	size_t whole;

	require(decimal.scale <= DECIMAL_DIGITS_MAX);
	first = put_digits_before(end, low, high ? DIGITS_IN_U64 : 1);
	first = put_digits_before(first, high, 0);
	while (end - first < decimal.scale + 1)
		*--first = '0';
	whole = (size_t)(end - first) - decimal.scale;
	if (decimal.coefficient < 0)
		buf_put_char(buf, '-');
	buf_put(buf, first, whole);
	if (decimal.scale > 0) {
		buf_put_char(buf, '.');
		buf_put(buf, first + whole, decimal.scale);
	}
}
