/*
 * command_help.c: engine help, printed from the tables of commands and options.
 */
#include "engine/cli/text.h"

static void put_options(struct buf *out, unsigned accepted)
{
	for (int i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		struct buf word;

		if (!(option->bit & accepted))
			continue;
		buf_init(&word);
		buf_print(&word, "%s%s%s", option->name, option->value ? " " : "",
			  option->value ? option->value : "");
		buf_print(out, "  %-18.*s %s\n", SPAN_ARGS(buf_span(&word)), option->summary);
		buf_release(&word);
	}
}

static void put_overview(struct buf *out)
{
	buf_put_text(
	    out,
	    "engine moves a legacy database by versioned rules, and accounts for every row.\n\n"
	    "usage: engine COMMAND [RULES.lua] [ARGUMENT…] [--option…]\n\n");
	for (int i = 0; i < command_count; i++)
		buf_print(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
	buf_put_text(out, "\noptions\n");
	put_options(out, ~0u);
	buf_put_text(
	    out,
	    "\nDatabases are URLs. Flags beat ENGINE_LEGACY, ENGINE_TARGET and ENGINE_STATE, which "
	    "beat\n"
	    "engine.lua. Exit status: 0 done, 1 done with findings, 2 usage, 3 refused, 65 bad "
	    "data,\n"
	    "69 a store is unavailable, 74 I/O, 75 try again, 77 not permitted, 78 invalid rules,\n"
	    "130 and 143 stopped by a signal after a clean checkpoint.\n");
}

static const char *name_at(int index)
{
	return commands[index].name;
}

int command_help(struct cli *cli, struct err *err)
{
	const char *name = cli->argument_count > 0 ? cli->arguments[0] : NULL;
	const struct command *command = NULL;
	struct buf out;

	for (int i = 0; name && i < command_count; i++)
		if (strcmp(commands[i].name, name) == 0)
			command = &commands[i];
	if (name && !command) {
		const char *nearest = text_nearest(name, name_at, command_count);

		err_set(err, ERR_USAGE, "there is no command '%s'%s%s", name,
			nearest ? "; did you mean " : "", nearest ? nearest : "");
		return 0;
	}
	buf_init(&out);
	if (command) {
		buf_print(&out, "usage: engine %s\n\n%s\n\noptions\n", command->usage,
			  command->summary);
		put_options(&out, command->options);
	} else {
		put_overview(&out);
	}
	text_to_stdout(&out, err);
	buf_release(&out);
	return 0;
}
