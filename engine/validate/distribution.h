/*
 * distribution.h: the strata of legacy, through the rule, against those of the target, chunk by chunk. For engine/validate only.
 *
 * The target's are what its live records say themselves, in their payloads; what passes wrote beside them (engine_stratum, the chunks'
 * own counts) is not looked at. A part of an entity is compared by itself: the records are those of its chunks.
 */
#ifndef ENGINE_VALIDATE_DISTRIBUTION_H
#define ENGINE_VALIDATE_DISTRIBUTION_H

#include "engine/validate/sides.h"
#include "engine/validate/tally.h"

/* Count the records of the sides' chunk. is_counted: whether that could be done, and no pass came since the sides were read; else
 * is_passed says that one did. In scratch. */
bool distribution_count(struct sides *sides, struct tally *tally, bool *is_counted, bool *is_passed,
			struct err *err);

/* Count its rows, which were judged, and add both to what is known. */
void distribution_add(struct sides *sides, struct tally *tally);

#endif
