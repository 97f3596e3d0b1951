/*
 * config.h: engine.lua, the settings that stand beside the rules: a sandboxed table and nothing else.
 */
#ifndef ENGINE_RULES_CONFIG_H
#define ENGINE_RULES_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"

enum { SIGNALS_MAX = 16 };

enum signal_kind {
	SIGNAL_PROBE,          /* what a statement says */
	SIGNAL_READ_LATENCY,   /* seconds in which legacy gives a chunk */
	SIGNAL_COMMIT_LATENCY, /* seconds in which the target commits */
};

/* What slows a run down: probe "replica lag" { on = "legacy", sql = "select …", at_most = 1.5 } */
struct signal_setting {
	enum signal_kind kind;
	const char *name; /* "replica lag"; of the others their word: "read_latency" */
	const char *sql;  /* of a probe */
	bool on_target;   /* likewise: which store is asked */
	double at_most;   /* above 0 */
};

/* return { legacy = "sqlite:old.db", target = env "TARGET_URL", workers = 2, … } */
struct rule_config {
	const char *legacy, *target, *cold, *state; /* URLs and a folder; NULL when not said */
	const char *rules; /* the rule file commands use when none is named, beside engine.lua */
	int64_t workers, rate, bytes, chunk; /* 0 when not said */
	int64_t quarantine; /* rejects a run may end with and still be called done; default 0 */
	struct signal_setting signals[SIGNALS_MAX]; /* throttle, in its order */
	int signal_count;
};

/* Read engine.lua in a sandbox that offers `env "NAME"` (the environment variable; an unset one is an
 * error), the words for signals, and nothing else. An unknown key, a value of the wrong kind, or a file that is not one table:
 * ERR_RULE naming it. Texts lie in the arena; rules is made relative to engine.lua's folder. */
bool rule_config_read(const char *path, struct arena *arena, struct rule_config *config,
		      struct err *err);

#endif
