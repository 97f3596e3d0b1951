/*
 * command_help.c: engine help, printed from the tables of commands and options.
 */
#include "engine/cli/text.h"

/* What one line cannot say. */
static const struct {
	const char *command, *text;
} details[] = {
	{ "map",
	  "A line is one source row as in an example's `given`: "
	  "{\"root\":{…},\"events\":[{…}]}, with\n"
	  "\"entity\":\"job\" where the rule file has several. A value is a string or null; "
	  "a number, true or\n"
	  "false is taken by its text as written; binary is {\"base64\":\"…\"}. Children "
	  "need not repeat the\n"
	  "root's key; those below others stand in the rows they belong to. A reference is one "
	  "row, or a\nlist to look rows up in.\n\n"
	  "A record is printed as run would store it, except that its lineage says neither "
	  "transformedAt\n"
	  "nor sourceDigest: no run made it and no store was read. Skipped and rejected "
	  "rows give a line\n"
	  "on stderr (with --json: {\"line\",\"entity\",\"key\",\"outcome\",\"reason\" or "
	  "\"faults\"}).\n"
	  "Exit status: 0 all mapped or skipped, 1 some rejected, 65 a line is no source "
	  "row (it stops\n"
	  "there), 78 invalid rules.\n" },
	{ "ctl",
	  "The state folder is found as status finds it. The run listens at STATE/ctl.sock for its "
	  "own user\n"
	  "and root, in plain text: `nc -U STATE/ctl.sock`, then help. pause survives a restart "
	  "and keeps who\n"
	  "asked for it and why; limits end with the run. Where nobody answers, pause and resume "
	  "are noted for\n"
	  "the next run; where a run is alive and does not answer, the files STATE/pause (its "
	  "text: why) and\n"
	  "STATE/stop are heeded within a second, and removing STATE/pause resumes.\n"
	  "Exit status: 0 the run did it, 2 usage, 69 no run answered and what was written "
	  "instead, 77 this user\n"
	  "may not.\n" },
};

static void put_details(struct buf *out, const char *name)
{
	for (int i = 0; i < COUNT_OF(details); i++)
		if (strcmp(details[i].command, name) == 0)
			buf_print(out, "\n%s", details[i].text);
}

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
	    "engine.lua. Exit status: 0 done, 1 done with findings, 2 usage, 3 refused, 4 could "
	    "not\n"
	    "tell, 65 bad data, 69 a store is unavailable, 74 I/O, 75 try again, 77 not "
	    "permitted,\n"
	    "78 invalid rules, 130 and 143 stopped by a signal after a clean checkpoint.\n");
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
		buf_print(&out, "usage: engine %s\n\n%s\n", command->usage, command->summary);
		put_details(&out, command->name);
		buf_put_text(&out, "\noptions\n");
		put_options(&out, command->options);
	} else {
		put_overview(&out);
	}
	text_to_stdout(&out, err);
	buf_release(&out);
	return 0;
}
