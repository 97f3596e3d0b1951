/*
 * command_profile.c: engine profile: what legacy holds, before anybody writes a rule for it.
 */
#include "engine/base/file.h"
#include "engine/cli/looking.h"
#include "engine/cli/profile_show.h"
#include "engine/cli/text.h"

enum { COULD_NOT_TELL = 4 };

static bool look(struct cli *cli, struct conn *legacy, struct profile *profile, struct err *err)
{
	const struct options *options = &cli->options;
	struct looking looking;
	struct profile_options wanted = {
		.legacy = legacy,
		.names = cli->arguments,
		.name_count = cli->argument_count,
		.rows_max = options->full     ? 0
			    : options->sample ? options->sample
					      : PROFILE_ROWS,
		.on_read = looking_read,
		.context = &looking,
	};
	bool ok = looking_begin(&looking, cli, "looking at", legacy, err) &&
		  profile_take(&wanted, &cli->arena, profile, err);

	looking_end(&looking);
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
