/*
 * moving.h: what the commands that move records share.
 */
#ifndef ENGINE_CLI_MOVING_H
#define ENGINE_CLI_MOVING_H

#include "engine/cli/command.h"
#include "engine/move/move.h"

/* From the command line to what engine/move wants; ERR_USAGE when a store is not named. */
bool moving_options(const struct cli *cli, struct move_options *move, struct err *err);

/* Faults and warnings to stderr. */
void moving_say_faults(const struct cli *cli, const struct fault_list *faults,
		       const struct fault_list *warnings);

/* The balance sheet, or its JSON, to stdout. */
bool moving_say_report(const struct cli *cli, const struct move_report *report, struct err *err);

/* 0 done, 1 done with findings beyond the budget, 128 + signal when stopped. */
int moving_status(const struct cli *cli, const struct move_report *report, int stop_signal);

#endif
