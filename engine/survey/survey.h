/*
 * survey.h: what a rule version makes of the rows that legacy holds, without writing anything: which values it rejects, and how
 * many rows they touch.
 *
 * Every row that is looked at is derived as a run would derive it, with its children and references; nothing here knows
 * what a lookup or a type is. The same rows and the same rule give the same survey.
 */
#ifndef ENGINE_SURVEY_SURVEY_H
#define ENGINE_SURVEY_SURVEY_H

#include "drivers/driver.h"
#include "engine/rules/rule_host.h"

enum {
	SURVEY_VALUES_MAX = 1000,      /* different values of one group that are told apart */
	SURVEY_VALUE_KEPT_BYTES = 256, /* of each */
	SURVEY_PLACES_MAX = 8,         /* of the rule that stumble over the same value */
};

/* One value that is rejected; where the rule saw none, what it said. */
struct survey_value {
	enum saw_kind saw_kind; /* SAW_NOTHING: see message */
	struct span saw;        /* its first bytes; of a masked one what stands for it */
	size_t saw_size;        /* its whole size in bytes */
	struct span message, nearest, help;
	int64_t row_count;
};

/* Where in the rule. */
struct survey_place {
	const char *file; /* or NULL */
	int line;
	struct span where;
};

/* Faults of one code at one place of the rule; where a column's value itself is at fault, at all places that read it. */
struct survey_group {
	struct fault first;
	struct span key; /* of the first row: ["7"]; no data when it was not read */
	int64_t row_count;
	const struct survey_value
	    *values; /* those that touch most rows first, then by their bytes */
	int value_count;
	bool is_whole;                     /* values are all there are */
	const struct survey_place *others; /* further places */
	int other_count;
};

struct survey_entity {
	const struct entity_info *info;
	const char
	    *fault; /* why its rows could not be read, or not to their end; NULL: they were */
	int64_t row_count; /* root rows in all; −1: not known, see fault */
	int64_t read_count, skipped_count, rejected_count; /* of them */
	size_t unlisted_count; /* faults of rows with more than a record lists; in no group */
	const struct survey_group *groups; /* those that touch most rows first */
	int group_count;
	int64_t beyond_count; /* faults of further groups, which are not told */
};

struct survey {
	const struct survey_entity *entities; /* as the version has them */
	int entity_count;
};

struct survey_options {
	struct conn *legacy;    /* borrowed */
	struct rule_host *host; /* borrowed; loaded against legacy's tables */
	int64_t rows_max;       /* root rows of an entity; 0: all of them */
	size_t row_bytes_max;   /* of one row with its children: beyond it a run rejects it */
	/* Called when so much was read, and may wait; false with err ends it. NULL: nothing waits. */
	bool (*on_read)(void *context, const char *entity, int64_t rows, size_t bytes,
			struct err *err);
	void *context;
};

/* What one entity's tables refuse is its fault and not an error; a store that fails is one. Texts lie in the arena or belong to the
 * host. */
bool survey_take(const struct survey_options *options, struct arena *arena, struct survey *survey,
		 struct err *err);

#endif
