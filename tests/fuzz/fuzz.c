/*
 * fuzz.c: bytes taken apart, and what is known without the engine.
 */
#include "tests/fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/memory.h"

_Noreturn void fuzz_broken(const char *holds, const char *file, int line, const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "%s:%d: a law is broken: %s\n  ", file, line, holds);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

struct fuzz_input fuzz_input(const uint8_t *data, size_t size)
{
	return (struct fuzz_input){ data, data + size };
}

uint8_t fuzz_byte(struct fuzz_input *input)
{
	return input->at < input->end ? *input->at++ : 0;
}

uint64_t fuzz_number(struct fuzz_input *input)
{
	uint64_t number = 0;

	for (int i = 0; i < 8; i++)
		number = number << 8 | fuzz_byte(input);
	return number;
}

size_t fuzz_below(struct fuzz_input *input, size_t limit)
{
	size_t number = fuzz_byte(input);

	if (limit > 256)
		number = number << 8 | fuzz_byte(input);
	return number % limit;
}

struct span fuzz_take(struct fuzz_input *input, size_t size_max)
{
	size_t left = (size_t)(input->end - input->at), size = size_max < left ? size_max : left;
	struct span taken = { size ? (const char *)input->at : "", size };

	input->at += size;
	return taken;
}

struct span fuzz_line(struct fuzz_input *input)
{
	size_t left = (size_t)(input->end - input->at);
	const uint8_t *end = left ? memchr(input->at, '\n', left) : NULL;
	struct span line = fuzz_take(input, end ? (size_t)(end - input->at) : left);

	fuzz_byte(input);
	return line;
}

struct span fuzz_rest(struct fuzz_input *input)
{
	return fuzz_take(input, SIZE_MAX);
}

struct span fuzz_exact(struct span bytes)
{
	char *copy = memory_resize(NULL, bytes.size ? bytes.size : 1);

	/* Of no bytes, not even one may be read: the address behind the only one. */
	if (bytes.size == 0)
		return (struct span){ copy + 1, 0 };
	memcpy(copy, bytes.data, bytes.size);
	return (struct span){ copy, bytes.size };
}

void fuzz_free(struct span exact)
{
	free((char *)(uintptr_t)exact.data - (exact.size == 0));
}

/* ---- text ---- */

static void put_point(struct buf *buf, uint32_t point)
{
	if (point < 0x80) {
		buf_put_char(buf, (char)point);
		return;
	}
	if (point < 0x800) {
		buf_put_char(buf, (char)(0xC0 + point / 64));
	} else if (point < 0x10000) {
		buf_put_char(buf, (char)(0xE0 + point / 4096));
		buf_put_char(buf, (char)(0x80 + point / 64 % 64));
	} else {
		buf_put_char(buf, (char)(0xF0 + point / 262144));
		buf_put_char(buf, (char)(0x80 + point / 4096 % 64));
		buf_put_char(buf, (char)(0x80 + point / 64 % 64));
	}
	buf_put_char(buf, (char)(0x80 + point % 64));
}

void fuzz_put_character(struct buf *buf, struct fuzz_input *input)
{
	/* Ends of ranges, surrogates' neighbours, and characters that change their size with their case. */
	static const uint32_t hard[] = { 0,       0x1F,     0x22,   0x5C,   0x7F,   0x80,
					 0x7FF,   0x800,    0xD7FF, 0xE000, 0xFFFD, 0xFFFF,
					 0x10000, 0x10FFFF, 0xDF,   0x130,  0x149,  0x3A3,
					 0x390,   0x1E9E,   0xFB03, 0x301,  0x323,  0x1100,
					 0x1161,  0x11A8,   0xAC00, 0xFDFA, 0x2126, 0x1D15E,
					 0x1E921, 0x1F600,  0x2028, 0xFEFF, 0x345 };
	uint8_t kind = fuzz_byte(input);
	uint32_t point;

	if (kind < 0x80) {
		point = kind;
	} else if (kind < 0xC0) {
		point = hard[kind % (sizeof(hard) / sizeof(hard[0]))];
	} else {
		point = (uint32_t)(fuzz_byte(input) << 16 | fuzz_byte(input) << 8);
		point = (point | fuzz_byte(input)) % 0x110000;
		if (point >= 0xD800 && point < 0xE000)
			point -= 0x800;
	}
	put_point(buf, point);
}

/* UTF8-1 … UTF8-4 of RFC 3629, section 4; one row an alternative, a pair of bounds a byte. */
static const uint8_t grammar[][8] = {
	{ 0x01, 0x7F },
	{ 0xC2, 0xDF, 0x80, 0xBF },
	{ 0xE0, 0xE0, 0xA0, 0xBF, 0x80, 0xBF },
	{ 0xE1, 0xEC, 0x80, 0xBF, 0x80, 0xBF },
	{ 0xED, 0xED, 0x80, 0x9F, 0x80, 0xBF },
	{ 0xEE, 0xEF, 0x80, 0xBF, 0x80, 0xBF },
	{ 0xF0, 0xF0, 0x90, 0xBF, 0x80, 0xBF, 0x80, 0xBF },
	{ 0xF1, 0xF3, 0x80, 0xBF, 0x80, 0xBF, 0x80, 0xBF },
	{ 0xF4, 0xF4, 0x80, 0x8F, 0x80, 0xBF, 0x80, 0xBF },
};

/* Bytes of the character that begins there by this alternative; 0: none. */
static size_t match(const uint8_t bounds[8], struct span bytes, size_t at)
{
	size_t size = 0;

	while (size < 4 && bounds[2 * size + 1] != 0) {
		uint8_t byte;

		if (at + size >= bytes.size)
			return 0;
		byte = (uint8_t)bytes.data[at + size];
		if (byte < bounds[2 * size] || byte > bounds[2 * size + 1])
			return 0;
		size++;
	}
	return size;
}

size_t fuzz_first_bad(struct span bytes)
{
	size_t at = 0, size = 1;

	while (size > 0 && at < bytes.size) {
		size = 0;
		for (size_t i = 0; size == 0 && i < sizeof(grammar) / sizeof(grammar[0]); i++)
			size = match(grammar[i], bytes, at);
		at += size;
	}
	return at;
}

/* ---- JSON ---- */

static bool same_members(const struct json_value *a, const struct json_value *b)
{
	for (size_t i = 0; i < a->item_count; i++) {
		size_t j = 0;

		/* As a rule they stand at the same place. */
		if (!span_equal(a->items[i].key, b->items[i].key)) {
			while (j < b->item_count && !span_equal(a->items[i].key, b->items[j].key))
				j++;
		} else {
			j = i;
		}
		if (j == b->item_count || !fuzz_same_json(&a->items[i], &b->items[j]))
			return false;
	}
	return true;
}

/* "1.0", "10e-1" and "1" are one number: digits without the zeros around them, and where the point is. */
static struct span significant(struct span text, struct buf *digits, int64_t *exponent)
{
	int64_t written = 0;
	bool is_behind = false, is_negative;
	size_t i = 0;

	*exponent = 0;
	if (text.size && text.data[0] == '-')
		buf_put_char(digits, text.data[i++]);
	for (; i < text.size && text.data[i] != 'e' && text.data[i] != 'E'; i++) {
		if (text.data[i] == '.')
			is_behind = true;
		else if (text.data[i] != '0' ||
			 (digits->size && digits->data[digits->size - 1] != '-'))
			buf_put_char(digits, text.data[i]);
		*exponent -= is_behind && text.data[i] != '.';
	}
	is_negative = i + 1 < text.size && text.data[i + 1] == '-';
	for (; i < text.size; i++)
		if (text.data[i] >= '0' && text.data[i] <= '9' && written < INT64_MAX / 100)
			written = written * 10 + (text.data[i] - '0');
	*exponent += is_negative ? -written : written;
	while (digits->size && digits->data[digits->size - 1] == '0') {
		digits->size--;
		++*exponent;
	}
	if (digits->size == 0 || digits->data[digits->size - 1] == '-')
		return SPAN("0");
	return buf_span(digits);
}

static bool same_number(struct span a, struct span b)
{
	struct buf a_digits, b_digits;
	int64_t a_exponent, b_exponent;
	struct span a_text, b_text;
	bool same;

	buf_init(&a_digits);
	buf_init(&b_digits);
	a_text = significant(a, &a_digits, &a_exponent);
	b_text = significant(b, &b_digits, &b_exponent);
	same = span_equal(a_text, b_text) &&
	       (a_exponent == b_exponent || span_equal(a_text, SPAN("0")));
	buf_release(&a_digits);
	buf_release(&b_digits);
	return same;
}

bool fuzz_same_json(const struct json_value *a, const struct json_value *b)
{
	if (a->kind != b->kind || a->item_count != b->item_count)
		return false;
	switch (a->kind) {
	case JSON_NULL:
	case JSON_FALSE:
	case JSON_TRUE:
		return true;
	case JSON_NUMBER:
		return same_number(a->text, b->text);
	case JSON_STRING:
		return span_equal(a->text, b->text);
	case JSON_ARRAY:
		for (size_t i = 0; i < a->item_count; i++)
			if (!fuzz_same_json(&a->items[i], &b->items[i]))
				return false;
		return true;
	case JSON_OBJECT:
		return same_members(a, b);
	}
	return false;
}
