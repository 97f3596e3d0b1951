/*
 * match.c: two answers to one question, row by row.
 */
#include "engine/validate/match.h"

#include "engine/model/span_map.h"

/* Rows of the target by a text, those with one text one behind the other. */
struct chains {
	struct span_map heads;
	int64_t *next;
};

struct matching {
	const struct asked_query *asked;
	const struct answer *legacy, *target;
	struct match *match;
	struct arena *arena;
};

static bool is_within(const struct asked_column *column, struct span legacy, struct span target)
{
	struct decimal one, other, apart;

	if (!column->is_tolerant || !decimal_parse(legacy, &one) ||
	    !decimal_parse(target, &other) || !decimal_subtract(one, other, &apart))
		return false;
	if (apart.coefficient < 0)
		apart.coefficient = -apart.coefficient;
	return decimal_compare(apart, column->tolerance) <= 0;
}

enum row_class match_values(const struct asked_column *column, const struct answer_value *legacy,
			    const struct answer_value *target)
{
	if (legacy->kind != target->kind)
		return ROW_VALUE;
	if (legacy->kind == ANSWER_ABSENT || span_equal(legacy->text, target->text))
		return ROW_SAME;
	if (span_equal(legacy->sense, target->sense))
		return ROW_REPRESENTATION;
	return is_within(column, legacy->text, target->text) ? ROW_TOLERATED : ROW_VALUE;
}

static enum row_class match_rows(const struct asked_query *asked, const struct answer_row *legacy,
				 const struct answer_row *target, int64_t *tolerated)
{
	enum row_class worst = ROW_SAME;

	*tolerated = 0;
	for (int i = 0; i < asked->info->column_count; i++) {
		enum row_class class =
		    match_values(&asked->columns[i], &legacy->values[i], &target->values[i]);

		*tolerated += class == ROW_TOLERATED;
		if (class > worst)
			worst = class;
	}
	return worst;
}

/* ---- chains ---- */

static bool is_free(const struct matching *matching, int64_t row)
{
	return matching->match->target[row] == ROW_EXTRA;
}

static struct span text_of(const struct answer_row *row, bool is_whole)
{
	return is_whole ? row->whole : row->key;
}

/* Of the rows that have no partner yet. */
static void build(struct chains *chains, const struct matching *matching, bool is_whole)
{
	const struct answer *target = matching->target;

	span_map_init(&chains->heads, matching->arena, target->row_count);
	chains->next = arena_alloc(matching->arena, (target->row_count + 1) * sizeof(int64_t));
	for (size_t i = target->row_count; i-- > 0;) {
		struct span text = text_of(&target->rows[i], is_whole);

		if (!is_free(matching, (int64_t)i))
			continue;
		chains->next[i] = span_map_get(&chains->heads, text);
		span_map_put(&chains->heads, text, (int64_t)i);
	}
}

static void pair(struct matching *matching, size_t legacy, int64_t target)
{
	struct match *match = matching->match;
	int64_t tolerated;

	match->partners[legacy] = target;
	match->legacy[legacy] = match_rows(matching->asked, &matching->legacy->rows[legacy],
					   &matching->target->rows[target], &tolerated);
	match->target[target] = ROW_SAME;
	match->tolerated += tolerated;
}

/* The first free row of the chain, or SPAN_MAP_NONE; those in front of it leave the chain. */
static int64_t first_free(const struct matching *matching, struct chains *chains, struct span text)
{
	int64_t head = span_map_get(&chains->heads, text), at = head;

	while (at != SPAN_MAP_NONE && !is_free(matching, at))
		at = chains->next[at];
	if (at != head)
		span_map_put(&chains->heads, text, at);
	return at;
}

/* The first free row of the chain that is at most so far apart, or NO_PARTNER. */
static int64_t find(const struct matching *matching, struct chains *chains, size_t legacy,
		    struct span text, enum row_class worst)
{
	int64_t tolerated;

	for (int64_t at = first_free(matching, chains, text); at != SPAN_MAP_NONE;
	     at = chains->next[at])
		if (is_free(matching, at) &&
		    match_rows(matching->asked, &matching->legacy->rows[legacy],
			       &matching->target->rows[at], &tolerated) <= worst)
			return at;
	return NO_PARTNER;
}

/* ---- rounds: the equal ones first, so that none of them is another one's partner ---- */

static bool is_unmatched(const struct matching *matching, size_t legacy)
{
	return matching->match->legacy[legacy] == ROW_MISSING;
}

static void match_equal(struct matching *matching)
{
	struct chains chains;

	build(&chains, matching, true);
	for (size_t i = 0; i < matching->legacy->row_count; i++) {
		int64_t at;

		if (!is_unmatched(matching, i))
			continue;
		at = first_free(matching, &chains, matching->legacy->rows[i].whole);
		if (at != SPAN_MAP_NONE)
			pair(matching, i, at);
	}
}

static void match_by_key(struct matching *matching, enum row_class worst)
{
	struct chains chains;

	build(&chains, matching, false);
	for (size_t i = 0; i < matching->legacy->row_count; i++) {
		int64_t at;

		if (!is_unmatched(matching, i))
			continue;
		at = find(matching, &chains, i, matching->legacy->rows[i].key, worst);
		if (at != NO_PARTNER)
			pair(matching, i, at);
	}
}

/* Without a key nothing but the order tells rows apart that are not equal. */
static void match_by_place(struct matching *matching)
{
	size_t at = 0;

	for (size_t i = 0; i < matching->legacy->row_count; i++) {
		if (!is_unmatched(matching, i))
			continue;
		while (at < matching->target->row_count && !is_free(matching, (int64_t)at))
			at++;
		if (at == matching->target->row_count)
			return;
		pair(matching, i, (int64_t)at);
	}
}

static bool has_key(const struct asked_query *asked)
{
	for (int i = 0; i < asked->info->column_count; i++)
		if (asked->info->columns[i].is_key)
			return true;
	return false;
}

/* ---- the whole ---- */

static void begin(struct matching *matching, const bool *is_withheld)
{
	struct match *match = matching->match;
	size_t legacy = matching->legacy->row_count, target = matching->target->row_count;

	*match = (struct match){
		.legacy = arena_alloc(matching->arena, (legacy + 1) * sizeof(*match->legacy)),
		.partners = arena_alloc(matching->arena, (legacy + 1) * sizeof(*match->partners)),
		.target = arena_alloc(matching->arena, (target + 1) * sizeof(*match->target)),
	};
	for (size_t i = 0; i < legacy; i++) {
		match->legacy[i] = is_withheld && is_withheld[i] ? ROW_WITHHELD : ROW_MISSING;
		match->partners[i] = NO_PARTNER;
	}
	for (size_t i = 0; i < target; i++)
		match->target[i] = ROW_EXTRA;
}

static void find_displaced(struct matching *matching)
{
	struct match *match = matching->match;
	int64_t furthest = NO_PARTNER;

	for (size_t i = 0; i < matching->legacy->row_count; i++) {
		if (match->partners[i] == NO_PARTNER)
			continue;
		if (match->partners[i] > furthest) {
			furthest = match->partners[i];
			continue;
		}
		if (match->displaced++ == 0)
			match->first_displaced = i;
		if (match->legacy[i] == ROW_SAME)
			match->legacy[i] = ROW_ORDER;
	}
}

static void count_deviating(struct matching *matching)
{
	struct match *match = matching->match;

	for (size_t i = 0; i < matching->legacy->row_count; i++)
		match->deviating += match->legacy[i] >= ROW_MISSING;
	for (size_t i = 0; i < matching->target->row_count; i++)
		match->deviating += match->target[i] >= ROW_MISSING;
}

void match_answers(const struct asked_query *asked, const struct answer *legacy,
		   const bool *is_withheld, const struct answer *target, struct arena *arena,
		   struct match *match)
{
	struct matching matching = {
		.asked = asked, .legacy = legacy, .target = target, .match = match, .arena = arena
	};

	begin(&matching, is_withheld);
	match_equal(&matching);
	if (has_key(asked)) {
		match_by_key(&matching, ROW_TOLERATED);
		match_by_key(&matching, ROW_VALUE);
	} else {
		match_by_place(&matching);
	}
	find_displaced(&matching);
	count_deviating(&matching);
}

bool match_breaks_order(const struct asked_query *asked, const struct match *match)
{
	return asked->info->is_ordered && match->displaced > 0;
}
