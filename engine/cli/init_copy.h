/*
 * init_copy.h: engine init --from: a new version as a copy of another one.
 */
#ifndef ENGINE_CLI_INIT_COPY_H
#define ENGINE_CLI_INIT_COPY_H

#include "engine/cli/command.h"

/* from: "v3", of the folder engine.lua names, else of rules/; or a rule file, "rules/v3.lua". Writes TO.lua, and TO/ with the modules
 * of FROM/ where there are any, beside it; then loads both and compares what they say. On false nothing is left of it. */
bool init_copy_version(struct cli *cli, const char *from, const char *to, struct err *err);

#endif
