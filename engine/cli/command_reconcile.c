/*
 * command_reconcile.c: engine reconcile: what differs, by its causes, and moved again.
 */
#include <limits.h>

#include "engine/cli/moving.h"
#include "engine/cli/proving.h"
#include "engine/cli/text.h"
#include "engine/cli/watch.h"
#include "engine/cli/worklist.h"

/* Those that name rows; of what a sample of all names no row is unknown to them. */
enum { CHECKS = 1 << CHECK_BALANCE | 1 << CHECK_UNCHANGED | 1 << CHECK_DIGESTS };

struct reconciling {
	struct cli *cli;
	struct proving proving;
	struct worklist worklist;
	struct validate_report found;
	struct move_report repair;
	bool is_repaired;
	int stop_signal;
};

static bool look(struct reconciling *reconciling, struct err *err)
{
	struct validate_options options = {
		.checks = CHECKS,
		.share = 1,
		.on_difference = worklist_add,
		.difference_context = &reconciling->worklist,
	};

	return proving_open(&reconciling->proving, err) &&
	       proving_validate(&reconciling->proving, &options, &reconciling->found, err);
}

static bool apply(struct reconciling *reconciling, const struct move_options *options,
		  struct err *err)
{
	struct cli *cli = reconciling->cli;
	struct move_progress progress = { 0 };
	struct fault_list faults, warnings;
	struct watch watch;
	bool ok;

	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	if (!watch_start(&watch, cli, &progress, err))
		return false;
	ok = move_repair(options, reconciling->worklist.items,
			 (size_t)reconciling->worklist.item_count, &progress, &cli->arena,
			 &reconciling->repair, &faults, &warnings, err);
	watch_stop(&watch);
	moving_say_faults(cli, &faults, &warnings);
	reconciling->is_repaired = ok;
	reconciling->stop_signal = atomic_load(&progress.stop_signal);
	return ok;
}

static bool print(const struct reconciling *reconciling, struct err *err)
{
	const struct cli *cli = reconciling->cli;
	const struct shown_worklist shown = {
		.worklist = &reconciling->worklist,
		.report = &reconciling->found,
		.migration = rule_host_migration(reconciling->proving.host),
		.checks = CHECKS,
		.repair = reconciling->is_repaired ? &reconciling->repair : NULL,
		.rules = cli->rules,
	};
	struct buf out;
	bool ok;

	buf_init(&out);
	if (cli->options.json)
		worklist_put_json(&out, &shown);
	else if (!cli->options.quiet)
		worklist_put_text(&out, &cli->out, &shown);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

/* What a repair needs is asked for before anything is looked at: looking takes long. */
static bool take_options(const struct cli *cli, struct move_options *options, struct err *err)
{
	if (!cli->options.apply)
		return true;
	if (!cli->rules)
		return err_set(err, ERR_USAGE,
			       "which rule file? what is moved again goes by one: engine "
			       "reconcile RULES --apply");
	return moving_options(cli, options, err);
}

static bool reconcile(struct reconciling *reconciling, struct err *err)
{
	const struct cli *cli = reconciling->cli;
	struct move_options options;

	if (!take_options(cli, &options, err) || !look(reconciling, err) ||
	    (cli->options.apply && reconciling->worklist.item_count > 0 &&
	     !apply(reconciling, &options, err)))
		return false;
	return print(reconciling, err);
}

static int status_of(const struct reconciling *reconciling)
{
	if (!reconciling->is_repaired && reconciling->worklist.item_count > 0)
		return DIFFERENT;
	if (reconciling->is_repaired && !reconciling->repair.complete)
		return 128 + reconciling->stop_signal;
	if (reconciling->is_repaired && worklist_left(&reconciling->worklist) > 0)
		return DIFFERENT;
	return worklist_is_partial(&reconciling->found) ? COULD_NOT_TELL : 0;
}

int command_reconcile(struct cli *cli, struct err *err)
{
	struct reconciling reconciling = { .cli = cli, .proving.cli = cli };
	bool ok;

	worklist_init(&reconciling.worklist, &cli->arena,
		      cli->options.all ? INT_MAX : SHOWN_DIFFERENCES);
	ok = reconcile(&reconciling, err);
	proving_close(&reconciling.proving);
	return ok ? status_of(&reconciling) : 0;
}
