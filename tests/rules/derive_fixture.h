/*
 * derive_fixture.h: a small rule file with holes, and rows to feed it, for the tests of deriving.
 */
#ifndef TESTS_RULES_DERIVE_FIXTURE_H
#define TESTS_RULES_DERIVE_FIXTURE_H

#include <criterion/criterion.h>

#include "engine/rules/rule_host.h"

/* What goes into the holes; NULL leaves one empty. The entity is "job", its root "del" with the key
 * "id"; it has children events (key seq) and meta (key k). */
struct rule {
	const char *before;  /* in front of `return migration` */
	const char *types;   /* of root's columns */
	const char *root;    /* more options of root */
	const char *sources; /* more sources */
	const char *fields;  /* beside jobId */
	const char *more;    /* more parts of the entity */
	uint64_t instructions;
	size_t memory_bytes;
	uint32_t cpu_ms;
};

/* Everything a test needs to look at. One test, one process, one of these. */
struct fixture {
	struct rule_host *host;
	const struct entity_info *entity;
	struct arena arena;
	struct source_row row;
	struct outcome outcome;
	struct err err;
	char path[64];
};
extern struct fixture fx;

enum { FIXTURE_ROWS = 300, FIXTURE_COLUMNS = 24, FIXTURE_SOURCES = 8 };

/* Write the rule file into a temporary folder and load it; anything wrong with it fails the test. */
void rule_open(const struct rule *rule);
void rule_open_text(const char *text);
void rule_close(void);

/* Set one cell; the source then has at least row + 1 rows. Columns nobody reads are passed over. */
void given(const char *source, uint32_t row, const char *column, const char *text);
void given_cell(const char *source, uint32_t row, const char *column, struct cell cell);
/* A reference's row that is not there. */
void given_missing(const char *source, uint32_t row);
void given_nothing(void);

/* Derive the row. */
void derive(void);

/* The body as text, when it is a record; else the faults in words. */
const char *body(void);

/* The only fault of that field, "" when it has none or several. */
const char *code_of(const char *field);
const struct fault *fault_of(const char *field);

/* Load, derive and expect. */
void expect_body(const char *expected);
void expect_reject(const char *field, const char *code);

#endif
