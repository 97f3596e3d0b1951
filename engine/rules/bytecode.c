/*
 * bytecode.c: reads LuaJIT 2.1's dump format for uses of globals and assignments of upvalues.
 */
#include "engine/rules/bytecode.h"

#include <lauxlib.h>
#include <string.h>

enum {
	FORMAT_VERSION = 2,
	FLAG_STRIPPED = 0x02,
	FLAGS_KNOWN = 0x04 | 0x08, /* uses FFI; two-slot frames */
	OP_USETV = 46,
	OP_USETP = 49,
	OP_GGET = 54,
	OP_GSET = 55,
	OP_KCDATA = 40,
	OP_RET0 = 75,
	OP_LAST = 96,
	UPVALUE_IS_LOCAL = 0x8000,
	UPVALUE_INDEX = 0x3fff,
	CONSTANT_CHILD = 0,
	CONSTANT_TABLE = 1,
	CONSTANT_TEXT = 5,
	ITEM_INT = 3,
	ITEM_NUM = 4,
	PROTOS_MAX = 100000,
};

/* A function whose parent has not been read yet. */
struct proto {
	int upvalue_count;
	uint16_t upvalues[UPVALUES_MAX];
	bool assigned[UPVALUES_MAX];
};

struct proto_list {
	struct proto *protos;
	int count, capacity;
};

struct reader {
	const unsigned char *at, *end;
	bool bad;
	struct arena *arena;
	struct bytecode_report *report;
	struct proto_list pending;
	int outer_lines; /* where the lines of the last function begin in the report */
};

struct proto_head {
	uint32_t upvalue_count, object_count, number_count, instruction_count;
	uint32_t debug_size, first_line, line_count;
};

static unsigned read_byte(struct reader *reader)
{
	if (reader->at >= reader->end) {
		reader->bad = true;
		return 0;
	}
	return *reader->at++;
}

static uint32_t read_uleb(struct reader *reader)
{
	uint32_t value = 0;
	unsigned byte = 0x80;

	for (unsigned shift = 0; byte & 0x80 && shift < 35; shift += 7) {
		byte = read_byte(reader);
		value |= (uint32_t)(byte & 0x7f) << (shift < 32 ? shift : 31);
	}
	if (byte & 0x80)
		reader->bad = true;
	return value;
}

static const unsigned char *read_bytes(struct reader *reader, size_t size)
{
	const unsigned char *bytes = reader->at;

	if ((size_t)(reader->end - reader->at) < size) {
		reader->bad = true;
		return NULL;
	}
	reader->at += size;
	return bytes;
}

static void skip_table_item(struct reader *reader)
{
	uint32_t kind = read_uleb(reader);

	if (kind >= CONSTANT_TEXT)
		read_bytes(reader, kind - CONSTANT_TEXT);
	else if (kind == ITEM_INT)
		read_uleb(reader);
	else if (kind == ITEM_NUM) {
		read_uleb(reader);
		read_uleb(reader);
	}
}

static void skip_table(struct reader *reader)
{
	uint32_t array_count = read_uleb(reader), hash_count = read_uleb(reader);

	for (uint32_t i = 0; i < array_count && !reader->bad; i++)
		skip_table_item(reader);
	for (uint32_t i = 0; i < hash_count && !reader->bad; i++) {
		skip_table_item(reader);
		skip_table_item(reader);
	}
}

/* A child took the place of what this function captured: pass its assignments on. */
static void adopt_child(struct reader *reader, struct proto *proto)
{
	const struct proto *child;

	if (reader->pending.count == 0) {
		reader->bad = true;
		return;
	}
	child = &reader->pending.protos[--reader->pending.count];
	for (int i = 0; i < child->upvalue_count; i++) {
		uint16_t upvalue = child->upvalues[i];

		if (child->assigned[i] && !(upvalue & UPVALUE_IS_LOCAL) &&
		    (upvalue & UPVALUE_INDEX) < UPVALUES_MAX)
			proto->assigned[upvalue & UPVALUE_INDEX] = true;
	}
}

/* Objects the instructions refer to, last first: texts are kept, functions adopted. */
static struct span *read_objects(struct reader *reader, uint32_t count, struct proto *proto)
{
	struct span *texts;

	if (count > (size_t)(reader->end - reader->at)) {
		reader->bad = true;
		return NULL;
	}
	texts = arena_zalloc(reader->arena, (count + 1) * sizeof(*texts));
	for (uint32_t i = 0; i < count && !reader->bad; i++) {
		uint32_t kind = read_uleb(reader);

		if (kind >= CONSTANT_TEXT) {
			const unsigned char *bytes = read_bytes(reader, kind - CONSTANT_TEXT);

			texts[count - 1 - i] =
			    (struct span){ (const char *)bytes, kind - CONSTANT_TEXT };
		} else if (kind == CONSTANT_CHILD) {
			adopt_child(reader, proto);
		} else if (kind == CONSTANT_TABLE) {
			skip_table(reader);
		} else {
			reader->report->has_foreign_constants = true;
			for (int part = 0; part < (kind == 4 ? 4 : 2); part++)
				read_uleb(reader);
		}
	}
	return texts;
}

static void skip_numbers(struct reader *reader, uint32_t count)
{
	for (uint32_t i = 0; i < count && !reader->bad; i++) {
		bool is_double = reader->at < reader->end && (*reader->at & 1);

		read_uleb(reader);
		if (is_double)
			read_uleb(reader);
	}
}

static int line_of(const struct proto_head *head, const unsigned char *lines, uint32_t index)
{
	uint32_t offset;
	uint16_t offset16;

	if (!lines)
		return 0;
	if (head->line_count < 256)
		return (int)(head->first_line + lines[index]);
	if (head->line_count < 65536) {
		memcpy(&offset16, lines + 2 * (size_t)index, sizeof(offset16));
		return (int)(head->first_line + offset16);
	}
	memcpy(&offset, lines + 4 * (size_t)index, sizeof(offset));
	return (int)(head->first_line + offset);
}

static void add_global(struct reader *reader, struct span name, enum name_use use, int line)
{
	struct bytecode_report *report = reader->report;

	if (report->global_count == report->global_capacity) {
		int capacity = report->global_capacity ? report->global_capacity * 2 : 64;

		report->globals =
		    arena_grow(reader->arena, report->globals,
			       (size_t)report->global_capacity * sizeof(*report->globals),
			       (size_t)capacity * sizeof(*report->globals));
		report->global_capacity = capacity;
	}
	report->globals[report->global_count++] =
	    (struct global_use){ .name = name, .use = use, .line = line };
}

static void read_instructions(struct reader *reader, const struct proto_head *head,
			      const unsigned char *code, const struct span *texts,
			      const unsigned char *lines, struct proto *proto)
{
	for (uint32_t i = 0; i < head->instruction_count && !reader->bad; i++) {
		const unsigned char *instruction = code + 4 * (size_t)i;
		unsigned op = instruction[0], a = instruction[1];
		unsigned d = instruction[2] | (unsigned)instruction[3] << 8;

		if (op > OP_LAST)
			reader->bad = true;
		else if (op == OP_KCDATA)
			reader->report->has_foreign_constants = true;
		else if (op >= OP_USETV && op <= OP_USETP)
			proto->assigned[a] = true;
		else if (op == OP_GGET || op == OP_GSET) {
			if (d >= head->object_count || !texts[d].data)
				reader->bad = true;
			else
				add_global(reader, texts[d],
					   op == OP_GGET ? NAME_READ : NAME_ASSIGNED,
					   line_of(head, lines, i));
		}
	}
}

/* A function ends with a return of its own behind the last one written, which may never be reached. */
static void note_lines(struct reader *reader, const struct proto_head *head,
		       const unsigned char *code, const unsigned char *lines)
{
	struct bytecode_report *report = reader->report;
	uint32_t count = head->instruction_count;
	int last = 0;

	reader->outer_lines = report->line_count;
	if (count > 0 && code[4 * (size_t)(count - 1)] == OP_RET0)
		count--;
	for (uint32_t i = 0; lines && i < count; i++) {
		int line = line_of(head, lines, i);

		if (line == last)
			continue;
		last = line;
		report->lines = arena_grow_by_one(reader->arena, report->lines, report->line_count,
						  sizeof(*report->lines));
		report->lines[report->line_count++] = line;
	}
}

static void read_head(struct reader *reader, struct proto_head *head)
{
	read_bytes(reader, 3); /* flags, parameters, frame size */
	head->upvalue_count = read_byte(reader);
	head->object_count = read_uleb(reader);
	head->number_count = read_uleb(reader);
	head->instruction_count = read_uleb(reader);
	head->debug_size = read_uleb(reader);
	if (head->debug_size) {
		head->first_line = read_uleb(reader);
		head->line_count = read_uleb(reader);
	}
}

static size_t line_bytes(const struct proto_head *head)
{
	size_t size = head->line_count < 256 ? 1 : head->line_count < 65536 ? 2 : 4;

	return size * head->instruction_count;
}

static void keep_proto(struct reader *reader, const struct proto *proto)
{
	struct proto_list *list = &reader->pending;

	if (list->count == list->capacity) {
		int capacity = list->capacity ? list->capacity * 2 : 8;

		if (capacity > PROTOS_MAX) {
			reader->bad = true;
			return;
		}
		list->protos =
		    arena_grow(reader->arena, list->protos, (size_t)list->capacity * sizeof(*proto),
			       (size_t)capacity * sizeof(*proto));
		list->capacity = capacity;
	}
	list->protos[list->count++] = *proto;
}

static void read_proto(struct reader *reader)
{
	struct proto_head head = { 0 };
	struct proto proto = { 0 };
	const unsigned char *code, *upvalues, *debug;
	const struct span *texts;

	read_head(reader, &head);
	if (head.upvalue_count >= UPVALUES_MAX)
		reader->bad = true;
	code = read_bytes(reader, 4 * (size_t)head.instruction_count);
	upvalues = read_bytes(reader, 2 * (size_t)head.upvalue_count);
	if (reader->bad)
		return;
	proto.upvalue_count = (int)head.upvalue_count;
	memcpy(proto.upvalues, upvalues, 2 * (size_t)head.upvalue_count);
	texts = read_objects(reader, head.object_count, &proto);
	skip_numbers(reader, head.number_count);
	debug = read_bytes(reader, head.debug_size);
	if (reader->bad)
		return;
	if (head.debug_size < line_bytes(&head))
		debug = NULL;
	read_instructions(reader, &head, code, texts, debug, &proto);
	note_lines(reader, &head, code, debug);
	keep_proto(reader, &proto);
}

/* What stands in front of the functions. */
static bool read_dump_head(struct reader *reader)
{
	const unsigned char *head = read_bytes(reader, 4);
	uint32_t flags = read_uleb(reader);

	if (!head || memcmp(head, "\x1bLJ\x02", 4) != 0 || flags & ~(uint32_t)FLAGS_KNOWN)
		return false;
	read_bytes(reader, read_uleb(reader)); /* the chunk's name */
	return !reader->bad;
}

static bool read_dump(struct reader *reader)
{
	uint32_t size;

	if (!read_dump_head(reader))
		return false;
	for (size = read_uleb(reader); size && !reader->bad; size = read_uleb(reader)) {
		const unsigned char *end = reader->at + size;

		if ((size_t)(reader->end - reader->at) < size)
			return false;
		read_proto(reader);
		if (reader->at != end)
			return false;
	}
	return !reader->bad && reader->at == reader->end && reader->pending.count == 1;
}

struct dump {
	struct arena *arena;
	unsigned char *bytes;
	size_t size, capacity;
};

static int write_dump(lua_State *lua, const void *bytes, size_t size, void *user)
{
	struct dump *dump = user;

	(void)lua;
	if (dump->size + size > dump->capacity) {
		size_t capacity = (dump->size + size) * 2;

		dump->bytes = arena_grow(dump->arena, dump->bytes, dump->capacity, capacity);
		dump->capacity = capacity;
	}
	memcpy(dump->bytes + dump->size, bytes, size);
	dump->size += size;
	return 0;
}

bool bytecode_read(lua_State *lua, struct arena *arena, struct bytecode_report *report)
{
	struct dump dump = { .arena = arena };
	struct reader reader = { .arena = arena, .report = report };

	memset(report, 0, sizeof(*report));
	if (lua_dump(lua, write_dump, &dump) != 0 || dump.size == 0)
		return false;
	reader.at = dump.bytes;
	reader.end = dump.bytes + dump.size;
	if (!read_dump(&reader))
		return false;
	report->line_count = reader.outer_lines; /* the outermost stands last */
	memcpy(report->assigned, reader.pending.protos[0].assigned, sizeof(report->assigned));
	return true;
}

/* The functions in the dump of the one at index, innermost first, each with its size in front. */
static bool dump_functions(lua_State *lua, struct arena *arena, int index, struct span *functions)
{
	struct dump dump = { .arena = arena };
	struct reader reader = { .arena = arena };
	int status;

	lua_pushvalue(lua, index);
	status = lua_dump(lua, write_dump, &dump);
	lua_pop(lua, 1);
	reader.at = dump.bytes;
	reader.end = dump.bytes + dump.size;
	if (status != 0 || dump.size == 0 || !read_dump_head(&reader) || reader.at == reader.end)
		return false;
	*functions = (struct span){ (const char *)reader.at,
				    (size_t)(reader.end - reader.at) - 1 /* the 0 behind them */ };
	return true;
}

/* Step over the next function; false behind the last. */
static bool next_function(struct span *functions)
{
	struct reader reader = { .at = (const unsigned char *)functions->data,
				 .end = (const unsigned char *)functions->data + functions->size };

	if (functions->size == 0)
		return false;
	read_bytes(&reader, read_uleb(&reader));
	*functions = (struct span){ (const char *)reader.at, (size_t)(reader.end - reader.at) };
	return !reader.bad;
}

/* A function stands behind those inside it, so that all of them are one run of bytes. */
int bytecode_find(lua_State *lua, struct arena *arena, int chunk, int function)
{
	struct span all, wanted, inner;
	int at = -1;

	if (!dump_functions(lua, arena, chunk, &all) ||
	    !dump_functions(lua, arena, function, &wanted))
		return -1;
	for (inner = wanted; next_function(&inner);)
		at++;
	do {
		if (wanted.size <= all.size && memcmp(all.data, wanted.data, wanted.size) == 0)
			return at;
		at++;
	} while (next_function(&all));
	return -1;
}

/* A function without what is there for people: its head's counts, and the bytes from its code to its numbers. */
struct bare {
	const unsigned char *kind; /* flags, parameters, frame size */
	struct proto_head head;
	struct span body;
};

static bool read_bare(lua_State *lua, struct arena *arena, int function, struct bare *bare)
{
	struct span functions;
	struct reader reader = { .arena = arena };
	size_t size;

	if (!dump_functions(lua, arena, function, &functions))
		return false;
	reader.at = (const unsigned char *)functions.data;
	reader.end = reader.at + functions.size;
	size = read_uleb(&reader);
	if (reader.bad || (size_t)(reader.end - reader.at) != size)
		return false; /* others are inside it */
	bare->kind = reader.at;
	bare->head = (struct proto_head){ 0 };
	read_head(&reader, &bare->head);
	if (reader.bad || (size_t)(reader.end - reader.at) < bare->head.debug_size)
		return false;
	bare->body = (struct span){ (const char *)reader.at,
				    (size_t)(reader.end - reader.at) - bare->head.debug_size };
	return true;
}

bool bytecode_is_same(lua_State *lua, struct arena *arena, int function, int other)
{
	struct bare a, b;

	return read_bare(lua, arena, function, &a) && read_bare(lua, arena, other, &b) &&
	       memcmp(a.kind, b.kind, 3) == 0 && a.head.upvalue_count == b.head.upvalue_count &&
	       a.head.object_count == b.head.object_count &&
	       a.head.number_count == b.head.number_count &&
	       a.head.instruction_count == b.head.instruction_count && span_equal(a.body, b.body);
}

bool bytecode_names(lua_State *lua, struct arena *arena, int function, const char *text)
{
	struct bare bare;

	return read_bare(lua, arena, function, &bare) &&
	       memmem(bare.body.data, bare.body.size, text, strlen(text)) != NULL;
}

/* A sample whose every use is known: if opcodes or layout moved, one of these is not found. */
bool bytecode_is_known(lua_State *lua, struct arena *arena)
{
	static const char sample[] = "local a, b, c, d, e\n"
				     "return function() local f = { 1, x = 2.5 }\n"
				     " b = f; c = 'x'; d = 1\n"
				     " return function() e = nil; reads = a + 3.5\n"
				     " assigned = reads; f = a end end";
	struct bytecode_report report;
	bool known = false;

	if (luaL_loadbuffer(lua, sample, sizeof(sample) - 1, "=sample") == 0) {
		lua_call(lua, 0, 1);
		known = bytecode_read(lua, arena, &report);
	}
	lua_pop(lua, 1);
	return known && report.global_count == 3 &&
	       span_equal_text(report.globals[0].name, "reads") &&
	       report.globals[0].use == NAME_ASSIGNED &&
	       span_equal_text(report.globals[1].name, "reads") &&
	       report.globals[1].use == NAME_READ && report.globals[1].line == 5 &&
	       span_equal_text(report.globals[2].name, "assigned") && report.assigned[0] &&
	       report.assigned[1] && report.assigned[2] && report.assigned[3] &&
	       !report.assigned[4];
}
