/*
 * authority_text.h: who is believed for which buckets, for people and as JSON.
 */
#ifndef ENGINE_CLI_AUTHORITY_TEXT_H
#define ENGINE_CLI_AUTHORITY_TEXT_H

#include "engine/base/json.h"
#include "engine/cli/command.h"
#include "engine/ledger/authority.h"

struct authority_kind {
	struct span name; /* as it stands in the target: anybody may have put it there */
	bool is_moved;    /* some of it was; else rows speak of it alone */
};

/* All that is known: of every kind each facet with all its buckets. */
struct authority_shown {
	struct authority authority;
	struct authority_kind *kinds; /* by name */
	size_t kind_count;
};

/* A line whether anything has passed, then kind by kind. */
void authority_put_text(struct buf *buf, const struct look *look,
			const struct authority_shown *shown);
void authority_put_json(struct buf *buf, const struct authority_shown *shown);

/* One range as an object; "since" and "entry" are null where no row speaks of it. */
void authority_put_range_json(struct json_writer *json, const struct authority_range *range);

#endif
