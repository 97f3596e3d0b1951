/*
 * command_verify.c: engine verify: do legacy and target mean the same?
 */
#include <stdlib.h>

#include "engine/base/file.h"
#include "engine/cli/observed.h"
#include "engine/cli/proving.h"
#include "engine/cli/text.h"
#include "engine/cli/verify_show.h"
#include "engine/model/digest.h"

struct verifying {
	struct cli *cli;
	struct proving proving;
	struct shown_difference **last;
	double share;
	struct shown_validation shown;
};

/* ---- what is asked for ---- */

static bool take_checks(struct verifying *verifying, struct err *err)
{
	const struct cli *cli = verifying->cli;

	for (int i = 0; i < cli->argument_count; i++) {
		int kind = 0;

		while (kind < CHECK_KINDS &&
		       strcmp(cli->arguments[i], check_name((enum check_kind)kind)) != 0)
			kind++;
		if (kind == CHECK_KINDS)
			return err_set(err, ERR_USAGE, "'%s' is no check: usage: engine %s",
				       cli->arguments[i], cli->command->usage);
		verifying->shown.checks |= 1U << kind;
		/* Two statements, kept apart: untouched since, and what the rule made. */
		if (kind == CHECK_DIGESTS)
			verifying->shown.checks |= 1U << CHECK_UNCHANGED;
	}
	if (verifying->shown.checks == 0)
		verifying->shown.checks = (1U << CHECK_KINDS) - 1;
	return true;
}

/* "0.5": above 0, at most 100; 0 where nobody says. */
static bool take_share(const char *percent, double *share, struct err *err)
{
	double value = 0;
	char *end = NULL;

	if (percent)
		value = strtod(percent, &end);
	*share = value / 100;
	return !percent ||
	       (*percent >= '0' && *percent <= '9' && *end == '\0' && value > 0 && value <= 100 &&
		strspn(percent, "0123456789.") == strlen(percent)) ||
	       err_set(err, ERR_USAGE,
		       "--percent takes a share above 0 and up to 100, such as 0.5, not '%s'",
		       percent);
}

/* What is not said on the command line the policy of the rule says, and where it says nothing it is as usual. */
static double share_of(const struct verifying *verifying)
{
	return verifying->share > 0
		   ? verifying->share
		   : policy_share(&rule_host_migration(verifying->proving.host)->history);
}

static int64_t per_stratum_of(const struct verifying *verifying)
{
	int64_t said = verifying->cli->options.per_stratum;

	return said > 0
		   ? said
		   : policy_per_stratum(&rule_host_migration(verifying->proving.host)->history);
}

/* ---- differences ---- */

static struct span copy(struct arena *arena, struct span text)
{
	return text.data ? arena_copy(arena, text) : SPAN_NONE;
}

static bool keep_difference(void *context, const struct difference *difference, struct err *err)
{
	struct verifying *verifying = context;
	struct arena *arena = &verifying->cli->arena;
	struct shown_difference *kept;

	(void)err;
	verifying->shown.difference_count++;
	if (verifying->shown.shown_count == SHOWN_DIFFERENCES && !verifying->cli->options.all)
		return true;
	verifying->shown.shown_count++;
	kept = arena_zalloc(arena, sizeof(*kept));
	kept->difference = *difference;
	kept->difference.id = copy(arena, difference->id);
	kept->difference.key = copy(arena, difference->key);
	kept->difference.legacy = copy(arena, difference->legacy);
	kept->difference.target = copy(arena, difference->target);
	kept->difference.text = arena_text(arena, difference->text);
	kept->difference.asked = copy(arena, difference->asked);
	kept->difference.row = copy(arena, difference->row);
	if (difference->query)
		kept->difference.query = arena_text(arena, difference->query);
	if (difference->field)
		kept->difference.field = arena_text(arena, difference->field);
	*verifying->last = kept;
	verifying->last = &kept->next;
	return true;
}

/* ---- the whole ---- */

static bool write_page(const struct verifying *verifying, struct err *err)
{
	const char *path = verifying->cli->options.html;
	struct buf page;
	bool ok;

	if (!path)
		return true;
	buf_init(&page);
	verify_put_html(&page, &verifying->shown);
	ok = file_write(path, buf_span(&page), err);
	buf_release(&page);
	return ok;
}

static bool print(const struct verifying *verifying, struct err *err)
{
	const struct cli *cli = verifying->cli;
	struct buf out;
	bool ok;

	if (!write_page(verifying, err))
		return false;
	buf_init(&out);
	if (cli->options.json)
		verify_put_json(&out, &verifying->shown);
	else if (!cli->options.quiet)
		verify_put_text(&out, &cli->out, &verifying->shown);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

/* ---- evidence ---- */

static void note_unrecorded(struct verifying *verifying, struct err *why)
{
	verifying->shown.evidence = (struct ledger_head){ .entry_no = 0 };
	verifying->shown.no_evidence = arena_text(&verifying->cli->arena, why->text);
}

/* What was found stays found where it cannot be written down; then nobody can rely on it later, and that is said. */
static void record(struct verifying *verifying, const struct validate_options *options,
		   const struct validate_report *report)
{
	const struct options *given = &verifying->cli->options;
	struct err why = { ERR_NONE, "" };
	struct conn *target = NULL;

	if (given->unrecorded)
		verifying->shown.no_evidence = "--unrecorded says so";
	else if (report->scope_count == 0)
		verifying->shown.no_evidence = "nothing of the target could be looked at";
	else if (!conn_open(given->target, CONN_TARGET, &target, &why) ||
		 !validate_record(target, options, report, &verifying->shown.evidence, &why))
		note_unrecorded(verifying, &why);
	conn_close(target);
}

/* ---- the run ---- */

static bool run(struct verifying *verifying, struct validate_report *report, struct err *err)
{
	const struct options *given = &verifying->cli->options;
	struct validate_options options = {
		.checks = verifying->shown.checks,
		.share = share_of(verifying),
		.per_stratum = per_stratum_of(verifying),
		.seed = given->seed ? sample_hash(span_of(given->seed), 0) : 0,
		.rate = rule_host_migration(verifying->proving.host)->history.sample_rate,
		.on_difference = keep_difference,
		.difference_context = verifying,
	};

	if (!proving_validate(&verifying->proving, &options, report, err))
		return false;
	record(verifying, &options, report);
	return true;
}

static bool verify(struct verifying *verifying, struct validate_report *report, struct err *err)
{
	if (!take_checks(verifying, err) ||
	    !take_share(verifying->cli->options.percent, &verifying->share, err) ||
	    !proving_open(&verifying->proving, err) || !run(verifying, report, err))
		return false;
	verifying->shown.report = report;
	verifying->shown.entity = verifying->cli->options.entity;
	verifying->shown.migration = rule_host_migration(verifying->proving.host);
	return print(verifying, err);
}

int command_verify(struct cli *cli, struct err *err)
{
	static const int statuses[] = { [VERDICT_AGREES] = 0,
					[VERDICT_DIFFERS] = DIFFERENT,
					[VERDICT_UNKNOWN] = COULD_NOT_TELL };
	struct verifying verifying = { .cli = cli, .proving.cli = cli };
	struct validate_report report = { .verdict = VERDICT_UNKNOWN };
	bool ok;

	if (cli->options.observed)
		return observed_verify(cli, err);
	verifying.last = (struct shown_difference **)&verifying.shown.first;
	ok = verify(&verifying, &report, err);
	proving_close(&verifying.proving);
	return ok ? statuses[report.verdict] : 0;
}
