/*
 * compile.h: from the prelude's tables to plan.h. For engine/rules only.
 *
 * The tables are whole and right by then: no fault was reported. Everything here runs protected and
 * may raise for want of memory; it works on the table on top of the stack and leaves the stack as
 * it was.
 */
#ifndef ENGINE_RULES_COMPILE_H
#define ENGINE_RULES_COMPILE_H

#include "engine/rules/loader.h"

/* Fill host->migration and host->plans. A function that keeps something from one record to the
 * next is a fault. */
void compile_migration(lua_State *lua, struct loader *loader);

/* ---- compile_read.c: members of the table on top ---- */

const char *read_text(lua_State *lua, struct arena *arena, const char *key); /* NULL for nil */
int read_int(lua_State *lua, const char *key, int otherwise);
bool read_bool(lua_State *lua, const char *key);

/* Push the member and say how many entries it has; nil counts as an empty table. */
int push_list(lua_State *lua, const char *key);

/* A list of texts, and a list of integers. */
const char *const *read_texts(lua_State *lua, struct arena *arena, const char *key, int *count);
const int *read_ints(lua_State *lua, struct arena *arena, const char *key, int *count);

/* A sealed reference to the function, or NO_FUNCTION for nil. */
int read_function(lua_State *lua, struct loader *loader, const char *key, const char *where);

/* ---- compile_evidence.c ---- */

/* Of the entity on top; of the migration on top. */
void compile_evidence(lua_State *lua, struct loader *loader, struct entity_info *info,
		      struct entity_plan *plan);
void compile_history(lua_State *lua, struct arena *arena, struct history_policy *history);

/* ---- compile_field.c ---- */

void compile_expression(lua_State *lua, struct loader *loader, const char *where,
			struct expression *expression);

/* The member `lookup` of the table on top, in the order of its keys' bytes; NULL when it has none. */
struct lookup *compile_lookup(lua_State *lua, struct arena *arena);

struct field_list {
	struct field *fields;
	int count, slot_count; /* as in plan.h */
};

/* The fields of the list named key: of an entity, of each, or of an object. outer: the object's own
 * path, or NULL. */
struct field_list compile_fields(lua_State *lua, struct loader *loader, const char *key,
				 const char *where, const char *outer);

#endif
