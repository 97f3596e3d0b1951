/*
 * decimal.h: exact decimal numbers of up to 38 digits.
 *
 * value = coefficient · 10^−scale. Nothing is ever rounded unless asked by name; what does not fit
 * is reported, never truncated.
 */
#ifndef ENGINE_MODEL_DECIMAL_H
#define ENGINE_MODEL_DECIMAL_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/span.h"

__extension__ typedef __int128 int128;

enum { DECIMAL_DIGITS_MAX = 38, DECIMAL_TEXT_SIZE = 48 };

struct decimal {
	int128 coefficient; /* |coefficient| < 10^38 */
	uint8_t scale;      /* digits behind the point, 0 to 38 */
};

enum decimal_round { DECIMAL_EXACT, DECIMAL_HALF_UP, DECIMAL_HALF_EVEN, DECIMAL_DOWN };

/* "[+-]digits[.digits][e[+-]digits]" with at least one digit in front of or behind the point and
 * nothing else: no blanks, no grouping, no NaN. Keeps the scale as written. False when it is none or
 * has more than 38 digits; zeros in front, and zeros at the end of a fraction, are given up first. */
bool decimal_parse(struct span text, struct decimal *decimal);

/* False on overflow of 38 digits; *result is then undefined. A sum has the larger scale of the two, a
 * product their sum, less the zeros at its end where 38 digits would not hold them. */
bool decimal_add(struct decimal a, struct decimal b, struct decimal *result);
bool decimal_subtract(struct decimal a, struct decimal b, struct decimal *result);
bool decimal_multiply(struct decimal a, struct decimal b, struct decimal *result);

/* By value: 1.0 equals 1.00. */
int decimal_compare(struct decimal a, struct decimal b);

/* The same value with exactly scale digits behind the point. With DECIMAL_EXACT false when digits
 * other than zero would be lost; false on overflow. */
bool decimal_rescale(struct decimal decimal, uint8_t scale, enum decimal_round round,
		     struct decimal *result);

/* Digits in front of the point, 0 for values below 1. */
int decimal_integer_digits(struct decimal decimal);

/* "-12.50": exactly scale digits behind the point, no exponent, zero has no sign. */
void decimal_put(struct buf *buf, struct decimal decimal);

#endif
