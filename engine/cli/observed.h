/*
 * observed.h: engine verify queries --observed: which questions legacy was really asked, and which of them no query covers.
 */
#ifndef ENGINE_CLI_OBSERVED_H
#define ENGINE_CLI_OBSERVED_H

#include "engine/base/buf.h"
#include "engine/cli/command.h"
#include "engine/validate/observed.h"

/* The exit status; 0 together with an error. */
int observed_verify(struct cli *cli, struct err *err);

/* The statements of a file, JSON lines or SQL; "-" is standard input. ERR_DATA with the line. (observed_file.c) */
bool observed_read_file(const char *path, struct observed *observed, struct err *err);

/* ---- what is shown (observed_text.c, observed_json.c) ---- */

enum { REASONS_MAX = 8 };

struct shown_observed {
	const struct observed *observed;
	const struct statement_log *log; /* NULL: a file was read */
	const char *source;              /* as it was named */
	const char *version;
	enum verdict verdict;
	struct span reasons[REASONS_MAX]; /* why not everything could be told */
	int reason_count;
	bool all; /* show every shape */
};

void observed_put_text(struct buf *buf, const struct look *look,
		       const struct shown_observed *shown);
void observed_put_json(struct buf *buf, const struct shown_observed *shown);

#endif
