/*
 * segment.c: seals and lines of cold segments as anybody may have written them: read as what they say, or refused.
 *
 * An input that begins with { is a line, any other a seal behind its first byte, but for the
 * hash that it ends with.
 */
#include "drivers/segment/reader_internal.h"
#include "engine/derive/join.h"
#include "engine/derive/source_line.h"
#include "tests/fuzz/fuzz.h"

/* What the lines are lines of: children of two levels, references from both, a column of each kind. */
static const char archived[] =
    "[{\"name\":\"root\",\"kind\":\"root\",\"table\":\"t\",\"query\":null,\"keyless\":false,"
    "\"columns\":[\"id\",\"film\",\"name\"],\"key\":[\"id\"],"
    "\"described\":{\"columns\":[],\"uniques\":[],\"tables\":[],\"views\":[]}},"
    "{\"name\":\"kids\",\"kind\":\"children\",\"table\":\"k\",\"query\":null,\"keyless\":false,"
    "\"columns\":[\"t_id\",\"no\",\"film\"],\"key\":[\"no\"],\"of\":\"root\",\"parent\":[\"t_id\"],"
    "\"of_columns\":[\"id\"],\"root_columns\":null,"
    "\"described\":{\"columns\":[],\"uniques\":[],\"tables\":[],\"views\":[]}},"
    "{\"name\":\"notes\",\"kind\":\"children\",\"table\":\"n\",\"query\":null,\"keyless\":false,"
    "\"columns\":[\"k_no\",\"at\"],\"key\":[\"at\"],\"of\":\"kids\",\"parent\":[\"k_no\"],"
    "\"of_columns\":[\"no\"],\"root_columns\":null,"
    "\"described\":{\"columns\":[],\"uniques\":[],\"tables\":[],\"views\":[]}},"
    "{\"name\":\"film\",\"kind\":\"reference\",\"table\":\"f\",\"query\":null,\"keyless\":false,"
    "\"columns\":[\"f_id\",\"title\"],\"key\":[\"f_id\"],\"from\":\"kids\",\"from_columns\":["
    "\"film\"],"
    "\"described\":{\"columns\":[],\"uniques\":[],\"tables\":[],\"views\":[]}}]";

static struct arena kept;
static struct entity_segments entity = { .name = "job" };
static struct segment_store store = { .folder = "folder", .entities = &entity, .entity_count = 1 };
static struct segment sealed = { .entity = "job" };
static struct reader reader;

static void begin(void)
{
	struct err err = { 0 };

	if (entity.count)
		return;
	arena_init(&kept);
	arena_init(&reader.kept);
	arena_init(&reader.scratch);
	buf_init(&reader.text);
	law(sources_read(span_of(archived), &kept, &entity.set, &entity.tables, &err), "%s",
	    err.text);
	entity.segments = &sealed;
	entity.count = 1;
	reader.set = &entity.set;
	law(match_sources(&store, &entity.set, &reader, &err), "%s", err.text);
}

/* ---- lines ---- */

static bool read_line(struct span line, struct arena *arena, struct joined *joined)
{
	struct err err = { 0 };
	struct batch batch;
	bool ok;

	seen_reset(&reader.references);
	seen_reset(&reader.reference_rows);
	arena_reset(&reader.scratch);
	batch_init(&batch, arena, &entity.set);
	ok = rows_add_line(&reader, line, &batch, &err);
	law(ok || err.code == ERR_DATA, "%d: %s", (int)err.code, err.text);
	if (ok)
		join_batch(&batch, joined);
	return ok;
}

/* One row with all its children: what is written of it is read as the same. */
static void check_line(struct span line, struct arena *arena)
{
	struct joined joined, again;
	struct buf buf;

	if (!read_line(line, arena, &joined) || joined.row_count != 1 || joined.orphan_count)
		return;
	buf_init(&buf);
	source_line_put(&buf, "job", &joined, 0, true);
	law(read_line(buf_span(&buf), arena, &again), "%.*s", SPAN_ARGS(buf_span(&buf)));
	law(again.row_count == 1 && digest_equal(again.rows[0].digest, joined.rows[0].digest),
	    "%.*s", SPAN_ARGS(buf_span(&buf)));
	buf_release(&buf);
}

/* ---- seals ---- */

/* With the hash that a seal ends with, so that what it holds is looked at. */
static void put_hash(struct buf *buf, struct span head)
{
	char hash[SHA256_HEX_SIZE];

	sha256_hex(head, hash);
	buf_put_span(buf, head);
	buf_print(buf, ",\"sha256\":\"%s\"}\n", hash);
}

static void check_seal(struct span text, struct arena *arena)
{
	struct segment segment = { .number = 0 }, again = { .number = 0 };
	const struct table_info *tables;
	struct source_set set;
	struct err err = { 0 };
	struct buf buf;

	if (!seal_read(text, arena, &segment, &err)) {
		law(err.code == ERR_DATA, "%d: %s", (int)err.code, err.text);
		return;
	}
	buf_init(&buf);
	seal_put(&buf, &segment);
	law(seal_read(buf_span(&buf), arena, &again, &err), "%s", err.text);
	law(again.lines == segment.lines && again.frame_count == segment.frame_count &&
		span_equal(again.sources, segment.sources),
	    "%.*s", SPAN_ARGS(buf_span(&buf)));
	buf_release(&buf);
	if (!sources_read(segment.sources, arena, &set, &tables, &err)) {
		law(err.code == ERR_DATA, "%d: %s", (int)err.code, err.text);
		return;
	}
	buf_init(&buf);
	sources_put(&buf, &set, tables);
	law(sources_read(buf_span(&buf), arena, &set, &tables, &err), "%s", err.text);
	buf_release(&buf);
}

static void check_hashed(struct span head, struct arena *arena)
{
	struct buf buf;

	buf_init(&buf);
	put_hash(&buf, head);
	check_seal(buf_span(&buf), arena);
	buf_release(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = { (const char *)data, size };
	struct arena arena;

	begin();
	arena_init(&arena);
	if (size > 0 && data[0] == '{')
		check_line(input, &arena);
	else if (size > 0)
		check_hashed((struct span){ input.data + 1, size - 1 }, &arena);
	arena_release(&arena);
	return 0;
}
