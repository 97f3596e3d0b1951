/*
 * seal.c: what is said of a segment once nothing of it will ever change.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drivers/segment/segment_internal.h"
#include "engine/base/json.h"

#define FORMAT "engine segment 1"

/* Of what stands in front of it: no seal behind the last one names its hash. */
#define HASH_FORMAT ",\"sha256\":\"%s\"}\n"
enum { HASH_SIZE = sizeof(HASH_FORMAT) - 3 + SHA256_HEX_SIZE - 1 };

/* What no program of JSON rounds. */
#define NUMBER_MAX ((INT64_C(1) << 53) - 1)

const char no_seal[SHA256_HEX_SIZE] =
    "0000000000000000000000000000000000000000000000000000000000000000";

const char *segment_name(const char *entity, int64_t number, struct arena *arena)
{
	char *name =
	    arena_text(arena, arena_print(arena, "%s-%06lld", entity, (long long)number).data);

	/* Names of entities have no dot in them. */
	for (char *at = name; *at; at++)
		if (*at == '/')
			*at = '.';
	return name;
}

const char *segment_path(const struct segment *segment, const char *suffix, struct arena *arena)
{
	return arena_print(arena, "%s%s", segment->stem, suffix).data;
}

/* ---- written ---- */

static void put_file(struct json_writer *json, const char *name, int64_t bytes, const char *hash)
{
	json_key(json, name);
	json_open(json, '{');
	json_key_int(json, "bytes", bytes);
	json_key_text(json, "sha256", hash);
	json_close(json, '}');
}

static void put_key(struct json_writer *json, const char *name, struct span key)
{
	json_key(json, name);
	json_raw(json, key.data ? key : SPAN("null"));
}

static void put_frames(struct json_writer *json, const struct segment *segment)
{
	json_key(json, "frames");
	json_open(json, '[');
	for (size_t i = 0; i < segment->frame_count; i++) {
		json_open(json, '[');
		json_int(json, segment->frames[i].packed);
		json_int(json, segment->frames[i].raw);
		json_int(json, segment->frames[i].lines);
		json_close(json, ']');
	}
	json_close(json, ']');
}

void seal_put(struct buf *buf, const struct segment *segment)
{
	size_t start = buf->size;
	struct json_writer json;
	char hash[SHA256_HEX_SIZE];

	json_writer_init(&json, buf);
	json_open(&json, '{');
	json_key_text(&json, "format", FORMAT);
	json_key_text(&json, "entity", segment->entity);
	json_key_int(&json, "number", segment->number);
	json_key_text(&json, "previous", segment->previous);
	put_key(&json, "lower", segment->lower);
	put_key(&json, "upper", segment->upper);
	json_key_int(&json, "lines", segment->lines);
	json_key_int(&json, "rows", segment->rows);
	json_key_int(&json, "orphans", segment->orphans);
	json_key_int(&json, "cut", segment->cut);
	json_key_int(&json, "bytes", segment->bytes);
	json_key_text(&json, "root", segment->lines_root);
	put_file(&json, "data", segment->packed_bytes, segment->data_hash);
	put_file(&json, "index", segment->index_bytes, segment->index_hash);
	json_key_text(&json, "origin", segment->origin);
	json_key(&json, "about");
	json_raw(&json, segment->about);
	json_key(&json, "sources");
	json_raw(&json, segment->sources);
	put_frames(&json, segment);
	sha256_hex((struct span){ buf->data + start, buf->size - start }, hash);
	json_key_text(&json, "sha256", hash);
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}

/* ---- read ---- */

struct sealed {
	const struct json_value *object;
	struct arena *arena;
	struct err *err;
};

static bool refuse(const struct sealed *sealed, const char *name)
{
	return err_set(sealed->err, ERR_DATA, "\"%s\" is not as a seal has it", name);
}

static bool number_of(const struct json_value *value, int64_t *number)
{
	char text[24], *end;

	if (!value || value->kind != JSON_NUMBER || value->text.size >= sizeof(text))
		return false;
	memcpy(text, value->text.data, value->text.size);
	text[value->text.size] = '\0';
	*number = strtoll(text, &end, 10);
	return *end == '\0' && *number >= 0 && *number <= NUMBER_MAX;
}

static bool read_number(const struct sealed *sealed, const char *name, int64_t *number)
{
	return number_of(json_member(sealed->object, name), number) || refuse(sealed, name);
}

static bool is_hash(const struct json_value *value)
{
	if (!value || value->kind != JSON_STRING || value->text.size != SHA256_HEX_SIZE - 1)
		return false;
	for (size_t i = 0; i < value->text.size; i++)
		if (!memchr("0123456789abcdef", value->text.data[i], 16))
			return false;
	return true;
}

static bool take_hash(const struct sealed *sealed, const struct json_value *value, const char *name,
		      char hash[SHA256_HEX_SIZE])
{
	if (!is_hash(value))
		return refuse(sealed, name);
	memcpy(hash, value->text.data, SHA256_HEX_SIZE - 1);
	hash[SHA256_HEX_SIZE - 1] = '\0';
	return true;
}

static bool read_hash(const struct sealed *sealed, const char *name, char hash[SHA256_HEX_SIZE])
{
	return take_hash(sealed, json_member(sealed->object, name), name, hash);
}

static bool read_file(const struct sealed *sealed, const char *name, int64_t *bytes,
		      char hash[SHA256_HEX_SIZE])
{
	const struct json_value *file = json_member(sealed->object, name);

	if (!file || file->kind != JSON_OBJECT || !number_of(json_member(file, "bytes"), bytes))
		return refuse(sealed, name);
	return take_hash(sealed, json_member(file, "sha256"), name, hash);
}

/* The JSON of a member as canonical text: what was read is written again. */
static struct span text_of(const struct sealed *sealed, const struct json_value *value)
{
	struct buf buf;
	struct span text;

	buf_init(&buf);
	json_put_value(&buf, value);
	text = arena_copy(sealed->arena, buf_span(&buf));
	buf_release(&buf);
	return text;
}

static bool read_json(const struct sealed *sealed, const char *name, enum json_kind kind,
		      struct span *text)
{
	const struct json_value *value = json_member(sealed->object, name);

	*text = SPAN_NONE;
	if (!value || (value->kind != kind && value->kind != JSON_NULL))
		return refuse(sealed, name);
	if (value->kind == kind)
		*text = text_of(sealed, value);
	return true;
}

static bool read_frame(const struct json_value *value, struct frame *frame)
{
	int64_t packed, raw, lines;

	if (value->kind != JSON_ARRAY || value->item_count != 3 ||
	    !number_of(&value->items[0], &packed) || !number_of(&value->items[1], &raw) ||
	    !number_of(&value->items[2], &lines) || packed < 1 || packed > UINT32_MAX ||
	    raw > UINT32_MAX || lines > raw)
		return false;
	frame->packed = (uint32_t)packed;
	frame->raw = (uint32_t)raw;
	frame->lines = (uint32_t)lines;
	return true;
}

/* They lie one behind the other and hold all that the segment has. */
static bool read_frames(const struct sealed *sealed, struct segment *segment)
{
	const struct json_value *list = json_member(sealed->object, "frames");
	uint64_t offset = 0, first = 0, bytes = 0;

	if (!list || list->kind != JSON_ARRAY)
		return refuse(sealed, "frames");
	segment->frames =
	    arena_alloc(sealed->arena, (list->item_count + 1) * sizeof(*segment->frames));
	for (size_t i = 0; i < list->item_count; i++) {
		struct frame *frame = &segment->frames[i];

		*frame = (struct frame){ .offset = offset, .first = first };
		if (!read_frame(&list->items[i], frame))
			return refuse(sealed, "frames");
		offset += frame->packed;
		first += frame->lines;
		bytes += frame->raw;
	}
	segment->frame_count = list->item_count;
	return (offset == (uint64_t)segment->packed_bytes && first == (uint64_t)segment->lines &&
		bytes == (uint64_t)segment->bytes) ||
	       refuse(sealed, "frames");
}

static bool read_text(const struct sealed *sealed, const char *name, const char **text)
{
	const struct json_value *value = json_member(sealed->object, name);

	if (!value || value->kind != JSON_STRING || !is_c_text(value->text))
		return refuse(sealed, name);
	*text = arena_copy(sealed->arena, value->text).data;
	return true;
}

static bool read_head(const struct sealed *sealed, struct segment *segment)
{
	const struct json_value *format = json_member(sealed->object, "format");

	if (!format || format->kind != JSON_STRING || !span_equal_text(format->text, FORMAT))
		return err_set(sealed->err, ERR_DATA, "it is no seal of the format \"" FORMAT "\"");
	return read_text(sealed, "entity", &segment->entity) &&
	       (segment->entity[0] != '\0' || refuse(sealed, "entity")) &&
	       read_text(sealed, "origin", &segment->origin) &&
	       read_number(sealed, "number", &segment->number) &&
	       read_hash(sealed, "previous", segment->previous) &&
	       read_json(sealed, "lower", JSON_ARRAY, &segment->lower) &&
	       read_json(sealed, "upper", JSON_ARRAY, &segment->upper);
}

/* Before anything in it is believed. */
static bool check_bytes(struct span text, struct err *err)
{
	char hash[SHA256_HEX_SIZE], end[HASH_SIZE + 1];
	struct span head = { text.data, text.size < HASH_SIZE ? 0 : text.size - HASH_SIZE };

	sha256_hex(head, hash);
	snprintf(end, sizeof(end), HASH_FORMAT, hash);
	return span_equal((struct span){ text.data + head.size, text.size - head.size },
			  (struct span){ end, HASH_SIZE }) ||
	       err_set(err, ERR_DATA,
		       "it is damaged: its bytes are not those that were written; take it from a "
		       "copy");
}

bool seal_read(struct span text, struct arena *arena, struct segment *segment, struct err *err)
{
	struct json_value object;
	struct sealed sealed = { &object, arena, err };

	if (!check_bytes(text, err) || !json_read(text, arena, &object, err))
		return false;
	if (object.kind != JSON_OBJECT)
		return err_set(err, ERR_DATA, "it is no object");
	sha256_hex(text, segment->seal);
	if (!read_head(&sealed, segment) || !read_number(&sealed, "lines", &segment->lines) ||
	    !read_number(&sealed, "rows", &segment->rows) ||
	    !read_number(&sealed, "orphans", &segment->orphans) ||
	    !read_number(&sealed, "cut", &segment->cut) ||
	    !read_number(&sealed, "bytes", &segment->bytes) ||
	    !read_hash(&sealed, "root", segment->lines_root) ||
	    !read_file(&sealed, "data", &segment->packed_bytes, segment->data_hash) ||
	    !read_file(&sealed, "index", &segment->index_bytes, segment->index_hash) ||
	    !read_json(&sealed, "about", JSON_OBJECT, &segment->about) ||
	    !read_json(&sealed, "sources", JSON_ARRAY, &segment->sources) ||
	    !read_frames(&sealed, segment))
		return false;
	if (!segment->about.data || !segment->sources.data)
		return refuse(&sealed, segment->about.data ? "sources" : "about");
	return segment->rows + segment->orphans == segment->lines || refuse(&sealed, "lines");
}
