/*
 * verifying.c: from a command line to a validation: what is asked for, the stores, the rule, and where evidence goes.
 */
#include "engine/cli/verifying.h"

#include <stdlib.h>

#include "engine/model/digest.h"

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

/* Above 0, at most 100, and then `end`; 0 where nobody says. */
static bool take_percent(const char *percent, const char *end, double *share)
{
	double value = 0;
	char *behind = NULL;

	if (percent)
		value = strtod(percent, &behind);
	*share = value / 100;
	return !percent ||
	       (*percent >= '0' && *percent <= '9' && strcmp(behind, end) == 0 && value > 0 &&
		value <= 100 && strspn(percent, "0123456789.") == (size_t)(behind - percent));
}

static bool take_share(const char *percent, double *share, struct err *err)
{
	return take_percent(percent, "", share) ||
	       err_set(err, ERR_USAGE,
		       "--percent takes a share above 0 and up to 100, such as 0.5, not '%s'",
		       percent);
}

bool verifying_budget(const char *budget, double *share, struct err *err)
{
	return take_percent(budget, "", share) || take_percent(budget, "%", share) ||
	       err_set(err, ERR_USAGE,
		       "--budget takes a share above 0 and up to 100, such as 5%%, not '%s'",
		       budget);
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

bool verifying_take(struct verifying *verifying, struct err *err)
{
	return take_checks(verifying, err) &&
	       take_share(verifying->cli->options.percent, &verifying->share, err);
}

/* ---- the options ---- */

struct validate_options verifying_options(struct verifying *verifying)
{
	const struct options *given = &verifying->cli->options;
	struct validate_options options = {
		.checks = verifying->shown.checks,
		.share = share_of(verifying),
		.per_stratum = per_stratum_of(verifying),
		.seed = given->seed ? sample_hash(span_of(given->seed), 0) : 0,
		.rate = rule_host_migration(verifying->proving.host)->history.sample_rate,
	};

	proving_fill(&verifying->proving, &options, verifying->today);
	return options;
}

/* ---- evidence ---- */

void verifying_record(struct verifying *verifying, const struct validate_options *options,
		      const struct validate_report *report, struct arena *arena)
{
	const struct options *given = &verifying->cli->options;
	struct err why = { ERR_NONE, "" };
	struct conn *target = NULL;

	verifying->shown.no_evidence = NULL;
	if (given->unrecorded)
		verifying->shown.no_evidence = "--unrecorded says so";
	else if (report->scope_count == 0)
		verifying->shown.no_evidence = "nothing of the target could be looked at";
	else if (!conn_open(given->target, CONN_TARGET, &target, &why) ||
		 !validate_record(target, options, report, &verifying->shown.evidence, &why))
		verifying->shown.no_evidence = arena_text(arena, why.text);
	if (verifying->shown.no_evidence)
		verifying->shown.evidence = (struct ledger_head){ .entry_no = 0 };
	conn_close(target);
}
