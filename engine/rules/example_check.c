/*
 * example_check.c: is the outcome what the example says?
 *
 * Only what is named is compared, by its canonical text; `absent` must not be there, and an empty
 * table stands for an empty list or map.
 */
#include <inttypes.h>
#include <stdio.h>

#include "engine/base/json.h"
#include "engine/model/utf8.h"
#include "engine/rules/examples.h"

/* ---- in words ---- */

static const char *outcome_text(struct example_run *run)
{
	const struct outcome *outcome = &run->outcome;
	struct span text = SPAN("a record");

	if (outcome->kind == OUTCOME_SKIP)
		text = arena_print(run->arena, "skipped: %.*s", SPAN_ARGS(outcome->skip_text));
	if (outcome->kind == OUTCOME_REJECT)
		text = arena_print(run->arena, "rejected: %s %.*s: %.*s", outcome->faults[0].code,
				   SPAN_ARGS(outcome->faults[0].where),
				   SPAN_ARGS(outcome->faults[0].message));
	return text.data;
}

/* The value at index as an example would write it. */
static const char *expected_text(lua_State *lua, struct example_run *run, int index)
{
	char digits[24];
	struct value value;

	if (sandbox_is_absent(lua, index))
		return "absent";
	value_read(lua, index, &value);
	switch (value.kind) {
	case VALUE_TEXT:
		return arena_print(run->arena, "\"%.*s\"", SPAN_ARGS(value.text)).data;
	case VALUE_INTEGER:
		snprintf(digits, sizeof(digits), "%" PRId64, value.integer);
		return arena_text(run->arena, digits);
	case VALUE_BOOLEAN:
		return value.integer ? "true" : "false";
	default:
		return value_noun(lua, index);
	}
}

static const char *seen_text(struct example_run *run, const struct json_value *seen)
{
	if (!seen)
		return "absent";
	switch (seen->kind) {
	case JSON_STRING:
		return arena_print(run->arena, "\"%.*s\"", SPAN_ARGS(seen->text)).data;
	case JSON_NUMBER:
		return arena_copy(run->arena, seen->text).data;
	case JSON_TRUE:
		return "true";
	case JSON_FALSE:
		return "false";
	case JSON_ARRAY:
		return arena_print(run->arena, "a list of %zu", seen->item_count).data;
	default:
		return arena_print(run->arena, "%zu members", seen->item_count).data;
	}
}

enum { WINDOW = 120, IN_FRONT = 30 };

static size_t first_difference(struct span text, struct span other)
{
	size_t same = 0;

	while (same < text.size && same < other.size && text.data[same] == other.data[same])
		same++;
	while (same > 0 && same < text.size && (text.data[same] & 0xC0) == 0x80)
		same--;
	return utf8_length((struct span){ text.data, same });
}

/* As much of a text as people compare by eye, the character where it differs within. */
static struct span quoted(struct arena *arena, struct span text, size_t difference)
{
	size_t from = difference > WINDOW - IN_FRONT ? difference - IN_FRONT : 0;
	size_t first = utf8_offset(text, from), end = utf8_offset(text, from + WINDOW);

	return arena_print(arena, "%s\"%.*s\"%s", first > 0 ? "…" : "", (int)(end - first),
			   text.data + first, end < text.size ? "…" : "");
}

/* "IT Staff"   text, 8 characters */
static struct span with_kind(struct example_run *run, const char *value, struct span text,
			     const char *kind, size_t difference)
{
	struct arena *arena = run->differences->arena;
	struct span shown;
	size_t length;

	if (text.data == NULL || utf8_first_bad(text) < text.size)
		return arena_print(arena, "%s%s%s", value, *kind ? "   " : "", kind);
	shown = quoted(arena, text, difference);
	length = utf8_length(text);
	return arena_print(arena, "%.*s   text, %zu character%s", SPAN_ARGS(shown), length,
			   length == 1 ? "" : "s");
}

static struct span text_expected(lua_State *lua, int index)
{
	struct value value;

	if (sandbox_is_absent(lua, index) || lua_type(lua, index) != LUA_TSTRING)
		return SPAN_NONE;
	value_read(lua, index, &value);
	return value.text;
}

static const char *kind_expected(lua_State *lua, int index)
{
	switch (lua_type(lua, index)) {
	case LUA_TNUMBER:
		return "a number";
	case LUA_TBOOLEAN:
		return "a boolean";
	default:
		return "";
	}
}

static const char *kind_seen(const struct json_value *seen)
{
	if (seen && seen->kind == JSON_NUMBER)
		return "a number";
	return seen && (seen->kind == JSON_TRUE || seen->kind == JSON_FALSE) ? "a boolean" : "";
}

static void differs(lua_State *lua, struct example_run *run, const char *path, int index,
		    const struct json_value *seen)
{
	const char *expected = expected_text(lua, run, index);
	const char *saw = seen_text(run, seen);
	const struct span field = { path, strlen(path) };
	struct span wanted = text_expected(lua, index);
	struct span text = seen && seen->kind == JSON_STRING ? seen->text : SPAN_NONE;
	bool are_texts = wanted.data && text.data && utf8_first_bad(wanted) == wanted.size;
	size_t difference = are_texts ? first_difference(text, wanted) : 0;
	struct fault *fault =
	    example_differs(run, field, "%s: expected %s, seen %s", path, expected, saw);

	fault->expected = with_kind(run, expected, wanted, kind_expected(lua, index), difference);
	fault->seen = with_kind(run, saw, text, kind_seen(seen), difference);
	if (are_texts)
		fault->seen =
		    arena_print(run->differences->arena, "%.*s; differs from character %zu on",
				SPAN_ARGS(fault->seen), difference + 1);
}

/* ---- a record ---- */

static void compare(lua_State *lua, struct example_run *run, const char *path,
		    const struct json_value *seen, int depth);

static bool same_scalar(lua_State *lua, const struct json_value *seen)
{
	char digits[24];
	struct value value;

	value_read(lua, -1, &value);
	if (value.kind == VALUE_BOOLEAN)
		return seen->kind == (value.integer ? JSON_TRUE : JSON_FALSE);
	if (seen->kind != JSON_STRING && seen->kind != JSON_NUMBER)
		return false;
	if (value.kind == VALUE_TEXT)
		return span_equal(value.text, seen->text);
	if (value.kind != VALUE_INTEGER)
		return false;
	snprintf(digits, sizeof(digits), "%" PRId64, value.integer);
	return span_equal_text(seen->text, digits);
}

/* The item of seen that the key at index names, and its path. */
static const struct json_value *step(lua_State *lua, struct example_run *run, const char **path,
				     const struct json_value *seen, int index)
{
	size_t i;

	if (lua_type(lua, index) == LUA_TNUMBER) {
		i = (size_t)lua_tointeger(lua, index);
		*path = arena_print(run->arena, "%s[%zu]", *path, i).data;
		return seen->kind == JSON_ARRAY && i >= 1 && i <= seen->item_count
			   ? &seen->items[i - 1]
			   : NULL;
	}
	*path = arena_print(run->arena, "%s%s%s", *path, **path ? "." : "",
			    lua_type(lua, index) == LUA_TSTRING ? lua_tostring(lua, index) : "?")
		    .data;
	return seen->kind == JSON_OBJECT && lua_type(lua, index) == LUA_TSTRING
		   ? json_member(seen, lua_tostring(lua, index))
		   : NULL;
}

/* The table at the top of the stack against a list or an object. */
static void compare_table(lua_State *lua, struct example_run *run, const char *path,
			  const struct json_value *seen, int depth)
{
	bool is_empty = true;

	if (!seen || (seen->kind != JSON_ARRAY && seen->kind != JSON_OBJECT)) {
		differs(lua, run, path, -1, seen);
		return;
	}
	lua_pushnil(lua);
	while (lua_next(lua, -2)) {
		const char *member = path;
		const struct json_value *item = step(lua, run, &member, seen, -2);

		is_empty = false;
		compare(lua, run, member, item, depth + 1);
		lua_pop(lua, 1);
	}
	if (is_empty && depth > 0 && seen->item_count > 0)
		differs(lua, run, path, -1, seen);
}

/* The expected value at the top of the stack against what is there, or NULL. */
static void compare(lua_State *lua, struct example_run *run, const char *path,
		    const struct json_value *seen, int depth)
{
	luaL_checkstack(lua, LUA_MINSTACK, "an example that is nested too deeply");
	if (sandbox_is_absent(lua, -1)) {
		if (seen)
			differs(lua, run, path, -1, seen);
	} else if (lua_istable(lua, -1)) {
		compare_table(lua, run, path, seen, depth);
	} else if (!seen || !same_scalar(lua, seen)) {
		differs(lua, run, path, -1, seen);
	}
}

/* A name that is no field would be "absent" for ever and prove nothing. */
static void check_field_names(lua_State *lua, struct example_run *run)
{
	int count = run->plan->field_count;
	const char **names = arena_alloc(run->arena, sizeof(*names) * (size_t)(count + 1));

	for (int i = 0; i < count; i++)
		names[i] = run->plan->fields[i].name;
	lua_pushnil(lua);
	while (lua_next(lua, -2)) {
		const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?";
		const char *nearest = blame_nearest(span_of(name), names, count);
		bool found = false;

		lua_pop(lua, 1);
		for (int i = 0; i < count; i++)
			found = found || strcmp(names[i], name) == 0;
		if (!found)
			example_differs(run, span_of(name), "expect.%s is no field%s%s%s", name,
					nearest ? "; did you mean \"" : "", nearest ? nearest : "",
					nearest ? "\"?" : "");
	}
}

static bool is_kind(struct example_run *run, enum outcome_kind kind, const char *expected)
{
	if (run->outcome.kind == kind)
		return true;
	example_differs(run, SPAN_NONE, "expected %s, seen %s", expected, outcome_text(run));
	return false;
}

static void check_expect(lua_State *lua, struct example_run *run)
{
	struct json_value seen;
	struct err err = { .code = ERR_NONE };

	if (!is_kind(run, OUTCOME_RECORD, "a record"))
		return;
	check_field_names(lua, run);
	if (json_read(run->outcome.body, run->arena, &seen, &err))
		compare(lua, run, "", &seen, 0);
	else
		example_differs(run, SPAN_NONE, "the record cannot be read back: %s", err.text);
}

/* ---- rejects, skips, touches ---- */

static bool is_seen(const struct outcome *outcome, const char *field, const char *code)
{
	for (size_t i = 0; i < outcome->fault_count; i++) {
		if (span_equal_text(outcome->faults[i].field, field) &&
		    strcmp(outcome->faults[i].code, code) == 0)
			return true;
	}
	return false;
}

/* Is the code the value at the top of the stack, or in the list there? */
static bool names_code(lua_State *lua, const char *code)
{
	bool found = false;

	if (lua_type(lua, -1) == LUA_TSTRING)
		return strcmp(lua_tostring(lua, -1), code) == 0;
	for (int i = 1; lua_istable(lua, -1) && i <= (int)lua_objlen(lua, -1) && !found; i++) {
		lua_rawgeti(lua, -1, i);
		found =
		    lua_type(lua, -1) == LUA_TSTRING && strcmp(lua_tostring(lua, -1), code) == 0;
		lua_pop(lua, 1);
	}
	return found;
}

static void expect_code(struct example_run *run, const char *field, const char *code)
{
	if (!is_seen(&run->outcome, field, code))
		example_differs(run, span_of(field), "%s: expected %s, seen no such fault", field,
				code);
}

static void expect_codes(lua_State *lua, struct example_run *run, const char *field)
{
	if (lua_type(lua, -1) == LUA_TSTRING) {
		expect_code(run, field, lua_tostring(lua, -1));
		return;
	}
	for (int i = 1; lua_istable(lua, -1) && i <= (int)lua_objlen(lua, -1); i++) {
		lua_rawgeti(lua, -1, i);
		expect_code(run, field,
			    lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1)
							     : value_noun(lua, -1));
		lua_pop(lua, 1);
	}
}

/* The set of faults, by field and code, must be the expected one: no more and no less. */
static void check_rejects(lua_State *lua, struct example_run *run)
{
	if (!is_kind(run, OUTCOME_REJECT, "a reject"))
		return;
	lua_pushnil(lua);
	while (lua_next(lua, -2)) {
		if (lua_type(lua, -2) == LUA_TSTRING)
			expect_codes(lua, run, lua_tostring(lua, -2));
		lua_pop(lua, 1);
	}
	for (size_t i = 0; i < run->outcome.fault_count; i++) {
		const struct fault *fault = &run->outcome.faults[i];

		lua_pushlstring(lua, fault->field.data, fault->field.size);
		lua_rawget(lua, -2);
		if (!names_code(lua, fault->code))
			example_differs(run, fault->field, "%.*s: seen %s, not expected: %.*s",
					SPAN_ARGS(fault->where), fault->code,
					SPAN_ARGS(fault->message));
		lua_pop(lua, 1);
	}
}

static void check_skips(lua_State *lua, struct example_run *run)
{
	const char *reason = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "?";

	if (is_kind(run, OUTCOME_SKIP, "a skip") &&
	    !span_equal_text(run->outcome.skip_text, reason))
		example_differs(run, SPAN_NONE, "expected skipped: %s, seen %s", reason,
				outcome_text(run));
}

static void check_touches(lua_State *lua, struct example_run *run)
{
	const struct entity_info *info = run->plan->info;

	if (!is_kind(run, OUTCOME_RECORD, "a record"))
		return;
	for (int i = 0; i < info->decision_count; i++) {
		bool seen = run->outcome.decisions >> i & 1;
		bool expected = names_code(lua, info->decisions[i].id);

		if (seen != expected)
			example_differs(run, span_of(info->decisions[i].id),
					"decision %s: expected %s, seen %s", info->decisions[i].id,
					expected ? "touched" : "untouched",
					seen ? "touched" : "untouched");
	}
}

void example_check(lua_State *lua, struct example_run *run)
{
	static const struct {
		const char *name;
		bool wants_table;
		void (*check)(lua_State *lua, struct example_run *run);
	} parts[] = {
		{ "expect", true, check_expect },
		{ "rejects", true, check_rejects },
		{ "skips", false, check_skips },
		{ "touches", false, check_touches },
	};
	int checked = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		lua_getfield(lua, 1, parts[i].name);
		if (lua_istable(lua, -1) || (!parts[i].wants_table && !lua_isnil(lua, -1))) {
			parts[i].check(lua, run);
			checked++;
		}
		lua_pop(lua, 1);
	}
	if (!checked)
		example_differs(run, SPAN_NONE, "the example expects nothing");
}
