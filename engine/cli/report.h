/*
 * report.h: a run's balance sheet, as text and as JSON.
 */
#ifndef ENGINE_CLI_REPORT_H
#define ENGINE_CLI_REPORT_H

#include "engine/base/json.h"
#include "engine/cli/text.h"
#include "engine/move/move.h"

void report_put_text(struct buf *buf, const struct cli *cli, const struct move_report *report,
		     const char *verb);

/* The members run and status share, inside an object the caller opened. */
void report_put_members(struct json_writer *json, const struct move_report *report,
			const char *status);

#endif
