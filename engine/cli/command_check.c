/*
 * command_check.c: engine check and engine test: the rule file by itself, against legacy, and its examples.
 */
#include "engine/base/json.h"
#include "engine/cli/fault_text.h"
#include "engine/cli/loaded.h"
#include "engine/cli/moving.h"
#include "engine/cli/text.h"
#include "engine/rules/release.h"

/* With a legacy store against its tables, else by itself. */
static bool load(const struct cli *cli, struct rule_host **host, struct fault_list *faults,
		 struct fault_list *warnings, struct arena *arena, struct err *err)
{
	struct conn *legacy;
	bool ok;

	if (cli->options.offline || !cli->options.legacy)
		return rule_host_open(cli->rules, NULL, NULL, host, faults, warnings, err);
	if (!conn_open(cli->options.legacy, CONN_SOURCE, &legacy, err))
		return false;
	ok = move_load_rules(cli->rules, legacy, arena, host, faults, warnings, err);
	conn_close(legacy);
	return ok;
}

static void put_summary(struct buf *buf, const struct migration_info *migration, bool seen_legacy)
{
	buf_print(buf, "version %s of system %s\n", migration->version, migration->system);
	for (int i = 0; i < migration->entity_count; i++) {
		const struct entity_info *entity = &migration->entities[i];

		buf_print(buf, "  %s: %d fields from %d sources, %d decisions, %d examples\n",
			  entity->name, entity->field_count, entity->sources.source_count,
			  entity->decision_count, entity->example_count);
	}
	buf_print(buf, "  transform  %.16s…\n  validation %.16s…\n", migration->transform,
		  migration->validation);
	buf_put_text(buf, seen_legacy
			      ? "sound, and every table and column is there\n"
			      : "sound by itself; --legacy URL checks it against the tables\n");
}

static void put_fault_json(struct json_writer *json, const char *kind, const struct fault *fault)
{
	json_open(json, '{');
	json_key(json, "kind");
	json_text(json, kind);
	json_key(json, "code");
	json_text(json, fault->code);
	json_key(json, "where");
	json_string(json, fault->where);
	json_key(json, "field");
	json_string(json, fault->field);
	json_key(json, "file");
	json_text(json, fault->file);
	json_key(json, "line");
	json_int(json, fault->line);
	json_key(json, "message");
	json_string(json, fault->message);
	json_key(json, "nearest");
	json_string(json, fault->nearest);
	json_key(json, "why");
	json_string(json, fault_why(fault));
	json_key(json, "help");
	json_string(json, fault_help(fault));
	json_close(json, '}');
}

static void put_check_json(struct buf *buf, const struct migration_info *migration,
			   const struct fault_list *faults, const struct fault_list *warnings)
{
	struct json_writer json;

	json_writer_init(&json, buf);
	json_open(&json, '{');
	json_key(&json, "version");
	json_text(&json, migration ? migration->version : NULL);
	json_key(&json, "transform");
	json_text(&json, migration ? migration->transform : NULL);
	json_key(&json, "validation");
	json_text(&json, migration ? migration->validation : NULL);
	json_key(&json, "faults");
	json_open(&json, '[');
	for (size_t i = 0; i < faults->fault_count; i++)
		put_fault_json(&json, "error", &faults->faults[i]);
	for (size_t i = 0; i < warnings->fault_count; i++)
		put_fault_json(&json, "warning", &warnings->faults[i]);
	json_close(&json, ']');
	if (faults->untold_count + warnings->untold_count > 0) {
		json_key(&json, "untold");
		json_int(&json, (int64_t)(faults->untold_count + warnings->untold_count));
	}
	json_close(&json, '}');
	buf_put_char(buf, '\n');
}

int command_check(struct cli *cli, struct err *err)
{
	struct fault_list faults, warnings;
	struct rule_host *host = NULL;
	struct err ignored = { ERR_NONE, "" };
	const struct migration_info *migration;
	struct buf buf;
	bool ok;

	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	ok = load(cli, &host, &faults, &warnings, &cli->arena, err) &&
	     release_check(cli->rules, rule_host_migration(host), &faults, &warnings, err);
	moving_say_faults(cli, &faults, &warnings);
	migration = ok ? rule_host_migration(host) : NULL;
	buf_init(&buf);
	if (cli->options.json)
		put_check_json(&buf, migration, &faults, &warnings);
	else if (ok && !cli->options.quiet)
		put_summary(&buf, migration, cli->options.legacy && !cli->options.offline);
	ok = text_to_stdout(&buf, ok ? err : &ignored) && ok;
	buf_release(&buf);
	rule_host_close(host);
	return ok && warnings.fault_count > 0 ? 1 : 0;
}

/* ---- engine test ---- */

struct tally {
	int passed, failed;
};

static bool run_example(struct cli *cli, struct rule_host *host, int entity_index, int index,
			struct buf *out, struct json_writer *json, struct tally *tally,
			struct err *err)
{
	const struct entity_info *entity = &rule_host_migration(host)->entities[entity_index];
	const struct example_info *example = &entity->examples[index];
	struct fault_list differences;
	bool passed;

	fault_list_init(&differences, &cli->arena);
	if (!rule_host_run_example(host, entity_index, index, &passed, &differences, err))
		return err_while(err, "example \"%s\" of %s", example->name, entity->name);
	if (passed)
		tally->passed++;
	else
		tally->failed++;
	if (json) {
		json_open(json, '{');
		json_key(json, "entity");
		json_text(json, entity->name);
		json_key(json, "example");
		json_text(json, example->name);
		json_key(json, "line");
		json_int(json, example->line);
		json_key(json, "passed");
		json_bool(json, passed);
		json_key(json, "differences");
		json_open(json, '[');
		for (size_t i = 0; i < differences.fault_count; i++)
			put_fault_json(json, "difference", &differences.faults[i]);
		json_close(json, ']');
		json_close(json, '}');
		return true;
	}
	if (passed && cli->options.quiet)
		return true;
	buf_print(out, "%s - %s: %s\n", passed ? "ok" : "not ok", entity->name, example->name);
	faults_put_text(out, &cli->out, "error", &differences);
	return true;
}

int command_test(struct cli *cli, struct err *err)
{
	const struct migration_info *migration;
	struct json_writer json;
	struct tally tally = { 0, 0 };
	struct loaded loaded;
	struct buf out;
	bool ok = true;

	if (!loaded_open_rules(cli, &loaded, err))
		return 0;
	migration = rule_host_migration(loaded.host);
	buf_init(&out);
	json_writer_init(&json, &out);
	if (cli->options.json)
		json_open(&json, '[');
	for (int e = 0; e < migration->entity_count && ok; e++)
		for (int i = 0; i < migration->entities[e].example_count && ok; i++)
			ok = run_example(cli, loaded.host, e, i, &out,
					 cli->options.json ? &json : NULL, &tally, err);
	if (cli->options.json) {
		json_close(&json, ']');
		buf_put_char(&out, '\n');
	} else {
		buf_print(&out, "%d passed, %d failed\n", tally.passed, tally.failed);
	}
	ok = ok && text_to_stdout(&out, err);
	buf_release(&out);
	loaded_close(&loaded);
	if (ok && tally.passed + tally.failed == 0)
		err_set(err, ERR_RULE, "%s has no examples: nothing was tested", cli->rules);
	return ok && tally.failed > 0 ? 1 : 0;
}
