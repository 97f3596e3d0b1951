/*
 * command_run.c: engine run; what quarantine retry shares with it stands here, too.
 */
#include "engine/cli/fault_text.h"
#include "engine/cli/moving.h"
#include "engine/cli/report.h"
#include "engine/cli/watch.h"

bool moving_options(const struct cli *cli, struct move_options *move, struct err *err)
{
	const struct options *options = &cli->options;

	if (!settings_need(options->legacy, "--legacy", "ENGINE_LEGACY", err) ||
	    !settings_need(options->target, "--target", "ENGINE_TARGET", err))
		return false;
	if (options->workers > MOVE_WORKERS_MAX)
		return err_set(err, ERR_USAGE, "--workers is at most %d", MOVE_WORKERS_MAX);
	if (options->chunk > 1000000)
		return err_set(err, ERR_USAGE, "--chunk is at most 1000000");
	*move = (struct move_options){
		.rules = cli->rules,
		.legacy = options->legacy,
		.target = options->target,
		.state = options->state,
		.workers = (int)options->workers,
		.chunk_rows = options->chunk ? (uint32_t)options->chunk : MOVE_CHUNK_ROWS,
		.is_staged = options->is_staged,
		.rows_per_s = (uint64_t)options->rate,
		.bytes_per_s = (uint64_t)options->bytes,
		.signals = options->signals,
		.signal_count = options->signal_count,
	};
	return true;
}

void moving_say_faults(const struct cli *cli, const struct fault_list *faults,
		       const struct fault_list *warnings)
{
	struct buf buf;

	buf_init(&buf);
	if (!cli->options.quiet)
		faults_put_text(&buf, &cli->said, "warning", warnings);
	faults_put_text(&buf, &cli->said, "error", faults);
	text_to_stderr(&buf);
	buf_release(&buf);
}

bool moving_say_report(const struct cli *cli, const struct move_report *report, struct err *err)
{
	const char *status = report->complete ? "complete" : "stopped";
	struct json_writer json;
	struct buf buf;
	bool ok = true;

	buf_init(&buf);
	if (cli->options.json) {
		json_writer_init(&json, &buf);
		json_open(&json, '{');
		report_put_members(&json, report, status);
		json_key(&json, "seconds");
		json_number(&json, report->seconds);
		json_close(&json, '}');
		buf_put_char(&buf, '\n');
	} else if (!cli->options.quiet) {
		report_put_text(&buf, cli, report, status);
	}
	ok = text_to_stdout(&buf, err);
	buf_release(&buf);
	return ok;
}

int moving_status(const struct cli *cli, const struct move_report *report, int stop_signal)
{
	if (!report->complete)
		return 128 + stop_signal;
	return report->quarantined > cli->options.quarantine ? 1 : 0;
}

int command_run(struct cli *cli, struct err *err)
{
	struct move_progress progress = { 0 };
	struct move_options options;
	struct move_report report = { .entity_count = 0 };
	struct fault_list faults, warnings;
	struct watch watch;
	bool ok;

	if (!moving_options(cli, &options, err))
		return 0;
	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	if (!watch_start(&watch, cli, &progress, err))
		return 0;
	ok = move_run(&options, &progress, &cli->arena, &report, &faults, &warnings, err);
	watch_stop(&watch);
	if (!ok && err->code == ERR_CANCELLED)
		return 128 + atomic_load(&progress.stop_signal);
	moving_say_faults(cli, &faults, &warnings);
	if (!ok || !moving_say_report(cli, &report, err))
		return 0;
	return moving_status(cli, &report, atomic_load(&progress.stop_signal));
}
