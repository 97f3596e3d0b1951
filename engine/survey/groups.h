/*
 * groups.h: many faults of many rows, by place and value, each row counted once. For engine/survey only.
 */
#ifndef ENGINE_SURVEY_GROUPS_H
#define ENGINE_SURVEY_GROUPS_H

#include "engine/survey/survey.h"

enum { SURVEY_GROUPS_MAX = 256 };

struct groups {
	struct arena *arena; /* borrowed */
	struct group *groups;
	int group_count;
	int64_t beyond_count; /* faults of groups that found no room */
};

void groups_init(struct groups *groups, struct arena *arena);

/* row numbers rows from 0, ascending; key is copied. */
void groups_note(struct groups *groups, const struct fault *fault, struct span key, int64_t row);

/* In the arena, in their order. */
const struct survey_group *groups_list(const struct groups *groups);

#endif
