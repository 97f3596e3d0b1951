/*
 * show.c: source rows as JSON for people: quarantine, try, trace.
 */
#include "engine/base/json.h"
#include "engine/derive/derive.h"
#include "engine/model/mask.h"

static void put_cell(struct json_writer *json, const struct cell *cell)
{
	static const char hex[] = "0123456789abcdef";

	switch ((enum cell_kind)cell->kind) {
	case CELL_NULL:
		json_raw(json, SPAN("null"));
		return;
	case CELL_TEXT:
		json_string(json, cell_span(cell));
		return;
	case CELL_BYTES: {
		struct buf text;

		buf_init(&text);
		buf_put_text(&text, "\\x");
		for (uint32_t i = 0; i < cell->size && i < CELL_KEPT_BYTES; i++) {
			buf_put_char(&text, hex[(unsigned char)cell->data[i] >> 4]);
			buf_put_char(&text, hex[(unsigned char)cell->data[i] & 15]);
		}
		json_string(json, buf_span(&text));
		buf_release(&text);
		return;
	}
	case CELL_CUT: {
		char digest[DIGEST_HEX_SIZE];

		json_open(json, '{');
		json_key(json, "bytes");
		json_int(json, cell->size);
		json_key(json, "digest");
		digest_to_hex(cell_cut_digest(cell), digest);
		json_text(json, digest);
		json_key(json, "first");
		json_string(json, cell_span(cell));
		json_close(json, '}');
		return;
	}
	}
}

static void put_masked_cell(struct json_writer *json, const struct cell *cell)
{
	struct buf mask;

	if (cell->kind == CELL_NULL) {
		json_raw(json, SPAN("null"));
		return;
	}
	buf_init(&mask);
	mask_put(&mask, cell_span(cell));
	json_string(json, buf_span(&mask));
	buf_release(&mask);
}

static void put_row(struct json_writer *json, const struct source *source, const struct cell *row)
{
	if (!row) {
		json_raw(json, SPAN("null"));
		return;
	}
	json_open(json, '{');
	for (int c = 0; c < source->column_count; c++) {
		json_key(json, source->columns[c]);
		if (source->masked && source->masked[c])
			put_masked_cell(json, &row[c]);
		else
			put_cell(json, &row[c]);
	}
	json_close(json, '}');
}

void source_cells_put_json(struct buf *buf, const struct source *source, const struct cell *row)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	put_row(&json, source, row);
}

/* Is there one row, or one for every row of a child list? */
static bool is_single(const struct source_set *sources, int index)
{
	const struct source *source = &sources->sources[index];

	if (source->kind == SOURCE_CHILDREN)
		return false;
	return source->kind == SOURCE_ROOT || is_single(sources, source->from_source);
}

void source_row_put_json(struct buf *buf, const struct source_set *sources,
			 const struct source_row *row)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	for (int s = 0; s < sources->source_count; s++) {
		bool single = is_single(sources, s);

		json_key(&json, sources->sources[s].name);
		if (!single)
			json_open(&json, '[');
		for (uint32_t r = 0; r < row->row_count[s]; r++)
			put_row(&json, &sources->sources[s], row->rows[s][r]);
		if (!single)
			json_close(&json, ']');
	}
	json_close(&json, '}');
}

/* ---- records ---- */

/* The value becomes the text that stands for it: for a text of its characters, else of its JSON. */
static void mask_value(struct json_value *value, struct arena *arena)
{
	struct buf json, mask;

	buf_init(&json);
	buf_init(&mask);
	json_put_value(&json, value);
	mask_put(&mask, value->kind == JSON_STRING ? value->text : buf_span(&json));
	*value = (struct json_value){ .kind = JSON_STRING,
				      .key = value->key,
				      .text = arena_copy(arena, buf_span(&mask)) };
	buf_release(&mask);
	buf_release(&json);
}

const struct field_info *field_find(const struct field_info *fields, int count, struct span name)
{
	for (int i = 0; i < count; i++)
		if (span_equal_text(name, fields[i].name))
			return &fields[i];
	return NULL;
}

/* An object's members, or those of each element of a list. */
static void mask_members(struct json_value *value, const struct field_info *fields, int count,
			 struct arena *arena)
{
	for (size_t i = 0; i < value->item_count; i++) {
		struct json_value *item = &value->items[i];
		const struct field_info *field = NULL;

		if (value->kind == JSON_ARRAY)
			mask_members(item, fields, count, arena);
		else
			field = field_find(fields, count, item->key);
		if (field && field->is_masked)
			mask_value(item, arena);
		else if (field)
			mask_members(item, field->members, field->member_count, arena);
	}
}

bool record_put_masked(struct buf *buf, const struct entity_info *entity, struct span body,
		       struct arena *arena, struct err *err)
{
	struct json_value record;

	if (!json_read(body, arena, &record, err))
		return false;
	mask_members(&record, entity->fields, entity->field_count, arena);
	json_put_value(buf, &record);
	return true;
}

bool record_read_masked(const struct entity_info *entity, struct span body, struct arena *arena,
			struct json_value *masked)
{
	struct err ignored = { ERR_NONE, "" };
	struct buf buf;
	bool ok;

	buf_init(&buf);
	ok = record_put_masked(&buf, entity, body, arena, &ignored) &&
	     json_read(arena_copy(arena, buf_span(&buf)), arena, masked, &ignored) &&
	     masked->kind == JSON_OBJECT;
	buf_release(&buf);
	return ok;
}

static bool is_field(const struct entity_info *entity, struct span name)
{
	for (int i = 0; i < entity->field_count; i++)
		if (span_equal_text(name, entity->fields[i].name))
			return true;
	return false;
}

struct span record_show_member(const struct entity_info *entity, const struct json_value *masked,
			       const struct json_value *value, struct arena *arena)
{
	struct buf json, hash;
	struct span shown;

	if (!value)
		return SPAN_NONE;
	buf_init(&json);
	buf_init(&hash);
	if (masked && is_field(entity, value->key)) {
		json_put_value(&json, masked);
	} else {
		json_put_value(&json, value);
		mask_put(&hash, buf_span(&json));
		buf_reset(&json);
		json_put_lossy(&json, buf_span(&hash));
	}
	shown = arena_copy(arena, buf_span(&json));
	buf_release(&hash);
	buf_release(&json);
	return shown;
}
