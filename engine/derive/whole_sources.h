/*
 * whole_sources.h: the sources of a rule with every column that their tables have, not only those that the rule reads.
 *
 * What is kept of legacy for good must serve rules that nobody has written yet.
 */
#ifndef ENGINE_DERIVE_WHOLE_SOURCES_H
#define ENGINE_DERIVE_WHOLE_SOURCES_H

#include "drivers/driver.h"
#include "engine/model/schema.h"

struct whole_sources {
	struct source_set set;
	const struct table_info
	    *tables; /* one a source: what it reads, as legacy describes it now */
};

/* In the arena, but for names, which are the sources' own. */
bool whole_sources_of(struct conn *legacy, const struct source_set *sources, struct arena *arena,
		      struct whole_sources *whole, struct err *err);

#endif
