/*
 * library_fixture.c: a bare state for the functions of the rule language.
 */
#include "tests/rules/library_fixture.h"

#include <criterion/criterion.h>
#include <lualib.h>
#include <stdlib.h>

struct rule_host library_host;
lua_State *library_lua;

static void *plain_alloc(void *user, void *old, size_t old_size, size_t new_size)
{
	(void)user;
	(void)old_size;
	if (new_size)
		return realloc(old, new_size);
	free(old);
	return NULL;
}

void library_open(void)
{
	library_host.budget.load_instructions = 1000000;
	library_lua = library_host.lua = lua_newstate(plain_alloc, &library_host);
	cr_assert_not_null(library_lua);
	values_open(library_lua);
	library_push(library_lua);
	lua_setfield(library_lua, LUA_REGISTRYINDEX, "library");
}

void library_close(void)
{
	patterns_close(library_host.patterns);
	lua_close(library_lua);
}

const char *library_run(const char *text)
{
	lua_State *lua = library_lua;

	lua_settop(lua, 0);
	if (luaL_loadbuffer(lua, text, strlen(text), "@test"))
		return lua_tostring(lua, -1);
	lua_getfield(lua, LUA_REGISTRYINDEX, "library");
	lua_setfenv(lua, -2);
	if (lua_pcall(lua, 0, 1, 0))
		return lua_tostring(lua, -1);
	return lua_isboolean(lua, -1) && lua_toboolean(lua, -1) ? NULL : "it did not return true";
}
