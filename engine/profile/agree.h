/*
 * agree.h: pairs of columns that say the same in nearly all rows. For engine/profile only.
 *
 * Columns of few values are counted against each other. Where one nearly determines the other, the rows in which it does not are
 * what somebody has to decide about.
 */
#ifndef ENGINE_PROFILE_AGREE_H
#define ENGINE_PROFILE_AGREE_H

#include "engine/profile/column.h"

enum { AGREE_COLUMNS_MAX = 40, AGREE_VALUES_MAX = 8 };

struct agree_column {
	int column;                           /* of the table */
	struct span values[AGREE_VALUES_MAX]; /* no data: NULL */
	int value_count;
	bool is_out; /* it has more values */
};

struct agree_cell {
	int64_t count;
	struct span key; /* of the row with the lowest hash */
	uint64_t hash;
};

struct agree {
	struct arena *arena; /* borrowed */
	struct agree_column columns[AGREE_COLUMNS_MAX];
	int column_count;
	/* For every two columns a square of AGREE_VALUES_MAX by AGREE_VALUES_MAX. */
	struct agree_cell *pairs;
};

/* What was found: in `count` rows the column `other` is not what `one` nearly always goes with. */
struct disagreement {
	int one, other; /* columns of the table */
	int64_t count;
	struct span key;                    /* of one of these rows, */
	struct span one_value, other_value; /* and what stands there */
	struct span usual;                  /* what else stands beside one_value */
};

/* Columns of the table that have too many values drop out by themselves. */
void agree_init(struct agree *agree, const struct table_info *info, struct arena *arena);
void agree_note(struct agree *agree, const struct cell *cells, const struct row_at *row);

/* In the arena. */
const struct disagreement *agree_end(const struct agree *agree, const struct table_info *info,
				     struct arena *arena, int *count);

#endif
