/*
 * command_map.c: engine map: JSON lines of source rows in, JSON lines of records out; a pure filter.
 *
 * Nothing is opened but the rule file: no store, no state, no clock. What is written for a row depends on that row
 * and the rule alone.
 */
#include <signal.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "engine/cli/fault_text.h"
#include "engine/cli/lines.h"
#include "engine/cli/loaded.h"
#include "engine/derive/given.h"
#include "engine/target/payload.h"

enum { OUT_BYTES = 64 << 10 };

struct mapping {
	struct cli *cli;
	struct loaded loaded;
	struct lines lines;
	struct arena arena; /* dies with the line */
	struct buf out, said;
	struct fault_groups groups;
	struct payload_form *forms; /* one an entity */
	int64_t records, skipped, rejected;
};

struct mapped {
	const struct entity_info *entity;
	const struct source_row *row;
	const struct outcome *outcome;
};

/* ---- what is said of rows that give no record ---- */

static void say_json(struct mapping *mapping, const struct mapped *mapped)
{
	bool is_skip = mapped->outcome->kind == OUTCOME_SKIP;
	struct json_writer json;
	struct buf faults;

	json_writer_init(&json, &mapping->said);
	json_open(&json, '{');
	json_key(&json, "line");
	json_int(&json, mapping->lines.number);
	json_key(&json, "entity");
	json_text(&json, mapped->entity->name);
	json_key(&json, "key");
	json_raw(&json, mapped->row->key);
	json_key(&json, "outcome");
	json_text(&json, is_skip ? "skip" : "reject");
	if (is_skip) {
		json_key(&json, "reason");
		json_string(&json, mapped->outcome->skip_text);
	} else {
		buf_init(&faults);
		fault_put_json(&faults, mapped->outcome->faults, mapped->outcome->fault_count);
		json_key(&json, "faults");
		json_raw(&json, buf_span(&faults));
		buf_release(&faults);
	}
	json_close(&json, '}');
	buf_put_char(&mapping->said, '\n');
}

/* On the line itself, faults that many child rows have stand once. */
static void put_kinds(struct buf *said, const struct outcome *outcome)
{
	for (size_t i = 0; i < outcome->fault_count; i++) {
		const struct fault *fault = &outcome->faults[i];
		size_t first = 0, count = 0;

		while (!fault_same_kind(&outcome->faults[first], fault))
			first++;
		if (first < i)
			continue;
		for (size_t j = i; j < outcome->fault_count; j++)
			count += fault_same_kind(&outcome->faults[j], fault);
		buf_print(said, "%s %s %.*s: ", i ? ";" : "", fault->code, SPAN_ARGS(fault->where));
		text_put_inert(said, fault->message);
		if (count > 1)
			buf_print(said, " (and %zu more like it)", count - 1);
	}
}

static void say_text(struct mapping *mapping, const struct mapped *mapped)
{
	const struct outcome *outcome = mapped->outcome;
	struct buf *said = &mapping->said;

	buf_print(said, "line %lld: %s ", (long long)mapping->lines.number, mapped->entity->name);
	text_put_inert(said, mapped->row->key);
	if (outcome->kind == OUTCOME_SKIP) {
		buf_put_text(said, " skipped: ");
		text_put_inert(said, outcome->skip_text);
	} else {
		buf_put_text(said, " rejected:");
	}
	if (outcome->kind == OUTCOME_REJECT)
		put_kinds(said, outcome);
	buf_put_char(said, '\n');
}

static void note_faults(struct mapping *mapping, const struct mapped *mapped)
{
	struct span record =
	    arena_print(&mapping->arena, "%s %.*s, line %lld", mapped->entity->name,
			SPAN_ARGS(mapped->row->key), (long long)mapping->lines.number);

	for (size_t i = 0; i < mapped->outcome->fault_count; i++)
		fault_groups_add(&mapping->groups, &mapped->outcome->faults[i], record);
}

static void say(struct mapping *mapping, const struct mapped *mapped)
{
	bool is_skip = mapped->outcome->kind == OUTCOME_SKIP;

	if (is_skip)
		mapping->skipped++;
	else
		mapping->rejected++;
	if (!is_skip && !mapping->cli->options.json)
		note_faults(mapping, mapped);
	if (mapping->cli->options.json)
		say_json(mapping, mapped);
	else if (!is_skip || !mapping->cli->options.quiet)
		say_text(mapping, mapped);
}

/* Every fault in full once, and how it went; for people only. */
static void say_sum(struct mapping *mapping)
{
	struct buf *said = &mapping->said;

	if (mapping->cli->options.json || mapping->cli->options.quiet)
		return;
	if (mapping->groups.group_count > 0)
		buf_put_char(said, '\n');
	fault_groups_sort(&mapping->groups);
	fault_groups_put_text(said, &mapping->cli->said, &mapping->groups, KINDS_SHOWN_MAX, false);
	buf_put_text(said, "records ");
	text_put_number(said, mapping->records);
	buf_put_text(said, ", skipped ");
	text_put_number(said, mapping->skipped);
	buf_put_text(said, ", rejected ");
	text_put_number(said, mapping->rejected);
	buf_put_char(said, '\n');
}

/* ---- the stream ---- */

static bool map_line(struct mapping *mapping, struct span line, struct err *err)
{
	const struct migration_info *migration = rule_host_migration(mapping->loaded.host);
	struct outcome outcome;
	struct joined joined;
	struct mapped mapped;
	int entity;

	arena_reset(&mapping->arena);
	if (!given_read(migration, line, &mapping->arena, &entity, &joined, err) ||
	    !derive_joined(mapping->loaded.host, entity, &joined, 0, 1, &mapping->arena, &outcome,
			   err))
		return false;
	mapped = (struct mapped){ &migration->entities[entity], &joined.rows[0], &outcome };
	if (outcome.kind != OUTCOME_RECORD) {
		say(mapping, &mapped);
		return true;
	}
	mapping->records++;
	payload_put(&mapping->out, &mapping->forms[entity], mapped.row, &outcome);
	buf_put_char(&mapping->out, '\n');
	return true;
}

static bool flush(struct mapping *mapping, struct err *err)
{
	text_to_stderr(&mapping->said);
	return text_to_stdout(&mapping->out, err);
}

/* As a run would store them, but for what only a run can say. */
static void form_payloads(struct mapping *mapping)
{
	const struct migration_info *migration = rule_host_migration(mapping->loaded.host);
	struct arena *arena = &mapping->cli->arena;

	mapping->forms =
	    arena_alloc(arena, sizeof(*mapping->forms) * (size_t)migration->entity_count);
	for (int i = 0; i < migration->entity_count; i++)
		payload_form_init(&mapping->forms[i], arena, migration, &migration->entities[i],
				  NULL, PAYLOAD_CANONICAL);
}

static bool map_lines(struct mapping *mapping, struct err *err)
{
	for (;;) {
		struct span line;
		bool found;

		/* Before it may have to wait for more, what is done is handed on: whoever is at the other
		 * end of both pipes gets an answer to each line. */
		if ((!lines_has_one(&mapping->lines) || mapping->out.size > OUT_BYTES ||
		     mapping->said.size > OUT_BYTES) &&
		    !flush(mapping, err))
			return false;
		if (!lines_next(&mapping->lines, &line, &found, err))
			return false;
		if (!found)
			return true;
		if (!map_line(mapping, line, err))
			return err_while(err, "line %lld", (long long)mapping->lines.number);
	}
}

int command_map(struct cli *cli, struct err *err)
{
	struct mapping mapping = { .cli = cli };
	struct err ignored = { ERR_NONE, "" };
	bool ok;

	/* A filter whose reader went away ends as filters do, without a word. */
	signal(SIGPIPE, SIG_DFL);
	if (!loaded_open_rules(cli, &mapping.loaded, err))
		return 0;
	buf_init(&mapping.out);
	buf_init(&mapping.said);
	arena_init(&mapping.arena);
	lines_init(&mapping.lines);
	fault_groups_init(&mapping.groups, &cli->arena);
	form_payloads(&mapping);
	if (isatty(STDIN_FILENO) && !cli->options.quiet)
		buf_put_text(&mapping.said,
			     "type source rows, {\"root\":{…}}, one a line; Ctrl-D ends\n");
	ok = loaded_as_released(cli, mapping.loaded.host, err) && map_lines(&mapping, err);
	if (ok)
		say_sum(&mapping);
	/* What came before a line that is none has its answer. */
	ok = flush(&mapping, ok ? err : &ignored) && ok;
	lines_release(&mapping.lines);
	arena_release(&mapping.arena);
	buf_release(&mapping.said);
	buf_release(&mapping.out);
	loaded_close(&mapping.loaded);
	return ok && mapping.rejected > 0 ? 1 : 0;
}
