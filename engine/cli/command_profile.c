/*
 * command_profile.c: engine profile: what legacy holds, before anybody writes a rule for it.
 */
#include <errno.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/file.h"
#include "engine/cli/profile_show.h"
#include "engine/cli/text.h"
#include "engine/move/gentle.h"

#define LINE_NS INT64_C(200000000)

enum { COULD_NOT_TELL = 4 };

struct looking {
	const struct cli *cli;
	struct gentle gentle;
	const char *table;
	int64_t rows; /* of it, so far */
	int64_t said_ns;
	bool is_shown; /* a live line stands on the terminal */
};

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
	buf_put_text(&line, "\r\x1b[Klooking at ");
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

static bool on_read(void *context, const char *table, int64_t rows, size_t bytes, struct err *err)
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

static bool look(struct cli *cli, struct conn *legacy, struct profile *profile, struct err *err)
{
	const struct options *options = &cli->options;
	struct looking looking = { .cli = cli };
	struct profile_options wanted = {
		.legacy = legacy,
		.names = cli->arguments,
		.name_count = cli->argument_count,
		.rows_max = options->full     ? 0
			    : options->sample ? options->sample
					      : PROFILE_ROWS,
		.on_read = on_read,
		.context = &looking,
	};
	bool ok = gentle_begin(&looking.gentle, legacy, options->rate, options->bytes,
			       options->signals, options->signal_count, err) &&
		  profile_take(&wanted, &cli->arena, profile, err);

	clear_line(&looking);
	say_waits(&looking);
	return ok;
}

static struct shown_profile shown_of(struct cli *cli, const struct profile *profile)
{
	struct shown_profile shown = {
		.profile = profile,
		.legacy = url_for_people(&cli->arena, cli->options.legacy),
		.arena = &cli->arena,
	};

	for (int i = 0; i < profile->table_count; i++) {
		const struct table_profile *table = &profile->tables[i];

		shown.is_sampled = shown.is_sampled || table->read_count < table->row_count;
		shown.is_column =
		    shown.is_column || (table->fault == NULL && cli->argument_count &&
					table->column_count < table->info->column_count);
	}
	return shown;
}

static bool print(struct cli *cli, const struct shown_profile *shown, struct err *err)
{
	struct buf out;
	bool ok = true;

	buf_init(&out);
	if (cli->options.html) {
		profile_put_html(&out, shown);
		ok = file_write(cli->options.html, buf_span(&out), err);
		buf_reset(&out);
	}
	if (cli->options.json)
		profile_put_json(&out, shown);
	else if (cli->options.html == NULL)
		profile_put_text(&out, &cli->out, shown);
	ok = ok && text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

/* What was not looked at is not known to be well. */
static int status_of(const struct profile *profile)
{
	for (int i = 0; i < profile->table_count; i++)
		if (profile->tables[i].fault)
			return COULD_NOT_TELL;
	return 0;
}

int command_profile(struct cli *cli, struct err *err)
{
	struct profile profile;
	struct shown_profile shown;
	struct conn *legacy;
	bool ok;

	if (cli->options.full && cli->options.sample) {
		err_set(err, ERR_USAGE,
			"--full looks at all rows, --sample at some: only one of them");
		return 0;
	}
	if (!settings_need(cli->options.legacy, "--legacy", "ENGINE_LEGACY", err) ||
	    !conn_open(cli->options.legacy, CONN_SOURCE, &legacy, err))
		return 0;
	ok = look(cli, legacy, &profile, err);
	conn_close(legacy);
	if (!ok)
		return 0;
	shown = shown_of(cli, &profile);
	return print(cli, &shown, err) ? status_of(&profile) : 0;
}
