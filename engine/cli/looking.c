/*
 * looking.c: reading legacy gently, and saying so.
 */
#include "engine/cli/looking.h"

#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/cli/text.h"

#define LINE_NS INT64_C(200000000)

void looking_clear(struct looking *looking)
{
	struct buf line;

	if (!looking->is_shown)
		return;
	buf_init(&line);
	buf_put_text(&line, "\r\x1b[K");
	text_to_stderr(&line);
	buf_release(&line);
	looking->is_shown = false;
}

void looking_say(struct looking *looking, struct span said)
{
	int64_t now = clock_monotonic_ns();
	struct buf line;

	if (looking->cli->options.quiet || !isatty(STDERR_FILENO) ||
	    now - looking->said_ns < LINE_NS)
		return;
	looking->said_ns = now;
	looking->is_shown = true;
	buf_init(&line);
	buf_put_text(&line, "\r\x1b[K");
	buf_put_span(&line, said);
	text_to_stderr(&line);
	buf_release(&line);
}

static void show_line(struct looking *looking)
{
	struct buf line;

	buf_init(&line);
	buf_print(&line, "%s ", looking->verb);
	text_put_inert(&line, span_of(looking->what));
	buf_put_text(&line, "  ");
	text_put_number(&line, looking->rows);
	buf_put_text(&line, " rows");
	looking_say(looking, buf_span(&line));
	buf_release(&line);
}

/* What a throttle cost, and which one. */
static void say_waits(const struct looking *looking)
{
	static const int64_t worth_saying_ns = 1000000000;
	const struct gentle *gentle = &looking->gentle;
	struct buf line;

	if (looking->cli->options.quiet || gentle->waited_ns < worth_saying_ns)
		return;
	buf_init(&line);
	buf_print(&line, "held back for %.1f s, last by ", (double)gentle->waited_ns / 1e9);
	text_put_inert(&line, span_of(gentle->held_by));
	buf_put_char(&line, '\n');
	text_to_stderr(&line);
	buf_release(&line);
}

bool looking_on_read(void *context, const char *what, int64_t rows, size_t bytes, struct err *err)
{
	struct looking *looking = context;

	if (looking->what != what) {
		looking->what = what;
		looking->rows = 0;
	}
	looking->rows += rows;
	show_line(looking);
	return gentle_read(&looking->gentle, rows, bytes, err);
}

bool looking_check(const struct options *options, struct err *err)
{
	return !options->full || !options->sample ||
	       err_set(err, ERR_USAGE,
		       "--full looks at all rows, --sample at some: only one of them");
}

int64_t looking_rows_max(const struct options *options)
{
	if (options->full)
		return 0;
	return options->sample ? options->sample : PROFILE_ROWS;
}

bool looking_begin(struct looking *looking, const struct cli *cli, const char *verb,
		   struct conn *legacy, struct err *err)
{
	const struct options *options = &cli->options;

	*looking = (struct looking){ .cli = cli, .verb = verb };
	return gentle_begin(&looking->gentle, legacy, options->rate, options->bytes,
			    options->signals, options->signal_count, err);
}

void looking_end(struct looking *looking)
{
	looking_clear(looking);
	say_waits(looking);
}

bool looking_take(struct cli *cli, struct conn *legacy, const struct profile_options *wanted,
		  struct profile *profile, struct err *err)
{
	struct looking looking;
	struct profile_options taken = *wanted;
	bool ok;

	taken.legacy = legacy;
	taken.rows_max = looking_rows_max(&cli->options);
	taken.on_read = looking_on_read;
	taken.context = &looking;
	if (!looking_check(&cli->options, err))
		return false;
	ok = looking_begin(&looking, cli, "looking at", legacy, err) &&
	     profile_take(&taken, &cli->arena, profile, err);
	looking_end(&looking);
	return ok;
}
