/*
 * command_trace.c: engine trace ID: where a record came from, and whether its rule still makes it.
 */
#include "engine/cli/text.h"
#include "engine/cli/trace_show.h"

static bool trace_one(struct cli *cli, struct conn *target, int *status, struct err *err)
{
	static const int statuses[] = {
		[TRACE_IDENTICAL] = 0, [TRACE_DIFFERS] = 1, [TRACE_UNKNOWN] = 4
	};
	const struct trace_request request = { .id = cli->arguments[0],
					       .entity = cli->options.entity,
					       .at_version = cli->options.at_version,
					       .legacy = cli->options.legacy };
	struct trace trace;
	struct buf out;
	bool ok;

	if (!move_trace(target, &request, &cli->arena, &trace, err))
		return false;
	*status = statuses[trace.answer];
	buf_init(&out);
	if (cli->options.json)
		trace_put_json(&out, &trace, &cli->arena);
	else
		trace_put_text(&out, cli, &trace, &cli->arena);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	move_trace_release(&trace);
	return ok;
}

int command_trace(struct cli *cli, struct err *err)
{
	struct conn *target;
	int status = 0;
	bool ok;

	if (cli->argument_count == 0) {
		err_set(err, ERR_USAGE, "which record? usage: engine %s", cli->command->usage);
		return 0;
	}
	if (!settings_need(cli->options.target, "--target", "ENGINE_TARGET", err) ||
	    !conn_open(cli->options.target, CONN_TARGET_READ, &target, err))
		return 0;
	ok = trace_one(cli, target, &status, err);
	conn_close(target);
	return ok ? status : 0;
}
