/*
 * looking.c: reads legacy gently, and shows on a terminal how far it came.
 */
#include "engine/cli/looking.h"

#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/cli/text.h"

#define LINE_NS INT64_C(200000000)

static void clear_line(struct looking *looking)
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

static void show_line(struct looking *looking)
{
	int64_t now = clock_monotonic_ns();
	struct buf line;

	if (looking->cli->options.quiet || !isatty(STDERR_FILENO) ||
	    now - looking->said_ns < LINE_NS)
		return;
	looking->said_ns = now;
	looking->is_shown = true;
	buf_init(&line);
	buf_print(&line, "\r\x1b[K%s ", looking->verb);
	text_put_inert(&line, span_of(looking->table));
	buf_put_text(&line, "  ");
	text_put_number(&line, looking->rows);
	buf_put_text(&line, " rows");
	text_to_stderr(&line);
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

bool looking_begin(struct looking *looking, const struct cli *cli, const char *verb,
		   struct conn *legacy, struct err *err)
{
	const struct options *options = &cli->options;

	*looking = (struct looking){ .cli = cli, .verb = verb };
	return gentle_begin(&looking->gentle, legacy, options->rate, options->bytes,
			    options->signals, options->signal_count, err);
}

bool looking_read(void *context, const char *table, int64_t rows, size_t bytes, struct err *err)
{
	struct looking *looking = context;

	if (looking->table != table) {
		looking->table = table;
		looking->rows = 0;
	}
	looking->rows += rows;
	show_line(looking);
	return gentle_read(&looking->gentle, rows, bytes, err);
}

void looking_end(struct looking *looking)
{
	clear_line(looking);
	say_waits(looking);
}
