/*
 * proving.h: what the commands that compare both sides share: the stores and the rule, and one validation of them.
 */
#ifndef ENGINE_CLI_PROVING_H
#define ENGINE_CLI_PROVING_H

#include "engine/cli/command.h"
#include "engine/model/instant.h"
#include "engine/validate/validate.h"

enum { DIFFERENT = 1, COULD_NOT_TELL = 4, SHOWN_DIFFERENCES = 20 };

struct proving {
	struct cli *cli;
	struct conn *legacy, *target; /* legacy: NULL where nobody gave one */
	struct rule_host *host;
};

/* By the rule file, or, without one, by the version the target was moved by, from the texts it keeps. What was opened is to be closed,
 * also when it failed. */
bool proving_open(struct proving *proving, struct err *err);
void proving_close(struct proving *proving);

/* "agrees", "differs", "could not tell" */
const char *proving_words(enum verdict verdict);
const char *proving_colour(const struct look *look, enum verdict verdict);

/* What is the same for everybody: stores, rule, entity, what the policy says of lag, and the day, which stays the caller's. */
void proving_fill(const struct proving *proving, struct validate_options *wanted,
		  char today[DATE_TEXT_SIZE]);

/* validate(), as gently as the options say, with a live line. wanted is filled in. */
bool proving_validate(const struct proving *proving, struct validate_options *wanted,
		      struct validate_report *report, struct err *err);

#endif
