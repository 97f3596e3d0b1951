/*
 * command_release.c: engine release: from now on this version is fixed, and rules.sum says so.
 */
#include "engine/base/clock.h"
#include "engine/base/json.h"
#include "engine/cli/loaded.h"
#include "engine/cli/moving.h"
#include "engine/cli/text.h"
#include "engine/ledger/who.h"
#include "engine/model/instant.h"
#include "engine/model/utf8.h"
#include "engine/rules/release.h"

/* The day in UTC, wherever the machine stands. */
static void put_today(char date[INSTANT_TEXT_SIZE])
{
	if (!instant_to_text(clock_wall_us(), date))
		date[0] = '\0';
	date[DATE_TEXT_SIZE - 1] = '\0';
}

/* What --who says stands in a file that others read, in one line. */
static bool check_who(const char *who, struct err *err)
{
	struct span text = span_of(who);
	bool is_plain = text.size <= RELEASE_WHO_BYTES_MAX && utf8_first_bad(text) == text.size;

	for (size_t i = 0; is_plain && i < text.size; i += text_step(text, i))
		is_plain = !text_is_control(text, i);
	return is_plain ||
	       err_set(err, ERR_USAGE, "--who takes a name of at most %d bytes in one line",
		       RELEASE_WHO_BYTES_MAX);
}

static void put_json(struct buf *out, const struct release *release, enum release_outcome outcome)
{
	static const char *const outcomes[] = { [RELEASE_WRITTEN] = "released",
						[RELEASE_UNCHANGED] = "unchanged",
						[RELEASE_VALIDATED] = "validation changed" };
	struct json_writer json;

	json_writer_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "outcome");
	json_text(&json, outcomes[outcome]);
	json_key(&json, "system");
	json_text(&json, release->system);
	json_key(&json, "version");
	json_text(&json, release->version);
	json_key(&json, "transform");
	json_text(&json, release->transform);
	json_key(&json, "validation");
	json_text(&json, release->validation);
	json_key(&json, "abi");
	json_int(&json, release->abi);
	json_key(&json, "date");
	json_text(&json, release->date);
	json_key(&json, "who");
	json_text(&json, release->who);
	json_close(&json, '}');
	buf_put_char(out, '\n');
}

static void put_text(struct buf *out, const struct release *release, enum release_outcome outcome)
{
	text_put_inert(out, span_of(release->system));
	buf_print(out, " %s ", release->version);
	if (outcome == RELEASE_UNCHANGED) {
		buf_print(out, "was released on %s by ", release->date);
		text_put_inert(out, span_of(release->who));
		buf_put_text(out, " as it is; nothing was changed\n");
		return;
	}
	if (outcome == RELEASE_VALIDATED)
		buf_put_text(out, "has another validation now: what was proven before does not "
				  "count any more\n");
	else
		buf_put_text(out, "is released, and from now on fixed\n");
	buf_print(out, "  transform  %.16s…\n  validation %.16s…\n", release->transform,
		  release->validation);
	buf_put_text(out, "commit rules.sum and rules.parts with the rule files\n");
}

static bool release(struct cli *cli, const struct rule_host *host, struct buf *out, struct err *err)
{
	char date[INSTANT_TEXT_SIZE], user[WHO_USER_SIZE];
	enum release_outcome outcome;
	struct fault_list faults, warnings;
	struct release line;
	bool ok;

	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	put_today(date);
	who_is_user(user);
	ok = release_write(cli->rules, rule_host_migration(host), date,
			   cli->options.who ? cli->options.who : user, &outcome, &line, &faults,
			   err);
	moving_say_faults(cli, &faults, &warnings);
	if (!ok)
		return false;
	if (cli->options.json)
		put_json(out, &line, outcome);
	else if (!cli->options.quiet)
		put_text(out, &line, outcome);
	return true;
}

int command_release(struct cli *cli, struct err *err)
{
	struct loaded loaded;
	struct buf out;

	if ((cli->options.who && !check_who(cli->options.who, err)) ||
	    !loaded_open_rules(cli, &loaded, err))
		return 0;
	buf_init(&out);
	if (release(cli, loaded.host, &out, err))
		text_to_stdout(&out, err);
	buf_release(&out);
	loaded_close(&loaded);
	return 0;
}
