/*
 * sandbox.c: a Lua state with limits, in which a rule finds what RULES.md lists and nothing else.
 *
 * Rule files see one environment table. It holds the library and, while loading, the words of the
 * prelude; reading any other name or assigning one raises. The globals of the state stay with the
 * prelude and are thrown away once the rule is loaded.
 */
#include "engine/rules/sandbox.h"

#include <luajit.h>
#include <lualib.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/rules/coverage.h"
#include "engine/rules/loader.h"
#include "engine/rules/natives.h"

#include "answers.lua.inc"
#include "check.lua.inc"
#include "evidence.lua.inc"
#include "example_shape.lua.inc"
#include "fields.lua.inc"
#include "fingerprint.lua.inc"
#include "inputs.lua.inc"
#include "lint.lua.inc"
#include "masks.lua.inc"
#include "mixing.lua.inc"
#include "prelude.lua.inc"
#include "sources.lua.inc"

static const char absent_tag = 'a';

/* What one row may allocate in all, freed or not. No hook runs inside a concatenation, so a loop that
 * builds and drops large texts would spend few instructions and much time. */
enum { ALLOCATED_BYTES_MAX = 256 << 20 };

/* The allocator of the state. Growing beyond the budget is refused, shrinking never. */
static void *limited_alloc(void *user, void *old, size_t old_size, size_t new_size)
{
	struct rule_host *host = user;
	size_t others = host->memory_used_bytes - (old ? old_size : 0);
	void *block;

	if (new_size == 0) {
		free(old);
		host->memory_used_bytes = others;
		return NULL;
	}
	if (new_size > old_size && !host->is_collecting) {
		host->allocated_bytes += new_size - (old ? old_size : 0);
		if (others + new_size > host->budget.memory_bytes ||
		    host->allocated_bytes > ALLOCATED_BYTES_MAX) {
			host->memory_refused = true;
			return NULL;
		}
	}
	block = realloc(old, new_size);
	if (block)
		host->memory_used_bytes = others + new_size;
	else
		host->memory_refused = true;
	return block;
}

void budget_collect(struct rule_host *host)
{
	host->is_collecting = true;
	lua_gc(host->lua, LUA_GCCOLLECT, 0);
	host->is_collecting = false;
}

/* Between two looks at the clock. An instruction on megabytes takes milliseconds, and a slice of them is what a
 * rule may overrun its time by. */
enum { SLICE_INSTRUCTIONS = 100 };
/* Only what takes longer asks the thread's own clock, which costs ten times as much. */
#define LOOK_NS INT64_C(2000000)

static void on_slice_spent(lua_State *lua, lua_Debug *at);

static void wait_for_slice(struct rule_host *host)
{
	uint64_t left = host->instructions_left;
	int count = left < SLICE_INSTRUCTIONS ? (int)left : SLICE_INSTRUCTIONS;

	host->instructions_left = left - (uint64_t)count;
	lua_sethook(host->lua, on_slice_spent,
		    host->coverage ? LUA_MASKCOUNT | LUA_MASKLINE : LUA_MASKCOUNT,
		    count > 0 ? count : 1);
}

/* A thread works no longer than time passes. */
static bool is_time_spent(struct rule_host *host)
{
	int64_t wall_ns = clock_monotonic_ns(), cpu_ns;

	if (host->wall_began_ns == 0)
		host->wall_began_ns = wall_ns;
	if (wall_ns - host->wall_began_ns < LOOK_NS)
		return false;
	cpu_ns = clock_thread_cpu_ns();
	if (host->cpu_began_ns == 0)
		host->cpu_began_ns = cpu_ns - LOOK_NS;
	return cpu_ns - host->cpu_began_ns > host->budget.cpu_ms * INT64_C(1000000);
}

/* Compiled traces never run hooks, so the JIT is off; the count then bounds every rule, and the
 * same row spends the same number whatever ran before it. An instruction that compares two long
 * texts takes as long as thousands, so time bounds what the count does not. */
static void on_slice_spent(lua_State *lua, lua_Debug *at)
{
	struct rule_host *host = host_of(lua);

	if (at->event == LUA_HOOKLINE) {
		coverage_note_line(host->coverage, lua, at);
		return;
	}
	if (host->budget_end != BUDGET_LEFT)
		budget_stop(host, host->budget_end);
	if (host->instructions_left == 0)
		budget_stop(host, BUDGET_INSTRUCTIONS);
	if (is_time_spent(host))
		budget_stop(host, BUDGET_TIME);
	wait_for_slice(host);
}

/* Whatever runs on is stopped again, at its next instruction. */
void budget_stop(struct rule_host *host, enum budget_end why)
{
	host->budget_end = why;
	lua_sethook(host->lua, on_slice_spent, LUA_MASKCOUNT, 1);
	luaL_error(host->lua, "the budget of %s is spent",
		   why == BUDGET_TIME ? "time" : "instructions");
	__builtin_unreachable();
}

void budget_arm(struct rule_host *host, uint64_t instructions)
{
	host->memory_refused = false;
	host->allocated_bytes = 0;
	host->budget_end = BUDGET_LEFT;
	host->instructions_left = instructions;
	host->wall_began_ns = 0;
	host->cpu_began_ns = 0;
	wait_for_slice(host);
}

void budget_arm_again(struct rule_host *host, uint64_t instructions)
{
	int64_t wall_began_ns = host->wall_began_ns, cpu_began_ns = host->cpu_began_ns;

	budget_arm(host, instructions);
	host->wall_began_ns = wall_began_ns;
	host->cpu_began_ns = cpu_began_ns;
}

bool sandbox_is_absent(lua_State *lua, int index)
{
	return lua_islightuserdata(lua, index) && lua_touserdata(lua, index) == &absent_tag;
}

static int refuse_string_method(lua_State *lua)
{
	loader_note_code(lua, "E1010");
	return luaL_error(lua,
			  "strings have no methods or fields here; write upper(s), not s:upper()");
}

/* ("x"):rep(1e9) and ("").dump(f) reach the string library through its metatable. */
static void close_string_metatable(lua_State *lua)
{
	lua_pushliteral(lua, "");
	lua_newtable(lua);
	lua_pushcfunction(lua, refuse_string_method);
	lua_setfield(lua, -2, "__index");
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_setmetatable(lua, -2);
	lua_pop(lua, 1);
}

static int refuse_name(lua_State *lua)
{
	const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";

	return luaL_error(lua, "'%s' is not for use inside a function", name);
}

static int refuse_assignment(lua_State *lua)
{
	const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : "?";

	loader_note_code(lua, "E1009");
	return luaL_error(lua, "global '%s' is assigned; write local %s = …", name, name);
}

static void set_handler(lua_State *lua, int environment, const char *event, lua_CFunction handler)
{
	lua_getmetatable(lua, environment);
	lua_pushcfunction(lua, handler);
	lua_setfield(lua, -2, event);
	lua_pop(lua, 1);
}

/* The environment with the library in it, left on the stack. */
static void push_environment(lua_State *lua)
{
	lua_newtable(lua);
	library_push(lua);
	lua_pushnil(lua);
	while (lua_next(lua, -2)) {
		lua_pushvalue(lua, -2);
		lua_insert(lua, -2);
		lua_settable(lua, -5);
	}
	lua_pop(lua, 1);
	lua_pushlightuserdata(lua, (void *)&absent_tag);
	lua_setfield(lua, -2, "absent");
	lua_newtable(lua);
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_setmetatable(lua, -2);
	set_handler(lua, lua_gettop(lua), "__index", refuse_name);
	set_handler(lua, lua_gettop(lua), "__newindex", refuse_assignment);
}

struct chunk {
	const char *name;
	const char *text;
	size_t size;
};

/* Each builds on those before it. */
static const struct chunk chunks[] = {
	{ "=prelude", prelude_lua, sizeof(prelude_lua) - 1 },
	{ "=prelude", sources_lua, sizeof(sources_lua) - 1 },
	{ "=prelude", inputs_lua, sizeof(inputs_lua) - 1 },
	{ "=prelude", mixing_lua, sizeof(mixing_lua) - 1 },
	{ "=prelude", fields_lua, sizeof(fields_lua) - 1 },
	{ "=prelude", masks_lua, sizeof(masks_lua) - 1 },
	{ "=prelude", example_shape_lua, sizeof(example_shape_lua) - 1 },
	{ "=prelude", answers_lua, sizeof(answers_lua) - 1 },
	{ "=prelude", evidence_lua, sizeof(evidence_lua) - 1 },
	{ "=prelude", check_lua, sizeof(check_lua) - 1 },
	{ "=prelude", fingerprint_lua, sizeof(fingerprint_lua) - 1 },
	{ "=prelude", lint_lua, sizeof(lint_lua) - 1 },
};

/* Run the prelude: each chunk is given (native, environment, shared) and adds to shared. */
static void run_prelude(lua_State *lua, int environment)
{
	lua_newtable(lua);
	natives_push(lua);
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		if (luaL_loadbuffer(lua, chunks[i].text, chunks[i].size, chunks[i].name))
			lua_error(lua);
		lua_pushvalue(lua, -2);
		lua_pushvalue(lua, environment);
		lua_pushvalue(lua, -5);
		lua_call(lua, 3, 0);
	}
	lua_pop(lua, 1);
	lua_setfield(lua, LUA_REGISTRYINDEX, SHARED_KEY);
}

static void open_library(lua_State *lua, const char *name, lua_CFunction open)
{
	lua_pushcfunction(lua, open);
	lua_pushstring(lua, name);
	lua_call(lua, 1, 0);
}

static int set_up(lua_State *lua)
{
	struct rule_host *host = lua_touserdata(lua, 1);

	open_library(lua, "", luaopen_base);
	open_library(lua, LUA_STRLIBNAME, luaopen_string);
	open_library(lua, LUA_TABLIBNAME, luaopen_table);
	open_library(lua, LUA_MATHLIBNAME, luaopen_math);
	open_library(lua, LUA_DBLIBNAME, luaopen_debug);
	luaJIT_setmode(lua, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);
	close_string_metatable(lua);
	values_open(lua);
	push_environment(lua);
	run_prelude(lua, lua_gettop(lua));
	host->environment_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	return 0;
}

bool sandbox_open(struct rule_host *host, struct err *err)
{
	host->environment_ref = LUA_NOREF;
	host->lua = lua_newstate(limited_alloc, host);
	if (!host->lua)
		return err_set(err, ERR_RULE, "the memory budget of %zu bytes is too small",
			       host->budget.memory_bytes);
	budget_arm(host, host->budget.load_instructions);
	if (lua_cpcall(host->lua, set_up, host) == 0)
		return true;
	if (host->memory_refused)
		err_set(err, ERR_RULE, "the memory budget of %zu bytes is too small",
			host->budget.memory_bytes);
	else if (host->budget_end != BUDGET_LEFT)
		err_set(err, ERR_RULE, "the budget for loading is too small");
	else
		err_set(err, ERR_BUG, "the prelude does not run: %s", lua_tostring(host->lua, -1));
	sandbox_close(host);
	return false;
}

void sandbox_close(struct rule_host *host)
{
	if (!host->lua)
		return;
	lua_sethook(host->lua, NULL, 0, 0);
	lua_close(host->lua);
	host->lua = NULL;
}

static void drop_field(lua_State *lua, int index, const char *name)
{
	lua_pushnil(lua);
	lua_setfield(lua, index, name);
}

/* What only loading needs: the words, the prelude, and the globals with their libraries. */
static int strip(lua_State *lua)
{
	struct rule_host *host = lua_touserdata(lua, 1);

	lua_rawgeti(lua, LUA_REGISTRYINDEX, host->environment_ref);
	set_handler(lua, 2, "__index", refuse_name);
	lua_getfield(lua, LUA_REGISTRYINDEX, SHARED_KEY);
	lua_getfield(lua, 3, "words");
	lua_pushnil(lua);
	while (lua_next(lua, 4)) {
		lua_pop(lua, 1);
		lua_pushvalue(lua, -1);
		lua_pushnil(lua);
		lua_rawset(lua, 2);
	}
	drop_field(lua, LUA_REGISTRYINDEX, SHARED_KEY);
	drop_field(lua, LUA_REGISTRYINDEX, "_LOADED");
	lua_newtable(lua);
	lua_replace(lua, LUA_GLOBALSINDEX);
	return 0;
}

bool sandbox_strip(struct rule_host *host, struct err *err)
{
	if (lua_cpcall(host->lua, strip, host))
		return err_set(err, ERR_RULE, "closing the loaded rule: %s",
			       lua_tostring(host->lua, -1));
	budget_collect(host);
	/* What is loaded is small: letting garbage grow to four times that costs little and saves walks. */
	lua_gc(host->lua, LUA_GCSETPAUSE, 400);
	return true;
}
