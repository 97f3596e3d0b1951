/*
 * test_patterns.c: patterns as an option of fields: what they give, what is refused, and that nothing
 * depends on their order.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/model/digest.h"
#include "engine/rules/library.h"
#include "tests/rules/derive_fixture.h"
#include "tests/rules/load_fixture.h"

/* ---- values ---- */

TestSuite(patterns, .fini = rule_close, .timeout = 20);

struct value_case {
	char field[300];  /* x = … */
	char value[60];   /* of its column */
	char becomes[60]; /* as in the body, or a code */
};

#define KIND                                                                                   \
	"enum { 'PHONE', 'STORE', 'WEB', from = 'x', lookup = { phoney = 'WEB' }, patterns = " \
	"{ ['^(tele)?(ph|f)one?'] = 'PHONE', ['^(walk.?in|counter|till [0-9]+)$'] = 'STORE', " \
	"['^tel'] = 'PHONE', ['one$'] = 'STORE' } "

static struct value_case value_cases[] = {
	{ KIND "}", "counter", "\"STORE\"" },
	{ KIND "}", "till 12", "\"STORE\"" },
	{ KIND "}", "walk-in", "\"STORE\"" },
	{ KIND "}", "walk\xc3\xbcin", "\"STORE\"" },
	{ KIND "}", "telephon", "\"PHONE\"" },
	{ KIND "}", "phoney", "\"WEB\"" },
	{ KIND "}", "telephone", "E2119" },
	{ KIND "}", "none", "\"STORE\"" },
	{ KIND "}", "till", "E2103" },
	{ KIND "}", "", "E2103" },
	{ KIND "}", "COUNTER", "E2103" },
	{ KIND ", fold = lower }", "COUNTER", "\"STORE\"" },
	{ KIND "}", "counter\n", "E2103" },
	{ KIND "}", "counter\xff", "E2106" },
	{ "text { from = 'x', patterns = { ['^a'] = 'A' } }", "abc", "\"A\"" },
	{ "text { from = 'x', patterns = { ['^a'] = 'A' } }", "b", "E2103" },
	{ "text { from = 'x', patterns = {} }", "b", "E2103" },
	{ "boolean { from = 'x', patterns = { ['^[yY]'] = true, ['^[nN]'] = false } }", "No",
	  "false" },
	{ "integer { from = 'x', patterns = { ['^o(ne|ink)$'] = 1, ['^two'] = 2 } }", "oink", "1" },
	{ "integer { from = 'x', patterns = { a = 1, b = 1 } }", "ab", "1" },
	{ "integer { from = 'x', patterns = { a = 1, b = 2 } }", "ab", "E2119" },
	{ "decimal { 5, 2, from = 'x', patterns = { ['^cheap'] = '1.5' } }", "cheap", "\"1.50\"" },
	{ "date { from = 'x', patterns = { ['^dawn'] = '1970-01-01' } }", "dawn of time",
	  "\"1970-01-01\"" },
	{ "text { from = 'x', by = function(x) return len(x) end, patterns = { ['^3$'] = 'three' } "
	  "}",
	  "abc", "\"three\"" },
	{ "text { from = 'x', patterns = { ['(a+)+$'] = 'A' } }",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "E2206" },
	{ "text { from = 'x', by = function(x) return match(x, '(a+)+$') end }",
	  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "E2206" },
	{ "text { from = 'x', by = function(x) return match(x, x) end }", "(", "E2207" },
	{ "text { from = 'x', by = function(x) return match(x, x) end }", "a", "\"a\"" },
	{ "text { from = 'x', by = function(x) local _, a = match(x, '^(\\\\w+)@') return a end }",
	  "ada@example.org", "\"ada\"" },
	{ "text { from = 'x', fold = unicode_upper, lookup = { ['STRASSE'] = 'S' } }",
	  "stra\xc3\x9f"
	  "e",
	  "\"S\"" },
	{ "text { from = 'x', fold = nfc }", "e\xcc\x81", "\"\xc3\xa9\"" },
	{ "integer { from = 'x', by = year }", "2024", "E2107" },
	{ "integer { from = 'x', by = year }", "2024-02-29", "2024" },
	{ "integer { from = 'x', by = year }", "last year", "E2102" },
};

ParameterizedTestParameters(patterns, give_values)
{
	return cr_make_param_array(struct value_case, value_cases,
				   sizeof(value_cases) / sizeof(value_cases[0]));
}

static void open_field(const char *field)
{
	static char text[500];

	snprintf(text, sizeof(text), "x = %s", field);
	rule_open(&(struct rule){ .fields = text });
}

ParameterizedTest(struct value_case *c, patterns, give_values, .timeout = 20)
{
	static char expected[120];

	open_field(c->field);
	given("root", 0, "x", c->value);
	if (c->becomes[0] == 'E') {
		expect_reject("x", c->becomes);
		return;
	}
	snprintf(expected, sizeof(expected), "{\"jobId\":\"job_7\",\"x\":%s}", c->becomes);
	expect_body(expected);
}

Test(patterns, leave_nothing_there_alone)
{
	open_field("text { from = 'x', optional = true, patterns = { [''] = 'any' } }");
	given("root", 0, "x", NULL);
	expect_body("{\"jobId\":\"job_7\"}");
	given("root", 0, "x", "");
	expect_body("{\"jobId\":\"job_7\",\"x\":\"any\"}");
}

Test(patterns, that_disagree_are_both_named_in_one_order)
{
	static const char *const orders[] = {
		"text { from = 'x', patterns = { a = '1', b = '2', c = '1' } }",
		"text { from = 'x', patterns = { c = '1', b = '2', a = '1' } }",
		"text { from = 'x', patterns = { b = '2', a = '1', c = '1' } }",
	};

	for (size_t i = 0; i < 3; i++) {
		open_field(orders[i]);
		given("root", 0, "x", "abc");
		expect_reject("x", "E2119");
		cr_expect_str_eq(
		    arena_copy(&fx.arena, fault_of("x")->message).data,
		    "\"abc\" matches \"a\", which gives \"1\", and \"b\", which gives \"2\"");
		cr_expect(span_equal_text(fault_of("x")->saw, "abc"));
		if (i < 2)
			rule_close();
	}
}

Test(patterns, that_do_not_match_say_where_to_add_one)
{
	rule_open(&(struct rule){ .before = "local KINDS = {\n['^a'] = 'A' }",
				  .fields = "x = text { from = 'x', patterns = KINDS }" });
	given("root", 0, "x", "b");
	expect_reject("x", "E2103");
	cr_expect_not_null(strstr(body(), "no mapping for \"b\", and no pattern matches it"), "%s",
			   body());
	cr_expect_not_null(
	    strstr(arena_copy(&fx.arena, fault_of("x")->help).data, "a pattern in KINDS (line 1)"),
	    "%.*s", SPAN_ARGS(fault_of("x")->help));
}

/* Each child costs a whole pattern's limit: the row ends at its budget, not after all of them. */
Test(patterns, are_charged_to_the_row)
{
	rule_open(&(struct rule){
	    .fields = "x = list { from = 'events', each = { k = text { from = 'kind', patterns = { "
		      "['(a+)+$'] = 'A' } } } }" });
	for (uint32_t i = 0; i < FIXTURE_ROWS; i++) {
		given("events", i, "kind", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
		given("events", i, "seq", arena_print(&fx.arena, "%u", i).data);
	}
	derive();
	cr_expect_eq(fx.outcome.kind, OUTCOME_REJECT);
	cr_expect_lt(fx.outcome.fault_count, 20, "%zu", fx.outcome.fault_count);
	cr_expect_str_eq(fx.outcome.faults[fx.outcome.fault_count - 1].code, "E2204");
	given_nothing();
	given("events", 0, "kind", "a");
	given("events", 0, "seq", "1");
	expect_body("{\"jobId\":\"job_7\",\"x\":[{\"k\":\"A\"}]}");
}

Test(patterns, go_on_with_the_next_row_after_a_limit)
{
	open_field("text { from = 'x', by = function(x) return replace(x, '(a+)+$', '') end }");
	for (int i = 0; i < 20; i++) {
		given("root", 0, "x", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab");
		expect_reject("x", "E2206");
		given("root", 0, "x", "baaa");
		expect_body("{\"jobId\":\"job_7\",\"x\":\"b\"}");
	}
}

/* ---- loading ---- */

TestSuite(pattern_options, .init = load_begin, .fini = load_end, .timeout = 60);

struct mistake {
	char head[100], field[160];
	char code[8];
	int line;
	char message[100];
};

static struct mistake mistakes[] = {
	{ "", "x = text { from = 'a',\n patterns = {\n ['('] = 'A' } }", "E1019", 9,
	  "\"(\" is no valid pattern: missing closing parenthesis, after character 1" },
	{ "", "x = text { from = 'a', patterns = { ['[b-a]'] = 'A' } }", "E1019", 7,
	  "range out of order" },
	{ "local P = {\n ['*'] = 'A' }", "x = text { from = 'a', patterns = P }", "E1019", 2,
	  "\"*\" is no valid pattern" },
	{ "", "x = text { from = 'a', patterns = { ['\\\\C'] = 'A' } }", "E1019", 7, "\\C" },
	{ "", "x = text { from = 'a', patterns = { ['\\255'] = 'A' } }", "E1019", 7, "UTF-8" },
	{ "", "x = text { from = 'a', patterns = { a = 1 } }", "E1004", 7,
	  "the pattern gives 1 for \"a\", where a text is meant" },
	{ "", "x = integer { from = 'a', patterns = { a = '1' } }", "E1004", 7, "an integer" },
	{ "", "x = boolean { from = 'a', patterns = { a = 'yes' } }", "E1004", 7, "true or false" },
	{ "", "x = enum { 'PHONE', from = 'a', patterns = { a = 'PHON' } }", "E1004", 7,
	  "which is no value of the enum" },
	{ "", "x = text { from = 'a', patterns = 'a' }", "E1004", 7, "patterns must be a table" },
	{ "", "x = text { from = 'a', patterns = { 'a' } }", "E1004", 7, "without being one" },
	{ "", "x = text { from = 'a', patterns = text { from = 'a' } }", "E1004", 7,
	  "must be a table of texts" },
	{ "", "x = map { from = 'kids', patterns = { a = 'A' } }", "E1003", 7, "patterns" },
	{ "", "x = text { from = 'a', by = function(a)\n return match(lower(a, 1), '(') end }",
	  "E1019", 8, "\"(\" is no valid pattern: missing closing parenthesis" },
	{ "local function f(s)\n return replace(s, '[z-a]', '') end",
	  "x = text { from = 'a', by = f }", "E1019", 2, "range out of order" },
	{ "", "x = text { from = 'a', fold = unicode_upper, lookup = { ['ß'] = 'A' } }", "E1004", 7,
	  "is never found: fold makes it \"SS\"" },
};

ParameterizedTestParameters(pattern_options, are_checked_while_loading)
{
	return cr_make_param_array(struct mistake, mistakes,
				   sizeof(mistakes) / sizeof(mistakes[0]));
}

ParameterizedTest(struct mistake *c, pattern_options, are_checked_while_loading, .timeout = 60)
{
	cr_assert_not(load_parts(c->head, c->field, ""), "%s %s", c->head, c->field);
	cr_assert(load_has_fault(c->code, c->line, c->message), "%s %s: %s", c->head, c->field,
		  load_faults_text());
}

Test(pattern_options, of_functions_of_ones_own_are_none)
{
	cr_expect(
	    load_parts("local function match(a, b) return a end",
		       "x = text { from = 'a', by = function(a) return match(a, '(') end },\n"
		       "y = text { from = 'a', by = function(a) local t = { find = match } "
		       "return t.find(a, '(') end },\n"
		       "z = text { from = 'a', by = function(a) return replace(a, '[(]', '(') "
		       "end }",
		       ""),
	    "%s", load_faults_text());
}

static const char *transform_of(const char *head, const char *field)
{
	cr_assert(load_parts(head, field, ""), "%s: %s", field, load_faults_text());
	return arena_text(&loaded.arena, rule_host_migration(loaded.host)->transform);
}

Test(pattern_options, are_part_of_the_fingerprint_in_any_order)
{
	const char *one =
	    transform_of("", "x = text { from = 'a', patterns = { a = 'A', b = 'B' } }");

	cr_expect_str_eq(
	    one, transform_of("", "x = text { from = 'a', patterns = { b = 'B', a = 'A' } }"));
	cr_expect_str_neq(
	    one, transform_of("", "x = text { from = 'a', patterns = { a = 'A', b = 'C' } }"));
	cr_expect_str_neq(
	    one, transform_of("", "x = text { from = 'a', patterns = { a = 'A', ['b+'] = 'B' } }"));
	cr_expect_str_neq(one, transform_of("", "x = text { from = 'a', patterns = { a = 'A' } }"));
	cr_expect_str_neq(
	    one, transform_of("", "x = text { from = 'a', lookup = { a = 'A', b = 'B' } }"));
}

struct data_case {
	char field[120];
	char text[120]; /* what is hashed */
	char data[12];  /* whose version stands behind it, or nothing */
};

static struct data_case data_cases[] = {
	{ "x = text { from = 'a' }", "word 4:text;0:;{4:from;1:a;}", "" },
	{ "x = text { from = 'a', fold = upper }",
	  "word 4:text;0:;{4:fold;name 5:upper;4:from;1:a;}", "" },
	{ "x = text { from = 'a', fold = nfc }", "word 4:text;0:;{4:fold;name 3:nfc;4:from;1:a;}",
	  "unicode" },
	{ "x = text { from = 'a', patterns = {} }", "word 4:text;0:;{4:from;1:a;8:patterns;{}}",
	  "patterns" },
	{ "x = text { from = 'a', by = function(find) return find end }",
	  "word 4:text;0:;{2:by;function 37:y1:(n4:findy1:)k6:returnn4:findk3:end;4:from;1:a;}",
	  "" },
	{ "x = text { from = 'a', by = function(a) return nfc(a) end }",
	  "word 4:text;0:;{2:by;function "
	  "45:y1:(n1:ay1:)k6:returnn3:nfcy1:(n1:ay1:)k3:end;4:from;1:a;"
	  "}",
	  "unicode" },
};

ParameterizedTestParameters(pattern_options, and_helpers_name_the_data_they_go_by)
{
	return cr_make_param_array(struct data_case, data_cases,
				   sizeof(data_cases) / sizeof(data_cases[0]));
}

static const char *version_of(const char *data)
{
	static char version[UNICODE_VERSION_SIZE];
	struct patterns *patterns;

	library_unicode_version(version);
	if (strcmp(data, "patterns") == 0) {
		patterns = patterns_open();
		snprintf(version, sizeof(version), "%s", pattern_unicode_version(patterns));
		patterns_close(patterns);
	}
	return version;
}

/* A new version of Unicode changes the versions that go by it, and no others. */
ParameterizedTest(struct data_case *c, pattern_options, and_helpers_name_the_data_they_go_by,
		  .timeout = 60)
{
	const struct migration_info *migration;
	char expected[SHA256_HEX_SIZE];
	struct span text = span_of(c->text);

	if (c->data[0])
		text =
		    arena_print(&loaded.arena, "%s %s %s", c->text, c->data, version_of(c->data));
	sha256_hex(text, expected);
	cr_assert(load_parts("", c->field, ""), "%s", load_faults_text());
	migration = rule_host_migration(loaded.host);
	for (int i = 0; i < migration->part_count; i++) {
		if (strcmp(migration->parts[i].name, "job.fields.x") == 0)
			cr_expect_str_eq(migration->parts[i].hash, expected, "%s", c->field);
	}
}
