/*
 * php.c: whatever PHP's serialization says, it says once and within what is there.
 */
#include "engine/model/php.h"

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/fuzz_rule.h"

/* A value takes two bytes of text or more; a tree may not take more than so many bytes for each of them. */
enum { ARENA_BYTES_A_BYTE = 200, ARENA_BYTES = 4096 };

static bool reads(struct span text, struct arena *arena, struct json_value *value)
{
	struct span exact = fuzz_exact(text);
	struct json_value ignored;
	struct err err = { 0 };
	bool ok = php_read(exact, arena, value ? value : &ignored, &err);

	law(ok == (err.code == ERR_NONE), "%d: %s", (int)err.code, err.text);
	law(ok || err.code == ERR_DATA, "%d: %s", (int)err.code, err.text);
	law(ok || strstr(err.text, "byte "), "no place: %s", err.text);
	fuzz_free(exact);
	return ok;
}

/* Values without floats and numbers in front: what PHP would write of them. An integer key is one that looks
 * like an integer: PHP has no other way to hold it. */
static bool is_integer(struct span key)
{
	size_t first = key.size > 0 && key.data[0] == '-';

	if (key.size == first || key.size > 20)
		return false;
	for (size_t i = first; i < key.size; i++)
		if (key.data[i] < '0' || key.data[i] > '9')
			return false;
	return key.data[first] != '0' || key.size == 1;
}

static void put_string(struct buf *buf, struct span text)
{
	buf_print(buf, "s:%zu:\"", text.size);
	buf_put_span(buf, text);
	buf_put_text(buf, "\";");
}

static void put(struct buf *buf, const struct json_value *value)
{
	switch (value->kind) {
	case JSON_NULL:
		buf_put_text(buf, "N;");
		return;
	case JSON_FALSE:
	case JSON_TRUE:
		buf_put_text(buf, value->kind == JSON_TRUE ? "b:1;" : "b:0;");
		return;
	case JSON_NUMBER:
		buf_put_text(buf, is_integer(value->text) ? "i:" : "d:");
		buf_put_span(buf, value->text);
		buf_put_char(buf, ';');
		return;
	case JSON_STRING:
		put_string(buf, value->text);
		return;
	case JSON_ARRAY:
	case JSON_OBJECT:
		break;
	}
	buf_print(buf, "a:%zu:{", value->item_count);
	for (size_t i = 0; i < value->item_count; i++) {
		if (value->kind == JSON_ARRAY)
			buf_print(buf, "i:%zu;", i);
		else if (is_integer(value->items[i].key))
			buf_print(buf, "i:%.*s;", SPAN_ARGS(value->items[i].key));
		else
			put_string(buf, value->items[i].key);
		put(buf, &value->items[i]);
	}
	buf_put_char(buf, '}');
}

static void check_inside(struct span inner, struct span outer)
{
	law(inner.data >= outer.data, "begins in front of it");
	law(inner.data + inner.size <= outer.data + outer.size, "ends behind it");
}

/* Everything lies in the text; how many values there are. */
static size_t check_values(const struct json_value *value, struct span text, bool has_key,
			   int depth)
{
	size_t count = 1;

	law(depth <= PHP_DEPTH_MAX, "%d levels", depth);
	if (value->kind == JSON_NUMBER || value->kind == JSON_STRING)
		check_inside(value->text, text);
	if (has_key)
		check_inside(value->key, text);
	for (size_t i = 0; i < value->item_count; i++) {
		for (size_t j = 0; value->kind == JSON_OBJECT && j < i && i < 50; j++)
			law(!span_equal(value->items[i].key, value->items[j].key), "%.*s twice",
			    SPAN_ARGS(value->items[i].key));
		count += check_values(&value->items[i], text, true, depth + 1);
	}
	return count;
}

/* One reading: no beginning of it is a value, nor is it with something behind it, and what would be written of it
 * reads the same. */
static void check_reading(struct span text, const struct json_value *value, struct arena *arena)
{
	struct json_value again;
	struct err err = { 0 };
	struct buf buf;

	buf_init(&buf);
	put(&buf, value);
	law(php_read(buf_span(&buf), arena, &again, &err), "%s in %.*s", err.text,
	    SPAN_ARGS(buf_span(&buf)));
	law(fuzz_same_json(value, &again), "%.*s is read as %.*s", SPAN_ARGS(text),
	    SPAN_ARGS(buf_span(&buf)));
	buf_reset(&buf);
	buf_put_span(&buf, text);
	buf_put_text(&buf, "N;");
	law(!reads(buf_span(&buf), arena, NULL), "two values are one");
	for (size_t size = text.size; size-- > 0 && text.size < 200;)
		law(!reads((struct span){ text.data, size }, arena, NULL), "so are its first %zu",
		    size);
	buf_release(&buf);
}

/* The same bytes as a column of a row. */
static void check_column(struct span text, bool is_value, struct arena *arena)
{
	static struct rule_host *host;
	struct fuzz_cell cells[] = { { "id", SPAN("7") }, { "p", text } };
	struct outcome outcome;

	if (!host)
		host = fuzz_rule(
		    "php.lua",
		    "return migration { version = 'v1', system = 's', entity 'job' {\n"
		    "source = { root = table 't' { key = 'id', types = { p = php } } },\n"
		    "fields = { jobId = id { from = 'id', prefix = 'j_' },\n"
		    "  seen = text { from = 'p', by = function(p)\n"
		    "    local all = {}\n"
		    "    if p == nil or p == true or p == false then return tostring(p) end\n"
		    "    return 'something' end },\n"
		    "  all = json { from = 'p', optional = true } } } }\n");
	fuzz_derive(host, cells, 2, arena, &outcome);
	law(is_value || outcome.kind == OUTCOME_REJECT, "a record of what is no value");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_exact((struct span){ (const char *)data, size });
	struct json_value value;
	struct arena arena;
	struct err err = { 0 };
	bool is_value;

	arena_init(&arena);
	is_value = php_read(text, &arena, &value, &err);
	law(arena.used_bytes <= ARENA_BYTES + size * ARENA_BYTES_A_BYTE, "%zu bytes for %zu",
	    arena.used_bytes, size);
	law(is_value == reads(text, &arena, NULL), "another answer");
	if (is_value) {
		law(check_values(&value, text, false, 0) <= size / 2, "more values than bytes");
		check_reading(text, &value, &arena);
	}
	check_column(text, is_value, &arena);
	arena_release(&arena);
	fuzz_free(text);
	return 0;
}
