/*
 * query_judge.h: two answers to a question that had differed, when both stores were asked again. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_QUERY_JUDGE_H
#define ENGINE_VALIDATE_QUERY_JUDGE_H

#include "engine/validate/deviations.h"

/* One question, asked again. */
struct again {
	struct validation *validation;
	const struct deviations *deviations; /* what was found of them in legacy */
	const struct asked_query *asked;
	const struct words *words;
	struct arena *arena; /* of the answers */
	struct answer legacy, target;
	struct match match;
	struct difference about; /* what its differences share */
	int64_t lagging, raced;  /* rows */
	int64_t told;            /* differences */
};

/* Rows of legacy's answer that the target need not have: one a row, in the arena. match is that of all rows. */
const bool *query_find_withheld(const struct again *again);

/* Whatever of match deviates becomes a difference, or lags, or is raced; its class in match follows. */
bool query_judge(struct again *again, struct err *err);

#endif
