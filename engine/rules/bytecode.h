/*
 * bytecode.h: what a compiled function does to names outside it. For engine/rules only.
 *
 * Read from lua_dump() of LuaJIT 2.1, so that every use of a global and every assignment of a
 * captured variable is known before anything runs, in functions that no test ever calls, too.
 */
#ifndef ENGINE_RULES_BYTECODE_H
#define ENGINE_RULES_BYTECODE_H

#include <stdbool.h>
#include <stdint.h>

#include <lua.h>

#include "engine/base/arena.h"
#include "engine/base/span.h"

enum name_use { NAME_READ, NAME_ASSIGNED };

struct global_use {
	struct span name;
	enum name_use use;
	int line;
};

enum { UPVALUES_MAX = 256 };

struct bytecode_report {
	struct global_use *globals;
	int global_count, global_capacity;
	bool assigned[UPVALUES_MAX]; /* variables the outermost function captured and assigns */
	bool has_foreign_constants;  /* 64-bit or complex numbers */
	int *lines; /* of the functions inside it, where they do something; any order */
	int line_count;
};

/* Read the function on top of the stack, with those inside it. False when its bytecode is not what
 * is expected here: then nothing is known of it and it must not run. May raise for want of
 * memory. */
bool bytecode_read(lua_State *lua, struct arena *arena, struct bytecode_report *report);

/* Which function of the chunk at index `chunk` the one at `function` is, counted in the order they
 * end, from 0; −1 when it is none of them. Of functions that are the same to the last name and line
 * it is the first. May raise for want of memory. */
int bytecode_find(lua_State *lua, struct arena *arena, int chunk, int function);

/* Are the functions at these indices the same but for the names of their variables and their lines? Only of functions that
 * have none inside them. May raise for want of memory. */
bool bytecode_is_same(lua_State *lua, struct arena *arena, int function, int other);

/* Does the text stand among what the function at index refers to? May raise for want of memory. */
bool bytecode_names(lua_State *lua, struct arena *arena, int function, const char *text);

/* Does this build of LuaJIT write what bytecode_read() reads? Leaves the stack as it was. */
bool bytecode_is_known(lua_State *lua, struct arena *arena);

#endif
