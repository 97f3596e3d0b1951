/*
 * seal.c: makes a function pure: what it captured cannot change from one record to the next.
 */
#include "engine/base/require.h"
#include "engine/rules/bytecode.h"
#include "engine/rules/host_internal.h"

enum { SEAL_DEPTH_MAX = 100 };

struct seal {
	struct rule_host *host;
	struct arena arena;
	int function_ref;
	const char *variable; /* why it is refused; in the host's arena */
	int visited;          /* stack index: functions and tables that are sealed */
	int depth;
};

static void seal_function(lua_State *lua, struct seal *seal, int function);

static bool visit(lua_State *lua, struct seal *seal, int index)
{
	bool is_new;

	lua_pushvalue(lua, index);
	lua_rawget(lua, seal->visited);
	is_new = lua_isnil(lua, -1);
	lua_pop(lua, 1);
	if (!is_new)
		return false;
	lua_pushvalue(lua, index);
	lua_pushboolean(lua, 1);
	lua_rawset(lua, seal->visited);
	return true;
}

static void seal_value(lua_State *lua, struct seal *seal, int index);

/* Functions inside a table can be called through its frozen view. */
static void seal_table(lua_State *lua, struct seal *seal, int table)
{
	if (!visit(lua, seal, table))
		return;
	lua_pushnil(lua);
	while (lua_next(lua, table)) {
		seal_value(lua, seal, lua_gettop(lua));
		lua_pop(lua, 1);
		seal_value(lua, seal, lua_gettop(lua));
	}
}

static void seal_value(lua_State *lua, struct seal *seal, int index)
{
	if (++seal->depth > SEAL_DEPTH_MAX)
		luaL_error(lua, "what the function captured is nested too deeply");
	luaL_checkstack(lua, 10, "what the function captured is nested too deeply");
	if (lua_istable(lua, index))
		seal_table(lua, seal, index);
	else if (lua_isfunction(lua, index))
		seal_function(lua, seal, index);
	seal->depth--;
}

static void seal_upvalues(lua_State *lua, struct seal *seal, int function)
{
	for (int i = 1; lua_getupvalue(lua, function, i); i++) {
		int value = lua_gettop(lua);

		seal_value(lua, seal, value);
		if (lua_istable(lua, value)) {
			value_push_frozen(lua, value);
			lua_setupvalue(lua, function, i);
		}
		lua_settop(lua, value - 1);
	}
}

static void refuse(lua_State *lua, struct seal *seal, int function, int upvalue)
{
	const char *name = lua_getupvalue(lua, function, upvalue);

	if (!seal->variable)
		seal->variable = arena_text(&seal->host->arena, name && *name ? name : "?");
	if (name)
		lua_pop(lua, 1);
}

static void seal_function(lua_State *lua, struct seal *seal, int function)
{
	struct bytecode_report report;

	if (lua_iscfunction(lua, function) || !visit(lua, seal, function))
		return;
	lua_pushvalue(lua, function);
	if (!bytecode_read(lua, &seal->arena, &report) || report.has_foreign_constants)
		luaL_error(lua, "the function holds something that cannot be checked");
	lua_pop(lua, 1);
	for (int i = 0; i < UPVALUES_MAX; i++) {
		if (report.assigned[i])
			refuse(lua, seal, function, i + 1);
	}
	seal_upvalues(lua, seal, function);
}

static int seal_protected(lua_State *lua)
{
	struct seal *seal = lua_touserdata(lua, 1);

	lua_newtable(lua);
	seal->visited = lua_gettop(lua);
	lua_rawgeti(lua, LUA_REGISTRYINDEX, seal->function_ref);
	require(lua_isfunction(lua, -1));
	seal_function(lua, seal, lua_gettop(lua));
	return 0;
}

bool sandbox_seal_function(struct rule_host *host, int function_ref, const char **variable,
			   const char **why)
{
	struct seal seal = { .host = host, .function_ref = function_ref };
	int status;

	arena_init(&seal.arena);
	status = lua_cpcall(host->lua, seal_protected, &seal);
	arena_release(&seal.arena);
	if (status == LUA_ERRMEM)
		lua_error(host->lua);
	*variable = seal.variable;
	*why = NULL;
	if (status) {
		*why = arena_text(&host->arena, lua_tostring(host->lua, -1));
		lua_pop(host->lua, 1);
	}
	return !status && !seal.variable;
}
