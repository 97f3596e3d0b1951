/*
 * fingerprint.h: hashes of what a version says. For engine/rules only.
 */
#ifndef ENGINE_RULES_FINGERPRINT_H
#define ENGINE_RULES_FINGERPRINT_H

#include "engine/rules/loader.h"

/* Raised when the engine starts to understand the same rule text differently. */
enum { RULE_ABI = 1 };

/* From the parts on top of the stack, as the prelude's fingerprint() made them: fill the
 * migration's parts and its two fingerprints. Call it protected. */
void fingerprint_fill(lua_State *lua, struct rule_host *host);

/* Push what the function at index says as one line: its tokens, with blanks where people put them. */
void fingerprint_push_shown(lua_State *lua, int index);

#endif
