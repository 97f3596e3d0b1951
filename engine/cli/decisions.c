/*
 * decisions.c: decisions and the day.
 */
#include "engine/cli/decisions.h"

#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/require.h"

void decisions_today(char day[DATE_TEXT_SIZE])
{
	char moment[INSTANT_TEXT_SIZE];

	require(instant_to_text(clock_wall_us(), moment));
	memcpy(day, moment, DATE_TEXT_SIZE - 1);
	day[DATE_TEXT_SIZE - 1] = '\0';
}

bool decision_is_open(const struct decision_info *decision)
{
	return strcmp(decision->choice, "undecided") == 0;
}

/* Days are written YYYY-MM-DD, which loading has made sure of: comparing texts compares them. */
bool decision_is_overdue(const struct decision_info *decision, const char *day)
{
	return decision->review_by && strcmp(decision->review_by, day) < 0;
}

struct decisions_due decisions_due(const struct migration_info *migration, const char *day)
{
	struct decisions_due due = { 0, 0, 0 };

	for (int e = 0; e < migration->entity_count; e++)
		for (int d = 0; d < migration->entities[e].decision_count; d++) {
			const struct decision_info *decision = &migration->entities[e].decisions[d];

			due.all++;
			due.open += decision_is_open(decision);
			due.overdue += decision_is_overdue(decision, day);
		}
	return due;
}
