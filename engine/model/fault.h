/*
 * fault.h: what is wrong with a rule file or with one record, in the parts people need.
 *
 * Plain data in an arena; printed by cli, kept as JSON in quarantine.
 */
#ifndef ENGINE_MODEL_FAULT_H
#define ENGINE_MODEL_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/span.h"

enum saw_kind {
	SAW_NOTHING,
	SAW_NULL,
	SAW_TEXT,
	SAW_BYTES,
	SAW_INTEGER,
	SAW_DECIMAL,
	SAW_BOOLEAN,
	SAW_TABLE,
	SAW_OTHER
};

struct fault {
	const char *code;           /* "E2103" */
	struct span where;          /* what it concerns: "job.state", "job.source.events" */
	struct span field;          /* the field or column alone: "state"; no data when none */
	const char *file;           /* "rules/v3.lua", or NULL when no rule file is concerned */
	int line;                   /* 0 when unknown */
	const char *table, *column; /* of legacy, where one column alone was asked; else NULL */
	bool is_of_column;          /* its value is at fault, whatever asks for it */
	struct span message;        /* one line: no mapping for "PICKED UP" */
	enum saw_kind saw_kind;
	struct span saw;     /* the value seen, at most CELL_KEPT_BYTES of it */
	size_t saw_size;     /* its whole size in bytes */
	struct span nearest; /* what may have been meant; no data when nothing is near */
	/* Of an example that does not hold, where one value differs: each value as one line with what kind of value it is. */
	struct span expected, seen;
	struct span why;  /* why it matters: "nothing was guessed" */
	struct span help; /* what to do */
};

/* Nobody reads more of one rule file or record, and who wrote either may have meant to make more. */
enum { FAULTS_MAX = 1000 };

/* A growing list in an arena: the first FAULTS_MAX, and how many more there are. */
struct fault_list {
	struct arena *arena; /* borrowed */
	struct fault *faults;
	size_t fault_count;
	size_t fault_capacity;
	size_t untold_count;
	struct fault untold; /* what is written into those that are only counted */
};

void fault_list_init(struct fault_list *list, struct arena *arena);

/* Append a zeroed fault with its code; the caller fills the rest (texts that outlive the arena, or
 * copies in list->arena). The pointer is valid until the next call. Of a full list it is one that nobody sees. */
struct fault *fault_add(struct fault_list *list, const char *code);

/* Make every text of the faults from `first` on a line that may be shown: a rule file's own words stand in them, cut
 * anywhere. What is not UTF-8 or shows nothing is written as \x1b, \n, \u{202e}. */
void fault_list_make_lines(struct fault_list *list, size_t first);

/* The title of a code, "no mapping for a value", or NULL for a code that does not exist. */
const char *fault_title(const char *code);

/* Every code in order: 0 to fault_code_count() - 1. */
int fault_code_count(void);
const char *fault_code_at(int index);

/* The code as a constant that outlives everything, or NULL for one that does not exist. */
const char *fault_code_named(struct span code);

/* Why it matters and what to do: as the fault says, or what holds for its code in general. */
struct span fault_why(const struct fault *fault);
struct span fault_help(const struct fault *fault);

/* [{"field","code","rule_line","saw","message"}…] as kept in quarantine. */
void fault_put_json(struct buf *buf, const struct fault *faults, size_t fault_count);

/* "saw" and, where that is cut, "saw_size", as members of an open object. */
struct json_writer;
void fault_put_json_saw(struct json_writer *writer, const struct fault *fault);

/* The value as people should see it: quoted, invisible characters visible, cut at 120 characters. */
void fault_put_saw(struct buf *buf, const struct fault *fault);

#endif
