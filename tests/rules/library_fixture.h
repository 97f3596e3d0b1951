/*
 * library_fixture.h: a bare state in which the functions of the rule language are, and nothing else.
 */
#ifndef TESTS_RULES_LIBRARY_FIXTURE_H
#define TESTS_RULES_LIBRARY_FIXTURE_H

#include "engine/rules/library.h"

extern struct rule_host library_host;
extern lua_State *library_lua;

/* .init and .fini of a suite. */
void library_open(void);
void library_close(void);

/* Run Lua that sees the library alone. NULL when it returned true, else what was said instead. */
const char *library_run(const char *text);

#endif
