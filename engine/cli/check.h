/*
 * check.h: what engine check found out about a rule file, layer by layer.
 */
#ifndef ENGINE_CLI_CHECK_H
#define ENGINE_CLI_CHECK_H

#include "engine/cli/command.h"
#include "engine/survey/survey.h"

/* Each stands on those before it. */
enum check_layer {
	LAYER_SHAPE,  /* is it Lua, and is every word, name and kind of value right? */
	LAYER_LINT,   /* is it exact and the same every time, and is nothing lost without a word? */
	LAYER_SCHEMA, /* are the tables and columns there? */
	LAYER_VALUES, /* what does it make of the values? */
	LAYER_COUNT
};

enum layer_answer {
	ANSWER_PASSED,
	ANSWER_FOUND, /* errors or findings */
	ANSWER_SKIPPED,
	ANSWER_UNTOLD, /* could not tell, which is no agreement */
};

struct layer {
	enum layer_answer answer;
	int64_t error_count, finding_count;
	const char *why; /* skipped, or untold; else NULL */
};

struct check {
	struct layer layers[LAYER_COUNT];
	struct fault_list faults; /* errors */
	struct fault_list lint, warnings;
	const struct migration_info *migration; /* NULL: the file did not load */
	struct survey survey;                   /* no entities: no rows were looked at */
};

/* "values", or −1 for what is no layer. */
const char *check_layer_name(enum check_layer layer);
int check_layer_named(struct span name);

/* Which layer a fault of the rule file belongs to, by its code. */
enum check_layer check_layer_of(const char *code);

/* Does the policy ask a sample for a rate that none of its size could show? Of the rows that were counted; E1207. */
void check_sample_rate(struct check *check, const struct migration_info *migration);

int64_t check_finding_count(const struct check *check);
bool check_is_told(const struct check *check);

/* "del.status", or where no column alone is at fault the place of the rule: "job.completedAt". In the arena. */
struct span check_subject(const struct survey_group *group, struct arena *arena);
/* The group as one fault: "del.status: no mapping for a value; 3 of them, in 412 of 100,000 rows". In the arena. */
struct fault check_group_fault(const struct survey_group *group, const struct survey_entity *entity,
			       struct arena *arena);

/* What was found besides errors, for people: what touches most rows last. */
void check_put_findings(struct buf *buf, const struct look *look, const struct check *check,
			struct arena *arena);
/* The version, a line a layer, and the answer. */
void check_put_summary(struct buf *buf, const struct look *look, const struct check *check,
		       const struct options *options);
void check_put_json(struct buf *buf, const struct check *check, struct arena *arena);

#endif
