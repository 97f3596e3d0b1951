/*
 * number.c: numbers to canonical text and back, without a locale.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite/reader_internal.h"

enum { REAL_DIGITS_MAX = 17, SCIENTIFIC_FROM = 15, SCIENTIFIC_BELOW = -4 };

size_t integer_to_text(int64_t value, char text[NUMBER_TEXT_SIZE])
{
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	char reversed[NUMBER_TEXT_SIZE];
	size_t count = 0, size = 0;

	do {
		reversed[count++] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		text[size++] = '-';
	while (count)
		text[size++] = reversed[--count];
	return size;
}

bool integer_from_text(struct span text, int64_t *value)
{
	char back[NUMBER_TEXT_SIZE];
	bool negative = text.size > 0 && text.data[0] == '-';
	uint64_t number = 0;

	if (text.size == (size_t)negative || text.size > 20)
		return false;
	for (size_t i = negative; i < text.size; i++) {
		unsigned digit = (unsigned)text.data[i] - '0';

		if (digit > 9 || number > (UINT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	if (number > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return false;
	*value = (int64_t)(negative ? 0 - number : number);
	/* Only what we would write ourselves: no leading zeros, no "-0". */
	return integer_to_text(*value, back) == text.size &&
	       memcmp(back, text.data, text.size) == 0;
}

static double power_of_ten(int exponent)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4 };

	return powers[exponent];
}

/* Amounts such as 0.99: few decimals. The division is correctly rounded, so a quotient equal to the
 * value is the text's number, and at most 15 digits name no other. */
static size_t short_real_to_text(double value, char text[NUMBER_TEXT_SIZE])
{
	for (int scale = 1; scale <= 4; scale++) {
		double scaled = rint(value * power_of_ten(scale));
		size_t size, whole;

		if (fabs(scaled) >= 1e15)
			return 0;
		if (scaled == 0 || scaled / power_of_ten(scale) != value)
			continue;
		size = integer_to_text((int64_t)scaled, text);
		whole = size - (text[0] == '-');
		/* 5 with scale 2 is 0.05: put the zeros in front that the integer does not have. */
		if (whole <= (size_t)scale) {
			size_t zeros = (size_t)scale + 1 - whole;
			size_t sign = size - whole;

			memmove(text + sign + zeros, text + sign, whole);
			memset(text + sign, '0', zeros);
			size += zeros;
		}
		memmove(text + size - (size_t)scale + 1, text + size - (size_t)scale,
			(size_t)scale);
		text[size - (size_t)scale] = '.';
		return size + 1;
	}
	return 0;
}

struct digits {
	char text[REAL_DIGITS_MAX + 1];
	int count;
	int exponent; /* of the first digit */
	bool negative;
};

/* "-1.2345e+05" with any decimal point to its parts, trailing zeros left out. */
static void take_apart(const char *printed, struct digits *digits)
{
	digits->negative = printed[0] == '-';
	digits->count = 0;
	digits->text[0] = '0';
	for (; *printed && *printed != 'e'; printed++)
		if (*printed >= '0' && *printed <= '9' && digits->count < REAL_DIGITS_MAX)
			digits->text[digits->count++] = *printed;
	digits->exponent = *printed == 'e' ? (int)strtol(printed + 1, NULL, 10) : 0;
	while (digits->count > 1 && digits->text[digits->count - 1] == '0')
		digits->count--;
}

/* The fewest digits that read back. Numbers below the smallest normal one can do with less than 15. */
static void find_shortest(double value, struct digits *digits)
{
	char printed[64];
	int count = fabs(value) < 2.2250738585072014e-308 ? 1 : 15;

	for (; count <= REAL_DIGITS_MAX; count++) {
		snprintf(printed, sizeof(printed), "%.*e", count - 1, value);
		if (strtod(printed, NULL) == value)
			break;
	}
	take_apart(printed, digits);
}

static size_t put_scientific(const struct digits *digits, char *text)
{
	int magnitude = abs(digits->exponent);
	size_t size = 0;

	text[size++] = digits->text[0];
	if (digits->count > 1) {
		text[size++] = '.';
		memcpy(text + size, digits->text + 1, (size_t)digits->count - 1);
		size += (size_t)digits->count - 1;
	}
	text[size++] = 'e';
	text[size++] = digits->exponent < 0 ? '-' : '+';
	if (magnitude >= 100)
		text[size++] = (char)('0' + magnitude / 100);
	text[size++] = (char)('0' + magnitude / 10 % 10);
	text[size++] = (char)('0' + magnitude % 10);
	return size;
}

static size_t put_plain(const struct digits *digits, char *text)
{
	size_t size = 0;
	int place = digits->exponent;

	if (place < 0) {
		text[size++] = '0';
		text[size++] = '.';
		for (int i = -1; i > place; i--)
			text[size++] = '0';
		memcpy(text + size, digits->text, (size_t)digits->count);
		return size + (size_t)digits->count;
	}
	for (int i = 0; i < digits->count || i <= place; i++) {
		if (i == place + 1)
			text[size++] = '.';
		text[size++] = i < digits->count ? digits->text[i] : '0';
	}
	return size;
}

size_t real_to_text(double value, char text[NUMBER_TEXT_SIZE])
{
	struct digits digits;
	size_t size;

	if (!isfinite(value)) {
		const char *name = isnan(value) ? "NaN" : value < 0 ? "-Infinity" : "Infinity";

		size = strlen(name);
		memcpy(text, name, size);
		return size;
	}
	if (fabs(value) < 1e15 && rint(value) == value && !(value == 0 && signbit(value)))
		return integer_to_text((int64_t)value, text);
	size = short_real_to_text(value, text);
	if (size)
		return size;
	find_shortest(value, &digits);
	if (digits.negative)
		text[size++] = '-';
	if (digits.exponent >= SCIENTIFIC_FROM || digits.exponent < SCIENTIFIC_BELOW)
		return size + put_scientific(&digits, text + size);
	return size + put_plain(&digits, text + size);
}
