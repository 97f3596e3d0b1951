/*
 * column.h: counts what stands in one column. For engine/profile only.
 */
#ifndef ENGINE_PROFILE_COLUMN_H
#define ENGINE_PROFILE_COLUMN_H

#include "engine/profile/vocabulary.h"

/* The row that a cell belongs to. */
struct row_at {
	struct span key;
	uint64_t hash; /* of key: which of several rows stands as the example */
	int32_t day;   /* DAY_UNKNOWN */
};

enum { TIME_KEPT_SIZE = 48 };

struct column {
	struct vocabulary vocabulary;
	struct column_profile profile;
	struct decimal *least_number, *greatest_number; /* NULL until there is a number */
	char least_time[TIME_KEPT_SIZE], greatest_time[TIME_KEPT_SIZE]; /* "" until there is one */
};

void column_init(struct column *column, const struct column_info *info, struct arena *arena);
void column_note(struct column *column, const struct cell *cell, const struct row_at *row);

/* How often, where the last example is kept: the row whose key has the lowest hash, so that no order counts. */
void oddity_note(struct oddity *oddity, const struct row_at *row, struct span value,
		 struct arena *arena);

/* What was counted, in the arena of the result, which outlives the column's. */
void column_end(const struct column *column, struct arena *arena, struct column_profile *profile);

#endif
