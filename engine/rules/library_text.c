/*
 * library_text.c: what rules do with text. ASCII letters and blanks only; counted in characters.
 */
#include "engine/model/utf8.h"
#include "engine/rules/library.h"

enum { SHORT_TEXT = 256 };

struct span text_trim(struct span text)
{
	while (text.size && (text.data[text.size - 1] == ' ' || (text.data[text.size - 1] >= '\t' &&
								 text.data[text.size - 1] <= '\r')))
		text.size--;
	while (text.size &&
	       (text.data[0] == ' ' || (text.data[0] >= '\t' && text.data[0] <= '\r'))) {
		text.data++;
		text.size--;
	}
	return text;
}

/* Turn the letters from first to last into the other case. Text without any is its own answer. */
static int change_case(lua_State *lua, const char *function, char first, char last)
{
	char short_text[SHORT_TEXT];
	char *changed = short_text;
	struct span text;
	size_t i = 0;

	if (lua_isnoneornil(lua, 1))
		return 0;
	text = library_check_text(lua, 1, function);
	while (i < text.size && (text.data[i] < first || text.data[i] > last))
		i++;
	if (i == text.size) {
		lua_settop(lua, 1);
		return 1;
	}
	if (text.size > sizeof(short_text))
		changed = lua_newuserdata(lua, text.size);
	memcpy(changed, text.data, text.size);
	for (; i < text.size; i++) {
		if (changed[i] >= first && changed[i] <= last)
			changed[i] = (char)(changed[i] ^ 0x20);
	}
	lua_pushlstring(lua, changed, text.size);
	return 1;
}

int library_upper(lua_State *lua)
{
	return change_case(lua, "upper", 'a', 'z');
}

int library_lower(lua_State *lua)
{
	return change_case(lua, "lower", 'A', 'Z');
}

int library_trim(lua_State *lua)
{
	struct span text, trimmed;

	if (lua_isnoneornil(lua, 1))
		return 0;
	text = library_check_text(lua, 1, "trim");
	trimmed = text_trim(text);
	if (trimmed.size == text.size)
		lua_settop(lua, 1);
	else
		lua_pushlstring(lua, trimmed.data, trimmed.size);
	return 1;
}

static int library_starts(lua_State *lua)
{
	struct span start = library_check_text(lua, 2, "starts");
	struct span text;

	if (lua_isnil(lua, 1)) {
		lua_pushboolean(lua, 0);
		return 1;
	}
	text = library_check_text(lua, 1, "starts");
	lua_pushboolean(lua,
			text.size >= start.size && memcmp(text.data, start.data, start.size) == 0);
	return 1;
}

static int library_ends(lua_State *lua)
{
	struct span end = library_check_text(lua, 2, "ends");
	struct span text;

	if (lua_isnil(lua, 1)) {
		lua_pushboolean(lua, 0);
		return 1;
	}
	text = library_check_text(lua, 1, "ends");
	lua_pushboolean(lua, text.size >= end.size &&
				 memcmp(text.data + text.size - end.size, end.data, end.size) == 0);
	return 1;
}

/* memmem() finds an empty needle everywhere, which is what is meant. */
static const char *find(struct span text, struct span part)
{
	return memmem(text.data, text.size, part.data, part.size);
}

static int library_contains(lua_State *lua)
{
	struct span part = library_check_text(lua, 2, "contains");

	if (lua_isnil(lua, 1))
		lua_pushboolean(lua, 0);
	else
		lua_pushboolean(lua, find(library_check_text(lua, 1, "contains"), part) != NULL);
	return 1;
}

/* split(text, separator): the parts between the separators, taken literally; of nil, none. */
static int library_split(lua_State *lua)
{
	struct span separator = library_check_text(lua, 2, "split");
	struct span rest;
	const char *at;
	int count = 0;

	if (!separator.size)
		return luaL_error(lua, "split wants a separator that is not empty");
	lua_settop(lua, 2);
	lua_newtable(lua);
	if (lua_isnil(lua, 1))
		return 1;
	rest = library_check_text(lua, 1, "split");
	while ((at = find(rest, separator)) != NULL) {
		size_t size = (size_t)(at - rest.data);

		value_charge(lua, 0);
		lua_pushlstring(lua, rest.data, size);
		lua_rawseti(lua, 3, ++count);
		rest.data += size + separator.size;
		rest.size -= size + separator.size;
	}
	lua_pushlstring(lua, rest.data, rest.size);
	lua_rawseti(lua, 3, count + 1);
	return 1;
}

/* join(list, separator): texts, and what has exactly one text, one behind the other. */
static int library_join(lua_State *lua)
{
	struct span separator = SPAN("");
	uint32_t count = list_length(lua, 1, "join");
	luaL_Buffer joined;

	if (!lua_isnoneornil(lua, 2))
		separator = library_check_text(lua, 2, "join");
	lua_settop(lua, 2);
	luaL_buffinit(lua, &joined);
	for (uint32_t i = 1; i <= count; i++) {
		if (i > 1)
			luaL_addlstring(&joined, separator.data, separator.size);
		lua_pushcfunction(lua, library_tostring);
		list_push(lua, 1, i);
		if (lua_isnil(lua, -1))
			return luaL_error(lua, "join: element %d is nil", (int)i);
		lua_call(lua, 1, 1);
		value_charge(lua, lua_objlen(lua, -1));
		luaL_addvalue(&joined);
	}
	luaL_pushresult(&joined);
	return 1;
}

/* Text whose characters can be counted. */
struct span library_check_characters(lua_State *lua, int index, const char *function)
{
	struct span text = library_check_text(lua, index, function);

	if (utf8_first_bad(text) != text.size)
		luaL_error(lua, "%s wants valid UTF-8 without NUL", function);
	return text;
}

static int library_len(lua_State *lua)
{
	if (lua_isnoneornil(lua, 1))
		return 0;
	if (lua_type(lua, 1) != LUA_TSTRING)
		return luaL_error(lua, "len wants a text, not %s; a list's length is #list",
				  value_noun(lua, 1));
	lua_pushnumber(lua, (lua_Number)utf8_length(library_check_characters(lua, 1, "len")));
	return 1;
}

/* A position counted from either end as one from the start. */
static int64_t position(int index, size_t length)
{
	return index < 0 ? (int64_t)length + index + 1 : index;
}

/* slice(text, first, last): characters from 1, both included; negative ones count from the end. */
static int library_slice(lua_State *lua)
{
	int64_t first, last;
	struct span text;
	size_t length, from;

	if (lua_isnoneornil(lua, 1))
		return 0;
	text = library_check_characters(lua, 1, "slice");
	length = utf8_length(text);
	first = position(library_check_index(lua, 2, "slice"), length);
	last = lua_isnoneornil(lua, 3) ? (int64_t)length
				       : position(library_check_index(lua, 3, "slice"), length);
	first = first < 1 ? 1 : first;
	last = last > (int64_t)length ? (int64_t)length : last;
	if (first > last) {
		lua_pushliteral(lua, "");
		return 1;
	}
	from = utf8_offset(text, (size_t)first - 1);
	lua_pushlstring(lua, text.data + from, utf8_offset(text, (size_t)last) - from);
	return 1;
}

const luaL_Reg library_text[] = {
	{ "upper", library_upper },
	{ "lower", library_lower },
	{ "trim", library_trim },
	{ "starts", library_starts },
	{ "ends", library_ends },
	{ "contains", library_contains },
	{ "split", library_split },
	{ "join", library_join },
	{ "len", library_len },
	{ "slice", library_slice },
	{ NULL, NULL },
};
