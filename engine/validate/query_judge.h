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
	bool has_other_order;
	bool is_still;    /* nothing was passed since, and it deviates for the third time */
	int64_t lagging;  /* rows of which legacy has changed since they were passed */
	int64_t raced;    /* rows that something that goes on may be the reason of */
	int64_t doubtful; /* rows that may be withheld, or missing */
	int64_t told;     /* differences */
};

/* Rows of legacy's answer that the target need not have: one a row, in the arena. match is that of all rows. Counts the doubtful ones:
 * rows that are withheld hold the same as records that are there, and the answer does not have all of them. */
const bool *query_find_withheld(struct again *again);

/* Whatever of match deviates is a difference, or lags, or is raced: its class in match follows. */
bool query_classify(struct again *again, struct err *err);

/* What is a difference. */
bool query_tell(struct again *again, struct err *err);

#endif
