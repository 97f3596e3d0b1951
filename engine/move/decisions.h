/*
 * decisions.h: how many records of the target rest on each decision of a rule version.
 *
 * Counted by the passes, chunk by chunk, so that asking costs no record; what the counts cover is said beside them.
 */
#ifndef ENGINE_MOVE_DECISIONS_H
#define ENGINE_MOVE_DECISIONS_H

#include "drivers/driver.h"
#include "engine/rules/rule_host.h"

/* Whose passes were counted, for one entity of the version. */
struct decision_scope {
	const char *
	    active; /* the version that is active in the target; NULL: the entity was never moved */
	bool is_counted; /* it is this one: the counts are of its passes */
	int64_t chunk_count;
	int64_t due_count; /* chunks that it has not passed yet: their records are in no count */
	int64_t
	    retaken_count; /* chunks whose count is from before single rows of them were taken again */
};

struct decision_sample {
	struct span id;
	uint64_t hash; /* sample_hash(id, 0) */
};

struct decision_count {
	int64_t record_count;            /* −1: not counted */
	struct decision_sample *samples; /* those with the lowest hashes, in that order */
	size_t sample_count;
};

struct decision_report {
	struct decision_scope *scopes;  /* one an entity of the migration */
	struct decision_count **counts; /* by entity, one a decision of it */
};

/* sample_max: of each decision, at most so many records are named; above 0 every record is read. In the arena. */
bool move_count_decisions(struct conn *target, const struct migration_info *migration,
			  size_t sample_max, struct arena *arena, struct decision_report *report,
			  struct err *err);

/* The version of the last run, from the texts that the target keeps; schema may be NULL (rule_host_open). ERR_DATA where there is none to load. */
bool move_open_kept(struct conn *target, const struct schema *schema, struct arena *arena,
		    struct rule_host **host, struct err *err);

#endif
