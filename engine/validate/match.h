/*
 * match.h: two answers to one question, row by row. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_MATCH_H
#define ENGINE_VALIDATE_MATCH_H

#include "engine/validate/answers.h"

enum { NO_PARTNER = -1 };

struct match {
	enum row_class *legacy; /* one a row of legacy's answer */
	int64_t *partners;      /* likewise: the row of the target's, or NO_PARTNER */
	enum row_class *
	    target; /* one a row of the target's: ROW_EXTRA where it has no partner, else ROW_SAME */
	int64_t deviating;      /* rows missing, extra or of another value */
	int64_t tolerated;      /* values */
	int64_t displaced;      /* rows that stand elsewhere than their partners */
	size_t first_displaced; /* the first of them, of legacy's */
};

/* ROW_SAME, ROW_REPRESENTATION, ROW_TOLERATED or ROW_VALUE. */
enum row_class match_values(const struct asked_column *column, const struct answer_value *legacy,
			    const struct answer_value *target);

/* Rows with one key belong together; of several with one key those that are equal, then in their order. Without a key column rows are
 * matched by all they hold, and what is left in its order. is_withheld: rows of legacy's that the target need not have; NULL: none.
 * In the arena. */
void match_answers(const struct asked_query *asked, const struct answer *legacy,
		   const bool *is_withheld, const struct answer *target, struct arena *arena,
		   struct match *match);

/* Is the order of rows another one, and part of the answer? */
bool match_breaks_order(const struct asked_query *asked, const struct match *match);

#endif
