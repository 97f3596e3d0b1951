/*
 * command_quarantine.c: engine quarantine list|show|retry: what was not merged, why, and again.
 */
#include "engine/base/json.h"
#include "engine/cli/fault_text.h"
#include "engine/cli/moving.h"
#include "engine/cli/text.h"
#include "engine/cli/watch.h"

struct listing {
	struct cli *cli;
	struct buf out;
	struct json_writer json;
	bool with_source; /* in text */
	int64_t shown;
};

static void put_row_json(struct listing *listing, const struct quarantine_row *row)
{
	struct json_writer *json = &listing->json;

	json_open(json, '{');
	json_key(json, "entity");
	json_string(json, row->entity);
	json_key(json, "key");
	json_raw(json, row->key);
	json_key(json, "of");
	json_string(json, row->source);
	json_key(json, "faults");
	json_raw(json, row->faults_json);
	json_key(json, "source");
	json_raw(json, row->row_json);
	json_close(json, '}');
}

static struct span member_text(const struct json_value *object, const char *name)
{
	const struct json_value *member = json_member(object, name);

	return member && (member->kind == JSON_STRING || member->kind == JSON_NUMBER) ? member->text
										      : SPAN("");
}

static bool put_row_text(struct listing *listing, const struct quarantine_row *row, struct err *err)
{
	struct arena arena;
	struct json_value faults;
	bool ok;

	arena_init(&arena);
	ok = json_read(row->faults_json, &arena, &faults, err);
	buf_put_span(&listing->out, row->entity);
	if (!span_equal_text(row->source, "root")) {
		buf_put_char(&listing->out, '.');
		buf_put_span(&listing->out, row->source);
	}
	buf_put_char(&listing->out, ' ');
	text_put_inert(&listing->out, row->key);
	buf_put_char(&listing->out, '\n');
	for (size_t i = 0; ok && i < faults.item_count; i++) {
		const struct json_value *fault = &faults.items[i];

		buf_print(&listing->out, "  %.*s  ", SPAN_ARGS(member_text(fault, "code")));
		text_put_inert(&listing->out, member_text(fault, "message"));
		buf_put_text(&listing->out, "   ");
		text_put_inert(&listing->out, member_text(fault, "field"));
		buf_print(&listing->out, "  (rule line %.*s)\n",
			  SPAN_ARGS(member_text(fault, "rule_line")));
	}
	if (listing->with_source) {
		buf_put_text(&listing->out, "  source ");
		text_put_inert(&listing->out, row->row_json);
		buf_put_char(&listing->out, '\n');
	}
	arena_release(&arena);
	return ok;
}

static bool put_row(void *context, const struct quarantine_row *row, struct err *err)
{
	struct listing *listing = context;

	listing->shown++;
	if (listing->cli->options.json)
		put_row_json(listing, row);
	else if (!put_row_text(listing, row, err))
		return false;
	/* Long lists go out as they come. */
	return listing->out.size < 1 << 16 || text_to_stdout(&listing->out, err);
}

/* By kinds: many rows that have one fault are one thing to understand. */
static bool put_kinds(struct cli *cli, struct conn *target, struct err *err)
{
	struct fault_groups kinds;
	struct buf out;
	bool ok = move_quarantine_kinds(target, cli->options.entity, &cli->arena, &kinds, err);

	if (!ok)
		return false;
	buf_init(&out);
	fault_groups_put_text(&out, &cli->out, &kinds, FAULT_GROUPS_MAX, true);
	if (kinds.fault_count == 0) {
		buf_put_text(&out, "nothing is in quarantine\n");
	} else {
		text_put_number(&out, kinds.fault_count);
		buf_put_text(&out, " in quarantine; one row and all its faults: engine quarantine "
				   "show KEY\n");
	}
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

static int list_kinds(struct cli *cli, struct err *err)
{
	struct conn *target = NULL;

	if (!settings_need(cli->options.target, "--target", "ENGINE_TARGET", err))
		return 0;
	if (conn_open(cli->options.target, CONN_TARGET_READ, &target, err))
		put_kinds(cli, target, err);
	conn_close(target);
	return 0;
}

static int list(struct cli *cli, const char *key, struct err *err)
{
	struct listing listing = { .cli = cli, .with_source = key != NULL };
	struct conn *target = NULL;

	if (!settings_need(cli->options.target, "--target", "ENGINE_TARGET", err))
		return 0;
	buf_init(&listing.out);
	json_writer_init(&listing.json, &listing.out);
	if (cli->options.json)
		json_open(&listing.json, '[');
	if (conn_open(cli->options.target, CONN_TARGET_READ, &target, err) &&
	    move_each_quarantined(target, cli->options.entity, cli->options.code, key, put_row,
				  &listing, err)) {
		if (key && listing.shown == 0) {
			err_set(err, ERR_DATA, "the key %s is not in quarantine", key);
			buf_reset(&listing.out);
		} else if (cli->options.json) {
			json_close(&listing.json, ']');
			buf_put_char(&listing.out, '\n');
		} else if (listing.shown == 0) {
			buf_put_text(&listing.out, "nothing is in quarantine\n");
		}
		if (err->code == ERR_NONE)
			text_to_stdout(&listing.out, err);
	}
	conn_close(target);
	buf_release(&listing.out);
	return 0;
}

/* The rules a retry goes by: the file that is named, which must be the active version. */
static int retry(struct cli *cli, const char *key, struct err *err)
{
	struct move_progress progress = { 0 };
	struct move_report report = { .entity_count = 0 };
	struct fault_list faults, warnings;
	struct move_options options;
	struct watch watch;
	bool ok;

	if (!cli->rules) {
		err_set(err, ERR_USAGE,
			"which rule file? usage: engine quarantine retry RULES [KEY]");
		return 0;
	}
	if (!moving_options(cli, &options, err))
		return 0;
	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	if (!watch_start(&watch, cli, &progress, err))
		return 0;
	ok = move_retry(&options, cli->options.entity, key, &progress, &cli->arena, &report,
			&faults, &warnings, err);
	watch_stop(&watch);
	moving_say_faults(cli, &faults, &warnings);
	if (!ok || !moving_say_report(cli, &report, err))
		return 0;
	return moving_status(cli, &report, atomic_load(&progress.stop_signal));
}

int command_quarantine(struct cli *cli, struct err *err)
{
	const char *verb = cli->argument_count > 0 ? cli->arguments[0] : "list";
	struct span key = SPAN_NONE;

	if (cli->argument_count > 1 && !text_to_key(&cli->arena, cli->arguments[1], &key, err))
		return 0;
	if (strcmp(verb, "list") == 0 && cli->argument_count <= 1)
		return cli->options.json || cli->options.code ? list(cli, NULL, err)
							      : list_kinds(cli, err);
	if (strcmp(verb, "show") == 0 && key.data)
		return list(cli, key.data, err);
	if (strcmp(verb, "retry") == 0)
		return retry(cli, key.data, err);
	err_set(err, ERR_USAGE, "usage: engine %s", cli->command->usage);
	return 0;
}
