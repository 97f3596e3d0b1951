/*
 * library_pattern.c: match, find and replace, by PCRE2 patterns.
 */
#include "engine/model/batch.h"
#include "engine/model/utf8.h"
#include "engine/rules/library.h"

#define CACHE "engine.patterns"

/* What a rule makes patterns of is bounded by its rows only if it builds them; a rule file has fewer. */
enum { CACHED_MAX = 256, BYTES_A_STEP = 8, ROOM_BYTES = 256, REPLACED_BYTES_MAX = CELL_BYTES_MAX };

struct patterns *library_patterns(lua_State *lua)
{
	struct rule_host *host = host_of(lua);

	if (!host->patterns)
		host->patterns = patterns_open();
	return host->patterns;
}

/* ---- compiled patterns by their text ---- */

/* Push the cache: pattern -> its struct. */
static void push_cache(lua_State *lua)
{
	lua_getfield(lua, LUA_REGISTRYINDEX, CACHE);
	if (!lua_isnil(lua, -1))
		return;
	lua_pop(lua, 1);
	lua_newtable(lua);
	lua_pushvalue(lua, -1);
	lua_setfield(lua, LUA_REGISTRYINDEX, CACHE);
}

static const struct pattern *compile(lua_State *lua, const char *function)
{
	struct patterns *patterns = library_patterns(lua);
	struct span text = library_check_text(lua, 2, function);
	char message[PATTERN_MESSAGE_SIZE];
	const struct pattern *pattern;

	if (patterns_for_now(patterns) >= CACHED_MAX) {
		lua_pushnil(lua);
		lua_setfield(lua, LUA_REGISTRYINDEX, CACHE);
		patterns_forget(patterns);
	}
	pattern = pattern_compile(patterns, text, true, message);
	if (!pattern)
		blame_raise(lua, "E2207", 2, "%s: this is no pattern: %s", function, message);
	return pattern;
}

/* The pattern at 2; the same text is compiled once. */
static const struct pattern *check_pattern(lua_State *lua, const char *function)
{
	const struct pattern *pattern;

	library_check_text(lua, 2, function);
	push_cache(lua);
	lua_pushvalue(lua, 2);
	lua_rawget(lua, -2);
	pattern = lua_touserdata(lua, -1);
	if (!pattern) {
		pattern = compile(lua, function);
		push_cache(lua);
		lua_pushvalue(lua, 2);
		lua_pushlightuserdata(lua, (void *)(uintptr_t)pattern);
		lua_rawset(lua, -3);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 2);
	return pattern;
}

/* ---- matching ---- */

_Noreturn static void stop_at_limit(lua_State *lua, const char *function)
{
	blame_raise(lua, "E2206", 1,
		    "%s: the pattern goes back and forth on this text beyond its limits", function);
}

/* Is the pattern at 2 found in the text at 1? What it costs is charged. */
static bool is_found(lua_State *lua, const char *function, const struct pattern **pattern)
{
	struct patterns *patterns = library_patterns(lua);
	struct span text = library_check_characters(lua, 1, function);
	enum pattern_answer answer;

	*pattern = check_pattern(lua, function);
	answer = pattern_match(patterns, *pattern, text);
	value_charge(lua, pattern_steps(patterns) * BYTES_A_STEP);
	if (answer == PATTERN_LIMIT)
		stop_at_limit(lua, function);
	return answer == PATTERN_MATCHES;
}

static void push_capture(lua_State *lua, int index)
{
	struct span text = pattern_capture(host_of(lua)->patterns, index);

	if (text.data)
		lua_pushlstring(lua, text.data, text.size);
	else
		lua_pushnil(lua);
}

/* match(text, pattern): the whole match and what each group matched; nil where it is not found. */
static int library_match(lua_State *lua)
{
	const struct pattern *pattern;
	int count;

	lua_settop(lua, 2);
	if (lua_isnil(lua, 1)) {
		check_pattern(lua, "match");
		return 0;
	}
	if (!is_found(lua, "match", &pattern))
		return 0;
	count = pattern_capture_count(pattern) + 1;
	luaL_checkstack(lua, count, "match");
	for (int i = 0; i < count; i++)
		push_capture(lua, i);
	return count;
}

/* find(text, pattern): the first and the last character of the first match, counted from 1. An empty
 * match ends in front of where it begins. */
static int library_find(lua_State *lua)
{
	const struct pattern *pattern;
	struct span text, found;
	size_t before;

	lua_settop(lua, 2);
	if (lua_isnil(lua, 1)) {
		check_pattern(lua, "find");
		return 0;
	}
	if (!is_found(lua, "find", &pattern))
		return 0;
	text = library_check_text(lua, 1, "find");
	found = pattern_capture(host_of(lua)->patterns, 0);
	before = utf8_length((struct span){ text.data, (size_t)(found.data - text.data) });
	lua_pushnumber(lua, (lua_Number)(before + 1));
	lua_pushnumber(lua, (lua_Number)(before + utf8_length(found)));
	return 2;
}

/* ---- replacing ---- */

/* Replace into a new userdata of *size bytes, left on the stack. */
static enum pattern_answer replace_into(lua_State *lua, const struct pattern *pattern, char **room,
					size_t *size)
{
	struct patterns *patterns = library_patterns(lua);
	struct span text = library_check_text(lua, 1, "replace");
	struct span replacement = library_check_characters(lua, 3, "replace");
	enum pattern_answer answer;

	*room = lua_newuserdata(lua, *size);
	answer = pattern_replace(patterns, pattern, text, replacement, *room, size);
	value_charge(lua, pattern_steps(patterns) * BYTES_A_STEP);
	return answer;
}

/* replace(text, pattern, replacement): every match replaced; $1 stands for a group, $$ for a dollar. */
static int library_replace(lua_State *lua)
{
	const struct pattern *pattern;
	enum pattern_answer answer;
	size_t size;
	char *room;

	lua_settop(lua, 3);
	library_check_characters(lua, 3, "replace");
	pattern = check_pattern(lua, "replace");
	if (lua_isnil(lua, 1))
		return 0;
	size = library_check_characters(lua, 1, "replace").size * 2 + ROOM_BYTES;
	answer = replace_into(lua, pattern, &room, &size);
	if (answer == PATTERN_TOO_LONG && size <= REPLACED_BYTES_MAX)
		answer = replace_into(lua, pattern, &room, &size);
	if (answer == PATTERN_TOO_LONG ||
	    (answer != PATTERN_LIMIT && answer != PATTERN_REPLACEMENT && size > REPLACED_BYTES_MAX))
		blame_raise(lua, "E2206", 1,
			    "replace: the new text would have %zu bytes, and at most %d are kept",
			    size, REPLACED_BYTES_MAX);
	if (answer == PATTERN_LIMIT)
		stop_at_limit(lua, "replace");
	if (answer == PATTERN_REPLACEMENT)
		blame_raise(lua, "E2207", 3, "replace: this cannot stand for a match: %s",
			    pattern_why(host_of(lua)->patterns));
	lua_pushlstring(lua, room, size);
	return 1;
}

const luaL_Reg library_pattern[] = {
	{ "match", library_match },
	{ "find", library_find },
	{ "replace", library_replace },
	{ NULL, NULL },
};
