/*
 * loaded.c: opens rules, and legacy beside them, and says what is wrong with them.
 */
#include "engine/cli/loaded.h"

#include <string.h>

#include "engine/cli/moving.h"
#include "engine/rules/release.h"

bool loaded_open(struct cli *cli, struct loaded *loaded, struct err *err)
{
	struct fault_list faults;
	bool ok;

	*loaded = (struct loaded){ 0 };
	if (!settings_need(cli->options.legacy, "--legacy", "ENGINE_LEGACY", err))
		return false;
	fault_list_init(&faults, &cli->arena);
	fault_list_init(&loaded->warnings, &cli->arena);
	ok = conn_open(cli->options.legacy, CONN_SOURCE, &loaded->legacy, err) &&
	     move_load_rules(cli->rules, loaded->legacy, &cli->arena, &loaded->host, &faults,
			     &loaded->warnings, err);
	moving_say_faults(cli, &faults, &loaded->warnings);
	if (ok && deriver_open(loaded->legacy, loaded->host, &loaded->deriver, err))
		return true;
	loaded_close(loaded);
	return false;
}

bool loaded_open_rules(struct cli *cli, struct loaded *loaded, struct err *err)
{
	struct fault_list faults;
	bool ok;

	*loaded = (struct loaded){ 0 };
	fault_list_init(&faults, &cli->arena);
	fault_list_init(&loaded->warnings, &cli->arena);
	ok = rule_host_open(cli->rules, NULL, NULL, &loaded->host, &faults, &loaded->warnings, err);
	moving_say_faults(cli, &faults, &loaded->warnings);
	return ok;
}

bool loaded_is_wanted(const struct cli *cli, const struct entity_info *entity)
{
	const char *wanted = cli->options.entity;

	return !wanted || strcmp(wanted, entity->name) == 0 || strcmp(wanted, entity->record) == 0;
}

bool loaded_check_entity(const struct cli *cli, const struct loaded *loaded, struct err *err)
{
	const struct migration_info *migration = rule_host_migration(loaded->host);

	for (int i = 0; i < migration->entity_count; i++)
		if (loaded_is_wanted(cli, &migration->entities[i]))
			return true;
	return err_set(err, ERR_USAGE, "%s has no entity \"%s\"", cli->rules, cli->options.entity);
}

bool loaded_as_released(struct cli *cli, const struct rule_host *host, struct err *err)
{
	struct fault_list faults, warnings;
	bool ok;

	fault_list_init(&faults, &cli->arena);
	fault_list_init(&warnings, &cli->arena);
	ok = release_check(cli->rules, rule_host_migration(host), &faults, &warnings, err);
	moving_say_faults(cli, &faults, &warnings);
	return ok;
}

void loaded_close(struct loaded *loaded)
{
	deriver_close(loaded->deriver);
	rule_host_close(loaded->host);
	conn_close(loaded->legacy);
}
