/*
 * test_mixing.c: functions that mix kinds of values are refused before a row is read, at their line;
 * what cannot be told, and what is fine, is left alone.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/rules/load_fixture.h"

TestSuite(mixing, .init = load_begin, .fini = load_end, .timeout = 60);

static bool load_field(const char *field, const char *rest)
{
	static char text[2000];

	snprintf(
	    text, sizeof(text),
	    "return migration { version = 'v1', system = 's', entity 'job' {\n"
	    "source = { root = table 't' { key = 'id', types = { n = int, d = decimal, b = "
	    "boolean, day = date, at = instant } },\n"
	    "kids = children 'k' { parent = 't_id', key = 'no', types = { no = int, p = "
	    "decimal } } },\n"
	    "fields = { jobId = id { from = 'id' }, amount = decimal { 9, 2, from = 'd' }, word "
	    "= text { from = 'a' },\n"
	    "%s },\n"
	    "%s } }",
	    field, rest);
	return load_text(text);
}

struct mixed {
	char field[220];
	int line; /* of the fault; 0: it is fine */
	char message[90];
};

#define BY(from, by) "x = text { optional = true, from = " from ",\n by = " by " }"

static struct mixed mixtures[] = {
	/* a text as a number */
	{ BY("'a'", "function(a) return a * 100 end"), 6,
	  "a is a text, and * would make a number" },
	{ BY("'a'", "function(a) return 1 + a end"), 6, "a is a text, and + would" },
	{ BY("'a'", "function(a)\n return -a end"), 7, "a is a text, and - would" },
	{ BY("{ 'n', 'a' }", "function(n, amount) return n / amount end"), 6, "amount is a text" },
	{ BY("'a'", "function(a) return 'x' .. a % 7 end"), 6, "a is a text, and % would" },
	{ BY("'a'", "function(a) return a ^ 2 end"), 6, "a is a text, and ^ would" },
	{ BY("'at'", "function(at) return at - 1 end"), 6, "at is a text" },
	{ BY("'day'", "function(day) return day + 1 end"), 6, "day is a text" },
	{ BY("field 'word'", "function(word) return word + 1 end"), 6, "word is a text" },
	{ BY("'root'", "function(r) return r.a + r.n end"), 6, "r.a is a text, and + would" },
	{ BY("'kids'", "function(k) return sum(k, function(e) return e.q * e.no end) end"), 6,
	  "e.q is a text, and * would" },
	{ BY("'kids'", "function(k) local s = 0 for _, e in ipairs(k) do s = s + e.q end return s "
		       "end"),
	  6, "e.q is a text, and + would" },
	{ "x = map { from = 'kids', key = function(k) return k.q + 1 end,\n value = function(k) "
	  "return "
	  "k.r end }",
	  5, "k.q is a text" },
	{ "x = map { from = 'kids', key = function(k) return k.q end,\n value = function(k) return "
	  "-k.r end }",
	  6, "k.r is a text" },
	{ "x = list { from = 'kids', each = { y = text { from = { 'q', 'no' }, by = function(q, "
	  "no)\n"
	  "return q + no end } } }",
	  6, "q is a text" },
	/* a number in a text */
	{ BY("'n'", "function(n) return 'no. ' .. n end"), 6, "n is a number, and .. would write" },
	{ BY("'n'", "function(n) return n .. '' end"), 6, "n is a number, and .. would" },
	{ BY("'kids'", "function(k) return join(each(k, function(e) return e.no .. '' end)) end"),
	  6, "e.no is a number" },
	/* what is never equal */
	{ BY("'d'", "function(d) if d == 0 then return 'x' end end"), 6,
	  "d is a decimal and never equals a number" },
	{ BY("'d'", "function(d) return 0 ~= d and 'x' end"), 6, "never equals a number" },
	{ BY("'d'", "function(d) return d == -1 and 'x' end"), 6, "never equals a number" },
	{ BY("'d'", "function(d) return d == '0' and 'x' end"), 6, "never equals a text" },
	{ BY("'a'", "function(a) return a == 1 and 'x' end"), 6,
	  "a is a text and never equals a number" },
	{ BY("'a'", "function(a) return a == true and 'x' end"), 6, "never equals a boolean" },
	{ BY("'n'", "function(n) return n == '1' and 'x' end"), 6,
	  "n is a number and never equals a text" },
	{ BY("'b'", "function(b) return b ~= 't' and 'x' end"), 6,
	  "b is a boolean and never equals" },
	{ BY("{ 'n', 'd' }", "function(n, d) return n == d and 'x' end"), 6,
	  "n is a number and never equals a decimal" },
	{ BY("'root'", "function(r) return r.d == r.n and 'x' end"), 6,
	  "r.d is a decimal and never equals a number" },
	/* what helpers give */
	{ BY("'a'", "function(a) return trim(a) * 2 end"), 6, "trim(…) is a text, and * would" },
	{ BY("'a'", "function(a) return 1 + slice(a, 1, (2)) end"), 6, "slice(…) is a text" },
	{ BY("'a'", "function(a) return 'no. ' .. int(trim(a)) end"), 6,
	  "int(…) is a number, and .." },
	{ BY("'a'", "function(a) return exact(a) == 0 and 'x' end"), 6,
	  "exact(…) is a decimal and never" },
	{ BY("{ 'n', 'a' }", "function(n, a) return n == exact(a) and 'x' end"), 6,
	  "n is a number and" },
	{ BY("'a'", "function(a) return int(a) == '0' and 'x' end"), 6,
	  "int(…) is a number and never" },
	{ BY("'a'", "function(a) return tostring(len(trim(a)) + int(a)) .. trim(a) end"), 0, "" },
	{ BY("'a'",
	     "function(a) local function trim(x) return 2 end return tostring(trim(a) * 2) end"),
	  0, "" },
	{ BY("'a'", "function(a) return exact(a) == exact '0' and int(a) == -0 and 'x' end"), 0,
	  "" },
	{ BY("{ 'a', 'n' }", "function(globals, names) return trim(globals) .. names end"), 6,
	  "names is a number" },
	/* a field means the nearest one of its name */
	{ "x = text { from = 'a' },\no = { x = integer { from = 'n' },\n"
	  "y = integer { from = field 'x', by = function(x) return x + 1 end } }",
	  0, "" },
	{ "x = integer { from = 'n' },\no = { x = text { from = 'a' },\n"
	  "y = text { from = field 'x', by = function(x) return x + 1 end } }",
	  7, "x is a text" },
	{ "x = list { from = 'kids', each = { y = text { from = 'q' },\n"
	  "z = integer { from = field 'y', by = function(y) return y * 2 end } } }",
	  6, "y is a text" },
	/* nothing wrong, or nothing known */
	{ BY("'a'", "function(a) return tostring(int(a) * 100) end"), 0, "" },
	{ BY("'a'", "function(a) a = int(a) return tostring(a * 100) end"), 0, "" },
	{ BY("'a'", "function(a) local b, a = 1, int(a) return tostring(a * b) end"), 0, "" },
	{ BY("{ 'a', 'n' }", "function(a, n) a, n = n, a return tostring(a * 2) end"), 0, "" },
	{ BY("'a'", "function(a) return tostring(#a + 1) .. a end"), 0, "" },
	{ BY("'a'", "function(a) return upper(a) .. a .. '-' .. #a end"), 0, "" },
	{ BY("'n'", "function(n) return tostring(n + 1 - -n) .. tostring(n) end"), 0, "" },
	{ BY("'n'", "function(n) if n == 1 or n ~= -2 then return 'x' end end"), 0, "" },
	{ BY("'d'", "function(d) return equal(d, 0) and d == exact '1' and 'x' end"), 0, "" },
	{ BY("'d'", "function(d) return tostring(d + d * exact '2') end"), 0, "" },
	{ BY("'b'", "function(b) return b == true and 'x' end"), 0, "" },
	{ BY("'a'", "function(a) return a == '1' and a ~= nil and 'x' end"), 0, "" },
	{ BY("'kids'", "function(k) local a = { q = 1 } return tostring(a.q + #k) end"), 0, "" },
	{ BY("'a'", "function(a) local t = { a = 1 } return tostring(t.a + 1) end"), 0, "" },
	{ BY("'a'",
	     "function(a) return first({ 1 }, function(a) return a + 1 == 2 end) and 'x' end"),
	  0, "" },
	{ BY("'kids'", "function(k) return tostring(sum(k, function(e) return e.no * 2 end)) end"),
	  0, "" },
	{ BY("'kids'", "function(k) for i, e in ipairs(k) do if i * 2 > 5 then return e.q end end "
		       "end"),
	  0, "" },
	{ BY("'kids'", "function(k) return tostring(sum(k, function(e) return e.p + e.p end)) end"),
	  0, "" },
};

ParameterizedTestParameters(mixing, is_told_by_the_names_of_columns)
{
	return cr_make_param_array(struct mixed, mixtures, sizeof(mixtures) / sizeof(mixtures[0]));
}

ParameterizedTest(struct mixed *c, mixing, is_told_by_the_names_of_columns, .timeout = 60)
{
	bool loads = load_field(c->field, "");

	cr_assert_eq(loads, c->line == 0, "%s: %s", c->field, load_faults_text());
	if (c->line == 0)
		return;
	cr_assert(load_has_fault("E1020", c->line, c->message), "%s: %s", c->field,
		  load_faults_text());
	cr_assert_eq(loaded.faults.fault_count, 1, "%s: %s", c->field, load_faults_text());
}

Test(mixing, is_told_outside_of_fields)
{
	cr_assert_not(load_field("",
				 "skip_when = { s = { from = 'a', by = function(a) return a == 0 "
				 "end } }"));
	cr_expect(load_has_fault("E1020", 6, "never equals a number"), "%s", load_faults_text());
	cr_assert_not(load_field("",
				 "reject_when = { s = { from = 'n', by = function(n) return n .. "
				 "'' == '1' end } }"));
	cr_expect(load_has_fault("E1020", 6, "n is a number, and .. would write"), "%s",
		  load_faults_text());
	cr_assert_not(
	    load_field("", "invariants = { i = function(job) return job.amount ~= 0 end }"));
	cr_expect(load_has_fault("E1020", 6, "job.amount is a decimal and never equals a number"),
		  "%s", load_faults_text());
	cr_assert_not(
	    load_field("", "invariants = { i = function(job) return job.word + 1 > 2 end }"));
	cr_expect(load_has_fault("E1020", 6, "job.word is a text"), "%s", load_faults_text());
	cr_expect(load_field("", "invariants = { i = function(job) return job.word ~= '' and "
				 "job.amount >= exact '0' end }"),
		  "%s", load_faults_text());
}
