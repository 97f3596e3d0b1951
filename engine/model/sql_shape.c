/*
 * sql_shape.c: statements taken apart by their semicolons, what kind each is, and its shape as text.
 */
#include "engine/model/sql_shape.h"

#include "engine/base/buf.h"
#include "engine/model/sql_pieces.h"
#include "engine/model/sql_tables.h"

/* ---- what kind of statement ---- */

static const char *const reading_verbs[] = { "select", "values", "table", NULL };
static const char *const writing_verbs[] = { "insert", "update", "delete", "merge", NULL };

/* What begins the other statements of PostgreSQL and SQLite. */
static const char *const other_verbs[] = {
	"abort",      "alter",   "analyse", "analyze", "attach",   "begin",    "call",
	"checkpoint", "close",   "cluster", "comment", "commit",   "copy",     "create",
	"deallocate", "declare", "detach",  "discard", "do",       "drop",     "end",
	"execute",    "explain", "fetch",   "grant",   "import",   "listen",   "load",
	"lock",       "move",    "notify",  "pragma",  "prepare",  "reassign", "refresh",
	"reindex",    "release", "replace", "reset",   "revoke",   "rollback", "savepoint",
	"security",   "set",     "show",    "start",   "truncate", "unlisten", "use",
	"vacuum",     NULL,
};

static int depth_step(const struct pieces *pieces, int index)
{
	if (piece_is(pieces, index, "(") || piece_is(pieces, index, "["))
		return 1;
	return piece_is(pieces, index, ")") || piece_is(pieces, index, "]") ? -1 : 0;
}

/* Outside of all brackets, from here on; count where it is not. */
static int find_outside(const struct pieces *pieces, int from, const char *const *words)
{
	int depth = 0, i = from;

	for (; i < pieces->count; i++) {
		depth += depth_step(pieces, i);
		if (depth == 0 && piece_is_one_of(pieces, i, words))
			break;
	}
	return i;
}

/* `with a as (…)`: the verb behind the last of them; count where one of them writes. */
static int find_verb_behind_with(const struct pieces *pieces, int with)
{
	static const char *const before_names[] = { "with", "recursive", ",", NULL };
	static const char *const before_parts[] = { "as", "materialized", NULL };
	int depth = 0;

	for (int i = with + 1; i < pieces->count; i++) {
		depth += depth_step(pieces, i);
		if (depth == 1 && piece_is(pieces, i, "(") &&
		    piece_is_one_of(pieces, i - 1, before_parts) &&
		    piece_is_one_of(pieces, i + 1, writing_verbs))
			return pieces->count;
		if (depth == 0 && !piece_is_one_of(pieces, i - 1, before_names) &&
		    (piece_is_one_of(pieces, i, reading_verbs) ||
		     piece_is_one_of(pieces, i, writing_verbs)))
			return i;
	}
	return pieces->count;
}

/* Where what a cursor or a prepared statement asks begins. */
static int skip_wrapping(const struct pieces *pieces)
{
	static const char *const cursor[] = { "cursor", NULL }, *const asks[] = { "for", NULL },
				 *const as[] = { "as", NULL };
	int behind = 0;

	if (piece_is(pieces, 0, "prepare"))
		behind = find_outside(pieces, 1, as) + 1;
	else if (piece_is(pieces, 0, "declare"))
		behind = find_outside(pieces, find_outside(pieces, 1, cursor), asks) + 1;
	return behind < pieces->count ? behind : 0;
}

static enum sql_ask ask_of(const struct pieces *pieces, int from)
{
	static const char *const into[] = { "into", NULL };
	int verb = from;

	while (piece_is(pieces, verb, "("))
		verb++;
	if (piece_is(pieces, verb, "with"))
		verb = find_verb_behind_with(pieces, verb);
	else if (!piece_is_one_of(pieces, verb, reading_verbs) &&
		 !piece_is_one_of(pieces, verb, writing_verbs) &&
		 !piece_is_one_of(pieces, verb, other_verbs))
		return SQL_STRANGE;
	if (!piece_is_one_of(pieces, verb, reading_verbs) ||
	    find_outside(pieces, verb, into) < pieces->count)
		return SQL_ORDER;
	return SQL_QUESTION;
}

/* ---- as text ---- */

static bool is_name(const struct piece *piece)
{
	return piece->kind == PIECE_WORD || piece->kind == PIECE_QUOTED;
}

/* Before the bracket of what is no function. */
static bool stands_apart(const struct pieces *pieces, int index)
{
	static const char *const words[] = {
		"all",      "and",    "any",       "as",     "by",           "case",    "cross",
		"distinct", "else",   "end",       "except", "exists",       "from",    "group",
		"having",   "in",     "intersect", "is",     "join",         "lateral", "like",
		"limit",    "not",    "offset",    "on",     "only",         "or",      "order",
		"over",     "select", "some",      "then",   "union",        "using",   "values",
		"when",     "where",  "window",    "with",   "materialized", "filter",  "within",
		NULL,
	};

	return piece_is_one_of(pieces, index, words);
}

/* Nothing is joined that would be read as one word, or as another. */
static bool are_joined(const struct pieces *pieces, int index)
{
	static const char *const closing[] = { ")", "]", ",", ".", NULL };
	static const char *const opening[] = { "(", "[", ".", NULL };
	const struct piece *before = &pieces->items[index - 1], *piece = before + 1;
	bool ends_value = is_name(before) || before->kind == PIECE_PLACE ||
			  piece_is(pieces, index - 1, ")") || piece_is(pieces, index - 1, "]");

	if (piece_is_one_of(pieces, index, closing) || piece_is_one_of(pieces, index - 1, opening))
		return true;
	if (piece_is(pieces, index, "::") || piece_is(pieces, index, "["))
		return ends_value;
	if (piece_is(pieces, index, "("))
		return is_name(before) && !stands_apart(pieces, index - 1);
	return piece_is(pieces, index - 1, "::") && is_name(piece);
}

static struct span print(const struct pieces *pieces, int from)
{
	struct span text;
	struct buf buf;

	buf_init(&buf);
	for (int i = from; i < pieces->count; i++) {
		if (i > from && !are_joined(pieces, i))
			buf_put_char(&buf, ' ');
		buf_put_span(&buf, pieces->items[i].text);
	}
	text = arena_copy(pieces->arena, buf_span(&buf));
	buf_release(&buf);
	return text;
}

/* ---- one statement ---- */

/* False where none is left. */
static bool read_pieces(struct sql_reader *reader, struct pieces *pieces, const char **begin)
{
	bool was_cut = reader->is_cut;
	struct sql_token token;

	while (sql_next_token(reader, &token)) {
		if (sql_letter(&token) != ';')
			pieces_add(pieces, &token);
		else if (*begin)
			return true;
		if (*begin == NULL && sql_letter(&token) != ';')
			*begin = token.text.data;
	}
	return *begin != NULL || reader->is_cut != was_cut;
}

bool sql_next_shape(struct sql_reader *reader, struct arena *arena, struct sql_shape *shape)
{
	struct pieces pieces = { .arena = arena };
	int from;

	*shape = (struct sql_shape){ .ask = SQL_CUT };
	if (!read_pieces(reader, &pieces, &shape->begin))
		return false;
	if (reader->is_cut || pieces.depth != 0 || pieces.is_crossed)
		return true;
	from = skip_wrapping(&pieces);
	shape->ask = ask_of(&pieces, from);
	if (shape->ask != SQL_QUESTION)
		return true;
	shape->tables = sql_find_tables(&pieces, from, &shape->table_count);
	pieces_shorten_lists(&pieces);
	shape->text = print(&pieces, from);
	return true;
}
