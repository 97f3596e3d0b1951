/*
 * canonical.c: RFC 8785 bytes, with the engine's profile.
 */
#include "engine/model/canonical.h"

#include <stdlib.h>

#include "engine/base/json.h"
#include "engine/model/decimal.h"

/* Longest integer within ±(2^53−1): sixteen digits. */
enum { INTEGER_DIGITS_MAX = 16, SHOWN_MAX = 60 };

/* UTF-16 puts U+E000..U+FFFF (lead bytes EE, EF) behind everything above U+FFFF (F0..F4), for those
 * are surrogates there. All else is in byte order. */
static int utf16_rank(unsigned char byte)
{
	return byte == 0xEE || byte == 0xEF ? byte + 0x100 : byte;
}

int canonical_compare_names(struct span a, struct span b)
{
	size_t shared = a.size < b.size ? a.size : b.size;

	for (size_t i = 0; i < shared; i++)
		if (a.data[i] != b.data[i])
			return utf16_rank((unsigned char)a.data[i]) -
			       utf16_rank((unsigned char)b.data[i]);
	return (a.size > b.size) - (a.size < b.size);
}

void canonical_put_string(struct buf *buf, struct span text)
{
	json_put_string(buf, text);
}

static int compare_members(const void *a, const void *b)
{
	return canonical_compare_names(((const struct json_value *)a)->key,
				       ((const struct json_value *)b)->key);
}

static bool refuse(struct span number, const char *why, struct err *err)
{
	size_t shown = number.size < SHOWN_MAX ? number.size : SHOWN_MAX;

	return err_set(err, ERR_DATA, "the number %.*s%s %s", (int)shown, number.data,
		       shown < number.size ? "…" : "", why);
}

/* The reader vouches for the grammar: '-', then digits without a leading zero. */
static bool put_integer(struct span text, struct buf *out, struct err *err)
{
	bool negative = text.data[0] == '-';
	struct span digits = { text.data + negative, text.size - negative };
	int64_t value = 0;

	for (size_t i = 0; i < digits.size; i++)
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return refuse(text, "has a fraction or an exponent", err);
	if (digits.size > INTEGER_DIGITS_MAX)
		return refuse(text, "is beyond ±(2^53−1)", err);
	for (size_t i = 0; i < digits.size; i++)
		value = value * 10 + (digits.data[i] - '0');
	if (value > CANONICAL_INTEGER_MAX)
		return refuse(text, "is beyond ±(2^53−1)", err);
	buf_put_int(out, negative ? -value : value);
	return true;
}

/* 1.0 and 1e2 are integers by their value, and RFC 8785 writes them as such. */
static bool put_number(struct span text, struct buf *out, struct err *err)
{
	struct decimal number, whole;

	if (!decimal_parse(text, &number) || !decimal_rescale(number, 0, DECIMAL_EXACT, &whole))
		return refuse(text, "is no integer, and a record holds no fractions as numbers",
			      err);
	if (whole.coefficient > CANONICAL_INTEGER_MAX || whole.coefficient < -CANONICAL_INTEGER_MAX)
		return refuse(text, "is beyond ±(2^53−1)", err);
	buf_put_int(out, (int64_t)whole.coefficient);
	return true;
}

typedef bool number_writer(struct span text, struct buf *out, struct err *err);

static bool put_value(const struct json_value *value, number_writer *write_number, struct buf *out,
		      struct err *err);

static bool put_items(const struct json_value *value, number_writer *write_number, struct buf *out,
		      struct err *err)
{
	bool is_object = value->kind == JSON_OBJECT;

	if (is_object)
		qsort(value->items, value->item_count, sizeof(*value->items), compare_members);
	buf_put_char(out, is_object ? '{' : '[');
	for (size_t i = 0; i < value->item_count; i++) {
		if (i)
			buf_put_char(out, ',');
		if (is_object) {
			json_put_string(out, value->items[i].key);
			buf_put_char(out, ':');
		}
		if (!put_value(&value->items[i], write_number, out, err))
			return false;
	}
	buf_put_char(out, is_object ? '}' : ']');
	return true;
}

static bool put_value(const struct json_value *value, number_writer *write_number, struct buf *out,
		      struct err *err)
{
	if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
		return put_items(value, write_number, out, err);
	if (value->kind == JSON_NUMBER)
		return write_number(value->text, out, err);
	json_put_value(out, value);
	return true;
}

bool canonical_rewrite(struct span json, struct arena *scratch, struct buf *out, struct err *err)
{
	struct json_value value;

	return json_read(json, scratch, &value, err) && put_value(&value, put_integer, out, err);
}

bool canonical_put_value(const struct json_value *value, struct buf *out, struct err *err)
{
	return put_value(value, put_number, out, err);
}
