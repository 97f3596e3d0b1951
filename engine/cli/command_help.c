/*
 * command_help.c: engine help, printed from the tables of commands and options. With --json it is what scripts/print-commands makes the
 * man page and docs/commands.md of.
 */
#include "engine/base/json.h"
#include "engine/cli/command_words.h"
#include "engine/cli/text.h"

enum { OPTION_COLUMNS = 25 };

/* ---- as text ---- */

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
		buf_print(out, "  %-*.*s %s\n", OPTION_COLUMNS, SPAN_ARGS(buf_span(&word)),
			  option->summary);
		buf_release(&word);
	}
}

static void put_statuses(struct buf *out, const struct exit_status *statuses, int count)
{
	buf_put_text(out, "\nexit status\n");
	for (int i = 0; i < count; i++)
		buf_print(out, "  %-4d %s\n", statuses[i].status, statuses[i].meaning);
}

static void put_command(struct buf *out, const struct command *command)
{
	const char *details = command_details(command);
	int status_count;
	const struct exit_status *statuses = command_statuses(command, &status_count);

	buf_print(out, "usage: engine %s\n\n%s\n", command->usage, command->summary);
	if (*details)
		buf_print(out, "\n%s", details);
	buf_put_text(out, "\noptions\n");
	put_options(out, command->options);
	if (status_count > 0)
		put_statuses(out, statuses, status_count);
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
	    "engine.lua.\n");
	put_statuses(out, exit_statuses, exit_status_count);
}

/* ---- as JSON ---- */

static void put_words_json(struct json_writer *json, const char *key, struct span rest)
{
	struct span word;

	json_key(json, key);
	json_open(json, '[');
	while (next_alternative(&rest, &word))
		json_string(json, word);
	json_close(json, ']');
}

static void put_statuses_json(struct json_writer *json, const struct exit_status *statuses,
			      int count)
{
	json_key(json, "statuses");
	json_open(json, '[');
	for (int i = 0; i < count; i++) {
		json_open(json, '{');
		json_key(json, "status");
		json_int(json, statuses[i].status);
		json_key(json, "meaning");
		json_text(json, statuses[i].meaning);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_options_json(struct json_writer *json, unsigned accepted)
{
	json_key(json, "options");
	json_open(json, '[');
	for (int i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (!(option->bit & accepted))
			continue;
		json_open(json, '{');
		json_key(json, "option");
		json_text(json, option->name);
		json_key(json, "value");
		json_text(json, option->value);
		put_words_json(json, "words", option_words(option));
		json_key(json, "summary");
		json_text(json, option->summary);
		json_key(json, "everywhere");
		json_bool(json, option->bit == OPTION_ALWAYS);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_command_json(struct json_writer *json, const struct command *command)
{
	int status_count;
	const struct exit_status *statuses = command_statuses(command, &status_count);

	json_open(json, '{');
	json_key(json, "command");
	json_text(json, command->name);
	json_key(json, "usage");
	json_text(json, command->usage);
	json_key(json, "summary");
	json_text(json, command->summary);
	json_key(json, "details");
	json_text(json, command_details(command));
	put_words_json(json, "verbs", command_verbs(command));
	json_key(json, "takes_rules");
	json_bool(json, command_takes_rules(command));
	put_options_json(json, command->options);
	put_statuses_json(json, statuses, status_count);
	json_close(json, '}');
}

static void put_overview_json(struct json_writer *json)
{
	json_open(json, '{');
	json_key(json, "version");
	json_text(json, ENGINE_VERSION);
	json_key(json, "commands");
	json_open(json, '[');
	for (int i = 0; i < command_count; i++)
		put_command_json(json, &commands[i]);
	json_close(json, ']');
	put_options_json(json, ~0u);
	put_statuses_json(json, exit_statuses, exit_status_count);
	json_close(json, '}');
}

static void put_json(struct buf *out, const struct command *command)
{
	struct json_writer json;

	json_writer_init(&json, out);
	if (command)
		put_command_json(&json, command);
	else
		put_overview_json(&json);
	buf_put_char(out, '\n');
}

static const char *name_at(int index)
{
	return commands[index].name;
}

int command_help(struct cli *cli, struct err *err)
{
	const char *name = cli->argument_count > 0 ? cli->arguments[0] : NULL;
	const struct command *command = name ? command_named(name) : NULL;
	struct buf out;

	if (name && !command) {
		const char *nearest = text_nearest(name, name_at, command_count);

		err_set(err, ERR_USAGE, "there is no command '%s'%s%s", name,
			nearest ? "; did you mean " : "", nearest ? nearest : "");
		return 0;
	}
	buf_init(&out);
	if (cli->options.json)
		put_json(&out, command);
	else if (command)
		put_command(&out, command);
	else
		put_overview(&out);
	text_to_stdout(&out, err);
	buf_release(&out);
	return 0;
}
