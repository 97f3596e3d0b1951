/*
 * rule_host.h: the only door between C and Lua.
 *
 * A host owns one lua_State with one rule version loaded into its sandbox, and belongs to one
 * worker thread. Rules are pure: a source row goes in, a record, a skip or a reject comes out. They
 * cannot see files, clocks, databases or other records, and cannot outlive their budgets. No other
 * room includes lua.h, and no lua_State leaves this one.
 */
#ifndef ENGINE_RULES_RULE_HOST_H
#define ENGINE_RULES_RULE_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/model/batch.h"
#include "engine/model/digest.h"
#include "engine/model/fault.h"
#include "engine/model/schema.h"
#include "engine/model/source.h"
#include "engine/rules/evidence.h"

struct rule_host;

/* ---- what a loaded version says of itself; owned by the host, constant while it lives ---- */

struct decision_info {
	const char *id; /* "completed_at" */
	const char *question, *choice;
	const char *because, *owner, *decided, *review_by; /* NULL when not given */
	int line;
};

struct field_info {
	const char *name;          /* "completedAt" */
	const char *type;          /* "instant" */
	const char *const *inputs; /* as written in `from`: "status", "field state", "events" */
	int input_count;
	const char *const *decisions; /* ids it rests on */
	int decision_count;
	bool is_masked; /* its value is shown nowhere but in the record: see engine/model/mask.h */
	bool is_critical;                 /* one wrong value is enough to pause a ramp */
	const struct field_info *members; /* of an object, or of each element of a list */
	int member_count;
	const char *file;
	int line;
};

/* An enum field and its values: what records are counted by. */
struct enum_info {
	const char *field;
	const char *const *values;
	int value_count;
};

struct example_info {
	const char *name;
	const char *file;
	int line;
};

struct entity_info {
	const char *name;     /* "job"; of an entity in parts "account/members" */
	const char *record;   /* "account", the kind of record: names its table in the target */
	const char *part;     /* "members", "" where there are none */
	const char *id_field; /* "jobId" */
	struct source_set sources;
	const char *on_delete;           /* "withdraw" */
	const struct field_info *fields; /* in the order of canonical bytes */
	int field_count;
	const struct decision_info *decisions;
	int decision_count; /* at most 64 */
	const struct enum_info *enums;
	int enum_count;
	const char *const *skip_reasons;
	int skip_reason_count;
	const char *const *invariants; /* those in Lua, by name */
	int invariant_count;
	int none_count;
	const struct none_info *nones;    /* those in SQL, by name */
	const struct query_info *queries; /* by name */
	int query_count;
	const struct example_info *examples;
	int example_count;
	int first_part; /* index of the entity that is the first part of this kind of record */
	const char *file;
	int line;
};

/* One thing that a part says: `lookup["PICKED UP"]`, `"IN_PROGRESS"`. Paths lead from the part: members by `.`, what a
 * function captured by `:`. Functions are their tokens, so that comments and layout never show. */
struct part_entry {
	struct span path, text; /* one line each, nothing in them steers a terminal */
	bool is_aside;          /* who and why: counts in no fingerprint */
};

/* One named part of a version with the hash of what it says, for "what changed". */
struct part_info {
	const char *name;  /* "job.fields.state" */
	bool is_transform; /* else it belongs to the validation fingerprint */
	char hash[SHA256_HEX_SIZE];
	const char *file; /* the module it stands in */
	/* Of a host that was opened to tell: parts with equal hashes have equal entries (but those aside), and the other
	 * way round. In the order they were put into the hash. */
	const struct part_entry *entries;
	int entry_count;
};

/* A file that was loaded, byte for byte. */
struct text_info {
	const char *path; /* relative to the rule file's folder: "v3.lua", "v3/job.lua" */
	struct span text;
	char hash[SHA256_HEX_SIZE];
};

struct migration_info {
	const char *version, *supersedes /* or NULL */, *system;
	char transform[SHA256_HEX_SIZE]; /* fingerprints (RULES.md, Versions) */
	char validation[SHA256_HEX_SIZE];
	const struct entity_info *entities;
	int entity_count;
	const struct part_info *parts; /* sorted by name */
	int part_count;
	const struct text_info *texts;
	int text_count;
	struct history_policy history;
};

/* ---- loading ---- */

struct rule_budget {
	uint64_t instructions; /* a record; 0 means the default */
	size_t memory_bytes;   /* of the whole Lua state; 0 means the default */
	uint64_t load_instructions;
	uint32_t cpu_ms; /* of a record, and of loading: beyond it even few instructions are too
	                  * many, as they may be slow ones. 0 means the default */
};

/* Load rules/v3.lua and what it requires. With a schema, the columns that rule functions mention
 * are narrowed to those that exist, and every named table and column is checked; without one
 * (NULL), nothing is known of legacy and every name stands. Faults (all of them, not the first) go
 * to the list with lines; err then is ERR_RULE with a one-line summary and no host is returned.
 * Warnings (a column nobody accounts for) go to `warnings` and do not fail. The host is closed by
 * the caller. */
bool rule_host_open(const char *path, const struct schema *schema, const struct rule_budget *budget,
		    struct rule_host **host, struct fault_list *faults, struct fault_list *warnings,
		    struct err *err);

/* The same, for somebody who is still writing the file: what may lose meaning without a word (E13xx) goes to `lint`, in the order
 * of the file. None of it is an error; some of it may be meant. E1012 among it: not everything was looked at. */
bool rule_host_open_lint(const char *path, const struct schema *schema,
			 const struct rule_budget *budget, struct rule_host **host,
			 struct fault_list *faults, struct fault_list *warnings,
			 struct fault_list *lint, struct err *err);
/* The same, and its parts have their entries. */
bool rule_host_open_to_tell(const char *path, const struct schema *schema,
			    const struct rule_budget *budget, struct rule_host **host,
			    struct fault_list *faults, struct fault_list *warnings,
			    struct err *err);
/* The same from texts alone: no file is looked at. path is the one among them that is the rule file: "v3.lua". They are copied. */
bool rule_host_open_kept(const char *path, const struct text_info *texts, int text_count,
			 const struct schema *schema, struct rule_host **host,
			 struct fault_list *faults, struct fault_list *warnings, struct err *err);
void rule_host_close(struct rule_host *host);

const struct migration_info *rule_host_migration(const struct rule_host *host);

/* Is it a time zone that a rule file may name: "Europe/London"? */
bool rule_zone_exists(const char *name);

/* ---- deriving ---- */

/* One root with what belongs to it. rows[i] are the rows of sources[i]:
 *   root        one row
 *   children    row_count[i] rows, ordered by their key; below other children first by those, and
 *               those of the n-th row above are rows[i][starts[i][n]] to before starts[i][n + 1]
 *   reference   from the root or another such reference: one row, or NULL when it is missing;
 *               from children: one entry a child row, in their order, each a row or NULL */
struct source_row {
	struct span key;      /* ["7"] */
	struct digest digest; /* of all its cells */
	/* One entry a source. */
	const struct cell *const **rows;
	const uint32_t **starts; /* of children below others; else NULL */
	uint32_t *row_count;
};

/* Nothing of any source yet; the entries are in the arena. */
void source_row_init(struct source_row *row, struct arena *arena, int source_count);

enum outcome_kind { OUTCOME_RECORD, OUTCOME_SKIP, OUTCOME_REJECT };

/* All of it lies in the arena given to rule_host_derive(). */
struct outcome {
	enum outcome_kind kind;

	/* OUTCOME_RECORD */
	struct span id;   /* "tsk_A1" */
	struct span body; /* canonical bytes without lineage */
	/* One a field of the entity: the offset in body behind it; of an absent one, that behind those before it, which is 0
	 * where none is. In front of a member stands the object's brace or a comma. */
	const uint32_t *member_ends;
	struct digest digest; /* of body */
	const int16_t
	    *enum_values; /* one for each of the entity's enums: index of its value, or −1 */

	/* every kind */
	uint64_t decisions; /* bit i: decision i touched it */

	int skip_reason; /* OUTCOME_SKIP: index into skip_reasons, or −1 for skip("…") in a rule */
	struct span skip_text; /* OUTCOME_SKIP: the reason in words */

	const struct fault *faults; /* OUTCOME_REJECT: all of them */
	size_t fault_count;
	size_t unlisted_count; /* further faults, which are only counted */
};

/* Derive the record of one source row. Whatever the row or the rule does, it ends as one of the
 * three outcomes; false only for ERR_BUG. */
bool rule_host_derive(struct rule_host *host, int entity_index, const struct source_row *row,
		      struct arena *arena, struct outcome *outcome, struct err *err);

/* ---- judging records as they stand ---- */

enum invariant_answer {
	INVARIANT_HOLDS,
	INVARIANT_BROKEN,
	INVARIANT_UNTOLD, /* it raised an error or exceeded its budget, or the body is no record */
};

/* What became of one invariant. */
struct invariant_finding {
	enum invariant_answer answer;
	struct fault fault; /* why it does not hold, or could not be told; not of INVARIANT_HOLDS */
};

/* All of it lies in the arena given to rule_host_judge(). */
struct record_judgement {
	bool is_record;         /* the body is a record of the entity */
	struct fault no_record; /* why not: E2101 or E2102 */
	const struct invariant_finding
	    *findings; /* one an invariant in Lua, in the entity's order */
	int finding_count;
};

/* Ask every invariant of the entity that is written in Lua about a record as it stands: its JSON, canonical or as PostgreSQL's jsonb
 * shows it; a member `lineage` is passed over. Functions see what they saw when such a record was derived. Whatever the body holds
 * ends in a judgement; false only for ERR_BUG. */
bool rule_host_judge(struct rule_host *host, int entity_index, struct span body,
		     struct arena *arena, struct record_judgement *judgement, struct err *err);

/* ---- legacy's answers to queries, in the words of the rule ---- */

enum field_answer_kind {
	FIELD_ANSWER_VALUE,
	FIELD_ANSWER_ABSENT,
	FIELD_ANSWER_SKIP,   /* a rule said skip("…") of the row */
	FIELD_ANSWER_REJECT, /* the rule has no value for it */
};

/* What a column of legacy's answer is by its field's rule. All of it lies in the arena given to rule_host_answer(). */
struct field_answer {
	enum field_answer_kind kind;
	struct span json;           /* FIELD_ANSWER_VALUE: canonical, as in the record */
	struct span skip_text;      /* FIELD_ANSWER_SKIP */
	const struct fault *faults; /* FIELD_ANSWER_REJECT */
	size_t fault_count;
};

/* One row of legacy's answer to a query of the entity: a cell a column of the query, in their order, as the driver gave them. Gives
 * an answer a column: what deriving gives in that field for a row that holds these values. Whatever the cells hold ends in answers;
 * false only for ERR_BUG. */
bool rule_host_answer(struct rule_host *host, int entity_index, int query_index,
		      const struct cell *cells, struct arena *arena, struct field_answer *answers,
		      struct err *err);

/* ---- examples ---- */

/* What became of one example: differences (E2401) name each field with what the example says and what was seen. */
struct example_result {
	int entity_index, example_index;
	bool passed;
	struct fault_list differences;
};

/* Run every example twice: in the host, first to last, and in a fresh state, last to first. A rule that is no pure function
 * gives something else the second time, since every example comes after others. In the order they are written; in the arena. */
bool rule_host_run_examples(struct rule_host *host, struct arena *arena,
			    const struct example_result **results, int *count, struct err *err);

/* ---- coverage ---- */

enum coverage_kind {
	COVERAGE_LINE,    /* of a function, on which it does something */
	COVERAGE_MAPPING, /* an entry of a lookup, or a pattern */
	COVERAGE_VALUE,   /* of an enum */
	COVERAGE_DECISION,
	COVERAGE_SKIP,   /* a reason */
	COVERAGE_REJECT, /* likewise */
	COVERAGE_KINDS,
};

struct coverage_part {
	enum coverage_kind kind;
	const char *where; /* "job.state"; of a line "" */
	struct span name;  /* of a line nothing */
	const char *file;
	int line;
	bool is_used;
};

/* Note from here on what is used; deriving is slower then. Call it once, before rows are derived. */
void rule_host_cover(struct rule_host *host);
/* Everything that can be used, by file and line. In the arena; valid while the host lives. */
const struct coverage_part *rule_host_coverage(const struct rule_host *host, struct arena *arena,
					       int *count);

#endif
