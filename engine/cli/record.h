/*
 * record.h: engine test --record: rows of legacy as examples.
 */
#ifndef ENGINE_CLI_RECORD_H
#define ENGINE_CLI_RECORD_H

#include "engine/cli/command.h"

/* The keys are the arguments. Entries for the examples of a rule file go to stdout, where they belong to stderr. 1 when a row
 * could not be made one. */
int record_rows(struct cli *cli, struct err *err);

#endif
