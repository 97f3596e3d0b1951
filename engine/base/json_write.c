/*
 * json_write.c: JSON text straight into a buffer.
 *
 * Strings are on the hot path of every record: they are scanned eight bytes at a time for what
 * needs an escape, and copied in runs.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/base/utf8_step.h"
#include "engine/base/word.h"

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

static inline bool needs_escape(unsigned char c)
{
	return c < 0x20 || c == '"' || c == '\\';
}

/* The high bit of a byte is set where one needs an escape. Not exact about which byte it is (a borrow may reach its
 * neighbour), only whether there is one. */
static inline uint64_t escapes_in(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE('"'), backslash = word ^ EACH_BYTE('\\');

	return ((word - EACH_BYTE(0x20)) & ~word) | ((quote - EACH_BYTE(1)) & ~quote) |
	       ((backslash - EACH_BYTE(1)) & ~backslash);
}

static inline bool word_needs_escape(uint64_t word)
{
	return (escapes_in(word) & EACH_BYTE(0x80)) != 0;
}

/* Bytes from `at` on that can be copied as they are. */
static size_t plain_run(struct span text, size_t at)
{
	size_t end = at;

	while (text.size - end >= sizeof(uint64_t) && !word_needs_escape(word_at(text.data + end)))
		end += sizeof(uint64_t);
	if (end < text.size && text.size - end < sizeof(uint64_t) &&
	    !word_needs_escape(word_of_few(text.data + end, text.size - end)))
		return text.size - at;
	while (end < text.size && !needs_escape((unsigned char)text.data[end]))
		end++;
	return end - at;
}

static void put_escape(struct buf *buf, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[] = "btn?fr"; /* of 0x08 to 0x0d */
	char escape[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

	if (c == '"' || c == '\\')
		escape[1] = (char)c;
	else if (c >= 0x08 && c <= 0x0D && c != 0x0B)
		escape[1] = letters[c - 0x08];
	buf_put(buf, escape, escape[1] == 'u' ? 6 : 2);
}

/* The quoted text; as a rule it has nothing to escape and is one copy. */
void json_put_string(struct buf *buf, struct span text)
{
	size_t run = plain_run(text, 0), at = run;
	char *to;

	buf_reserve(buf, text.size + 2);
	to = buf->data + buf->size;
	*to++ = '"';
	if (run)
		memcpy(to, text.data, run);
	buf->size += run + 1;
	while (at < text.size) {
		put_escape(buf, (unsigned char)text.data[at++]);
		run = plain_run(text, at);
		buf_put(buf, text.data + at, run);
		at += run;
	}
	buf_put_char(buf, '"');
}

/* All ASCII, and nothing to escape. */
static inline bool is_plain(struct span text)
{
	uint64_t found = 0;
	size_t at = 0;

	for (; text.size - at >= sizeof(uint64_t); at += sizeof(uint64_t)) {
		uint64_t word = word_at(text.data + at);

		found |= word | escapes_in(word);
	}
	if (at < text.size) {
		uint64_t word = word_of_few(text.data + at, text.size - at);

		found |= word | escapes_in(word);
	}
	return (found & EACH_BYTE(0x80)) == 0;
}

bool json_put_plain(struct buf *buf, struct span text)
{
	char *to;

	if (!is_plain(text))
		return false;
	buf_reserve(buf, text.size + 2);
	to = buf->data + buf->size;
	to[0] = '"';
	if (text.size)
		memcpy(to + 1, text.data, text.size);
	to[text.size + 1] = '"';
	to[text.size + 2] = '\0';
	buf->size += text.size + 2;
	return true;
}

/* Stores refuse U+0000 in JSON, and a message does not need it. */
void json_put_lossy(struct buf *buf, struct span bytes)
{
	buf_put_char(buf, '"');
	for (size_t at = 0; at < bytes.size;) {
		size_t size = utf8_step(bytes.data + at, bytes.size - at);
		unsigned char c = (unsigned char)bytes.data[at];

		if (size == 0 || c == 0)
			buf_put(buf, "\xEF\xBF\xBD", 3);
		else if (size == 1 && needs_escape(c))
			put_escape(buf, c);
		else
			buf_put(buf, bytes.data + at, size);
		at += size ? size : 1;
	}
	buf_put_char(buf, '"');
}

static void put_items(struct buf *buf, const struct json_value *value)
{
	bool is_object = value->kind == JSON_OBJECT;

	buf_put_char(buf, is_object ? '{' : '[');
	for (size_t i = 0; i < value->item_count; i++) {
		if (i)
			buf_put_char(buf, ',');
		if (is_object) {
			json_put_string(buf, value->items[i].key);
			buf_put_char(buf, ':');
		}
		json_put_value(buf, &value->items[i]);
	}
	buf_put_char(buf, is_object ? '}' : ']');
}

void json_put_value(struct buf *buf, const struct json_value *value)
{
	switch (value->kind) {
	case JSON_NULL:
		buf_put(buf, "null", 4);
		break;
	case JSON_FALSE:
		buf_put(buf, "false", 5);
		break;
	case JSON_TRUE:
		buf_put(buf, "true", 4);
		break;
	case JSON_NUMBER:
		buf_put_span(buf, value->text);
		break;
	case JSON_STRING:
		json_put_string(buf, value->text);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		put_items(buf, value);
		break;
	}
}

void json_writer_init(struct json_writer *writer, struct buf *buf)
{
	*writer = (struct json_writer){ .buf = buf };
}

static void before_item(struct json_writer *writer)
{
	if (writer->after_key) {
		writer->after_key = false;
		return;
	}
	if (writer->depth == 0)
		return;
	if (writer->has_item[writer->depth])
		buf_put_char(writer->buf, ',');
	writer->has_item[writer->depth] = true;
}

void json_open(struct json_writer *writer, char bracket)
{
	require(bracket == '{' || bracket == '[');
	require(writer->depth + 1 < JSON_DEPTH_MAX);
	before_item(writer);
	buf_put_char(writer->buf, bracket);
	writer->depth++;
	writer->has_item[writer->depth] = false;
}

void json_close(struct json_writer *writer, char bracket)
{
	require(bracket == '}' || bracket == ']');
	require(writer->depth > 0);
	require(!writer->after_key);
	buf_put_char(writer->buf, bracket);
	writer->depth--;
}

void json_key(struct json_writer *writer, const char *key)
{
	require(writer->depth > 0);
	require(!writer->after_key);
	before_item(writer);
	json_put_string(writer->buf, span_of(key));
	buf_put_char(writer->buf, ':');
	writer->after_key = true;
}

void json_string(struct json_writer *writer, struct span text)
{
	before_item(writer);
	if (text.data)
		json_put_lossy(writer->buf, text);
	else
		buf_put_text(writer->buf, "null");
}

void json_text(struct json_writer *writer, const char *text)
{
	json_string(writer, span_of(text));
}

void json_int(struct json_writer *writer, int64_t value)
{
	before_item(writer);
	buf_put_int(writer->buf, value);
}

void json_key_string(struct json_writer *writer, const char *key, struct span text)
{
	json_key(writer, key);
	json_string(writer, text);
}

void json_key_text(struct json_writer *writer, const char *key, const char *text)
{
	json_key(writer, key);
	json_text(writer, text);
}

void json_key_int(struct json_writer *writer, const char *key, int64_t value)
{
	json_key(writer, key);
	json_int(writer, value);
}

/* The shortest of 15 to 17 digits that reads back as the same number. A library may have set a
 * locale with another decimal sign: whatever stands for it becomes a point. */
void json_number(struct json_writer *writer, double value)
{
	char text[40];

	before_item(writer);
	if (!isfinite(value)) {
		buf_put_text(writer->buf, "null");
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			break;
	}
	for (const char *c = text; *c;) {
		size_t run = strspn(c, "0123456789+-e");

		buf_put(writer->buf, c, run);
		c += run;
		if (*c)
			buf_put_char(writer->buf, '.');
		c += strcspn(c, "0123456789+-e");
	}
}

void json_bool(struct json_writer *writer, bool value)
{
	before_item(writer);
	buf_put_text(writer->buf, value ? "true" : "false");
}

void json_raw(struct json_writer *writer, struct span json)
{
	before_item(writer);
	buf_put_span(writer->buf, json);
}
