/*
 * walk.h: which rows of a table are looked at: all of them, or blocks spread evenly over its keys.
 *
 * For engine/profile, and for engine/survey, which reads by a rule's sources what the profile reads table by table.
 */
#ifndef ENGINE_PROFILE_WALK_H
#define ENGINE_PROFILE_WALK_H

#include "drivers/driver.h"

enum { BLOCK_ROWS = 1000, STEP_KEYS_MAX = 100000, BLOCKS_MAX = 1 << 20, READ_BYTES_MAX = 12 << 20 };

struct walk {
	struct conn *legacy;   /* borrowed */
	struct reader *reader; /* borrowed */
	struct arena *arena;   /* of the table: bounds lie there */
	bool (*rest)(void *context,
		     struct err *err); /* called between statements; NULL: nothing waits */
	void *context;
	size_t row_bytes_max;      /* of one row with what belongs to it; 0: whatever it takes */
	const struct span *starts; /* behind which a block begins; the first is open */
	int start_count, start;
	int64_t block_rows; /* 0: blocks touch each other, and all is read */
	int64_t left;       /* of the block at hand */
	struct span at;     /* behind which is read next: a start, or in behind */
	struct buf behind;
	int64_t row_count; /* in all; −1 where all is read, which will say */
	bool is_over;
	bool is_giant; /* the row that came last takes more than row_bytes_max, and was not read */
};

/* Find out where to look so that about rows_max rows (0, or beyond BLOCKS_MAX blocks: all) are read. This walks the key index once, and no row. */
bool walk_begin(struct walk *walk, int64_t rows_max, struct err *err);
void walk_end(struct walk *walk);

/* Read what comes next into the batch, which the walk empties, in one snapshot; no rows behind the last, nor of a giant. */
bool walk_next(struct walk *walk, const struct source_set *sources, struct arena *scratch,
	       struct batch *batch, struct err *err);

#endif
