/*
 * known.h: what clang's analyzer cannot see across files; scripts/lint puts it in front of each file.
 *
 * Without it, every variable that a function fills "or returns err_set()" would count as unset.
 */
#include <lauxlib.h>
#include <stdbool.h>

#include "engine/base/err.h"

#define err_set(...) ((void)(err_set)(__VA_ARGS__), false)
#define err_while(...) ((void)(err_while)(__VA_ARGS__), false)

/* Both leave by a jump. */
_Noreturn int luaL_error(lua_State *lua, const char *format, ...);
_Noreturn int lua_error(lua_State *lua);
