/*
 * command_decisions.c: engine decisions: what was decided, how many records rest on it, what is open or to be reviewed.
 */
#include "engine/base/json.h"
#include "engine/cli/decisions.h"
#include "engine/cli/loaded.h"
#include "engine/cli/text.h"
#include "engine/move/decisions.h"

enum { COULD_NOT_TELL = 4, GAP = 2, NAMED_MAX = 1000 };

struct listing {
	struct cli *cli;
	struct conn *target; /* NULL: none is named, or it does not answer */
	struct err target_err;
	struct loaded loaded;
	const struct migration_info *migration;
	const char *from; /* where the rule was taken from, for people */
	struct decision_report report;
	bool has_report;
	char day[DATE_TEXT_SIZE];
	struct decisions_due due;
	struct buf out;
};

/* ---- reading ---- */

static bool open_rules(struct listing *listing, struct err *err)
{
	struct cli *cli = listing->cli;

	if (cli->rules) {
		listing->from = cli->rules;
		if (!loaded_open_rules(cli, &listing->loaded, err))
			return false;
	} else {
		listing->from = "engine_rule";
		if (!settings_need(cli->options.target, "RULES or --target", "ENGINE_TARGET", err))
			return false;
		if (!listing->target) {
			*err = listing->target_err;
			return false;
		}
		if (!move_open_kept(listing->target, NULL, &cli->arena, &listing->loaded.host, err))
			return false;
	}
	listing->migration = rule_host_migration(listing->loaded.host);
	return true;
}

static bool read_all(struct listing *listing, struct err *err)
{
	struct cli *cli = listing->cli;

	if (cli->options.named > NAMED_MAX)
		return err_set(err, ERR_USAGE, "--named takes at most %d", NAMED_MAX);
	if (cli->options.target)
		conn_open(cli->options.target, CONN_TARGET_READ, &listing->target,
			  &listing->target_err);
	if (!open_rules(listing, err))
		return false;
	decisions_today(listing->day);
	listing->due = decisions_due(listing->migration, listing->day);
	listing->has_report =
	    listing->target &&
	    move_count_decisions(listing->target, listing->migration, (size_t)cli->options.named,
				 &cli->arena, &listing->report, &listing->target_err);
	return true;
}

static const struct decision_count *count_of(const struct listing *listing, int entity,
					     int decision)
{
	return listing->has_report ? &listing->report.counts[entity][decision] : NULL;
}

/* ---- to read ---- */

struct widths {
	size_t id, choice, owner;
};

static size_t longer(size_t width, const char *text)
{
	size_t size = text ? strlen(text) : 0;

	return size > width ? size : width;
}

static struct widths measure(const struct entity_info *entity)
{
	struct widths widths = { strlen("decision"), strlen("choice"), strlen("owner") };

	for (int d = 0; d < entity->decision_count; d++) {
		widths.id = longer(widths.id, entity->decisions[d].id);
		widths.choice = longer(widths.choice, entity->decisions[d].choice);
		widths.owner = longer(widths.owner, entity->decisions[d].owner);
	}
	return widths;
}

static void put_cell(struct buf *out, const char *text, size_t width)
{
	size_t begin = out->size;

	text_put_inert(out, span_of(text ? text : ""));
	while (out->size - begin < width + GAP)
		buf_put_char(out, ' ');
}

static void put_count(struct buf *out, const struct decision_count *count)
{
	struct buf number;

	buf_init(&number);
	if (count && count->record_count >= 0)
		text_put_number(&number, count->record_count);
	else
		buf_put_text(&number, "-");
	buf_print(out, "%12.*s  ", SPAN_ARGS(buf_span(&number)));
	buf_release(&number);
}

static void put_decision(struct listing *listing, const struct widths *widths,
			 const struct decision_info *decision, const struct decision_count *count)
{
	const struct look *look = &listing->cli->out;
	bool is_overdue = decision_is_overdue(decision, listing->day);
	struct buf *out = &listing->out;

	buf_put_text(out, "  ");
	put_cell(out, decision->id, widths->id);
	put_cell(out, decision->choice, widths->choice);
	put_count(out, count);
	put_cell(out, decision->owner, widths->owner);
	put_cell(out, decision->decided ? decision->decided : "-", DATE_TEXT_SIZE - 1);
	text_put_inert(out, span_of(decision->review_by ? decision->review_by : "-"));
	if (is_overdue)
		buf_print(out, "  %soverdue%s", look->alarm, look->plain);
	if (decision_is_open(decision))
		buf_print(out, "  %sopen%s", look->alarm, look->plain);
	buf_put_char(out, '\n');
	for (size_t i = 0; count && i < count->sample_count; i++) {
		buf_put_text(out, i ? " " : "    e.g. ");
		text_put_inert(out, count->samples[i].id);
		buf_put_text(out, i + 1 == count->sample_count ? "\n" : "");
	}
}

static void put_scope(struct listing *listing, const struct decision_scope *scope)
{
	struct buf *out = &listing->out;

	if (!scope) {
		buf_put_text(out, "records are not counted: the target was not asked");
	} else if (!scope->active) {
		buf_put_text(out, "records are not counted: none was moved into this target");
	} else if (!scope->is_counted) {
		buf_put_text(out, "records are not counted: the target was moved by ");
		text_put_inert(out, span_of(scope->active));
		if (strcmp(scope->active, listing->migration->version) == 0)
			buf_put_text(out, " as it was before it was edited");
	} else {
		buf_print(out, "records as the passes of %s counted them, %lld of %lld chunks",
			  listing->migration->version,
			  (long long)(scope->chunk_count - scope->due_count),
			  (long long)scope->chunk_count);
		if (scope->due_count > 0)
			buf_print(out, "; %lld still due are in no count",
				  (long long)scope->due_count);
		if (scope->retaken_count > 0)
			buf_print(out, "; in %lld single rows were taken again since",
				  (long long)scope->retaken_count);
	}
	buf_put_char(out, '\n');
}

static void put_entity(struct listing *listing, int index)
{
	const struct entity_info *entity = &listing->migration->entities[index];
	struct widths widths = measure(entity);
	struct buf *out = &listing->out;

	if (entity->decision_count == 0)
		return;
	text_put_inert(out, span_of(entity->name));
	buf_put_text(out, ": ");
	put_scope(listing, listing->has_report ? &listing->report.scopes[index] : NULL);
	buf_put_text(out, "  ");
	put_cell(out, "decision", widths.id);
	put_cell(out, "choice", widths.choice);
	buf_put_text(out, "     records  ");
	put_cell(out, "owner", widths.owner);
	put_cell(out, "decided", DATE_TEXT_SIZE - 1);
	buf_put_text(out, "review by\n");
	for (int d = 0; d < entity->decision_count; d++)
		put_decision(listing, &widths, &entity->decisions[d], count_of(listing, index, d));
}

static void put_text(struct listing *listing)
{
	const struct decisions_due *due = &listing->due;
	struct buf *out = &listing->out;

	buf_print(out, "%d %s of version %s (", due->all, due->all == 1 ? "decision" : "decisions",
		  listing->migration->version);
	text_put_inert(out, span_of(listing->from));
	buf_print(out, "): %d open, %d overdue\n", due->open, due->overdue);
	for (int e = 0; e < listing->migration->entity_count; e++)
		put_entity(listing, e);
}

/* ---- as JSON ---- */

static void put_decision_json(struct listing *listing, struct json_writer *json, int index, int at)
{
	const struct entity_info *entity = &listing->migration->entities[index];
	const struct decision_info *decision = &entity->decisions[at];
	const struct decision_count *count = count_of(listing, index, at);

	json_open(json, '{');
	json_key_text(json, "entity", entity->name);
	json_key_text(json, "id", decision->id);
	json_key_text(json, "question", decision->question);
	json_key_text(json, "choice", decision->choice);
	json_key(json, "records");
	if (count && count->record_count >= 0)
		json_int(json, count->record_count);
	else
		json_text(json, NULL);
	json_key(json, "samples");
	json_open(json, '[');
	for (size_t i = 0; count && i < count->sample_count; i++)
		json_string(json, count->samples[i].id);
	json_close(json, ']');
	json_key_text(json, "because", decision->because);
	json_key_text(json, "owner", decision->owner);
	json_key_text(json, "decided", decision->decided);
	json_key_text(json, "review_by", decision->review_by);
	json_key(json, "open");
	json_bool(json, decision_is_open(decision));
	json_key(json, "overdue");
	json_bool(json, decision_is_overdue(decision, listing->day));
	json_close(json, '}');
}

static void put_scope_json(struct json_writer *json, const char *entity,
			   const struct decision_scope *scope)
{
	json_open(json, '{');
	json_key_text(json, "entity", entity);
	json_key_text(json, "active", scope->active);
	json_key(json, "counted");
	json_bool(json, scope->is_counted);
	json_key_int(json, "chunks", scope->chunk_count);
	json_key_int(json, "chunks_due", scope->due_count);
	json_key_int(json, "chunks_retaken", scope->retaken_count);
	json_close(json, '}');
}

static void put_json(struct listing *listing)
{
	const struct migration_info *migration = listing->migration;
	struct json_writer json;

	json_writer_init(&json, &listing->out);
	json_open(&json, '{');
	json_key_text(&json, "version", migration->version);
	json_key_text(&json, "fingerprint", migration->transform);
	json_key_text(&json, "from", listing->from);
	json_key_text(&json, "day", listing->day);
	json_key_int(&json, "open", listing->due.open);
	json_key_int(&json, "overdue", listing->due.overdue);
	json_key(&json, "scopes");
	json_open(&json, '[');
	for (int e = 0; listing->has_report && e < migration->entity_count; e++)
		put_scope_json(&json, migration->entities[e].name, &listing->report.scopes[e]);
	json_close(&json, ']');
	json_key(&json, "decisions");
	json_open(&json, '[');
	for (int e = 0; e < migration->entity_count; e++)
		for (int d = 0; d < migration->entities[e].decision_count; d++)
			put_decision_json(listing, &json, e, d);
	json_close(&json, ']');
	json_close(&json, '}');
	buf_put_char(&listing->out, '\n');
}

static int list(struct listing *listing, struct err *err)
{
	if (!read_all(listing, err))
		return 0;
	if (listing->cli->options.json)
		put_json(listing);
	else
		put_text(listing);
	if (!text_to_stdout(&listing->out, err))
		return 0;
	if (listing->cli->options.target && !listing->has_report) {
		buf_put_text(&listing->out, "the target does not answer (");
		text_put_inert(&listing->out, span_of(listing->target_err.text));
		buf_put_text(&listing->out, "); this is what the rule says\n");
		text_to_stderr(&listing->out);
		return COULD_NOT_TELL;
	}
	return listing->due.open > 0 || listing->due.overdue > 0;
}

int command_decisions(struct cli *cli, struct err *err)
{
	struct listing listing = { .cli = cli };
	int status;

	buf_init(&listing.out);
	status = list(&listing, err);
	buf_release(&listing.out);
	loaded_close(&listing.loaded);
	conn_close(listing.target);
	return status;
}
