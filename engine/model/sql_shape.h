/*
 * sql_shape.h: what a statement of SQL asks, whatever it asks it for: the shape that many statements share.
 *
 * A shape has `?` for every literal and parameter, one blank or none between words, no comments, and small letters but for what
 * was quoted. A list of literals (in (1, 2, 3), array[1, 2, 3]) is as long as it has different kinds of items. A shape's shape
 * is itself. Two statements of one shape may differ in what they mean where a literal decides it (limit 1, order by 2); two of
 * different shapes may mean the same ("a" and a): nothing is understood here.
 */
#ifndef ENGINE_MODEL_SQL_SHAPE_H
#define ENGINE_MODEL_SQL_SHAPE_H

#include "engine/base/arena.h"
#include "engine/model/sql_token.h"

enum sql_ask {
	SQL_QUESTION, /* select, with … select, values, table; also as what a cursor or a prepared statement asks */
	SQL_ORDER,   /* any other statement that begins as one of SQL does */
	SQL_STRANGE, /* no statement of SQL begins so */
	SQL_CUT,     /* it does not end: a quote, a comment or a bracket is open */
};

struct sql_shape {
	enum sql_ask ask;
	struct span text; /* of a question */
	/* What may be tables in it, as words tell: each once, folded as they are in the store, by their last name
	 * ("del" of public.del). Names of a `with` are among them. */
	const char *const *tables;
	int table_count;
	const char *begin; /* where its first word stands; NULL: there is none */
};

/* As much as is looked at of one statement. */
enum { SQL_SHAPE_BYTES_MAX = 4 << 20 };

/* The shape of the next statement, up to its semicolon; false where none is left. In the arena. */
bool sql_next_shape(struct sql_reader *reader, struct arena *arena, struct sql_shape *shape);

#endif
