/*
 * test_examples.c: examples pass when they tell the truth, and each lie is named.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/rules/host_internal.h"
#include "tests/rules/derive_fixture.h"

TestSuite(examples, .fini = rule_close, .timeout = 30);

static struct fault_list differences;

/* The rule all examples here are about. */
static void open_examples(const char *examples)
{
	static char more[8192];

	snprintf(more, sizeof(more),
		 "skip_when = { test = { from = 'name', by = function(name) return name == 'TEST' "
		 "end } },\n"
		 "decisions = { d = { question = 'q', options = { x = 'x' }, choice = 'x',\n"
		 "  touches = { from = field 'n', by = function(n) return n and n > 5 end } } },\n"
		 "examples = { %s }",
		 examples);
	rule_open(&(struct rule){
	    .types = "n = int, ok = boolean",
	    .root = "null = { '-' }, ignore = { junk = 'nobody knows' }",
	    .sources =
		"shop = reference 'shops' { key = 'id', from = 'shop_id', optional = true },\n"
		"film = reference 'films' { key = 'id', from = 'events.film_id' }",
	    .fields = "name = text { from = 'name' }, n = integer { from = 'n', optional = true, "
		      "decision = 'd' },\n"
		      "ok = boolean { from = 'ok', optional = true }, shop = text { from = "
		      "'shop.name', optional = true },\n"
		      "amount = decimal { 8, 2, from = 'amount', optional = true },\n"
		      "m = map { from = 'meta', key = function(m) return m.k end, value = "
		      "function(m) return m.v end },\n"
		      "l = list { from = 'events', each = { seq = integer { from = 'seq' }, title "
		      "= text { from = 'film.title' } } }",
	    .more = more });
	fault_list_init(&differences, &fx.arena);
}

static bool passes(int example)
{
	const struct example_result *results;
	int count;

	cr_assert(rule_host_run_examples(fx.host, &fx.arena, &results, &count, &fx.err), "%s",
		  fx.err.text);
	cr_assert_lt(example, count);
	differences = results[example].differences;
	cr_assert_eq(results[example].passed, differences.fault_count == 0);
	return results[example].passed;
}

/* All differences, one a line. */
static const char *said(void)
{
	const char *text = "";

	for (size_t i = 0; i < differences.fault_count; i++)
		text = arena_print(&fx.arena, "%s%.*s\n", text,
				   SPAN_ARGS(differences.faults[i].message))
			   .data;
	return text;
}

struct example {
	char text[300];
	char difference[100]; /* a piece of what is said; "" when it passes */
};

#define ROOT "given = { root = { id = '1', name = 'x', n = 7, ok = 't', amount = '12.5' } }"
#define LISTS                                                                          \
	"given = { root = { id = '1', name = 'x' }, meta = { { k = 'a', v = 'A' } }, " \
	"events = { { seq = 10, film_id = 1 }, { seq = 9, film_id = 2 } }, "           \
	"film = { { id = 2, title = 'two' }, { id = 1, title = 'one' } } }"

static struct example cases[] = {
	{ ROOT ", expect = { jobId = 'job_1', name = 'x', n = 7, ok = true, amount = '12.50', shop "
	       "= absent }",
	  "" },
	{ ROOT ", expect = { n = '7', m = {}, l = {} }", "" },
	{ ROOT ", expect = { name = 'y' }", "name: expected \"y\", seen \"x\"" },
	{ ROOT ", expect = { n = 8 }", "n: expected 8, seen 7" },
	{ ROOT ", expect = { ok = false }", "ok: expected false, seen true" },
	{ ROOT ", expect = { ok = 'true' }", "ok: expected \"true\", seen true" },
	{ ROOT ", expect = { amount = '12.5' }", "amount: expected \"12.5\", seen \"12.50\"" },
	{ ROOT ", expect = { name = absent }", "name: expected absent, seen \"x\"" },
	{ ROOT ", expect = { shop = 'S' }", "shop: expected \"S\", seen absent" },
	{ ROOT ", expect = { name = { a = 'b' } }", "name: expected a table, seen \"x\"" },
	{ ROOT ", expect = { name = 'x' }, touches = { 'd' }", "" },
	{ LISTS ", expect = { name = 'x' }, touches = { 'd' }",
	  "decision d: expected touched, seen untouched" },
	{ ROOT ", expect = { name = 'x' }, touches = 'd'", "" },
	{ LISTS ", expect = { name = 'x' }, touches = 'd'",
	  "decision d: expected touched, seen untouched" },
	{ LISTS ", expect = { name = 'x' }, touches = {}", "" },
	{ ROOT ", expect = { name = 'x' }, touches = {}",
	  "decision d: expected untouched, seen touched" },
	{ ROOT ", rejects = { name = 'E2101' }", "expected a reject, seen a record" },
	{ ROOT ", skips = 'test'", "expected a skip, seen a record" },

	{ LISTS
	  ", expect = { m = { a = 'A' }, l = { { seq = 9, title = 'two' }, { title = 'one' } } }",
	  "" },
	{ LISTS ", expect = { l = { { seq = 9 } } }", "" },
	{ LISTS ", expect = { l = { { seq = 10 } } }", "l[1].seq: expected 10, seen 9" },
	{ LISTS ", expect = { l = { { seq = 9 }, { seq = 10 }, { seq = 11 } } }",
	  "l[3]: expected a table, seen absent" },
	{ LISTS ", expect = { l = {} }", "l: expected a table, seen a list of 2" },
	{ LISTS ", expect = { m = { b = absent, a = 'B' } }", "m.a: expected \"B\", seen \"A\"" },

	{ "given = { root = { id = 1 } }, rejects = { name = 'E2101' }", "" },
	{ "given = { root = { id = 1, name = '-' } }, rejects = { name = 'E2101' }", "" },
	{ "given = { root = { id = 1 } }, rejects = { name = 'E2102' }",
	  "name: expected E2102, seen no such fault" },
	{ "given = { root = { id = 1, n = 'x' } }, rejects = { name = 'E2101' }",
	  "job.n: seen E2102, not expected" },
	{ "given = { root = { id = 1, n = 'x' } }, rejects = { name = 'E2101', n = 'E2102' }", "" },
	{ "given = { root = { id = 1 } }, rejects = { name = 'E2101', n = 'E2102' }",
	  "n: expected E2102, seen no such fault" },
	{ "given = { root = { id = 1 } }, expect = { name = 'x' }",
	  "expected a record, seen rejected: E2101 job.name" },
	{ "given = { root = { id = 1, name = 'x' }, events = { { seq = 1, film_id = 3 } } }, "
	  "rejects = { film = 'E2111' }",
	  "" },

	{ "given = { root = { id = 1, name = 'TEST' } }, skips = 'test'", "" },
	{ "given = { root = { id = 1, name = 'TEST' } }, skips = 'other'",
	  "expected skipped: other, seen skipped: test" },
	{ "given = { root = { id = 1, name = 'TEST' } }, expect = { name = 'TEST' }",
	  "expected a record, seen skipped: test" },

	{ "given = { root = { id = 1, name = 'x', shop_id = 1 }, shop = { id = 1, name = 'S' } }, "
	  "expect = { shop = 'S' }",
	  "" },
	{ "given = { root = { id = 1, name = 'x', shop_id = 1 }, shop = { name = 'S' } }, "
	  "expect = { shop = 'S' }",
	  "" },
	{ "given = { root = { id = 1, name = 'x', shop_id = 1 }, shop = { id = 2, name = 'S' } }, "
	  "expect = { shop = absent }",
	  "given.shop is a row that nothing points at: root.shop_id is not its key" },
	{ "given = { root = { id = 1, name = 'x' }, shop = { id = 2, name = 'S' } }, "
	  "expect = { shop = absent }",
	  "nothing points at" },
	{ "given = { root = { id = 1, name = 'x', shop_id = '-' }, shop = { name = 'S' } }, "
	  "expect = { shop = absent }",
	  "nothing points at" },
	{ "given = { root = { id = 1, name = 'x' }, meta = { { k = 'a', v = 'A', del_id = 1 } } }, "
	  "expect = { m = { a = 'A' } }",
	  "" },
	{ "given = { root = { id = 1, name = 'x' }, meta = { { k = 'a', v = 'A', del_id = 2 } } }, "
	  "expect = { m = { a = 'A' } }",
	  "given.meta[1].del_id is not the key of the root" },
	{ "given = { root = { id = 1, name = 'x', junk = 'y' } }, expect = { name = 'x' }", "" },
	{ "given = { root = { id = 1, name = 'x', nmae = 'y' } }, expect = { name = 'x' }",
	  "did you mean \"name\"" },
	{ "given = { root = { id = 1, name = 'x', other = 'y' } }, expect = { name = 'x' }",
	  "given.root.other is a column that is not read" },
	{ "given = { root = { id = 1, name = 'x', ok = true } }, expect = { name = 'x' }",
	  "given.root.ok is a boolean" },
	{ "given = { root = { id = 1, name = 'x', n = 1.5 } }, expect = { name = 'x' }",
	  "given.root.n is a number" },
	{ "given = { root = { id = 1, name = 'x' }, meta = { k = 'a', v = 'b' } }, expect = { name "
	  "= 'x' }",
	  "children are a list" },
	{ "given = { root = { id = 1, name = 'x' }, meta = { { k = 'a' }, { k = 'a' } } }, expect "
	  "= { name = 'x' }",
	  "two rows with the same key" },
};

ParameterizedTestParameters(examples, pass_or_say_what_differs)
{
	return cr_make_param_array(struct example, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct example *c, examples, pass_or_say_what_differs, .timeout = 30)
{
	char text[400];

	snprintf(text, sizeof(text), "{ 'one', %s }", c->text);
	open_examples(text);
	if (!c->difference[0]) {
		cr_assert(passes(0), "%s\n%s", c->text, said());
		return;
	}
	cr_assert_not(passes(0), "%s passed", c->text);
	cr_assert_not_null(strstr(said(), c->difference), "%s\nsaid: %s", c->text, said());
	cr_assert(span_equal_text(differences.faults[0].where, "job.examples.one"));
	cr_assert_gt(differences.faults[0].line, 0);
	cr_assert_str_eq(differences.faults[0].file, fx.path);
}

Test(examples, order_children_as_life_does)
{
	open_examples(
	    "{ 'integers', given = { root = { id = 1, name = 'x' }, film = { { id = 1, title = 't' "
	    "} },\n"
	    "events = { { seq = '10', film_id = 1 }, { seq = '-2', film_id = 1 }, { seq = '-10', "
	    "film_id = 1 }, { seq = '9', film_id = 1 }, { seq = '0', film_id = 1 } } },\n"
	    "expect = { l = { { seq = -10 }, { seq = -2 }, { seq = 0 }, { seq = 9 }, { seq = 10 } "
	    "} } }");
	cr_assert(passes(0), "%s", said());
}

Test(examples, name_every_difference_in_an_order_that_never_changes)
{
	open_examples("{ 'many', " ROOT
		      ", expect = { n = 1, ok = false, name = 'a', amount = 'b', shop = 'c' } }");
	cr_assert_not(passes(0));
	cr_assert_eq(differences.fault_count, 5, "%s", said());
	for (size_t i = 1; i < 5; i++)
		cr_assert_lt(
		    span_compare(differences.faults[i - 1].message, differences.faults[i].message),
		    0);
}

/* What one row allocated is no fault of the example that comes next. */
Test(examples, go_on_after_one_that_needed_too_much_memory)
{
	rule_open(&(struct rule){
	    .fields =
		"a = text { from = 'a', by = function(a) local s, i = a, 0 for n = 1, 14 do s "
		"= s .. s end\n"
		"while a ~= 'fine' do i = i + 1 local u = s .. i end return a end }",
	    .more =
		"examples = {\n"
		"{ 'much', given = { root = { id = '1', a = '0123456789' } }, rejects = { a = "
		"'E2205' } },\n"
		"{ 'fine', given = { root = { id = '1', a = 'fine' } }, expect = { a = 'fine' } "
		"} }" });
	fault_list_init(&differences, &fx.arena);
	cr_assert(passes(0), "%s", said());
	cr_assert(passes(1), "%s", said());
}

Test(examples, that_need_too_much_memory_say_so_in_their_line)
{
	open_examples("{ 'one', " ROOT ", expect = { name = 'x' } }");
	fx.host->budget.memory_bytes = 1;
	cr_assert_not(passes(0));
	cr_assert_not_null(strstr(said(), "more than 1 bytes of memory"), "%s", said());
	cr_assert_gt(differences.faults[0].line, 0);
}

Test(examples, notice_that_the_file_has_changed)
{
	const struct example_result *results;
	FILE *file;
	int count;

	open_examples("{ 'one', " ROOT ", expect = { name = 'x' } }");
	file = fopen(fx.path, "w");
	cr_assert_not_null(file);
	fputs("return 1", file);
	fclose(file);
	cr_assert_not(rule_host_run_examples(fx.host, &fx.arena, &results, &count, &fx.err));
	cr_assert_eq(fx.err.code, ERR_RULE, "%s", fx.err.text);
}

Test(examples, say_both_values_with_their_kinds)
{
	open_examples("{ 'one', " ROOT ", expect = { name = 'x\\194\\160' } }");
	cr_assert_not(passes(0));
	cr_expect(
	    span_equal_text(differences.faults[0].expected, "\"x\\u{a0}\"   text, 2 characters"),
	    "%.*s", SPAN_ARGS(differences.faults[0].expected));
	cr_expect(span_equal_text(differences.faults[0].seen,
				  "\"x\"   text, 1 character; differs from character 2 on"),
		  "%.*s", SPAN_ARGS(differences.faults[0].seen));
}
