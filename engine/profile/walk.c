/*
 * walk.c: which rows of a table are looked at: all of them, or blocks spread evenly over its keys.
 *
 * How many rows there are is not known before: bounds are noted every BLOCK_ROWS keys, and whenever there are twice as many as
 * blocks are wanted, every second is forgotten and the stride doubled.
 */
#include "engine/profile/walk.h"

/* The key that so many keys follow, or no data where they are not so many. */
static bool step(struct walk *walk, struct span from, int64_t count, struct arena *arena,
		 struct span *bound, struct err *err)
{
	struct key_range range = { .lower = from };

	return reader_find_bound(walk->legacy, walk->reader, &range, (uint32_t)count, arena, bound,
				 err);
}

/* The same for any number of keys: no statement takes long, and whoever throttles us is heard in between. */
static bool step_far(struct walk *walk, struct span from, int64_t count, struct span *bound,
		     struct err *err)
{
	*bound = from;
	for (int64_t left = count; left > 0;) {
		int64_t keys = left < STEP_KEYS_MAX ? left : STEP_KEYS_MAX;
		struct span next = SPAN_NONE;

		if (!step(walk, *bound, keys, walk->arena, &next, err) ||
		    (walk->rest && !walk->rest(walk->context, err)))
			return false;
		*bound = next;
		if (next.data == NULL)
			return true;
		left -= keys;
	}
	return true;
}

/* Keys behind a bound, of which there are at least one and at most so many: halving what is not known. */
static bool count_rest(struct walk *walk, struct span from, int64_t most, int64_t *count,
		       struct err *err)
{
	int64_t least = 1;

	while (least < most) {
		int64_t middle = least + (most - least) / 2;
		struct span bound = SPAN_NONE;

		if (!step_far(walk, from, middle, &bound, err))
			return false;
		if (bound.data)
			least = middle + 1;
		else
			most = middle;
	}
	*count = most;
	return true;
}

static int forget_every_second(struct span *starts, int count)
{
	int kept = 0;

	for (int i = 0; i < count; i += 2)
		starts[kept++] = starts[i];
	return kept;
}

static bool spread(struct walk *walk, int blocks, struct err *err)
{
	struct span *starts = arena_alloc(walk->arena, sizeof(*starts) * (size_t)(2 * blocks + 1));
	int64_t stride = BLOCK_ROWS, rest;
	int count = 1;

	starts[0] = SPAN_NONE;
	for (;;) {
		struct span bound = SPAN_NONE;

		if (!step_far(walk, starts[count - 1], stride, &bound, err))
			return false;
		if (bound.data == NULL)
			break;
		starts[count++] = bound;
		/* An odd number, so that the last one stays. */
		if (count == 2 * blocks + 1) {
			count = forget_every_second(starts, count);
			stride *= 2;
		}
	}
	if (stride == BLOCK_ROWS)
		return true; /* blocks would touch each other: all is read */
	if (!count_rest(walk, starts[count - 1], stride, &rest, err))
		return false;
	walk->starts = starts;
	walk->start_count = count;
	walk->row_count = (count - 1) * stride + rest;
	walk->block_rows = BLOCK_ROWS;
	return true;
}

bool walk_begin(struct walk *walk, int64_t rows_max, struct err *err)
{
	static const struct span beginning = { NULL, 0 };

	buf_init(&walk->behind);
	walk->row_count = -1;
	walk->block_rows = 0;
	walk->starts = &beginning;
	walk->start_count = 1;
	walk->start = 0;
	walk->is_over = false;
	walk->is_giant = false;
	walk->at = SPAN_NONE;
	if (rows_max > 0 && rows_max <= (int64_t)BLOCKS_MAX * BLOCK_ROWS &&
	    !spread(walk, (int)((rows_max + BLOCK_ROWS - 1) / BLOCK_ROWS), err))
		return false;
	walk->left = walk->block_rows ? walk->block_rows : INT64_MAX;
	return true;
}

void walk_end(struct walk *walk)
{
	buf_release(&walk->behind);
}

/* Fewer rows at a time where they are large; one that is too large alone is read whatever it takes, unless there is a limit. */
static bool read_some(struct walk *walk, const struct source_set *sources, struct arena *scratch,
		      struct batch *batch, struct key_range *range, struct err *err)
{
	for (int64_t rows = walk->left < BLOCK_ROWS ? walk->left : BLOCK_ROWS;; rows /= 2) {
		arena_reset(scratch);
		*range = (struct key_range){ .lower = walk->at };
		if (!step(walk, walk->at, rows, scratch, &range->upper, err))
			return false;
		batch_init(batch, scratch, sources);
		if (reader_read_range(walk->legacy, walk->reader, range,
				      rows > 1 ? READ_BYTES_MAX : walk->row_bytes_max, batch, NULL,
				      err))
			return true;
		if (err->code != ERR_TOO_LARGE || (rows == 1 && walk->row_bytes_max == 0))
			return false;
		err_reset(err);
		walk->is_giant = rows == 1;
		if (walk->is_giant) {
			batch_init(batch, scratch, sources);
			return true;
		}
	}
}

static void go_behind(struct walk *walk, struct span key)
{
	buf_reset(&walk->behind);
	buf_put_span(&walk->behind, key);
	walk->at = buf_span(&walk->behind);
}

static void next_block(struct walk *walk)
{
	walk->start++;
	walk->is_over = walk->start >= walk->start_count;
	if (walk->is_over)
		return;
	walk->at = walk->starts[walk->start];
	walk->left = walk->block_rows;
}

bool walk_next(struct walk *walk, const struct source_set *sources, struct arena *scratch,
	       struct batch *batch, struct err *err)
{
	struct key_range range;

	batch_init(batch, scratch, sources);
	walk->is_giant = false;
	while (!walk->is_over) {
		size_t rows;

		if (!read_some(walk, sources, scratch, batch, &range, err))
			return false;
		rows = batch->rowsets[0].row_count + walk->is_giant;
		if (walk->block_rows)
			walk->left -= (int64_t)rows;
		if (range.upper.data == NULL)
			walk->is_over = true;
		else if (walk->left > 0)
			go_behind(walk, range.upper);
		else
			next_block(walk);
		if (rows > 0)
			return true;
	}
	return true;
}
