/*
 * test_library.c: the functions of the rule language, one by one, in a bare state that knows nothing
 * else. Rows, and what happens to faults, are in test_derive*.c.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/rules/library_fixture.h"

TestSuite(library, .init = library_open, .fini = library_close, .timeout = 20);

struct claim {
	char text[200];
};

static struct claim true_claims[] = {
	/* text */
	{ "return upper('aZ é') == 'AZ é' and lower('AzÉ') == 'azÉ'" },
	{ "return upper(nil) == nil and lower(nil) == nil and trim(nil) == nil" },
	{ "return trim(' \\t\\n\\v\\f\\r x y \\r') == 'x y' and trim('') == '' and trim('  ') == "
	  "''" },
	{ "return trim('\\194\\160x') == '\\194\\160x'" },
	{ "return upper('') == '' and lower('x') == 'x'" },
	{ "local s = 'a' for i = 1, 10 do s = s .. s end return len(upper(s)) == 1024" },
	{ "return starts('TEST-9', 'TEST-') and not starts('TEST', 'TEST-') and starts('x', '')" },
	{ "return starts(nil, 'x') == false and ends(nil, '') == false and contains(nil, '') == "
	  "false" },
	{ "return ends('abc', 'bc') and not ends('bc', 'abc') and ends('', '')" },
	{ "return contains('a.c', '.') and not contains('abc', '.') and contains('abc', '')" },
	{ "local p = split('a,,b,', ',') return #p == 4 and p[2] == '' and p[4] == ''" },
	{ "local p = split('', ',') return #p == 1 and p[1] == ''" },
	{ "local p = split('a--b-c', '--') return #p == 2 and p[2] == 'b-c'" },
	{ "return #split(nil, ',') == 0" },
	{ "return join(split('a%b%c', '%'), '%') == 'a%b%c' and join({}, ',') == ''" },
	{ "return join({ 1, exact '2.50', true, 'x' }, ' ') == '1 2.50 true x' and join({'a','b'}) "
	  "== 'ab'" },
	{ "return len('größe') == 5 and len('') == 0 and len('€') == 1 and len(nil) == nil" },
	{ "return slice('größe', 2, 3) == 'rö' and slice('größe', -2) == 'ße' and slice('abc', 2, "
	  "-2) == 'b'" },
	{ "return slice('abc', 0, 99) == 'abc' and slice('abc', 3, 2) == '' and slice('abc', 4) == "
	  "''" },
	{ "return slice('abc', -99, 1) == 'a' and slice(nil, 1) == nil and slice('abc', "
	  "9007199254740991) == ''" },
	/* numbers */
	{ "return int('42') == 42 and int('-7') == -7 and int('007') == 7 and int(nil) == nil" },
	{ "return int('9007199254740991') == 9007199254740991 and int('-9007199254740991') < 0" },
	{ "return int(exact '12.00') == 12 and int(5) == 5" },
	{ "return exact '0.1' + exact '0.2' == exact '0.3' and exact '1.0' == exact '1.00'" },
	{ "return exact '-2' < exact '1.5' and exact '2' <= exact '2.0' and not (exact '2' < exact "
	  "'2.0')" },
	{ "return tostring(exact '1.10' * exact '-3') == '-3.30' and tostring(-exact '0.50') == "
	  "'-0.50'" },
	{ "return tostring(exact '5' - exact '7.25') == '-2.25' and exact(3) == exact '3'" },
	{ "return exact(nil) == nil and exact(exact '1') == exact '1'" },
	{ "return equal(exact '1.00', 1) and equal(1, exact '1') and equal(1, 1) and equal(nil, "
	  "nil)" },
	{ "return not equal(exact '1', '1') and not equal('1', 1) and equal('a', 'a') and not "
	  "equal(nil, false)" },
	{ "return coalesce(nil, false, 1) == false and coalesce(nil, nil) == nil and coalesce(nil, "
	  "'x') == 'x'" },
	{ "return tostring(9007199254740991) == '9007199254740991' and tostring(-0) == '0'" },
	{ "return tostring('x') == 'x' and tostring(true) == 'true' and tostring(nil) == nil" },
	{ "return tostring(123456789012345) == '123456789012345'" },
	{ "return tonumber('42') == 42 and tonumber(' 42') == nil and tonumber('0x10') == nil and "
	  "tonumber('') == nil" },
	{ "return tonumber('abc') == nil and tonumber(1.5) == 1.5 and tonumber(nil) == nil and "
	  "tonumber(true) == nil" },
	{ "return math.floor(1.5) == 1 and math.abs(-2) == 2 and math.min(3, 1, 2) == 1 and "
	  "math.max(3, 1) == 3" },
	{ "return type(exact '1') == 'decimal' and type({}) == 'table' and type(math) == 'table' "
	  "and type(nil) == 'nil'" },
	{ "return select('#') == 0 and select('#', nil, nil) == 2 and select(2, 'a', 'b') == 'b' "
	  "and select(-1, 'a', 'b') == 'b'" },
	{ "return select('#', select(3, 'a', 'b')) == 0" },
	/* lists */
	{ "local l = {3, 1, 2} return first(l) == 3 and last(l) == 2 and first({}) == nil and "
	  "last({}) == nil" },
	{ "local l = {3, 1, 2} return first(l, function(x) return x < 3 end) == 1 and last(l, "
	  "function(x) return x > 2 end) == 3" },
	{ "return any({1, 2}, function(x) return x == 2 end) and not any({}, function() return "
	  "true end)" },
	{ "return all({1, 2}, function(x) return x > 0 end) and all({}, function() return false "
	  "end)" },
	{ "return count({1, 2, 3}) == 3 and count({1, 2, 3}, function(x) return x > 1 end) == 2" },
	{ "local f = filter({1, 2, 3}, function(x) return x ~= 2 end) return #f == 2 and f[2] == "
	  "3" },
	{ "local e = each({1, 2}, function(x) return x * 2 end) return e[1] == 2 and e[2] == 4 and "
	  "#e == 2" },
	{ "return each({{ a = 1 }, { a = 2 }}, 'a')[2] == 2" },
	{ "return type(sum({})) == 'decimal' and sum({}) == exact '0' and sum({1, 2, 3}) == 6" },
	{ "return sum({exact '0.1', exact '0.2'}) == exact '0.3' and sum({exact '0.5', 1}) == "
	  "exact '1.5'" },
	{ "return sum({{ q = 2 }, { q = 3 }}, 'q') == 5 and sum({{ q = 2 }}, function(r) return "
	  "r.q * 10 end) == 20" },
	{ "return max({1, 3, 2}) == 3 and min({1, 3, 2}) == 1 and max({}) == nil and min({}) == "
	  "nil" },
	{ "return max({'B', 'a', 'A'}) == 'a' and min({'é', 'z'}) == 'z' and max({'a', 'ab'}) == "
	  "'ab'" },
	{ "return max({{ at = 'x' }, { at = 'y' }}, 'at') == 'y' and min({exact '1.5', 2}) == "
	  "exact '1.5'" },
	{ "local s = sort_by({{ k = 2, n = 'a' }, { k = 1, n = 'b' }, { k = 2, n = 'c' }, { k = 1, "
	  "n = 'd' }}, 'k') "
	  "return join(each(s, 'n')) == 'bdac'" },
	{ "return join(sort_by({'b', 'B', 'a', 'é', 'ab'}), ' ') == 'B a ab b é'" },
	{ "return join(sort_by({3, exact '2.5', 1}), ' ') == '1 2.5 3' and #sort_by({}) == 0" },
	{ "local l = {2, 1} local s = sort_by(l) return l[1] == 2 and s[1] == 1" },
	{ "local l = {} for i = 1, 1000 do l[i] = (i * 7919) % 1009 end local s = sort_by(l) "
	  "for i = 2, 1000 do if s[i - 1] > s[i] then return false end end return #s == 1000" },
	/* walking */
	{ "local o = '' for k, v in pairs({ b = 1, a = 2, [10] = 3, [9] = 4, B = 5 }) do o = o .. "
	  "tostring(k) .. tostring(v) end "
	  "return o == '94103B5a2b1'" },
	{ "local o = '' for i, v in ipairs({ 'a', 'b', nil, 'd' }) do o = o .. i .. v end return o "
	  "== '1a2b'" },
	{ "local n = 0 for k in pairs(math) do n = n + 1 end return n == 4" },
	{ "for k in pairs({}) do return false end for k in ipairs({}) do return false end return "
	  "true" },
};

ParameterizedTestParameters(library, says_what_the_rules_page_promises)
{
	return cr_make_param_array(struct claim, true_claims,
				   sizeof(true_claims) / sizeof(true_claims[0]));
}

ParameterizedTest(struct claim *claim, library, says_what_the_rules_page_promises, .timeout = 20)
{
	const char *said = library_run(claim->text);

	cr_assert_null(said, "%s\n%s", claim->text, said);
}

struct refusal {
	char text[120];
	char because[60];
};

static struct refusal refusals[] = {
	{ "return upper(1)", "upper wants a text, not a number" },
	{ "return trim(exact '1')", "trim wants a text, not a decimal" },
	{ "return starts('x', nil)", "starts wants a text as its second argument, not nil" },
	{ "return contains({}, 'x')", "contains wants a text, not a table" },
	{ "return split('a', '')", "not empty" },
	{ "return join({ {} }, ',')", "no exact text" },
	{ "return len({})", "#list" },
	{ "return len('\\255')", "UTF-8" },
	{ "return slice('\\192\\128', 1)", "UTF-8" },
	{ "return slice('abc', 1.5)", "whole number" },
	{ "return slice('abc', 0/0)", "whole number" },
	{ "return int('12.0')", "no integer" },
	{ "return int(' 1')", "no integer" },
	{ "return int('+1')", "no integer" },
	{ "return int('')", "no integer" },
	{ "return int('-')", "no integer" },
	{ "return int('0x10')", "no integer" },
	{ "return int(true)", "no integer" },
	{ "return int(1.5)", "no integer" },
	{ "return int(exact '1.5')", "no integer" },
	{ "return int('9007199254740992')", "beyond" },
	{ "return int('99999999999999999999999999999999')", "beyond" },
	{ "return int(exact '9007199254740992')", "beyond" },
	{ "return exact('1,5')", "no exact decimal" },
	{ "return exact(0.1)", "no exact decimal" },
	{ "return exact('NaN')", "no exact decimal" },
	{ "return exact '1' + 1", "decimals only, not with a number" },
	{ "return 1 + exact '1'", "decimals only" },
	{ "return exact '1' * '2'", "decimals only, not with a text" },
	{ "return exact '1' / exact '2'", "nothing else" },
	{ "return exact '1' % exact '2'", "nothing else" },
	{ "return exact '1' ^ exact '2'", "nothing else" },
	{ "return exact '1' < 2", "attempt to compare" },
	{ "return exact '1' .. ''", "tostring" },
	{ "return (exact '1').scale", "no members" },
	{ "local d = exact '1' d.scale = 2", "cannot be changed" },
	{ "local d = exact '99999999999999999999999999999999999999' return d + d", "38 digits" },
	{ "math.floor = 1", "cannot be changed" },
	{ "return math.floor('1')", "wants a number, not a text" },
	{ "return math.min('1', 2)", "wants a number" },
	{ "return tostring({})", "no exact text" },
	{ "return tostring(tostring)", "no exact text" },
	{ "return tostring(math)", "no exact text" },
	{ "return tostring(0.1)", "no exact text" },
	{ "return tostring(1/0)", "no exact text" },
	{ "return tostring(2^53)", "no exact text" },
	{ "return tonumber('9007199254740993')", "lose digits" },
	{ "return tonumber('0.1')", "lose digits" },
	{ "return tonumber('1e3')", "lose digits" },
	{ "return tonumber('10', 2)", "decimal digits only" },
	{ "return select(0)", "no such argument" },
	{ "return select(-2, 'a')", "no such argument" },
	{ "return type()", "wants a value" },
	{ "return first(nil)", "a list is meant, not nil" },
	{ "return first('abc')", "a list is meant, not a text" },
	{ "return any({})", "wants a function" },
	{ "return filter({}, 'x')", "wants a function" },
	{ "return each({ 1 }, function() end)", "element 1 gives nil" },
	{ "return sum({ '1' })", "give the column a type" },
	{ "return sum({ 0.5 })", "decimals or integers" },
	{ "return sum({ { a = 1 }, {} }, 'a')", "element 2 gives nil" },
	{ "return sum({ 9007199254740991, 1 })", "beyond" },
	{ "return max({ 1, 'a' })", "order" },
	{ "return max({ true, false })", "order" },
	{ "return sort_by({ 1, 'a' })", "order" },
	{ "return sort_by({ 0/0, 1 })", "order" },
	{ "return pairs({ [true] = 1 })", "neither a text nor a number" },
	{ "return pairs({ [true] = 1, [{}] = 1, [len] = 1 })", "neither a text nor a number" },
	{ "return pairs('x')", "no members" },
	{ "return pairs(nil)", "no members" },
	{ "return ipairs(nil)", "a list is meant" },
	{ "return reject('x')", "run on a row" },
	{ "return skip('x')", "run on a row" },
};

ParameterizedTestParameters(library, refuses_what_would_lose_meaning)
{
	return cr_make_param_array(struct refusal, refusals,
				   sizeof(refusals) / sizeof(refusals[0]));
}

ParameterizedTest(struct refusal *refusal, library, refuses_what_would_lose_meaning, .timeout = 20)
{
	const char *said = library_run(refusal->text);

	cr_assert_not_null(said, "%s returned true", refusal->text);
	cr_assert_not_null(strstr(said, refusal->because), "%s\nsaid: %s", refusal->text, said);
}

Test(library, counts_work_that_no_hook_can_interrupt)
{
	static const char *const loops[] = { "contains(s, 'y')", "upper(s)",
					     "len(s)",           "slice(s, 1, 1)",
					     "tonumber(s)",      "starts(s, s)",
					     "split(s, 'x')",    "sort_by(t)",
					     "count(t, trim)",   "for k in pairs(t) do end",
					     "join(t, ' ')",     "max(t)" };
	char text[300];

	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		library_host.work_done = 0;
		library_host.budget_end = BUDGET_LEFT;
		snprintf(text, sizeof(text),
			 "local s, t = 'x', {} for i = 1, 14 do s = s .. s end\n"
			 "for i = 1, 100 do t[i] = 'x' .. i end while true do %s end",
			 loops[i]);
		cr_expect_not_null(strstr(library_run(text), "instructions is spent"), "%s: %s",
				   loops[i], lua_tostring(library_lua, -1));
		cr_expect_eq(library_host.budget_end, BUDGET_INSTRUCTIONS);
	}
}

Test(library, offers_nothing_that_is_not_listed)
{
	static const char *const absent[] = { "gsub",         "gmatch",       "byte", "char",
					      "error",        "pcall",        "next", "rawget",
					      "setmetatable", "getmetatable", "load", "print",
					      "string",       "table",        "os" };

	lua_getfield(library_lua, LUA_REGISTRYINDEX, "library");
	for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		lua_getfield(library_lua, -1, absent[i]);
		cr_expect(lua_isnil(library_lua, -1), "%s is there", absent[i]);
		lua_pop(library_lua, 1);
	}
	lua_pop(library_lua, 1);
}

Test(library, knows_its_folds)
{
	lua_getfield(library_lua, LUA_REGISTRYINDEX, "library");
	lua_getfield(library_lua, -1, "upper");
	lua_getfield(library_lua, -2, "lower");
	lua_getfield(library_lua, -3, "trim");
	lua_getfield(library_lua, -4, "len");
	lua_pushnil(library_lua);
	cr_expect_eq(library_fold_kind(library_lua, -5), FOLD_UPPER);
	cr_expect_eq(library_fold_kind(library_lua, -4), FOLD_LOWER);
	cr_expect_eq(library_fold_kind(library_lua, -3), FOLD_TRIM);
	cr_expect_eq(library_fold_kind(library_lua, -2), FOLD_NONE);
	cr_expect_eq(library_fold_kind(library_lua, -1), FOLD_NONE);
}

Test(library, keeps_the_text_of_a_frozen_table_readable_and_nothing_else)
{
	lua_newtable(library_lua);
	lua_newtable(library_lua);
	lua_pushliteral(library_lua, "deep");
	lua_setfield(library_lua, -2, "word");
	lua_setfield(library_lua, -2, "inner");
	lua_pushliteral(library_lua, "one");
	lua_rawseti(library_lua, -2, 1);
	value_push_frozen(library_lua, -1);
	value_push_frozen(library_lua, -2);
	cr_expect(lua_rawequal(library_lua, -1, -2), "the same table must give the same view");
	lua_getfield(library_lua, LUA_REGISTRYINDEX, "library");
	lua_pushvalue(library_lua, -2);
	lua_setfield(library_lua, -2, "T");
	cr_expect_null(library_run("return T[1] == 'one' and #T == 1 and T.inner.word == 'deep'"),
		       "%s", lua_tostring(library_lua, -1));
	cr_expect_null(
	    library_run("return T.inner == T.inner and T.nothing == nil and type(T) == 'table'"));
	cr_expect_null(library_run("return first(T) == 'one' and join(T) == 'one'"));
	cr_expect_null(library_run("local o = '' for k in pairs(T) do o = o .. tostring(k) end "
				   "return o == '1inner'"));
	cr_expect_not_null(strstr(library_run("T.x = 1"), "cannot be changed"));
	cr_expect_not_null(strstr(library_run("T.inner.word = 1"), "cannot be changed"));
	cr_expect_not_null(strstr(library_run("return tostring(T)"), "no exact text"));
}
