/*
 * share.c: which rows and records a sample takes, and what it shows when none of them is wrong.
 *
 * They are the same for everybody with the same seed: those of which the id, or of a row in quarantine the key, hashes below the share;
 * and of every stratum those with the lowest hashes (strata.c).
 */
#include <math.h>

#include "engine/target/stratum.h"
#include "engine/validate/checks.h"

enum { SHARE_PERCENT = 1 };

double policy_share(const struct history_policy *policy)
{
	return (policy->sample_percent > 0 ? policy->sample_percent : SHARE_PERCENT) / 100;
}

int64_t policy_per_stratum(const struct history_policy *policy)
{
	return policy->sample_per_stratum > 0 ? policy->sample_per_stratum : STRATUM_WANTED;
}

double sample_size(double rows, double share, int64_t per_stratum)
{
	double least = rows < (double)per_stratum ? rows : (double)per_stratum;

	return rows * share > least ? rows * share : least;
}

/* Of few rows a small share is none: then so many are taken as of a stratum. */
static double share_of(const struct validation *validation)
{
	const struct validate_options *options = validation->options;
	double rows = 0;

	for (size_t i = 0; i < validation->tile_count; i++)
		rows += (double)(validation->tiles[i].record_count + validation->tiles[i].rejected);
	return rows > 0 ? sample_size(rows, options->share, options->per_stratum) / rows : 1;
}

bool take_sample(struct validation *validation, struct err *err)
{
	validation->result->is_sampled = true;
	validation->share = share_of(validation);
	return choose_strata(validation, err);
}

bool is_of_share(const struct validation *validation, struct span hashed)
{
	return validation->share >= 1 || (double)sample_hash(hashed, validation->options->seed) <
					     ldexp(validation->share, 64);
}

bool validate_confidence(const struct check_result *result, double *wrong_at_most)
{
	if (!result->is_sampled || result->differences > 0 || result->chosen_by_share < 3)
		return false;
	*wrong_at_most = 3.0 / (double)result->chosen_by_share;
	return true;
}

void judge_rate(const struct validation *validation, struct check_result *result)
{
	double rate = validation->options->rate, shown;

	if (rate > 0 && result->is_sampled && result->expected > 0 && result->differences == 0 &&
	    (!validate_confidence(result, &shown) || shown > rate))
		cannot_tell(result,
			    arena_print(validation->arena,
					"a sample of %lld cannot show that at most %g of all are "
					"wrong: that takes %.0f",
					(long long)result->chosen_by_share, rate, 3 / rate)
				.data);
}
