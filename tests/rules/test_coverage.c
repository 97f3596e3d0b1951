/*
 * test_coverage.c: what of a rule its examples use, line by line and word by word.
 */
#include <criterion/criterion.h>

#include "tests/rules/load_fixture.h"

TestSuite(coverage, .init = load_begin, .fini = load_end);

static const struct coverage_part *parts;
static int part_count;

static void cover(void)
{
	const struct example_result *results;
	int count;

	rule_host_cover(loaded.host);
	cr_assert(rule_host_run_examples(loaded.host, &loaded.arena, &results, &count, &loaded.err),
		  "%s", loaded.err.text);
	for (int i = 0; i < count; i++)
		cr_assert(results[i].passed, "example %d", i);
	parts = rule_host_coverage(loaded.host, &loaded.arena, &part_count);
}

/* 1 used, 0 not, −1 there is no such part. */
static int used(enum coverage_kind kind, const char *name)
{
	for (int i = 0; i < part_count; i++)
		if (parts[i].kind == kind && span_equal_text(parts[i].name, name))
			return parts[i].is_used;
	return -1;
}

static int line_used(int line)
{
	for (int i = 0; i < part_count; i++)
		if (parts[i].kind == COVERAGE_LINE && parts[i].line == line)
			return parts[i].is_used;
	return -1;
}

static const char rule[] =
    "local STATE = {\n"                                                                  /* 1 */
    "  N = 'new', O = 'old' }\n"                                                         /* 2 */
    "local function helper(s)\n"                                                         /* 3 */
    "  if s == 'x' then\n"                                                               /* 4 */
    "    return 'was x'\n"                                                               /* 5 */
    "  end\n"                                                                            /* 6 */
    "  return s\n"                                                                       /* 7 */
    "end\n"                                                                              /* 8 */
    "return migration { version = 'v1', system = 's', entity 'job' {\n"                  /* 9 */
    "  source = { root = table 't' { key = 'id' } },\n"                                  /* 10 */
    "  decisions = { d = { question = 'q', options = { a = 'a' }, choice = 'a',\n"       /* 11 */
    "    touches = { from = 'note', by = function(note) return note ~= nil end } } },\n" /* 12 */
    "  fields = { jobId = id { from = 'id' },\n"                                         /* 13 */
    "    state = enum { 'new', 'old', 'odd', from = 'state', lookup = STATE, patterns = { ['^odd'] "
    "= 'odd' } },\n"                                                                       /* 14 */
    "    note = text { from = 'note', optional = true, decision = 'd', by = helper } },\n" /* 15 */
    "  skip_when = { test = { from = 'id', by = function(id) return id == '0' end } },\n"  /* 16 */
    "  reject_when = { bad = { from = 'id', by = function(id)\n"                           /* 17 */
    "    return id == '-1' end } },\n"                                                     /* 18 */
    "  examples = {\n"                                                                     /* 19 */
    "    { 'one', given = { root = { id = '1', state = 'N' } }, expect = { state = 'new' } } } } "
    "}\n";

Test(coverage, tells_what_was_used_and_what_was_not)
{
	cr_assert(load_text(rule), "%s", load_faults_text());
	cover();
	cr_expect_eq(used(COVERAGE_MAPPING, "N"), 1);
	cr_expect_eq(used(COVERAGE_MAPPING, "O"), 0);
	cr_expect_eq(used(COVERAGE_MAPPING, "^odd"), 0);
	cr_expect_eq(used(COVERAGE_VALUE, "new"), 1);
	cr_expect_eq(used(COVERAGE_VALUE, "odd"), 0);
	cr_expect_eq(used(COVERAGE_DECISION, "d"), 0);
	cr_expect_eq(used(COVERAGE_SKIP, "test"), 0);
	cr_expect_eq(used(COVERAGE_REJECT, "bad"), 0);
	cr_expect_eq(line_used(4), 1);
	cr_expect_eq(line_used(5), 0);
	cr_expect_eq(line_used(7), 1);
	cr_expect_eq(line_used(8), -1, "the end of a function does nothing");
	cr_expect_eq(line_used(2), -1, "what runs while it is loaded is no function's line");
	cr_expect_eq(line_used(12), 1);
	cr_expect_eq(line_used(18), 1);
}

Test(coverage, a_host_that_nobody_asks_tells_nothing)
{
	cr_assert(load_text(rule), "%s", load_faults_text());
	cr_expect_null(rule_host_coverage(loaded.host, &loaded.arena, &part_count));
	cr_expect_eq(part_count, 0);
}

/* What runs in C otherwise has to be seen, too. */
Test(coverage, functions_that_only_fold_are_run)
{
	cr_assert(
	    load_parts("",
		       "attributes = map { from = 'kids', key = function(r)\n"
		       "  return lower(trim(r.k))\n"
		       "end, value = function(r)\n"
		       "  return trim(r.v)\n"
		       "end },\n",
		       "examples = { { 'one', given = { root = { id = '1' }, kids = { { no = "
		       "'1', k = ' A ', v = ' b' } } }, expect = { attributes = { a = 'b' } } } }"),
	    "%s", load_faults_text());
	cover();
	for (int i = 0; i < part_count; i++)
		cr_expect(parts[i].is_used, "line %d", parts[i].line);
	cr_expect_eq(part_count, 2);
}
