/*
 * looking.h: what commands share that read legacy alone: the throttle, a live line, and what waiting cost.
 */
#ifndef ENGINE_CLI_LOOKING_H
#define ENGINE_CLI_LOOKING_H

#include "engine/cli/command.h"
#include "engine/move/gentle.h"

struct looking {
	const struct cli *cli;
	struct gentle gentle;
	const char *verb;  /* "looking at" */
	const char *table; /* or entity, that is being read */
	int64_t rows;      /* of it, so far */
	int64_t said_ns;
	bool is_shown; /* a live line stands on the terminal */
};

bool looking_begin(struct looking *looking, const struct cli *cli, const char *verb,
		   struct conn *legacy, struct err *err);

/* So much was read since: shows it, and waits until more may be. context: the struct looking. */
bool looking_read(void *context, const char *table, int64_t rows, size_t bytes, struct err *err);

/* Takes the line away and says what a throttle cost, and which one. */
void looking_end(struct looking *looking);

#endif
