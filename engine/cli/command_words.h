/*
 * command_words.h: what a command says beyond its row of the table: verbs, details, exit statuses.
 */
#ifndef ENGINE_CLI_COMMAND_WORDS_H
#define ENGINE_CLI_COMMAND_WORDS_H

#include "engine/base/span.h"
#include "engine/cli/command.h"

struct exit_status {
	int status;
	const char *meaning;
};

/* What they mean, whatever the command: in rising order. */
extern const struct exit_status exit_statuses[];
extern const int exit_status_count;

/* Those of which a command can say more, in rising order; count is 0 where there are none. */
const struct exit_status *command_statuses(const struct command *command, int *count);

/* Paragraphs that one line cannot say, in lines of up to 100 columns; "" where there is nothing to add. */
const char *command_details(const struct command *command);

/* The command with that name, or NULL. */
const struct command *command_named(const char *name);

/* Its verbs: "list|show KEY|retry [RULES] [KEY]", nothing where its usage names none. */
struct span command_verbs(const struct command *command);

/* The words an option's value is one of: "auto|always|never"; nothing where it is not one of a few. */
struct span option_words(const struct option *option);

/* Take the first alternative of verbs or words; false when none is left. Of "show KEY" the word is "show". */
bool next_alternative(struct span *rest, struct span *word);

/* May a rule file be named? */
bool command_takes_rules(const struct command *command);

#endif
