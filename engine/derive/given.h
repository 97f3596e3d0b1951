/*
 * given.h: a source row that came as JSON instead of from a store.
 *
 * The shape is that of an example's `given`: {"root":{…},"events":[{…}]}, with "entity":"job" where the
 * migration has several. Sources that are not named have no rows, columns that are not named are NULL. A value
 * is a string; a number, true or false stand for their text as it is written; {"base64":"…"} is binary.
 * Children take the root's key; those below others stand in the rows they belong to, under their source's name,
 * and take what names those: {"events":[{…,"notes":[{…}]}]}. A reference is one row, which need not say its key, or
 * a list to look rows up in. What stands for the key of a row that has none may be left out. A source or column that
 * the rule does not read is refused, unless it is ignored there or a reference's.
 */
#ifndef ENGINE_DERIVE_GIVEN_H
#define ENGINE_DERIVE_GIVEN_H

#include "engine/derive/join.h"

/* One source row, joined as those of a store are; everything lies in the arena. ERR_DATA says what in it is
 * no source row. */
bool given_read(const struct migration_info *migration, struct span json, struct arena *arena,
		int *entity_index, struct joined *joined, struct err *err);

/* The same where the line is read by two rules: what only the other one reads is passed over. */
bool given_read_beside(const struct migration_info *migration, const struct migration_info *other,
		       struct span json, struct arena *arena, int *entity_index,
		       struct joined *joined, struct err *err);

#endif
