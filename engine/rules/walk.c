/*
 * walk.c: the keys of anything pairs() walks, in an order that is the same on every machine:
 * integers by value, then texts by bytes.
 */
#include <stdlib.h>

#include "engine/base/require.h"
#include "engine/rules/library.h"

struct walk_key {
	bool is_text;
	lua_Number number;
	struct span text;
};

static int compare_walk_keys(const void *a, const void *b)
{
	const struct walk_key *first = a;
	const struct walk_key *second = b;

	if (first->is_text != second->is_text)
		return first->is_text ? 1 : -1;
	if (first->is_text)
		return span_compare(first->text, second->text);
	return (first->number > second->number) - (first->number < second->number);
}

/* Append the key at the top of the stack to the plain array at keys, and pop it. */
static void add_key(lua_State *lua, int keys)
{
	lua_rawseti(lua, keys, (int)lua_objlen(lua, keys) + 1);
}

static void add_view_keys(lua_State *lua, const struct view *view, int keys)
{
	const struct source *source;

	switch (view->kind) {
	case VIEW_ROW:
		source = &view->evaluator->plan->info->sources.sources[view->source];
		for (int i = 0; i < source->column_count; i++) {
			lua_pushstring(lua, source->columns[i]);
			add_key(lua, keys);
		}
		break;
	case VIEW_RECORD:
		for (int i = 0; i < view->field_count; i++) {
			lua_pushstring(lua, view->fields[i].name);
			add_key(lua, keys);
		}
		break;
	case VIEW_MAP:
		for (uint32_t i = 0; i < view->count; i++) {
			lua_pushlstring(lua, view->pairs[i].key.data, view->pairs[i].key.size);
			add_key(lua, keys);
		}
		break;
	case VIEW_DOCUMENT:
		for (uint32_t i = 0; i < view->count; i++) {
			struct span key = view->document->items[i].key;

			if (view->is_array)
				lua_pushnumber(lua, i + 1);
			else
				lua_pushlstring(lua, key.data, key.size);
			add_key(lua, keys);
		}
		break;
	case VIEW_LIST:
	case VIEW_ELEMENTS:
		for (uint32_t i = 1; i <= view->count; i++) {
			lua_pushnumber(lua, i);
			lua_rawseti(lua, keys, (int)i);
		}
		break;
	}
}

/* Keys of other kinds have no order that means anything; which of them comes first is chance, so
 * none is named. */
static void add_table_keys(lua_State *lua, int table, int keys)
{
	int count = 0;

	lua_pushnil(lua);
	while (lua_next(lua, table)) {
		lua_pop(lua, 1);
		if (lua_type(lua, -1) != LUA_TSTRING && lua_type(lua, -1) != LUA_TNUMBER)
			luaL_error(lua, "pairs: a key is neither a text nor a number, and only "
					"those have an order");
		lua_pushvalue(lua, -1);
		lua_rawseti(lua, keys, ++count);
	}
}

static void sort_keys(lua_State *lua, int keys)
{
	size_t count = lua_objlen(lua, keys);
	struct walk_key *sorted = lua_newuserdata(lua, sizeof(*sorted) * (count + 1));

	for (size_t i = 0; i < count; i++) {
		lua_rawgeti(lua, keys, (int)i + 1);
		sorted[i] = (struct walk_key){ .is_text = lua_type(lua, -1) == LUA_TSTRING };
		if (sorted[i].is_text)
			sorted[i].text.data = lua_tolstring(lua, -1, &sorted[i].text.size);
		else
			sorted[i].number = lua_tonumber(lua, -1);
		lua_pop(lua, 1);
	}
	value_charge(lua, sizeof(*sorted) * count);
	qsort(sorted, count, sizeof(*sorted), compare_walk_keys);
	lua_createtable(lua, (int)count, 0);
	for (size_t i = 0; i < count; i++) {
		if (sorted[i].is_text)
			lua_pushlstring(lua, sorted[i].text.data, sorted[i].text.size);
		else
			lua_pushnumber(lua, sorted[i].number);
		lua_rawseti(lua, -2, (int)i + 1);
	}
	lua_replace(lua, keys);
	lua_settop(lua, keys);
}

void walk_push_keys(lua_State *lua, int index)
{
	const struct view *view = view_at(lua, index);
	int keys;

	require(index > 0);
	lua_newtable(lua);
	keys = lua_gettop(lua);
	if (view)
		add_view_keys(lua, view, keys);
	else if (value_thaw(lua, index))
		add_table_keys(lua, keys + 1, keys);
	else if (lua_istable(lua, index))
		add_table_keys(lua, index, keys);
	else
		luaL_error(lua, "pairs: %s has no members to walk", value_noun(lua, index));
	lua_settop(lua, keys);
	sort_keys(lua, keys);
}
