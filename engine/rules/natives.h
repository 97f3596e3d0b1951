/*
 * natives.h: C functions the prelude calls. For engine/rules only.
 */
#ifndef ENGINE_RULES_NATIVES_H
#define ENGINE_RULES_NATIVES_H

#include <lua.h>

/* Push the table of them. */
void natives_push(lua_State *lua);

/* fingerprint.c */
int native_function_text(
    lua_State *lua); /* (function) -> its tokens, "" for a C function; its globals */
int native_function_tokens(lua_State *lua); /* (function) -> { { kind, text, line }… } */
int native_data_version(lua_State *lua);    /* ("unicode" or "patterns") -> version */
int native_mentions(lua_State *lua);        /* (function) -> { column names it mentions } */
int native_decimal_text(lua_State *lua);    /* (value) -> text, or nil when it is no decimal */

/* told.c: what each part says, for people; see part_info */
int native_is_told(lua_State *lua);        /* () -> does anybody ask? */
int native_tell(lua_State *lua);           /* (path, text, is_aside): one more entry */
int native_told_count(lua_State *lua);     /* () -> entries so far */
int native_quoted(lua_State *lua);         /* (text) -> the same in quotes, on one line */
int native_function_shown(lua_State *lua); /* (function) -> its tokens on one line */

/* schema_check.c */
int native_table_info(lua_State *lua); /* (table) -> nil without a schema, or what is known of it */
int native_query_info(lua_State *lua); /* (query) -> the same of a query */
int native_zone(lua_State *lua);       /* (name) -> is it a time zone? */

/* tables.c */
int native_csv(
    lua_State *lua); /* (name, key, value, file, line) -> pairs, lines, path; or nothing */

#endif
