/*
 * legacy.c: reads the rows of legacy that are compared, each as both versions read it.
 *
 * Where both read the same columns, one reading serves both. Else the earlier version's columns are read once more behind the
 * later's: of a row that is then what it was before, nothing changed in between, and both saw the same. Other rows are
 * read again.
 */
#include <stdlib.h>

#include "engine/compare/compare.h"
#include "engine/compare/sample.h"
#include "engine/compare/sources.h"

enum {
	WALKED_KEYS = 20000,
	SAMPLED_ROWS = 200,
	RANGE_ROWS = 3000,
	READ_BYTES = 12 << 20,
	TRIES = 3
};

struct reader_of_both {
	struct comparison *comparison;
	struct entity_comparison *entity;
	const struct compare_legacy *legacy;
	bool is_one_reading; /* serves both */
	struct arena arena;  /* dies with what was read at once */
	struct buf behind;   /* the key that was read last */
};

/* What is read at once: a range, or keys. */
struct wanted {
	struct key_range range;
	const struct span *keys;
	size_t key_count; /* 0: the range */
	size_t bytes_max;
};

/* ---- one reading ---- */

static bool read_wanted(struct reader_of_both *both, bool is_after, const struct wanted *wanted,
			struct joined *joined, struct err *err)
{
	struct deriver *deriver = is_after ? both->legacy->after : both->legacy->before;
	int index = is_after ? both->entity->after : both->entity->before;
	struct reading reading;

	if (!(wanted->key_count
		  ? derive_read_keys(deriver, index, wanted->keys, wanted->key_count, &both->arena,
				     &reading, err)
		  : derive_read_range(deriver, index, &wanted->range, wanted->bytes_max,
				      &both->arena, &reading, err)))
		return false;
	*joined = reading.joined;
	return true;
}

static bool derive_all(struct reader_of_both *both, bool is_after, const struct joined *joined,
		       struct outcome **outcomes, struct err *err)
{
	return derive_outcomes(is_after ? both->legacy->after : both->legacy->before,
			       is_after ? both->entity->after : both->entity->before, joined,
			       &both->arena, outcomes, err);
}

/* Rows by their keys. */
struct keyed {
	struct span key;
	size_t row;
};

static int by_key(const void *left, const void *right)
{
	const struct keyed *one = left, *other = right;
	int order = span_compare(one->key, other->key);

	return order ? order : (one->row < other->row ? -1 : one->row > other->row);
}

static struct keyed *sort_rows(struct reader_of_both *both, const struct joined *joined)
{
	struct keyed *sorted = arena_alloc(&both->arena, (joined->row_count + 1) * sizeof(*sorted));

	for (size_t i = 0; i < joined->row_count; i++)
		sorted[i] = (struct keyed){ joined->rows[i].key, i };
	if (joined->row_count > 1)
		qsort(sorted, joined->row_count, sizeof(*sorted), by_key);
	return sorted;
}

static bool compare_one_reading(struct reader_of_both *both, const struct joined *joined,
				struct err *err)
{
	struct outcome *before, *after;
	const struct keyed *sorted = sort_rows(both, joined);

	if (!derive_all(both, false, joined, &before, err) ||
	    !derive_all(both, true, joined, &after, err))
		return false;
	for (size_t i = 0; i < joined->row_count; i++)
		if (!comparison_add(both->comparison, both->entity, sorted[i].key,
				    &before[sorted[i].row], &after[sorted[i].row], &both->arena,
				    err))
			return false;
	return true;
}

/* ---- three readings ---- */

enum { FIRST, LATER, AGAIN, READINGS };

struct readings {
	struct joined joined[READINGS];
	struct keyed *sorted[READINGS];
	size_t at[READINGS];
	struct outcome *outcomes[2];
	struct span *moving; /* keys of rows that are to be read again */
	size_t moving_count;
	size_t row_count; /* by all three */
};

static const struct keyed *next_of(const struct readings *readings, int reading)
{
	return readings->at[reading] < readings->joined[reading].row_count
		   ? &readings->sorted[reading][readings->at[reading]]
		   : NULL;
}

/* Which readings have the lowest key that is ahead; NULL behind the last. */
static const struct keyed *lowest(const struct readings *readings, bool has[READINGS])
{
	const struct keyed *low = NULL;

	for (int i = 0; i < READINGS; i++) {
		const struct keyed *next = next_of(readings, i);

		if (next && (!low || span_compare(next->key, low->key) < 0))
			low = next;
	}
	for (int i = 0; i < READINGS; i++) {
		const struct keyed *next = next_of(readings, i);

		has[i] = low && next && span_equal(next->key, low->key);
	}
	return low;
}

static bool is_settled(const struct readings *readings, const bool has[READINGS])
{
	const struct source_row *first, *again;

	if (!has[FIRST] || !has[LATER] || !has[AGAIN])
		return false;
	first = &readings->joined[FIRST].rows[next_of(readings, FIRST)->row];
	again = &readings->joined[AGAIN].rows[next_of(readings, AGAIN)->row];
	return digest_equal(first->digest, again->digest);
}

static bool match_readings(struct reader_of_both *both, struct readings *readings, struct err *err)
{
	const struct keyed *low;
	bool has[READINGS];

	readings->moving =
	    arena_alloc(&both->arena, (readings->row_count + 1) * sizeof(*readings->moving));
	while ((low = lowest(readings, has)) != NULL) {
		if (!is_settled(readings, has))
			readings->moving[readings->moving_count++] = low->key;
		else if (!comparison_add(both->comparison, both->entity, low->key,
					 &readings->outcomes[0][next_of(readings, FIRST)->row],
					 &readings->outcomes[1][next_of(readings, LATER)->row],
					 &both->arena, err))
			return false;
		for (int i = 0; i < READINGS; i++)
			readings->at[i] += has[i];
	}
	return true;
}

static bool read_thrice(struct reader_of_both *both, const struct wanted *wanted,
			struct readings *readings, struct err *err)
{
	*readings = (struct readings){ .moving = NULL };
	for (int i = 0; i < READINGS; i++) {
		if (!read_wanted(both, i == LATER, wanted, &readings->joined[i], err))
			return false;
		readings->sorted[i] = sort_rows(both, &readings->joined[i]);
		readings->row_count += readings->joined[i].row_count;
	}
	return derive_all(both, false, &readings->joined[FIRST], &readings->outcomes[0], err) &&
	       derive_all(both, true, &readings->joined[LATER], &readings->outcomes[1], err) &&
	       match_readings(both, readings, err);
}

/* Rows that changed in between, until they stand still or are gone. */
static bool settle(struct reader_of_both *both, struct readings *readings, size_t *row_count,
		   struct err *err)
{
	for (int tries = 1; readings->moving_count > 0 && tries < TRIES; tries++) {
		struct wanted again = { .keys = readings->moving,
					.key_count = readings->moving_count };

		if (!read_thrice(both, &again, readings, err))
			return false;
		*row_count += readings->row_count;
	}
	both->entity->unsettled += (int64_t)readings->moving_count;
	return true;
}

/* row_count: how many legacy was asked for, those that were read again each time. */
static bool compare_wanted(struct reader_of_both *both, const struct wanted *wanted,
			   size_t *row_count, struct err *err)
{
	struct readings readings;

	if (both->is_one_reading) {
		struct joined joined;

		if (!read_wanted(both, false, wanted, &joined, err))
			return false;
		*row_count = joined.row_count;
		return compare_one_reading(both, &joined, err);
	}
	if (!read_thrice(both, wanted, &readings, err))
		return false;
	*row_count = readings.row_count;
	return settle(both, &readings, row_count, err);
}

static bool tell(struct reader_of_both *both, int64_t rows, struct err *err)
{
	size_t bytes = both->arena.used_bytes;

	return !both->legacy->on_read ||
	       both->legacy->on_read(both->legacy->context, both->entity->name, rows, bytes, err);
}

/* ---- a sample ---- */

static bool walk_keys(struct reader_of_both *both, struct sample *sample, struct err *err)
{
	struct deriver *deriver = both->legacy->before;
	struct key_range range = { .lower = SPAN_NONE };

	do {
		struct span *keys;
		size_t count;

		arena_reset(&both->arena);
		range.upper = SPAN_NONE;
		if (!derive_find_bound(deriver, both->entity->before, &range, WALKED_KEYS,
				       &both->arena, &range.upper, err) ||
		    !derive_read_key_list(deriver, both->entity->before, &range, &both->arena,
					  &keys, &count, err))
			return false;
		for (size_t i = 0; i < count; i++)
			sample_offer(sample, keys[i]);
		buf_reset(&both->behind);
		buf_put_span(&both->behind, range.upper);
		range.lower = buf_span(&both->behind);
		if (!tell(both, 0, err))
			return false;
	} while (range.upper.data);
	sample_end(sample);
	return true;
}

static bool compare_keys(struct reader_of_both *both, const struct sample *sample, struct err *err)
{
	struct span keys[SAMPLED_ROWS];

	for (int64_t first = 0; first < sample->count; first += SAMPLED_ROWS) {
		struct wanted wanted = { .keys = keys };
		int64_t known = both->entity->compared + both->entity->unsettled;
		size_t rows;

		while (wanted.key_count < SAMPLED_ROWS &&
		       first + (int64_t)wanted.key_count < sample->count) {
			keys[wanted.key_count] =
			    sample->keys[first + (int64_t)wanted.key_count].key;
			wanted.key_count++;
		}
		arena_reset(&both->arena);
		if (!compare_wanted(both, &wanted, &rows, err))
			return false;
		known = both->entity->compared + both->entity->unsettled - known;
		both->entity->gone +=
		    (int64_t)wanted.key_count > known ? (int64_t)wanted.key_count - known : 0;
		if (!tell(both, (int64_t)rows, err))
			return false;
	}
	return true;
}

static bool compare_sample(struct reader_of_both *both, struct err *err)
{
	struct sample sample;
	bool ok;

	sample_begin(&sample, both->legacy->sample_rows, both->comparison->seed);
	ok = walk_keys(both, &sample, err) && compare_keys(both, &sample, err);
	both->entity->total = sample.offered;
	both->entity->is_whole = sample.offered == sample.count;
	sample_release(&sample);
	return ok;
}

/* ---- all rows ---- */

/* Fewer at a time where they are large; one that is too large alone is read whatever it takes. */
static bool compare_range(struct reader_of_both *both, struct span lower, struct span *upper,
			  size_t *row_count, struct err *err)
{
	for (uint32_t rows = RANGE_ROWS;; rows /= 2) {
		struct wanted wanted = { .range = { .lower = lower },
					 .bytes_max = rows > 1 ? READ_BYTES : 0 };

		arena_reset(&both->arena);
		if (!derive_find_bound(both->legacy->before, both->entity->before, &wanted.range,
				       rows, &both->arena, &wanted.range.upper, err))
			return false;
		*upper = wanted.range.upper;
		if (compare_wanted(both, &wanted, row_count, err))
			return true;
		if (err->code != ERR_TOO_LARGE || rows == 1)
			return false;
		err_reset(err);
	}
}

static bool compare_all(struct reader_of_both *both, struct err *err)
{
	struct span lower = SPAN_NONE, upper;

	both->entity->is_whole = true;
	do {
		size_t rows;

		if (!compare_range(both, lower, &upper, &rows, err))
			return false;
		buf_reset(&both->behind);
		buf_put_span(&both->behind, upper);
		lower = buf_span(&both->behind);
		if (!tell(both, (int64_t)rows, err))
			return false;
	} while (upper.data);
	both->entity->total = both->entity->compared + both->entity->unsettled;
	return true;
}

static bool compare_entity(struct comparison *comparison, struct entity_comparison *entity,
			   const struct compare_legacy *legacy, struct err *err)
{
	struct reader_of_both both = { .comparison = comparison,
				       .entity = entity,
				       .legacy = legacy };
	bool ok;

	if (entity->why_not)
		return true;
	both.is_one_reading =
	    sources_are_same(&comparison->migrations[0]->entities[entity->before].sources,
			     &comparison->migrations[1]->entities[entity->after].sources);
	arena_init(&both.arena);
	buf_init(&both.behind);
	ok = legacy->sample_rows ? compare_sample(&both, err) : compare_all(&both, err);
	buf_release(&both.behind);
	arena_release(&both.arena);
	return ok || err_while(err, "comparing %s", entity->name);
}

bool comparison_read(struct comparison *comparison, const struct compare_legacy *legacy,
		     struct err *err)
{
	for (int i = 0; i < comparison->entity_count; i++) {
		struct entity_comparison *entity = &comparison->entities[i];

		if (legacy->entity && strcmp(legacy->entity, entity->name) != 0)
			entity->why_not = "it was not asked for";
		if (!compare_entity(comparison, entity, legacy, err))
			return false;
	}
	comparison_end(comparison);
	return true;
}
