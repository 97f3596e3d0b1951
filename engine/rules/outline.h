/*
 * outline.h: where the tables and functions of a rule file begin and end. For engine/rules only.
 */
#ifndef ENGINE_RULES_OUTLINE_H
#define ENGINE_RULES_OUTLINE_H

#include "engine/rules/lexer.h"

/* One entry of a table constructor. */
struct outline_item {
	struct span
	    key;      /* of `name =` and `["name"] =`; no data when it has none or a computed one */
	int position; /* of an entry without a key, or of [1] =, from 1; else 0 */
	int table;    /* the constructor it stands in */
	int first, last; /* tokens of its value: [first, last) */
	int line;        /* where it begins */
};

struct outline_table {
	int open, close; /* tokens of { and } */
	int parent;      /* the constructor around it, or −1 */
};

struct outline_function {
	int open, end;       /* tokens: behind the word function, and its end */
	int line, body_line; /* of the word function and of its parameters */
	int end_line;
};

struct outline {
	const struct token_list *list;
	struct outline_item *items; /* by table, then by key, then by position; of equals by line */
	int item_count;
	struct outline_table *tables; /* in the order they begin */
	int table_count;
	int *named; /* of them, those behind `word "name"` */
	int named_count;
	struct outline_function *functions; /* in the order they end */
	int function_count;
};

/* False when blocks do not match, which LuaJIT would not have let through. */
bool outline_read(const struct token_list *list, struct arena *arena, struct outline *outline);

/* The constructor of `word "name" {`, or of `word {` when name is NULL: where several are, the one
 * whose word stands on the line, else the first; −1 when there is none. */
int outline_find(const struct outline *outline, const char *word, const char *name, int line);

/* The entry of a constructor by key, or by position when key has no data; NULL when absent. */
const struct outline_item *outline_entry(const struct outline *outline, int table, struct span key,
					 int position);

/* Are both entries of one table with one key? Those with a computed one are of none. */
bool outline_same_key(const struct outline_item *a, const struct outline_item *b);

/* The outermost constructor inside the entry's value, or −1. */
int outline_table_of(const struct outline *outline, const struct outline_item *item);

/* The line of the `{` in `local name = {` before the token, or 0. */
int outline_local_line(const struct outline *outline, struct span name, int before);

/* The constructor in `local name = {`, the last one up to the line, or −1. */
int outline_local_table(const struct outline *outline, struct span name, int line);

/* What the line is about: the entity around it and the keys that lead there, at most two, as far as they are written. */
struct outline_place {
	struct span entity; /* no data outside of entities */
	struct span keys[2];
	int key_count;
};

struct outline_place outline_place_of(const struct outline *outline, int line);

/* Does the function stand on these lines, as Lua counts them? */
static inline bool outline_function_at(const struct outline_function *function, int line,
				       int end_line)
{
	return function->end_line == end_line &&
	       (function->line == line || function->body_line == line);
}

#endif
