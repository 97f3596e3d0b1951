/*
 * cell_json.c: values of legacy as JSON that gives the same value again.
 */
#include "engine/model/cell_json.h"

#include "engine/model/base64.h"
#include "engine/model/utf8.h"

/* ---- out ---- */

static void put_base64(struct json_writer *json, const char *key, struct span bytes)
{
	struct buf text;

	buf_init(&text);
	base64_put(&text, bytes);
	json_key(json, key);
	json_string(json, buf_span(&text));
	buf_release(&text);
}

static void put_cut(struct json_writer *json, const struct cell *cell)
{
	char digest[DIGEST_HEX_SIZE];

	put_base64(json, "cut", cell_span(cell));
	json_key_int(json, "bytes", cell->size);
	digest_to_hex(cell_cut_digest(cell), digest);
	json_key_text(json, "digest", digest);
}

void cell_put_json(struct json_writer *json, const struct cell *cell)
{
	struct span bytes = cell_span(cell);

	if (cell->kind == CELL_NULL) {
		json_raw(json, SPAN("null"));
		return;
	}
	if (cell->kind == CELL_TEXT && utf8_first_bad(bytes) == bytes.size) {
		json_string(json, (struct span){ bytes.size ? bytes.data : "", bytes.size });
		return;
	}
	json_open(json, '{');
	if (cell->kind == CELL_CUT)
		put_cut(json, cell);
	else
		put_base64(json, cell->kind == CELL_TEXT ? "text" : "base64", bytes);
	json_close(json, '}');
}

/* ---- in ---- */

static void take_bytes(enum cell_kind kind, struct span bytes, struct arena *arena,
		       struct cell *cell)
{
	char *kept;

	if (bytes.size <= CELL_BYTES_MAX) {
		*cell = (struct cell){ bytes.data, (uint32_t)bytes.size, (uint8_t)kind };
		return;
	}
	kept = arena_alloc(arena, CELL_CUT_SIZE);
	cell_cut(bytes, kept);
	*cell = (struct cell){ kept, (uint32_t)bytes.size, CELL_CUT };
}

static bool decode(const struct json_value *text, struct arena *arena, struct span *bytes)
{
	return text->kind == JSON_STRING && base64_decode(arena, text->text, bytes);
}

/* As it is written: digits alone. */
static bool read_size(struct span text, uint32_t *size)
{
	uint64_t value = 0;

	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9' || value > UINT32_MAX)
			return false;
		value = value * 10 + (uint64_t)(text.data[i] - '0');
	}
	*size = (uint32_t)value;
	return text.size > 0 && value <= UINT32_MAX;
}

static bool take_cut(const struct json_value *value, struct arena *arena, struct cell *cell)
{
	const struct json_value *kept = json_member(value, "cut");
	const struct json_value *size = json_member(value, "bytes");
	const struct json_value *digest = json_member(value, "digest");
	struct digest of_all;
	struct span first;
	char *to;

	if (!kept || !size || !digest || size->kind != JSON_NUMBER || digest->kind != JSON_STRING ||
	    !decode(kept, arena, &first) || first.size != CELL_KEPT_BYTES ||
	    !read_size(size->text, &cell->size) || cell->size <= CELL_BYTES_MAX ||
	    !digest_from_hex(digest->text, &of_all))
		return false;
	to = arena_alloc(arena, CELL_CUT_SIZE);
	cell_put_cut(first, of_all, to);
	cell->data = to;
	cell->kind = CELL_CUT;
	return true;
}

static bool take_object(const struct json_value *value, struct arena *arena, struct cell *cell)
{
	struct span bytes;

	if (value->item_count == 3)
		return take_cut(value, arena, cell);
	if (value->item_count != 1 || !decode(&value->items[0], arena, &bytes))
		return false;
	if (span_equal_text(value->items[0].key, "base64"))
		take_bytes(CELL_BYTES, bytes, arena, cell);
	else if (span_equal_text(value->items[0].key, "text"))
		take_bytes(CELL_TEXT, bytes, arena, cell);
	else
		return false;
	return true;
}

bool cell_take_json(const struct json_value *value, struct arena *arena, struct cell *cell)
{
	switch (value->kind) {
	case JSON_NULL:
		*cell = (struct cell){ .kind = CELL_NULL };
		return true;
	case JSON_FALSE:
		take_bytes(CELL_TEXT, SPAN("false"), arena, cell);
		return true;
	case JSON_TRUE:
		take_bytes(CELL_TEXT, SPAN("true"), arena, cell);
		return true;
	case JSON_NUMBER:
	case JSON_STRING:
		take_bytes(CELL_TEXT, value->text, arena, cell);
		return true;
	case JSON_OBJECT:
		return take_object(value, arena, cell);
	case JSON_ARRAY:
		break;
	}
	return false;
}
