/*
 * query_trial.h: would a difference between two answers be noticed? For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_QUERY_TRIAL_H
#define ENGINE_VALIDATE_QUERY_TRIAL_H

#include "engine/validate/match.h"

/* Two answers that agree: copies of the target's are damaged in every way and column, and counted in validation->result: what was done, and
 * what was noticed. What a declared tolerance covers is no damage. */
void query_try(struct validation *validation, struct asked_query *asked,
	       const struct answer *legacy, const bool *is_withheld, const struct answer *target);

#endif
