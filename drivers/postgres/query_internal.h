/*
 * query_internal.h: what the files that look at queries of rule files share. For this folder only.
 */
#ifndef DRIVERS_POSTGRES_QUERY_INTERNAL_H
#define DRIVERS_POSTGRES_QUERY_INTERNAL_H

#include "drivers/postgres/postgres_internal.h"

struct query_word {
	const char *
	    name; /* folded to small letters unless it was quoted; NULL: a letter that is no name */
	bool is_quoted;
	bool is_called;    /* a bracket follows */
	bool is_parameter; /* $1 */
	char letter;
};

/* Behind blanks, comments and literals. */
const char *pg_query_skip(const char *at, bool *is_parameter);

/* The next word or letter of the query; false at its end. Names lie in the arena. */
bool pg_query_next_word(const char **at, struct arena *arena, struct query_word *word);

#endif
