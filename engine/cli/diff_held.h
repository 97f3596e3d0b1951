/*
 * diff_held.h: how many of the rows that come out differently the target holds already, which version wrote them, and who is
 * believed for them.
 */
#ifndef ENGINE_CLI_DIFF_HELD_H
#define ENGINE_CLI_DIFF_HELD_H

#include "drivers/driver.h"
#include "engine/compare/compare.h"
#include "engine/ledger/authority.h"

enum { HELD_VERSIONS_MAX = 16 };

struct held_version {
	struct span version; /* that wrote the record last */
	int64_t live, withdrawn;
};

/* In whose authority the ids of these rows are. Of one facet both counts and no_id together are all that were asked for. */
struct held_authority {
	const char *fault; /* why nobody knows; NULL: all of it is known */
	struct authority authority;
	int64_t counts[AUTHORITY_FACETS][AUTHORITY_SIDES];
	int64_t no_id; /* rows that neither version makes a record of */
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
	struct held_authority believed;
};

/* Which tables the target has for the entities compared, and who is believed there. */
bool held_begin(struct held *held, struct conn *target, const struct comparison *comparison,
		struct arena *arena, struct err *err);

/* comparison's on_difference; context: the struct held. */
bool held_ask(void *context, const struct entity_comparison *entity, enum row_class kind,
	      struct span before, struct span after, struct err *err);

/* How many kinds of record were compared; and is this one among them? Parts of an entity are of one kind. */
int held_kind_count(const struct held *held);
bool held_is_compared(const struct held *held, struct span kind);

/* Of the kinds compared, the ranges of a facet that the target holds, such as follow on each other as one. Begin with *at 0; false
 * when there are no more. */
bool held_next_range(const struct held *held, enum authority_facet facet, size_t *at,
		     struct authority_range *range);

#endif
