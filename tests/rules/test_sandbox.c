/*
 * test_sandbox.c: hostile rule files. None of them crashes, hangs, or sees anything outside.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "tests/rules/load_fixture.h"

TestSuite(sandbox, .init = load_begin, .fini = load_end, .timeout = 60);

/* Loading budget of these tests; a second is far more than it takes. */
enum { INSTRUCTIONS = 3000000, MS_MAX = 3000 };

/* What stands before an innocent migration, and the code it must be refused with. */
struct hostile {
	char code[8];
	char head[200];
};

static struct hostile hostile_heads[] = {
	{ "E1010", "os.execute('touch /tmp/never')" },
	{ "E1010", "local f = io.open('/etc/passwd')" },
	{ "E1010", "local p = package.loaded" },
	{ "E1010", "local c = ffi.C" },
	{ "E1010", "jit.on()" },
	{ "E1010", "local r = debug.getregistry()" },
	{ "E1010", "local g = getfenv(0)" },
	{ "E1010", "setfenv(1, {})" },
	{ "E1010", "local f = loadstring('return 1')" },
	{ "E1010", "local f = load(function() end)" },
	{ "E1010", "dofile('/etc/passwd')" },
	{ "E1010", "loadfile('/etc/passwd')" },
	{ "E1010", "local s = ('x'):rep(1e9)" },
	{ "E1010", "local s = ('').dump(function() end)" },
	{ "E1010", "local s = string.rep('x', 2^31)" },
	{ "E1010", "local s = table.concat({}) or string.dump(f)" },
	{ "E1010", "getmetatable('').__index = nil" },
	{ "E1010", "setmetatable({}, { __gc = function() end })" },
	{ "E1010", "rawset({}, 1, 2)" },
	{ "E1010", "rawget({}, 1)" },
	{ "E1010", "rawequal(1, 2)" },
	{ "E1010", "local p = newproxy(true)" },
	{ "E1010", "coroutine.wrap(function() while true do end end)()" },
	{ "E1010", "pcall(function() local x = {} end)" },
	{ "E1010", "xpcall(function() end, function() end)" },
	{ "E1010", "error({})" },
	{ "E1010", "collectgarbage('stop')" },
	{ "E1010", "local k = next({})" },
	{ "E1010", "print('hello')" },
	{ "E1010", "_G.upper = nil" },
	{ "E1010", "local v = _VERSION" },
	{ "E1010", "module('x')" },
	{ "E1010", "local n = 1LL" },
	{ "E1010", "local n = 18446744073709551615ULL" },
	{ "E1010", "local n = 2i" },
	{ "E1010", "local n = 9007199254740993" },
	{ "E1010", "local n = 0.12345678901234567" },
	{ "E1010", "local n = 0x1p4" },
	{ "E1010", "local n = 1e300" },
	{ "E1010", "local n = 0x20000000000000" },
	{ "E1012", "while true do end" },
	{ "E1012", "repeat until false" },
	{ "E1012", "::again:: goto again" },
	{ "E1012", "for i = 1, 1e12 do end" },
	{ "E1012", "local function f() return f() end f()" },
	{ "E1012", "local t = {} for i = 1, 1e9 do t[i] = { i } end" },
	{ "E1012", "local s = 'x' for i = 1, 40 do s = s .. s end" },
	{ "E1012", "while true do pcall(function() while true do end end) end" },
	{ "E1012", "local t = {} for i = 1, 1e9 do t = { t } end" },
	{ "E1012", "while true do local x = text { from = 'a' } end" },
	{ "E1014", "local function f() return 1 + f() end f()" },
	{ "E1014", "local a, b = nil, nil; local c = a.b" },
	{ "E1014", "local t = tostring({})" },
	{ "E1014", "local n = #nil" },
	{ "E1009", "count = 1" },
	{ "E1009", "upper = function() end" },
	{ "E1009", "function trim() end" },
	{ "E1009", "local function f() later_on = 1 end" },
	{ "E1009", "math.floor = nil" },
	{ "E1002", "local x = undefined_thing" },
	{ "E1002", "local function f() return uper('x') end" },
	{ "E1002", "local x = os_time()" },
	{ "E1003", "local x = csv 'a.csv' { kye = 'a' }" },
	{ "E1011", "local t = { a = 1, ['a'] = 2 }" },
	{ "E1011", "local t = { 'x', [1] = 'y' }" },
	{ "E1011", "local t = { x = { a = 1, b = 2, a = 3 } }" },
	{ "E1001", "local t = {" },
	{ "E1001", "local s = 'unfinished" },
	{ "E1001", "local s = [==[ unfinished ]=]" },
	{ "E1001", "\xff\xfe" },
	{ "E1004", "local e = entity(nil)" },
	{ "E1004", "local e = entity 'x' (5)" },
	{ "E1004", "local f = field(function() end)" },
	{ "E1004", "local f = decimal(5)" },
	{ "E1004", "local f = enum(nil)" },
	{ "E1004", "local f = sample 'x' (1)" },
	{ "E1004", "local m = migration 'x'" },
	{ "E1004", "local m = none(1)" },
	{ "E1004", "require(5)" },
	{ "E1008", "require 'ffi'" },
	{ "E1008", "require 'os'" },
	{ "E1008", "require '../secret'" },
	{ "E1008", "require '/etc/passwd'" },
	{ "E1008", "require 'a..b'" },
	{ "E1008", "require '.a'" },
	{ "E1008", "require 'a.'" },
	{ "E1008", "require 'a/b'" },
	{ "E1004", "require 'a\\0b'" },
	{ "E1008", "require 'v1'" },
	{ "E1008", "require 'C:'" },
};

ParameterizedTestParameters(sandbox, refuses_what_a_rule_may_not_do)
{
	return cr_make_param_array(struct hostile, hostile_heads,
				   sizeof(hostile_heads) / sizeof(hostile_heads[0]));
}

ParameterizedTest(struct hostile *hostile, sandbox, refuses_what_a_rule_may_not_do, .timeout = 60)
{
	int64_t start = clock_monotonic_ns();

	loaded.budget.load_instructions = INSTRUCTIONS;
	cr_assert_not(load_parts(hostile->head, "", ""), "%s was accepted", hostile->head);
	cr_assert_eq(loaded.err.code, ERR_RULE, "%s: %s", hostile->head, load_faults_text());
	cr_assert_null(loaded.host);
	cr_assert(load_has_fault(hostile->code, 0, ""), "%s, expected %s: %s", hostile->head,
		  hostile->code, load_faults_text());
	cr_assert_null(strstr(loaded.err.text, "traceback"), "%s", loaded.err.text);
	cr_assert_null(strstr(loaded.err.text, "[string"), "%s", loaded.err.text);
	cr_assert_null(strstr(load_faults_text(), "prelude:"), "%s", load_faults_text());
	cr_assert((clock_monotonic_ns() - start) / 1000000 < MS_MAX, "%s took too long",
		  hostile->head);
}

Test(sandbox, finds_undefined_names_in_functions_that_never_run)
{
	cr_assert_not(load_parts(
	    "", "x = text { from = \"a\", by = function(a)\n return trimm(a) end }", ""));
	cr_assert(load_has_fault("E1002", 8, "trimm"), "%s", load_faults_text());
	cr_assert(span_equal_text(loaded.faults.faults[0].nearest, "trim"), "%s",
		  load_faults_text());
}

Test(sandbox, reports_one_typo_and_still_the_rest)
{
	cr_assert_not(load_parts("local y = undefined_thing",
				 "x = text { from = \"a\", optinal = true, lookup = y }", ""));
	cr_assert(load_has_fault("E1002", 1, "undefined_thing"), "%s", load_faults_text());
	cr_assert(load_has_fault("E1003", 7, "optinal"), "%s", load_faults_text());
	cr_assert_eq(loaded.faults.fault_count, 2, "%s", load_faults_text());
}

Test(sandbox, refuses_bytecode)
{
	static const char bytes[] = "\x1bLJ\x02\x0a\x02\x00\x00";

	load_write_bytes("v1.lua", bytes, sizeof(bytes));
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1010", 0, "bytecode"), "%s", load_faults_text());
}

Test(sandbox, refuses_bytecode_behind_a_first_line)
{
	static const char bytes[] = "#!x\n\x1bLJ\x02\x0a\x02\x00\x00";

	load_write_bytes("v1.lua", bytes, sizeof(bytes));
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1001", 0, ""), "%s", load_faults_text());
}

Test(sandbox, refuses_a_nul_byte)
{
	static const char bytes[] = "return\0 migration {}";

	load_write_bytes("v1.lua", bytes, sizeof(bytes) - 1);
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1001", 1, "UTF-8"), "%s", load_faults_text());
}

static char *repeated(const char *head, const char *middle, int count, const char *tail)
{
	size_t size = strlen(middle);
	char *text =
	    arena_alloc(&loaded.arena, strlen(head) + size * (size_t)count + strlen(tail) + 1);
	char *at = stpcpy(text, head);

	for (int i = 0; i < count; i++)
		at = stpcpy(at, middle);
	stpcpy(at, tail);
	return text;
}

Test(sandbox, survives_100000_brackets)
{
	cr_assert_not(load_text(repeated("local x = ", "(", 100000, "")));
	cr_assert(load_has_fault("E1001", 0, ""), "%s", load_faults_text());
	cr_assert_not(load_text(repeated("local x = ", "{", 100000, "")));
	cr_assert(load_has_fault("E1001", 0, ""), "%s", load_faults_text());
	cr_assert_not(load_text(repeated("", "do ", 100000, "")));
	cr_assert(load_has_fault("E1001", 0, ""), "%s", load_faults_text());
}

Test(sandbox, survives_a_huge_table_of_constants)
{
	cr_assert_not(load_text(repeated("local t = {", "'a',", 900000, "}")));
	cr_assert(load_has_fault("E1012", 0, ""), "%s", load_faults_text());
}

Test(sandbox, survives_a_name_of_a_megabyte)
{
	cr_assert_not(load_text(repeated("local x = ", "a", 1 << 20, "")));
	cr_assert(load_has_fault("E1002", 1, "undefined"), "%s", load_faults_text());
}

Test(sandbox, refuses_a_file_above_four_megabytes)
{
	cr_assert_not(load_text(repeated("-- ", "x", (4 << 20) + 1, "")));
	cr_assert(load_has_fault("E1015", 0, ""), "%s", load_faults_text());
}

Test(sandbox, refuses_a_folder_and_a_pipe_as_rule_file)
{
	mkdir(loaded.path, 0700);
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1015", 0, ""), "%s", load_faults_text());
	rmdir(loaded.path);
	cr_assert_eq(mkfifo(loaded.path, 0600), 0);
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1015", 0, ""), "%s", load_faults_text());
}

Test(sandbox, says_that_a_file_is_missing)
{
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1015", 0, ""), "%s", load_faults_text());
	cr_assert_eq(loaded.err.code, ERR_RULE, "%s", loaded.err.text);
}

Test(sandbox, follows_no_link_out_of_the_folder)
{
	char outside[] = "/tmp/outside-XXXXXX", path[160];
	int file = mkstemp(outside);

	cr_assert_neq(file, -1);
	close(file);
	snprintf(path, sizeof(path), "%s/inner.lua", loaded.folder);
	cr_assert_eq(symlink(outside, path), 0);
	cr_assert_not(load_parts("local x = require 'inner'", "", ""));
	unlink(outside);
	cr_assert(load_has_fault("E1008", 1, "out of the rule file's folder"), "%s",
		  load_faults_text());
}

Test(sandbox, follows_no_linked_folder_out_of_the_folder)
{
	char outside[] = "/tmp/outside-XXXXXX", path[160];

	cr_assert_not_null(mkdtemp(outside));
	snprintf(path, sizeof(path), "%s/x.lua", outside);
	fclose(fopen(path, "w"));
	snprintf(path, sizeof(path), "%s/inner", loaded.folder);
	cr_assert_eq(symlink(outside, path), 0);
	cr_assert_not(load_parts("local x = require 'inner.x'", "", ""));
	snprintf(path, sizeof(path), "%s/x.lua", outside);
	unlink(path);
	rmdir(outside);
	cr_assert(load_has_fault("E1008", 1, "out of the rule file's folder"), "%s",
		  load_faults_text());
}

Test(sandbox, ends_modules_that_require_each_other)
{
	load_write("a.lua", "return { b = require 'b' }");
	load_write("b.lua", "return { a = require 'a' }");
	cr_assert_not(load_parts("local x = require 'a'", "", ""));
	cr_assert(load_has_fault("E1008", 1, "circle"), "%s", load_faults_text());
}

Test(sandbox, modules_obey_the_same_sandbox)
{
	load_write("a.lua", "\n\nreturn { os.time() }");
	cr_assert_not(load_parts("local x = require 'a'", "", ""));
	cr_assert(load_has_fault("E1010", 3, "os"), "%s", load_faults_text());
	cr_assert_not_null(strstr(loaded.faults.faults[0].file, "/a.lua"), "%s",
			   loaded.faults.faults[0].file);
}

Test(sandbox, runs_a_module_once)
{
	load_write("a.lua", "return { list = {} }");
	cr_assert(load_parts("local x, y = require 'a', require 'a'\n"
			     "if x.list ~= y.list then local z = nil + 1 end",
			     "", ""),
		  "%s", load_faults_text());
	cr_assert_eq(rule_host_migration(loaded.host)->text_count, 2);
	cr_assert_str_eq(rule_host_migration(loaded.host)->texts[1].path, "a.lua");
}

Test(sandbox, refuses_a_module_that_returns_nothing)
{
	load_write("a.lua", "local x = 1");
	cr_assert_not(load_parts("local x = require 'a'", "", ""));
	cr_assert(load_has_fault("E1008", 1, "returns nothing"), "%s", load_faults_text());
}

Test(sandbox, survives_a_budget_that_is_too_small_for_anything)
{
	static const size_t sizes[] = { 1,      4096,   20000,  60000,  100000, 150000,
					200000, 250000, 300000, 350000, 400000, 450000,
					500000, 600000, 700000, 900000 };
	int refused = 0;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		loaded.budget.memory_bytes = sizes[i];
		if (load_parts("", "", ""))
			continue;
		refused++;
		cr_assert_eq(loaded.err.code, ERR_RULE, "%zu: %s", sizes[i], loaded.err.text);
	}
	cr_assert_gt(refused, 3);
}

Test(sandbox, survives_an_allocation_refused_at_any_size)
{
	size_t size = 20000;
	bool opened = false;

	for (; size < (8 << 20) && !opened; size += size / 40) {
		loaded.budget.memory_bytes = size;
		opened = load_parts("local T = { A = \"B\" }",
				    "s = enum { \"B\", from = \"a\", lookup = T },\n"
				    "m = map { from = \"kids\", key = function(k) return k.a end,"
				    " value = function(k) return T[k.b] end }",
				    "");
		cr_assert(opened || loaded.err.code == ERR_RULE, "%zu: %s", size, loaded.err.text);
	}
	cr_assert(opened, "%s", load_faults_text());
}

Test(sandbox, survives_circular_values)
{
	cr_assert(
	    load_text(
		"local t = {} t.t = t\n"
		"local function f() return f, t end t.f = f\n"
		"return migration { version = 'v1', system = 's',\n"
		" entity 'job' { source = { root = table 't' { key = 'id' } },\n"
		"  fields = { jobId = id { from = 'id' },\n"
		"   x = text { from = 'a', by = function(a) return t.t.t.x or f and a end } } } }"),
	    "%s", load_faults_text());
}

Test(sandbox, refuses_values_where_words_are_meant)
{
	static const char *const values[] = { "5",      "true",      "'x'",
					      "{}",     "{ { } }",   "function() end",
					      "upper",  "text",      "text {}",
					      "math",   "field 'x'", "none 'x'",
					      "absent", "exact '1'", "{ [1.5] = 1, [true] = {} }" };
	static const char *const members[] = { "source",      "decisions",  "fields",  "skip_when",
					       "reject_when", "invariants", "queries", "examples",
					       "on_delete",   "changed" };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (size_t j = 0; j < sizeof(members) / sizeof(members[0]); j++) {
			struct span text = arena_print(
			    &loaded.arena,
			    "local S = { root = table 't' { key = 'id' } }\n"
			    "return migration { version = 'v1', system = 's', entity 'job' {\n"
			    " source = %s, fields = %s, %s } }",
			    j == 0 ? values[i] : "S",
			    j == 2 ? values[i] : "{ jobId = id { from = 'id' } }",
			    j == 0 || j == 2
				? ""
				: arena_print(&loaded.arena, "%s = %s", members[j], values[i])
				      .data);
			bool accepted = load_text(text.data);

			cr_assert(accepted || loaded.err.code == ERR_RULE, "%s: %s", text.data,
				  loaded.err.text);
			cr_assert_not(load_has_fault("E1014", 0, ""), "%s: %s", text.data,
				      load_faults_text());
		}
	}
}

/* ---- what functions keep ---- */

Test(sandbox, refuses_a_function_that_counts)
{
	cr_assert_not(
	    load_parts("local n = 0",
		       "x = text { from = \"a\", by = function(a)\n n = n + 1 return a end }", ""));
	cr_assert(load_has_fault("E1009", 7, "'n'"), "%s", load_faults_text());
}

Test(sandbox, refuses_a_counter_behind_other_functions)
{
	cr_assert_not(load_parts(
	    "local n = 0\n"
	    "local function count() return function() n = n + 1 return n end end\n"
	    "local tools = { deep = { count = count } }",
	    "x = text { from = \"a\", by = function(a) return tools.deep.count() end }", ""));
	cr_assert(load_has_fault("E1009", 0, "'n'"), "%s", load_faults_text());
}

Test(sandbox, says_that_a_captured_value_is_too_deep)
{
	cr_assert_not(load_parts("local t = {} for i = 1, 150 do t = { t } end",
				 "x = text { from = \"a\", by = function(a) return t.x or a end }",
				 ""));
	cr_assert(load_has_fault("E1004", 7, "captured is nested too deeply"), "%s",
		  load_faults_text());
	cr_assert_eq(loaded.faults.fault_count, 1, "%s", load_faults_text());
}

Test(sandbox, lets_functions_assign_their_own_variables)
{
	cr_assert(load_parts("",
			     "x = text { from = \"kids\", by = function(kids)\n"
			     " local n = \"\"\n"
			     " each(kids, function(k) n = n .. k.a return 1 end)\n"
			     " return n end }",
			     ""),
		  "%s", load_faults_text());
}

Test(sandbox, freezes_captured_tables)
{
	cr_assert(
	    load_parts("local seen = { deep = {} }\n"
		       "local function remember(a) seen.deep[a] = true return a end",
		       "x = text { from = \"a\", by = function(a) return remember(a) end },\n"
		       "y = text { from = \"a\", by = function(a) seen.x = a return a end }",
		       "examples = { { \"writes\", given = { root = { id = \"1\", a = \"b\" } },\n"
		       " rejects = { x = \"E2203\", y = \"E2203\" } } }"),
	    "%s", load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
}

Test(sandbox, words_mean_nothing_inside_functions)
{
	cr_assert(
	    load_parts("",
		       "x = text { from = \"a\", by = function(a) return text { from = a } end }",
		       "examples = { { \"word\", given = { root = { id = \"1\", a = \"b\" } },\n"
		       " rejects = { x = \"E2203\" } } }"),
	    "%s", load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
}

Test(sandbox, captured_words_mean_nothing_inside_functions)
{
	static const char *const calls[] = { "w { from = a }", "r \"other\"", "e \"x\" {}", "f(a)",
					     "f(a) { key = true }" };

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct span by = arena_print(
		    &loaded.arena,
		    "x = text { from = \"a\", by = function(a) local v = %s return a end }",
		    calls[i]);

		cr_assert(
		    load_parts(
			"local w, r, e, f = text, require, entity, field", by.data,
			"examples = { { \"word\", given = { root = { id = \"1\", a = \"b\" } },\n"
			" rejects = { x = \"E2203\" } } }"),
		    "%s: %s", calls[i], load_faults_text());
		cr_assert(load_run_example(0), "%s: %s", calls[i], load_faults_text());
	}
}

Test(sandbox, strings_have_no_methods_inside_functions)
{
	cr_assert(
	    load_parts("", "x = text { from = \"a\", by = function(a) return a:upper() end }",
		       "examples = { { \"method\", given = { root = { id = \"1\", a = \"b\" } },\n"
		       " rejects = { x = \"E2203\" } } }"),
	    "%s", load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
}

Test(sandbox, stops_a_function_that_never_ends)
{
	cr_assert(
	    load_parts("", "x = text { from = \"a\", by = function(a) while true do end end }",
		       "examples = { { \"loop\", given = { root = { id = \"1\", a = \"b\" } },\n"
		       " rejects = { x = \"E2204\" } } }"),
	    "%s", load_faults_text());
	load_run_example(0);
	cr_assert(load_has_fault("E2204", 0, "") || loaded.faults.fault_count == 0, "%s",
		  load_faults_text());
}
