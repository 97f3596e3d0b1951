/*
 * config_internal.h: what the files that read engine.lua share. For engine/rules only.
 */
#ifndef ENGINE_RULES_CONFIG_INTERNAL_H
#define ENGINE_RULES_CONFIG_INTERNAL_H

#include "engine/rules/config.h"
#include "engine/rules/sandbox.h"

struct config_reading {
	const char *path;
	struct span text;
	struct arena *arena;
	struct rule_config *config;
	struct signal_setting declared[SIGNALS_MAX]; /* anywhere in the file */
	int declared_count;
};

/* Put probe, read_latency and commit_latency into the table on top. */
void config_push_signals(lua_State *lua, struct config_reading *reading);

/* The value on top is what throttle says. Raises what is wrong with it. */
int config_take_throttle(lua_State *lua, struct config_reading *reading);

/* Raises when a signal was declared and throttle does not have it: somebody thinks it is watched. */
void config_check_signals(lua_State *lua, const struct config_reading *reading);

#endif
