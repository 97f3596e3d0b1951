/*
 * parse.c: words of a command line to options and arguments, in any order.
 */
#include "engine/base/figures.h"
#include "engine/base/require.h"
#include "engine/cli/check.h"
#include "engine/cli/command_words.h"
#include "engine/cli/text.h"

static const char *command_at(int index)
{
	return commands[index].name;
}

static const char *option_at(int index)
{
	return option_table[index].name;
}

static bool unknown(struct err *err, const char *what, const char *word, const char *nearest)
{
	if (nearest)
		return err_set(err, ERR_USAGE, "unknown %s '%s'; did you mean '%s'?", what, word,
			       nearest);
	return err_set(err, ERR_USAGE, "unknown %s '%s'; see: engine help", what, word);
}

static const struct option *find_option(const char *word, size_t size)
{
	for (int i = 0; i < option_count; i++)
		if (strlen(option_table[i].name) == size &&
		    memcmp(option_table[i].name, word, size) == 0)
			return &option_table[i];
	return NULL;
}

/* Digits and, for bytes, one of k, M, G. */
static bool parse_count(const char *option, const char *value, bool with_unit, int64_t *count,
			struct err *err)
{
	return figure_parse_count(span_of(value), with_unit, count) ||
	       err_set(err, ERR_USAGE, "%s takes a whole number from 1, not '%s'", option, value);
}

static bool take_color(struct options *options, const char *value, struct err *err)
{
	if (strcmp(value, "auto") != 0 && strcmp(value, "always") != 0 &&
	    strcmp(value, "never") != 0)
		return err_set(err, ERR_USAGE, "--color takes auto, always or never, not '%s'",
			       value);
	options->color = value;
	return true;
}

static bool take_stage(struct options *options, const char *value, struct err *err)
{
	if (strcmp(value, "durable") != 0)
		return err_set(err, ERR_USAGE,
			       "--stage takes durable, not '%s'; without it records go straight "
			       "into the final table",
			       value);
	options->is_staged = true;
	return true;
}

static bool take_set(struct options *options, const char *value, struct err *err)
{
	if (options->set_count == SETS_MAX)
		return err_set(err, ERR_USAGE, "more than %d times --set", SETS_MAX);
	options->set[options->set_count++] = value;
	return true;
}

static bool take_skip(struct options *options, const char *value, struct err *err)
{
	for (const char *at = value;;) {
		size_t size = strcspn(at, ",");
		int layer = check_layer_named((struct span){ at, size });

		if (layer == LAYER_SHAPE)
			return err_set(
			    err, ERR_USAGE,
			    "shape cannot be skipped: of a file that is not read nothing "
			    "can be said");
		if (layer < 0)
			return err_set(err, ERR_USAGE,
				       "--skip takes lint, schema and values, with commas between "
				       "them, not '%s'",
				       value);
		options->skipped |= 1U << layer;
		if (at[size] == '\0')
			return true;
		at += size + 1;
	}
}

static bool take_value(struct options *options, const char *name, const char *value,
		       struct err *err)
{
	struct {
		const char *name;
		const char **text;
		int64_t *count;
		bool with_unit;
	} places[] = {
		{ "--legacy", &options->legacy, NULL, false },
		{ "--target", &options->target, NULL, false },
		{ "--cold", &options->cold, NULL, false },
		{ "--state", &options->state, NULL, false },
		{ "--entity", &options->entity, NULL, false },
		{ "--code", &options->code, NULL, false },
		{ "--html", &options->html, NULL, false },
		{ "--zone", &options->zone, NULL, false },
		{ "--from", &options->from, NULL, false },
		{ "--who", &options->who, NULL, false },
		{ "--seed", &options->seed, NULL, false },
		{ "--rows", &options->rows, NULL, false },
		{ "--markdown", &options->markdown, NULL, false },
		{ "--at-version", &options->at_version, NULL, false },
		{ "--observed", &options->observed, NULL, false },
		{ "--percent", &options->percent, NULL, false },
		{ "--budget", &options->budget, NULL, false },
		{ "--rounds", NULL, &options->rounds, false },
		{ "--per-stratum", NULL, &options->per_stratum, false },
		{ "--sample", NULL, &options->sample, false },
		{ "--named", NULL, &options->named, false },
		{ "--workers", NULL, &options->workers, false },
		{ "--rate", NULL, &options->rate, false },
		{ "--bytes", NULL, &options->bytes, true },
		{ "--chunk", NULL, &options->chunk, false },
	};

	if (*value == '\0')
		return err_set(err, ERR_USAGE, "%s has an empty value", name);
	if (strcmp(name, "--color") == 0)
		return take_color(options, value, err);
	if (strcmp(name, "--stage") == 0)
		return take_stage(options, value, err);
	if (strcmp(name, "--set") == 0)
		return take_set(options, value, err);
	if (strcmp(name, "--skip") == 0)
		return take_skip(options, value, err);
	for (int i = 0; i < COUNT_OF(places); i++) {
		if (strcmp(places[i].name, name) != 0)
			continue;
		if (places[i].text) {
			*places[i].text = value;
			return true;
		}
		return parse_count(name, value, places[i].with_unit, places[i].count, err);
	}
	require(!"an option of the table has no place");
	return false;
}

static void take_flag(struct options *options, const char *name)
{
	struct {
		const char *name;
		bool *flag;
	} places[] = {
		{ "--json", &options->json },       { "--quiet", &options->quiet },
		{ "--ddl", &options->ddl },         { "--offline", &options->offline },
		{ "--full", &options->full },       { "--help", &options->help },
		{ "--version", &options->version }, { "--stubs", &options->stubs },
		{ "--tap", &options->tap },         { "--coverage", &options->coverage },
		{ "--watch", &options->watch },     { "--record", &options->record },
		{ "--all", &options->all },         { "--unrecorded", &options->unrecorded },
		{ "--apply", &options->apply },
	};

	for (int i = 0; i < COUNT_OF(places); i++)
		if (strcmp(places[i].name, name) == 0)
			*places[i].flag = true;
}

/* *used is how many words the option took. */
static bool take_option(struct cli *cli, char **words, int left, int *used, uint64_t *seen,
			struct err *err)
{
	const char *word = words[0];
	const char *equals = strchr(word, '=');
	const struct option *option =
	    find_option(word, equals ? (size_t)(equals - word) : strlen(word));

	*used = 1;
	if (!option)
		return unknown(err, "option", word, text_nearest(word, option_at, option_count));
	*seen |= UINT64_C(1) << (option - option_table);
	if (!option->value) {
		if (equals)
			return err_set(err, ERR_USAGE, "%s takes no value", option->name);
		take_flag(&cli->options, option->name);
		return true;
	}
	if (equals)
		return take_value(&cli->options, option->name, equals + 1, err);
	if (left < 2)
		return err_set(err, ERR_USAGE, "%s needs a value: %s %s", option->name,
			       option->name, option->value);
	*used = 2;
	return take_value(&cli->options, option->name, words[1], err);
}

static bool is_rules(const char *word)
{
	size_t size = strlen(word);

	return size > 4 && strcmp(word + size - 4, ".lua") == 0;
}

static bool take_argument(struct cli *cli, const char *word, struct err *err)
{
	if (!cli->command) {
		cli->command = command_named(word);
		return cli->command ||
		       unknown(err, "command", word, text_nearest(word, command_at, command_count));
	}
	if (is_rules(word)) {
		if (cli->rules && (cli->command->options & OPTION_COMPARE) && !cli->later_rules) {
			cli->later_rules = word;
			return true;
		}
		if (cli->later_rules)
			return err_set(err, ERR_USAGE, "a third rule file: '%s'", word);
		if (cli->rules)
			return err_set(err, ERR_USAGE, "two rule files: '%s' and '%s'", cli->rules,
				       word);
		cli->rules = word;
		return true;
	}
	if (cli->argument_count == ARGUMENTS_MAX)
		return err_set(err, ERR_USAGE, "more than %d arguments", ARGUMENTS_MAX);
	cli->arguments[cli->argument_count++] = word;
	return true;
}

/* seen: a bit an option of the table. */
static bool check_fit(const struct cli *cli, uint64_t seen, struct err *err)
{
	const struct command *command = cli->command;

	if (!command)
		return true;
	require(option_count <= 64);
	for (int i = 0; i < option_count; i++)
		if ((seen >> i & 1) && !(option_table[i].bit & (command->options | OPTION_ALWAYS)))
			return err_set(err, ERR_USAGE, "engine %s takes no %s; see: engine help %s",
				       command->name, option_table[i].name, command->name);
	if (cli->argument_count > command->arguments_max)
		return err_set(err, ERR_USAGE,
			       "engine %s does not know what to do with '%s'; usage: engine %s",
			       command->name, cli->arguments[command->arguments_max],
			       command->usage);
	return true;
}

bool command_parse(struct cli *cli, int word_count, char **words, struct err *err)
{
	bool options_end = false;
	uint64_t seen = 0;

	for (int i = 1, used; i < word_count; i += used) {
		const char *word = words[i];

		used = 1;
		if (!options_end && strcmp(word, "--") == 0) {
			options_end = true;
			continue;
		}
		if (!options_end && strcmp(word, "-h") == 0)
			cli->options.help = true;
		else if (!options_end && word[0] == '-' && word[1] == '-') {
			if (!take_option(cli, words + i, word_count - i, &used, &seen, err))
				return false;
		} else if (!options_end && word[0] == '-' && word[1] &&
			   !(word[1] >= '0' && word[1] <= '9')) {
			return unknown(err, "option", word, NULL);
		} else if (!take_argument(cli, word, err)) {
			return false;
		}
	}
	return check_fit(cli, seen, err);
}
