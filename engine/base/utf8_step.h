/*
 * utf8_step.h: one character of UTF-8, well-formed or not (RFC 3629).
 */
#ifndef ENGINE_BASE_UTF8_STEP_H
#define ENGINE_BASE_UTF8_STEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes (1 to 4) of the well-formed character at `bytes`, of which `left` (at least 1) are there;
 * 0 when there is none: overlong, a surrogate, above U+10FFFF, cut off, or a stray byte. */
static inline size_t utf8_step(const char *bytes, size_t left)
{
	const unsigned char *at = (const unsigned char *)bytes;
	unsigned char lead = at[0], lowest = 0x80, highest = 0xBF;
	size_t size;

	if (lead < 0x80)
		return 1;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
	if (left < size)
		return 0;
	/* Only the second byte is ever narrower than 80..BF. */
	if (lead == 0xE0)
		lowest = 0xA0;
	else if (lead == 0xED)
		highest = 0x9F;
	else if (lead == 0xF0)
		lowest = 0x90;
	else if (lead == 0xF4)
		highest = 0x8F;
	if (at[1] < lowest || at[1] > highest)
		return 0;
	for (size_t i = 2; i < size; i++)
		if ((at[i] & 0xC0) != 0x80)
			return 0;
	return size;
}

/* The code point of a well-formed character of that size. */
static inline uint32_t utf8_code_point(const char *bytes, size_t size)
{
	const unsigned char *at = (const unsigned char *)bytes;
	uint32_t point = size == 1 ? at[0] : at[0] & (0x7FU >> size);

	for (size_t i = 1; i < size; i++)
		point = point << 6 | (at[i] & 0x3FU);
	return point;
}

/* What could move a terminal's cursor, hide text or turn its direction. */
static inline bool utf8_is_terminal_control(uint32_t point)
{
	if (point < 0x20 || (point >= 0x7F && point <= 0x9F))
		return true;
	if (point >= 0x200B && point <= 0x200F)
		return true;
	if (point >= 0x2028 && point <= 0x202E)
		return true;
	return point >= 0x2066 && point <= 0x2069;
}

#endif
