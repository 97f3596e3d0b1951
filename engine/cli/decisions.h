/*
 * decisions.h: what a rule version decided: what is still open, and what was to be looked at again by now.
 */
#ifndef ENGINE_CLI_DECISIONS_H
#define ENGINE_CLI_DECISIONS_H

#include "engine/model/instant.h"
#include "engine/rules/rule_host.h"

struct json_writer;

/* The day of the wall clock, in UTC. */
void decisions_today(char day[DATE_TEXT_SIZE]);

bool decision_is_open(const struct decision_info *decision);
/* Its review was due before that day. */
bool decision_is_overdue(const struct decision_info *decision, const char *day);

struct decisions_due {
	int all, open, overdue;
};
struct decisions_due decisions_due(const struct migration_info *migration, const char *day);

#endif
