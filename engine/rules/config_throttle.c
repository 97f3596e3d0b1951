/*
 * config_throttle.c: throttle in engine.lua: the signals that slow a run down.
 *
 * Each declaration is a call, so that what is wrong with it is said with its line, and gives a userdata, which
 * nothing else in the sandbox makes: what stands in the list was declared.
 */
#include <string.h>

#include "engine/rules/config_internal.h"

enum { SIGNAL_NAME_MAX = 60, SIGNAL_SQL_MAX = 10000 };

static struct config_reading *reading_of(lua_State *lua)
{
	return lua_touserdata(lua, lua_upvalueindex(1));
}

/* It stands in progress lines and reports. */
static bool is_fit_for_display(const char *name, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (name[i] < ' ' || name[i] > '~' || name[i] == '"')
			return false;
	return size > 0 && size <= SIGNAL_NAME_MAX && name[0] != ' ' && name[size - 1] != ' ';
}

static void check_members(lua_State *lua, const struct signal_setting *signal)
{
	const char *allowed = signal->kind == SIGNAL_PROBE ? "on, sql and at_most" : "at_most";

	lua_pushnil(lua);
	while (lua_next(lua, -2)) {
		const char *key = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : NULL;
		bool is_known = key && (strcmp(key, "at_most") == 0 ||
					(signal->kind == SIGNAL_PROBE &&
					 (strcmp(key, "on") == 0 || strcmp(key, "sql") == 0)));

		if (!is_known)
			luaL_error(lua, "%s \"%s\" has %s, and nothing beside it%s%s%s",
				   signal->kind == SIGNAL_PROBE ? "probe" : "the signal",
				   signal->name, allowed, key ? ", not '" : "", key ? key : "",
				   key ? "'" : "");
		lua_pop(lua, 1);
	}
}

static double take_limit(lua_State *lua, const char *name)
{
	double limit;

	lua_getfield(lua, -1, "at_most");
	limit = lua_tonumber(lua, -1);
	/* The last condition leaves out infinity. */
	if (lua_type(lua, -1) != LUA_TNUMBER || !(limit > 0) || limit > 1e300)
		luaL_error(lua, "\"%s\" needs its limit: at_most = a number above 0", name);
	lua_pop(lua, 1);
	return limit;
}

static bool take_store(lua_State *lua, const char *name)
{
	const char *store;
	bool on_target;

	lua_getfield(lua, -1, "on");
	store = lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1) : "";
	on_target = strcmp(store, "target") == 0;
	if (!on_target && strcmp(store, "legacy") != 0)
		luaL_error(lua,
			   "probe \"%s\" needs its store: on = \"legacy\" or on = \"target\"%s%s%s",
			   name, *store ? ", not \"" : "", store, *store ? "\"" : "");
	lua_pop(lua, 1);
	return on_target;
}

static const char *take_sql(lua_State *lua, struct config_reading *reading, const char *name)
{
	const char *sql = NULL;
	size_t size = 0;

	lua_getfield(lua, -1, "sql");
	if (lua_type(lua, -1) == LUA_TSTRING)
		sql = lua_tolstring(lua, -1, &size);
	if (!sql || size == 0 || strlen(sql) != size)
		luaL_error(lua, "probe \"%s\" needs its statement: sql = \"select …\"", name);
	if (size > SIGNAL_SQL_MAX)
		luaL_error(lua, "the statement of probe \"%s\" is longer than %d bytes", name,
			   (int)SIGNAL_SQL_MAX);
	sql = arena_text(reading->arena, sql);
	lua_pop(lua, 1);
	return sql;
}

/* The table on top becomes the signal's settings, and its place the result. */
static int declare(lua_State *lua, struct signal_setting signal)
{
	struct config_reading *reading = reading_of(lua);
	int *place;

	if (reading->declared_count == SIGNALS_MAX)
		return luaL_error(lua, "a run watches at most %d signals", (int)SIGNALS_MAX);
	for (int i = 0; i < reading->declared_count; i++)
		if (strcmp(reading->declared[i].name, signal.name) == 0)
			return luaL_error(lua, "two signals are named \"%s\"", signal.name);
	check_members(lua, &signal);
	signal.at_most = take_limit(lua, signal.name);
	if (signal.kind == SIGNAL_PROBE) {
		signal.on_target = take_store(lua, signal.name);
		signal.sql = take_sql(lua, reading, signal.name);
	}
	reading->declared[reading->declared_count] = signal;
	place = lua_newuserdata(lua, sizeof(*place));
	*place = reading->declared_count++;
	return 1;
}

/* probe "replica lag" gives this function, which takes the table. */
static int declare_probe(lua_State *lua)
{
	struct signal_setting signal = { .kind = SIGNAL_PROBE,
					 .name = lua_tostring(lua, lua_upvalueindex(2)) };

	if (lua_type(lua, 1) != LUA_TTABLE)
		return luaL_error(lua,
				  "probe \"%s\" is followed by { on = …, sql = …, at_most = … }",
				  signal.name);
	lua_settop(lua, 1);
	signal.name = arena_text(reading_of(lua)->arena, signal.name);
	return declare(lua, signal);
}

static int name_probe(lua_State *lua)
{
	size_t size = 0;
	const char *name = lua_type(lua, 1) == LUA_TSTRING ? lua_tolstring(lua, 1, &size) : "";

	if (!is_fit_for_display(name, size))
		return luaL_error(lua,
				  "a probe has a name: probe \"replica lag\" { … }, of at most %d "
				  "printable ASCII characters without quotes",
				  (int)SIGNAL_NAME_MAX);
	lua_pushvalue(lua, lua_upvalueindex(1));
	lua_pushvalue(lua, 1);
	lua_pushcclosure(lua, declare_probe, 2);
	return 1;
}

static int declare_latency(lua_State *lua, enum signal_kind kind, const char *name)
{
	if (lua_type(lua, 1) != LUA_TTABLE)
		return luaL_error(lua, "%s is followed by { at_most = SECONDS }", name);
	lua_settop(lua, 1);
	return declare(lua, (struct signal_setting){ .kind = kind, .name = name });
}

static int declare_read_latency(lua_State *lua)
{
	return declare_latency(lua, SIGNAL_READ_LATENCY, "read_latency");
}

static int declare_commit_latency(lua_State *lua)
{
	return declare_latency(lua, SIGNAL_COMMIT_LATENCY, "commit_latency");
}

void config_push_signals(lua_State *lua, struct config_reading *reading)
{
	static const struct {
		const char *name;
		lua_CFunction function;
	} words[] = {
		{ "probe", name_probe },
		{ "read_latency", declare_read_latency },
		{ "commit_latency", declare_commit_latency },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		lua_pushlightuserdata(lua, reading);
		lua_pushcclosure(lua, words[i].function, 1);
		lua_setfield(lua, -2, words[i].name);
	}
}

/* ---- the list ---- */

static void take_signal(lua_State *lua, struct config_reading *reading, int number)
{
	struct rule_config *config = reading->config;
	const int *place = lua_touserdata(lua, -1);
	const struct signal_setting *signal;

	if (lua_type(lua, -1) != LUA_TUSERDATA)
		luaL_error(
		    lua,
		    "entry %d of throttle is no signal: write probe \"name\" { on = …, sql = "
		    "…, at_most = … }, read_latency { at_most = … } or commit_latency { "
		    "at_most = … }",
		    number);
	signal = &reading->declared[*place];
	for (int i = 0; i < config->signal_count; i++)
		if (strcmp(config->signals[i].name, signal->name) == 0)
			luaL_error(lua, "throttle has the signal \"%s\" twice", signal->name);
	config->signals[config->signal_count++] = *signal;
}

int config_take_throttle(lua_State *lua, struct config_reading *reading)
{
	int count;

	if (lua_type(lua, -1) != LUA_TTABLE)
		return luaL_error(lua, "throttle is a list of signals, not a %s",
				  luaL_typename(lua, -1));
	count = (int)lua_objlen(lua, -1);
	lua_pushnil(lua);
	for (int seen = 0; lua_next(lua, -2); lua_pop(lua, 1))
		if (lua_type(lua, -2) != LUA_TNUMBER || ++seen > count)
			return luaL_error(lua,
					  "throttle is a list: its entries have no names, and none "
					  "is left out");
	if (count > SIGNALS_MAX)
		return luaL_error(lua, "a run watches at most %d signals", (int)SIGNALS_MAX);
	for (int i = 1; i <= count; i++) {
		lua_rawgeti(lua, -1, i);
		take_signal(lua, reading, i);
		lua_pop(lua, 1);
	}
	return 0;
}

void config_check_signals(lua_State *lua, const struct config_reading *reading)
{
	for (int i = 0; i < reading->declared_count; i++) {
		const char *name = reading->declared[i].name;
		bool is_watched = false;

		for (int j = 0; j < reading->config->signal_count; j++)
			is_watched =
			    is_watched || strcmp(reading->config->signals[j].name, name) == 0;
		if (!is_watched)
			luaL_error(lua, "the signal \"%s\" stands outside of throttle = { … }",
				   name);
	}
}
