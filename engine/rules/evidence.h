/*
 * evidence.h: what a rule version asks to be proven, as data: invariants that are SQL, historical queries, the policy.
 *
 * Owned by the rule host, constant while it lives. Loading has checked all of it; who proves it is engine/validate.
 */
#ifndef ENGINE_RULES_EVIDENCE_H
#define ENGINE_RULES_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

/* An invariant that names the ids that break it: none [[ select … ]]. */
struct none_info {
	const char *name;
	const char *sql; /* over the target */
	const char *file;
	int line;
};

/* `:actor`, drawn by sample "actorId" { count = 200 }: ids of the deterministic sample, and that field of their records. */
struct query_parameter {
	const char *name;   /* "actor" */
	const char *field;  /* "actorId", or "history.kind": a member of a list or an object */
	int source, column; /* legacy's word for it stands there, as legacy keeps it */
	bool is_masked;
	int sample_count; /* 0: not said */
};

/* How far two answers may be apart; who takes it, and until when. */
struct query_tolerance {
	const char *absolute; /* "0.01", a decimal in plain digits; NULL: there is no tolerance */
	const char *because, *owner;
	const char *expires; /* "2027-01-01" */
};

/* A column of both answers. */
struct query_column {
	const char *name;  /* "delivery" */
	const char *field; /* whose rule legacy's answer goes through: a path as above */
	int source,
	    column; /* what legacy's answer holds here: this column of legacy, as legacy keeps it */
	bool is_key;    /* rows are matched by it */
	bool is_masked; /* what it holds is shown nowhere: see engine/model/mask.h */
	struct query_tolerance tolerance;
};

/* What somebody asks today, put to both stores. */
struct query_info {
	const char *name;
	const char *why;                          /* or NULL */
	const char *legacy, *target;              /* SQL */
	const struct query_parameter *parameters; /* by name */
	int parameter_count;
	const struct query_column *columns; /* by name */
	int column_count;
	bool is_ordered; /* order = "declared": the order of rows is part of the answer */
	const char *file;
	int line;
};

/* authority.history: what must be proven before the target is believed about the past. */
struct history_policy {
	bool is_given;
	bool balance;
	bool all_invariants, all_digests, all_queries; /* said to be "all" */
	bool sampled_invariants; /* "sampled": asked of what the sample takes */
	bool has_sample;
	const char *sample_percent_text; /* exact: "0.1"; NULL when not said */
	double sample_percent;
	int sample_per_stratum;
	double sample_rate; /* at most this share of all rows may be wrong; 0 when not said */
	/* names of entities that may have no rows: that there is nothing to check is no reason to doubt */
	const char *const *empty;
	int empty_count;
	const char *fresh;       /* "24h", or NULL */
	int64_t fresh_seconds;   /* 0 when not said */
	const char *max_lag;     /* "10m", or NULL: how far legacy may be ahead of what is proven */
	int64_t max_lag_seconds; /* 0 when not said */
	int approvals;
	const char *file;
	int line;
};

#endif
