/*
 * config.c: engine.lua in a sandbox that offers env "NAME", the words for signals, and nothing else.
 */
#include <stdlib.h>

#include "engine/base/file.h"
#include "engine/base/require.h"
#include "engine/rules/config_internal.h"

enum {
	CONFIG_BYTES_MAX = 1 << 20,
	CONFIG_MEMORY_BYTES = 16 << 20,
	CONFIG_INSTRUCTIONS = 1000000,
	CONFIG_CPU_MS = 2000
};

static int read_environment(lua_State *lua)
{
	const char *name = luaL_checkstring(lua, 1);
	const char *value = getenv(name);

	if (!value || !*value)
		return luaL_error(lua, "the environment variable %s is not set", name);
	lua_pushstring(lua, value);
	return 1;
}

static int refuse_name(lua_State *lua)
{
	return luaL_error(
	    lua, "'%s' does not exist here; engine.lua is one table, with env \"NAME\" for secrets",
	    lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?");
}

static void push_environment(lua_State *lua, struct config_reading *reading)
{
	lua_newtable(lua);
	lua_pushcfunction(lua, read_environment);
	lua_setfield(lua, -2, "env");
	config_push_signals(lua, reading);
	lua_newtable(lua);
	lua_pushcfunction(lua, refuse_name);
	lua_setfield(lua, -2, "__index");
	lua_pushcfunction(lua, refuse_name);
	lua_setfield(lua, -2, "__newindex");
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_setmetatable(lua, -2);
}

static int take_text(lua_State *lua, struct config_reading *reading, const char *key,
		     const char **place)
{
	if (lua_type(lua, -1) != LUA_TSTRING || lua_objlen(lua, -1) == 0)
		return luaL_error(lua, "%s is a text, not a %s", key, luaL_typename(lua, -1));
	*place = arena_text(reading->arena, lua_tostring(lua, -1));
	return 0;
}

static int take_count(lua_State *lua, const char *key, int64_t *place)
{
	lua_Number number = lua_tonumber(lua, -1);

	require(place);
	if (lua_type(lua, -1) != LUA_TNUMBER || !(number >= 0) || number > 9007199254740991.0 ||
	    number != (lua_Number)(int64_t)number)
		return luaL_error(lua, "%s is a whole number from 0", key);
	*place = (int64_t)number;
	return 0;
}

static int take_member(lua_State *lua, struct config_reading *reading, const char *key)
{
	struct rule_config *config = reading->config;
	struct {
		const char *key;
		const char **text;
		int64_t *count;
	} places[] = {
		{ "legacy", &config->legacy, NULL }, { "target", &config->target, NULL },
		{ "cold", &config->cold, NULL },     { "state", &config->state, NULL },
		{ "rules", &config->rules, NULL },   { "workers", NULL, &config->workers },
		{ "rate", NULL, &config->rate },     { "bytes", NULL, &config->bytes },
		{ "chunk", NULL, &config->chunk },   { "quarantine", NULL, &config->quarantine },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		if (strcmp(places[i].key, key) != 0)
			continue;
		return places[i].text ? take_text(lua, reading, key, places[i].text)
				      : take_count(lua, key, places[i].count);
	}
	if (strcmp(key, "throttle") == 0)
		return config_take_throttle(lua, reading);
	return luaL_error(lua,
			  "nobody knows the key '%s'; there are legacy target cold state rules "
			  "workers rate bytes chunk quarantine throttle",
			  key);
}

static int read_table(lua_State *lua)
{
	struct config_reading *reading = lua_touserdata(lua, 1);
	const char *name = lua_pushfstring(lua, "@%s", reading->path);

	if (luaL_loadbufferx(lua, reading->text.data, reading->text.size, name, "t"))
		return lua_error(lua);
	push_environment(lua, reading);
	lua_setfenv(lua, -2);
	lua_call(lua, 0, 1);
	if (lua_type(lua, -1) != LUA_TTABLE)
		return luaL_error(lua, "%s does not return a table", reading->path);
	lua_pushnil(lua);
	while (lua_next(lua, -2)) {
		if (lua_type(lua, -2) != LUA_TSTRING)
			return luaL_error(lua, "every entry of %s has a name", reading->path);
		take_member(lua, reading, lua_tostring(lua, -2));
		lua_pop(lua, 1);
	}
	config_check_signals(lua, reading);
	return 0;
}

bool rule_config_read(const char *path, struct arena *arena, struct rule_config *config,
		      struct err *err)
{
	struct rule_host host = { .budget = { CONFIG_INSTRUCTIONS, CONFIG_MEMORY_BYTES,
					      CONFIG_INSTRUCTIONS, CONFIG_CPU_MS } };
	struct config_reading reading = { .path = path, .arena = arena, .config = config };
	bool ok = true;

	*config = (struct rule_config){ 0 };
	if (!file_read(path, CONFIG_BYTES_MAX, arena, &reading.text, err))
		return err_while(err, "reading the settings");
	if (!sandbox_open(&host, err))
		return err_while(err, "%s", path);
	budget_arm(&host, CONFIG_INSTRUCTIONS);
	if (lua_cpcall(host.lua, read_table, &reading) != 0) {
		const char *why = lua_tostring(host.lua, -1);

		ok = err_set(err, ERR_RULE, "%s: %s", path, why ? why : "does not load");
	}
	sandbox_close(&host);
	if (ok && config->rules && *config->rules != '/' && strchr(path, '/'))
		config->rules =
		    arena_print(arena, "%s/%s", file_folder_of(arena, path), config->rules).data;
	return ok;
}
