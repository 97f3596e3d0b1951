/*
 * command_try.c: engine try KEY: one source row, its record, and where each field comes from.
 */
#include "engine/base/json.h"
#include "engine/cli/fault_text.h"
#include "engine/cli/kept_row.h"
#include "engine/cli/loaded.h"
#include "engine/cli/origin_text.h"
#include "engine/cli/saves.h"
#include "engine/derive/alter.h"
#include "engine/derive/origin.h"

struct trial {
	struct cli *cli;
	struct loaded loaded;
	struct kept_row *kept; /* of --watch, else NULL */
	struct buf out;
	struct json_writer json;
	int found, rejected;
};

/* Those that many child rows have are told once. */
static void put_faults(struct trial *trial, const struct source_row *row,
		       const struct outcome *outcome)
{
	struct fault_groups groups;

	fault_groups_init(&groups, &trial->cli->arena);
	for (size_t i = 0; i < outcome->fault_count; i++)
		fault_groups_add(&groups, &outcome->faults[i], row->key);
	fault_groups_put_text(&trial->out, &trial->cli->out, &groups, FAULT_GROUPS_MAX, false);
}

/* The record without what is masked. */
static bool shown_record(struct trial *trial, const struct entity_info *entity,
			 const struct outcome *outcome, struct span *shown, struct err *err)
{
	struct buf text;
	bool ok;

	buf_init(&text);
	ok = record_put_masked(&text, entity, outcome->body, &trial->cli->arena, err);
	*shown = arena_copy(&trial->cli->arena, buf_span(&text));
	buf_release(&text);
	return ok;
}

static void put_source(struct trial *trial, const struct entity_info *entity,
		       const struct source_row *row)
{
	struct buf json;

	buf_init(&json);
	source_row_put_json(&json, &entity->sources, row);
	buf_print(&trial->out, "%s ", entity->name);
	text_put_inert(&trial->out, row->key);
	buf_put_text(&trial->out, "\nsource ");
	text_put_inert(&trial->out, buf_span(&json));
	buf_put_char(&trial->out, '\n');
	buf_release(&json);
}

static bool put_outcome(struct trial *trial, const struct entity_info *entity,
			const struct source_row *row, const struct outcome *outcome,
			struct err *err)
{
	struct json_value record;
	struct span shown;

	put_source(trial, entity, row);
	switch (outcome->kind) {
	case OUTCOME_SKIP:
		buf_put_text(&trial->out, "skipped: ");
		text_put_inert(&trial->out, outcome->skip_text);
		buf_put_char(&trial->out, '\n');
		return true;
	case OUTCOME_REJECT:
		buf_put_text(&trial->out, "rejected\n");
		put_faults(trial, row, outcome);
		return true;
	case OUTCOME_RECORD:
		break;
	}
	if (!shown_record(trial, entity, outcome, &shown, err) ||
	    !json_read(shown, &trial->cli->arena, &record, err))
		return err_while(err, "reading back the record of %.*s", SPAN_ARGS(row->key));
	buf_put_text(&trial->out, "record ");
	text_put_inert(&trial->out, shown);
	buf_put_char(&trial->out, '\n');
	for (int i = 0; i < entity->field_count; i++)
		origin_put_text(&trial->out, entity, &entity->fields[i], row, &record,
				&trial->cli->arena);
	return true;
}

/* What of a record its fields come from; nothing of a row that has none. */
static bool put_fields_json(struct trial *trial, const struct entity_info *entity,
			    const struct source_row *row, struct span shown, struct err *err)
{
	struct arena *arena = &trial->cli->arena;
	struct json_value record;

	json_key(&trial->json, "fields");
	json_open(&trial->json, '[');
	if (shown.data && !json_read(shown, arena, &record, err))
		return err_while(err, "reading back the record of %.*s", SPAN_ARGS(row->key));
	for (int i = 0; shown.data && i < entity->field_count; i++)
		origin_put_json(&trial->json, entity, &entity->fields[i], row, &record, arena);
	json_close(&trial->json, ']');
	return true;
}

static bool put_outcome_json(struct trial *trial, const struct entity_info *entity,
			     const struct source_row *row, const struct outcome *outcome,
			     struct err *err)
{
	static const char *const endings[] = { "record", "skip", "reject" };
	struct span shown = SPAN_NONE;
	struct buf text;

	if (outcome->kind == OUTCOME_RECORD && !shown_record(trial, entity, outcome, &shown, err))
		return err_while(err, "reading back the record of %.*s", SPAN_ARGS(row->key));
	buf_init(&text);
	json_open(&trial->json, '{');
	json_key_text(&trial->json, "entity", entity->name);
	json_key(&trial->json, "key");
	json_raw(&trial->json, row->key);
	json_key_text(&trial->json, "outcome", endings[outcome->kind]);
	json_key(&trial->json, "source");
	source_row_put_json(&text, &entity->sources, row);
	json_raw(&trial->json, buf_span(&text));
	json_key(&trial->json, "record");
	json_raw(&trial->json, shown.data ? shown : SPAN("null"));
	json_key_string(&trial->json, "reason",
			outcome->kind == OUTCOME_SKIP ? outcome->skip_text : SPAN_NONE);
	buf_reset(&text);
	fault_put_json(&text, outcome->faults,
		       outcome->kind == OUTCOME_REJECT ? outcome->fault_count : 0);
	json_key(&trial->json, "faults");
	json_raw(&trial->json, buf_span(&text));
	buf_release(&text);
	if (!put_fields_json(trial, entity, row, shown, err))
		return false;
	json_close(&trial->json, '}');
	return true;
}

/* ---- the row ---- */

static bool alter(struct trial *trial, const struct entity_info *entity, struct joined *joined,
		  struct err *err)
{
	const struct options *options = &trial->cli->options;

	for (size_t i = 0; i < joined->row_count; i++)
		for (int s = 0; s < options->set_count; s++)
			if (!source_row_alter(&entity->sources, &joined->rows[i], options->set[s],
					      &trial->cli->arena, err))
				return false;
	return true;
}

static bool try_entity(struct trial *trial, int index, struct span key, struct err *err)
{
	struct arena *arena = &trial->cli->arena;
	const struct entity_info *entity =
	    &rule_host_migration(trial->loaded.host)->entities[index];
	struct reading reading;
	struct outcome *outcomes;

	if (!kept_row_read(trial->kept, trial->loaded.deriver, index, entity, key, arena, &reading,
			   err) ||
	    !alter(trial, entity, &reading.joined, err) ||
	    !derive_outcomes(trial->loaded.deriver, index, &reading.joined, arena, &outcomes, err))
		return false;
	for (size_t i = 0; i < reading.joined.row_count; i++) {
		trial->found++;
		trial->rejected += outcomes[i].kind == OUTCOME_REJECT;
		if (!(trial->cli->options.json ? put_outcome_json : put_outcome)(
			trial, entity, &reading.joined.rows[i], &outcomes[i], err))
			return false;
	}
	return true;
}

static bool try_all(struct trial *trial, struct span key, struct err *err)
{
	const struct migration_info *migration = rule_host_migration(trial->loaded.host);

	if (!loaded_check_entity(trial->cli, &trial->loaded, err))
		return false;
	json_writer_init(&trial->json, &trial->out);
	if (trial->cli->options.json)
		json_open(&trial->json, '[');
	for (int i = 0; i < migration->entity_count; i++)
		if (loaded_is_wanted(trial->cli, &migration->entities[i]) &&
		    !try_entity(trial, i, key, err))
			return false;
	if (trial->found == 0)
		return err_set(err, ERR_DATA, "legacy has no row with the key %.*s",
			       SPAN_ARGS(key));
	if (trial->cli->options.json) {
		json_close(&trial->json, ']');
		buf_put_char(&trial->out, '\n');
	}
	return true;
}

static bool try_once(struct cli *cli, struct span key, struct kept_row *kept, struct saves *saves,
		     int *rejected, struct err *err)
{
	struct trial trial = { .cli = cli, .kept = kept };
	bool ok;

	if (!loaded_open(cli, &trial.loaded, err))
		return false;
	if (saves)
		saves_follow(saves, cli->rules, rule_host_migration(trial.loaded.host));
	buf_init(&trial.out);
	ok = try_all(&trial, key, err) && text_to_stdout(&trial.out, err);
	loaded_close(&trial.loaded);
	buf_release(&trial.out);
	*rejected = trial.rejected;
	return ok;
}

struct trying {
	struct span key;
	struct kept_row kept;
};

static bool try_again(struct cli *cli, struct saves *saves, void *context, struct err *err)
{
	struct trying *trying = context;
	int rejected;

	return try_once(cli, trying->key, &trying->kept, saves, &rejected, err);
}

int command_try(struct cli *cli, struct err *err)
{
	struct trying trying;
	int rejected = 0;

	if (cli->argument_count == 0) {
		err_set(err, ERR_USAGE, "which key? usage: engine %s", cli->command->usage);
		return 0;
	}
	if (!text_to_key(&cli->arena, cli->arguments[0], &trying.key, err))
		return 0;
	if (cli->options.watch) {
		kept_row_init(&trying.kept);
		saves_repeat(cli, try_again, &trying, err);
		kept_row_release(&trying.kept);
		return 0;
	}
	return try_once(cli, trying.key, NULL, NULL, &rejected, err) && rejected > 0 ? 1 : 0;
}
