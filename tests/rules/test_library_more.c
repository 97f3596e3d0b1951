/*
 * test_library_more.c: patterns, Unicode and time in the rule language, and what every helper says of
 * arguments it cannot use.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/rules/library_fixture.h"

TestSuite(more, .init = library_open, .fini = library_close, .timeout = 20);

struct claim {
	char text[240];
};

static struct claim claims[] = {
	/* match */
	{ "return match('abc', 'b') == 'b' and match('abc', 'x') == nil and match(nil, 'x') == "
	  "nil" },
	{ "local all, a, b = match('order 12-34', '(\\\\d+)-(\\\\d+)') return all == '12-34' and a "
	  "== "
	  "'12' and b == '34'" },
	{ "local all, a, b = match('b', '(a)?b(c)?') return all == 'b' and a == nil and b == nil" },
	{ "return select('#', match('b', '(a)?b(c)?')) == 3 and select('#', match('x', '(y)')) == "
	  "0" },
	{ "return match('', '') == '' and match('abc', '') == '' and match('', '^$') == ''" },
	{ "return match('größe', '^gr.ße$') == 'größe' and match('€', '^.$') == '€'" },
	{ "return match('a\\nb', '^b$') == nil and match('a\\nb', '(?m)^b$') == 'b'" },
	{ "return match('a\\n', 'a$') == nil and match('a\\n', '(?m)a$') == 'a'" },
	{ "return match('a\\r\\nb', 'a.\\n') == 'a\\r\\n'" },
	{ "return match('١', '\\\\d') == nil and match('é', '\\\\w') == nil and match('é', "
	  "'\\\\p{L}') == "
	  "'é'" },
	{ "return match('\\194\\160', '\\\\s') == nil and match('\\194\\160', '\\\\p{Zs}') ~= "
	  "nil" },
	{ "return match('É', '(?i)é') == 'É' and match('I', '(?i)ı') == nil and match('i', "
	  "'(?i)I') == "
	  "'i'" },
	{ "return match('x', '(?#note)(?C2)x') == 'x'" },
	/* find */
	{ "local a, b = find('größe', 'ße') return a == 4 and b == 5" },
	{ "local a, b = find('abc', 'x*') return a == 1 and b == 0" },
	{ "local a, b = find('abc', '$') return a == 4 and b == 3" },
	{ "return find('abc', 'x') == nil and find(nil, 'x') == nil and slice('größe', "
	  "find('größe', "
	  "'ö.')) == 'öß'" },
	/* replace */
	{ "return replace('a-b-c', '-', '') == 'abc' and replace('abc', 'x', 'y') == 'abc'" },
	{ "return replace('12.34', '(\\\\d+)\\\\.(\\\\d+)', '$2,${1}0') == '34,120'" },
	{ "return replace('a', 'a', '$$1') == '$1' and replace('ab', 'b', '<$0>') == 'a<b>'" },
	{ "return replace('abc', '', '-') == '-a-b-c-' and replace('', '^', 'x') == 'x'" },
	{ "return replace('ab', '(x)?b', '[$1]') == 'a[]' and replace(nil, 'a', 'b') == nil" },
	{ "return replace('größe', '.', '€') == '€€€€€' and replace('a\\\\n', '\\\\\\\\', '/') == "
	  "'a/n'" },
	{ "local s = 'ab' for i = 1, 10 do s = s .. s end return len(replace(s, 'b', 'cdefgh')) == "
	  "7 * 1024" },
	{ "for i = 1, 1000 do if match('x' .. i, '^x' .. i .. '$') ~= 'x' .. i then return false "
	  "end "
	  "end return match('x7', '^x7$') == 'x7'" },
	/* Unicode */
	{ "return unicode_upper('straße') == 'STRASSE' and unicode_upper('ﬁn') == 'FIN'" },
	{ "return unicode_upper('é') == 'É' and unicode_lower('ÀÉ') == 'àé' and unicode_upper('i') "
	  "== "
	  "'I'" },
	{ "return unicode_lower('I') == 'i' and unicode_lower('İ') == 'i̇' and unicode_upper('ı') "
	  "== "
	  "'I'" },
	{ "return unicode_lower('ὈΔΥΣΣΕΎΣ') == 'ὀδυσσεύς' and unicode_upper('ΐ') == "
	  "'\\206\\153\\204\\136\\204\\129'" },
	{ "return unicode_upper(nil) == nil and unicode_lower(nil) == nil and nfc(nil) == nil" },
	{ "return unicode_upper('') == '' and unicode_lower('') == '' and nfc('') == ''" },
	{ "return nfc('e\\204\\129') == 'é' and nfc('é') == 'é' and nfc('abc') == 'abc'" },
	{ "return nfc('\\226\\132\\171') == '\\195\\133' and nfc('\\226\\132\\166') == 'Ω'" },
	{ "return nfc('\\234\\176\\128\\225\\134\\168') == '\\234\\176\\129'" },
	{ "return nfc('q\\204\\135\\204\\163') == 'q\\204\\163\\204\\135'" },
	{ "return nfc('ﬁ') == 'ﬁ' and nfc('\\224\\165\\152') == '\\224\\164\\149\\224\\164\\188'" },
	{ "return nfc('\\240\\157\\133\\160') == "
	  "'\\240\\157\\133\\152\\240\\157\\133\\165\\240\\157"
	  "\\133\\174'" },
	/* time */
	{ "local t = '2024-02-29T23:59:59.500000Z' return year(t) == 2024 and month(t) == 2 and "
	  "day(t) "
	  "== 29" },
	{ "return year('0001-01-01') == 1 and month('9999-12-31') == 12 and day('1969-07-20') == "
	  "20" },
	{ "return year(nil) == nil and month(nil) == nil and day(nil) == nil" },
	{ "return add_seconds('2024-02-28T23:59:59.000000Z', 1) == '2024-02-29T00:00:00.000000Z'" },
	{ "return add_seconds('1970-01-01T00:00:00.000000Z', -1) == "
	  "'1969-12-31T23:59:59.000000Z'" },
	{ "return add_seconds('1970-01-01T00:00:00.000000Z', exact '0.000001') == "
	  "'1970-01-01T00:00:00.000001Z'" },
	{ "return add_seconds('0001-01-01T00:00:00.000000Z', 315537897599) == "
	  "'9999-12-31T23:59:59.000000Z'" },
	{ "return add_seconds(nil, 1) == nil and add_seconds('1970-01-01T00:00:00.000000Z', exact "
	  "'1.50') == '1970-01-01T00:00:01.500000Z'" },
	{ "return seconds_between('2024-03-01T00:00:00.000000Z', '2024-03-02T00:00:00.000000Z') == "
	  "86400" },
	{ "return seconds_between('2024-03-02T00:00:00.000000Z', '2024-03-01T00:00:00.000000Z') == "
	  "-86400" },
	{ "local a, b = '1969-12-31T23:59:59.900000Z', '1970-01-01T00:00:00.000000Z' "
	  "return tostring(seconds_between(a, b)) == '0.1' and tostring(seconds_between(b, a)) == "
	  "'-0.1'" },
	{ "return seconds_between('0001-01-01T00:00:00.000000Z', '9999-12-31T23:59:59.000000Z') == "
	  "315537897599" },
	{ "local t = '1970-01-01T00:00:00.000000Z' return seconds_between(nil, t) == nil and "
	  "seconds_between(t, nil) == nil and seconds_between(t, t) == 0" },
};

ParameterizedTestParameters(more, says_what_the_rules_page_promises)
{
	return cr_make_param_array(struct claim, claims, sizeof(claims) / sizeof(claims[0]));
}

ParameterizedTest(struct claim *claim, more, says_what_the_rules_page_promises, .timeout = 20)
{
	const char *said = library_run(claim->text);

	cr_assert_null(said, "%s\n%s", claim->text, said);
}

struct refusal {
	char text[150];
	char because[90];
};

static struct refusal refusals[] = {
	/* patterns */
	{ "return match('a', '(')", "match: this is no pattern: missing closing parenthesis" },
	{ "return match('a', '(')", "after character 1" },
	{ "return find('a', '[z-a]')", "find: this is no pattern" },
	{ "return replace('a', '*', '')", "replace: this is no pattern" },
	{ "return match(nil, '(')", "no pattern" },
	{ "return match('a', '\\\\C')", "no pattern" },
	{ "return match('a', 'é(')", "after character 2" },
	{ "return match('a', '\\255')", "not valid UTF-8" },
	{ "return match('a', 'a\\000')", "not valid UTF-8" },
	{ "local p = 'a' for i = 1, 13 do p = p .. p end return match('a', p)", "no pattern" },
	{ "local p = '' for i = 1, 33 do p = p .. '()' end return match('', p)", "33 groups" },
	{ "local p = '' for i = 1, 200 do p = p .. '(?:' end return match('', p)", "no pattern" },
	{ "return match('a', '((((a{1,250}){1,250}){1,250}){1,250}){1,250}')", "no pattern" },
	{ "return match('\\255', 'a')", "match wants valid UTF-8" },
	{ "return find('a\\000', 'a')", "find wants valid UTF-8" },
	{ "return match(1, 'a')", "match wants a text, not a number" },
	{ "return match('a')", "match wants a text as its second argument, not nil" },
	{ "return match('a', 1)", "match wants a text as its second argument, not a number" },
	{ "return find({}, 'a')", "find wants a text, not a table" },
	{ "return find('a', {})", "find wants a text as its second argument" },
	{ "return replace('a', 'a')", "replace wants a text as its third argument, not nil" },
	{ "return replace('a', 'a', 1)", "replace wants a text as its third argument" },
	{ "return replace('a', 'a', '\\255')", "replace wants valid UTF-8" },
	{ "return replace(1, 'a', '')", "replace wants a text, not a number" },
	{ "return replace('a', '(a)', '$2')", "replace: this cannot stand for a match" },
	{ "return replace('a', 'a', '${1')", "replace: this cannot stand for a match" },
	{ "return replace('a', 'a', '$')", "replace: this cannot stand for a match" },
	{ "local s = 'a' for i = 1, 12 do s = s .. s end return replace(s, 'a', s)",
	  "at most 1048576" },
	{ "return match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '(a+)+$')",
	  "match: the pattern" },
	{ "return replace('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '(a+)+$', '')", "its limits" },
	{ "local s = ' ' for i = 1, 16 do s = s .. s end return find(s .. 'x', '\\\\s+$')",
	  "its limits" },
	{ "local s = 'a' for i = 1, 19 do s = s .. s end return match(s .. 'c', '^(a|b)*d')",
	  "limits" },
	{ "return match('aaa', '(?R)?a*a*$x')", "did not return true" },
	{ "return match('a', '(*LIMIT_MATCH=1)(a|b)*c')", "did not return true" },
	/* Unicode */
	{ "return unicode_upper(1)", "unicode_upper wants a text, not a number" },
	{ "return unicode_lower({})", "unicode_lower wants a text, not a table" },
	{ "return nfc(true)", "nfc wants a text, not a boolean" },
	{ "return unicode_upper('\\255')", "unicode_upper wants valid UTF-8" },
	{ "return nfc('\\237\\160\\128')", "nfc wants valid UTF-8" },
	/* time */
	{ "return year('2024')", "year wants an instant or a date, and this is a date without" },
	{ "return year('2024-02-30')", "year wants an instant or a date, and this is" },
	{ "return month('2024-01-01 00:00:00')", "month wants an instant or a date" },
	{ "return day(20240101)", "day wants an instant or a date, not a number" },
	{ "return day('infinity')", "day wants an instant or a date" },
	{ "return day('')", "day wants an instant or a date" },
	{ "return add_seconds('2024-01-01', 1)", "add_seconds wants an instant, and this is" },
	{ "return add_seconds('2024-01-01T00:00:00Z', 1)", "add_seconds wants an instant" },
	{ "return add_seconds('x', 1)", "add_seconds wants an instant, and this text is none" },
	{ "return add_seconds(1, 1)", "add_seconds wants an instant, not a number" },
	{ "return add_seconds('1970-01-01T00:00:00.000000Z')", "add_seconds wants seconds" },
	{ "return add_seconds('1970-01-01T00:00:00.000000Z', '1')", "not a text" },
	{ "return add_seconds('1970-01-01T00:00:00.000000Z', 0.5)",
	  "not a number with a fraction" },
	{ "return add_seconds('1970-01-01T00:00:00.000000Z', exact '0.0000001')", "microseconds" },
	{ "return add_seconds('9999-12-31T23:59:59.000000Z', 1)", "0001 to 9999" },
	{ "return add_seconds('0001-01-01T00:00:00.000000Z', -1)", "0001 to 9999" },
	{ "return add_seconds('1970-01-01T00:00:00.000000Z', 9007199254740991)", "0001 to 9999" },
	{ "return add_seconds('1970-01-01T00:00:00.000000Z', exact "
	  "'99999999999999999999999999999999')",
	  "0001 to 9999" },
	{ "return seconds_between('1970-01-01T00:00:00.000000Z', 1)",
	  "seconds_between wants an instant" },
	{ "return seconds_between(nil, 'x')", "seconds_between wants an instant" },
	/* every helper says which of them it is, and what it wants */
	{ "return lower({})", "lower wants a text, not a table" },
	{ "return starts(1, 'x')", "starts wants a text, not a number" },
	{ "return ends('x', 1)", "ends wants a text as its second argument, not a number" },
	{ "return ends(true, '')", "ends wants a text, not a boolean" },
	{ "return contains('x', nil)", "contains wants a text as its second argument, not nil" },
	{ "return split(1, ',')", "split wants a text, not a number" },
	{ "return split('a', nil)", "split wants a text as its second argument, not nil" },
	{ "return join(nil, ',')", "join: a list is meant, not nil" },
	{ "return join({ 'a' }, 1)", "join wants a text as its second argument, not a number" },
	{ "return join('a', ',')", "join: a list is meant, not a text" },
	{ "return slice('abc')", "slice wants a whole number as its second argument, not nil" },
	{ "return slice('abc', 1, 'x')",
	  "slice wants a whole number as its third argument, not a text" },
	{ "return slice(1, 1)", "slice wants a text, not a number" },
	{ "return int({})", "int: this is no integer" },
	{ "return exact({})", "exact: this is no exact decimal" },
	{ "return exact('')", "exact: this is no exact decimal" },
	{ "return first(1)", "first: a list is meant, not a number" },
	{ "return first({}, 1)", "first wants a function as its second argument, not a number" },
	{ "return last(nil)", "last: a list is meant, not nil" },
	{ "return last({}, 'x')", "last wants a function as its second argument, not a text" },
	{ "return any(nil, function() end)", "any: a list is meant, not nil" },
	{ "return all({})", "all wants a function as its second argument, not nil" },
	{ "return all('x', function() end)", "all: a list is meant, not a text" },
	{ "return count(nil)", "count: a list is meant, not nil" },
	{ "return count({}, 1)", "count wants a function as its second argument, not a number" },
	{ "return filter(nil, function() end)", "filter: a list is meant, not nil" },
	{ "return filter({})", "filter wants a function as its second argument, not nil" },
	{ "return each({})", "each wants a function as its second argument, not nil" },
	{ "return each(nil, 'a')", "each: a list is meant, not nil" },
	{ "return sum(nil)", "sum: a list is meant, not nil" },
	{ "return sum({}, 1)", "sum wants a function as its second argument, not a number" },
	{ "return min(nil)", "min: a list is meant, not nil" },
	{ "return min({ 1, true })", "min cannot tell the order of a boolean and a number" },
	{ "return max(3, 4)", "max: a list is meant, not a number" },
	{ "return sort_by(nil, 'k')", "sort_by: a list is meant, not nil" },
	{ "return sort_by({}, 1)",
	  "sort_by wants a function as its second argument, not a number" },
	{ "return ipairs('x')", "ipairs: a list is meant, not a text" },
	{ "return reject()", "reject wants a text, not nil" },
	{ "return reject(1)", "reject wants a text, not a number" },
	{ "return skip({})", "skip wants a text, not a table" },
	{ "return select()", "select wants a whole number, not nil" },
	{ "return select('x')", "select wants a whole number, not a text" },
	{ "return math.floor(nil)", "math.floor wants a number, not nil" },
	{ "return math.abs('1')", "math.abs wants a number, not a text" },
	{ "return math.min()", "math.min wants a number, not nil" },
	{ "return math.max(1, exact '1')",
	  "math.max wants a number as its second argument, not a decimal" },
};

ParameterizedTestParameters(more, refuses_what_would_lose_meaning)
{
	return cr_make_param_array(struct refusal, refusals,
				   sizeof(refusals) / sizeof(refusals[0]));
}

ParameterizedTest(struct refusal *refusal, more, refuses_what_would_lose_meaning, .timeout = 20)
{
	const char *said = library_run(refusal->text);

	cr_assert_not_null(said, "%s returned true", refusal->text);
	cr_assert_not_null(strstr(said, refusal->because), "%s\nsaid: %s", refusal->text, said);
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Without limits, the first takes 2^40 steps, the second 2^31, the last one 2^60. */
Test(more, stops_patterns_that_would_run_for_ever_at_once)
{
	static const char *const endless[] = {
		"match(a .. 'b', '(a+)+$')",           "match(s .. 'x', '\\\\s+$')",
		"match(s .. s .. 'x', '^(\\\\s*)*$')", "replace(s .. 'x', '\\\\s+$', '')",
		"match(a .. 'b', '(?:a|aa)+$')",
	};
	char text[300];

	for (size_t i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
		double began = cpu_seconds();
		const char *said;

		library_host.work_done = 0;
		snprintf(text, sizeof(text),
			 "local a, s = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', ' ' "
			 "for i = 1, 16 do s = s .. s end return %s",
			 endless[i]);
		said = library_run(text);
		cr_expect_not_null(strstr(said, "beyond its limits"), "%s: %s", endless[i], said);
		cr_expect_lt(cpu_seconds() - began, 0.25, "%s", endless[i]);
	}
}

/* A text of a megabyte is searched within the limits where the pattern does not go back. */
Test(more, searches_long_texts)
{
	static const char text[] =
	    "local s = 'abcdefg ' for i = 1, 17 do s = s .. s end "
	    "return find(s .. 'X', 'X') == 1048577 and find(s .. '7', '[0-9]') == 1048577 "
	    "and match(s, '^[a-z ]+$') == s and match(s .. '7', '[a-z]+[0-9]') == nil "
	    "and len(replace(s, ' +', '')) == 7 * 131072";
	const char *said;

	library_host.budget.load_instructions = 100000000;
	said = library_run(text);
	cr_expect_null(said, "%s", said);
}

Test(more, charges_what_patterns_do)
{
	static const char *const loops[] = { "match(s, 'x+y')",       "find(s, 'x+y')",
					     "replace(s, 'x+y', '')", "nfc(s)",
					     "unicode_upper(s)",      "year('2024-01-01')" };
	char text[300];

	for (size_t i = 0; i < sizeof(loops) / sizeof(loops[0]); i++) {
		library_host.work_done = 0;
		library_host.budget_end = BUDGET_LEFT;
		snprintf(text, sizeof(text),
			 "local s = 'x' for i = 1, 8 do s = s .. s end while true do %s end",
			 loops[i]);
		cr_expect_not_null(strstr(library_run(text), "instructions is spent"), "%s: %s",
				   loops[i], lua_tostring(library_lua, -1));
	}
}

Test(more, speaks_no_language)
{
	static const char text[] =
	    "return unicode_upper('i') == 'I' and unicode_lower('I') == 'i' and upper('i') == 'I' "
	    "and lower('I') == 'i' and match('I', '(?i)i') == 'I' and match('i', '^\\\\w$') == 'i' "
	    "and match('\\195\\137', '\\\\w') == nil and nfc('i\\204\\135') == 'i\\204\\135'";
	static const char *const locales[] = { "tr_TR.UTF-8", "tr_TR", "C", "C.UTF-8" };

	for (size_t i = 0; i < sizeof(locales) / sizeof(locales[0]); i++) {
		setenv("LC_ALL", locales[i], 1);
		setenv("LANG", locales[i], 1);
		setlocale(LC_ALL, "");
		cr_expect_null(library_run(text), "%s: %s", locales[i],
			       lua_tostring(library_lua, -1));
	}
}
