/*
 * main.c: parse, open what is needed, call the command, say what went wrong.
 */
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include "engine/cli/text.h"

/* Signals are waited for by the commands that care; threads must not be interrupted by them. */
static void arrange_signals(void)
{
	signal(SIGPIPE, SIG_IGN);
}

static int say_version(struct err *err)
{
	struct buf buf;
	bool ok;

	buf_init(&buf);
	buf_put_text(&buf, "engine " ENGINE_VERSION "\n");
	ok = text_to_stdout(&buf, err);
	buf_release(&buf);
	return ok ? 0 : err_exit_status(err->code);
}

static int run_command(struct cli *cli, struct err *err)
{
	const struct command *command = cli->command;

	if (cli->options.version)
		return say_version(err);
	if (!command || cli->options.help) {
		if (command && !cli->argument_count)
			cli->arguments[cli->argument_count++] = command->name;
		else if (command)
			cli->arguments[0] = command->name;
		return command_help(cli, err);
	}
	if (!settings_complete(cli, err))
		return 0;
	if (command->needs_rules && !cli->rules) {
		err_set(err, ERR_USAGE, "which rule file? usage: engine %s", command->usage);
		return 0;
	}
	return command->run(cli, err);
}

static void say_error(const struct cli *cli, const struct err *err)
{
	struct buf buf;

	buf_init(&buf);
	buf_print(&buf, "%sengine: %s", cli->said.alarm, cli->said.plain);
	text_put_inert(&buf, span_of(err->text));
	buf_put_char(&buf, '\n');
	text_to_stderr(&buf);
	buf_release(&buf);
}

/* Memory of this size goes back to the system when it is freed. Left to itself, malloc keeps blocks as large as the
 * largest that was ever freed, and a run grows with the luck of its chunks. */
enum { KEPT_BLOCK_BYTES_MAX = 1024 * 1024 };

int main(int word_count, char **words)
{
	struct cli cli = { .command = NULL, .out = look_plain, .said = look_plain };
	struct err err = { ERR_NONE, "" };
	int status = 0;

	mallopt(M_MMAP_THRESHOLD, KEPT_BLOCK_BYTES_MAX);
	arrange_signals();
	arena_init(&cli.arena);
	if (command_parse(&cli, word_count, words, &err))
		status = run_command(&cli, &err);
	if (err.code != ERR_NONE) {
		say_error(&cli, &err);
		if (status == 0)
			status = err_exit_status(err.code);
	} else if (!cli.command && !cli.options.help && !cli.options.version) {
		status = 2; /* help was shown because nothing was asked */
	}
	arena_release(&cli.arena);
	return status;
}
