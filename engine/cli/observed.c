/*
 * observed.c: opens the version and what was observed, and says what became of it.
 */
#include "engine/cli/observed.h"

#include "engine/cli/loaded.h"
#include "engine/cli/text.h"
#include "engine/move/decisions.h"

enum { NOT_COVERED = 1, COULD_NOT_TELL = 4 };

#define STORE "pg_stat_statements"

struct observing {
	struct cli *cli;
	struct loaded loaded;
	struct conn *target;
	struct observed observed;
	struct statement_log log;
	struct shown_observed shown;
};

/* ---- what is asked for ---- */

static bool check_options(const struct cli *cli, struct err *err)
{
	const struct options *options = &cli->options;
	const char *other = options->html          ? "--html"
			    : options->percent     ? "--percent"
			    : options->per_stratum ? "--per-stratum"
			    : options->seed        ? "--seed"
			    : options->unrecorded  ? "--unrecorded"
						   : NULL;

	if (cli->argument_count != 1 || strcmp(cli->arguments[0], "queries") != 0)
		return err_set(err, ERR_USAGE,
			       "--observed goes with queries alone: engine verify queries "
			       "[RULES] --observed FILE|" STORE);
	return other == NULL ||
	       err_set(err, ERR_USAGE, "--observed asks no store for rows and takes no %s", other);
}

static bool is_store(const struct observing *observing)
{
	return strcmp(observing->cli->options.observed, STORE) == 0;
}

/* ---- opening ---- */

/* The version, from its file or from the texts that the target keeps; its tables are not looked at. */
static bool open_rules(struct observing *observing, struct err *err)
{
	struct cli *cli = observing->cli;
	const char *target = cli->options.target;

	if (cli->rules)
		return loaded_open_rules(cli, &observing->loaded, err);
	return settings_need(target, "--target", "ENGINE_TARGET", err) &&
	       conn_open(target, CONN_TARGET_READ, &observing->target, err) &&
	       move_open_kept(observing->target, NULL, &cli->arena, &observing->loaded.host, err);
}

static bool open_legacy(struct observing *observing, struct err *err)
{
	const char *legacy = observing->cli->options.legacy;

	if (!is_store(observing) && legacy == NULL)
		return true;
	return settings_need(legacy, "--legacy", "ENGINE_LEGACY", err) &&
	       conn_open(legacy, CONN_SOURCE, &observing->loaded.legacy, err);
}

static bool open_all(struct observing *observing, struct err *err)
{
	struct cli *cli = observing->cli;
	const struct conn *legacy;

	if (!open_rules(observing, err))
		return false;
	if (cli->options.entity && !loaded_check_entity(cli, &observing->loaded, err))
		return false;
	if (!open_legacy(observing, err))
		return false;
	legacy = observing->loaded.legacy;
	observed_init(&observing->observed, &cli->arena,
		      rule_host_migration(observing->loaded.host), cli->options.entity,
		      legacy ? legacy->driver->dialect : SQL_POSTGRES);
	return true;
}

/* ---- reading ---- */

static bool take_statement(void *context, const struct kept_statement *statement, struct err *err)
{
	return observed_add(context, statement, err);
}

static bool read_all(struct observing *observing, struct err *err)
{
	struct cli *cli = observing->cli;

	if (!is_store(observing))
		return observed_read_file(cli->options.observed, &observing->observed, err);
	observing->shown.log = &observing->log;
	return conn_read_statements(observing->loaded.legacy, &cli->arena, &observing->log,
				    take_statement, &observing->observed, err);
}

/* ---- what can be told ---- */

static void add_reason(struct observing *observing, struct span reason)
{
	observing->shown.reasons[observing->shown.reason_count++] = reason;
}

static void find_store_reasons(struct observing *observing)
{
	const struct statement_log *log = &observing->log;
	struct arena *arena = &observing->cli->arena;

	if (log->why)
		add_reason(observing, span_of(log->why));
	if (log->is_of_nothing)
		add_reason(observing, SPAN("legacy is told to keep no statements: set " STORE
					   ".track to top or all"));
	if (log->why == NULL && log->forgotten < 0)
		add_reason(observing,
			   SPAN("whether legacy forgot statements for want of room, " STORE
				" does not say before version 1.9 of the extension"));
	if (log->forgotten > 0)
		add_reason(observing,
			   arena_print(arena,
				       "legacy forgot statements %lld times for want of room: "
				       "raise " STORE ".max, and " STORE "_reset()",
				       (long long)log->forgotten));
}

static void find_reasons(struct observing *observing)
{
	const struct observed *observed = &observing->observed;
	struct arena *arena = &observing->cli->arena;

	if (is_store(observing))
		find_store_reasons(observing);
	if (observed->hidden.shapes > 0)
		add_reason(observing,
			   arena_print(arena,
				       "the text of %lld statement%s (%lld calls) is not shown: "
				       "`grant pg_read_all_stats to` the role that asks",
				       (long long)observed->hidden.shapes,
				       observed->hidden.shapes == 1 ? "" : "s",
				       (long long)observed->hidden.calls));
	if (observed->ours.shapes == 0 && observing->log.why == NULL)
		add_reason(observing,
			   observed->elsewhere.shapes
			       ? SPAN("no question about a table of the rule's sources was seen")
			       : SPAN("no question was seen"));
}

static void judge(struct observing *observing)
{
	struct shown_observed *shown = &observing->shown;
	const struct observed *observed = &observing->observed;

	observed_judge(&observing->observed);
	find_reasons(observing);
	shown->verdict = observed->covered.shapes < observed->ours.shapes ? VERDICT_DIFFERS
			 : shown->reason_count > 0                        ? VERDICT_UNKNOWN
									  : VERDICT_AGREES;
	shown->observed = observed;
	shown->source = observing->cli->options.observed;
	shown->version = rule_host_migration(observing->loaded.host)->version;
	shown->all = observing->cli->options.all;
}

static bool print(const struct observing *observing, struct err *err)
{
	const struct cli *cli = observing->cli;
	struct buf out;
	bool ok;

	buf_init(&out);
	if (cli->options.json)
		observed_put_json(&out, &observing->shown);
	else if (!cli->options.quiet)
		observed_put_text(&out, &cli->out, &observing->shown);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

static bool observe(struct observing *observing, struct err *err)
{
	if (!check_options(observing->cli, err) || !open_all(observing, err) ||
	    !read_all(observing, err))
		return false;
	judge(observing);
	return print(observing, err);
}

int observed_verify(struct cli *cli, struct err *err)
{
	static const int statuses[] = { [VERDICT_AGREES] = 0,
					[VERDICT_DIFFERS] = NOT_COVERED,
					[VERDICT_UNKNOWN] = COULD_NOT_TELL };
	struct observing observing = { .cli = cli, .log = { .forgotten = -1 } };
	bool ok = observe(&observing, err);

	loaded_close(&observing.loaded);
	conn_close(observing.target);
	return ok ? statuses[observing.shown.verdict] : 0;
}
