/*
 * looking.h: looks at a legacy store, as gently as it was told to, and shows how far it is.
 */
#ifndef ENGINE_CLI_LOOKING_H
#define ENGINE_CLI_LOOKING_H

#include "engine/cli/command.h"
#include "engine/profile/profile.h"

/* A profile as --sample, --full, --rate, --bytes and the signals of engine.lua want it; of `wanted` the tables count. */
bool looking_take(struct cli *cli, struct conn *legacy, const struct profile_options *wanted,
		  struct profile *profile, struct err *err);

#endif
