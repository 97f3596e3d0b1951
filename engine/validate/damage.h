/*
 * damage.h: what can happen to records, done to copies of them in memory. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_DAMAGE_H
#define ENGINE_VALIDATE_DAMAGE_H

#include "engine/validate/tile.h"
#include "engine/validate/validate.h"

/* The variant-th damage of this kind to a copy of a record: each value, column or member is another one. False: there are no more.
 * In the arena. */
bool damage_record(enum damage_kind kind, size_t variant, const struct entity_info *entity,
		   const struct stored *record, struct arena *arena, struct stored *damaged);

/* The variant-th damage to a copy of all of them: records that are gone, doubled, or changed places. */
bool damage_holding(enum damage_kind kind, size_t variant, const struct holding *holding,
		    struct arena *arena, struct holding *damaged);

/* Is it one record that is damaged, and not a set of them? */
bool damage_is_of_record(enum damage_kind kind);

#endif
