/*
 * show.c: source rows as JSON for people: quarantine, try, trace.
 */
#include "engine/base/json.h"
#include "engine/derive/derive.h"

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

static void put_row(struct json_writer *json, const struct source *source, const struct cell *row)
{
	if (!row) {
		json_raw(json, SPAN("null"));
		return;
	}
	json_open(json, '{');
	for (int c = 0; c < source->column_count; c++) {
		json_key(json, source->columns[c]);
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
