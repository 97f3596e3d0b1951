/*
 * command_check.c: engine check: the rule file by itself, against legacy's tables, and against their values, layer by layer.
 */
#include "engine/cli/check.h"
#include "engine/cli/fault_text.h"
#include "engine/cli/looking.h"
#include "engine/move/move.h"
#include "engine/rules/release.h"

enum { COULD_NOT_TELL = 4 };

/* ---- what a layer says ---- */

static void skip(struct check *check, enum check_layer layer, const char *why)
{
	check->layers[layer] = (struct layer){ .answer = ANSWER_SKIPPED, .why = why };
}

static void leave_untold(struct check *check, enum check_layer layer, const char *why)
{
	if (check->layers[layer].answer != ANSWER_SKIPPED)
		check->layers[layer] = (struct layer){ .answer = ANSWER_UNTOLD, .why = why };
}

/* What is left out on purpose, before anything is done. */
static void skip_layers(const struct cli *cli, struct check *check)
{
	const struct options *options = &cli->options;

	if (options->skipped & 1U << LAYER_LINT)
		skip(check, LAYER_LINT, "--skip says so");
	if (options->skipped & 1U << LAYER_SCHEMA) {
		skip(check, LAYER_SCHEMA, "--skip says so");
		skip(check, LAYER_VALUES, "rows are read by what the schema says");
	}
	if (options->skipped & 1U << LAYER_VALUES)
		skip(check, LAYER_VALUES, "--skip says so");
	if (options->offline || options->legacy == NULL) {
		const char *why = options->offline ? "--offline says so" : "no --legacy is given";

		skip(check, LAYER_SCHEMA, why);
		skip(check, LAYER_VALUES, why);
	}
}

static void count_errors(struct check *check)
{
	for (size_t i = 0; i < check->faults.fault_count; i++) {
		struct layer *layer = &check->layers[check_layer_of(check->faults.faults[i].code)];

		layer->answer = ANSWER_FOUND;
		layer->error_count++;
	}
}

static void count_findings(struct check *check, const struct fault_list *findings)
{
	for (size_t i = 0; i < findings->fault_count; i++) {
		const struct fault *finding = &findings->faults[i];
		struct layer *layer = &check->layers[check_layer_of(finding->code)];

		/* The lint's own word that it came to no end: an error of the file is no finding. */
		if (strcmp(finding->code, "E1012") == 0) {
			leave_untold(check, LAYER_LINT, "it took more than loading may");
			continue;
		}
		if (layer->answer != ANSWER_UNTOLD)
			layer->answer = ANSWER_FOUND;
		layer->finding_count++;
	}
}

/* ---- the layers ---- */

/* Shape and lint. What is not sound by itself is not compared with anything. */
static bool check_file(struct cli *cli, struct check *check, struct rule_host **blind,
		       struct err *err)
{
	bool is_linted = check->layers[LAYER_LINT].answer != ANSWER_SKIPPED;
	bool ok = rule_host_open_lint(cli->rules, NULL, NULL, blind, &check->faults,
				      &check->warnings, is_linted ? &check->lint : NULL, err);

	if (!ok)
		for (int i = 0; i < LAYER_COUNT; i++)
			leave_untold(check, (enum check_layer)i, "its errors come first");
	return ok;
}

static bool check_schema(struct cli *cli, struct check *check, struct conn *legacy,
			 struct rule_host **host, struct err *err)
{
	bool ok;

	fault_list_init(&check->warnings, &cli->arena);
	ok = move_load_rules(cli->rules, legacy, &cli->arena, host, &check->faults,
			     &check->warnings, err);
	if (ok)
		return true;
	leave_untold(check, LAYER_SCHEMA, arena_text(&cli->arena, err->text));
	leave_untold(check, LAYER_VALUES, "rows are read by what the schema says");
	/* A table that may not be seen is no error of the rule, and none of the store. */
	if (err->code == ERR_PERMISSION)
		err_reset(err);
	return false;
}

static void judge_values(struct check *check)
{
	struct layer *layer = &check->layers[LAYER_VALUES];
	int64_t count = 0, read_count = 0;

	for (int i = 0; i < check->survey.entity_count; i++) {
		const struct survey_entity *entity = &check->survey.entities[i];

		count += entity->group_count;
		read_count += entity->read_count;
		if (entity->fault)
			leave_untold(check, LAYER_VALUES, "not every row could be read");
	}
	/* Of no rows nothing is learnt: that is no pass. */
	if (read_count == 0 && layer->answer == ANSWER_PASSED)
		skip(check, LAYER_VALUES, "legacy has no rows");
	if (count > 0 && layer->answer == ANSWER_PASSED)
		layer->answer = ANSWER_FOUND;
	layer->finding_count = count;
}

static bool check_values(struct cli *cli, struct check *check, struct conn *legacy,
			 struct rule_host *host, struct err *err)
{
	struct looking looking;
	const struct survey_options wanted = {
		.legacy = legacy,
		.host = host,
		.rows_max = looking_rows_max(&cli->options),
		.row_bytes_max = MOVE_CHUNK_BYTES,
		.on_read = looking_on_read,
		.context = &looking,
	};
	bool ok = looking_begin(&looking, cli, "looking at", legacy, err) &&
		  survey_take(&wanted, &cli->arena, &check->survey, err);

	looking_end(&looking);
	if (ok)
		judge_values(check);
	else
		leave_untold(check, LAYER_VALUES, arena_text(&cli->arena, err->text));
	return ok;
}

/* Against the rows that were counted. */
static bool check_policy(struct check *check, const struct migration_info *migration,
			 struct err *err)
{
	size_t before = check->faults.fault_count;

	check_sample_rate(check, migration);
	return check->faults.fault_count == before ||
	       err_set(err, ERR_RULE, "the policy asks for more than its sample can show");
}

/* What was loaded without legacy makes room for what was loaded against it. */
static bool check_legacy(struct cli *cli, struct check *check, struct rule_host **host,
			 struct err *err)
{
	struct rule_host *blind = *host, *fitting;
	struct conn *legacy;
	bool ok;

	if (check->layers[LAYER_SCHEMA].answer == ANSWER_SKIPPED)
		return true;
	if (!conn_open(cli->options.legacy, CONN_SOURCE, &legacy, err)) {
		leave_untold(check, LAYER_SCHEMA, arena_text(&cli->arena, err->text));
		leave_untold(check, LAYER_VALUES, "legacy could not be reached");
		return false;
	}
	ok = check_schema(cli, check, legacy, &fitting, err);
	if (ok) {
		*host = fitting;
		rule_host_close(blind);
	}
	if (ok && check->layers[LAYER_VALUES].answer != ANSWER_SKIPPED)
		ok = check_values(cli, check, legacy, *host, err);
	conn_close(legacy);
	return ok;
}

/* ---- what is said ---- */

static bool say(struct cli *cli, const struct check *check, struct err *err)
{
	struct buf buf;
	bool ok;

	buf_init(&buf);
	if (!cli->options.quiet)
		check_put_findings(&buf, &cli->said, check, &cli->arena);
	faults_put_text(&buf, &cli->said, "error", &check->faults);
	text_to_stderr(&buf);
	if (cli->options.json)
		check_put_json(&buf, check, &cli->arena);
	else if (!cli->options.quiet)
		check_put_summary(&buf, &cli->out, check, &cli->options);
	ok = text_to_stdout(&buf, err);
	buf_release(&buf);
	return ok;
}

static int status_of(const struct check *check)
{
	if (!check_is_told(check))
		return COULD_NOT_TELL;
	return check_finding_count(check) > 0 ? 1 : 0;
}

int command_check(struct cli *cli, struct err *err)
{
	struct rule_host *host = NULL;
	struct check check = { .migration = NULL };
	struct err unsaid = { ERR_NONE, "" };
	bool ok;

	if (!looking_check(&cli->options, err))
		return 0;
	fault_list_init(&check.faults, &cli->arena);
	fault_list_init(&check.warnings, &cli->arena);
	fault_list_init(&check.lint, &cli->arena);
	skip_layers(cli, &check);
	if (check_file(cli, &check, &host, err) && check_legacy(cli, &check, &host, err) &&
	    check_policy(&check, rule_host_migration(host), err))
		release_check(cli->rules, rule_host_migration(host), &check.faults, &check.warnings,
			      err);
	count_errors(&check);
	count_findings(&check, &check.lint);
	count_findings(&check, &check.warnings);
	if (err->code == ERR_NONE)
		check.migration = rule_host_migration(host);
	ok = say(cli, &check, err->code == ERR_NONE ? err : &unsaid);
	rule_host_close(host);
	return ok && err->code == ERR_NONE ? status_of(&check) : 0;
}
