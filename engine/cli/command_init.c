/*
 * command_init.c: engine init: a rule file to begin with.
 */
#include "engine/cli/init_copy.h"
#include "engine/cli/text.h"

int command_init(struct cli *cli, struct err *err)
{
	if (!cli->options.from || cli->argument_count == 0)
		err_set(err, ERR_USAGE, "usage: engine %s", cli->command->usage);
	else
		init_copy_version(cli, cli->options.from, cli->arguments[0], err);
	return 0;
}
