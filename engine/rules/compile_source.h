/*
 * compile_source.h: the sources of an entity. For engine/rules only.
 */
#ifndef ENGINE_RULES_COMPILE_SOURCE_H
#define ENGINE_RULES_COMPILE_SOURCE_H

#include "engine/rules/compile.h"

/* From the entity on top of the stack: info->sources and plan->sources. */
void compile_sources(lua_State *lua, struct rule_host *host, struct entity_info *info,
		     struct entity_plan *plan);

#endif
