/*
 * test_judge.c: what becomes of a check: nothing that was not positively checked agrees, and a check that overlooked a damage is believed by
 * nobody.
 */
#include <criterion/criterion.h>

#include "engine/validate/checks.h"

static struct migration_info migration;
static struct entity_info entity = { .name = "job", .record = "job" };
static struct validate_options options;
static struct arena arena;

static struct validation validation_of(struct check_result *result)
{
	arena_init(&arena);
	return (struct validation){ .options = &options,
				    .migration = &migration,
				    .entity = &entity,
				    .arena = &arena,
				    .result = result };
}

static enum verdict judged(struct check_result result)
{
	struct validation validation = validation_of(&result);
	enum verdict verdict;

	judge_rate(&validation, &result);
	judge_result(&validation, &result);
	verdict = result.verdict;
	cr_assert(verdict != VERDICT_UNKNOWN || result.why);
	arena_release(&arena);
	return verdict;
}

Test(judge, all_of_it_checked_and_nothing_different_agrees)
{
	cr_assert_eq(judged((struct check_result){ .expected = 9, .checked = 9 }), VERDICT_AGREES);
}

Test(judge, nothing_checked_is_no_agreement)
{
	cr_assert_eq(judged((struct check_result){ .expected = 0, .checked = 0 }), VERDICT_UNKNOWN);
	cr_assert_eq(judged((struct check_result){ .expected = 9, .checked = 0, .skipped = 9 }),
		     VERDICT_UNKNOWN);
}

Test(judge, unless_it_is_declared_that_there_may_be_nothing)
{
	const char *const empty[] = { "other", "job" };

	migration.history.empty = empty;
	migration.history.empty_count = 1;
	cr_assert_eq(judged((struct check_result){ .expected = 0 }), VERDICT_UNKNOWN);
	migration.history.empty_count = 2;
	cr_assert_eq(judged((struct check_result){ .expected = 0 }), VERDICT_AGREES);
	cr_assert_eq(judged((struct check_result){ .expected = 9, .skipped = 9 }), VERDICT_UNKNOWN);
	migration.history.empty_count = 0;
}

Test(judge, one_row_of_a_million_left_out_is_no_agreement)
{
	cr_assert_eq(
	    judged((struct check_result){ .expected = 1000000, .checked = 999999, .skipped = 1 }),
	    VERDICT_UNKNOWN);
}

Test(judge, a_reason_is_no_agreement_and_a_difference_stands_before_it)
{
	cr_assert_eq(
	    judged((struct check_result){ .expected = 9, .checked = 9, .why = "an error" }),
	    VERDICT_UNKNOWN);
	cr_assert_eq(
	    judged((struct check_result){
		.expected = 9, .checked = 8, .skipped = 1, .why = "an error", .differences = 1 }),
	    VERDICT_DIFFERS);
}

Test(judge, rows_that_lag_are_in_nobodys_way_up_to_max_lag)
{
	const struct check_result lagging = { .expected = 9,
					      .checked = 8,
					      .skipped = 1,
					      .lagging = 1,
					      .is_lagging = true,
					      .lag_us = 60 };

	cr_assert_eq(judged(lagging), VERDICT_UNKNOWN);
	options.max_lag_us = 59;
	cr_assert_eq(judged(lagging), VERDICT_UNKNOWN);
	options.max_lag_us = 60;
	cr_assert_eq(judged(lagging), VERDICT_AGREES);
	options.max_lag_us = 0;
}

Test(judge, a_sample_that_is_too_small_for_what_is_asked_tells_nothing)
{
	struct check_result sample = {
		.expected = 300, .checked = 300, .is_sampled = true, .chosen_by_share = 300
	};

	options.rate = 0.01;
	cr_assert_eq(judged(sample), VERDICT_AGREES);
	sample.chosen_by_share = 299;
	cr_assert_eq(judged(sample), VERDICT_UNKNOWN);
	sample.is_sampled = false;
	cr_assert_eq(judged(sample), VERDICT_AGREES);
	options.rate = 0;
}

static const char *tried(enum check_kind check, enum damage_kind damage, int64_t done,
			 int64_t noticed)
{
	struct check_result result = { .kind = check, .expected = 9, .checked = 9 };
	struct validation validation = validation_of(&result);

	result.noticed[damage] = (struct noticed){ .done = done, .noticed = noticed };
	believe_trial(&validation, check);
	judge_result(&validation, &result);
	cr_assert_eq(result.verdict, result.why ? VERDICT_UNKNOWN : VERDICT_AGREES);
	return result.why;
}

Test(judge, a_check_that_overlooked_what_it_claims_to_notice_is_not_believed)
{
	for (int check = 0; check < CHECK_KINDS; check++)
		for (int damage = 0; damage < DAMAGE_KINDS; damage++) {
			bool is_claimed =
			    check_claims((enum check_kind)check, (enum damage_kind)damage);
			const char *why =
			    tried((enum check_kind)check, (enum damage_kind)damage, 1000, 999);

			cr_assert_eq(why != NULL, is_claimed, "%s: %s",
				     check_name((enum check_kind)check),
				     damage_name((enum damage_kind)damage));
			cr_assert(!why || strstr(why, damage_name((enum damage_kind)damage)));
			arena_release(&arena);
			cr_assert_null(
			    tried((enum check_kind)check, (enum damage_kind)damage, 1000, 1000));
			arena_release(&arena);
		}
}
