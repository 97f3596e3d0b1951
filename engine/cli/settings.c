/*
 * settings.c: flags beat the environment, which beats engine.lua, which beats the defaults.
 */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "drivers/driver.h"
#include "engine/base/file.h"
#include "engine/cli/text.h"
#include "engine/rules/config.h"

enum { WORKERS_DEFAULT_MAX = 8 };

static const char *first_of(const char *flag, const char *variable, const char *configured)
{
	const char *value = flag ? flag : getenv(variable);

	return value && *value ? value : configured;
}

/* Where the state folder lies when nobody says: beside a file, else under XDG_STATE_HOME. */
static const char *default_state(struct arena *arena, const char *target)
{
	const char *home = getenv("XDG_STATE_HOME");
	struct span name;

	if (strncmp(target, "sqlite:", 7) == 0)
		return arena_print(arena, "%s.state", target + 7).data;
	name = arena_print(arena, "%s", target);
	for (size_t i = 0; i < name.size; i++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-",
			    name.data[i]))
			((char *)(uintptr_t)name.data)[i] = '_';
	if (home && *home)
		return arena_print(arena, "%s/engine/%s", home, name.data).data;
	return arena_print(arena, "%s/.local/state/engine/%s",
			   getenv("HOME") ? getenv("HOME") : ".", name.data)
	    .data;
}

static bool load_config(struct cli *cli, struct rule_config *config, struct err *err)
{
	const char *path = "engine.lua";

	*config = (struct rule_config){ .quarantine = 0 };
	if (access(path, F_OK) != 0) {
		if (!cli->rules)
			return true;
		path = arena_print(&cli->arena, "%s/engine.lua",
				   file_folder_of(&cli->arena, cli->rules))
			   .data;
		if (access(path, F_OK) != 0)
			return true;
	}
	return rule_config_read(path, &cli->arena, config, err);
}

/* One a processor; two where a store is a server, for whose answers each waits half of the time. */
static int64_t default_workers(const struct options *options)
{
	bool waits = (options->legacy && url_is_remote(options->legacy)) ||
		     (options->target && url_is_remote(options->target));
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	long workers = (processors > 1 ? processors : 1) * (waits ? 2 : 1);

	return workers > WORKERS_DEFAULT_MAX ? WORKERS_DEFAULT_MAX : workers;
}

static void complete_limits(struct options *options, const struct rule_config *config)
{
	if (options->workers == 0)
		options->workers = config->workers;
	if (options->workers == 0)
		options->workers = default_workers(options);
	if (options->rate == 0)
		options->rate = config->rate;
	if (options->bytes == 0)
		options->bytes = config->bytes;
	if (options->chunk == 0)
		options->chunk = config->chunk;
	options->quarantine = config->quarantine;
	options->signal_count = config->signal_count;
}

const struct look look_plain = { "", "", "", "", "", "", 0 };
static const struct look look_colored = { "\033[1;31m", "\033[1;33m", "\033[1m", "\033[1;34m",
					  "\033[32m",   "\033[0m",    0 };

static int columns_of(int file)
{
	struct winsize size;

	return ioctl(file, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

/* Of a stream: colours where a terminal understands them, or as --color says. */
static struct look look_of(int file, const char *color)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool is_colored =
	    isatty(file) && !(no_color && *no_color) && !(term && strcmp(term, "dumb") == 0);
	struct look look;

	if (color && strcmp(color, "auto") != 0)
		is_colored = strcmp(color, "always") == 0;
	look = is_colored ? look_colored : look_plain;
	if (isatty(file))
		look.columns = columns_of(file);
	return look;
}

bool settings_complete(struct cli *cli, struct err *err)
{
	struct options *options = &cli->options;
	struct rule_config config;
	struct signal_setting *signals = arena_alloc(&cli->arena, sizeof(config.signals));

	if (!load_config(cli, &config, err))
		return false;
	memcpy(signals, config.signals, sizeof(config.signals));
	options->signals = signals;
	options->is_legacy_said = options->legacy != NULL;
	options->is_cold_said = options->cold != NULL;
	options->legacy = first_of(options->legacy, "ENGINE_LEGACY", config.legacy);
	options->target = first_of(options->target, "ENGINE_TARGET", config.target);
	options->cold = first_of(options->cold, "ENGINE_COLD", config.cold);
	options->state = first_of(options->state, "ENGINE_STATE", config.state);
	if (!options->state && options->target)
		options->state = default_state(&cli->arena, options->target);
	if (!cli->rules)
		cli->rules = config.rules;
	complete_limits(options, &config);
	cli->out = look_of(STDOUT_FILENO, options->color);
	cli->said = look_of(STDERR_FILENO, options->color);
	return true;
}

bool settings_need(const char *value, const char *option, const char *variable, struct err *err)
{
	if (value)
		return true;
	return err_set(err, ERR_USAGE, "which one? say %s, set %s, or name it in engine.lua",
		       option, variable);
}
