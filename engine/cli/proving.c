/*
 * proving.c: the stores and the rule opened to be compared, and legacy read gently while they are.
 */
#include "engine/cli/proving.h"

#include "engine/cli/decisions.h"
#include "engine/cli/looking.h"
#include "engine/cli/moving.h"
#include "engine/derive/describer.h"
#include "engine/move/decisions.h"

/* The version the target was moved by, from the texts it keeps. */
static bool open_kept(struct proving *proving, struct err *err)
{
	struct cli *cli = proving->cli;
	struct describer describer;

	if (!proving->legacy)
		return move_open_kept(proving->target, NULL, &cli->arena, &proving->host, err);
	describer_init(&describer, proving->legacy, &cli->arena);
	if (move_open_kept(proving->target, &describer.schema, &cli->arena, &proving->host, err) &&
	    describer.err.code == ERR_NONE)
		return true;
	if (describer.err.code != ERR_NONE)
		*err = describer.err;
	return false;
}

static bool open_file(struct proving *proving, struct err *err)
{
	struct cli *cli = proving->cli;
	struct fault_list faults, warnings;
	bool ok;

	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	ok = proving->legacy
		 ? move_load_rules(cli->rules, proving->legacy, &cli->arena, &proving->host,
				   &faults, &warnings, err)
		 : rule_host_open(cli->rules, NULL, NULL, &proving->host, &faults, &warnings, err);
	moving_say_faults(cli, &faults, &warnings);
	return ok;
}

bool proving_open(struct proving *proving, struct err *err)
{
	const struct options *options = &proving->cli->options;

	if (!settings_need(options->target, "--target", "ENGINE_TARGET", err) ||
	    !conn_open(options->target, CONN_TARGET_READ, &proving->target, err) ||
	    (options->legacy && !conn_open(options->legacy, CONN_SOURCE, &proving->legacy, err)))
		return false;
	return proving->cli->rules ? open_file(proving, err) : open_kept(proving, err);
}

void proving_close(struct proving *proving)
{
	rule_host_close(proving->host);
	conn_close(proving->legacy);
	conn_close(proving->target);
}

const char *proving_words(enum verdict verdict)
{
	return verdict == VERDICT_UNKNOWN ? "could not tell" : verdict_name(verdict);
}

const char *proving_colour(const struct look *look, enum verdict verdict)
{
	if (verdict == VERDICT_AGREES)
		return look->good;
	return verdict == VERDICT_DIFFERS ? look->alarm : look->notice;
}

void proving_fill(const struct proving *proving, struct validate_options *wanted,
		  char today[DATE_TEXT_SIZE])
{
	const struct cli *cli = proving->cli;

	decisions_today(today);
	wanted->target = proving->target;
	wanted->target_url = cli->options.target;
	wanted->legacy = proving->legacy;
	wanted->host = proving->host;
	wanted->entity = cli->options.entity;
	wanted->chunk_bytes_max = MOVE_CHUNK_BYTES;
	wanted->max_lag_us = rule_host_migration(proving->host)->history.max_lag_seconds * 1000000;
	wanted->today = today;
}

bool proving_validate(const struct proving *proving, struct validate_options *wanted,
		      struct validate_report *report, struct err *err)
{
	struct cli *cli = proving->cli;
	struct looking looking;
	char today[DATE_TEXT_SIZE];
	bool ok;

	proving_fill(proving, wanted, today);
	wanted->on_read = proving->legacy ? looking_on_read : NULL;
	wanted->read_context = &looking;
	if (proving->legacy && !looking_begin(&looking, cli, "verifying", proving->legacy, err))
		return false;
	ok = validate(wanted, &cli->arena, report, err);
	if (proving->legacy)
		looking_end(&looking);
	/* They end here. */
	wanted->today = NULL;
	wanted->on_read = NULL;
	wanted->read_context = NULL;
	return ok;
}
