/*
 * utf8.c: is it text, and does it stay text whatever the rule language does with it?
 *
 * The judge is RFC 3629's grammar, written out in fuzz.c. The input is the text, and a line further what it is searched
 * for: texts to split at, patterns, replacements.
 */
#include <lualib.h>
#include <stdlib.h>

#include "engine/base/utf8_step.h"
#include "engine/model/utf8.h"
#include "engine/rules/library.h"
#include "tests/fuzz/fuzz.h"

enum { PATTERN_SIZE_MAX = 64, PART_SIZE_MAX = 8, INSTRUCTIONS = 1 << 20 };

static struct rule_host host;

static void *plain_alloc(void *user, void *old, size_t old_size, size_t new_size)
{
	(void)user;
	(void)old_size;
	if (new_size)
		return realloc(old, new_size);
	free(old);
	return NULL;
}

/* The functions as rules call them, by name. */
static void open_library(void)
{
	if (host.lua)
		return;
	host.budget = (struct rule_budget){ .load_instructions = INSTRUCTIONS, .cpu_ms = 10000 };
	host.lua = lua_newstate(plain_alloc, &host);
	law(host.lua != NULL, "no Lua state");
	values_open(host.lua);
	library_push(host.lua);
	lua_setfield(host.lua, LUA_REGISTRYINDEX, "library");
}

static void push_function(const char *name)
{
	lua_settop(host.lua, 0);
	lua_getfield(host.lua, LUA_REGISTRYINDEX, "library");
	lua_getfield(host.lua, 1, name);
	lua_remove(host.lua, 1);
	law(lua_isfunction(host.lua, 1), "no function %s", name);
	host.work_done = 0;
	budget_arm(&host, INSTRUCTIONS);
}

static void push_text(struct span text)
{
	lua_pushlstring(host.lua, text.data, text.size);
}

/* Did it work? Its results or its message are all that is on the stack. */
static bool call(void)
{
	return lua_pcall(host.lua, lua_gettop(host.lua) - 1, LUA_MULTRET, 0) == 0;
}

/* Borrowed until the next function. */
static struct span answer(int index)
{
	struct span text;

	law(lua_type(host.lua, index) == LUA_TSTRING, "a %s", luaL_typename(host.lua, index));
	text.data = lua_tolstring(host.lua, index, &text.size);
	return text;
}

static double number(int index)
{
	law(lua_type(host.lua, index) == LUA_TNUMBER, "a %s", luaL_typename(host.lua, index));
	return lua_tonumber(host.lua, index);
}

static bool is_text(struct span text)
{
	return fuzz_first_bad(text) == text.size;
}

/* What f makes of a text, as a copy on the heap. */
static struct span changed(const char *name, struct span text)
{
	push_function(name);
	push_text(text);
	law(call(), "%s: %s", name, lua_tostring(host.lua, -1));
	law(is_text(answer(1)), "%s of %.*s is %.*s", name, SPAN_ARGS(text), SPAN_ARGS(answer(1)));
	return fuzz_exact(answer(1));
}

static struct span slice(struct span text, size_t first, size_t last)
{
	push_function("slice");
	push_text(text);
	lua_pushnumber(host.lua, (lua_Number)first);
	lua_pushnumber(host.lua, (lua_Number)last);
	law(call(), "slice: %s", lua_tostring(host.lua, -1));
	law(is_text(answer(1)), "%zu to %zu of %.*s", first, last, SPAN_ARGS(text));
	return fuzz_exact(answer(1));
}

/* ---- without Lua ---- */

static void check_lossy(struct span bytes)
{
	struct json_value value;
	struct err err = { 0 };
	struct arena arena;
	struct buf buf;

	arena_init(&arena);
	buf_init(&buf);
	json_put_lossy(&buf, bytes);
	law(json_read(buf_span(&buf), &arena, &value, &err), "%s", err.text);
	law(value.kind == JSON_STRING && is_text(value.text), "%.*s", SPAN_ARGS(value.text));
	law(!is_text(bytes) || span_equal(value.text, bytes), "%.*s", SPAN_ARGS(value.text));
	buf_release(&buf);
	arena_release(&arena);
}

static void check_steps(struct span text)
{
	size_t count = 0;

	for (size_t at = 0; at < text.size; count++) {
		size_t size = utf8_step(text.data + at, text.size - at);

		law(size > 0, "no step at %zu", at);
		law(utf8_offset(text, count) == at, "character %zu at %zu, not %zu", count,
		    utf8_offset(text, count), at);
		at += size;
	}
	law(utf8_length(text) == count, "%zu characters, not %zu", utf8_length(text), count);
	law(utf8_offset(text, count) == text.size, "behind the last: %zu",
	    utf8_offset(text, count));
}

/* ---- with it ---- */

static void check_refused(struct span bytes)
{
	static const char *const names[] = { "unicode_upper", "unicode_lower", "nfc", "len" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		push_function(names[i]);
		push_text(bytes);
		law(!call(), "%s takes what is no text", names[i]);
		law(strstr(lua_tostring(host.lua, -1), "valid UTF-8") != NULL, "%s: %s", names[i],
		    lua_tostring(host.lua, -1));
	}
}

/* Done twice is done once. */
static void check_settles(const char *name, struct span text)
{
	struct span once = changed(name, text), twice = changed(name, once);

	law(span_equal(once, twice), "%s of %.*s is %.*s", name, SPAN_ARGS(once), SPAN_ARGS(twice));
	law(once.size <= text.size * 9, "%s makes %zu bytes of %zu", name, once.size, text.size);
	fuzz_free(twice);
	fuzz_free(once);
}

static void check_slices(struct span text, size_t at)
{
	size_t length = utf8_length(text);
	struct span front, back;
	struct buf both;

	at = length ? at % (length + 1) : 0;
	front = slice(text, 1, at);
	back = slice(text, at + 1, length);
	buf_init(&both);
	buf_put_span(&both, front);
	buf_put_span(&both, back);
	law(utf8_length(front) == at, "%zu characters are %zu", at, utf8_length(front));
	law(span_equal(buf_span(&both), text), "cut at %zu and joined: %.*s", at,
	    SPAN_ARGS(buf_span(&both)));
	buf_release(&both);
	fuzz_free(back);
	fuzz_free(front);
}

static void check_split(struct span text, struct span part)
{
	int parts;

	push_function("split");
	push_text(text);
	push_text(part);
	if (!call()) {
		law(part.size == 0, "split: %s", lua_tostring(host.lua, -1));
		return;
	}
	parts = luaL_ref(host.lua, LUA_REGISTRYINDEX);
	push_function("join");
	lua_rawgeti(host.lua, LUA_REGISTRYINDEX, parts);
	push_text(part);
	law(call(), "join: %s", lua_tostring(host.lua, -1));
	law(span_equal(answer(1), text), "split and joined: %.*s", SPAN_ARGS(answer(1)));
	luaL_unref(host.lua, LUA_REGISTRYINDEX, parts);
}

/* Where find() says it is, match() finds it; what replace() makes is text. */
static void check_pattern(struct span text, struct span pattern, struct span replacement)
{
	struct span found, there;
	size_t first, last;

	push_function("replace");
	push_text(text);
	push_text(pattern);
	push_text(replacement);
	if (call())
		law(is_text(answer(1)), "replaced: %.*s", SPAN_ARGS(answer(1)));
	push_function("match");
	push_text(text);
	push_text(pattern);
	if (!call() || lua_gettop(host.lua) == 0)
		return;
	for (int i = 1; i <= lua_gettop(host.lua); i++)
		law(lua_isnil(host.lua, i) || is_text(answer(i)), "group %d is no text", i - 1);
	found = fuzz_exact(answer(1));
	push_function("find");
	push_text(text);
	push_text(pattern);
	law(call() && lua_gettop(host.lua) == 2, "matched and not found");
	first = (size_t)number(1);
	last = (size_t)number(2);
	law(last + 1 == first + utf8_length(found), "%zu to %zu", first, last);
	there = slice(text, first, last);
	law(span_equal(there, found), "at %zu to %zu: %.*s", first, last, SPAN_ARGS(there));
	fuzz_free(there);
	fuzz_free(found);
}

static void check_text(struct span text, struct span pattern, size_t at)
{
	static const char *const calm[] = { "upper", "lower", "trim", "nfc" };
	struct span part = { pattern.data, at % PART_SIZE_MAX };

	if (part.size > pattern.size)
		part.size = pattern.size;
	check_steps(text);
	for (size_t i = 0; i < sizeof(calm) / sizeof(calm[0]); i++)
		check_settles(calm[i], text);
	fuzz_free(changed("unicode_upper", text));
	fuzz_free(changed("unicode_lower", text));
	check_slices(text, at);
	check_split(text, part);
	if (pattern.size <= PATTERN_SIZE_MAX)
		check_pattern(text, pattern, part);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = fuzz_input(data, size);
	struct span pattern = fuzz_exact(fuzz_line(&input));
	struct span bytes = fuzz_exact(fuzz_rest(&input)), text;
	size_t bad = fuzz_first_bad(bytes);

	open_library();
	law(utf8_first_bad(bytes) == bad, "%zu, not %zu", utf8_first_bad(bytes), bad);
	check_lossy(bytes);
	if (bad < bytes.size)
		check_refused(bytes);
	text = fuzz_exact((struct span){ bytes.data, bad });
	check_text(text, pattern, size);
	fuzz_free(text);
	fuzz_free(bytes);
	fuzz_free(pattern);
	return 0;
}
