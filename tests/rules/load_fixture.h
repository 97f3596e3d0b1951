/*
 * load_fixture.h: rule files in a folder of their own, loaded and looked at.
 *
 * Criterion runs each test in its own process, so one fixture a process is enough.
 */
#ifndef TESTS_RULES_LOAD_FIXTURE_H
#define TESTS_RULES_LOAD_FIXTURE_H

#include "engine/rules/rule_host.h"

struct loaded {
	char folder[64];
	char path[96]; /* of the rule file: folder/v1.lua */
	struct arena arena;
	struct fault_list faults, warnings;
	struct err err;
	struct rule_host *host;
	const struct schema *schema; /* given to the next load */
	struct rule_budget budget;   /* given to the next load */
};

extern struct loaded loaded;

/* .init and .fini of a suite. */
void load_begin(void);
void load_end(void);

/* Write folder/name with these bytes, making its folder. */
void load_write(const char *name, const char *text);
void load_write_bytes(const char *name, const char *bytes, size_t size);

/* Load folder/v1.lua as it stands; closes what was loaded before. */
bool load_again(void);

/* Write v1.lua and load it. */
bool load_text(const char *text);

/* A migration of one entity "job" over table "t" (key "id") with children "kids" of table "k"
 * (parent "t_id", key "no") and a field jobId; head stands before it, fields among its fields, and
 * rest among the entity's members. */
bool load_parts(const char *head, const char *fields, const char *rest);

/* The whole rule file that the language's page shows; its authority.lua is written beside it. */
const char *load_v3_text(void);

/* Is there a fault with the code whose message holds the text? line 0: any. */
bool load_has_fault(const char *code, int line, const char *text);
bool load_has_warning(const char *code, const char *text);

/* Every fault, for assertions to print; static. */
const char *load_faults_text(void);

/* The source of the only entity, or NULL; its columns joined by blanks; static. */
const struct source *load_source(const char *name);
const char *load_columns(const char *name);

/* Run the example of the only entity; false with its differences among the faults. */
bool load_run_example(int index);

#endif
