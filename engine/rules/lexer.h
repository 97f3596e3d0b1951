/*
 * lexer.h: the tokens of a rule file. For engine/rules only.
 *
 * LuaJIT has already accepted the syntax; the tokens serve what a Lua state no longer knows:
 * literals that lose digits, keys given twice, what a function says and where a table stands.
 */
#ifndef ENGINE_RULES_LEXER_H
#define ENGINE_RULES_LEXER_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/span.h"

enum { TOKENS_MAX = 400000 };

enum token_kind { TOKEN_NAME, TOKEN_KEYWORD, TOKEN_STRING, TOKEN_NUMBER, TOKEN_SYMBOL };

struct token {
	const char *data; /* strings: decoded; all others: as written */
	uint32_t size;
	uint32_t line : 28; /* a file has at most 4 Mi of them */
	uint32_t kind : 4;  /* enum token_kind */
};

/* Of a token as written, quotes included: offsets in the source. */
struct token_place {
	uint32_t begin, end;
};

struct token_list {
	struct token *tokens;
	struct token_place *places; /* beside tokens; NULL unless lexer_read_places() made them */
	int count;
};

enum lex_answer { LEX_OK, LEX_TOO_MANY, LEX_UNREADABLE };

/* The tokens without comments, in the arena; they borrow from the source. Line is where an
 * unreadable token stands. */
enum lex_answer lexer_read(struct span source, struct arena *arena, struct token_list *list,
			   int *line);

/* The same, and where each token stands. */
enum lex_answer lexer_read_places(struct span source, struct arena *arena, struct token_list *list,
				  int *line);

enum literal_answer { LITERAL_OK, LITERAL_SUFFIX, LITERAL_BASE, LITERAL_DIGITS };

/* Is this number literal exactly what a Lua number can hold, and an ordinary one? */
enum literal_answer literal_judge(struct span text);

static inline struct span token_span(const struct token *token)
{
	return (struct span){ token->data, token->size };
}

static inline bool token_is(const struct token *token, enum token_kind kind, const char *text)
{
	return token->kind == kind && span_equal_text(token_span(token), text);
}

/* 1 for what opens a bracket, −1 for what closes one. */
static inline int token_bracket_step(const struct token *token)
{
	if (token->kind != TOKEN_SYMBOL || token->size != 1)
		return 0;
	if (strchr("([{", token->data[0]))
		return 1;
	return strchr(")]}", token->data[0]) ? -1 : 0;
}

#endif
