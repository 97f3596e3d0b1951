/*
 * patrol_look.c: what one look at one chunk found, and what looks add up to.
 */
#include <stddef.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/validate/beat.h"

static const size_t counted[LOOK_COUNTS] = {
	offsetof(struct check_result, expected),
	offsetof(struct check_result, checked),
	offsetof(struct check_result, skipped),
	offsetof(struct check_result, lagging),
	offsetof(struct check_result, differences),
	offsetof(struct check_result, merged),
	offsetof(struct check_result, skipped_by_rule),
	offsetof(struct check_result, rejected),
	offsetof(struct check_result, children),
	offsetof(struct check_result, orphans),
	offsetof(struct check_result, distributed),
	offsetof(struct check_result, chosen_by_share),
};

static int64_t *count_in(struct check_result *result, int count)
{
	return (int64_t *)((char *)result + counted[count]);
}

bool beat_has_check(const struct validation *validation, const struct beat *beat, int kind)
{
	return (validation->options->checks >> kind & 1) &&
	       !validate_is_undeclared(beat->entity, (enum check_kind)kind);
}

void look_take(struct look *look, const struct check_result *result, int64_t now_us)
{
	struct check_result copy = *result;

	for (int i = 0; i < LOOK_COUNTS; i++)
		look->counts[i] = *count_in(&copy, i);
	look->lag_us = result->lag_us;
	look->is_lagging = result->is_lagging;
	look->verdict = result->verdict;
	if (result->verdict == VERDICT_AGREES && !result->is_lagging)
		look->proven_us = now_us;
	free(look->why);
	look->why = NULL;
	/* Why it lags is said of the sum, once more. */
	if (result->why) {
		size_t size = strlen(result->why) + 1;

		look->why = memory_resize(NULL, size);
		memcpy(look->why, result->why, size);
	}
}

void looks_add(const struct beat *beat, int64_t round_no, struct check_result *result)
{
	for (size_t c = 0; c < beat->chunk_count; c++) {
		const struct look *look = &beat->chunks[c].looks[result->kind];

		if (beat->chunks[c].round_no != round_no)
			continue;
		for (int i = 0; i < LOOK_COUNTS; i++)
			*count_in(result, i) += look->counts[i];
		if (look->is_lagging && look->lag_us > result->lag_us)
			result->lag_us = look->lag_us;
		result->is_lagging = result->is_lagging || look->is_lagging;
		if (look->why)
			cannot_tell(result, look->why);
	}
}
