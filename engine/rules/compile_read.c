/*
 * compile_read.c: single members of the prelude's tables as C values in the host's arena.
 */
#include "engine/rules/compile.h"

const char *read_text(lua_State *lua, struct arena *arena, const char *key)
{
	const char *text = NULL;

	lua_getfield(lua, -1, key);
	if (lua_type(lua, -1) == LUA_TSTRING)
		text = arena_text(arena, lua_tostring(lua, -1));
	lua_pop(lua, 1);
	return text;
}

int read_int(lua_State *lua, const char *key, int otherwise)
{
	int value;

	lua_getfield(lua, -1, key);
	value = lua_isnil(lua, -1) ? otherwise : (int)lua_tointeger(lua, -1);
	lua_pop(lua, 1);
	return value;
}

bool read_bool(lua_State *lua, const char *key)
{
	bool value;

	lua_getfield(lua, -1, key);
	value = lua_toboolean(lua, -1) != 0;
	lua_pop(lua, 1);
	return value;
}

int push_list(lua_State *lua, const char *key)
{
	lua_getfield(lua, -1, key);
	if (lua_isnil(lua, -1)) {
		lua_pop(lua, 1);
		lua_newtable(lua);
	}
	return (int)lua_objlen(lua, -1);
}

const char *const *read_texts(lua_State *lua, struct arena *arena, const char *key, int *count)
{
	const char **texts;

	*count = push_list(lua, key);
	texts = arena_alloc(arena, ((size_t)*count + 1) * sizeof(*texts));
	for (int i = 0; i < *count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		texts[i] = arena_text(arena, luaL_checkstring(lua, -1));
		lua_pop(lua, 1);
	}
	texts[*count] = NULL;
	lua_pop(lua, 1);
	return texts;
}

const int *read_ints(lua_State *lua, struct arena *arena, const char *key, int *count)
{
	int *values;

	*count = push_list(lua, key);
	values = arena_alloc(arena, ((size_t)*count + 1) * sizeof(*values));
	for (int i = 0; i < *count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		values[i] = (int)lua_tointeger(lua, -1);
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
	return values;
}

static void fault_unsealed(lua_State *lua, struct loader *loader, int function_ref,
			   const char *where, const char *variable, const char *why)
{
	struct fault *fault;
	lua_Debug at;

	lua_rawgeti(lua, LUA_REGISTRYINDEX, function_ref);
	lua_getinfo(lua, ">S", &at);
	fault = loader_fault(loader, variable ? "E1009" : "E1004",
			     at.source[0] == '@' ? at.source + 1 : NULL, at.linedefined);
	fault->where = loader_text(loader, "%s", where);
	if (!variable) {
		fault->message = loader_text(loader, "%s", why);
		fault->why = SPAN("what cannot be looked through might change between records");
		fault->help = SPAN("let the function capture plain tables and values");
		return;
	}
	fault->message =
	    loader_text(loader, "'%s' is assigned by a function that captured it", variable);
	fault->why = SPAN("nothing may pass from one record to the next");
	fault->help = SPAN("use a local variable inside the function");
}

int read_function(lua_State *lua, struct loader *loader, const char *key, const char *where)
{
	const char *variable, *why;
	int function_ref;

	lua_getfield(lua, -1, key);
	if (!lua_isfunction(lua, -1)) {
		lua_pop(lua, 1);
		return NO_FUNCTION;
	}
	function_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	if (!sandbox_seal_function(loader->host, function_ref, &variable, &why))
		fault_unsealed(lua, loader, function_ref, where, variable, why);
	return function_ref;
}
