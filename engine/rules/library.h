/*
 * library.h: what the files of the library share. For engine/rules only.
 */
#ifndef ENGINE_RULES_LIBRARY_H
#define ENGINE_RULES_LIBRARY_H

#include "engine/rules/derive_internal.h"
#include "engine/rules/pattern.h"

enum { INDEX_MAX = 1 << 30 };

/* Each raises when the argument is something else. */
struct span library_check_text(lua_State *lua, int index, const char *function);
int library_check_index(lua_State *lua, int index, const char *function);
struct span library_check_characters(lua_State *lua, int index, const char *function);
void library_check_function(lua_State *lua, int index, const char *function);

/* library_text.c */
int library_upper(lua_State *lua);
int library_lower(lua_State *lua);
int library_trim(lua_State *lua);
/* ASCII blanks off both ends. */
struct span text_trim(struct span text);

/* library.c */
int library_tostring(lua_State *lua);
int library_int(lua_State *lua);
/* An integer or a decimal as a decimal; false for anything else. */
bool value_to_exact(const struct value *value, struct decimal *decimal);

/* library_unicode.c: the version of the data it goes by, "15.0". */
enum { UNICODE_VERSION_SIZE = 24 };
void library_unicode_version(char text[UNICODE_VERSION_SIZE]);

/* walk.c */
/* Push a plain array of the keys of the value at index, in order. */
void walk_push_keys(lua_State *lua, int index);

/* library_pattern.c: the host's patterns, opened when first asked for. */
struct patterns *library_patterns(lua_State *lua);

extern const luaL_Reg library_text[], library_value[], library_list[], library_math[],
    library_pattern[], library_unicode[], library_time[];

#endif
