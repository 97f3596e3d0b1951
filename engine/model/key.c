/*
 * key.c: keys as JSON arrays of texts, written once a row and read back by drivers.
 */
#include "engine/model/key.h"

#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/model/utf8.h"

/* As a JSON string: "\\xdead". A value that was cut is told from a whole one by its size. */
static void put_bytes(struct buf *buf, const struct cell *cell)
{
	struct span bytes = cell_span(cell);

	buf_put(buf, "\"\\\\x", 4);
	for (size_t i = 0; i < bytes.size; i++) {
		unsigned char byte = (unsigned char)bytes.data[i];
		char hex[2] = { "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15] };

		buf_put(buf, hex, 2);
	}
	if (cell->kind == CELL_CUT) {
		buf_put_char(buf, '/');
		buf_put_int(buf, cell->size);
	}
	buf_put_char(buf, '"');
}

void key_put_part(struct buf *buf, const struct cell *cell)
{
	struct span text = cell_span(cell);

	require(cell->kind != CELL_NULL);
	if (cell->kind == CELL_TEXT && utf8_first_bad(text) == text.size)
		json_put_string(buf, text);
	else
		put_bytes(buf, cell);
}

void key_put(struct buf *buf, const struct cell *row, const int *columns, int column_count)
{
	require(column_count > 0);
	require(column_count <= KEY_PARTS_MAX);
	for (int i = 0; i < column_count; i++) {
		buf_put_char(buf, i ? ',' : '[');
		key_put_part(buf, &row[columns[i]]);
	}
	buf_put_char(buf, ']');
}

bool key_parts(struct span key, int part_count, struct arena *arena,
	       struct span parts[KEY_PARTS_MAX], struct err *err)
{
	struct json_value array;

	require(part_count > 0);
	require(part_count <= KEY_PARTS_MAX);
	if (!json_read(key, arena, &array, err))
		return err_while(err, "reading a key");
	if (array.kind != JSON_ARRAY || array.item_count != (size_t)part_count)
		return err_set(err, ERR_DATA, "a key is not an array of %d texts", part_count);
	for (int i = 0; i < part_count; i++) {
		if (array.items[i].kind != JSON_STRING)
			return err_set(err, ERR_DATA, "part %d of a key is not a text", i + 1);
		parts[i] = array.items[i].text;
	}
	return true;
}

/* ---- parts back to what they stand for ---- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct span key_part_bytes(struct span part, struct arena *arena)
{
	char *bytes;

	if (part.size < 2 || part.size % 2 != 0 || memcmp(part.data, "\\x", 2) != 0)
		return SPAN_NONE;
	bytes = arena_alloc(arena, part.size);
	for (size_t i = 2; i < part.size; i += 2) {
		int high = hex_digit(part.data[i]), low = hex_digit(part.data[i + 1]);

		if (high < 0 || low < 0)
			return SPAN_NONE;
		bytes[i / 2 - 1] = (char)(high * 16 + low);
	}
	return (struct span){ bytes, part.size / 2 - 1 };
}

/* Text that is UTF-8 is written as it is, so hex stands only for what is not. */
struct span key_part_text(struct span part, struct arena *arena)
{
	struct span bytes = key_part_bytes(part, arena);

	return bytes.data && utf8_first_bad(bytes) != bytes.size ? bytes : part;
}

bool key_text_is_ambiguous(struct span text, struct arena *arena)
{
	return text.size >= 4 && memcmp(text.data, "\\x", 2) == 0 &&
	       key_part_text(text, arena).data != text.data;
}
