/*
 * strata_known.h: what the workers of a run know together of engine_stratum, so that they need not look. For engine/move only.
 *
 * Only what is committed is known. What is known may be older than what stands there, when another engine works, too: then a bound is
 * too high, and more is written than needed.
 */
#ifndef ENGINE_MOVE_STRATA_KNOWN_H
#define ENGINE_MOVE_STRATA_KNOWN_H

#include <pthread.h>

#include "engine/model/span_map.h"

struct known_stratum {
	int64_t count; /* rows below the bound, about */
	bool is_bounded;
	uint64_t bound;
};

/* Of one entity. Beyond STRATA_KNOWN_MAX strata nothing more is remembered. */
enum { STRATA_KNOWN_MAX = 20000 };
struct known_strata {
	struct span_map by_name;
	struct known_stratum *items;
	int count;
	bool is_touched; /* more may stand there than is to stay */
};

struct strata_knowledge {
	pthread_mutex_t lock; /* of everything below */
	struct arena arena;
	struct known_strata *entities;
};

#endif
