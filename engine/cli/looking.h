/*
 * looking.h: commands that read legacy alone, outside a run: as many rows as was asked for, throttled, with a live line, and what
 * the throttle cost said at the end.
 */
#ifndef ENGINE_CLI_LOOKING_H
#define ENGINE_CLI_LOOKING_H

#include "engine/cli/command.h"
#include "engine/move/gentle.h"
#include "engine/profile/profile.h"

struct looking {
	const struct cli *cli;
	struct gentle gentle;
	const char *verb; /* "looking at" */
	const char *what; /* is looked at: a table, an entity */
	int64_t rows;     /* of it, so far */
	int64_t said_ns;
	bool is_shown; /* a live line stands on the terminal */
};

/* ERR_USAGE where --full and --sample contradict each other. */
bool looking_check(const struct options *options, struct err *err);

/* Rows of a table that --sample and --full ask for; 0: all. */
int64_t looking_rows_max(const struct options *options);

bool looking_begin(struct looking *looking, const struct cli *cli, const char *verb,
		   struct conn *legacy, struct err *err);

/* So much of it was read; waits until more may be. context: the looking. */
bool looking_on_read(void *context, const char *what, int64_t rows, size_t bytes, struct err *err);

/* A live line of another's own, where a terminal shows one, a few times a second; and away with it. */
void looking_say(struct looking *looking, struct span line);
void looking_clear(struct looking *looking);

/* Takes the line away and says what a throttle cost, and which one. */
void looking_end(struct looking *looking);

/* A profile as the options want it, in cli->arena; of `wanted` the tables count. */
bool looking_take(struct cli *cli, struct conn *legacy, const struct profile_options *wanted,
		  struct profile *profile, struct err *err);

#endif
