/*
 * told.h: what a part says, in words for people that stay apart where the values do. For engine/rules only.
 */
#ifndef ENGINE_RULES_TOLD_H
#define ENGINE_RULES_TOLD_H

#include <lua.h>

#include "engine/base/buf.h"

/* In quotes, on one line; no two texts look the same. */
void told_put_quoted(struct buf *buf, struct span text);

/* Push what the buffer holds as a string, and release it first: what Lua raises skips that. */
void told_push(lua_State *lua, struct buf *buf);

#endif
