/*
 * fuzz_rule.h: rule files and outcomes for fuzz targets.
 */
#ifndef TESTS_FUZZ_FUZZ_RULE_H
#define TESTS_FUZZ_FUZZ_RULE_H

#include "engine/derive/join.h"
#include "engine/rules/rule_host.h"

/* The path of a file of this name in this process's own folder, which goes when the process ends. */
const char *fuzz_path(const char *name);
void fuzz_write(const char *name, struct span bytes);

/* The rule in this text, which is known to be one; the process keeps it. */
struct rule_host *fuzz_rule(const char *name, const char *text);

/* What must hold of every outcome. */
void fuzz_check_outcome(const struct outcome *outcome, const struct entity_info *entity);

/* What must hold of every fault of a rule file or a row, where `given` is all its words could come from. */
void fuzz_check_fault(const struct fault *fault, struct span given);

/* Derive the only entity's root row, whose columns are named beside their values: { "a", text, … NULL }. Values without
 * data are NULL; columns nobody reads are passed over. The outcome has been checked; it lives in the arena. */
struct fuzz_cell {
	const char *column;
	struct span text;
};
void fuzz_derive(struct rule_host *host, const struct fuzz_cell *cells, int cell_count,
		 struct arena *arena, struct outcome *outcome);

/* A field of a record as JSON, or NULL when it is absent or the outcome is no record. */
const struct json_value *fuzz_field(const struct outcome *outcome, const char *name,
				    struct arena *arena);

#endif
