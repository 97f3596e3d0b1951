/*
 * balance.c: legacy's rows, derived again, against what the target holds of each: did every key end as the rule says, and is there
 * nothing else?
 */
#include "engine/validate/distribution.h"

/* ---- what only the target has ---- */

static bool judge_extra_records(struct sides *sides, struct err *err)
{
	bool is_kept = strcmp(sides->validation->entity->on_delete, "keep") == 0;

	for (size_t i = 0; i < sides->holding.record_count; i++) {
		const struct stored *record = &sides->holding.records[i];
		struct difference difference = sides_about(sides, DIFFERENCE_EXTRA, record->key);
		int64_t at = span_map_get(&sides->by_key, record->key);

		/* The rule says so: what legacy has no more stays. */
		if (!stored_is_live(record) ||
		    (at == (int64_t)i && (sides->is_found[i] || is_kept)))
			continue;
		difference.id = record->id;
		difference.text = at == (int64_t)i ? "legacy has no row with this key"
						   : "another live record is of the same key";
		if (!tell(sides->validation, difference, err))
			return false;
	}
	return true;
}

static bool judge_quarantine(struct sides *sides, struct err *err)
{
	int64_t orphans = 0;

	for (size_t i = 0; i < sides->holding.kept_back_count; i++) {
		const struct kept_back *row = &sides->holding.kept_back[i];
		struct difference difference = sides_about(sides, DIFFERENCE_EXTRA, row->key);

		if (!span_equal_text(row->source, "root")) {
			orphans++;
			continue;
		}
		difference.text = "is in quarantine, and legacy has no row with this key";
		if (span_map_get(&sides->legacy, row->key) == SPAN_MAP_NONE &&
		    !tell(sides->validation, difference, err))
			return false;
	}
	if (!sides->is_giant && orphans != (int64_t)sides->reading.joined.orphan_count) {
		struct difference difference = sides_about(sides, DIFFERENCE_COUNT, SPAN_NONE);

		difference.text =
		    arena_print(&sides->validation->scratch,
				"%zu children without a root in legacy, %lld in quarantine",
				sides->reading.joined.orphan_count, (long long)orphans)
			.data;
		return tell(sides->validation, difference, err);
	}
	return true;
}

/* ---- what the chunk says of itself ---- */

static bool judge_counts(struct sides *sides, struct err *err)
{
	const struct tile *tile = &sides->holding.tile;
	const struct joined *joined = &sides->reading.joined;
	const struct {
		const char *name;
		int64_t said, seen;
	} counts[] = {
		{ "read", tile->read, (int64_t)joined->row_count },
		{ "merged", tile->merged, sides->merged },
		{ "skipped", tile->skipped, sides->skipped },
		{ "rejected", tile->rejected, sides->rejects },
		{ "fenced", tile->fenced, 0 }, /* nobody has been handed over yet */
		{ "children", tile->children,
		  (int64_t)(joined->child_count + joined->orphan_count) },
		{ "orphans", tile->orphans, (int64_t)joined->orphan_count },
	};

	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		struct difference difference = sides_about(sides, DIFFERENCE_COUNT, SPAN_NONE);

		if (counts[i].said == counts[i].seen || sides->is_giant)
			continue;
		difference.field = counts[i].name;
		difference.text = arena_print(&sides->validation->scratch,
					      "engine_chunk says %lld, legacy by the rule %lld",
					      (long long)counts[i].said, (long long)counts[i].seen)
				      .data;
		if (!tell(sides->validation, difference, err))
			return false;
	}
	return true;
}

/* ---- a chunk that is as it was passed ---- */

bool balance_judge(struct sides *sides, struct err *err)
{
	for (size_t i = 0; i < sides->reading.joined.row_count; i++)
		if (!sides_judge_row(sides, i, err))
			return false;
	return judge_extra_records(sides, err) && judge_quarantine(sides, err) &&
	       judge_counts(sides, err);
}

static void count_endings(const struct sides *sides)
{
	struct check_result *result = sides->validation->result;

	result->merged += sides->merged;
	result->skipped_by_rule += sides->skipped;
	result->rejected += sides->rejects;
	result->children += (int64_t)sides->reading.joined.child_count;
	result->orphans += (int64_t)sides->reading.joined.orphan_count;
}

/* ---- a chunk that lags ---- */

static bool judge_if_passed(struct sides *sides, size_t row, int64_t *younger, struct err *err)
{
	struct validation *validation = sides->validation;
	int64_t deviations = 0;
	bool ok;

	if (!sides_is_younger(sides, sides->reading.joined.rows[row].key))
		return sides_judge_row(sides, row, err);
	validation->unsaid = &deviations;
	ok = sides_judge_row(sides, row, err);
	validation->unsaid = NULL;
	*younger += deviations > 0;
	return ok;
}

/* What the target has of rows that are gone since: nobody says when they went. */
static int64_t count_gone(const struct sides *sides)
{
	int64_t count = 0;

	if (strcmp(sides->validation->entity->on_delete, "keep") == 0)
		return 0;
	for (size_t i = 0; i < sides->holding.record_count; i++)
		count += stored_is_live(&sides->holding.records[i]) && !sides->is_found[i];
	return count;
}

/* Row by row: those that were passed as they are, and those whose change makes no difference, are balanced; what the chunk says of itself is
 * of another time. */
static bool judge_lagging(struct sides *sides, struct err *err)
{
	struct check_result *result = sides->validation->result;
	int64_t rows = (int64_t)sides->reading.joined.row_count, younger = 0, gone;

	for (int64_t i = 0; i < rows; i++)
		if (!judge_if_passed(sides, (size_t)i, &younger, err))
			return false;
	gone = count_gone(sides);
	result->expected += gone;
	result->checked += rows - younger;
	result->skipped += younger + gone;
	return sides_note_lag(sides, younger + gone, err);
}

/* ---- one chunk ---- */

/* Both sides, and the strata of the target's: so that no pass came between, as far as that can be had. */
static bool read_both(struct sides *sides, const struct tile *tile, struct tally *tally,
		      const char **why, bool *is_counted, struct err *err)
{
	enum { READS_MAX = 3 };
	bool is_passed = true;

	*is_counted = false;
	for (int i = 0; i < READS_MAX && is_passed; i++) {
		if (!sides_read(sides, tile, why, err))
			return false;
		/* What lags counts on neither side. */
		if (*why || sides->is_lagging)
			return true;
		if (!distribution_count(sides, tally, is_counted, &is_passed, err))
			return false;
	}
	if (is_passed)
		cannot_tell(sides->validation->result,
			    "by state, year and decision: some of its "
			    "chunks were passed while they were counted");
	return true;
}

bool check_balance_of_chunk(struct validation *validation, const struct tile *tile, struct err *err)
{
	struct sides sides = { .validation = validation };
	struct check_result *result = validation->result;
	struct tally tally;
	bool is_counted;
	const char *why;
	int64_t rows;

	if (!read_both(&sides, tile, &tally, &why, &is_counted, err))
		return false;
	rows = (int64_t)sides.reading.joined.row_count;
	result->expected += rows;
	if (why) {
		cannot_tell(result, why);
		result->skipped += rows;
		return true;
	}
	if (sides.is_lagging ? !judge_lagging(&sides, err) : !balance_judge(&sides, err))
		return false;
	if (!sides.is_lagging)
		result->checked += rows;
	count_endings(&sides);
	if (is_counted)
		distribution_add(&sides, &tally);
	return true;
}

bool balance_end(struct validation *validation, struct err *err)
{
	return check_strays(validation, err) && distribution_end(validation, err);
}
