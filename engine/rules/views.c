/*
 * views.c: rows, lists, records and maps as rule functions see them: read-only, lazy, and gone with
 * the row they belong to.
 *
 * Rows and lists of rows are reused from one source row to the next, because making userdata for
 * each would cost more than all the rest.
 */
#include <math.h>

#include "engine/base/require.h"
#include "engine/rules/derive_internal.h"

static const struct view *view_check(lua_State *lua, const struct view *view)
{
	if (view->generation != view->evaluator->generation || !view->evaluator->is_active)
		luaL_error(lua, "this belongs to a row that is done; nothing may be kept from one "
				"row to the next");
	return view;
}

const struct view *view_at(lua_State *lua, int index)
{
	const struct view *view;

	if (lua_type(lua, index) != LUA_TUSERDATA || lua_objlen(lua, index) < sizeof(*view))
		return NULL;
	view = lua_touserdata(lua, index);
	return view->magic == VIEW_MAGIC ? view_check(lua, view) : NULL;
}

/* Metamethods are out of a rule's reach, so what Lua hands them is a view. */
const struct view *view_self(lua_State *lua)
{
	return view_check(lua, lua_touserdata(lua, 1));
}

struct view *view_new(struct evaluator *e, enum view_kind kind)
{
	static const char *const metatables[] = { "engine.row",    "engine.list",
						  "engine.record", "engine.elements",
						  "engine.map",    "engine.document" };
	struct view *view = value_new(e->lua, sizeof(*view), metatables[kind]);

	view->magic = VIEW_MAGIC;
	view->kind = kind;
	view->evaluator = e;
	view->generation = e->generation;
	return view;
}

static struct view *view_from_pool(struct evaluator *e, enum view_kind kind, int slot)
{
	struct view *view;

	lua_rawgeti(e->lua, LUA_REGISTRYINDEX, e->pool_ref);
	lua_rawgeti(e->lua, -1, slot);
	view = lua_touserdata(e->lua, -1);
	if (!view) {
		lua_pop(e->lua, 1);
		view = view_new(e, kind);
		lua_pushvalue(e->lua, -1);
		lua_rawseti(e->lua, -3, slot);
	}
	lua_remove(e->lua, -2);
	view->generation = e->generation;
	return view;
}

/* ---- rows of a source ---- */

void view_push_row(struct evaluator *e, int source, uint32_t child, const struct cell *row)
{
	int slot = 1 + source * (1 + POOLED_ROWS) + 1 + (int)child;
	struct view *view =
	    child < POOLED_ROWS ? view_from_pool(e, VIEW_ROW, slot) : view_new(e, VIEW_ROW);

	view->source = source;
	view->first = child;
	view->row = row;
}

static int no_such_column(lua_State *lua, const struct source *source)
{
	const char *nearest;
	struct span name;

	if (lua_type(lua, 2) != LUA_TSTRING)
		return luaL_error(lua, "a row of %s is asked for columns by name, not by %s",
				  source->name, value_noun(lua, 2));
	name.data = lua_tolstring(lua, 2, &name.size);
	nearest = blame_nearest(name, source->columns, source->column_count);
	return luaL_error(lua, "%s has no column \"%s\" that is read%s%s%s", source->name,
			  name.data, nearest ? "; did you mean \"" : "", nearest ? nearest : "",
			  nearest ? "\"?" : "");
}

/* The index of the column whose name is at 2, or −1 − the children below its source that have this
 * name; raises when there is neither. */
static int column_index(lua_State *lua, const struct view *view)
{
	struct evaluator *e = view->evaluator;
	const struct source_plan *source = &e->plan->sources[view->source];
	const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : NULL;
	struct known_name *known =
	    &e->known_names[((uintptr_t)name >> 4 ^ (uintptr_t)view->source) % KNOWN_NAMES];

	if (name && known->address == name && known->source == source)
		return known->column;
	lua_rawgeti(lua, LUA_REGISTRYINDEX, source->names_ref);
	lua_pushvalue(lua, 2);
	lua_rawget(lua, -2);
	if (!name || !lua_isnumber(lua, -1))
		return no_such_column(lua, &e->plan->info->sources.sources[view->source]);
	*known = (struct known_name){ name, source, (int)lua_tointeger(lua, -1) };
	lua_pop(lua, 2);
	return known->column;
}

static int row_index(lua_State *lua)
{
	const struct view *view = view_self(lua);
	int column = column_index(lua, view);
	struct value value;

	if (column < 0) {
		view_push_list(view->evaluator, -1 - column,
			       evaluate_below(view->evaluator, -1 - column, view->first));
		return 1;
	}
	if (!column_read(view->evaluator, view->source, column, view->row, &value))
		blame_unwind(lua);
	value_charge(lua,
		     value.kind == VALUE_TEXT || value.kind == VALUE_BYTES ? value.text.size : 0);
	value_push(lua, &value);
	return 1;
}

/* Rows beyond the pool are made anew each time and are still the same row. */
static int row_equal(lua_State *lua)
{
	const struct view *a = view_at(lua, 1);
	const struct view *b = view_at(lua, 2);

	lua_pushboolean(lua, a && b && a->source == b->source && a->row == b->row);
	return 1;
}

/* ---- lists of rows ---- */

/* The list of all rows is one and the same; of its parts a function may hold several. */
void view_push_list(struct evaluator *e, int source, struct rows_range range)
{
	bool is_whole = range.first == 0 && range.count == e->row->row_count[source];
	struct view *view = is_whole ? view_from_pool(e, VIEW_LIST, 1 + source * (1 + POOLED_ROWS))
				     : view_new(e, VIEW_LIST);

	view->source = source;
	view->first = range.first;
	view->count = range.count;
}

static int list_index(lua_State *lua)
{
	const struct view *view = view_self(lua);
	lua_Number i = lua_tonumber(lua, 2);

	if (lua_type(lua, 2) != LUA_TNUMBER)
		return luaL_error(lua, "a list is asked for its elements by number, not by %s",
				  value_noun(lua, 2));
	if (i >= 1 && i <= view->count && floor(i) >= i)
		list_push(lua, 1, (uint32_t)i);
	else
		lua_pushnil(lua);
	return 1;
}

static int view_length(lua_State *lua)
{
	lua_pushinteger(lua, (lua_Integer)view_self(lua)->count);
	return 1;
}

/* ---- records, lists and maps among fields ---- */

void view_push_record(struct evaluator *e, const struct field *fields, const struct result *results,
		      int field_count)
{
	struct view *view = view_new(e, VIEW_RECORD);

	view->fields = fields;
	view->results = results;
	view->field_count = field_count;
}

void view_push_result(struct evaluator *e, const struct field *field, const struct result *result)
{
	struct view *view;

	if (result->state != RESULT_PRESENT) {
		lua_pushnil(e->lua);
	} else if (field->type == FIELD_OBJECT) {
		view_push_record(e, field->members, result->elements, field->member_count);
	} else if (field->type == FIELD_LIST) {
		view = view_new(e, VIEW_ELEMENTS);
		view->slot_count = field->slot_count;
		view->fields = field->members;
		view->field_count = field->member_count;
		view->results = result->elements;
		view->count = result->count;
	} else if (field->type == FIELD_MAP) {
		view = view_new(e, VIEW_MAP);
		view->pairs = result->pairs;
		view->count = result->count;
	} else {
		value_push(e->lua, &result->value);
	}
}

static int no_such_field(lua_State *lua, const struct view *view)
{
	struct evaluator *e = view->evaluator;
	const char **names = arena_alloc(&e->scratch, sizeof(*names) * (size_t)view->field_count);
	const char *nearest;

	if (lua_type(lua, 2) != LUA_TSTRING)
		return luaL_error(lua, "a record is asked for fields by name, not by %s",
				  value_noun(lua, 2));
	for (int i = 0; i < view->field_count; i++)
		names[i] = view->fields[i].name;
	nearest = blame_nearest(span_of(lua_tostring(lua, 2)), names, view->field_count);
	return luaL_error(lua, "no field \"%s\"%s%s%s", lua_tostring(lua, 2),
			  nearest ? "; did you mean \"" : "", nearest ? nearest : "",
			  nearest ? "\"?" : "");
}

static void charge_result(lua_State *lua, const struct result *result)
{
	bool has_bytes = result->state == RESULT_PRESENT &&
			 (result->value.kind == VALUE_TEXT || result->value.kind == VALUE_BYTES);

	value_charge(lua, has_bytes ? result->value.text.size : 0);
}

static int record_index(lua_State *lua)
{
	const struct view *view = view_self(lua);
	const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : NULL;

	value_charge(lua, (size_t)view->field_count);
	for (int i = 0; name && i < view->field_count; i++) {
		if (strcmp(view->fields[i].name, name) == 0) {
			charge_result(lua, &view->results[i]);
			view_push_result(view->evaluator, &view->fields[i], &view->results[i]);
			return 1;
		}
	}
	return no_such_field(lua, view);
}

static int map_index(lua_State *lua)
{
	const struct view *view = view_self(lua);
	struct span key = SPAN_NONE;

	if (lua_type(lua, 2) == LUA_TSTRING)
		key.data = lua_tolstring(lua, 2, &key.size);
	value_charge(lua, view->count * sizeof(*view->pairs));
	for (uint32_t i = 0; key.data && i < view->count; i++) {
		if (span_equal(view->pairs[i].key, key)) {
			value_charge(lua, view->pairs[i].value.size);
			lua_pushlstring(lua, view->pairs[i].value.data, view->pairs[i].value.size);
			return 1;
		}
	}
	lua_pushnil(lua);
	return 1;
}

static int refuse_length(lua_State *lua)
{
	return luaL_error(lua, "%s has no length", value_noun(lua, 1));
}

void views_open(lua_State *lua)
{
	static const luaL_Reg row[] = { { "__index", row_index },
					{ "__eq", row_equal },
					{ "__len", refuse_length },
					{ NULL, NULL } };
	static const luaL_Reg list[] = { { "__index", list_index },
					 { "__len", view_length },
					 { NULL, NULL } };
	static const luaL_Reg record[] = { { "__index", record_index },
					   { "__len", refuse_length },
					   { NULL, NULL } };
	static const luaL_Reg map[] = { { "__index", map_index },
					{ "__len", refuse_length },
					{ NULL, NULL } };

	value_metatable(lua, "engine.row", row);
	value_metatable(lua, "engine.list", list);
	value_metatable(lua, "engine.record", record);
	value_metatable(lua, "engine.elements", list);
	value_metatable(lua, "engine.map", map);
	documents_open(lua);
}

/* ---- lists of any make ---- */

static int not_a_list(lua_State *lua, int index, const char *function)
{
	return luaL_error(lua, "%s: a list is meant, not %s", function, value_noun(lua, index));
}

uint32_t list_length(lua_State *lua, int index, const char *function)
{
	const struct view *view = view_at(lua, index);
	size_t length;

	if (view && (view->kind == VIEW_LIST || view->kind == VIEW_ELEMENTS || view->is_array))
		return view->count;
	if (!value_thaw(lua, index)) {
		if (!lua_istable(lua, index))
			not_a_list(lua, index, function);
		return (uint32_t)lua_objlen(lua, index);
	}
	length = lua_objlen(lua, -1);
	lua_pop(lua, 1);
	return (uint32_t)length;
}

static void list_push_row(lua_State *lua, const struct view *view, uint32_t child)
{
	struct evaluator *e = view->evaluator;
	const struct scope here = { .child_source = e->row_child_of[view->source], .child = child };
	const struct cell *row;

	if (here.child_source < 0) {
		view_push_row(e, view->source, child, e->row->rows[view->source][child]);
		return;
	}
	if (!evaluate_row(e, &here, view->source, &row))
		blame_unwind(lua);
	if (row)
		view_push_row(e, view->source, child, row);
	else
		lua_pushnil(lua);
}

void list_push(lua_State *lua, int index, uint32_t i)
{
	const struct view *view = view_at(lua, index);

	require(i >= 1);
	value_charge(lua, 0);
	if (view && view->kind == VIEW_LIST) {
		list_push_row(lua, view, view->first + i - 1);
	} else if (view && view->is_array) {
		document_push_item(view, i - 1);
	} else if (view) {
		view_push_record(view->evaluator, view->fields,
				 view->results + (size_t)(i - 1) * (size_t)view->slot_count,
				 view->field_count);
	} else if (value_thaw(lua, index)) {
		lua_rawgeti(lua, -1, (int)i);
		lua_remove(lua, -2);
		if (lua_istable(lua, -1)) {
			value_push_frozen(lua, lua_gettop(lua));
			lua_remove(lua, -2);
		}
	} else {
		lua_rawgeti(lua, index, (int)i);
	}
}
