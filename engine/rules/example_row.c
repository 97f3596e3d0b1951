/*
 * example_row.c: a source row made of an example's `given`, as legacy would have given it.
 *
 * Numbers may be written where legacy's text is an integer; everything else is text. What is not
 * named is NULL. Children take the root's key, and come in the order of their own.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/model/key.h"
#include "engine/model/row_key.h"
#include "engine/rules/examples.h"

static const struct source *source_of(const struct example_run *run, int index)
{
	return &run->plan->info->sources.sources[index];
}

/* "given.events[2]" */
static const char *place_of(struct example_run *run, const struct source *source, uint32_t number)
{
	if (number)
		return arena_print(run->arena, "given.%s[%u]", source->name, number).data;
	return arena_print(run->arena, "given.%s", source->name).data;
}

/* ---- one row ---- */

/* The value at the top of the stack as a cell. */
static void read_cell(lua_State *lua, struct example_run *run, const char *place,
		      const char *column, struct cell *cell)
{
	char digits[24];
	struct value value;

	value_read(lua, -1, &value);
	if (value.kind == VALUE_INTEGER) {
		snprintf(digits, sizeof(digits), "%" PRId64, value.integer);
		value.text = span_of(digits);
	} else if (value.kind != VALUE_TEXT) {
		example_differs(run, span_of(column),
				"%s.%s is %s; what legacy holds is written as text", place, column,
				value_noun(lua, -1));
		return;
	}
	*cell = (struct cell){ .data = arena_copy(run->arena, value.text).data,
			       .size = (uint32_t)value.text.size,
			       .kind = CELL_TEXT };
	if (value.text.size > CELL_BYTES_MAX) {
		char *kept = arena_alloc(run->arena, CELL_CUT_SIZE);

		cell_cut(value.text, kept);
		cell->data = kept;
		cell->kind = CELL_CUT;
	}
}

static int find_column(const char *const *columns, int column_count, const char *name)
{
	for (int i = 0; i < column_count; i++) {
		if (strcmp(columns[i], name) == 0)
			return i;
	}
	return -1;
}

/* A column that does not exist would be left out in silence, and the example prove something else. */
static void unknown_column(struct example_run *run, const struct source *source, const char *place,
			   const char *name)
{
	const char *nearest;

	if (find_column(source->ignored, source->ignored_count, name) >= 0)
		return;
	nearest = blame_nearest(span_of(name), source->columns, source->column_count);
	if (source->kind == SOURCE_REFERENCE && !nearest)
		return;
	example_differs(run, span_of(name), "%s.%s is a column that is not read%s%s%s", place, name,
			nearest ? "; did you mean \"" : "", nearest ? nearest : "",
			nearest ? "\"?" : "");
}

/* Children of this source's rows stand in the rows they belong to. */
static bool is_list_below(const struct example_run *run, int index, const char *name)
{
	for (int i = index + 1; i < run->plan->info->sources.source_count; i++) {
		const struct source *source = source_of(run, i);

		if (source->kind == SOURCE_CHILDREN && source->of == index && index > 0 &&
		    strcmp(source->name, name) == 0)
			return true;
	}
	return false;
}

/* The row of the table at the top of the stack; NULL when it is no table. */
static struct cell *read_row(lua_State *lua, struct example_run *run, int index, uint32_t number)
{
	const struct source *source = source_of(run, index);
	const char *place = place_of(run, source, number);
	size_t columns = (size_t)source->column_count;
	struct cell *row = arena_zalloc(run->arena, sizeof(*row) * (columns + 1));

	/* Behind its cells a row remembers its place in the list it was written in. */
	row[columns].size = number;
	if (!lua_istable(lua, -1)) {
		example_differs(run, span_of(source->name), "%s is %s, not a row", place,
				value_noun(lua, -1));
		return NULL;
	}
	lua_pushnil(lua);
	while (lua_next(lua, -2)) {
		const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?";
		int column = find_column(source->columns, source->column_count, name);

		if (column >= 0 && source->is_keyless && column == source->star_column)
			example_differs(run, span_of(name),
					"%s.* is made of what the row holds and cannot be given",
					place);
		else if (column >= 0)
			read_cell(lua, run, place, name, &row[column]);
		else if (!is_list_below(run, index, name))
			unknown_column(run, source, place, name);
		lua_pop(lua, 1);
	}
	return row;
}

/* ---- children ---- */

static bool same_text(const struct cell *a, const struct cell *b)
{
	return a->kind == CELL_TEXT && b->kind == CELL_TEXT &&
	       span_equal(cell_span(a), cell_span(b));
}

/* Children belong to the root of the example, or to the row they stand in: what is not said of that
 * follows, and nothing else may be said. */
static void take_parent_key(struct example_run *run, const struct source *source,
			    const struct cell *above, struct cell *row, uint32_t number)
{
	const int *named = source_above_columns(&run->plan->info->sources, source);

	for (int i = 0; i < source->parent_count; i++) {
		const struct cell *key = &above[named[i]];
		struct cell *parent = &row[source->parent_columns[i]];
		const char *column = source->columns[source->parent_columns[i]];

		if (parent->kind == CELL_NULL)
			*parent = *key;
		else if (!same_text(parent, key))
			example_differs(run, span_of(column),
					"%s.%s is not the key of %s: the row would not be "
					"its child",
					place_of(run, source, number), column,
					source->of > 0 ? "the row it stands in" : "the root");
	}
}

struct child_keys {
	const struct source *source;
	bool is_integer[KEY_PARTS_MAX]; /* all texts of this key column are */
};

static bool is_digits(struct span text)
{
	size_t sign = text.size && text.data[0] == '-';

	for (size_t i = sign; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return false;
	}
	return text.size > sign;
}

/* Longer is larger once zeros in front are gone, and among equally long ones bytes decide. */
static int compare_digits(struct span a, struct span b)
{
	bool a_is_negative = a.data[0] == '-', b_is_negative = b.data[0] == '-';
	struct span *both[] = { &a, &b };
	int order;

	for (int i = 0; i < 2; i++) {
		while (both[i]->size > 1 && (both[i]->data[0] == '-' || both[i]->data[0] == '0')) {
			both[i]->data++;
			both[i]->size--;
		}
	}
	a_is_negative = a_is_negative && a.data[0] != '0';
	b_is_negative = b_is_negative && b.data[0] != '0';
	if (a_is_negative != b_is_negative)
		return a_is_negative ? -1 : 1;
	order = a.size != b.size ? (a.size > b.size) - (a.size < b.size) : span_compare(a, b);
	return a_is_negative ? -order : order;
}

static int compare_children(const void *a, const void *b, void *context)
{
	const struct child_keys *keys = context;
	const struct cell *first = *(const struct cell *const *)a;
	const struct cell *second = *(const struct cell *const *)b;

	for (int i = 0; i < keys->source->key_count; i++) {
		const struct cell *x = &first[keys->source->key_columns[i]];
		const struct cell *y = &second[keys->source->key_columns[i]];
		int order = 0;

		if (x->kind == CELL_NULL || y->kind == CELL_NULL) {
			order = (x->kind != CELL_NULL) - (y->kind != CELL_NULL);
		} else {
			if (keys->is_integer[i])
				order = compare_digits(cell_span(x), cell_span(y));
			if (order == 0)
				order = span_compare(cell_span(x), cell_span(y));
		}
		if (order)
			return order;
	}
	return 0;
}

static void order_children(struct example_run *run, const struct source *source,
			   const struct cell **rows, uint32_t count)
{
	struct child_keys keys = { .source = source };

	for (int i = 0; i < source->key_count && i < KEY_PARTS_MAX; i++) {
		keys.is_integer[i] = true;
		for (uint32_t r = 0; r < count; r++) {
			const struct cell *cell = &rows[r][source->key_columns[i]];

			keys.is_integer[i] = keys.is_integer[i] && cell->kind == CELL_TEXT &&
					     is_digits(cell_span(cell));
		}
	}
	qsort_r(rows, count, sizeof(*rows), compare_children, &keys);
	for (uint32_t r = 1; r < count; r++) {
		if (compare_children(&rows[r - 1], &rows[r], &keys) == 0)
			example_differs(run, span_of(source->name),
					"given.%s has two rows with the same key", source->name);
	}
}

/* The rows of the list at the top of the stack; above: what children belong to. */
static const struct cell **read_rows(lua_State *lua, struct example_run *run, int index,
				     const struct cell *above, uint32_t *row_count)
{
	const struct source *source = source_of(run, index);
	uint32_t count = lua_istable(lua, -1) ? (uint32_t)lua_objlen(lua, -1) : 0;
	struct cell **rows = arena_zalloc(run->arena, sizeof(*rows) * ((size_t)count + 1));

	*row_count = 0;
	if (!lua_isnil(lua, -1) && !lua_istable(lua, -1))
		example_differs(run, span_of(source->name), "given.%s is %s, not a list of rows",
				source->name, value_noun(lua, -1));
	for (uint32_t i = 0; i < count; i++) {
		struct cell *row;

		lua_rawgeti(lua, -1, (int)i + 1);
		row = read_row(lua, run, index, i + 1);
		lua_pop(lua, 1);
		if (!row)
			continue;
		if (source->kind == SOURCE_CHILDREN)
			take_parent_key(run, source, above, row, i + 1);
		if (source->is_keyless)
			row_key_complete(source, row, run->arena);
		rows[(*row_count)++] = row;
	}
	if (source->is_keyless)
		*row_count = (uint32_t)row_key_fold(source, rows, *row_count, run->arena);
	return (const struct cell **)rows;
}

/* The children of one row above, from the table at the top of the stack. */
static const struct cell **read_children(lua_State *lua, struct example_run *run, int index,
					 const struct cell *above, uint32_t *count)
{
	const struct cell **rows = read_rows(lua, run, index, above, count);

	if (lua_istable(lua, -1) && lua_objlen(lua, -1) == 0) {
		lua_pushnil(lua);
		if (lua_next(lua, -2)) {
			lua_pop(lua, 2);
			example_differs(
			    run, span_of(source_of(run, index)->name),
			    "given.%s is one row; children are a list of rows: { { … } }",
			    source_of(run, index)->name);
		}
	}
	order_children(run, source_of(run, index), rows, *count);
	return rows;
}

/* The table that row n of a source was written as, onto the stack. given stands at the top. */
static void push_written_row(lua_State *lua, struct example_run *run, int index, uint32_t n)
{
	const struct source *source = source_of(run, index);
	const struct cell *row = run->row.rows[index][n];

	if (source->of > 0) {
		const uint32_t *starts = run->row.starts[index];
		uint32_t above = 0;

		while (starts[above + 1] <= n)
			above++;
		push_written_row(lua, run, source->of, above);
	} else {
		lua_pushvalue(lua, -1);
	}
	lua_getfield(lua, -1, source->name);
	lua_rawgeti(lua, -1, (int)row[source->column_count].size);
	lua_replace(lua, -3);
	lua_pop(lua, 1);
}

/* Children that stand in the rows of others: those of each, one after the other. */
static void read_children_below(lua_State *lua, struct example_run *run, int index)
{
	const struct source *source = source_of(run, index);
	uint32_t above_count = run->row.row_count[source->of];
	uint32_t *starts = arena_zalloc(run->arena, sizeof(*starts) * ((size_t)above_count + 2));
	const struct cell **all = NULL;

	luaL_checkstack(lua, 4 * SOURCES_MAX, "lists hang too deep");
	run->row.starts[index] = starts;
	for (uint32_t n = 0; n < above_count; n++) {
		const struct cell **rows;
		uint32_t count;

		push_written_row(lua, run, source->of, n);
		lua_getfield(lua, -1, source->name);
		rows = read_children(lua, run, index, run->row.rows[source->of][n], &count);
		lua_pop(lua, 2);
		all = arena_grow(run->arena, all, sizeof(*all) * starts[n],
				 sizeof(*all) * ((size_t)starts[n] + count + 1));
		memcpy(all + starts[n], rows, sizeof(*all) * count);
		starts[n + 1] = starts[n] + count;
	}
	run->row.rows[index] = all ? all : arena_zalloc(run->arena, sizeof(*all));
	run->row.row_count[index] = starts[above_count];
}

/* ---- references ---- */

/* may_lack: the row stands alone, so that it need not say its key. */
static bool points_at(struct example_run *run, const struct source *source, const struct cell *from,
		      const struct cell *row, bool may_lack)
{
	const struct source_plan *plan = &run->plan->sources[source->from_source];

	for (int i = 0; i < source->key_count; i++) {
		const struct cell *key = &row[source->key_columns[i]];
		const struct cell *value = &from[source->from_columns[i]];

		if (cell_is_null(plan, value))
			return false;
		if (!same_text(key, value) && !(may_lack && key->kind == CELL_NULL))
			return false;
	}
	return true;
}

/* One row, or a list to look it up in, for each row of what points at it. */
static void read_reference(lua_State *lua, struct example_run *run, int index)
{
	const struct source *source = source_of(run, index);
	const struct source *pointing = source_of(run, source->from_source);
	uint32_t count = run->row.row_count[source->from_source];
	const struct cell **rows = arena_zalloc(run->arena, sizeof(*rows) * ((size_t)count + 1));
	const struct cell **given;
	const struct cell *only = NULL;
	uint32_t given_count = 0;
	bool is_used = false;

	if (lua_istable(lua, -1) && lua_objlen(lua, -1) == 0) {
		only = read_row(lua, run, index, 0);
		given = &only;
		given_count = only != NULL;
	} else {
		given = read_rows(lua, run, index, NULL, &given_count);
	}
	for (uint32_t i = 0; i < count; i++) {
		const struct cell *from = run->row.rows[source->from_source][i];

		for (uint32_t g = 0; from && g < given_count && !rows[i]; g++)
			rows[i] = points_at(run, source, from, given[g], only) ? given[g] : NULL;
		is_used = is_used || rows[i];
	}
	if (only && !is_used)
		example_differs(run, span_of(source->name),
				"given.%s is a row that nothing points at: %s.%s is not its key",
				source->name, pointing->name,
				pointing->columns[source->from_columns[0]]);
	run->row.rows[index] = rows;
	run->row.row_count[index] = count;
}

/* ---- all sources ---- */

static void read_root(lua_State *lua, struct example_run *run)
{
	const struct source *root = source_of(run, 0);
	const struct cell **rows = arena_zalloc(run->arena, sizeof(*rows));
	struct cell *row = lua_istable(lua, -1) ? read_row(lua, run, 0, 0) : NULL;
	struct buf key;

	if (!row) {
		row = arena_zalloc(run->arena,
				   sizeof(struct cell) * ((size_t)root->column_count + 1));
		example_differs(run, span_of(root->name), "given.%s must be the root row",
				root->name);
	}
	if (root->is_keyless)
		row_key_complete(root, row, run->arena);
	rows[0] = row;
	run->row.rows[0] = rows;
	run->row.row_count[0] = 1;
	run->row.key = SPAN("[]");
	for (int i = 0; i < root->key_count; i++) {
		if (rows[0][root->key_columns[i]].kind == CELL_NULL)
			return;
	}
	buf_init(&key);
	key_put(&key, rows[0], root->key_columns, root->key_count);
	run->row.key = arena_copy(run->arena, buf_span(&key));
	buf_release(&key);
}

static void check_source_names(lua_State *lua, struct example_run *run)
{
	const struct source_set *sources = &run->plan->info->sources;
	const char *names[SOURCES_MAX];

	for (int i = 0; i < sources->source_count; i++)
		names[i] = sources->sources[i].name;
	lua_pushnil(lua);
	while (lua_next(lua, -2)) {
		const char *name = lua_type(lua, -2) == LUA_TSTRING ? lua_tostring(lua, -2) : "?";
		const char *nearest = blame_nearest(span_of(name), names, sources->source_count);

		lua_pop(lua, 1);
		if (find_column(names, sources->source_count, name) < 0)
			example_differs(run, span_of(name), "given.%s is no source%s%s%s", name,
					nearest ? "; did you mean \"" : "", nearest ? nearest : "",
					nearest ? "\"?" : "");
	}
}

void example_build_row(lua_State *lua, struct example_run *run)
{
	lua_getfield(lua, 1, "given");
	if (!lua_istable(lua, -1)) {
		lua_pop(lua, 1);
		lua_newtable(lua);
	}
	check_source_names(lua, run);
	source_row_init(&run->row, run->arena, run->plan->info->sources.source_count);
	for (int i = 0; i < run->plan->info->sources.source_count; i++) {
		if (source_of(run, i)->kind == SOURCE_CHILDREN && source_of(run, i)->of > 0) {
			read_children_below(lua, run, i);
			continue;
		}
		lua_getfield(lua, -1, source_of(run, i)->name);
		switch (source_of(run, i)->kind) {
		case SOURCE_ROOT:
			read_root(lua, run);
			break;
		case SOURCE_CHILDREN:
			run->row.rows[i] =
			    read_children(lua, run, i, run->row.rows[0][0], &run->row.row_count[i]);
			break;
		case SOURCE_REFERENCE:
			read_reference(lua, run, i);
			break;
		}
		lua_pop(lua, 1);
	}
	lua_pop(lua, 1);
}
