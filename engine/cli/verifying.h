/*
 * verifying.h: what a single look of engine verify and its watch share.
 */
#ifndef ENGINE_CLI_VERIFYING_H
#define ENGINE_CLI_VERIFYING_H

#include "engine/cli/proving.h"
#include "engine/cli/verify_show.h"
#include "engine/model/instant.h"

struct verifying {
	struct cli *cli;
	struct proving proving;
	struct shown_difference **last; /* of a single look */
	double share;
	char today[DATE_TEXT_SIZE];
	struct shown_validation shown;
};

/* Checks and the share of a sample, from the command line. */
bool verifying_take(struct verifying *verifying, struct err *err);

/* "5%", "5", "0.5%": a share of time; 0 where nobody says. */
bool verifying_budget(const char *budget, double *share, struct err *err);

/* As the command line, the policy and usage say; nobody is told of anything yet. */
struct validate_options verifying_options(struct verifying *verifying);

/* What was found stays found where it cannot be written down; then nobody can rely on it later, and that is said. Why lies in the
 * arena. */
void verifying_record(struct verifying *verifying, const struct validate_options *options,
		      const struct validate_report *report, struct arena *arena);

/* ---- verify_watch.c ---- */

/* engine verify --watch: the exit status, or an error. */
int verify_watch(struct verifying *verifying, struct err *err);

#endif
