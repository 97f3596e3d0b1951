/*
 * values.c: decimals and frozen tables as Lua sees them, and single values between Lua and C.
 *
 * Every userdata of a rule's state is made here or in views.c and starts with its magic, so that a
 * look at size and magic tells what it is.
 */
#include <math.h>

#include "engine/model/canonical.h"
#include "engine/rules/derive_internal.h"
#include "engine/rules/loader.h"

#define FROZEN_VIEWS "engine.frozen views"

/* Lua aligns userdata to 8 bytes, an int128 wants 16. */
struct decimal_box {
	uint32_t magic;
	char room[sizeof(struct decimal) + _Alignof(struct decimal)];
};

struct frozen_box {
	uint32_t magic;
};

/* ---- budget ---- */

enum { BYTES_AN_INSTRUCTION = 64, BYTES_A_CALL = 32 };

void value_charge(lua_State *lua, size_t bytes)
{
	struct rule_host *host = host_of(lua);
	bool is_row = host->evaluator && host->evaluator->is_active;
	uint64_t instructions = is_row ? host->budget.instructions : host->budget.load_instructions;

	host->work_done += bytes + BYTES_A_CALL;
	if (host->work_done / BYTES_AN_INSTRUCTION < instructions)
		return;
	budget_stop(host, BUDGET_INSTRUCTIONS);
}

/* ---- userdata in general ---- */

static int refuse_write(lua_State *lua)
{
	loader_note_code(lua, "E1009");
	return luaL_error(lua, "what a rule is given cannot be changed");
}

static int refuse_text(lua_State *lua)
{
	return luaL_error(lua, "%s has no text", value_noun(lua, 1));
}

void value_metatable(lua_State *lua, const char *name, const luaL_Reg *methods)
{
	static const luaL_Reg common[] = { { "__newindex", refuse_write },
					   { "__tostring", refuse_text },
					   { NULL, NULL } };

	luaL_newmetatable(lua, name);
	luaL_register(lua, NULL, common);
	luaL_register(lua, NULL, methods);
	lua_pushboolean(lua, 0);
	lua_setfield(lua, -2, "__metatable");
	lua_pop(lua, 1);
}

void *value_new(lua_State *lua, size_t size, const char *metatable)
{
	void *box = lua_newuserdata(lua, size);

	memset(box, 0, size);
	luaL_getmetatable(lua, metatable);
	lua_setmetatable(lua, -2);
	return box;
}

/* The magic of the userdata at index, 0 for anything else. */
static uint32_t magic_at(lua_State *lua, int index)
{
	uint32_t magic = 0;

	if (lua_type(lua, index) == LUA_TUSERDATA && lua_objlen(lua, index) >= sizeof(magic))
		memcpy(&magic, lua_touserdata(lua, index), sizeof(magic));
	return magic;
}

/* ---- decimals ---- */

static struct decimal *box_decimal(void *box)
{
	uintptr_t mask = _Alignof(struct decimal) - 1;
	uintptr_t room = (uintptr_t)((struct decimal_box *)box)->room;

	return (void *)((room + mask) & ~mask);
}

void value_push_decimal(lua_State *lua, struct decimal decimal)
{
	struct decimal_box *box = value_new(lua, sizeof(*box), "engine.decimal");

	box->magic = DECIMAL_MAGIC;
	*box_decimal(box) = decimal;
}

const struct decimal *value_to_decimal(lua_State *lua, int index)
{
	if (magic_at(lua, index) != DECIMAL_MAGIC)
		return NULL;
	return box_decimal(lua_touserdata(lua, index));
}

static struct decimal decimal_operand(lua_State *lua, int index)
{
	const struct decimal *decimal = value_to_decimal(lua, index);

	if (!decimal)
		luaL_error(lua,
			   "a decimal is computed with decimals only, not with %s: write "
			   "exact \"0.01\", or make an integer of the decimal with int(…)",
			   value_noun(lua, index));
	return *decimal;
}

typedef bool decimal_operation(struct decimal a, struct decimal b, struct decimal *result);

static int decimal_compute(lua_State *lua, decimal_operation *operation)
{
	struct decimal a = decimal_operand(lua, 1);
	struct decimal b = decimal_operand(lua, 2);
	struct decimal result;

	if (!operation(a, b, &result))
		return luaL_error(lua, "a decimal with more than %d digits", DECIMAL_DIGITS_MAX);
	value_push_decimal(lua, result);
	return 1;
}

static int decimal_op_add(lua_State *lua)
{
	return decimal_compute(lua, decimal_add);
}

static int decimal_op_subtract(lua_State *lua)
{
	return decimal_compute(lua, decimal_subtract);
}

static int decimal_op_multiply(lua_State *lua)
{
	return decimal_compute(lua, decimal_multiply);
}

static int decimal_op_negate(lua_State *lua)
{
	struct decimal decimal = decimal_operand(lua, 1);

	decimal.coefficient = -decimal.coefficient;
	value_push_decimal(lua, decimal);
	return 1;
}

static int decimal_op_less(lua_State *lua)
{
	lua_pushboolean(lua, decimal_compare(decimal_operand(lua, 1), decimal_operand(lua, 2)) < 0);
	return 1;
}

static int decimal_op_less_equal(lua_State *lua)
{
	lua_pushboolean(lua,
			decimal_compare(decimal_operand(lua, 1), decimal_operand(lua, 2)) <= 0);
	return 1;
}

static int decimal_op_equal(lua_State *lua)
{
	lua_pushboolean(lua,
			decimal_compare(decimal_operand(lua, 1), decimal_operand(lua, 2)) == 0);
	return 1;
}

static int decimal_op_refuse(lua_State *lua)
{
	return luaL_error(lua, "decimals are added, subtracted, multiplied and compared; nothing "
			       "else would be exact");
}

static int decimal_op_index(lua_State *lua)
{
	return luaL_error(lua, "a decimal has no members");
}

static int decimal_op_concat(lua_State *lua)
{
	return luaL_error(lua, "a decimal is made text with tostring(…)");
}

static const luaL_Reg decimal_methods[] = {
	{ "__add", decimal_op_add },
	{ "__sub", decimal_op_subtract },
	{ "__mul", decimal_op_multiply },
	{ "__unm", decimal_op_negate },
	{ "__lt", decimal_op_less },
	{ "__le", decimal_op_less_equal },
	{ "__eq", decimal_op_equal },
	{ "__div", decimal_op_refuse },
	{ "__mod", decimal_op_refuse },
	{ "__pow", decimal_op_refuse },
	{ "__concat", decimal_op_concat },
	{ "__index", decimal_op_index },
	{ NULL, NULL },
};

/* ---- frozen tables ---- */

bool value_thaw(lua_State *lua, int index)
{
	if (magic_at(lua, index) != FROZEN_MAGIC)
		return false;
	lua_getfenv(lua, index);
	return true;
}

/* Views are remembered, weakly, so that the same table is the same value. */
void value_push_frozen(lua_State *lua, int index)
{
	struct frozen_box *box;

	lua_pushvalue(lua, index);
	lua_getfield(lua, LUA_REGISTRYINDEX, FROZEN_VIEWS);
	lua_pushvalue(lua, -2);
	lua_rawget(lua, -2);
	if (lua_isnil(lua, -1)) {
		lua_pop(lua, 1);
		box = value_new(lua, sizeof(*box), "engine.frozen");
		box->magic = FROZEN_MAGIC;
		lua_pushvalue(lua, -3);
		lua_setfenv(lua, -2);
		lua_pushvalue(lua, -3);
		lua_pushvalue(lua, -2);
		lua_rawset(lua, -4);
	}
	lua_replace(lua, -3);
	lua_pop(lua, 1);
}

static int frozen_index(lua_State *lua)
{
	lua_getfenv(lua, 1);
	lua_pushvalue(lua, 2);
	lua_rawget(lua, -2);
	if (lua_istable(lua, -1))
		value_push_frozen(lua, lua_gettop(lua));
	return 1;
}

static int frozen_length(lua_State *lua)
{
	lua_getfenv(lua, 1);
	lua_pushinteger(lua, (lua_Integer)lua_objlen(lua, -1));
	return 1;
}

static const luaL_Reg frozen_methods[] = {
	{ "__index", frozen_index },
	{ "__len", frozen_length },
	{ NULL, NULL },
};

void values_open(lua_State *lua)
{
	value_metatable(lua, "engine.decimal", decimal_methods);
	value_metatable(lua, "engine.frozen", frozen_methods);
	views_open(lua);
	lua_newtable(lua);
	lua_createtable(lua, 0, 1);
	lua_pushliteral(lua, "kv");
	lua_setfield(lua, -2, "__mode");
	lua_setmetatable(lua, -2);
	lua_setfield(lua, LUA_REGISTRYINDEX, FROZEN_VIEWS);
}

/* ---- single values ---- */

void value_push(lua_State *lua, const struct value *value)
{
	switch (value->kind) {
	case VALUE_TEXT:
	case VALUE_BYTES:
		lua_pushlstring(lua, value->text.data, value->text.size);
		break;
	case VALUE_INTEGER:
		lua_pushnumber(lua, (lua_Number)value->integer);
		break;
	case VALUE_DECIMAL:
		value_push_decimal(lua, value->decimal);
		break;
	case VALUE_BOOLEAN:
		lua_pushboolean(lua, value->integer != 0);
		break;
	case VALUE_DOCUMENT:
		document_push(host_of(lua)->evaluator, value->document);
		break;
	case VALUE_NIL:
	case VALUE_OTHER:
		lua_pushnil(lua);
		break;
	}
}

static void value_read_number(lua_Number number, struct value *value)
{
	value->kind = VALUE_OTHER;
	if (isnan(number))
		value->noun = "a number that is none (NaN)";
	else if (isinf(number))
		value->noun = "an infinite number";
	else if (floor(number) < number || floor(number) > number)
		value->noun = "a number with a fraction";
	else if (fabs(number) > (lua_Number)CANONICAL_INTEGER_MAX)
		value->noun = "a number beyond the exact range";
	else {
		value->kind = VALUE_INTEGER;
		value->integer = (int64_t)number;
	}
}

void value_read(lua_State *lua, int index, struct value *value)
{
	const struct decimal *decimal;
	const struct json_value *document;

	*value = (struct value){ .kind = VALUE_NIL, .is_computed = true };
	switch (lua_type(lua, index)) {
	case LUA_TNIL:
	case LUA_TNONE:
		return;
	case LUA_TSTRING:
		value->kind = VALUE_TEXT;
		value->text.data = lua_tolstring(lua, index, &value->text.size);
		return;
	case LUA_TBOOLEAN:
		value->kind = VALUE_BOOLEAN;
		value->integer = lua_toboolean(lua, index);
		return;
	case LUA_TNUMBER:
		value_read_number(lua_tonumber(lua, index), value);
		return;
	default:
		decimal = value_to_decimal(lua, index);
		value->kind = decimal ? VALUE_DECIMAL : VALUE_OTHER;
		value->noun = value_noun(lua, index);
		if (decimal)
			value->decimal = *decimal;
		document = document_at(lua, index);
		if (document) {
			value->kind = VALUE_DOCUMENT;
			value->document = document;
		}
	}
}

static const char *userdata_noun(lua_State *lua, int index)
{
	static const char *const nouns[] = { "a row",  "a list", "a record",
					     "a list", "a map",  "an object" };
	struct view view;

	switch (magic_at(lua, index)) {
	case DECIMAL_MAGIC:
		return "a decimal";
	case FROZEN_MAGIC:
		return "a table";
	case VIEW_MAGIC:
		memcpy(&view, lua_touserdata(lua, index), sizeof(view));
		return view.is_array ? "a list" : nouns[view.kind];
	default:
		return "a value of the rule language";
	}
}

const char *value_noun(lua_State *lua, int index)
{
	switch (lua_type(lua, index)) {
	case LUA_TNONE:
	case LUA_TNIL:
		return "nil";
	case LUA_TSTRING:
		return "a text";
	case LUA_TNUMBER:
		return "a number";
	case LUA_TBOOLEAN:
		return "a boolean";
	case LUA_TTABLE:
		return "a table";
	case LUA_TFUNCTION:
		return "a function";
	case LUA_TUSERDATA:
		return userdata_noun(lua, index);
	default:
		return "a value of another kind";
	}
}
