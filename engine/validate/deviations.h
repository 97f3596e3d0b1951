/*
 * deviations.h: rows of answers that deviate, and which rows of legacy they are of. For engine/validate only.
 *
 * An answer does not say which record a row is of. So legacy is read once more, chunk by chunk, for rows that hold what deviates: how
 * they ended says whether the target need not have them, and whether legacy has changed since they were passed.
 */
#ifndef ENGINE_VALIDATE_DEVIATIONS_H
#define ENGINE_VALIDATE_DEVIATIONS_H

#include "engine/model/span_map.h"
#include "engine/validate/match.h"

/* Rows of legacy that hold the same, in the columns of one query. */
struct deviation {
	int64_t withheld; /* how many of them the rule skips, or are in quarantine */
	int64_t lagging;  /* legacy has changed since they were passed */
	int64_t passed;   /* the target should have their records, as they are */
	int64_t chunk_no; /* of the last one that was passed */
	struct span key, id;
};

struct deviations {
	struct arena arena;
	struct deviation *items;
	int count;
	struct span_map by_held; /* legacy's rows: by answer_row.held */
	struct span_map extra;   /* the target's: by answer_row.whole, with the query */
	int64_t lagging_chunks;  /* found with them */
	const char *why;         /* why some chunk says nothing of its rows; NULL: all do */
};

void deviations_init(struct deviations *deviations);
void deviations_release(struct deviations *deviations);

/* Every row that deviates. */
void deviations_add(struct deviations *deviations, const struct asked_query *asked,
		    const struct answer *legacy, const struct answer *target,
		    const struct match *match);

/* Of a row of legacy's answer, or NULL: it was not among those that deviate. */
struct deviation *deviations_find(const struct deviations *deviations,
				  const struct answer_row *row);
/* Was a row of the target's among them? */
bool deviations_has_extra(const struct deviations *deviations, const struct asked_query *asked,
			  const struct answer_row *row);

/* Read legacy for them. */
bool deviations_resolve(struct deviations *deviations, struct validation *validation,
			const struct asked_query *queries, struct err *err);

#endif
