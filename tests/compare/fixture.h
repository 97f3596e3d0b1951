/*
 * fixture.h: two versions of one small rule over a store in memory.
 *
 * Criterion runs each test in its own process, so one fixture a process is enough.
 */
#ifndef TESTS_COMPARE_FIXTURE_H
#define TESTS_COMPARE_FIXTURE_H

#include "drivers/memory/memory.h"
#include "engine/compare/compare.h"

struct two {
	char folder[64];
	struct arena arena;
	struct err err;
	struct memory_store *store;
	struct conn *conn;
	struct rule_host *hosts[2];
	struct deriver *derivers[2];
	struct meaning meaning;
	struct comparison comparison;
	struct judgement judgement;
	int read_count; /* of rows, by either side */
	void (*on_read)(
	    int count); /* called behind each reading of rows, with how many there were */
};
extern struct two two;

/* .init and .fini of a suite. */
void two_begin(void);
void two_end(void);

/* The table t (id, a, b), with as many rows as are put into it. */
void two_table(void);
void two_row(const char *id, const char *a, const char *b);

/* Load both; `fields` are those beside the id. Sources: root = table "t". rest stands among the entity's members. */
void two_load(int side, const char *head, const char *fields, const char *rest);

/* Compare what they say, and rows (0: all of them), and judge. */
void two_compare_meaning(void);
void two_compare(int64_t sample);

/* The only entity. */
struct entity_comparison *two_entity(void);
const struct part_change *two_part(const char *name);
const struct field_tally *two_field(const char *path);
const struct transition *two_transition(const struct tally *tally, const char *before,
					const char *after);

#endif
