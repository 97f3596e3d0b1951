/*
 * library.c: everything a rule may call, by name.
 *
 * Strict on purpose: nothing is coerced, because `"10" + 1` and tostring(2^53) are how digits and
 * meanings get lost. A nil text stays nil where that is the only sensible answer, else it is said.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "engine/base/require.h"
#include "engine/model/canonical.h"
#include "engine/rules/library.h"

static void register_all(lua_State *lua, const luaL_Reg *functions)
{
	for (; functions->name; functions++) {
		lua_pushcfunction(lua, functions->func);
		lua_setfield(lua, -2, functions->name);
	}
}

void library_push(lua_State *lua)
{
	lua_newtable(lua);
	register_all(lua, library_text);
	register_all(lua, library_value);
	register_all(lua, library_list);
	register_all(lua, library_pattern);
	register_all(lua, library_unicode);
	register_all(lua, library_time);
	lua_newtable(lua);
	register_all(lua, library_math);
	value_push_frozen(lua, -1);
	lua_setfield(lua, -3, "math");
	lua_pop(lua, 1);
}

enum fold_kind library_fold_kind(lua_State *lua, int index)
{
	lua_CFunction function = lua_tocfunction(lua, index);

	if (function == library_upper)
		return FOLD_UPPER;
	if (function == library_lower)
		return FOLD_LOWER;
	if (function == library_trim)
		return FOLD_TRIM;
	return FOLD_NONE;
}

/* Which argument is said where it is not the first. */
static void refuse_argument(lua_State *lua, int index, const char *function, const char *meant,
			    const char *noun)
{
	static const char *const places[] = { "", "", " as its second argument",
					      " as its third argument" };

	luaL_error(lua, "%s wants %s%s, not %s", function, meant, index < 4 ? places[index] : "",
		   noun);
}

struct span library_check_text(lua_State *lua, int index, const char *function)
{
	struct span text;

	if (lua_type(lua, index) != LUA_TSTRING)
		refuse_argument(lua, index, function, "a text", value_noun(lua, index));
	text.data = lua_tolstring(lua, index, &text.size);
	value_charge(lua, text.size);
	return text;
}

/* Integers where a position is meant; far outside of any list they stay far outside. */
int library_check_index(lua_State *lua, int index, const char *function)
{
	struct value value;

	value_read(lua, index, &value);
	if (value.kind != VALUE_INTEGER)
		refuse_argument(lua, index, function, "a whole number",
				value.kind == VALUE_OTHER ? value.noun : value_noun(lua, index));
	if (value.integer > INDEX_MAX)
		return INDEX_MAX;
	return value.integer < -INDEX_MAX ? -INDEX_MAX : (int)value.integer;
}

void library_check_function(lua_State *lua, int index, const char *function)
{
	if (!lua_isfunction(lua, index))
		refuse_argument(lua, index, function, "a function", value_noun(lua, index));
}

/* ---- values ---- */

/* What is made of a text digit by digit. */
static void read_number(lua_State *lua, struct value *value)
{
	value_read(lua, 1, value);
	if (value->kind == VALUE_TEXT)
		value_charge(lua, value->text.size);
}

/* int(x): a number made of a text, a decimal or a number without losing anything. */
int library_int(lua_State *lua)
{
	struct decimal whole;
	struct value value;
	int answer = 0;
	int64_t integer = 0;

	read_number(lua, &value);
	if (value.kind == VALUE_NIL)
		return 0;
	if (value.kind == VALUE_TEXT)
		answer = integer_parse(value.text, &integer);
	else if (value.kind == VALUE_INTEGER)
		integer = value.integer;
	else if (value.kind == VALUE_DECIMAL &&
		 decimal_rescale(value.decimal, 0, DECIMAL_EXACT, &whole)) {
		answer = whole.coefficient > CANONICAL_INTEGER_MAX ||
				 whole.coefficient < -CANONICAL_INTEGER_MAX
			     ? 2
			     : 0;
		integer = answer ? 0 : (int64_t)whole.coefficient;
	} else
		answer = 1;
	if (answer == 1)
		blame_raise(lua, "E2102", 1, "int: this is no integer");
	if (answer == 2)
		blame_raise(lua, "E2112", 1, "int: this is beyond 9007199254740991");
	lua_pushnumber(lua, (lua_Number)integer);
	return 1;
}

/* exact(x): a decimal. */
static int library_exact(lua_State *lua)
{
	struct decimal decimal = { 0 };
	struct value value;
	bool ok;

	read_number(lua, &value);
	if (value.kind == VALUE_NIL)
		return 0;
	ok = value.kind == VALUE_INTEGER || value.kind == VALUE_DECIMAL;
	if (value.kind == VALUE_INTEGER)
		decimal.coefficient = value.integer;
	else if (value.kind == VALUE_DECIMAL)
		decimal = value.decimal;
	else if (value.kind == VALUE_TEXT)
		ok = decimal_parse(value.text, &decimal);
	if (!ok)
		blame_raise(lua, "E2102", 1,
			    "exact: this is no exact decimal of at most 38 digits");
	value_push_decimal(lua, decimal);
	return 1;
}

static int library_coalesce(lua_State *lua)
{
	for (int i = 1; i <= lua_gettop(lua); i++) {
		if (!lua_isnil(lua, i)) {
			lua_pushvalue(lua, i);
			return 1;
		}
	}
	return 0;
}

/* A decimal or an integer as a decimal. */
bool value_to_exact(const struct value *value, struct decimal *decimal)
{
	if (value->kind == VALUE_DECIMAL)
		*decimal = value->decimal;
	else if (value->kind == VALUE_INTEGER)
		*decimal = (struct decimal){ .coefficient = value->integer };
	else
		return false;
	return true;
}

static int library_equal(lua_State *lua)
{
	struct value first, second;
	struct decimal a, b;

	lua_settop(lua, 2);
	value_read(lua, 1, &first);
	value_read(lua, 2, &second);
	if (value_to_exact(&first, &a) && value_to_exact(&second, &b))
		lua_pushboolean(lua, decimal_compare(a, b) == 0);
	else
		lua_pushboolean(lua, lua_equal(lua, 1, 2));
	return 1;
}

static struct evaluator *deriving(lua_State *lua, const char *function)
{
	struct evaluator *e = host_of(lua)->evaluator;

	if (!e || !e->is_active)
		luaL_error(lua, "%s is for functions that run on a row", function);
	return e;
}

/* reject("why"): quarantine the record, for this reason. */
static int library_reject(lua_State *lua)
{
	struct span why = library_check_text(lua, 1, "reject");

	deriving(lua, "reject");
	blame_raise(lua, "E2201", 0, "%.*s", SPAN_ARGS(why));
}

/* skip("why"): leave the row out on purpose. A row that is rejected already stays rejected. */
static int library_skip(lua_State *lua)
{
	struct span why = library_check_text(lua, 1, "skip");
	struct evaluator *e = deriving(lua, "skip");
	size_t decided = e->phase == PHASE_FIELDS ? e->early_faults : e->faults.fault_count;

	if (e->phase == PHASE_AFTER)
		luaL_error(lua, "skip is too late here: the record is made");
	if (!decided) {
		e->skip_text = arena_copy(&e->scratch, blame_words(e, why));
		e->stop = STOP_SKIP;
	}
	blame_unwind(lua);
}

void value_push_decimal_text(lua_State *lua, struct decimal decimal)
{
	char text[DECIMAL_TEXT_SIZE];
	struct buf buf;

	/* Pushing may raise, and must not take the buffer with it. */
	buf_init(&buf);
	decimal_put(&buf, decimal);
	require(buf.size < sizeof(text));
	memcpy(text, buf.data, buf.size + 1);
	buf_release(&buf);
	lua_pushstring(lua, text);
}

/* The text of a value that has exactly one; nil stays nil. */
int library_tostring(lua_State *lua)
{
	struct value value;
	char digits[24];

	value_read(lua, 1, &value);
	switch (value.kind) {
	case VALUE_NIL:
		return 0;
	case VALUE_TEXT:
	case VALUE_BYTES:
		lua_pushvalue(lua, 1);
		return 1;
	case VALUE_BOOLEAN:
		lua_pushstring(lua, value.integer ? "true" : "false");
		return 1;
	case VALUE_DECIMAL:
		value_push_decimal_text(lua, value.decimal);
		return 1;
	case VALUE_INTEGER:
		snprintf(digits, sizeof(digits), "%" PRId64, value.integer);
		lua_pushstring(lua, digits);
		return 1;
	case VALUE_DOCUMENT:
	case VALUE_OTHER:
		break;
	}
	return luaL_error(lua, "tostring: %s has no exact text", value_noun(lua, 1));
}

/* A number where the text is an integer, nil where it is no number at all. */
static int library_tonumber(lua_State *lua)
{
	struct decimal decimal;
	struct value value;
	int64_t integer;

	if (lua_gettop(lua) > 1)
		return luaL_error(lua, "tonumber knows decimal digits only");
	read_number(lua, &value);
	if (value.kind == VALUE_TEXT && integer_parse(value.text, &integer) == 0) {
		lua_pushnumber(lua, (lua_Number)integer);
		return 1;
	}
	if (value.kind == VALUE_TEXT && !decimal_parse(value.text, &decimal))
		return 0;
	if (lua_type(lua, 1) == LUA_TNUMBER) {
		lua_pushvalue(lua, 1);
		return 1;
	}
	if (value.kind == VALUE_TEXT || value.kind == VALUE_DECIMAL)
		return luaL_error(lua, "tonumber would lose digits here: use exact(…) or int(…)");
	return 0;
}

/* Rows, lists and frozen tables pass for tables. */
static int library_type(lua_State *lua)
{
	int type = lua_type(lua, 1);

	if (type == LUA_TNONE)
		return luaL_error(lua, "type wants a value");
	if (value_to_decimal(lua, 1))
		lua_pushliteral(lua, "decimal");
	else
		lua_pushstring(lua, lua_typename(lua, type == LUA_TUSERDATA ? LUA_TTABLE : type));
	return 1;
}

/* select("#", …) and select(n, …) */
static int library_select(lua_State *lua)
{
	int top = lua_gettop(lua);
	int n;

	if (lua_type(lua, 1) == LUA_TSTRING && strcmp(lua_tostring(lua, 1), "#") == 0) {
		lua_pushinteger(lua, top - 1);
		return 1;
	}
	n = library_check_index(lua, 1, "select");
	if (n < 0)
		n = top + n;
	if (n < 1)
		return luaL_error(lua, "select: there is no such argument");
	return n < top ? top - n : 0;
}

const luaL_Reg library_value[] = {
	{ "int", library_int },
	{ "exact", library_exact },
	{ "coalesce", library_coalesce },
	{ "equal", library_equal },
	{ "reject", library_reject },
	{ "skip", library_skip },
	{ "tostring", library_tostring },
	{ "tonumber", library_tonumber },
	{ "type", library_type },
	{ "select", library_select },
	{ NULL, NULL },
};

/* ---- math ---- */

static lua_Number check_number(lua_State *lua, int index, const char *function)
{
	if (lua_type(lua, index) != LUA_TNUMBER)
		refuse_argument(lua, index, function, "a number", value_noun(lua, index));
	return lua_tonumber(lua, index);
}

static int math_floor(lua_State *lua)
{
	lua_pushnumber(lua, floor(check_number(lua, 1, "math.floor")));
	return 1;
}

static int math_abs(lua_State *lua)
{
	lua_pushnumber(lua, fabs(check_number(lua, 1, "math.abs")));
	return 1;
}

static int math_min(lua_State *lua)
{
	lua_Number least = check_number(lua, 1, "math.min");

	for (int i = 2; i <= lua_gettop(lua); i++) {
		lua_Number number = check_number(lua, i, "math.min");

		least = number < least ? number : least;
	}
	lua_pushnumber(lua, least);
	return 1;
}

static int math_max(lua_State *lua)
{
	lua_Number most = check_number(lua, 1, "math.max");

	for (int i = 2; i <= lua_gettop(lua); i++) {
		lua_Number number = check_number(lua, i, "math.max");

		most = number > most ? number : most;
	}
	lua_pushnumber(lua, most);
	return 1;
}

const luaL_Reg library_math[] = {
	{ "floor", math_floor }, { "abs", math_abs }, { "min", math_min },
	{ "max", math_max },     { NULL, NULL },
};
