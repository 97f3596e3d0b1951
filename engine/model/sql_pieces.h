/*
 * sql_pieces.h: the words of one statement as its shape has them. For the shape's files only.
 */
#ifndef ENGINE_MODEL_SQL_PIECES_H
#define ENGINE_MODEL_SQL_PIECES_H

#include "engine/base/arena.h"
#include "engine/model/sql_token.h"

enum piece_kind {
	PIECE_WORD,   /* a name that was not quoted, in small letters */
	PIECE_QUOTED, /* with its quotes */
	PIECE_PLACE,  /* a literal, a parameter, or an operator that looks like one: ? */
	PIECE_OTHER,
};

struct piece {
	struct span text;
	enum piece_kind kind;
};

struct pieces {
	struct arena *arena;
	struct piece *items;
	int count;
	int depth;       /* of open brackets, ( and [ */
	int list_depth;  /* of [ among them */
	bool is_crossed; /* a bracket closes that was not opened */
};

static inline bool piece_is(const struct pieces *pieces, int index, const char *text)
{
	return index >= 0 && index < pieces->count && pieces->items[index].kind != PIECE_QUOTED &&
	       span_equal_text(pieces->items[index].text, text);
}

/* Is it one of these words? The list ends with NULL. */
static inline bool piece_is_one_of(const struct pieces *pieces, int index, const char *const *words)
{
	for (; *words; words++)
		if (piece_is(pieces, index, *words))
			return true;
	return false;
}

/* One token more, with what it does to those before it. */
void pieces_add(struct pieces *pieces, const struct sql_token *token);

/* Lists of literals as long as they have different items. */
void pieces_shorten_lists(struct pieces *pieces);

#endif
