/*
 * test_lint.c: what may lose meaning without a word is said at its line, and its mended twin is left alone; none of it
 * is an error, and nobody is told who does not ask.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/rules/load_fixture.h"

TestSuite(lint, .init = load_begin, .fini = load_end, .timeout = 60);

static struct fault_list found;

/* An entity whose field `x` stands on line 6. */
static bool lint_text(const char *text)
{
	load_write("v1.lua", text);
	rule_host_close(loaded.host);
	loaded.host = NULL;
	err_reset(&loaded.err);
	fault_list_init(&loaded.faults, &loaded.arena);
	fault_list_init(&loaded.warnings, &loaded.arena);
	fault_list_init(&found, &loaded.arena);
	return rule_host_open_lint(loaded.path, NULL, &loaded.budget, &loaded.host, &loaded.faults,
				   &loaded.warnings, &found, &loaded.err);
}

static bool lint_field(const char *head, const char *field)
{
	return lint_text(
	    arena_print(&loaded.arena,
			"%s\n"
			"return migration { version = 'v1', system = 's', entity 'job' {\n"
			"source = { root = table 't' { key = 'id', types = { n = int, d = "
			"decimal } }, kids = children 'k' { parent = 't_id', key = 'no' } },\n"
			"decisions = { which = { question = '?', options = { a = 'a' }, "
			"choice = 'a' } },\n"
			"fields = { y = text { from = 'y', decision = 'which' },\n"
			"%s } } }",
			head, field)
		.data);
}

struct lint_case {
	char field[260];
	char code[8]; /* "": nothing is said */
	int line;
	char message[60];
};

#define ID "id = id { from = 'id' }, "
#define BY(by) \
	ID "x = text { optional = true, from = { 'a', 'b' }, by = function(a, b) " by " end }"
#define DECIDED(by)                                                                     \
	ID "x = text { optional = true, decision = 'which', from = { 'a', 'b' }, by = " \
	   "function(a, b) " by " end }"

static struct lint_case cases[] = {
	/* defaults */
	{ BY("return a or 'UNKNOWN'"), "E1301", 6, "\"UNKNOWN\" stands in" },
	{ BY("return upper(a)\n or 'UNKNOWN'"), "E1301", 7, "\"UNKNOWN\" stands in" },
	{ BY("return NAMES[a] or OTHER"), "E1301", 6, "\"other\" stands in" },
	{ BY("local s = upper(a) return NAMES[s] or 'X'"), "E1301", 6, "\"X\" stands in" },
	{ BY("return tostring((int(a) or 0) + 1)"), "E1301", 6, "0 stands in" },
	{ BY("return tostring(exact(a) or exact '0.5')"), "E1301", 6, "0.5 stands in" },
	{ BY("return a and upper(a) or 'NONE'"), "E1301", 6, "\"NONE\" stands in" },
	{ BY("return a ~= nil and upper(a) or 'NONE'"), "E1301", 6, "\"NONE\" stands in" },
	{ BY("return coalesce(a, b, 'NONE')"), "E1301", 6, "\"NONE\" stands in" },
	{ BY("if a == nil then return 'NONE' end return a"), "E1301", 6, "\"NONE\" stands in" },
	{ BY("if not a and b == nil then return OTHER end return a"), "E1301", 6, "stands in" },
	{ BY("if b == 'x' then return b elseif a == nil then return '' end return a"), "E1301", 6,
	  "\"\" stands in" },
	{ ID "x = map { from = 'kids', key = function(k) return k.k or 'none' end, value = "
	     "function(k) return k.v end }",
	  "E1301", 6, "\"none\" stands in" },
	{ ID "x = list { from = 'kids', each = { y = text { from = 'q', by = function(q) return q "
	     "or 'none' end } } }",
	  "E1301", 6, "\"none\" stands in" },
	{ ID "x = { y = boolean { from = 'q', by = function(q) return q == 'x' or true end }, z = "
	     "text { from = 'q', by = function(q) return q or 'none' end } }",
	  "E1301", 6, "\"none\" stands in" },
	{ DECIDED("return a or 'UNKNOWN'"), "", 0, "" },
	{ DECIDED("return coalesce(a, 'UNKNOWN')"), "", 0, "" },
	{ DECIDED("if a == nil then return 'NONE' end return a"), "", 0, "" },
	{ BY("return a or b"), "", 0, "" },
	{ BY("return coalesce(a, b)"), "", 0, "" },
	{ BY("return a or reject 'no a'"), "", 0, "" },
	{ BY("return a == '1' and 'yes' or 'no'"), "", 0, "" },
	{ BY("return (a == '1' or b == '1') and 'yes' or 'no'"), "", 0, "" },
	{ BY("return a and (a == '1' or b == 'x') and a or b"), "", 0, "" },
	{ BY("return join({ a or '', b or '' }, ' ')"), "E1301", 6, "\"\" stands in" },
	{ BY("return (a or '') .. (b or '')"), "", 0, "" },
	{ BY("if a == nil then return nil end return a"), "", 0, "" },
	{ BY("if a == nil then return b end return a"), "", 0, "" },
	{ BY("if a == nil and b == '1' then return 'FIRST' end return a"), "", 0, "" },
	{ BY("if a == '1' then return 'FIRST' end return a"), "", 0, "" },
	/* ids */
	{ "id = id { from = 'id', fold = lower }", "E1302", 6, "\"A1\" and \"a1\"" },
	{ "id = id { from = 'id', fold = upper }", "E1302", 6, "fold = upper" },
	{ "id = id { from = 'id', fold = trim }", "E1302", 6, "fold = trim" },
	{ "id = id { from = 'id', fold = lower, decision = 'which' }", "", 0, "" },
	{ ID "x = text { from = 'a', fold = lower }", "", 0, "" },
	/* numbers */
	{ ID "x = integer { from = 'n', by = function(n)\n return n * 0.5 end }", "E1303", 7,
	  "0.5 is a binary fraction" },
	{ ID "x = integer { from = 'n', by = function(n) return n * 1e-2 end }", "E1303", 6,
	  "1e-2 is a binary" },
	{ ID "x = integer { from = 'n', by = function(n) return n / 100 end }", "E1303", 6,
	  "what / gives" },
	{ ID "x = integer { from = 'n', by = function(n) return half(n) end }", "E1303", 1,
	  "what / gives" },
	{ ID "x = decimal { 9, 2, from = 'd', by = function(d) return d * exact '0.01' end }", "",
	  0, "" },
	{ ID "x = integer { from = 'n', by = function(n) return math.floor((n + 1) / 100) end }",
	  "", 0, "" },
	{ ID "x = integer { from = 'n', by = function(n) return n * 100 + 1e3 + 2.0 end }", "", 0,
	  "" },
	/* patterns */
	{ BY("return match(a, '.*,.*,.*x')"), "E1304", 6, "3 repetitions of anything" },
	{ BY("return replace(a, '^(?:.+?) (.*) (.{2,}),$', '')"), "E1304", 6, "3 repetitions" },
	{ BY("return find(a, '^(a+)+$')"), "E1304", 6, "a repetition inside another" },
	{ BY("return find(a, '(?:\\\\w*)*!')"), "E1304", 6, "a repetition inside another" },
	{ ID "x = text { from = 'a', patterns = {\n ['.*a.*b.*'] = 'x' } }", "E1304", 7,
	  "3 repetitions" },
	{ BY("return match(a, '.*,.*x')"), "", 0, "" },
	{ BY("return match(a, '.*+,.*+,.*+x')"), "", 0, "" },
	{ BY("return match(a, '\\\\.*,[.*.*.*]*,[^,]*,.{0,9},.{1,9}')"), "", 0, "" },
	{ BY("return match(a, '^(?:[a-z]+,)*[a-z]+$')"), "", 0, "" },
	{ BY("return match('.*.*.*', a)"), "", 0, "" },
};

ParameterizedTestParameters(lint, says_what_may_be_lost)
{
	return cr_make_param_array(struct lint_case, cases, sizeof(cases) / sizeof(*cases));
}

ParameterizedTest(struct lint_case *c, lint, says_what_may_be_lost)
{
	const char *head = "local NAMES, OTHER = { a = 'b' }, 'other' local function half(n) "
			   "return n / 2 end";

	cr_assert(lint_field(head, c->field), "%s: %s", c->field, load_faults_text());
	if (*c->code == '\0') {
		cr_assert_eq(found.fault_count, 0, "%s: %.*s", c->field,
			     SPAN_ARGS(found.faults[0].message));
		return;
	}
	cr_assert_geq(found.fault_count, 1, "%s: nothing is said", c->field);
	for (size_t i = 0; i < found.fault_count; i++)
		cr_expect_str_eq(found.faults[i].code, c->code, "%s", c->field);
	cr_expect_eq(found.faults[0].line, c->line, "%s: line %d", c->field, found.faults[0].line);
	cr_expect(strstr(arena_copy(&loaded.arena, found.faults[0].message).data, c->message),
		  "%s: %.*s", c->field, SPAN_ARGS(found.faults[0].message));
	cr_expect(found.faults[0].where.size > 0);
}

Test(lint, looks_at_every_function_of_an_entity)
{
	cr_assert(lint_text(
	    "return migration { version = 'v1', system = 's', entity 'job' {\n"
	    "source = { root = table 't' { key = 'id', types = { n = int } } },\n"
	    "decisions = { which = { question = '?', options = { a = 'a' }, choice = 'a',\n"
	    " touches = { from = 'n', by = function(n) return n * 0.1 > 1 end } } },\n"
	    "fields = { id = id { from = 'id' }, n = integer { from = 'n', decision = 'which' } "
	    "},\n"
	    "skip_when = { a = { from = 'n', by = function(n) return n / 2 == 1 end } },\n"
	    "reject_when = { b = { from = 'n', by = function(n) return n / 2 == 2 end } },\n"
	    "invariants = { c = function(job) return job.n / 2 ~= 3 end } } }"));
	cr_assert_eq(found.fault_count, 4);
	for (int i = 0; i < 4; i++) {
		cr_expect_str_eq(found.faults[i].code, "E1303");
		cr_expect_eq(found.faults[i].line, i == 0 ? 4 : i + 5);
	}
}

Test(lint, is_no_error_and_no_warning_and_is_not_said_unasked)
{
	struct fault_list first;

	cr_assert(lint_field("", "id = id { from = 'id', fold = lower }"));
	first = found;
	cr_assert_eq(first.fault_count, 1);
	cr_expect_eq(loaded.faults.fault_count, 0);
	cr_expect_eq(loaded.warnings.fault_count, 0);
	cr_assert(load_again());
	cr_expect_eq(loaded.faults.fault_count + loaded.warnings.fault_count, 0);
}

/* A fingerprint is of what a version says, not of who asks. */
Test(lint, changes_no_fingerprint)
{
	char asked[SHA256_HEX_SIZE];

	cr_assert(lint_field("", "id = id { from = 'id', fold = lower }"));
	snprintf(asked, sizeof(asked), "%s", rule_host_migration(loaded.host)->transform);
	cr_assert(load_again());
	cr_expect_str_eq(rule_host_migration(loaded.host)->transform, asked);
}

/* Errors come first: what is not sound is not looked at. */
Test(lint, says_nothing_of_a_file_that_does_not_load)
{
	cr_assert_not(lint_field("", "id = id { from = 'id', fold = lower, optinal = true }"));
	cr_expect_eq(found.fault_count, 0);
	cr_expect(load_has_fault("E1003", 6, "optinal"));
}

/* It has a budget of its own, and where that is spent, that is all that is said: the file still loads. */
Test(lint, that_comes_to_no_end_is_said_and_is_no_error)
{
	enum { DEPTH = 150, TIMES = 8 };
	struct buf text;

	buf_init(&text);
	buf_put_text(&text, "return migration { version = 'v1', system = 's', entity 'job' {\n"
			    "source = { root = table 't' { key = 'id' } }, fields = { id = id { "
			    "from = 'id' },\n x = text { from = 'a', by = function(a)");
	for (int t = 0; t < TIMES; t++) {
		buf_put_text(&text, " a = ");
		for (int i = 0; i < DEPTH; i++)
			buf_put_char(&text, '(');
		buf_put_text(&text, "a");
		for (int i = 0; i < DEPTH; i++)
			buf_put_text(&text, " or 'x')");
	}
	buf_put_text(&text, " end } } } }");
	buf_put_char(&text, '\0');
	cr_assert(lint_text(text.data), "%s", load_faults_text());
	cr_expect_str_eq(found.faults[0].code, "E1301");
	cr_expect_eq(found.fault_count + found.untold_count, DEPTH * TIMES);
	loaded.budget.load_instructions = 2000000;
	cr_assert(lint_text(text.data), "%s", load_faults_text());
	cr_expect_str_eq(found.faults[0].code, "E1012", "it comes first");
	buf_release(&text);
}
