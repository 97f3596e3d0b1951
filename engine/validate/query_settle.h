/*
 * query_settle.h: questions whose answers differ, and what comes of them. For engine/validate only.
 *
 * Legacy is read once for the rows that deviate (deviations.h), and both stores are asked again. What deviates still, and what nothing that
 * went on meanwhile can be the reason of, is a difference.
 */
#ifndef ENGINE_VALIDATE_QUERY_SETTLE_H
#define ENGINE_VALIDATE_QUERY_SETTLE_H

#include "engine/validate/deviations.h"

struct open_question {
	int query;
	struct words words;
};

struct settling {
	struct validation *validation;
	struct asked_query *queries;
	struct arena answers; /* of one question */
	struct arena kept;    /* the open questions */
	struct open_question *open;
	int open_count;
	struct deviations deviations; /* of the open questions, when they were asked last */
	struct deviations next;       /* when they are asked in the round at hand */
	int round;
	int64_t passes; /* what deviations_resolve() counted in the first round */
};

void settling_init(struct settling *settling);
void settling_release(struct settling *settling);

/* Why nobody can tell of a query. */
void query_cannot_tell(struct settling *settling, struct asked_query *asked, const char *why);
/* An error that is of this query alone; false for what ends everything. */
bool query_pass_over(struct settling *settling, struct asked_query *asked, struct err *err);

/* Both answers, in settling->answers. */
bool query_ask_both(struct settling *settling, struct asked_query *asked, const struct words *words,
		    struct answer *legacy, struct answer *target, struct err *err);
void query_count_rows(const struct asked_query *asked, const struct answer *legacy,
		      const struct answer *target, const struct match *match);

/* Its answers differ. Settles all that are open where they are many. */
bool query_keep_open(struct settling *settling, const struct asked_query *asked,
		     const struct words *words, const struct answer *legacy,
		     const struct answer *target, const struct match *match, struct err *err);

bool queries_settle(struct settling *settling, struct err *err);

#endif
