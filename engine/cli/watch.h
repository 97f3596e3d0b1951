/*
 * watch.h: a thread that hears signals and shows progress while a run works.
 */
#ifndef ENGINE_CLI_WATCH_H
#define ENGINE_CLI_WATCH_H

#include <pthread.h>

#include "engine/cli/text.h"
#include "engine/move/move.h"

struct watch {
	const struct cli *cli;
	struct move_progress *progress;
	pthread_t thread;
	atomic_bool done;
};

/* Block SIGINT and SIGTERM in this and every later thread, and start to watch. ERR_TRANSIENT when the machine has no
 * thread for it. */
bool watch_start(struct watch *watch, const struct cli *cli, struct move_progress *progress,
		 struct err *err);
/* Stop watching and clear the line. */
void watch_stop(struct watch *watch);

#endif
