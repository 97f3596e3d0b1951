/*
 * join.h: the rows of a batch, joined into source rows by key in C, so that no store's order is relied on.
 */
#ifndef ENGINE_DERIVE_JOIN_H
#define ENGINE_DERIVE_JOIN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/model/batch.h"
#include "engine/model/digest.h"
#include "engine/rules/rule_host.h"

/* A child row whose root does not exist. */
struct orphan {
	int source; /* which child source */
	const struct cell *row;
	struct digest digest;
};

struct joined {
	const struct source_set *sources;
	struct source_row *rows; /* one a root row, in the batch's order */
	size_t row_count;
	/* Child source in which a row has two children with the same key, or −1; one a row. */
	const int *duplicate_child;
	const bool *duplicate_root; /* another row has the same key; one a row */
	size_t child_count;         /* children that found their root */
	size_t byte_count;          /* of all values, as read */
	const struct orphan *orphans;
	size_t orphan_count;
	struct digest digest; /* sum over rows and orphans */
};

/* Join all rows of the batch; everything lies in the batch's arena. */
void join_batch(const struct batch *batch, struct joined *joined);

#endif
