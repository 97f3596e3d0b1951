/*
 * sql_pieces.c: tokens to pieces: literals and parameters become places, a sign belongs to its number, lists become short.
 */
#include "engine/model/sql_pieces.h"

/* ---- one piece after the other ---- */

static void push(struct pieces *pieces, enum piece_kind kind, struct span text)
{
	pieces->items =
	    arena_grow_by_one(pieces->arena, pieces->items, pieces->count, sizeof(*pieces->items));
	pieces->items[pieces->count++] = (struct piece){ text, kind };
}

/* Behind what may stand here a sign is no sum. */
static bool may_be_signed(const struct pieces *pieces, int before)
{
	static const char *const words[] = { "select", "where",   "and",      "or",     "not",
					     "on",     "having",  "when",     "then",   "else",
					     "case",   "between", "by",       "limit",  "offset",
					     "like",   "ilike",   "distinct", "return", NULL };
	const struct piece *piece = &pieces->items[before];

	if (before < 0)
		return true;
	if (piece->kind == PIECE_WORD)
		return piece_is_one_of(pieces, before, words);
	return piece->kind == PIECE_OTHER && !piece_is(pieces, before, ")") &&
	       !piece_is(pieces, before, "]");
}

static void push_place(struct pieces *pieces)
{
	while (piece_is(pieces, pieces->count - 1, "-") && may_be_signed(pieces, pieces->count - 2))
		pieces->count--;
	push(pieces, PIECE_PLACE, SPAN("?"));
}

/* true, false and null are literals but in `is not null` and the like, or as a part of a name. */
static bool is_literal(const struct pieces *pieces, struct span word)
{
	int before = pieces->count - 1;

	if (!span_equal(word, SPAN("true")) && !span_equal(word, SPAN("false")) &&
	    !span_equal(word, SPAN("null")))
		return false;
	if (piece_is(pieces, before, "not"))
		before--;
	return !piece_is(pieces, before, "is") && !piece_is(pieces, before, ".") &&
	       !(piece_is(pieces, pieces->count - 1, "not") && span_equal(word, SPAN("null")));
}

static void push_word(struct pieces *pieces, const struct sql_token *token)
{
	char *room = arena_alloc(pieces->arena, token->text.size);
	struct span word = { room, sql_take_name(token, room) };

	if (is_literal(pieces, word))
		push_place(pieces);
	else
		push(pieces, PIECE_WORD, word);
}

static void push_letter(struct pieces *pieces, const struct sql_token *token)
{
	char letter = sql_letter(token);
	int step = letter == '(' || letter == '[' ? 1 : letter == ')' || letter == ']' ? -1 : 0;

	pieces->depth += step;
	if (letter == '[' || letter == ']')
		pieces->list_depth += step;
	if (pieces->depth < 0 || pieces->list_depth < 0)
		pieces->is_crossed = true;
	push(pieces, PIECE_OTHER, token->text);
}

/* What stands on both sides of a question mark in a run of operators, where those are ones that everybody has: a=? is a = ? */
static bool is_common(struct span text)
{
	static const char *const operators[] = { "",   "=", "<", ">", "<=", ">=", "<>", "!=",
						 "||", "+", "-", "*", "/",  "%",  "^" };

	for (size_t i = 0; i < sizeof(operators) / sizeof(operators[0]); i++)
		if (span_equal_text(text, operators[i]))
			return true;
	return false;
}

static void push_operator(struct pieces *pieces, struct span text)
{
	const char *mark = memchr(text.data, '?', text.size);
	struct span left = { text.data, mark ? (size_t)(mark - text.data) : 0 }, right;

	if (mark) {
		right = (struct span){ mark + 1, text.size - left.size - 1 };
		if (is_common(left) && is_common(right)) {
			if (left.size)
				push(pieces, PIECE_OTHER, left);
			push_place(pieces);
			if (right.size)
				push(pieces, PIECE_OTHER, right);
			return;
		}
	}
	push(pieces, PIECE_OTHER, text);
}

static bool ends_value(const struct pieces *pieces, int index)
{
	return index >= 0 && !piece_is(pieces, index, "array") &&
	       (pieces->items[index].kind != PIECE_OTHER || piece_is(pieces, index, ")") ||
		piece_is(pieces, index, "]"));
}

/* Between square brackets, behind what :n would end the slice of: that is a column. */
static bool ends_slice(const struct pieces *pieces, const struct sql_token *token)
{
	int before = pieces->count - 1;

	return token->text.data[0] == ':' && pieces->list_depth > 0 &&
	       (ends_value(pieces, before) ||
		(piece_is(pieces, before, "[") && ends_value(pieces, before - 1)));
}

static void push_slice_end(struct pieces *pieces, const struct sql_token *token)
{
	struct sql_token name = { SQL_NAME, { token->text.data + 1, token->text.size - 1 } };

	push(pieces, PIECE_OTHER, SPAN(":"));
	push_word(pieces, &name);
}

void pieces_add(struct pieces *pieces, const struct sql_token *token)
{
	switch (token->kind) {
	case SQL_NAME:
		push_word(pieces, token);
		break;
	case SQL_QUOTED_NAME:
		push(pieces, PIECE_QUOTED, token->text);
		break;
	case SQL_OPERATOR:
		push_operator(pieces, token->text);
		break;
	case SQL_LETTER:
		push_letter(pieces, token);
		break;
	case SQL_PARAMETER:
		if (ends_slice(pieces, token))
			push_slice_end(pieces, token);
		else
			push_place(pieces);
		break;
	default:
		push_place(pieces);
		break;
	}
}

/* ---- lists ---- */

static int step_of(const struct pieces *pieces, int index)
{
	if (piece_is(pieces, index, "(") || piece_is(pieces, index, "["))
		return 1;
	return piece_is(pieces, index, ")") || piece_is(pieces, index, "]") ? -1 : 0;
}

/* The end of the item that begins here: the comma behind it, or the list's end. */
static int item_end(const struct pieces *pieces, int begin, int end)
{
	int depth = 0, i = begin;

	for (; i < end; i++) {
		if (depth == 0 && piece_is(pieces, i, ","))
			break;
		depth += step_of(pieces, i);
	}
	return i;
}

/* Of what stands inside of a list may this one be there: a literal, its type, or a row's bracket? Names say a type, before a literal
 * (date '…') or behind a cast. A list in it is none of that, so that no part is looked at for two lists. */
static bool is_of_literal(const struct pieces *pieces, int index, bool *is_type)
{
	static const char *const lists[] = { "in", "array", NULL };
	const struct piece *piece = &pieces->items[index];
	bool is_name = piece->kind == PIECE_WORD || piece->kind == PIECE_QUOTED;

	if (piece_is(pieces, index, "::"))
		return *is_type = true;
	if (piece_is(pieces, index, ",")) {
		*is_type = false;
		return true;
	}
	if (piece->kind == PIECE_PLACE || step_of(pieces, index) != 0)
		return true;
	if (*is_type)
		return (is_name && !piece_is_one_of(pieces, index, lists)) ||
		       piece_is(pieces, index, ".");
	return is_name && index + 1 < pieces->count && piece[1].kind == PIECE_PLACE;
}

/* Where the list that opens here ends; 0 where it is not one of literals. */
static int literals_end(const struct pieces *pieces, int open)
{
	bool is_type = false, is_empty = true; /* the item */
	int depth = 1;

	for (int i = open + 1; i < pieces->count; i++) {
		bool is_end = depth == 1 && piece_is(pieces, i, ",");

		depth += step_of(pieces, i);
		if ((is_end || depth == 0) && is_empty)
			return 0;
		if (depth == 0)
			return i;
		if (!is_of_literal(pieces, i, &is_type))
			return 0;
		is_empty = is_end || (is_empty && pieces->items[i].kind != PIECE_PLACE);
	}
	return 0;
}

static bool is_same(const struct pieces *pieces, int one, int other, int size)
{
	for (int i = 0; i < size; i++)
		if (!span_equal(pieces->items[one + i].text, pieces->items[other + i].text))
			return false;
	return true;
}

enum { KINDS_MAX = 16 };

/* The items of a list that differ. */
struct kinds {
	int begins[KINDS_MAX], sizes[KINDS_MAX];
	int count;
};

static bool is_known(const struct pieces *pieces, const struct kinds *kinds, int begin, int size)
{
	for (int i = 0; i < kinds->count; i++)
		if (kinds->sizes[i] == size && is_same(pieces, kinds->begins[i], begin, size))
			return true;
	return false;
}

/* False for a list of very different items. */
static bool find_kinds(const struct pieces *pieces, int begin, int end, struct kinds *kinds)
{
	kinds->count = 0;
	for (int at = begin, stop; at < end; at = stop + 1) {
		stop = item_end(pieces, at, end);
		if (is_known(pieces, kinds, at, stop - at))
			continue;
		if (kinds->count == KINDS_MAX)
			return false;
		kinds->begins[kinds->count] = at;
		kinds->sizes[kinds->count++] = stop - at;
	}
	return true;
}

/* Append to the pieces kept so far, which end before all that is still to come. */
static void keep(struct pieces *pieces, int *kept, int begin, int size)
{
	memmove(&pieces->items[*kept], &pieces->items[begin],
		(size_t)size * sizeof(*pieces->items));
	*kept += size;
}

static void keep_list(struct pieces *pieces, int *kept, int begin, int end)
{
	struct kinds kinds;

	if (!find_kinds(pieces, begin, end, &kinds)) {
		keep(pieces, kept, begin, end - begin);
		return;
	}
	for (int i = 0; i < kinds.count; i++) {
		keep(pieces, kept, kinds.begins[i], kinds.sizes[i]);
		if (i + 1 < kinds.count)
			pieces->items[(*kept)++] = (struct piece){ SPAN(","), PIECE_OTHER };
	}
}

static bool begins_list(const struct pieces *pieces, int index)
{
	return (piece_is(pieces, index, "(") && piece_is(pieces, index - 1, "in")) ||
	       (piece_is(pieces, index, "[") && piece_is(pieces, index - 1, "array"));
}

void pieces_shorten_lists(struct pieces *pieces)
{
	int kept = 0;

	for (int i = 0; i < pieces->count; i++) {
		int list_end = begins_list(pieces, i) ? literals_end(pieces, i) : 0;

		keep(pieces, &kept, i, 1);
		if (list_end) {
			keep_list(pieces, &kept, i + 1, list_end);
			i = list_end - 1;
		}
	}
	pieces->count = kept;
}
