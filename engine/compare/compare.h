/*
 * compare.h: two versions of the rules side by side: what they say, and what becomes of the same source rows under each.
 *
 * Everything is returned as data, in an order that depends on the versions and the rows alone. Nothing here prints, and legacy is
 * read through engine/derive only.
 */
#ifndef ENGINE_COMPARE_COMPARE_H
#define ENGINE_COMPARE_COMPARE_H

#include "engine/derive/derive.h"

/* ---- meaning ---- */

struct entry_change {
	struct span path;          /* lookup["PICKED UP"]; empty: the part itself */
	struct span before, after; /* no data: the version does not have it */
};

enum change_kind { CHANGE_ADDED, CHANGE_REMOVED, CHANGE_CHANGED };

struct part_change {
	const char *name; /* "job.fields.state" */
	enum change_kind kind;
	bool is_transform;
	/* Nothing that a record held before can be another now by this: a new optional field, a value mapped that was not. */
	bool is_additive;
	struct entry_change *entries;
	int entry_count;
};

/* A file that another name was given to, or whose parts stand in another now; relative to the rule file's folder. */
struct module_change {
	struct span before, after;
};

struct meaning {
	struct part_change *parts; /* by name */
	int part_count;
	int same_count; /* parts whose fingerprints prove that nothing changed */
	struct part_change
	    *asides; /* who and why: because, owner, review_by, reasons of ignore. No meaning */
	int aside_count;
	struct module_change *modules;
	int module_count;
	bool is_transform_same, is_validation_same; /* by the fingerprints */
};

/* What changed from one to the other; both hosts were opened to tell. All of it lies in the arena or in the hosts. */
void compare_meaning(const struct rule_host *before, const struct rule_host *after,
		     struct arena *arena, struct meaning *meaning);

/* ---- rows ---- */

enum row_class {
	ROW_IDENTICAL,
	ROW_CHANGED,
	ROW_NEWLY_MAPPED,      /* rejected, now a record */
	ROW_NEWLY_REJECTED,    /* a record or skipped, now rejected */
	ROW_NEWLY_SKIPPED,     /* a record or rejected, now skipped */
	ROW_NO_LONGER_SKIPPED, /* skipped, now a record */
	ROW_BOTH_REJECTED,     /* no record before, none now */
	ROW_BOTH_SKIPPED,
	ROW_CLASSES
};

enum { EXAMPLES_MAX = 3 };

/* The rows whose keys have the lowest hashes: the same again, whoever asks. */
struct row_example {
	struct span key;
	uint64_t hash;
};

/* What became what, and how often. */
struct transition {
	struct span before, after; /* as people may see them; no data: absent */
	bool is_cut;               /* one of them is longer than what is kept of it */
	int64_t count;
	struct row_example examples[EXAMPLES_MAX];
	int example_count;
};

/* Counts of transitions, bounded: the first that were seen are told apart, the rest is counted together. */
struct tally {
	struct transition *items; /* once the comparison has ended, the most frequent first */
	int item_count;
	int64_t others; /* changes that are not told apart */
	struct tally_index *index;
};

struct field_tally {
	struct span path; /* "completedAt", "history[].at", "attributes.region" */
	int64_t rows;     /* in which it differs */
	int64_t appeared, vanished, changed; /* values; a list has several in a row */
	/* Of those that changed, and whose type has an order: earlier or less, later or more. */
	int64_t fell, rose;
	bool is_time; /* they fell and rose in time */
	bool is_masked;
	struct tally transitions;
	int64_t last_row; /* in which it was seen to differ */
};

struct entity_comparison {
	const char *name;
	int before, after;   /* index in each migration; −1: only the other has it */
	const char *why_not; /* its rows cannot be compared; NULL: they can */
	bool is_whole;       /* every row was compared, not a sample of them */
	int64_t total;       /* rows there are; with rows that were given, rows given */
	int64_t compared;
	int64_t gone; /* keys whose row was no longer there when it was to be read */
	int64_t
	    unsettled; /* rows that changed in legacy whenever they were read: it is not known how they compare */
	int64_t classes[ROW_CLASSES];
	struct tally reasons[ROW_CLASSES]; /* "E2103 job.state" -> "record" */
	struct tally
	    mapped; /* of newly mapped rows: `E2103 state "PICKED UP"` -> what the field has now */
	struct field_tally *fields; /* the most rows first */
	int field_count;
	int64_t other_fields; /* differences in fields beyond those that are told apart */
};

struct comparison {
	struct entity_comparison *entities;
	int entity_count;
	const struct migration_info *migrations[2];
	struct rule_host *hosts[2];
	struct arena *arena;
	uint64_t seed;
	int64_t row; /* being compared, from 1 */
	int transition_count;

	/* Called for every row that is not identical, with the ids of its records; no data: no record. NULL: nobody asks. */
	bool (*on_difference)(void *context, const struct entity_comparison *entity,
			      enum row_class kind, struct span before, struct span after,
			      struct err *err);
	void *context;
};

/* Nothing compared yet. The hosts stay the caller's; what is counted lies in the arena, and is bounded whatever the rows are. */
void comparison_begin(struct comparison *comparison, struct rule_host *before,
		      struct rule_host *after, uint64_t seed, struct arena *arena);

/* One source row as both have it: the row of each side's own columns, and what its rule made of it. scratch dies with the row. */
bool comparison_add(struct comparison *comparison, struct entity_comparison *entity,
		    struct span key, const struct outcome *before, const struct outcome *after,
		    struct arena *scratch, struct err *err);

/* Put everything in its order. */
void comparison_end(struct comparison *comparison);

/* Compare rows of legacy. */
struct compare_legacy {
	struct deriver *before, *after; /* on one connection */
	int64_t sample_rows;            /* of each entity; 0: all rows */
	const char *entity;             /* only this one; NULL: all */
	/* What was read since, for whoever throttles; rows is 0 where only keys were. */
	bool (*on_read)(void *context, const char *entity, int64_t rows, size_t bytes,
			struct err *err);
	void *context;
};
bool comparison_read(struct comparison *comparison, const struct compare_legacy *legacy,
		     struct err *err);

/* Compare one source row that came as JSON (given.h). ERR_DATA says what in it is no source row. */
bool comparison_read_given(struct comparison *comparison, struct span json, struct arena *scratch,
			   struct err *err);

/* ---- what follows ---- */

/* Of count among sample, how many there are in all of total: a 95 % interval (Wilson). Exact where the sample is all. */
struct interval {
	int64_t low, likely, high;
};
struct interval compare_interval(int64_t count, int64_t sample, int64_t total);

enum category { CATEGORY_IDENTICAL, CATEGORY_ADDITIVE, CATEGORY_BREAKING };

struct judgement {
	enum category category;
	/* What speaks for it. */
	bool is_proven; /* by equal fingerprints, or because every row was compared */
	bool has_rows;  /* any row was compared */
	const char *because;
	const char *part; /* that makes it breaking although no row shows it; or NULL */
	bool could_not_tell;
	const char *why_not_told;
};

/* comparison: NULL where no rows were asked for. */
void compare_judge(const struct meaning *meaning, const struct comparison *comparison,
		   struct judgement *judgement);

const char *category_name(enum category category);
const char *row_class_name(enum row_class kind);

#endif
