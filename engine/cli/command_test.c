/*
 * command_test.c: engine test: the examples that stand in a rule file.
 */
#include "engine/base/json.h"
#include "engine/cli/check.h"
#include "engine/cli/fault_text.h"
#include "engine/cli/loaded.h"

struct tally {
	int passed, failed;
};

static void put_difference(struct json_writer *json, const struct fault *fault)
{
	json_open(json, '{');
	fault_put_members(json, "difference", fault);
	json_close(json, '}');
}

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
			put_difference(json, &differences.faults[i]);
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
