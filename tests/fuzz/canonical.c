/*
 * canonical.c: any value, written canonically, reads back as the same value and has one way to be written.
 *
 * The input is a recipe for a tree. Names are compared as UTF-16, which RFC 8785 orders them by, in a second way.
 */
#include "engine/model/canonical.h"

#include <stdlib.h>

#include "engine/model/digest.h"
#include "tests/fuzz/fuzz.h"

enum { DEPTH_MAX = 40, ITEMS_MAX = 40, CHARACTERS_MAX = 40, NUMBER_SIZE_MAX = 50 };

struct recipe {
	struct fuzz_input input;
	struct arena arena;
	struct buf buf;
	bool has_other; /* a number that a record cannot hold */
};

/* ---- the tree ---- */

static struct span make_text(struct recipe *recipe)
{
	size_t count = fuzz_below(&recipe->input, CHARACTERS_MAX);

	buf_reset(&recipe->buf);
	for (size_t i = 0; i < count; i++)
		fuzz_put_character(&recipe->buf, &recipe->input);
	return arena_copy(&recipe->arena, buf_span(&recipe->buf));
}

static struct span print_number(struct recipe *recipe)
{
	static const char *const forms[] = { "%lld",      "%lld.0",  "%llde0",
					     "%lld00E-2", "%lld.50", "%llde1" };
	size_t form = fuzz_below(&recipe->input, sizeof(forms) / sizeof(forms[0]));
	/* As many bits as the next byte says, so that small ones are as likely as large ones. */
	long long number =
	    (long long)(fuzz_number(&recipe->input) >> fuzz_below(&recipe->input, 64));
	long long value;

	if (__builtin_mul_overflow(number, form == 5 ? 10 : 1, &value) || form == 4 ||
	    value > CANONICAL_INTEGER_MAX || value < -CANONICAL_INTEGER_MAX)
		recipe->has_other = true;
	buf_reset(&recipe->buf);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	buf_print(&recipe->buf, forms[form], number);
#pragma GCC diagnostic pop
	return arena_copy(&recipe->arena, buf_span(&recipe->buf));
}

static void make(struct recipe *recipe, int depth, struct json_value *value);

static bool has_name(const struct json_value *object, struct span name)
{
	for (size_t i = 0; i < object->item_count; i++)
		if (span_equal(object->items[i].key, name))
			return true;
	return false;
}

static void make_items(struct recipe *recipe, int depth, struct json_value *value)
{
	size_t count = fuzz_below(&recipe->input, depth < DEPTH_MAX ? ITEMS_MAX : 1);

	value->items = arena_zalloc(&recipe->arena, (count + 1) * sizeof(*value->items));
	for (size_t i = 0; i < count && recipe->input.at < recipe->input.end; i++) {
		struct json_value *item = &value->items[value->item_count];
		bool had_other = recipe->has_other;
		struct span name = SPAN_NONE;

		if (value->kind == JSON_OBJECT)
			name = make_text(recipe);
		make(recipe, depth + 1, item);
		item->key = name;
		if (value->kind == JSON_OBJECT && has_name(value, name))
			recipe->has_other = had_other;
		else
			value->item_count++;
	}
}

static void make(struct recipe *recipe, int depth, struct json_value *value)
{
	*value = (struct json_value){ .kind = (enum json_kind)fuzz_below(&recipe->input, 7) };
	if (value->kind == JSON_NUMBER)
		value->text = print_number(recipe);
	else if (value->kind == JSON_STRING)
		value->text = make_text(recipe);
	else if (value->kind == JSON_ARRAY || value->kind == JSON_OBJECT)
		make_items(recipe, depth, value);
}

/* Writing sorts the tree; this one stays as it was made. */
static struct json_value copy_of(struct arena *arena, const struct json_value *value)
{
	struct json_value copy = *value;

	copy.items = arena_zalloc(arena, (value->item_count + 1) * sizeof(*copy.items));
	for (size_t i = 0; i < value->item_count; i++)
		copy.items[i] = copy_of(arena, &value->items[i]);
	return copy;
}

/* ---- what is known of canonical bytes ---- */

/* The text in UTF-16; room for one unit a byte. */
static size_t to_utf16(struct span text, uint16_t *units)
{
	size_t count = 0;

	for (size_t i = 0; i < text.size;) {
		unsigned char lead = (unsigned char)text.data[i];
		size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
		uint32_t point = size == 1 ? lead : lead & (0x7FU >> size);

		for (size_t k = 1; k < size; k++)
			point = point * 64 + ((unsigned char)text.data[i + k] & 63U);
		if (point >= 0x10000) {
			units[count++] = (uint16_t)(0xD800 + (point - 0x10000) / 1024);
			units[count++] = (uint16_t)(0xDC00 + point % 1024);
		} else {
			units[count++] = (uint16_t)point;
		}
		i += size;
	}
	return count;
}

static bool is_before(struct span a, struct span b)
{
	uint16_t a_units[CHARACTERS_MAX * 4], b_units[CHARACTERS_MAX * 4];
	size_t a_count = to_utf16(a, a_units), b_count = to_utf16(b, b_units), i = 0;

	while (i < a_count && i < b_count && a_units[i] == b_units[i])
		i++;
	if (i == a_count || i == b_count)
		return a_count < b_count;
	return a_units[i] < b_units[i];
}

static void check_order(const struct json_value *value)
{
	for (size_t i = 0; i < value->item_count; i++) {
		if (value->kind == JSON_OBJECT && i > 0)
			law(is_before(value->items[i - 1].key, value->items[i].key), "%.*s, %.*s",
			    SPAN_ARGS(value->items[i - 1].key), SPAN_ARGS(value->items[i].key));
		check_order(&value->items[i]);
	}
}

/* Nothing is escaped that need not be, and in the shortest way; between the values stands nothing. */
static void check_bytes(struct span text)
{
	bool is_inside = false;

	for (size_t i = 0; i < text.size; i++) {
		unsigned char c = (unsigned char)text.data[i];

		law(c >= 0x20, "byte %u at %zu", c, i);
		law(is_inside || c != ' ', "a blank at %zu", i);
		if (is_inside && c == '\\') {
			char digits[5] = "";
			unsigned long code;

			i++;
			if (strchr("bfnrt\"\\", text.data[i]))
				continue;
			law(i + 4 < text.size && text.data[i] == 'u', "an escape at %zu", i);
			memcpy(digits, text.data + i + 1, 4);
			code = strtoul(digits, NULL, 16);
			law(code < 0x20 && (code == 0 || !strchr("\b\f\n\r\t", (int)code)),
			    "U+%04lX at %zu", code, i);
			i += 4;
		} else if (c == '"') {
			is_inside = !is_inside;
		}
	}
	law(!is_inside, "a string without an end");
	law(fuzz_first_bad(text) == text.size, "no UTF-8 at %zu", fuzz_first_bad(text));
}

static void check_again(struct span text, struct arena *arena)
{
	struct err err = { 0 };
	struct json_value again;
	struct buf buf;

	buf_init(&buf);
	law(canonical_rewrite(text, arena, &buf, &err), "%s", err.text);
	law(span_equal(buf_span(&buf), text), "%.*s, then %.*s", SPAN_ARGS(text),
	    SPAN_ARGS(buf_span(&buf)));
	buf_reset(&buf);
	law(json_read(text, arena, &again, &err), "%s", err.text);
	law(canonical_put_value(&again, &buf, &err), "%s", err.text);
	law(span_equal(buf_span(&buf), text), "%.*s, then %.*s", SPAN_ARGS(text),
	    SPAN_ARGS(buf_span(&buf)));
	buf_release(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recipe recipe = { .input = fuzz_input(data, size) };
	struct json_value value, made, read;
	struct err err = { 0 };
	struct span text;
	struct buf out;
	bool written;

	arena_init(&recipe.arena);
	buf_init(&recipe.buf);
	buf_init(&out);
	make(&recipe, 0, &value);
	made = copy_of(&recipe.arena, &value);
	written = canonical_put_value(&value, &out, &err);
	law(written == !recipe.has_other, "%s", written ? "a number was written" : err.text);
	law(written || err.code == ERR_DATA, "%d: %s", (int)err.code, err.text);
	if (written) {
		text = fuzz_exact(buf_span(&out));
		law(json_read(text, &recipe.arena, &read, &err), "%s", err.text);
		law(fuzz_same_json(&made, &read), "%.*s", SPAN_ARGS(text));
		check_order(&read);
		check_bytes(text);
		check_again(text, &recipe.arena);
		fuzz_free(text);
	}
	buf_release(&out);
	buf_release(&recipe.buf);
	arena_release(&recipe.arena);
	return 0;
}
