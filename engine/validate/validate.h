/*
 * validate.h: do legacy and target mean the same?
 *
 * Answers are one of three: agrees, differs, could not tell. Only what was positively checked, all of it, agrees: nothing checked, a
 * chunk that was left out, an error on the way is could not tell. Nothing here writes, and nothing is derived in another way than a
 * run derives it.
 */
#ifndef ENGINE_VALIDATE_VALIDATE_H
#define ENGINE_VALIDATE_VALIDATE_H

#include "drivers/driver.h"
#include "engine/ledger/ledger.h"
#include "engine/rules/rule_host.h"

enum verdict { VERDICT_AGREES, VERDICT_DIFFERS, VERDICT_UNKNOWN };

/* "agrees", "differs", "could-not-tell" */
const char *verdict_name(enum verdict verdict);

/* Differs before could not tell before agrees. */
enum verdict verdict_worse(enum verdict one, enum verdict other);

enum check_kind {
	CHECK_BALANCE, /* every legacy key ended as the rule says, and the target holds nothing else */
	CHECK_UNCHANGED, /* by the store's own digest: nobody has touched a row since it was merged */
	CHECK_DIGESTS, /* every live record is what was merged, and every one that was merged is there */
	CHECK_SAMPLE, /* some rows of legacy, derived again, are field by field what the target holds */
	CHECK_INVARIANTS, /* every record is what the rule says is true of all */
	CHECK_QUERIES,    /* both stores, asked what people ask, give the same answer */
	CHECK_KINDS
};

/* "balance", "unchanged", "digests", "sample", "invariants", "queries" */
const char *check_name(enum check_kind kind);

/* What is done to copies of records, to see whether a check would notice. */
enum damage_kind {
	DAMAGE_BIT,        /* a bit of a value */
	DAMAGE_NULL,       /* null instead of a value */
	DAMAGE_EMPTY,      /* an empty text instead of nothing */
	DAMAGE_BOUNDARY,   /* a character moved from one text into the next */
	DAMAGE_LAST_PLACE, /* one more in the last digit */
	DAMAGE_SPACE,      /* a blank at the end of a text */
	DAMAGE_HOUR,       /* a moment an hour later */
	DAMAGE_ABSENT,     /* a value taken out */
	DAMAGE_DROPPED,    /* a record that is gone */
	DAMAGE_DOUBLED,    /* a record that is there twice, under two ids */
	DAMAGE_SWAPPED,    /* two records that changed their payloads */
	DAMAGE_COLUMN,     /* a column beside the record */
	DAMAGE_LINEAGE,    /* a bit of lineage */
	DAMAGE_DECISION,   /* a decision that lineage forgot */
	DAMAGE_KINDS
};

/* "a bit of a value" */
const char *damage_name(enum damage_kind kind);

/* Does the check claim to notice it? */
bool check_claims(enum check_kind check, enum damage_kind damage);

/* Damages of one kind, done to copies of a few records. */
struct noticed {
	int64_t done, noticed;
};

/* What is wrong with one record, one row or one chunk. */
enum difference_kind {
	DIFFERENCE_MISSING, /* legacy has it, the target does not */
	DIFFERENCE_EXTRA,   /* the other way round */
	DIFFERENCE_ENDING,  /* both have it, and it ended otherwise than the rule says */
	DIFFERENCE_VALUE,   /* a field, or a column beside the record */
	DIFFERENCE_COUNT,   /* what a chunk says of itself is not so */
	DIFFERENCE_BROKEN,  /* an invariant */
	DIFFERENCE_ORDER,   /* of the rows of an answer, where the order is part of it */
	DIFFERENCE_STRATUM, /* as many records of a stratum as legacy makes are not there */
	DIFFERENCE_KINDS
};
const char *difference_name(enum difference_kind kind);

enum { CHUNK_UNKNOWN = -1 };

/* Texts live as long as the call it is told by. */
struct difference {
	enum check_kind check;
	enum difference_kind kind;
	const char *entity;
	int64_t chunk_no;    /* CHUNK_UNKNOWN where none is known */
	struct span id, key; /* no data where none is known */
	const char *field;   /* "state"; NULL: the whole record */
	struct span legacy,
	    target;       /* JSON, masked where the rule masks; no data: absent, or not known */
	const char *text; /* what is wrong, in words */

	/* CHECK_QUERIES: which query, what it was asked with, and the row of the answer by its key columns: JSON objects, masked where
	 * the rule masks. NULL, and no data, of all others. */
	const char *query;
	struct span asked, row;
};

/* Of a sample: how many rows of a stratum it took. */
struct stratum {
	const char *name; /* "enum:state=COMPLETED" */
	int64_t row_count;
	bool is_thin; /* there are more, and which they are nobody knows now */
};

/* What became of a row of two answers. All are counted; those from ROW_MISSING on are differences. */
enum row_class {
	ROW_SAME,
	ROW_REPRESENTATION, /* it says the same and is written otherwise */
	ROW_TOLERATED,      /* the values are as far apart as somebody answers for */
	ROW_ORDER,          /* it stands elsewhere, and nobody minds */
	ROW_WITHHELD, /* of legacy alone: the rule skips the row it is of, or it is in quarantine */
	ROW_LAGGING,  /* legacy has changed since the row was passed */
	ROW_RACED,    /* it was no longer so when both stores were asked again */
	ROW_MISSING,
	ROW_EXTRA,
	ROW_VALUE,
	ROW_CLASSES
};

/* "same", "representation only", …: as reports have it */
const char *answer_class_name(enum row_class kind);

/* Of CHECK_QUERIES: one query. */
struct query_result {
	const char *name;
	const char *purpose;       /* what it is asked for, as the rule says; or NULL */
	int64_t expected, checked; /* questions: the query with values for its parameters */
	int64_t rows[ROW_CLASSES];
	int64_t tolerated; /* values for which a tolerance was used */
	const char *why;   /* why nobody can tell; NULL where somebody can */
};

/* Of a balance: how many records of a stratum the rule makes of legacy, and how many live ones say themselves that they belong to it. */
struct stratum_count {
	const char *name;
	int64_t legacy, target;
	int64_t
	    first_unlike; /* number of the first chunk in which these are not the same; CHUNK_UNKNOWN: there is none */
	bool is_in_several; /* and of others */
};

/* One check of one entity. CHECK_QUERIES counts questions, all others rows and records. */
struct check_result {
	enum check_kind kind;
	const char *entity;
	enum verdict verdict;
	int64_t expected; /* rows or records there are to check */
	int64_t checked;
	int64_t skipped; /* expected = checked + skipped */
	int64_t lagging; /* of the skipped: legacy has changed since they were passed */
	bool
	    is_lagging; /* some chunk is not as it was passed, be it that none of its rows deviates */
	bool is_sampled; /* of all there are to check a sample was taken; expected is of it */
	int64_t lag_us;  /* so long ago at most; INT64_MAX: nobody knows */
	int64_t differences;
	const char *why; /* why nobody can tell: the first reason; NULL where somebody can */

	/* Where there were sound records to try it on. */
	struct noticed noticed[DAMAGE_KINDS];

	/* CHECK_BALANCE: how the checked rows of legacy ended */
	int64_t merged, skipped_by_rule, rejected, children, orphans;
	/* and what they and the records of their chunks are: by state, year and decision, by name; in the arena */
	const struct stratum_count *distribution;
	int distribution_count;
	int64_t distributed; /* of the checked rows, those whose chunks' records could be counted */

	/* Of a sample: of the checked rows those that the share chose, each as likely as any other. Where none of n was wrong, at most 3/n of
	 * all are, at 95 %: the rule of three. */
	int64_t chosen_by_share;

	/* CHECK_SAMPLE */
	const struct stratum *strata; /* in the arena */
	int stratum_count;

	/* CHECK_QUERIES, in the arena */
	struct query_result *queries;
	int query_count;
	int64_t tolerated; /* values */
};

/* What was asked for and the entity does not declare: there is no result of it. */
bool validate_is_undeclared(const struct entity_info *entity, enum check_kind kind);

/* What a sample without differences says of all rows: at most this share of them is wrong, at CONFIDENCE_LEVEL. False where it says
 * nothing. */
#define CONFIDENCE_LEVEL 0.95
bool validate_confidence(const struct check_result *result, double *wrong_at_most);

/* What a policy says of samples, and what is usual where it says nothing: the share above 0, and rows of each stratum. */
double policy_share(const struct history_policy *policy);
int64_t policy_per_stratum(const struct history_policy *policy);
/* How many of so many rows a sample chooses by its share, about: where that is less than of a stratum, as many as of one. */
double sample_size(double rows, double share, int64_t per_stratum);

struct validate_options {
	struct conn *target;
	const char *target_url; /* the same store, for a second connection */
	struct conn *legacy;    /* NULL: checks that need it cannot tell */
	struct rule_host *host; /* loaded against legacy where there is one */
	unsigned checks;        /* bits: 1 << enum check_kind */
	const char *entity;     /* NULL: all */
	size_t chunk_bytes_max; /* what a chunk of legacy may take in memory */

	/* Samples: ids with XXH3_64(id, seed) < share · 2^64, where fewer than per_stratum would be chosen so a larger share; and of
	 * each stratum the per_stratum lowest */
	double share; /* above 0, at most 1 */
	int64_t per_stratum;
	uint64_t seed;
	double
	    rate; /* a sample that cannot show that at most this share of all rows is wrong could not tell; 0: any will do */

	/* All checks that read legacy: rows that changed no longer ago than this lag, and are no reason why nobody could tell. Ago is
	 * measured from the last pass of their chunk. */
	int64_t max_lag_us;

	const char *today; /* "2026-11-22": of CHECK_QUERIES, for tolerances that expire */

	/* Called for what was read of legacy: may wait, and may end everything by false. NULL: nobody asks. */
	bool (*on_read)(void *context, const char *what, int64_t rows, size_t bytes,
			struct err *err);
	void *read_context;
	/* Called for every difference, in the order of entities, checks and chunks. */
	bool (*on_difference)(void *context, const struct difference *difference, struct err *err);
	void *difference_context;
};

/* What an entity was when it was looked at: passes that come later leave the evidence standing, and name what is to be proven again. */
struct validate_scope {
	const char *entity;
	int64_t rule_epoch;
	int64_t chunk_count, pass_count /* of all of them, so far */, record_count;
	struct span
	    passes; /* JSON: [[0,1],[7,2]], from chunk 0 on the first pass was the last, from chunk 7 on the second; no data where that
	                     * would be long */
	struct digest digest; /* of the live records, as the chunks say */
};

struct validate_report {
	enum verdict verdict;
	struct check_result *results; /* in the arena */
	int result_count;
	struct validate_scope *scopes; /* one an entity that the target has */
	int scope_count;
	struct digest details; /* of all differences, in the order they were told */
	int64_t began_us;      /* by the target's clock */
	struct span position_first,
	    position_last; /* JSON: where legacy stood; no data where it says nothing */
};

/* ERR_USAGE where the rule has no entity of that name. Other errors of a store end a check, which then could not tell; false only for
 * ERR_BUG, ERR_CANCELLED and what on_difference returns. */
bool validate(const struct validate_options *options, struct arena *arena,
	      struct validate_report *report, struct err *err);

/* ---- evidence.c ---- */

/* What a result says in numbers, as members of an object: the same in a report and in the ledger. */
struct json_writer;
void check_put_members(struct json_writer *json, const struct check_result *result);

/* Write down in the target's ledger what was checked, by what, and what came of it; no value and no message of a store stands in it. head
 * becomes the entry. The target is one that may be written to. */
bool validate_record(struct conn *target, const struct validate_options *options,
		     const struct validate_report *report, struct ledger_head *head,
		     struct err *err);

#endif
