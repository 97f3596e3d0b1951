/*
 * sandbox.h: what the loading half shares about the sandbox. For engine/rules only.
 */
#ifndef ENGINE_RULES_SANDBOX_H
#define ENGINE_RULES_SANDBOX_H

#include "engine/rules/host_internal.h"

/* Registry: the table the prelude's chunks share while a rule is loaded. */
#define SHARED_KEY "engine.rules.shared"

/* Once everything is compiled: take away the words, the prelude and the state's globals, so that
 * functions find the library and nothing else. */
bool sandbox_strip(struct rule_host *host, struct err *err);

#endif
