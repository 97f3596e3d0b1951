/*
 * loaded.h: the rules, and where it is asked for legacy with them, for commands that look and write
 * nothing.
 */
#ifndef ENGINE_CLI_LOADED_H
#define ENGINE_CLI_LOADED_H

#include "engine/cli/command.h"
#include "engine/derive/derive.h"

struct loaded {
	struct conn *legacy;     /* NULL without legacy */
	struct deriver *deriver; /* likewise */
	struct rule_host *host;
	struct fault_list warnings; /* said already */
};

/* Faults and warnings go to stderr. On false there is nothing to close. */
bool loaded_open(struct cli *cli, struct loaded *loaded, struct err *err);
/* The rules alone: nothing is known of legacy. */
bool loaded_open_rules(struct cli *cli, struct loaded *loaded, struct err *err);
/* Does --entity mean this one? Without it every one is meant. */
bool loaded_is_wanted(const struct cli *cli, const struct entity_info *entity);
/* ERR_USAGE when --entity names none. */
bool loaded_check_entity(const struct cli *cli, const struct loaded *loaded, struct err *err);

/* Refuse to go on with a version that is not the one released under its name. What is wrong goes to stderr. */
bool loaded_as_released(struct cli *cli, const struct rule_host *host, struct err *err);

void loaded_close(struct loaded *loaded);

#endif
