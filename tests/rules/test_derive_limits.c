/*
 * test_derive_limits.c: whatever a rule does costs its own row and nothing else.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/base/clock.h"
#include "engine/rules/host_internal.h"
#include "tests/rules/derive_fixture.h"

TestSuite(derive_limits, .fini = rule_close, .timeout = 60);

/* The row after a hostile one is derived as if nothing had happened. */
static void expect_host_still_works(void)
{
	for (int i = 0; i < 3; i++) {
		given("root", 0, "a", "fine");
		expect_body("{\"a\":\"fine\",\"jobId\":\"job_7\"}");
	}
}

struct hostile {
	char code[200];
	char error[8];
};

static struct hostile hostiles[] = {
	{ "while true do end", "E2204" },
	{ "local function f() return f() end return f()", "E2204" },
	{ "local function f() return 1 + f() end return f()", "E2203" },
	{ "local t = {} while true do t[#t + 1] = {} end", "E2205" },
	{ "local s = 'x' while true do s = s .. s end", "E2205" },
	{ "local s = 'x' for i = 1, 18 do s = s .. s end return each(split(s, 'x'), function(p) "
	  "return split(s, 'x') end)",
	  "E2205" },
	{ "local t = { 1, 2, 3 } while true do t = sort_by(t, function(x) return -x end) end",
	  "E2204" },
	{ "local function f(x) return any({ 1 }, function() return f(x) end) end return f(1)",
	  "E2203" },
	{ "return nil + 1", "E2203" },
	{ "return ('x')()", "E2203" },
	{ "return reject({})", "E2203" },
	{ "return reject('\\255\\0')", "E2201" },
	{ "for i = 1, 300 do reject('once') end", "E2201" },
};

ParameterizedTestParameters(derive_limits, outlives_every_rule)
{
	return cr_make_param_array(struct hostile, hostiles,
				   sizeof(hostiles) / sizeof(hostiles[0]));
}

ParameterizedTest(struct hostile *hostile, derive_limits, outlives_every_rule, .timeout = 60)
{
	char field[400];

	snprintf(
	    field, sizeof(field),
	    "a = text { from = 'a', by = function(a) if a == 'fine' then return a end %s end }",
	    hostile->code);
	rule_open(&(struct rule){ .fields = field, .memory_bytes = 8 << 20 });
	expect_host_still_works();
	given("root", 0, "a", "bad");
	expect_reject("a", hostile->error);
	cr_assert_eq(strcmp(hostile->error, "E2205") == 0, strstr(body(), "memory") != NULL, "%s",
		     body());
	expect_host_still_works();
}

/* A row may have a million children; what is not listed must not be kept either. */
Test(derive_limits, faults_that_are_not_listed_take_no_memory)
{
	static char text[3001];
	size_t first, all;

	rule_open(&(struct rule){
	    .fields = "l = list { from = 'events', each = { at = instant { from = 'at' } } }" });
	memset(text, 'x', sizeof(text) - 1);
	for (uint32_t i = 0; i < 100; i++)
		given("events", i, "at", text);
	derive();
	cr_assert_eq(fx.outcome.fault_count, 100);
	first = fx.arena.used_bytes;
	arena_reset(&fx.arena);
	given_nothing();
	for (uint32_t i = 0; i < FIXTURE_ROWS; i++)
		given("events", i, "at", text);
	derive();
	all = fx.arena.used_bytes;
	cr_assert_eq(fx.outcome.fault_count, 100);
	cr_assert_lt(all, first + 1000, "%zu, %zu", first, all);
}

Test(derive_limits, says_what_a_spent_budget_was_spent_on)
{
	rule_open(&(struct rule){ .fields = "a = text { from = 'a' }, l = text { from = 'a', by = "
					    "function(a) while a do end end }",
				  .instructions = 10000 });
	given("root", 0, "a", "x");
	expect_reject("l", "E2204");
	cr_assert_not_null(strstr(body(), "job.l"), "%s", body());
}

/* No hook runs inside an instruction, and one that compares two long texts takes long. */
Test(derive_limits, stops_slow_instructions_after_a_time_of_their_own)
{
	int64_t began_ns = clock_monotonic_ns();

	rule_open(&(struct rule){
	    .fields = "a = text { from = 'a', by = function(a) if a == 'fine' then "
		      "return a end\n"
		      "local s = a for i = 1, 19 do s = s .. s end local u = s .. 'x'\n"
		      "while true do local before = s < u end end }",
	    .cpu_ms = 50 });
	given("root", 0, "a", "0123456789");
	expect_reject("a", "E2204");
	cr_assert_not_null(strstr(body(), "more than 50 ms"), "%s", body());
	cr_assert_lt(clock_monotonic_ns() - began_ns, INT64_C(20000000000));
	expect_host_still_works();
}

/* Garbage is given back before a row is given up, and then it is tried again: within the same time. */
Test(derive_limits, gives_both_tries_of_a_row_one_time)
{
	rule_open(&(struct rule){ .fields = "a = text { from = 'a' }" });
	budget_arm(fx.host, 10);
	fx.host->wall_began_ns = 5;
	fx.host->cpu_began_ns = 7;
	budget_arm_again(fx.host, 1000);
	cr_assert_eq(fx.host->wall_began_ns, 5);
	cr_assert_eq(fx.host->cpu_began_ns, 7);
	budget_arm(fx.host, 1000);
	cr_assert_eq(fx.host->cpu_began_ns, 0);
}

/* The smallest budget that is enough for that many rounds. */
static uint64_t instructions_of(int rounds)
{
	uint64_t too_few = 0, enough = 100000;
	char text[16];

	snprintf(text, sizeof(text), "%d", rounds);
	given("root", 0, "a", text);
	while (enough - too_few > 1) {
		uint64_t middle = (too_few + enough) / 2;

		fx.host->budget.instructions = middle;
		derive();
		*(fx.outcome.kind == OUTCOME_RECORD ? &enough : &too_few) = middle;
	}
	return enough;
}

/* The clock guards from outside: the count alone decides where a rule ends, on any machine. */
Test(derive_limits, counts_every_instruction_once)
{
	uint64_t before, round;

	rule_open(&(struct rule){ .fields =
				      "n = integer { from = 'a', by = function(a) local n = 0 "
				      "for i = 1, int(a) do n = n + 1 end return n end }" });
	before = instructions_of(0);
	round = instructions_of(1) - before;
	cr_assert_gt(round, 0);
	for (int rounds = 1; rounds < 5000; rounds = rounds * 3 / 2 + 1)
		cr_expect_eq(instructions_of(rounds), before + round * (uint64_t)rounds, "%d",
			     rounds);
}

Test(derive_limits, gives_each_row_a_whole_budget)
{
	rule_open(&(struct rule){ .fields = "n = integer { from = 'a', by = function(a) local n = "
					    "0 for i = 1, 2000 do n = n + 1 end return n end }",
				  .instructions = 20000 });
	for (int i = 0; i < 100; i++)
		expect_body("{\"jobId\":\"job_7\",\"n\":2000}");
}

Test(derive_limits, collects_garbage_before_it_gives_a_row_up)
{
	/* Each row leaves garbage; only live memory may count in the end. */
	rule_open(&(struct rule){ .fields =
				      "n = integer { from = 'a', by = function(a) local s = a\n"
				      "for i = 1, 16 do s = s .. s end return len(s) end }",
				  .memory_bytes = 4 << 20 });
	given("root", 0, "a", "0123456789");
	for (int i = 0; i < 50; i++)
		expect_body("{\"jobId\":\"job_7\",\"n\":655360}");
}

Test(derive_limits, keeps_lists_of_many_elements_and_long_texts)
{
	static char text[200000];

	rule_open(&(struct rule){
	    .fields = "a = text { from = 'a', by = function(a) return upper(a) end }" });
	memset(text, 'a', sizeof(text) - 1);
	given("root", 0, "a", text);
	derive();
	cr_assert_eq(fx.outcome.kind, OUTCOME_RECORD, "%s", body());
	cr_assert_eq(fx.outcome.body.size,
		     strlen("{\"a\":\"\",\"jobId\":\"job_7\"}") + sizeof(text) - 1);
}
