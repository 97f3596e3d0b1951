/*
 * era.h: when a row came to be, and in which years which values of a column were in use. For engine/profile only.
 */
#ifndef ENGINE_PROFILE_ERA_H
#define ENGINE_PROFILE_ERA_H

#include "engine/profile/vocabulary.h"

/* The column that tells when a row came to be, by what stands in these rows and by its name; −1 where none does. */
int era_choose(const struct table_info *info, const struct rowset *rows);

/* The day that a cell of it says, since 1970; DAY_UNKNOWN outside the years that are followed. */
int32_t era_day(const struct cell *cell);

/* The eras of a column, in order; none where its values were the same in all years, or too few rows say so. In the arena. */
const struct era *era_list(const struct value_count *values, int value_count, struct arena *arena,
			   int *era_count);

#endif
