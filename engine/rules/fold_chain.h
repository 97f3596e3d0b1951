/*
 * fold_chain.h: functions of a row that do nothing but fold one column, as `function(m) return lower(trim(m.k)) end` does.
 * For engine/rules only.
 *
 * They are the most frequent of all and run for every child row, so they are recognised and done without Lua. What is not
 * plain text is left to the function itself, so that every fault is said by the one who would have said it.
 */
#ifndef ENGINE_RULES_FOLD_CHAIN_H
#define ENGINE_RULES_FOLD_CHAIN_H

#include "engine/rules/loader.h"
#include "engine/rules/plan.h"

struct evaluator;
struct cell;

/* Find out whether the function behind the reference is one, for rows of this source. May raise for want of memory. */
struct fold_chain fold_chain_find(lua_State *lua, struct loader *loader, int function_ref,
				  const struct source *source, const struct source_plan *plan);

/* What the function gives for the row: no data for nil. False when the function itself must be asked. */
bool fold_chain_read(struct evaluator *e, const struct fold_chain *chain, int source,
		     const struct cell *row, struct span *text);

#endif
