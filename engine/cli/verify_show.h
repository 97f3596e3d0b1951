/*
 * verify_show.h: what a validation found, for people and for programs.
 */
#ifndef ENGINE_CLI_VERIFY_SHOW_H
#define ENGINE_CLI_VERIFY_SHOW_H

#include "engine/cli/command.h"
#include "engine/validate/validate.h"

/* A difference, kept. */
struct shown_difference {
	struct difference difference; /* texts in an arena */
	struct shown_difference *next;
};

struct shown_validation {
	const struct validate_report *report;
	const struct migration_info *migration;
	unsigned checks;    /* that were asked for: 1 << enum check_kind */
	const char *entity; /* the only one, or NULL */
	const struct shown_difference *first;
	int64_t difference_count, shown_count;
	struct ledger_head evidence; /* entry_no 0: nothing was written down */
	const char *no_evidence;     /* why */
};

void verify_put_text(struct buf *buf, const struct look *look,
		     const struct shown_validation *shown);
void verify_put_html(struct buf *buf, const struct shown_validation *shown);
/* Of each balance: charts of the strata of both sides. */
void verify_put_distributions(struct buf *buf, const struct validate_report *report);
/* How many strata are not alike on both sides. */
int verify_count_unlike(const struct check_result *result);
void verify_put_json(struct buf *buf, const struct shown_validation *shown);

#endif
