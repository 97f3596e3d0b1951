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

/* Rows of legacy that hold the same, in the columns of one query. Whether an answer has all of them nobody knows: these are as many as it
 * may have. */
struct deviation {
	int64_t withheld; /* of those that the rule skips, or are in quarantine */
	int64_t lagging;  /* legacy has changed since they were passed */
	int64_t passed;   /* the target should have their records, as they are */
	int64_t roots;    /* that these are of */
	/* of the last of them */
	int64_t chunk_no;
	struct span key, id;
	struct digest row; /* of legacy */
	bool has_record;   /* the target has one under this id, of these: */
	struct digest source_digest;
	int64_t transformed_at_us;
};

/* What rows hold of one group of a query's columns. */
struct part {
	struct digest digest;
	int64_t seen_no; /* the last root that has it, … */
	int64_t count;   /* … so often */
};

struct deviations {
	struct arena arena;
	struct deviation *items;
	int count;
	struct part *parts;
	int part_count;
	struct span_map by_part; /* of the items, by answer_row.parts */
	struct span_map by_held; /* legacy's rows: by row_held() */
	struct span_map extra;   /* the target's: by answer_row.whole, with the query */
	int64_t lagging_chunks;  /* found with them */
	int64_t passes;          /* deviations_count_passes() before legacy was read */
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
				  const struct asked_query *asked, const struct digest *parts);
/* What rows of some deviation hold of one group, or NULL. */
struct part *deviations_find_part(const struct deviations *deviations, struct digest digest);
/* Was a row of the target's among them? */
bool deviations_has_extra(const struct deviations *deviations, const struct asked_query *asked,
			  const struct answer_row *row);

/* A number that grows with every pass of the entity's chunks. */
bool deviations_count_passes(struct validation *validation, int64_t *passes, struct err *err);

/* Are legacy's row and the record of it those that were found? Whoever has written the record again since, has so in another run. */
bool deviation_is_as_found(const struct deviation *deviation, struct validation *validation,
			   bool *answer, struct err *err);

/* holders.c: read legacy for them. */
bool deviations_resolve(struct deviations *deviations, struct validation *validation,
			const struct asked_query *queries, struct err *err);

#endif
