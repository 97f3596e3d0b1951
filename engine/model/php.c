/*
 * php.c: a strict reader of PHP's serialization format.
 *
 * All input is hostile: no length or count is believed before what it counts is there, nothing is
 * allocated by a number the text names, and nesting is bounded.
 */
#include "engine/model/php.h"

#include <stdlib.h>

enum { LENGTH_DIGITS_MAX = 9, INTEGER_SIZE_MAX = 20 };

struct php_reader {
	struct span text;
	size_t at;
	int depth;
	struct arena *arena;
	struct buf pending; /* items of arrays that are still open */
	struct err *err;
};

static bool read_value(struct php_reader *reader, struct json_value *value);

static bool fail(struct php_reader *reader, const char *what)
{
	if (reader->at >= reader->text.size)
		return err_set(reader->err, ERR_DATA, "ends too early, at byte %zu", reader->at);
	return err_set(reader->err, ERR_DATA, "%s, at byte %zu", what, reader->at);
}

static int peek(const struct php_reader *reader)
{
	if (reader->at >= reader->text.size)
		return -1;
	return (unsigned char)reader->text.data[reader->at];
}

static bool accept(struct php_reader *reader, char c)
{
	if (peek(reader) != (unsigned char)c)
		return false;
	reader->at++;
	return true;
}

static bool expect(struct php_reader *reader, char c, const char *what)
{
	return accept(reader, c) || fail(reader, what);
}

static size_t skip_digits(struct php_reader *reader)
{
	size_t start = reader->at;

	while (peek(reader) >= '0' && peek(reader) <= '9')
		reader->at++;
	return reader->at - start;
}

static struct span since(const struct php_reader *reader, size_t start)
{
	return (struct span){ reader->text.data + start, reader->at - start };
}

/* A length or a count, and the ':' behind it. */
static bool read_length(struct php_reader *reader, size_t *length)
{
	size_t start = reader->at, size = skip_digits(reader);

	if (size == 0 || size > LENGTH_DIGITS_MAX)
		return fail(reader, "a length is missing or too large");
	*length = 0;
	for (size_t i = 0; i < size; i++)
		*length = *length * 10 + (size_t)(reader->text.data[start + i] - '0');
	return expect(reader, ':', "':' was expected");
}

/* ---- scalars: what stands between "x:" and ";" ---- */

static bool read_integer(struct php_reader *reader, struct span *digits)
{
	size_t start = reader->at, first, size;

	accept(reader, '-');
	first = reader->at;
	size = skip_digits(reader);
	*digits = since(reader, start);
	if (size == 0 || digits->size > INTEGER_SIZE_MAX)
		return fail(reader, "an integer was expected");
	if (reader->text.data[first] == '0' && digits->size > 1)
		return fail(reader, "an integer has a zero in front");
	return true;
}

static bool read_float(struct php_reader *reader, struct span *digits)
{
	size_t start = reader->at;

	accept(reader, '-');
	if (peek(reader) == 'I' || peek(reader) == 'N')
		return fail(reader, "a float that is no number (INF, NAN)");
	if (skip_digits(reader) == 0)
		return fail(reader, "a digit is missing");
	if (accept(reader, '.') && skip_digits(reader) == 0)
		return fail(reader, "a digit is missing behind the point");
	if (accept(reader, 'E') || accept(reader, 'e')) {
		if (!accept(reader, '+'))
			accept(reader, '-');
		if (skip_digits(reader) == 0)
			return fail(reader, "a digit is missing in the exponent");
	}
	*digits = since(reader, start);
	return true;
}

static bool read_string(struct php_reader *reader, struct span *bytes)
{
	size_t length = 0;

	if (!read_length(reader, &length) || !expect(reader, '"', "'\"' was expected"))
		return false;
	if (length > reader->text.size - reader->at)
		return fail(reader, "a string is shorter than its length says");
	*bytes = (struct span){ reader->text.data + reader->at, length };
	reader->at += length;
	return expect(reader, '"', "a string does not end where its length says");
}

static bool read_boolean(struct php_reader *reader, enum json_kind *kind)
{
	*kind = peek(reader) == '1' ? JSON_TRUE : JSON_FALSE;
	if (peek(reader) != '0' && peek(reader) != '1')
		return fail(reader, "a boolean is 0 or 1");
	reader->at++;
	return true;
}

/* ---- arrays ---- */

static int compare_keys(const void *a, const void *b)
{
	return span_compare(*(const struct span *)a, *(const struct span *)b);
}

static bool keys_are_unique(struct php_reader *reader, const struct json_value *array)
{
	struct span *keys = arena_alloc(reader->arena, (array->item_count + 1) * sizeof(*keys));

	for (size_t i = 0; i < array->item_count; i++)
		keys[i] = array->items[i].key;
	qsort(keys, array->item_count, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < array->item_count; i++)
		if (span_equal(keys[i - 1], keys[i]))
			return err_set(reader->err, ERR_DATA,
				       "a key stands twice in an array, before byte %zu",
				       reader->at);
	return true;
}

/* "12" for 12; what PHP writes has no zero in front. */
static bool is_number(struct span key, size_t number)
{
	char digits[24];
	size_t size = sizeof(digits);

	do {
		digits[--size] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	return span_equal(key, (struct span){ digits + size, sizeof(digits) - size });
}

static bool read_key(struct php_reader *reader, struct span *key, bool *is_integer)
{
	int kind = peek(reader);

	*is_integer = kind == 'i';
	if (kind != 'i' && kind != 's')
		return fail(reader, "a key was expected, an integer or a string");
	reader->at++;
	if (!expect(reader, ':', "':' was expected"))
		return false;
	if (!(*is_integer ? read_integer(reader, key) : read_string(reader, key)))
		return false;
	return expect(reader, ';', "';' was expected");
}

static bool read_items(struct php_reader *reader, size_t count, bool *is_list)
{
	*is_list = true;
	for (size_t i = 0; i < count; i++) {
		struct json_value item;
		struct span key;
		bool is_integer;

		if (!read_key(reader, &key, &is_integer) || !read_value(reader, &item))
			return false;
		*is_list = *is_list && is_integer && is_number(key, i);
		item.key = key;
		buf_put(&reader->pending, &item, sizeof(item));
	}
	return true;
}

static bool read_array(struct php_reader *reader, struct json_value *value)
{
	size_t mark = reader->pending.size, count = 0, size;
	bool is_list;

	if (reader->depth == PHP_DEPTH_MAX)
		return fail(reader, "nested more than 100 levels deep");
	reader->depth++;
	if (!read_length(reader, &count) || !expect(reader, '{', "'{' was expected") ||
	    !read_items(reader, count, &is_list) ||
	    !expect(reader, '}', "an array does not end where its count says"))
		return false;
	reader->depth--;
	size = reader->pending.size - mark;
	value->kind = is_list ? JSON_ARRAY : JSON_OBJECT;
	value->item_count = count;
	value->items = arena_alloc(reader->arena, size);
	if (size)
		memcpy(value->items, reader->pending.data + mark, size);
	reader->pending.size = mark;
	return is_list || keys_are_unique(reader, value);
}

/* ---- any value ---- */

static bool refuse(struct php_reader *reader, int kind)
{
	switch (kind) {
	case 'O':
	case 'C':
		return fail(reader, "an object, whose class is not known here");
	case 'E':
		return fail(reader, "an enumeration, whose cases are not known here");
	case 'R':
	case 'r':
		return fail(reader, "a reference to another value");
	default:
		return fail(reader, "a value was expected");
	}
}

static bool read_scalar(struct php_reader *reader, int kind, struct json_value *value)
{
	switch (kind) {
	case 'b':
		return read_boolean(reader, &value->kind);
	case 'i':
		value->kind = JSON_NUMBER;
		return read_integer(reader, &value->text);
	case 'd':
		value->kind = JSON_NUMBER;
		return read_float(reader, &value->text);
	default:
		value->kind = JSON_STRING;
		return read_string(reader, &value->text);
	}
}

static bool read_value(struct php_reader *reader, struct json_value *value)
{
	int kind = peek(reader);

	*value = (struct json_value){ .kind = JSON_NULL };
	if (kind < 0 || !strchr("Nbidsa", kind) || kind == 0)
		return refuse(reader, kind);
	reader->at++;
	if (kind == 'N')
		return expect(reader, ';', "';' was expected");
	if (!expect(reader, ':', "':' was expected"))
		return false;
	if (kind == 'a')
		return read_array(reader, value);
	return read_scalar(reader, kind, value) && expect(reader, ';', "';' was expected");
}

bool php_read(struct span text, struct arena *arena, struct json_value *value, struct err *err)
{
	struct php_reader reader = { .text = text, .arena = arena, .err = err };
	bool ok;

	buf_init(&reader.pending);
	ok = read_value(&reader, value);
	if (ok && reader.at < text.size)
		ok = fail(&reader, "something stands behind the value");
	buf_release(&reader.pending);
	return ok;
}
