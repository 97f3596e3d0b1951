/*
 * command_test.c: engine test: do the examples of a rule file come out, and what do they leave unused?
 */
#include "engine/base/json.h"
#include "engine/cli/coverage_text.h"
#include "engine/cli/fault_json.h"
#include "engine/cli/fault_text.h"
#include "engine/cli/loaded.h"
#include "engine/cli/record.h"
#include "engine/cli/saves.h"
#include "engine/cli/text.h"

struct testing {
	struct cli *cli;
	const struct migration_info *migration;
	const struct example_result *results;
	int count, failed;
	const struct coverage_part *parts;
	int part_count;
};

static const struct example_info *info_of(const struct testing *testing, int index)
{
	const struct example_result *result = &testing->results[index];

	return &testing->migration->entities[result->entity_index].examples[result->example_index];
}

static const char *entity_of(const struct testing *testing, int index)
{
	return testing->migration->entities[testing->results[index].entity_index].name;
}

/* ---- for people ---- */

enum { NAME_COLUMN = 6, VALUE_COLUMN = 18 };

static void put_value(struct testing *testing, struct buf *out, const char *word, struct span value)
{
	int column = VALUE_COLUMN + 10;

	buf_print(out, "%s%-10s%s", testing->cli->out.dim, word, testing->cli->out.plain);
	text_put_wrapped(out, &testing->cli->out, column, column, value);
	buf_put_char(out, '\n');
}

/*    state     expected  "OPEN"   text, 4 characters
 *              seen      "NEW"    text, 3 characters; differs from character 1 on */
static void put_difference(struct testing *testing, struct buf *out, const struct fault *fault)
{
	int width = VALUE_COLUMN - NAME_COLUMN - 1;

	buf_print(out, "%*s", NAME_COLUMN, "");
	if (fault->expected.data == NULL) {
		text_put_wrapped(out, &testing->cli->out, NAME_COLUMN, NAME_COLUMN, fault->message);
		buf_put_char(out, '\n');
		return;
	}
	text_put_inert(out, fault->field);
	if (fault->field.size > (size_t)width)
		buf_print(out, "\n%*s", VALUE_COLUMN, "");
	else
		buf_print(out, "%*s", width + 1 - (int)fault->field.size, "");
	put_value(testing, out, "expected", fault->expected);
	buf_print(out, "%*s", VALUE_COLUMN, "");
	put_value(testing, out, "seen", fault->seen);
}

static int values_that_differ(const struct fault_list *differences)
{
	int count = 0;

	for (size_t d = 0; d < differences->fault_count; d++)
		count += differences->faults[d].expected.data != NULL;
	return count;
}

/* As every error of a rule file looks, and behind it what differs. */
static void put_failure(struct testing *testing, struct buf *out,
			const struct fault_list *differences)
{
	const struct fault_setting setting = { .kind = "error" };
	struct fault shown = differences->faults[0];
	int count = values_that_differ(differences);

	if (count > 0)
		shown.message = arena_print(&testing->cli->arena, "%d %s", count,
					    count == 1 ? "value differs" : "values differ");
	fault_put_text(out, &testing->cli->out, &shown, &setting);
	for (size_t d = count > 0 ? 0 : 1; d < differences->fault_count; d++)
		put_difference(testing, out, &differences->faults[d]);
}

static void put_text(struct testing *testing, struct buf *out)
{
	const struct look *look = &testing->cli->out;

	for (int i = 0; i < testing->count; i++) {
		const struct example_result *result = &testing->results[i];
		const struct example_info *info = info_of(testing, i);

		if (result->passed && testing->cli->options.quiet)
			continue;
		buf_print(out, "%s%s%s - ", result->passed ? look->good : look->alarm,
			  result->passed ? "ok" : "not ok", look->plain);
		text_put_inert(out, span_of(entity_of(testing, i)));
		buf_put_text(out, ": ");
		text_put_inert(out, span_of(info->name));
		buf_put_char(out, '\n');
		if (result->passed)
			continue;
		put_failure(testing, out, &result->differences);
	}
	if (testing->cli->options.coverage)
		coverage_put_text(out, look, testing->parts, testing->part_count);
	buf_print(out, "%d passed, %d failed\n", testing->count - testing->failed, testing->failed);
}

/* ---- for programs ---- */

static void put_fault_json(struct json_writer *json, const struct fault *fault)
{
	json_open(json, '{');
	fault_put_members(json, "difference", fault);
	json_key_string(json, "expected", fault->expected);
	json_key_string(json, "seen", fault->seen);
	json_close(json, '}');
}

static void put_results_json(struct testing *testing, struct json_writer *json)
{
	json_open(json, '[');
	for (int i = 0; i < testing->count; i++) {
		const struct example_result *result = &testing->results[i];

		json_open(json, '{');
		json_key_text(json, "entity", entity_of(testing, i));
		json_key_text(json, "example", info_of(testing, i)->name);
		json_key_int(json, "line", info_of(testing, i)->line);
		json_key(json, "passed");
		json_bool(json, result->passed);
		json_key(json, "differences");
		json_open(json, '[');
		for (size_t d = 0; d < result->differences.fault_count; d++)
			put_fault_json(json, &result->differences.faults[d]);
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void put_json(struct testing *testing, struct buf *out)
{
	struct json_writer json;

	json_writer_init(&json, out);
	if (!testing->cli->options.coverage) {
		put_results_json(testing, &json);
	} else {
		json_open(&json, '{');
		json_key(&json, "examples");
		put_results_json(testing, &json);
		json_key(&json, "coverage");
		coverage_put_json(&json, testing->parts, testing->part_count);
		json_close(&json, '}');
	}
	buf_put_char(out, '\n');
}

/* # would begin a directive. */
static void put_tap_name(struct buf *out, const char *text)
{
	struct buf inert;

	buf_init(&inert);
	text_put_inert(&inert, span_of(text));
	for (size_t i = 0; i < inert.size; i++) {
		if (inert.data[i] == '#' || inert.data[i] == '\\')
			buf_put_char(out, '\\');
		buf_put_char(out, inert.data[i]);
	}
	buf_release(&inert);
}

static void put_yaml(struct buf *out, const char *before, struct span text)
{
	if (text.data == NULL)
		return;
	buf_put_text(out, before);
	json_put_lossy(out, text); /* a JSON text is a YAML text */
	buf_put_char(out, '\n');
}

static void put_tap_differences(struct buf *out, const struct example_result *result)
{
	buf_put_text(out, "  differences:\n");
	for (size_t d = 0; d < result->differences.fault_count; d++) {
		const struct fault *fault = &result->differences.faults[d];

		put_yaml(out, "    - message: ", fault->message);
		put_yaml(out, "      field: ", fault->field);
		put_yaml(out, "      expected: ", fault->expected);
		put_yaml(out, "      seen: ", fault->seen);
	}
}

static void put_tap(struct testing *testing, struct buf *out)
{
	buf_print(out, "TAP version 13\n1..%d\n", testing->count);
	for (int i = 0; i < testing->count; i++) {
		const struct example_result *result = &testing->results[i];
		const struct example_info *info = info_of(testing, i);

		buf_print(out, "%s %d - ", result->passed ? "ok" : "not ok", i + 1);
		put_tap_name(out, entity_of(testing, i));
		buf_put_text(out, ": ");
		put_tap_name(out, info->name);
		buf_put_char(out, '\n');
		if (result->passed)
			continue;
		buf_put_text(out, "  ---\n");
		put_yaml(out, "  file: ", span_of(info->file));
		buf_print(out, "  line: %d\n", info->line);
		put_tap_differences(out, result);
		buf_put_text(out, "  ...\n");
	}
}

/* ---- once, or whenever it is saved ---- */

static bool put_all(struct testing *testing, struct err *err)
{
	const struct options *options = &testing->cli->options;
	struct buf out;
	bool ok;

	buf_init(&out);
	if (options->json)
		put_json(testing, &out);
	else if (options->tap)
		put_tap(testing, &out);
	else
		put_text(testing, &out);
	ok = text_to_stdout(&out, err);
	buf_release(&out);
	return ok;
}

/* saves: NULL, or told which files there are. */
static bool test_once(struct cli *cli, struct saves *saves, int *failed, struct err *err)
{
	struct testing testing = { .cli = cli };
	struct loaded loaded;
	bool ok;

	if (!loaded_open_rules(cli, &loaded, err))
		return false;
	testing.migration = rule_host_migration(loaded.host);
	if (saves)
		saves_follow(saves, cli->rules, testing.migration);
	if (cli->options.coverage)
		rule_host_cover(loaded.host);
	ok =
	    rule_host_run_examples(loaded.host, &cli->arena, &testing.results, &testing.count, err);
	testing.parts = rule_host_coverage(loaded.host, &cli->arena, &testing.part_count);
	for (int i = 0; ok && i < testing.count; i++)
		testing.failed += !testing.results[i].passed;
	*failed = testing.failed;
	ok = ok && put_all(&testing, err);
	loaded_close(&loaded);
	if (ok && testing.count == 0)
		return err_set(err, ERR_RULE, "%s has no examples: nothing was tested", cli->rules);
	return ok;
}

static bool test_again(struct cli *cli, struct saves *saves, void *context, struct err *err)
{
	int failed;

	(void)context;
	return test_once(cli, saves, &failed, err);
}

static bool check_options(const struct cli *cli, struct err *err)
{
	const struct options *options = &cli->options;

	if (options->json && options->tap)
		return err_set(err, ERR_USAGE, "--json or --tap: only one of them");
	if (options->record && (options->watch || options->coverage || options->tap))
		return err_set(err, ERR_USAGE, "--record runs no examples");
	if (!options->record && cli->argument_count > 0)
		return err_set(err, ERR_USAGE,
			       "'%s' is no rule file; a row is recorded by "
			       "--record KEY…",
			       cli->arguments[0]);
	return true;
}

int command_test(struct cli *cli, struct err *err)
{
	int failed = 0;

	if (!check_options(cli, err))
		return 0;
	if (cli->options.record)
		return record_rows(cli, err);
	if (cli->options.watch)
		return saves_repeat(cli, test_again, NULL, err);
	return test_once(cli, NULL, &failed, err) && failed > 0 ? 1 : 0;
}
