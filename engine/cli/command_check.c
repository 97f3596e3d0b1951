/*
 * command_check.c: engine check: the rule file by itself, and against legacy.
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
