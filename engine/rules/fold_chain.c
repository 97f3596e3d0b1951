/*
 * fold_chain.c: is a function, to the last instruction, the one that would be written to fold this column? And what that one
 * gives.
 *
 * Nothing is concluded from the instructions themselves: each candidate is written down, compiled and compared.
 */
#include "engine/rules/fold_chain.h"

#include "engine/model/utf8.h"
#include "engine/rules/bytecode.h"
#include "engine/rules/derive_internal.h"

static const struct {
	const char *name;
	enum fold_kind kind;
} folds[] = { { "upper", FOLD_UPPER }, { "lower", FOLD_LOWER }, { "trim", FOLD_TRIM } };

enum { FOLDS = sizeof(folds) / sizeof(*folds), CHAINS = 1 + FOLDS + FOLDS * FOLDS };

/* ---- finding ---- */

/* As a rule writes it behind a dot. */
static bool is_name(const char *column)
{
	size_t size = strspn(column, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_");

	return column[size] == '\0' && size > 0 && (column[0] < '0' || column[0] > '9');
}

/* The chains in order: none, each fold alone, each behind each other. */
static void set_folds(struct fold_chain *chain, int number)
{
	chain->fold_count = 0;
	if (number > FOLDS)
		chain->folds[chain->fold_count++] = folds[(number - 1 - FOLDS) / FOLDS].kind;
	if (number > 0)
		chain->folds[chain->fold_count++] = folds[(number - 1) % FOLDS].kind;
}

static const char *name_of(enum fold_kind kind)
{
	for (int i = 0; i < FOLDS; i++)
		if (folds[i].kind == kind)
			return folds[i].name;
	return NULL;
}

/* Leaves the function on the stack. */
static bool push_candidate(lua_State *lua, const struct fold_chain *chain, const char *column)
{
	luaL_Buffer code;
	const char *text;
	size_t size;

	luaL_buffinit(lua, &code);
	luaL_addstring(&code, "return function(row) return ");
	for (int i = chain->fold_count - 1; i >= 0; i--) {
		luaL_addstring(&code, name_of(chain->folds[i]));
		luaL_addstring(&code, "(");
	}
	luaL_addstring(&code, "row.");
	luaL_addstring(&code, column);
	for (int i = 0; i < chain->fold_count; i++)
		luaL_addstring(&code, ")");
	luaL_addstring(&code, " end");
	luaL_pushresult(&code);
	text = lua_tolstring(lua, -1, &size);
	if (luaL_loadbuffer(lua, text, size, "=fold") != 0) { /* a word of the language */
		lua_pop(lua, 2);
		return false;
	}
	lua_remove(lua, -2);
	lua_call(lua, 0, 1);
	return true;
}

static bool is_candidate(lua_State *lua, struct loader *loader, const struct fold_chain *chain,
			 const char *column)
{
	bool same;

	if (!push_candidate(lua, chain, column))
		return false;
	same = bytecode_is_same(lua, &loader->scratch, -1, -2);
	lua_pop(lua, 1);
	return same;
}

struct fold_chain fold_chain_find(lua_State *lua, struct loader *loader, int function_ref,
				  const struct source *source, const struct source_plan *plan)
{
	struct fold_chain chain = { .column = -1 };
	bool found = false;

	lua_rawgeti(lua, LUA_REGISTRYINDEX, function_ref);
	for (int c = 0; c < source->column_count && !found; c++) {
		if (plan->types[c].kind != COLUMN_TEXT || !is_name(source->columns[c]) ||
		    !bytecode_names(lua, &loader->scratch, -1, source->columns[c]))
			continue;
		for (int number = 0; number < CHAINS && !found; number++) {
			set_folds(&chain, number);
			found = is_candidate(lua, loader, &chain, source->columns[c]);
		}
		chain.column = found ? c : -1;
	}
	lua_pop(lua, 1);
	return chain;
}

/* ---- doing what it does ---- */

bool fold_chain_read(struct evaluator *e, const struct fold_chain *chain, int source,
		     const struct cell *row, struct span *text)
{
	const struct cell *cell;

	if (chain->column < 0)
		return false;
	cell = &row[chain->column];
	*text = SPAN_NONE;
	if (cell_is_null(&e->plan->sources[source], cell))
		return true;
	*text = cell_span(cell);
	if (cell->kind != CELL_TEXT || utf8_first_bad(*text) != text->size)
		return false;
	value_charge(e->lua, text->size);
	for (int i = 0; i < chain->fold_count; i++) {
		value_charge(e->lua, text->size);
		*text = fold_text(e, chain->folds[i], *text);
	}
	return true;
}
