/*
 * authority.h: whose word counts: by entity, facet and bucket range legacy's or the target's, as engine_authority says.
 *
 * Legacy is believed until evidence says otherwise, so what no row speaks of is legacy's, and so is all of a target without the
 * table. Nobody passes authority yet: that will be the gates' task (engine/authority), through a function of this room, which alone writes
 * the table, in one transaction with the entry of the ledger that says so. What that entry looks like is settled then; until it is,
 * entry_no is shown and not followed.
 */
#ifndef ENGINE_LEDGER_AUTHORITY_H
#define ENGINE_LEDGER_AUTHORITY_H

#include "drivers/driver.h"

enum authority_column {
	AUTHORITY_ENTITY, /* the kind of record: its parts share their ids, and with them their buckets */
	AUTHORITY_FACET,
	AUTHORITY_BUCKET_FIRST, /* from 0 to BUCKET_COUNT - 1, both ends within (bucket_of) */
	AUTHORITY_BUCKET_LAST,
	AUTHORITY_HOLDER,
	AUTHORITY_SINCE,
	AUTHORITY_ENTRY_NO, /* of the ledger's entry that passed it */
	AUTHORITY_COLUMNS
};
extern const struct table table_authority;

enum authority_facet { AUTHORITY_HISTORY, AUTHORITY_READS, AUTHORITY_WRITES, AUTHORITY_FACETS };

/* "cold" will be a third one when history can be sealed. Until then it is refused like any other word: somebody else wrote it, who
 * knows more. */
enum authority_side { AUTHORITY_LEGACY, AUTHORITY_TARGET, AUTHORITY_SIDES };

const char *authority_facet_name(enum authority_facet facet); /* "history", "reads", "writes" */
const char *authority_side_name(enum authority_side side);    /* "legacy", "target" */

struct authority_range {
	struct span entity;
	enum authority_facet facet;
	uint32_t bucket_first, bucket_last;
	enum authority_side holder;
	int64_t since_us;
	int64_t entry_no;
};

/* Everything the target says of it. No two ranges of an entity's facet have a bucket in common. */
struct authority {
	const struct authority_range *ranges; /* by entity, facet, bucket */
	size_t range_count;
};

/* In the arena. ERR_DATA names the first row, in that order, that cannot be what it should: an unknown facet or holder, a range that is
 * none, one that overlaps another, an entry that is none. Then nothing is known of any other, either. */
bool authority_load(struct conn *target, struct arena *arena, struct authority *authority,
		    struct err *err);

/* Who is believed for records of this bucket? */
enum authority_side authority_holder(const struct authority *authority, struct span entity,
				     enum authority_facet facet, uint32_t bucket);

/* All buckets of an entity's facet, each once: begin with *bucket 0. A range is a row's, or what no row speaks of, which has the entry_no 0;
 * false behind the last. */
bool authority_next(const struct authority *authority, struct span entity,
		    enum authority_facet facet, uint32_t *bucket, struct authority_range *range);

#endif
