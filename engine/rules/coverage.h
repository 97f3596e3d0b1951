/*
 * coverage.h: what of a version was used since somebody asked. For engine/rules only.
 *
 * Without rule_host_cover() nothing is noted. What is not Lua is noted where it is used: an entry of a mapping, a value of
 * an enum, a decision, a reason. Lines of functions are noted by a hook.
 */
#ifndef ENGINE_RULES_COVERAGE_H
#define ENGINE_RULES_COVERAGE_H

#include "engine/rules/host_internal.h"

struct coverage;

/* Item `index` of what the owner lists (a lookup, patterns, an enum's values, skips …) was used. */
void coverage_note_item(struct coverage *coverage, const void *owner, int index);

static inline void coverage_note(struct rule_host *host, const void *owner, int index)
{
	if (host->coverage)
		coverage_note_item(host->coverage, owner, index);
}

/* The state is about to run this line. */
void coverage_note_line(struct coverage *coverage, lua_State *lua, lua_Debug *at);

#endif
