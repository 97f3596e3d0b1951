/*
 * json_read.c: a strict reader of RFC 8259 into an arena.
 *
 * Our own, because evidence rests on it: numbers keep every digit, duplicate names, invalid UTF-8,
 * lone surrogates and anything behind the document are refused with the byte where they stand, and
 * nesting is bounded.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/utf8_step.h"

/* Each level is a C call or two; a thousand of them fit any stack we run on. */
enum { NESTING_MAX = 1000, MEMBERS_COMPARED_MAX = 16 };

struct reader {
	struct span text;
	size_t at;
	int depth;
	struct arena *arena;
	struct buf pending; /* values of arrays and objects that are still open */
	struct buf decoded; /* the string being read, once it has an escape */
	struct err *err;
};

static bool read_value(struct reader *reader, struct json_value *value);

static bool fail(struct reader *reader, const char *what)
{
	if (reader->at >= reader->text.size)
		return err_set(reader->err, ERR_DATA, "invalid JSON at byte %zu: ends too early",
			       reader->at);
	return err_set(reader->err, ERR_DATA, "invalid JSON at byte %zu: %s", reader->at, what);
}

/* The byte ahead, or −1 at the end. */
static int peek(const struct reader *reader)
{
	if (reader->at >= reader->text.size)
		return -1;
	return (unsigned char)reader->text.data[reader->at];
}

static void skip_blanks(struct reader *reader)
{
	int c = peek(reader);

	while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
		reader->at++;
		c = peek(reader);
	}
}

static bool accept(struct reader *reader, char c)
{
	if (peek(reader) != c)
		return false;
	reader->at++;
	return true;
}

static size_t skip_digits(struct reader *reader)
{
	size_t start = reader->at;

	while (peek(reader) >= '0' && peek(reader) <= '9')
		reader->at++;
	return reader->at - start;
}

static bool read_number(struct reader *reader, struct json_value *value)
{
	size_t start = reader->at;

	accept(reader, '-');
	if (!accept(reader, '0') && skip_digits(reader) == 0)
		return fail(reader, "a digit is missing");
	if (accept(reader, '.') && skip_digits(reader) == 0)
		return fail(reader, "a digit is missing behind the point");
	if (accept(reader, 'e') || accept(reader, 'E')) {
		if (!accept(reader, '+'))
			accept(reader, '-');
		if (skip_digits(reader) == 0)
			return fail(reader, "a digit is missing in the exponent");
	}
	value->kind = JSON_NUMBER;
	value->text = arena_copy(reader->arena,
				 (struct span){ reader->text.data + start, reader->at - start });
	return true;
}

static int hex_digit(int c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static bool read_code_unit(struct reader *reader, uint32_t *unit)
{
	*unit = 0;
	for (int i = 0; i < 4; i++) {
		int digit = hex_digit(peek(reader));

		if (digit < 0)
			return fail(reader, "\\u takes four hex digits");
		*unit = *unit << 4 | (uint32_t)digit;
		reader->at++;
	}
	return true;
}

static void put_code_point(struct buf *buf, uint32_t point)
{
	if (point < 0x80) {
		buf_put_char(buf, (char)point);
	} else if (point < 0x800) {
		buf_put_char(buf, (char)(0xC0 | point >> 6));
		buf_put_char(buf, (char)(0x80 | (point & 0x3F)));
	} else if (point < 0x10000) {
		buf_put_char(buf, (char)(0xE0 | point >> 12));
		buf_put_char(buf, (char)(0x80 | (point >> 6 & 0x3F)));
		buf_put_char(buf, (char)(0x80 | (point & 0x3F)));
	} else {
		buf_put_char(buf, (char)(0xF0 | point >> 18));
		buf_put_char(buf, (char)(0x80 | (point >> 12 & 0x3F)));
		buf_put_char(buf, (char)(0x80 | (point >> 6 & 0x3F)));
		buf_put_char(buf, (char)(0x80 | (point & 0x3F)));
	}
}

static bool read_unicode_escape(struct reader *reader)
{
	uint32_t unit, low;

	if (!read_code_unit(reader, &unit))
		return false;
	if (unit >= 0xDC00 && unit <= 0xDFFF)
		return fail(reader, "a low surrogate stands alone");
	if (unit >= 0xD800 && unit <= 0xDBFF) {
		if (!accept(reader, '\\') || !accept(reader, 'u'))
			return fail(reader, "a high surrogate stands alone");
		if (!read_code_unit(reader, &low))
			return false;
		if (low < 0xDC00 || low > 0xDFFF)
			return fail(reader, "a high surrogate stands alone");
		unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
	}
	put_code_point(&reader->decoded, unit);
	return true;
}

/* Behind the backslash. */
static bool read_escape(struct reader *reader)
{
	static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	int c = peek(reader);
	const char *name = c > 0 ? strchr(names, c) : NULL;

	if (accept(reader, 'u'))
		return read_unicode_escape(reader);
	if (!name)
		return fail(reader, "an escape nobody knows");
	buf_put_char(&reader->decoded, meanings[name - names]);
	reader->at++;
	return true;
}

/* To the next quote, backslash or fault. */
static bool skip_plain(struct reader *reader)
{
	for (;;) {
		int c = peek(reader);
		size_t size;

		if (c == '"' || c == '\\')
			return true;
		if (c < 0x20)
			return fail(reader, "a control character inside a string");
		size = utf8_step(reader->text.data + reader->at, reader->text.size - reader->at);
		if (size == 0)
			return fail(reader, "not valid UTF-8");
		reader->at += size;
	}
}

/* The string at the quote ahead. Without an escape it is one copy of what stands there. */
static bool read_string(struct reader *reader, struct span *text)
{
	size_t start;
	bool has_escape = false;

	if (!accept(reader, '"'))
		return fail(reader, "a string was expected");
	buf_reset(&reader->decoded);
	for (;;) {
		struct span run;

		start = reader->at;
		if (!skip_plain(reader))
			return false;
		run = (struct span){ reader->text.data + start, reader->at - start };
		if (!has_escape && peek(reader) == '"') {
			*text = arena_copy(reader->arena, run);
			break;
		}
		buf_put_span(&reader->decoded, run);
		if (peek(reader) == '"') {
			*text = arena_copy(reader->arena, buf_span(&reader->decoded));
			break;
		}
		reader->at++;
		has_escape = true;
		if (!read_escape(reader))
			return false;
	}
	reader->at++;
	return true;
}

static void take_items(struct reader *reader, size_t mark, struct json_value *value)
{
	size_t size = reader->pending.size - mark;

	value->item_count = size / sizeof(struct json_value);
	value->items = arena_alloc(reader->arena, size);
	if (size)
		memcpy(value->items, reader->pending.data + mark, size);
	reader->pending.size = mark;
}

static bool read_array(struct reader *reader, struct json_value *value)
{
	size_t mark = reader->pending.size;

	reader->at++;
	value->kind = JSON_ARRAY;
	skip_blanks(reader);
	if (!accept(reader, ']')) {
		do {
			struct json_value item;

			if (!read_value(reader, &item))
				return false;
			buf_put(&reader->pending, &item, sizeof(item));
			skip_blanks(reader);
		} while (accept(reader, ','));
		if (!accept(reader, ']'))
			return fail(reader, "',' or ']' was expected");
	}
	take_items(reader, mark, value);
	return true;
}

static bool fail_duplicate(struct reader *reader, struct span name)
{
	size_t shown = name.size < 100 ? name.size : 100;

	while (shown && shown < name.size && ((unsigned char)name.data[shown] & 0xC0) == 0x80)
		shown--;
	return err_set(reader->err, ERR_DATA,
		       "invalid JSON before byte %zu: the name \"%.*s\" stands twice in an object",
		       reader->at, (int)shown, name.data);
}

static int compare_names(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

/* Few names are compared with each other; many are sorted first, or hostile input would be slow. */
static bool names_are_unique(struct reader *reader, const struct json_value *object)
{
	size_t count = object->item_count;
	struct span *names;

	if (count <= MEMBERS_COMPARED_MAX) {
		for (size_t i = 1; i < count; i++)
			for (size_t j = 0; j < i; j++)
				if (span_equal(object->items[i].key, object->items[j].key))
					return fail_duplicate(reader, object->items[i].key);
		return true;
	}
	names = arena_alloc(reader->arena, count * sizeof(*names));
	for (size_t i = 0; i < count; i++)
		names[i] = object->items[i].key;
	qsort(names, count, sizeof(*names), compare_names);
	for (size_t i = 1; i < count; i++)
		if (span_equal(names[i - 1], names[i]))
			return fail_duplicate(reader, names[i]);
	return true;
}

static bool read_member(struct reader *reader)
{
	struct json_value item;
	struct span key;

	skip_blanks(reader);
	if (!read_string(reader, &key))
		return false;
	skip_blanks(reader);
	if (!accept(reader, ':'))
		return fail(reader, "':' was expected");
	if (!read_value(reader, &item))
		return false;
	item.key = key;
	buf_put(&reader->pending, &item, sizeof(item));
	skip_blanks(reader);
	return true;
}

static bool read_object(struct reader *reader, struct json_value *value)
{
	size_t mark = reader->pending.size;

	reader->at++;
	value->kind = JSON_OBJECT;
	skip_blanks(reader);
	if (!accept(reader, '}')) {
		do {
			if (!read_member(reader))
				return false;
		} while (accept(reader, ','));
		if (!accept(reader, '}'))
			return fail(reader, "',' or '}' was expected");
	}
	take_items(reader, mark, value);
	return names_are_unique(reader, value);
}

static bool read_word(struct reader *reader, struct span word, enum json_kind kind,
		      struct json_value *value)
{
	for (size_t i = 0; i < word.size; i++)
		if (!accept(reader, word.data[i]))
			return fail(reader, "a value was expected");
	value->kind = kind;
	return true;
}

static bool read_nested(struct reader *reader, struct json_value *value)
{
	bool ok;

	if (reader->depth == NESTING_MAX)
		return fail(reader, "nested more than 1000 levels deep");
	reader->depth++;
	ok = peek(reader) == '[' ? read_array(reader, value) : read_object(reader, value);
	reader->depth--;
	return ok;
}

static bool read_value(struct reader *reader, struct json_value *value)
{
	*value = (struct json_value){ .kind = JSON_NULL };
	skip_blanks(reader);
	switch (peek(reader)) {
	case '{':
	case '[':
		return read_nested(reader, value);
	case '"':
		value->kind = JSON_STRING;
		return read_string(reader, &value->text);
	case 'n':
		return read_word(reader, SPAN("null"), JSON_NULL, value);
	case 't':
		return read_word(reader, SPAN("true"), JSON_TRUE, value);
	case 'f':
		return read_word(reader, SPAN("false"), JSON_FALSE, value);
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return read_number(reader, value);
	default:
		return fail(reader, "a value was expected");
	}
}

bool json_read(struct span text, struct arena *arena, struct json_value *value, struct err *err)
{
	struct reader reader = { .text = text, .arena = arena, .err = err };
	bool ok;

	buf_init(&reader.pending);
	buf_init(&reader.decoded);
	ok = read_value(&reader, value);
	if (ok) {
		skip_blanks(&reader);
		if (reader.at < text.size)
			ok = fail(&reader, "something stands behind the document");
	}
	buf_release(&reader.pending);
	buf_release(&reader.decoded);
	return ok;
}

const struct json_value *json_member(const struct json_value *object, const char *key)
{
	if (object->kind != JSON_OBJECT)
		return NULL;
	for (size_t i = 0; i < object->item_count; i++)
		if (span_equal_text(object->items[i].key, key))
			return &object->items[i];
	return NULL;
}
