/*
 * examples.h: what the files that run examples share. For engine/rules only.
 */
#ifndef ENGINE_RULES_EXAMPLES_H
#define ENGINE_RULES_EXAMPLES_H

#include "engine/rules/derive_internal.h"

/* One run of one example on one host. */
struct example_run {
	struct rule_host *host;
	const struct entity_plan *plan;
	const struct example_info *info;
	int example_ref;
	struct arena *arena; /* of the run */
	struct fault_list *differences;
	struct source_row row;
	struct outcome outcome;
	bool is_derived; /* outcome is there */
};

/* A difference: what it is about, what the example says, what was seen. Texts are copied. */
struct fault *example_differs(struct example_run *run, struct span field, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* example_row.c: build run->row of `given`; call it protected, with the example table at 1. */
void example_build_row(lua_State *lua, struct example_run *run);

/* example_check.c: compare run->outcome with what the example expects; call it protected, with the
 * example table at 1. */
void example_check(lua_State *lua, struct example_run *run);

#endif
