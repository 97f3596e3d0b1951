/*
 * sql_token.h: the words of a statement of SQL, told apart as a store does and without understanding them.
 */
#ifndef ENGINE_MODEL_SQL_TOKEN_H
#define ENGINE_MODEL_SQL_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/span.h"

/* Whose words they are. */
enum sql_dialect {
	SQL_POSTGRES, /* E'\'', $tag$…$tag$, comments that nest, operators of any letters */
	SQL_SQLITE,   /* `name`, [name], @name and $name for parameters */
};

enum sql_kind {
	SQL_NAME,        /* as it stands: nothing is folded */
	SQL_QUOTED_NAME, /* with its quotes, and with the U& before them */
	SQL_TEXT,        /* with all that continues it on other lines */
	SQL_NUMBER,
	SQL_PARAMETER, /* $1 :name, and where ? is no operator ? and ?1 */
	SQL_OPERATOR,  /* "::" ":=" and ":" are some */
	SQL_LETTER,    /* a bracket, comma, full stop, semicolon, and what no statement has */
};

struct sql_token {
	enum sql_kind kind;
	struct span text;
};

/* Where it stands in a text, which need not end with a NUL. */
struct sql_reader {
	const char *at, *end;
	enum sql_dialect dialect;
	bool is_cut; /* a text, a name or a comment does not end */
};

static inline struct sql_reader sql_reader_of(struct span text, enum sql_dialect dialect)
{
	return (struct sql_reader){ text.data, text.data + text.size, dialect, false };
}

/* False behind the last. */
bool sql_next_token(struct sql_reader *reader, struct sql_token *token);

/* The letter that the token is; 0 for any other. */
static inline char sql_letter(const struct sql_token *token)
{
	return token->kind == SQL_LETTER ? token->text.data[0] : '\0';
}

/* A name without its quotes, which are one where two stand for one; ASCII letters are small unless it was quoted. The room is
 * as large as the token, and followed by nothing. Returns the size. */
size_t sql_take_name(const struct sql_token *token, char *room);

#endif
