/*
 * fingerprint.h: hashes of what a version says. For engine/rules only.
 */
#ifndef ENGINE_RULES_FINGERPRINT_H
#define ENGINE_RULES_FINGERPRINT_H

#include "engine/rules/loader.h"

/* Raised when the engine starts to understand the same rule text differently. */
enum { RULE_ABI = 1 };

struct hashed_part {
	const char *name, *hash;
};

/* The fingerprint of a version that consists of these parts, in order of their names. zones: the version of the time zone data, "-" for
 * what does not rest on it. */
void fingerprint_of(int64_t abi, const char *zones, const struct hashed_part *parts, size_t count,
		    struct arena *arena, char hash[SHA256_HEX_SIZE]);

/* From the parts on top of the stack, as the prelude's fingerprint() made them: fill the
 * migration's parts and its two fingerprints. Call it protected. */
void fingerprint_fill(lua_State *lua, struct rule_host *host);

/* Push what the function at index says as one line: its tokens, with blanks where people put them. */
void fingerprint_push_shown(lua_State *lua, int index);

#endif
