/*
 * table.h: the profile of one table. For engine/profile only.
 */
#ifndef ENGINE_PROFILE_TABLE_H
#define ENGINE_PROFILE_TABLE_H

#include "engine/profile/profile.h"

/* keys: the relations of all tables. Everything lies in the arena. What the table refuses is its fault; ERR is for a store
 * that fails. */
bool table_take(const struct profile_options *options, const struct table_info *info,
		const struct foreign_key *keys, int key_count, struct arena *arena,
		struct table_profile *table, struct err *err);

#endif
