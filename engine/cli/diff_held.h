/*
 * diff_held.h: how many of the rows that come out differently the target holds already, and which version wrote them.
 */
#ifndef ENGINE_CLI_DIFF_HELD_H
#define ENGINE_CLI_DIFF_HELD_H

#include "drivers/driver.h"
#include "engine/compare/compare.h"

enum { HELD_VERSIONS_MAX = 16 };

struct held_version {
	struct span version; /* that wrote the record last */
	int64_t live, withdrawn;
};

struct held {
	struct conn *target; /* borrowed */
	struct arena *arena;
	struct held_version versions[HELD_VERSIONS_MAX]; /* by name */
	int version_count;
	int64_t others; /* written by yet other versions */
	int64_t asked,
	    not_held; /* rows that come out differently, and such that the target does not hold */
	const struct table *
	    *tables; /* one an entity of the comparison; NULL: the target has none */
	const struct comparison *comparison;
};

/* Which tables the target has for the entities compared. */
bool held_begin(struct held *held, struct conn *target, const struct comparison *comparison,
		struct arena *arena, struct err *err);

/* comparison's on_difference; context: the struct held. */
bool held_ask(void *context, const struct entity_comparison *entity, enum row_class kind,
	      struct span before, struct span after, struct err *err);

#endif
