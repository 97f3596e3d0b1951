/*
 * command_diff.c: engine diff: what two versions say differently, and what that changes in the same rows.
 */
#include "engine/base/file.h"
#include "engine/cli/diff_show.h"
#include "engine/cli/lines.h"
#include "engine/cli/looking.h"
#include "engine/cli/moving.h"
#include "engine/cli/text.h"

enum { DIFFERENT = 1, COULD_NOT_TELL = 4, SAMPLE_ROWS = 10000, SAMPLE_ROWS_MAX = 10000000 };

/* One version: as it is told, and as it derives. */
struct version {
	struct rule_host *told;
	struct rule_host *host; /* against legacy's tables, or told where there is no legacy */
	struct deriver *deriver;
};

struct diffing {
	struct cli *cli;
	struct version versions[2];
	struct conn *legacy, *target;
	struct meaning meaning;
	struct comparison comparison;
	struct held held;
	struct judgement judgement;
	struct shown_diff shown;
};

static const char *path_of(const struct diffing *diffing, int side)
{
	return side ? diffing->cli->later_rules : diffing->cli->rules;
}

/* ---- opening ---- */

static bool open_told(struct diffing *diffing, int side, struct err *err)
{
	struct cli *cli = diffing->cli;
	struct fault_list faults, warnings;
	bool ok;

	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	ok = rule_host_open_to_tell(path_of(diffing, side), NULL, NULL,
				    &diffing->versions[side].told, &faults, &warnings, err);
	diffing->versions[side].host = diffing->versions[side].told;
	moving_say_faults(cli, &faults, &warnings);
	return ok;
}

/* The file was read once more: it must still be the one that was compared. */
static bool is_still(const struct diffing *diffing, int side, struct err *err)
{
	const struct version *version = &diffing->versions[side];

	return strcmp(rule_host_migration(version->told)->transform,
		      rule_host_migration(version->host)->transform) == 0 ||
	       err_set(err, ERR_TRANSIENT, "%s was changed while it was compared: try again",
		       path_of(diffing, side));
}

static bool open_against_legacy(struct diffing *diffing, int side, struct err *err)
{
	struct cli *cli = diffing->cli;
	struct version *version = &diffing->versions[side];
	struct fault_list faults, warnings;
	struct rule_host *host = NULL;
	bool ok;

	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	ok = move_load_rules(path_of(diffing, side), diffing->legacy, &cli->arena, &host, &faults,
			     &warnings, err);
	moving_say_faults(cli, &faults, &warnings);
	if (!ok)
		return false;
	version->host = host;
	return is_still(diffing, side, err) &&
	       deriver_open(diffing->legacy, host, &version->deriver, err);
}

static void close_versions(struct diffing *diffing)
{
	for (int side = 0; side < 2; side++) {
		struct version *version = &diffing->versions[side];

		deriver_close(version->deriver);
		if (version->host != version->told)
			rule_host_close(version->host);
		rule_host_close(version->told);
	}
	conn_close(diffing->legacy);
	conn_close(diffing->target);
}

/* ---- rows ---- */

/* A target that is not there yet, or away, is no reason not to compare: what it holds is then said not to be known. */
static void open_target(struct diffing *diffing, const char *url)
{
	struct arena *arena = &diffing->cli->arena;
	struct err err = { ERR_NONE, "" };

	if (conn_open(url, CONN_TARGET_READ, &diffing->target, &err) &&
	    held_begin(&diffing->held, diffing->target, &diffing->comparison, arena, &err)) {
		diffing->comparison.on_difference = held_ask;
		diffing->comparison.context = &diffing->held;
		diffing->shown.held = &diffing->held;
		return;
	}
	diffing->shown.held_fault = arena_text(arena, err.text);
}

static void begin_rows(struct diffing *diffing)
{
	const struct options *options = &diffing->cli->options;

	comparison_begin(&diffing->comparison, diffing->versions[0].host, diffing->versions[1].host,
			 options->seed ? sample_hash(span_of(options->seed), 0) : 0,
			 &diffing->cli->arena);
	diffing->shown.comparison = &diffing->comparison;
	if (options->target)
		open_target(diffing, options->target);
}

static bool check_entity(const struct diffing *diffing, struct err *err)
{
	const char *wanted = diffing->cli->options.entity;

	for (int i = 0; wanted && i < diffing->comparison.entity_count; i++)
		if (strcmp(diffing->comparison.entities[i].name, wanted) == 0)
			return true;
	return !wanted || err_set(err, ERR_USAGE, "neither version has an entity \"%s\"", wanted);
}

static bool compare_store(struct diffing *diffing, bool is_cold, struct err *err)
{
	struct cli *cli = diffing->cli;
	struct options *options = &cli->options;
	struct looking looking;
	struct compare_legacy legacy = {
		.sample_rows = options->full     ? 0
			       : options->sample ? options->sample
						 : SAMPLE_ROWS,
		.entity = options->entity,
		.on_read = looking_on_read,
		.context = &looking,
	};
	const char *url = is_cold ? options->cold : options->legacy;
	bool ok;

	/* Nobody else reads segments: no signal of legacy's concerns them. */
	if (is_cold)
		options->signal_count = 0;
	if (!conn_open(url, CONN_SOURCE, &diffing->legacy, err) ||
	    !open_against_legacy(diffing, 0, err) || !open_against_legacy(diffing, 1, err))
		return false;
	begin_rows(diffing);
	if (!check_entity(diffing, err))
		return false;
	legacy.before = diffing->versions[0].deriver;
	legacy.after = diffing->versions[1].deriver;
	ok = looking_begin(&looking, cli, "comparing", diffing->legacy, err) &&
	     comparison_read(&diffing->comparison, &legacy, err);
	looking_end(&looking);
	diffing->shown.is_cold = is_cold;
	diffing->shown.source = url_for_people(&cli->arena, url);
	return ok;
}

static bool compare_lines(struct diffing *diffing, struct lines *lines, struct err *err)
{
	struct arena arena;
	bool found = true, ok = true;

	arena_init(&arena);
	while (ok && found) {
		struct span line;

		arena_reset(&arena);
		ok = lines_next(lines, &line, &found, err);
		if (ok && found)
			ok = comparison_read_given(&diffing->comparison, line, &arena, err) ||
			     err_while(err, "line %lld", (long long)lines->number);
	}
	arena_release(&arena);
	comparison_end(&diffing->comparison);
	return ok;
}

static bool compare_given(struct diffing *diffing, struct err *err)
{
	const char *path = diffing->cli->options.rows;
	struct lines lines;
	bool ok;

	if (strncmp(path, "segment:", 8) == 0)
		return err_set(err, ERR_USAGE, "--rows takes a file of JSON lines; write --cold %s",
			       path);
	begin_rows(diffing);
	if (!lines_open(&lines, path, err))
		return false;
	ok = compare_lines(diffing, &lines, err);
	lines_release(&lines);
	diffing->shown.source = strcmp(path, "-") == 0 ? "standard input" : path;
	diffing->shown.is_given = true;
	return ok || err_while(err, "%s", diffing->shown.source);
}

/* Equal fingerprints prove more than any row could. */
static bool compare_rows(struct diffing *diffing, struct err *err)
{
	const struct options *options = &diffing->cli->options;

	if (diffing->meaning.is_transform_same)
		return true;
	if (options->rows)
		return compare_given(diffing, err);
	if (options->is_cold_said || (options->cold && !options->legacy))
		return compare_store(diffing, true, err);
	return !options->legacy || compare_store(diffing, false, err);
}

/* ---- what is said ---- */

static bool write_page(struct diffing *diffing, const char *path,
		       void (*put)(struct buf *buf, const struct shown_diff *shown),
		       struct err *err)
{
	struct buf page;
	bool ok;

	if (!path)
		return true;
	buf_init(&page);
	put(&page, &diffing->shown);
	ok = file_write(path, buf_span(&page), err);
	buf_release(&page);
	return ok;
}

static bool print(struct diffing *diffing, struct err *err)
{
	const struct options *options = &diffing->cli->options;
	struct buf out;
	bool ok;

	if (!write_page(diffing, options->html, diff_put_html, err) ||
	    !write_page(diffing, options->markdown, diff_put_markdown, err))
		return false;
	buf_init(&out);
	if (options->json)
		diff_put_json(&out, &diffing->shown);
	else if (!options->quiet)
		diff_put_text(&out, &diffing->cli->out, &diffing->shown);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

static int status_of(const struct diffing *diffing)
{
	const struct meaning *meaning = &diffing->meaning;
	const struct judgement *judgement = &diffing->judgement;

	if (meaning->part_count == 0 && meaning->is_transform_same && meaning->is_validation_same)
		return 0;
	/* What rows have shown to break does, whatever is not known of others. */
	if (judgement->could_not_tell &&
	    !(judgement->is_proven && judgement->category == CATEGORY_BREAKING))
		return COULD_NOT_TELL;
	return DIFFERENT;
}

static bool check_usage(const struct cli *cli, struct err *err)
{
	const struct options *options = &cli->options;

	if (!cli->later_rules)
		return err_set(err, ERR_USAGE, "which two rule files? usage: engine %s",
			       cli->command->usage);
	if (options->full && options->sample)
		return err_set(err, ERR_USAGE,
			       "--full looks at all rows, --sample at some: only one of them");
	if (options->rows && (options->full || options->sample || options->seed || options->entity))
		return err_set(err, ERR_USAGE,
			       "all rows of --rows are compared: leave out --full, --sample, "
			       "--seed and --entity");
	if (options->is_legacy_said + options->is_cold_said + (options->rows != NULL) > 1)
		return err_set(err, ERR_USAGE,
			       "rows come from --legacy, --cold or --rows: only one of them");
	if (options->sample > SAMPLE_ROWS_MAX)
		return err_set(err, ERR_USAGE, "--sample takes at most %d rows; --full takes all",
			       SAMPLE_ROWS_MAX);
	return true;
}

static bool compare(struct diffing *diffing, struct err *err)
{
	struct shown_diff *shown = &diffing->shown;

	if (!open_told(diffing, 0, err) || !open_told(diffing, 1, err))
		return false;
	compare_meaning(diffing->versions[0].told, diffing->versions[1].told, &diffing->cli->arena,
			&diffing->meaning);
	*shown = (struct shown_diff){ .meaning = &diffing->meaning,
				      .judgement = &diffing->judgement,
				      .seed = diffing->cli->options.seed,
				      .arena = &diffing->cli->arena };
	for (int side = 0; side < 2; side++) {
		shown->paths[side] = path_of(diffing, side);
		shown->migrations[side] = rule_host_migration(diffing->versions[side].told);
	}
	if (!compare_rows(diffing, err))
		return false;
	compare_judge(&diffing->meaning, shown->comparison, &diffing->judgement);
	return print(diffing, err);
}

int command_diff(struct cli *cli, struct err *err)
{
	struct diffing diffing = { .cli = cli };
	int status = 0;

	if (!check_usage(cli, err))
		return 0;
	if (compare(&diffing, err))
		status = status_of(&diffing);
	close_versions(&diffing);
	return status;
}
