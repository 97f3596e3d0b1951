/*
 * literal.c: which number literals keep every digit as a Lua number.
 */
#include <stdlib.h>

#include "engine/rules/lexer.h"

enum { EXACT_DIGITS = 16, FRACTION_DIGITS = 15 };

/* 2^53, the first integer whose neighbour cannot be held. */
static const char exact_limit[] = "9007199254740992";

static char lower_char(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

static bool is_hex(struct span text)
{
	return text.size > 1 && text.data[0] == '0' && lower_char(text.data[1]) == 'x';
}

static enum literal_answer judge_hex(struct span text)
{
	uint64_t value = 0;

	for (size_t i = 2; i < text.size; i++) {
		char c = lower_char(text.data[i]);

		if (c == '.' || c == 'p')
			return LITERAL_BASE;
		if (value >> 56)
			return LITERAL_DIGITS;
		value = value * 16 + (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return value < (UINT64_C(1) << 53) ? LITERAL_OK : LITERAL_DIGITS;
}

/* A decimal literal as its significant digits and where its point stands behind the first. */
struct digits {
	char text[EXACT_DIGITS + 1]; /* the first ones, filled up with zeros */
	size_t significant;          /* without zeros at either end */
	long magnitude;              /* digits in front of the point; may be negative */
	bool fraction;               /* has a point or an exponent */
};

static void read_digits(struct span text, struct digits *digits)
{
	size_t count = 0, last = 0, i = 0;
	bool point = false;

	*digits = (struct digits){ .text = "0000000000000000" };
	for (; i < text.size && lower_char(text.data[i]) != 'e'; i++) {
		char c = text.data[i];

		if (c == '.') {
			point = true;
			digits->fraction = true;
			continue;
		}
		if (count || c != '0') {
			if (count < EXACT_DIGITS)
				digits->text[count] = c;
			count++;
			digits->magnitude += !point;
			if (c != '0')
				last = count;
		} else {
			digits->magnitude -= point;
		}
	}
	digits->significant = last;
	if (i < text.size) {
		digits->fraction = true;
		digits->magnitude += strtol(text.data + i + 1, NULL, 10);
	}
}

static enum literal_answer judge_decimal(struct span text)
{
	struct digits digits;

	read_digits(text, &digits);
	if (digits.significant == 0)
		return LITERAL_OK;
	if (digits.magnitude > EXACT_DIGITS)
		return LITERAL_DIGITS;
	if (digits.magnitude == EXACT_DIGITS && memcmp(digits.text, exact_limit, EXACT_DIGITS) >= 0)
		return LITERAL_DIGITS;
	if (digits.fraction && (digits.significant > FRACTION_DIGITS || digits.magnitude < -300))
		return LITERAL_DIGITS;
	return LITERAL_OK;
}

enum literal_answer literal_judge(struct span text)
{
	char last = text.size ? lower_char(text.data[text.size - 1]) : '0';

	if (text.size > 1 && text.data[0] == '0' && lower_char(text.data[1]) == 'b')
		return LITERAL_BASE;
	if (last == 'l' || last == 'i' || last == 'u')
		return LITERAL_SUFFIX;
	return is_hex(text) ? judge_hex(text) : judge_decimal(text);
}
