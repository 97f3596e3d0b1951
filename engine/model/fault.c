/*
 * fault.c: lists of faults, and values shown so that nothing in them stays hidden.
 */
#include "engine/model/fault.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/json.h"
#include "engine/base/require.h"
#include "engine/base/utf8_step.h"
#include "engine/model/batch.h"

enum { FIRST_CAPACITY = 8, SHOWN_CHARACTERS_MAX = 120 };

void fault_list_init(struct fault_list *list, struct arena *arena)
{
	*list = (struct fault_list){ .arena = arena };
}

struct fault *fault_add(struct fault_list *list, const char *code)
{
	struct fault *fault;

	require(fault_title(code));
	if (list->fault_count == FAULTS_MAX) {
		list->untold_count++;
		list->untold = (struct fault){ .code = code };
		return &list->untold;
	}
	if (list->fault_count == list->fault_capacity) {
		size_t capacity = list->fault_capacity ? list->fault_capacity * 2 : FIRST_CAPACITY;

		list->faults =
		    arena_grow(list->arena, list->faults, list->fault_capacity * sizeof(*fault),
			       capacity * sizeof(*fault));
		list->fault_capacity = capacity;
	}
	fault = &list->faults[list->fault_count++];
	*fault = (struct fault){ .code = code };
	return fault;
}

static const struct fault_code {
	char code[8];
	const char *title, *reason, *remedy;
} fault_codes[] = {
#define FAULT_CODE(code, title, reason, remedy) { #code, title, reason, remedy },
#include "engine/model/fault_codes.def"
#undef FAULT_CODE
};

static const struct fault_code *find_code(const char *code)
{
	for (size_t i = 0; i < sizeof(fault_codes) / sizeof(fault_codes[0]); i++)
		if (strcmp(fault_codes[i].code, code) == 0)
			return &fault_codes[i];
	return NULL;
}

int fault_code_count(void)
{
	return (int)(sizeof(fault_codes) / sizeof(fault_codes[0]));
}

const char *fault_code_at(int index)
{
	require(index >= 0);
	require(index < fault_code_count());
	return fault_codes[index].code;
}

const char *fault_code_named(struct span code)
{
	for (int i = 0; i < fault_code_count(); i++)
		if (span_equal_text(code, fault_codes[i].code))
			return fault_codes[i].code;
	return NULL;
}

const char *fault_title(const char *code)
{
	const struct fault_code *found = find_code(code);

	return found ? found->title : NULL;
}

struct span fault_why(const struct fault *fault)
{
	const struct fault_code *found = find_code(fault->code);

	return fault->why.size > 0 || !found ? fault->why : span_of(found->reason);
}

struct span fault_help(const struct fault *fault)
{
	const struct fault_code *found = find_code(fault->code);

	return fault->help.size > 0 || !found ? fault->help : span_of(found->remedy);
}

static void put_hex(struct buf *buf, struct span bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		unsigned char byte = (unsigned char)bytes.data[i];
		char hex[2] = { "0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15] };

		buf_put(buf, hex, 2);
	}
}

static struct span kept(const struct fault *fault)
{
	struct span saw = fault->saw;

	if (saw.size > CELL_KEPT_BYTES)
		saw.size = CELL_KEPT_BYTES;
	return saw;
}

void fault_put_json_saw(struct json_writer *writer, const struct fault *fault)
{
	struct span saw = kept(fault);

	json_key(writer, "saw");
	if (fault->saw_kind == SAW_NOTHING || fault->saw_kind == SAW_NULL) {
		json_text(writer, NULL);
	} else if (fault->saw_kind == SAW_BYTES) {
		struct buf hex;

		buf_init(&hex);
		buf_put_text(&hex, "\\x");
		put_hex(&hex, saw);
		json_string(writer, buf_span(&hex));
		buf_release(&hex);
	} else {
		json_string(writer, saw);
	}
	if (fault->saw_size > saw.size) {
		json_key(writer, "saw_size");
		json_int(writer, (int64_t)fault->saw_size);
	}
}

void fault_put_json(struct buf *buf, const struct fault *faults, size_t fault_count)
{
	struct json_writer writer;

	json_writer_init(&writer, buf);
	json_open(&writer, '[');
	for (size_t i = 0; i < fault_count; i++) {
		json_open(&writer, '{');
		json_key(&writer, "field");
		json_string(&writer, faults[i].field);
		json_key(&writer, "code");
		json_text(&writer, faults[i].code);
		json_key(&writer, "rule_line");
		json_int(&writer, faults[i].line);
		fault_put_json_saw(&writer, &faults[i]);
		json_key(&writer, "message");
		json_string(&writer, faults[i].message);
		json_close(&writer, '}');
	}
	json_close(&writer, ']');
}

/* Characters that show nothing, look like an ordinary blank, or turn the direction of text. */
static bool is_invisible(uint32_t point)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x0, 0x1F },        { 0x7F, 0xA0 },        { 0xAD, 0xAD },
		{ 0x34F, 0x34F },     { 0x61C, 0x61C },      { 0x115F, 0x1160 },
		{ 0x1680, 0x1680 },   { 0x17B4, 0x17B5 },    { 0x180B, 0x180F },
		{ 0x2000, 0x200F },   { 0x2028, 0x202F },    { 0x205F, 0x206F },
		{ 0x2800, 0x2800 },   { 0x3000, 0x3000 },    { 0x3164, 0x3164 },
		{ 0xE000, 0xF8FF },   { 0xFE00, 0xFE0F },    { 0xFEFF, 0xFEFF },
		{ 0xFFA0, 0xFFA0 },   { 0xFFF0, 0xFFFC },    { 0x1D173, 0x1D17A },
		{ 0xE0000, 0xE0FFF }, { 0xF0000, 0x10FFFF },
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if (point >= ranges[i].first && point <= ranges[i].last)
			return true;
	return false;
}

static void put_visible(struct buf *buf, const char *bytes, size_t size)
{
	uint32_t point = utf8_code_point(bytes, size);

	if (point == '\n' || point == '\r' || point == '\t')
		buf_put_text(buf, point == '\n' ? "\\n" : point == '\r' ? "\\r" : "\\t");
	else if (is_invisible(point))
		buf_print(buf, "\\u{%x}", (unsigned)point);
	else
		buf_put(buf, bytes, size);
}

/* The character or stray byte at the beginning of what is left; its size. */
static size_t put_next(struct buf *buf, const char *bytes, size_t left)
{
	size_t size = utf8_step(bytes, left);

	if (size)
		put_visible(buf, bytes, size);
	else
		buf_print(buf, "\\x%02x", (unsigned)(unsigned char)bytes[0]);
	return size ? size : 1;
}

static void put_quoted(struct buf *buf, struct span text, size_t whole_size)
{
	size_t at = 0;

	buf_put_char(buf, '"');
	for (int shown = 0; at < text.size && shown < SHOWN_CHARACTERS_MAX; shown++) {
		if (text.data[at] == '"' || text.data[at] == '\\')
			buf_put_char(buf, '\\');
		at += put_next(buf, text.data + at, text.size - at);
	}
	buf_put_char(buf, '"');
	if (at < text.size || whole_size > text.size)
		buf_put_text(buf, "…");
}

static void make_line(struct arena *arena, struct buf *buf, struct span *text)
{
	buf_reset(buf);
	for (size_t at = 0; at < text->size;)
		at += put_next(buf, text->data + at, text->size - at);
	if (text->data && !span_equal(buf_span(buf), *text))
		*text = arena_copy(arena, buf_span(buf));
}

void fault_list_make_lines(struct fault_list *list, size_t first)
{
	struct buf buf;

	buf_init(&buf);
	for (size_t i = first; i < list->fault_count; i++) {
		struct fault *fault = &list->faults[i];

		make_line(list->arena, &buf, &fault->where);
		make_line(list->arena, &buf, &fault->field);
		make_line(list->arena, &buf, &fault->message);
		make_line(list->arena, &buf, &fault->nearest);
		make_line(list->arena, &buf, &fault->expected);
		make_line(list->arena, &buf, &fault->seen);
		make_line(list->arena, &buf, &fault->why);
		make_line(list->arena, &buf, &fault->help);
	}
	buf_release(&buf);
}

static void put_bytes(struct buf *buf, struct span bytes, size_t whole_size)
{
	bool cut = bytes.size > SHOWN_CHARACTERS_MAX / 2;

	if (cut)
		bytes.size = SHOWN_CHARACTERS_MAX / 2;
	buf_put_text(buf, "x'");
	put_hex(buf, bytes);
	buf_put_char(buf, '\'');
	if (cut || whole_size > bytes.size)
		buf_put_text(buf, "…");
}

void fault_put_saw(struct buf *buf, const struct fault *fault)
{
	struct span saw = kept(fault);

	switch (fault->saw_kind) {
	case SAW_NOTHING:
		buf_put_text(buf, "nothing");
		return;
	case SAW_NULL:
		buf_put_text(buf, "NULL");
		return;
	case SAW_BYTES:
		put_bytes(buf, saw, fault->saw_size);
		return;
	case SAW_TABLE:
		if (!saw.data) {
			buf_put_text(buf, "a table");
			return;
		}
		break;
	case SAW_TEXT:
	case SAW_INTEGER:
	case SAW_DECIMAL:
	case SAW_BOOLEAN:
	case SAW_OTHER:
		break;
	}
	put_quoted(buf, saw, fault->saw_size);
}
