/*
 * accept.h: engine state accept-timeline.
 */
#ifndef ENGINE_CLI_ACCEPT_H
#define ENGINE_CLI_ACCEPT_H

#include "engine/cli/command.h"

/* Believe the legacy that is there now, and have every chunk due again. The exit status, 0 together with an error in err. */
int state_accept_timeline(struct cli *cli, struct err *err);

#endif
