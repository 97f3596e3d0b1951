/*
 * sql_tables.c: tables stand behind `from`, `join` and `table`, and behind the commas of a `from`. Rather one too many than one too
 * few: what is no table has no rows that anybody moves.
 */
#include "engine/model/sql_tables.h"

#include "engine/model/span_map.h"

enum { TABLES_EXPECTED = 16 };

struct finding {
	const struct pieces *pieces;
	struct span_map seen;
	const char **tables;
	int count;
	/* A letter for each open bracket: F inside of a list of tables, E where `from` is a word of a function, else a blank. */
	char *brackets;
	int depth;
	bool is_expected; /* the next name is a table's */
};

static void add(struct finding *found, const struct piece *piece)
{
	struct sql_token token = { piece->kind == PIECE_QUOTED ? SQL_QUOTED_NAME : SQL_NAME,
				   piece->text };
	struct arena *arena = found->pieces->arena;
	char *name = arena_alloc(arena, piece->text.size + 1);
	struct span text = { name, sql_take_name(&token, name) };

	name[text.size] = '\0';
	if (span_map_get(&found->seen, text) != SPAN_MAP_NONE)
		return;
	span_map_put(&found->seen, text, found->count);
	found->tables =
	    arena_grow_by_one(arena, found->tables, found->count, sizeof(*found->tables));
	found->tables[found->count++] = name;
}

static bool is_name_at(const struct finding *found, int index)
{
	return index < found->pieces->count && (found->pieces->items[index].kind == PIECE_WORD ||
						found->pieces->items[index].kind == PIECE_QUOTED);
}

/* A name of parts, at the index of the first; that of the last. What is called gives rows of its own. */
static int take_name(struct finding *found, int index)
{
	while (piece_is(found->pieces, index + 1, ".") && is_name_at(found, index + 2))
		index += 2;
	found->is_expected = false;
	if (!piece_is(found->pieces, index + 1, "("))
		add(found, &found->pieces->items[index]);
	return index;
}

static void open_bracket(struct finding *found, int index)
{
	static const char *const functions[] = { "extract", "substring", "trim", "overlay", NULL };

	found->depth++;
	found->brackets[found->depth] =
	    piece_is_one_of(found->pieces, index - 1, functions) ? 'E' : ' ';
}

static void look_at_word(struct finding *found, int index)
{
	static const char *const ends[] = { "where",  "group",     "order",  "having",
					    "limit",  "offset",    "union",  "intersect",
					    "except", "window",    "fetch",  "for",
					    "select", "returning", "values", NULL };
	const struct pieces *pieces = found->pieces;
	char *bracket = &found->brackets[found->depth];

	if (piece_is(pieces, index, "from")) {
		found->is_expected = *bracket != 'E' && !piece_is(pieces, index - 1, "distinct");
		if (found->is_expected)
			*bracket = 'F';
	} else if (piece_is(pieces, index, "join") || piece_is(pieces, index, "table")) {
		found->is_expected = true;
	} else if (piece_is_one_of(pieces, index, ends)) {
		found->is_expected = false;
		*bracket = *bracket == 'F' ? ' ' : *bracket;
	}
}

/* The index of the last piece that was looked at. */
static int look_at(struct finding *found, int index)
{
	static const char *const kept[] = { "only", "lateral", NULL };
	static const char *const never[] = { "select", "with", "values", "from", "join", NULL };
	const struct pieces *pieces = found->pieces;

	if (found->is_expected && piece_is_one_of(pieces, index, kept))
		return index;
	if (found->is_expected && is_name_at(found, index) &&
	    !piece_is_one_of(pieces, index, never))
		return take_name(found, index);
	if (pieces->items[index].kind == PIECE_WORD)
		look_at_word(found, index);
	else if (piece_is(pieces, index, "("))
		open_bracket(found, index);
	else if (piece_is(pieces, index, ")"))
		found->depth -= found->depth > 0;
	else
		found->is_expected =
		    piece_is(pieces, index, ",") && found->brackets[found->depth] == 'F';
	return index;
}

const char *const *sql_find_tables(const struct pieces *pieces, int from, int *count)
{
	struct finding found = { .pieces = pieces };

	found.brackets = arena_alloc(pieces->arena, (size_t)pieces->count + 1);
	found.brackets[0] = ' ';
	span_map_init(&found.seen, pieces->arena, TABLES_EXPECTED);
	for (int i = from; i < pieces->count; i++)
		i = look_at(&found, i);
	*count = found.count;
	return found.tables;
}
