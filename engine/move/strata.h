/*
 * strata.h: what the rows of a pass went through, counted, and of each stratum those with the lowest sample hashes. For
 * engine/move only.
 *
 * A pass gathers them from its outcomes, writes them into engine_stratum in its transaction, and behind the commit tells the other
 * workers of the run which hashes need not be written any more (engine/target/stratum.h has what stands there).
 *
 * What a hostile source or a careless rule can make of it is bounded: names by engine/target/record_strata.h, and reasons that a rule
 * makes while it runs (skip("…")) to STRATA_REASONS_MAX names in a pass, the first ones by bytes, with all others counted together as
 * "skip:…".
 */
#ifndef ENGINE_MOVE_STRATA_H
#define ENGINE_MOVE_STRATA_H

#include "engine/move/bottom.h"
#include "engine/move/pass.h"

enum { STRATA_REASONS_MAX = 100 };

struct stratum {
	struct span name;
	int64_t count;        /* rows of the pass */
	struct bottom bottom; /* those to be kept; rows are indexes into the pass's */
	int64_t there;     /* rows the target was known to hold below the bound before this pass */
	int64_t added;     /* rows written by it */
	bool is_bound_new; /* it wrote the bound of bottom */
};

struct strata {
	struct arena *arena;
	struct stratum *items;
	int count;
	struct span_map by_name;
};

/* ---- strata.c ---- */

void strata_gather(const struct pass *pass, struct strata *strata);
/* JSON: stratum -> number of rows, by name. In the arena. */
struct span strata_to_json(const struct strata *strata);

/* ---- strata_rows.c ---- */

/* Inside the transaction, with outcomes that no longer change: gather pass->strata, and what engine_stratum holds of the rows in the
 * pass's scope becomes that. */
bool strata_keep(struct pass *pass, struct err *err);

/* Of a stratum of engine_stratum everything from the bound on becomes one bound. */
bool stratum_cut(struct conn *target, const char *entity, struct span name, uint64_t bound,
		 int64_t rule_epoch, struct err *err);

/* ---- strata_known.c ---- */

/* Behind the commit: what the pass wrote is known to all workers. */
void strata_tell(const struct pass *pass);

/* ---- strata_scan.c ---- */

/* A stratum as it stands in engine_stratum. */
struct standing {
	struct span name;
	int64_t count; /* rows below the bound */
	bool has_bound;
	uint64_t lowest_bound; /* that stands there */
	bool is_bounded;
	uint64_t
	    bound; /* as it should be: that one, or a lower one where more than STRATUM_KEPT_MAX rows stand */
	bool is_untidy; /* more stands there than the rows below it and the bound */
};
struct standings {
	struct standing *items; /* by name */
	int count;
};
bool strata_scan(struct conn *target, const char *entity, struct arena *arena,
		 struct standings *standings, struct err *err);

#endif
