/*
 * library_list.c: what rules do with lists, of rows or of anything else.
 *
 * Where a column or field name may stand instead of a function, it means "that member of each".
 */
#include "engine/base/require.h"
#include "engine/rules/library.h"

/* Run the function at 2 on the i-th element; its answer is on the stack. */
static void apply(lua_State *lua, uint32_t i)
{
	lua_pushvalue(lua, 2);
	list_push(lua, 1, i);
	lua_call(lua, 1, 1);
}

static bool holds(lua_State *lua, uint32_t i)
{
	bool answer;

	apply(lua, i);
	answer = lua_toboolean(lua, -1);
	lua_pop(lua, 1);
	return answer;
}

/* The list at 1 and the function at 2, which may be missing where that has a meaning. */
static uint32_t check_list(lua_State *lua, const char *function, bool may_miss)
{
	uint32_t count = list_length(lua, 1, function);

	lua_settop(lua, 2);
	if (!may_miss || !lua_isnil(lua, 2))
		library_check_function(lua, 2, function);
	return count;
}

static int library_first(lua_State *lua)
{
	uint32_t count = check_list(lua, "first", true);

	for (uint32_t i = 1; i <= count; i++) {
		if (lua_isnil(lua, 2) || holds(lua, i)) {
			list_push(lua, 1, i);
			return 1;
		}
	}
	return 0;
}

static int library_last(lua_State *lua)
{
	for (uint32_t i = check_list(lua, "last", true); i >= 1; i--) {
		if (lua_isnil(lua, 2) || holds(lua, i)) {
			list_push(lua, 1, i);
			return 1;
		}
	}
	return 0;
}

static int library_any(lua_State *lua)
{
	uint32_t count = check_list(lua, "any", false);
	bool found = false;

	for (uint32_t i = 1; i <= count && !found; i++)
		found = holds(lua, i);
	lua_pushboolean(lua, found);
	return 1;
}

static int library_all(lua_State *lua)
{
	uint32_t count = check_list(lua, "all", false);
	bool found = true;

	for (uint32_t i = 1; i <= count && found; i++)
		found = holds(lua, i);
	lua_pushboolean(lua, found);
	return 1;
}

static int library_count(lua_State *lua)
{
	uint32_t count = check_list(lua, "count", true);
	uint32_t found = 0;

	for (uint32_t i = 1; i <= count; i++)
		found += lua_isnil(lua, 2) || holds(lua, i);
	lua_pushnumber(lua, found);
	return 1;
}

static int library_filter(lua_State *lua)
{
	uint32_t count = check_list(lua, "filter", false);
	int found = 0;

	lua_newtable(lua);
	for (uint32_t i = 1; i <= count; i++) {
		if (!holds(lua, i))
			continue;
		list_push(lua, 1, i);
		lua_rawseti(lua, 3, ++found);
	}
	return 1;
}

/* ---- by a function or by a name ---- */

/* The list at 1; at 2 a function, a name, or (with may_miss) nil for the element itself. */
static uint32_t check_keyed(lua_State *lua, const char *function, bool may_miss)
{
	uint32_t count = list_length(lua, 1, function);

	lua_settop(lua, 2);
	if (lua_type(lua, 2) != LUA_TSTRING && !(may_miss && lua_isnil(lua, 2)))
		library_check_function(lua, 2, function);
	return count;
}

/* What the i-th element counts as; nil is nothing to compute with, and a rule must say so. */
static void push_keyed(lua_State *lua, const char *function, uint32_t i)
{
	if (lua_isfunction(lua, 2)) {
		apply(lua, i);
	} else {
		list_push(lua, 1, i);
		if (!lua_isnil(lua, 2)) {
			lua_pushvalue(lua, 2);
			lua_gettable(lua, -2);
			lua_remove(lua, -2);
		}
	}
	if (lua_isnil(lua, -1))
		luaL_error(lua,
			   "%s: element %d gives nil; filter it out or say what counts instead",
			   function, (int)i);
}

static int library_each(lua_State *lua)
{
	uint32_t count = check_keyed(lua, "each", false);

	lua_newtable(lua);
	for (uint32_t i = 1; i <= count; i++) {
		push_keyed(lua, "each", i);
		lua_rawseti(lua, 3, (int)i);
	}
	return 1;
}

/* Is what the name at 2 stands for in the list at 1 an integer by its type? */
static bool names_integers(lua_State *lua)
{
	const struct view *view = view_at(lua, 1);
	const char *name = lua_type(lua, 2) == LUA_TSTRING ? lua_tostring(lua, 2) : NULL;
	const struct entity_plan *plan = view ? view->evaluator->plan : NULL;

	if (!plan || !name)
		return false;
	if (view->kind == VIEW_LIST) {
		const struct source *source = &plan->info->sources.sources[view->source];

		for (int i = 0; i < source->column_count; i++) {
			if (strcmp(source->columns[i], name) == 0)
				return plan->sources[view->source].types[i].kind == COLUMN_INT;
		}
		return false;
	}
	for (int i = 0; i < view->field_count; i++) {
		if (strcmp(view->fields[i].name, name) == 0)
			return view->fields[i].type == FIELD_INTEGER;
	}
	return false;
}

/* Integers while all are, else decimals: neither loses a digit. The sum of nothing is of the type
 * that is named, and a decimal where none is. */
static int library_sum(lua_State *lua)
{
	uint32_t count = check_keyed(lua, "sum", true);
	struct decimal sum = { 0 };
	bool is_decimal = count == 0 && !names_integers(lua);

	for (uint32_t i = 1; i <= count; i++) {
		struct decimal addend;
		struct value value;

		push_keyed(lua, "sum", i);
		value_read(lua, -1, &value);
		if (value.kind == VALUE_DECIMAL) {
			addend = value.decimal;
			is_decimal = true;
		} else if (value.kind == VALUE_INTEGER) {
			addend = (struct decimal){ .coefficient = value.integer };
		} else {
			return luaL_error(lua,
					  "sum wants decimals or integers, element %d is %s; give "
					  "the column a type",
					  (int)i, value_noun(lua, -1));
		}
		if (!decimal_add(sum, addend, &sum))
			return luaL_error(lua, "sum: more than %d digits", DECIMAL_DIGITS_MAX);
		lua_pop(lua, 1);
	}
	lua_settop(lua, 0);
	value_push_decimal(lua, sum);
	return is_decimal ? 1 : library_int(lua);
}

/* ---- order ---- */

/* Numbers and decimals by value, texts by bytes; nothing else, and no mixture, has an order. */
static int compare(lua_State *lua, const char *function, int a, int b)
{
	struct decimal first_number, second_number;
	struct value first, second;

	value_read(lua, a, &first);
	value_read(lua, b, &second);
	value_charge(lua, first.kind == VALUE_TEXT ? first.text.size : 0);
	if (first.kind == VALUE_TEXT && second.kind == VALUE_TEXT)
		return span_compare(first.text, second.text);
	if (!value_to_exact(&first, &first_number) || !value_to_exact(&second, &second_number))
		luaL_error(lua, "%s cannot tell the order of %s and %s", function,
			   value_noun(lua, a), value_noun(lua, b));
	return decimal_compare(first_number, second_number);
}

/* The least (sign 1) or greatest (sign -1) value; nil of an empty list. */
static int extreme(lua_State *lua, const char *function, int sign)
{
	uint32_t count = check_keyed(lua, function, true);

	lua_pushnil(lua);
	for (uint32_t i = 1; i <= count; i++) {
		push_keyed(lua, function, i);
		if (lua_isnil(lua, 3) || compare(lua, function, 4, 3) * sign < 0)
			lua_replace(lua, 3);
		else
			lua_pop(lua, 1);
	}
	return 1;
}

static int library_min(lua_State *lua)
{
	return extreme(lua, "min", 1);
}

static int library_max(lua_State *lua)
{
	return extreme(lua, "max", -1);
}

/* Compare the keys at positions a and b of the table at 4. */
static int compare_keys(lua_State *lua, uint32_t a, uint32_t b)
{
	int order;

	lua_rawgeti(lua, 4, (int)a);
	lua_rawgeti(lua, 4, (int)b);
	order = compare(lua, "sort_by", lua_gettop(lua) - 1, lua_gettop(lua));
	lua_pop(lua, 2);
	return order;
}

static void merge(lua_State *lua, const uint32_t *from, uint32_t *to, uint32_t low, uint32_t middle,
		  uint32_t high)
{
	uint32_t left = low, right = middle;

	for (uint32_t i = low; i < high; i++) {
		bool is_left = right >= high ||
			       (left < middle && compare_keys(lua, from[left], from[right]) <= 0);

		to[i] = is_left ? from[left++] : from[right++];
	}
}

/* Bottom-up merge sort of positions: stable, and never deeper than one call. */
static const uint32_t *sort_positions(lua_State *lua, uint32_t *from, uint32_t *to, uint32_t count)
{
	for (uint32_t width = 1; width < count; width *= 2) {
		for (uint32_t low = 0; low < count; low += 2 * width) {
			uint32_t middle = low + width < count ? low + width : count;
			uint32_t high = low + 2 * width < count ? low + 2 * width : count;

			merge(lua, from, to, low, middle, high);
		}
		uint32_t *other = from;

		from = to;
		to = other;
	}
	return from;
}

/* sort_by(list, key): a new list; elements with equal keys stay in their order. */
static int library_sort_by(lua_State *lua)
{
	uint32_t count = check_keyed(lua, "sort_by", true);
	uint32_t *positions = lua_newuserdata(lua, sizeof(*positions) * 2 * ((size_t)count + 1));
	const uint32_t *sorted;

	require(count <= INDEX_MAX);
	lua_newtable(lua);
	for (uint32_t i = 1; i <= count; i++) {
		push_keyed(lua, "sort_by", i);
		lua_rawseti(lua, 4, (int)i);
		positions[i - 1] = i;
	}
	sorted = sort_positions(lua, positions, positions + count, count);
	lua_newtable(lua);
	for (uint32_t i = 0; i < count; i++) {
		list_push(lua, 1, sorted[i]);
		lua_rawseti(lua, 5, (int)i + 1);
	}
	return 1;
}

/* ---- walking ---- */

static int ipairs_step(lua_State *lua)
{
	uint32_t i = (uint32_t)lua_tointeger(lua, 2) + 1;

	if (i > list_length(lua, 1, "ipairs"))
		return 0;
	lua_pushnumber(lua, i);
	list_push(lua, 1, i);
	/* null is an element of an array like any other: the rest does not end with it */
	return lua_isnil(lua, -1) && !document_at(lua, 1) ? 0 : 2;
}

static int library_ipairs(lua_State *lua)
{
	list_length(lua, 1, "ipairs");
	lua_settop(lua, 1);
	lua_pushcfunction(lua, ipairs_step);
	lua_insert(lua, 1);
	lua_pushinteger(lua, 0);
	return 3;
}

/* Upvalues: what is walked, its keys in order, how far. Members that are nil are passed over. */
static int pairs_step(lua_State *lua)
{
	int i = (int)lua_tointeger(lua, lua_upvalueindex(3));

	do {
		lua_settop(lua, 0);
		lua_rawgeti(lua, lua_upvalueindex(2), ++i);
		if (lua_isnil(lua, -1))
			return 0;
		lua_pushvalue(lua, -1);
		lua_gettable(lua, lua_upvalueindex(1));
	} while (lua_isnil(lua, -1));
	lua_pushinteger(lua, i);
	lua_replace(lua, lua_upvalueindex(3));
	return 2;
}

static int library_pairs(lua_State *lua)
{
	lua_settop(lua, 1);
	walk_push_keys(lua, 1);
	lua_pushinteger(lua, 0);
	lua_pushcclosure(lua, pairs_step, 3);
	return 1;
}

const luaL_Reg library_list[] = {
	{ "first", library_first },     { "last", library_last },
	{ "any", library_any },         { "all", library_all },
	{ "count", library_count },     { "filter", library_filter },
	{ "each", library_each },       { "sum", library_sum },
	{ "min", library_min },         { "max", library_max },
	{ "sort_by", library_sort_by }, { "ipairs", library_ipairs },
	{ "pairs", library_pairs },     { NULL, NULL },
};
