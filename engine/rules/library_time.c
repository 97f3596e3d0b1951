/*
 * library_time.c: what rules do with instants and dates: whole microseconds of UTC, nothing rounded.
 */
#include "engine/rules/library.h"

enum { MICROSECOND_DIGITS = 6, SECOND_DIGITS_MAX = 12 };

#define US_PER_SECOND 1000000

/* What the text at index is not, as what it looks like. */
_Noreturn static void blame_time(lua_State *lua, int index, const char *function, const char *meant,
				 enum instant_fault fault)
{
	if (lua_type(lua, index) != LUA_TSTRING)
		blame_raise(lua, "E2102", index, "%s wants %s, not %s", function, meant,
			    value_noun(lua, index));
	if (fault == INSTANT_OK || fault == INSTANT_NOT_A_TIME || fault == INSTANT_NOT_A_DATE)
		blame_raise(lua, "E2102", index,
			    "%s wants %s, and this text is none; give its column a type", function,
			    meant);
	blame_raise(lua, time_fault_code(fault), index, "%s wants %s, and this is %s", function,
		    meant, instant_fault_text(fault));
}

/* The instant at index; only the canonical text is one. */
static int64_t check_instant(lua_State *lua, int index, const char *function)
{
	struct local_time time;
	int64_t instant_us = 0;
	struct span text;

	if (lua_type(lua, index) != LUA_TSTRING)
		blame_time(lua, index, function, "an instant", INSTANT_OK);
	text = library_check_text(lua, index, function);
	if (!instant_from_text(text, &instant_us))
		blame_time(lua, index, function, "an instant", local_time_parse(text, &time));
	return instant_us;
}

/* The date, or the day of the instant, at 1. False for nil. */
static bool check_day(lua_State *lua, const char *function, struct local_time *day)
{
	const char *meant = "an instant or a date";
	enum instant_fault fault;
	int64_t instant_us;
	struct span text;

	if (lua_isnoneornil(lua, 1))
		return false;
	if (lua_type(lua, 1) != LUA_TSTRING)
		blame_time(lua, 1, function, meant, INSTANT_OK);
	text = library_check_text(lua, 1, function);
	if (instant_from_text(text, &instant_us))
		fault = local_time_parse(text, day);
	else
		fault = date_parse(text, day);
	if (fault != INSTANT_OK)
		blame_time(lua, 1, function, meant, fault);
	return true;
}

static int library_year(lua_State *lua)
{
	struct local_time day;

	if (!check_day(lua, "year", &day))
		return 0;
	lua_pushnumber(lua, day.year);
	return 1;
}

static int library_month(lua_State *lua)
{
	struct local_time day;

	if (!check_day(lua, "month", &day))
		return 0;
	lua_pushnumber(lua, day.month);
	return 1;
}

static int library_day(lua_State *lua)
{
	struct local_time day;

	if (!check_day(lua, "day", &day))
		return 0;
	lua_pushnumber(lua, day.day);
	return 1;
}

/* The seconds at index, in microseconds. */
static int128 check_seconds(lua_State *lua, int index, const char *function)
{
	struct decimal seconds, exact;
	struct value value;

	value_read(lua, index, &value);
	if (!value_to_exact(&value, &seconds))
		blame_raise(lua, "E2102", index,
			    "%s wants seconds, an integer or a decimal, not %s", function,
			    value.kind == VALUE_OTHER ? value.noun : value_noun(lua, index));
	/* From here on every moment lies outside of the calendar, whichever it is counted from. */
	if (decimal_integer_digits(seconds) > SECOND_DIGITS_MAX)
		return INT64_MAX;
	if (!decimal_rescale(seconds, MICROSECOND_DIGITS, DECIMAL_EXACT, &exact))
		blame_raise(lua, "E2102", index, "%s: an instant has microseconds, and no more",
			    function);
	return exact.coefficient;
}

/* add_seconds(instant, seconds): the instant that much later. */
static int library_add_seconds(lua_State *lua)
{
	int128 seconds_us, later_us;
	char text[INSTANT_TEXT_SIZE];

	lua_settop(lua, 2);
	seconds_us = check_seconds(lua, 2, "add_seconds");
	if (lua_isnil(lua, 1))
		return 0;
	later_us = check_instant(lua, 1, "add_seconds") + seconds_us;
	if (later_us > INT64_MAX || later_us < INT64_MIN ||
	    !instant_to_text((int64_t)later_us, text))
		blame_raise(lua, "E2107", 1,
			    "add_seconds: that moment is not within the years 0001 to 9999");
	lua_pushstring(lua, text);
	return 1;
}

/* seconds_between(from, to): an integer where it is whole, else a decimal; negative when `to` comes
 * first. */
static int library_seconds_between(lua_State *lua)
{
	struct decimal between = { .scale = MICROSECOND_DIGITS };
	int64_t from_us = 0, to_us = 0;
	bool is_nil;

	lua_settop(lua, 2);
	is_nil = lua_isnil(lua, 1) || lua_isnil(lua, 2);
	if (!lua_isnil(lua, 1))
		from_us = check_instant(lua, 1, "seconds_between");
	if (!lua_isnil(lua, 2))
		to_us = check_instant(lua, 2, "seconds_between");
	if (is_nil)
		return 0;
	if ((to_us - from_us) % US_PER_SECOND == 0) {
		lua_pushnumber(lua, (lua_Number)((to_us - from_us) / US_PER_SECOND));
		return 1;
	}
	between.coefficient = to_us - from_us;
	for (; between.coefficient % 10 == 0; between.scale--)
		between.coefficient /= 10;
	value_push_decimal(lua, between);
	return 1;
}

const luaL_Reg library_time[] = {
	{ "year", library_year },
	{ "month", library_month },
	{ "day", library_day },
	{ "add_seconds", library_add_seconds },
	{ "seconds_between", library_seconds_between },
	{ NULL, NULL },
};
