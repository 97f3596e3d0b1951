/*
 * answers.h: what both stores answer to one question, in the words of the rule. For engine/validate only.
 *
 * Legacy's answer goes through the fields' own rules (rule_host_answer), the target's is what its records hold. Two values are compared
 * by what they say: 1.5 is 1.50, and how a store writes a truth is the store's affair.
 */
#ifndef ENGINE_VALIDATE_ANSWERS_H
#define ENGINE_VALIDATE_ANSWERS_H

#include "engine/model/decimal.h"
#include "engine/model/view.h"
#include "engine/validate/checks.h"

struct asked_column {
	const struct query_column *about;
	enum view_kind kind;
	bool is_tolerant;
	struct decimal tolerance;
	int group; /* in asked_query.groups */
};

/* A query of the rule while it is asked. */
struct asked_query {
	const struct query_info *info;
	int index; /* in the entity */
	const char **names;
	struct asked_column *columns; /* info->column_count of them */
	bool *is_boolean;             /* one a parameter, of the target's word */
	/* What a row of legacy's answer is of: of each of these sources, which are the root or children, one row, with what its references
	 * point at; none where a join found none. */
	int *groups;
	int group_count;
	bool is_tried; /* on damaged copies of its answers */
	struct query_result *result;
};

/* What the parameters stand for: each store has its own word. */
struct words {
	const struct span *legacy, *target; /* one a parameter */
};

enum answer_value_kind {
	ANSWER_ABSENT,
	ANSWER_TEXT,
	ANSWER_REFUSED /* of legacy: the rule has no value for it, or skips the row */
};

struct answer_value {
	enum answer_value_kind kind;
	struct span text;  /* as it was given */
	struct span sense; /* what it says: equal texts for what is equal */
};

struct answer_row {
	struct answer_value *values; /* one a column of the query */
	struct span key, whole;      /* the senses of its key columns, and of all */
	struct digest *parts;        /* of legacy's own cells, one a group: see row_part() */
};

struct answer {
	struct answer_row *rows;
	size_t row_count;
	size_t byte_count; /* that it takes in memory */
};

/* More than this of one store is compared by nobody. */
enum { ANSWER_BYTES_MAX = 8 * 1024 * 1024, ANSWER_SECONDS_MAX = 60 };

/* The queries of the entity at hand, in validation->arena; results of them are in validation->result. ERR_BUG alone. */
bool answers_prepare(struct validation *validation, struct asked_query **queries, struct err *err);

/* Ask one store. ERR_TOO_LARGE beyond ANSWER_BYTES_MAX. In the arena. */
bool answer_of_legacy(struct validation *validation, const struct asked_query *asked,
		      const struct words *words, struct arena *arena, struct answer *answer,
		      struct err *err);
bool answer_of_target(struct validation *validation, const struct asked_query *asked,
		      const struct words *words, struct arena *arena, struct answer *answer,
		      struct err *err);

/* What a row of legacy's answer holds of one group, by which it is found again; and all of it. cells[i] is of the i-th column; NULL: there
 * is no such row. */
struct digest row_part(const struct asked_query *asked, int group, const struct cell *const *cells,
		       struct buf *scratch);
struct digest row_held(const struct asked_query *asked, const struct digest *parts);

/* What a value says, however it is written. In the arena. */
struct span answer_sense(enum view_kind kind, struct span text, struct arena *arena);

/* Fills what rows are found by from their values. In the arena. */
void answer_index_row(const struct asked_query *asked, struct answer_row *row, struct arena *arena);

#endif
