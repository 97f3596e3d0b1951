/*
 * command_verify.c: engine verify: do legacy and target mean the same?
 */
#include "engine/base/file.h"
#include "engine/cli/observed.h"
#include "engine/cli/text.h"
#include "engine/cli/verifying.h"

/* ---- differences ---- */

static struct span copy(struct arena *arena, struct span text)
{
	return text.data ? arena_copy(arena, text) : SPAN_NONE;
}

static bool keep_difference(void *context, const struct difference *difference, struct err *err)
{
	struct verifying *verifying = context;
	struct arena *arena = &verifying->cli->arena;
	struct shown_difference *kept;

	(void)err;
	verifying->shown.difference_count++;
	if (verifying->shown.shown_count == SHOWN_DIFFERENCES && !verifying->cli->options.all)
		return true;
	verifying->shown.shown_count++;
	kept = arena_zalloc(arena, sizeof(*kept));
	kept->difference = *difference;
	kept->difference.id = copy(arena, difference->id);
	kept->difference.key = copy(arena, difference->key);
	kept->difference.legacy = copy(arena, difference->legacy);
	kept->difference.target = copy(arena, difference->target);
	kept->difference.text = arena_text(arena, difference->text);
	kept->difference.asked = copy(arena, difference->asked);
	kept->difference.row = copy(arena, difference->row);
	if (difference->query)
		kept->difference.query = arena_text(arena, difference->query);
	if (difference->field)
		kept->difference.field = arena_text(arena, difference->field);
	*verifying->last = kept;
	verifying->last = &kept->next;
	return true;
}

/* ---- the whole ---- */

static bool write_page(const struct verifying *verifying, struct err *err)
{
	const char *path = verifying->cli->options.html;
	struct buf page;
	bool ok;

	if (!path)
		return true;
	buf_init(&page);
	verify_put_html(&page, &verifying->shown);
	ok = file_write(path, buf_span(&page), err);
	buf_release(&page);
	return ok;
}

static bool print(const struct verifying *verifying, struct err *err)
{
	const struct cli *cli = verifying->cli;
	struct buf out;
	bool ok;

	if (!write_page(verifying, err))
		return false;
	buf_init(&out);
	if (cli->options.json)
		verify_put_json(&out, &verifying->shown);
	else if (!cli->options.quiet)
		verify_put_text(&out, &cli->out, &verifying->shown);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

/* ---- the run ---- */

static bool run(struct verifying *verifying, struct validate_report *report, struct err *err)
{
	struct cli *cli = verifying->cli;
	struct validate_options options = verifying_options(verifying);

	options.on_difference = keep_difference;
	options.difference_context = verifying;
	if (!proving_validate(&verifying->proving, &options, report, err))
		return false;
	verifying_record(verifying, &options, report, &cli->arena);
	return true;
}

static bool verify(struct verifying *verifying, struct validate_report *report, struct err *err)
{
	if (!verifying_take(verifying, err) || !proving_open(&verifying->proving, err) ||
	    !run(verifying, report, err))
		return false;
	verifying->shown.report = report;
	verifying->shown.entity = verifying->cli->options.entity;
	verifying->shown.migration = rule_host_migration(verifying->proving.host);
	return print(verifying, err);
}

int command_verify(struct cli *cli, struct err *err)
{
	struct verifying verifying = { .cli = cli, .proving.cli = cli };
	struct validate_report report = { .verdict = VERDICT_UNKNOWN };
	bool ok;

	if (cli->options.watch)
		return verify_watch(&verifying, err);
	if (cli->options.budget || cli->options.rounds) {
		err_set(err, ERR_USAGE, "--budget and --rounds are of a watch: add --watch");
		return 0;
	}
	if (cli->options.observed)
		return observed_verify(cli, err);
	verifying.last = (struct shown_difference **)&verifying.shown.first;
	ok = verify(&verifying, &report, err);
	proving_close(&verifying.proving);
	return ok ? verify_status(report.verdict) : 0;
}
