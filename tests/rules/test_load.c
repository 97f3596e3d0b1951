/*
 * test_load.c: rule files become plans, and every mistake in one is named at its line.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/rules/host_internal.h"
#include "tests/rules/load_fixture.h"

TestSuite(load, .init = load_begin, .fini = load_end, .timeout = 60);

static const struct entity_info *entity(void)
{
	return &rule_host_migration(loaded.host)->entities[0];
}

static const struct field *field(const char *name)
{
	const struct entity_plan *plan = &loaded.host->plans[0];

	for (int i = 0; i < plan->field_count; i++) {
		if (strcmp(plan->fields[i].name, name) == 0)
			return &plan->fields[i];
	}
	return NULL;
}

static const char *v3_text;

static void load_v3(void)
{
	v3_text = load_v3_text();
	cr_assert(load_text(v3_text), "%s", load_faults_text());
}

/* ---- the page's own example ---- */

Test(load, loads_the_whole_example)
{
	const struct migration_info *migration;

	load_v3();
	migration = rule_host_migration(loaded.host);
	cr_assert_str_eq(migration->version, "v3");
	cr_assert_str_eq(migration->supersedes, "v2");
	cr_assert_str_eq(migration->system, "legacy");
	cr_assert_eq(migration->entity_count, 1);
	cr_assert_str_eq(entity()->id_field, "jobId");
	cr_assert_str_eq(entity()->on_delete, "withdraw");
	cr_assert_eq(entity()->example_count, 3);
	cr_assert_eq(entity()->enum_count, 1);
	cr_assert_eq(entity()->enums[0].value_count, 5);
	cr_assert_eq(loaded.warnings.fault_count, 0);
	cr_assert_eq(lua_gettop(loaded.host->lua), 0);
}

Test(load, reads_exactly_the_columns_that_are_used)
{
	load_v3();
	cr_assert_str_eq(load_columns("root"),
			 "actor_id amount created_ts del_id delivery_ref status updated_ts");
	cr_assert_str_eq(load_columns("events"), "at del_id kind seq");
	cr_assert_str_eq(load_columns("meta"), "del_id k v");
	cr_assert_eq(load_source("root")->ignored_count, 1);
	cr_assert_str_eq(load_source("root")->ignored[0], "batch_no");
}

static int line_of(const char *text)
{
	const char *at = strstr(v3_text, text);
	int line = 1;

	cr_assert_not_null(at, "%s", text);
	for (const char *c = v3_text; c < at; c++)
		line += *c == '\n';
	return line;
}

Test(load, knows_the_lines_things_stand_in)
{
	load_v3();
	cr_assert_eq(field("state")->line, line_of("state       = enum"));
	cr_assert_eq(field("completedAt")->line, line_of("completedAt = instant"));
	cr_assert_eq(field("state")->lookup->line, line_of("local STATE"));
	cr_assert_str_eq(field("state")->lookup->name, "STATE");
	cr_assert_eq(entity()->line, line_of("entity \"job\""));
	cr_assert_eq(entity()->decisions[0].line, line_of("completed_at = {"));
	cr_assert_eq(load_source("meta")->line, line_of("meta   = children"));
	cr_assert_eq(entity()->examples[1].line, line_of("{ \"a status nobody mapped\""));
}

Test(load, puts_fields_in_canonical_order_and_in_order_of_dependence)
{
	const struct entity_plan *plan;
	int state_at = -1, completed_at = -1;

	load_v3();
	plan = &loaded.host->plans[0];
	for (int i = 1; i < plan->field_count; i++)
		cr_assert_lt(strcmp(plan->fields[i - 1].name, plan->fields[i].name), 0);
	for (int i = 0; i < plan->field_count; i++) {
		const char *name = plan->fields[plan->field_order[i]].name;

		if (strcmp(name, "state") == 0)
			state_at = i;
		if (strcmp(name, "completedAt") == 0)
			completed_at = i;
	}
	cr_assert_geq(state_at, 0);
	cr_assert_lt(state_at, completed_at);
	cr_assert_str_eq(plan->fields[plan->id_field].name, "jobId");
	cr_assert_eq(field("completedAt")->decisions, 1);
}

Test(load, keeps_lookups_sorted_by_bytes)
{
	const struct lookup *lookup;

	load_v3();
	lookup = field("state")->lookup;
	cr_assert_eq(lookup->entry_count, 8);
	for (int i = 1; i < lookup->entry_count; i++)
		cr_assert_lt(span_compare(lookup->entries[i - 1].from, lookup->entries[i].from), 0);
}

Test(load, the_examples_of_the_page_pass)
{
	load_v3();
	for (int i = 0; i < entity()->example_count; i++)
		cr_assert(load_run_example(i), "%s: %s", entity()->examples[i].name,
			  load_faults_text());
}

Test(load, keeps_the_texts_it_read)
{
	const struct migration_info *migration;

	load_v3();
	migration = rule_host_migration(loaded.host);
	cr_assert_eq(migration->text_count, 2);
	cr_assert_str_eq(migration->texts[0].path, "v1.lua");
	cr_assert(span_equal_text(migration->texts[0].text, v3_text));
	cr_assert_str_eq(migration->texts[1].path, "authority.lua");
}

Test(load, a_loaded_rule_takes_little_memory)
{
	load_v3();
	cr_assert_lt(loaded.host->memory_used_bytes, 400 << 10, "%zu",
		     loaded.host->memory_used_bytes);
}

/* ---- mistakes: each is one fault with its code, line and message ---- */

/* fields and rest as for load_parts(); the first field stands in line 7, rest one line below the
 * last field. */
struct mistake {
	char code[8];
	int line; /* 0: not looked at */
	char message[56];
	char fields[230];
	char rest[260];
};

static struct mistake mistakes[] = {
	{ "E1003", 7, "optinal", "x = text { from = \"a\", optinal = true }", "" },
	{ "E1003", 7, "default", "x = text { from = \"a\", default = \"b\" }", "" },
	{ "E1003", 7, "patterns", "x = ref \"job\" { from = \"a\", patterns = { a = \"A\" } }",
	  "" },
	{ "E1004", 7, "\"down\" or \"half_even\" or \"half_up\"",
	  "x = decimal { 5, 2, from = \"a\", round = \"halfup\" }", "" },
	{ "E1004", 7, "round must be", "x = decimal { 5, 2, from = \"a\", round = true }", "" },
	{ "E1003", 7, "round", "x = text { from = \"a\", round = \"down\" }", "" },
	{ "E1003", 7, "hash", "jobId2 = text { from = \"a\", hash = true }", "" },
	{ "E1005", 7, "there are no fields", "x = {}", "" },
	{ "E1004", 7, "true is no field", "x = { optional = true, y = text { from = \"a\" } }",
	  "" },
	{ "E1003", 7, "no option \"fold\"", "x = { y = bytes { from = \"a\", fold = upper } }",
	  "" },
	{ "E1003", 8, "optinal", "x = {\n y = text { from = \"a\", optinal = true } }", "" },
	{ "E1013", 7, "depend on each other",
	  "x = { y = text { from = field \"z\" } }, z = text { from = field \"x\", by = "
	  "function(x) return x.y end }",
	  "" },
	{ "E1013", 7, "depend on each other: x",
	  "x = { y = text { from = field \"x\", by = "
	  "function(x) return \"\" end } }",
	  "" },
	{ "E1007", 7, "no field \"q\"", "x = { y = text { from = field \"q\" } }", "" },
	{ "E1007", 7, "no decision", "x = { y = text { from = \"a\", decision = \"d\" } }", "" },
	{ "E1004", 7, "\"kids\" does not hang below \"kids\"",
	  "x = list { from = \"kids\", each = { y = map { from = \"kids\" } } }", "" },
	{ "E1004", 8, "not the name of a part", "", "part = \"new members\"" },
	{ "E1003", 8, "fieldss", "", "fieldss = {}" },
	{ "E1004", 7, "needs a table", "x = text", "" },
	{ "E1004", 7, "needs a table behind", "x = ref \"job\"", "" },
	{ "E1004", 7, "optional must be", "x = text { from = \"a\", optional = \"yes\" }", "" },
	{ "E1005", 7, "from is missing", "x = text { }", "" },
	{ "E1005", 7, "from is missing", "x = text { by = function() return \"x\" end }", "" },
	{ "E1005", 7, "several inputs", "x = text { from = { \"a\", \"b\" } }", "" },
	{ "E1005", 7, "is a source", "x = text { from = \"kids\" }", "" },
	{ "E1005", 7, "names nothing", "x = text { from = {}, by = upper }", "" },
	{ "E1004", 7, "by must be", "x = text { from = \"a\", by = \"upper\" }", "" },
	{ "E1004", 7, "by must be", "x = text { from = \"a\", by = text }", "" },
	{ "E1004", 7, "column of a list", "x = text { from = \"kids.a\" }", "" },
	{ "E1007", 7, "no source", "x = text { from = \"kid.a\" }", "" },
	{ "E1007", 7, "no field", "x = text { from = field \"jobid\" }", "" },
	{ "E1013", 7, "depend", "x = text { from = field \"y\" }, y = text { from = field \"x\" }",
	  "" },
	{ "E1013", 7, "x → x", "x = text { from = field \"x\" }", "" },
	{ "E1011", 7, "twice", "x = enum { \"A\", \"A\", from = \"a\" }", "" },
	{ "E1004", 7, "nothing in front of \"B\"", "x = enum { \"A\", nil, \"B\", from = \"a\" }",
	  "" },
	{ "E1004", 7, "nothing in front of \"B\"",
	  "x = enum { \"A\", [1.5] = \"B\", from = \"a\" }", "" },
	{ "E1005", 7, "without values", "x = enum { from = \"a\" }", "" },
	{ "E1004", 7, "no value of the enum",
	  "x = enum { \"AA\", from = \"a\", lookup = { b = \"AB\" } }", "" },
	{ "E1004", 7, "never found",
	  "x = enum { \"A\", from = \"a\", fold = upper, lookup = { a = \"A\" } }", "" },
	{ "E1004", 7, "legacy's values are texts",
	  "x = enum { \"A\", from = \"a\", lookup = { [1] = \"A\" } }", "" },
	{ "E1004", 7, "true or false", "x = boolean { from = \"a\", lookup = { y = \"yes\" } }",
	  "" },
	{ "E1004", 7, "an integer", "x = integer { from = \"a\", lookup = { y = 1.5 } }", "" },
	{ "E1004", 7, "digits", "x = decimal { from = \"a\" }", "" },
	{ "E1004", 7, "digits", "x = decimal { 2, 3, from = \"a\" }", "" },
	{ "E1004", 7, "digits", "x = decimal { 39, 2, from = \"a\" }", "" },
	{ "E1004", 7, "fold must be", "x = text { from = \"a\", fold = \"upper\" }", "" },
	{ "E1011", 7, "one id", "other = id { from = \"id\" }", "" },
	{ "E1011", 0, "lineage", "lineage = text { from = \"a\" }", "" },
	{ "E1004", 0, "name of a field", "[\"a.b\"] = text { from = \"a\" }", "" },
	{ "E1007", 7, "no entity", "x = ref \"jop\" { from = \"a\" }", "" },
	{ "E1004", 7, "has 1 parts", "x = ref \"job\" { from = { \"a\", \"b\" } }", "" },
	{ "E1007", 7, "no list of children",
	  "x = map { from = \"kid\", key = upper, value = upper }", "" },
	{ "E1004", 7, "no list of children", "x = list { from = \"root\", each = {} }", "" },
	{ "E1005", 7, "value is missing", "x = map { from = \"kids\", key = upper }", "" },
	{ "E1005", 7, "each is missing", "x = list { from = \"kids\" }", "" },
	{ "E1007", 7, "no decision", "x = text { from = \"a\", decision = \"d\" }", "" },
	{ "E1006", 8, "used by no field", "",
	  "decisions = { d = { question = \"?\", options = { a = \"a\" }, choice = \"a\" } }" },
	{ "E1007", 8, "none of the options", "x = text { from = \"a\", decision = \"d\" }",
	  "decisions = { d = { question = \"?\", options = { a = \"a\" }, choice = \"b\" } }" },
	{ "E1005", 8, "question is missing", "x = text { from = \"a\", decision = \"d\" }",
	  "decisions = { d = { options = { a = \"a\" }, choice = \"a\" } }" },
	{ "E1004", 8, "must be a day", "x = text { from = \"a\", decision = \"d\" }",
	  "decisions = { d = { question = \"?\", options = { a = \"a\" }, choice = \"a\","
	  " review_by = \"soon\" } }" },
	{ "E1007", 8, "no field", "x = text { from = \"a\", decision = \"d\" }",
	  "decisions = { d = { question = \"?\", options = { a = \"a\" }, choice = \"a\","
	  " touches = { from = field \"z\", by = function(z) return true end } } }" },
	{ "E1005", 8, "by is missing", "", "skip_when = { s = { from = \"a\" } }" },
	{ "E1004", 8, "before there are fields", "",
	  "skip_when = { s = { from = field \"jobId\", by = function(j) return true end } }" },
	{ "E1004", 8, "reject_when needs", "", "reject_when = { s = function() end }" },
	{ "E1004", 8, "an invariant is", "", "invariants = { i = \"true\" }" },
	{ "E1004", 8, "on_delete", "", "on_delete = \"forget\"" },
	{ "E1005", 8, "legacy is missing", "",
	  "queries = { q = { target = \"t\", columns = {} } }" },
	{ "E1004", 8, "must be field", "",
	  "queries = { q = { legacy = \"l\", target = \"t\", columns = { a = \"x\" } } }" },
	{ "E1007", 8, "no field", "",
	  "queries = { q = { legacy = \"l\", target = \"t\", columns = { a = field \"x\" } } }" },
	{ "E1005", 8, "given is missing", "", "examples = { { \"e\", expect = {} } }" },
	{ "E1005", 8, "one of expect", "", "examples = { { \"e\", given = { root = {} } } }" },
	{ "E1011", 8, "one of expect", "",
	  "examples = { { \"e\", given = { root = {} }, expect = {}, skips = \"s\" } }" },
	{ "E1007", 8, "no field", "",
	  "examples = { { \"e\", given = { root = {} }, expect = { jobid = \"1\" } } }" },
	{ "E1007", 8, "no source", "",
	  "examples = { { \"e\", given = { root = {}, kid = {} }, expect = {} } }" },
	{ "E1003", 8, "expects", "",
	  "examples = { { \"e\", given = { root = {} }, expects = {} } }" },
};

ParameterizedTestParameters(load, names_the_mistake)
{
	return cr_make_param_array(struct mistake, mistakes,
				   sizeof(mistakes) / sizeof(mistakes[0]));
}

ParameterizedTest(struct mistake *mistake, load, names_the_mistake, .timeout = 60)
{
	cr_assert_not(load_parts("", mistake->fields, mistake->rest), "%s %s was accepted",
		      mistake->fields, mistake->rest);
	cr_assert(load_has_fault(mistake->code, mistake->line, mistake->message),
		  "%s %s: expected %s in line %d: %s", mistake->fields, mistake->rest,
		  mistake->code, mistake->line, load_faults_text());
}

Test(load, suggests_the_nearest_name)
{
	cr_assert_not(load_parts("", "x = text { from = \"a\", optinal = true }", ""));
	cr_assert(span_equal_text(loaded.faults.faults[0].nearest, "optional"), "%s",
		  load_faults_text());
	cr_assert(span_equal_text(loaded.faults.faults[0].where, "job.x"), "%s",
		  load_faults_text());
}

Test(load, reports_every_fault_at_once_in_the_order_of_lines)
{
	cr_assert_not(load_parts("",
				 "z = text { from = \"a\", optinal = true },\n"
				 "b = decimal { from = \"a\" },\n"
				 "a = enum { from = \"a\" }",
				 "on_delete = \"x\""));
	cr_assert_eq(loaded.faults.fault_count, 4, "%s", load_faults_text());
	for (size_t i = 1; i < loaded.faults.fault_count; i++)
		cr_assert_leq(loaded.faults.faults[i - 1].line, loaded.faults.faults[i].line, "%s",
			      load_faults_text());
	cr_assert_not_null(strstr(loaded.err.text, "4 errors, first at line 7"), "%s",
			   loaded.err.text);
}

Test(load, wants_a_migration)
{
	static const char *const texts[] = { "",
					     "return 5",
					     "return {}",
					     "return function() end",
					     "return entity 'a' {}",
					     "return nil",
					     "return text {}" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_not(load_text(texts[i]));
		cr_assert(load_has_fault("E1005", 0, "does not return a migration"), "%s: %s",
			  texts[i], load_faults_text());
	}
}

Test(load, wants_a_version_a_system_and_an_entity)
{
	cr_assert_not(load_text("\nreturn migration {}"));
	cr_assert(load_has_fault("E1005", 2, "version"), "%s", load_faults_text());
	cr_assert(load_has_fault("E1005", 2, "system"), "%s", load_faults_text());
	cr_assert(load_has_fault("E1005", 2, "without an entity"), "%s", load_faults_text());
}

Test(load, a_syntax_error_has_its_line)
{
	cr_assert_not(load_text("local a = 1\nlocal b = = 2"));
	cr_assert(load_has_fault("E1001", 2, ""), "%s", load_faults_text());
}

/* A terminal would do what they say, and half a character is none. */
Test(load, faults_show_the_words_of_the_file_as_text)
{
	cr_assert_not(load_text("local a = 1\na.\"x\x1b[2Jy\""));
	cr_assert(load_has_fault("E1001", 2, "near '\"x\\u{1b}[2Jy\"'"), "%s", load_faults_text());
	cr_assert_null(strchr(loaded.err.text, '\x1b'), "%s", loaded.err.text);
	cr_assert_not(load_parts("",
				 "a = text { from = 'a', fold = '12345678901234567890"
				 "123456789012345678901234567890123456789öäü' }",
				 ""));
	cr_assert(load_has_fault("E1004", 0, "56789\""), "%s", load_faults_text());
}

Test(load, an_error_of_the_rule_has_its_line)
{
	cr_assert_not(
	    load_text("\nlocal a\nlocal function f() return a.b end\nlocal c = f() .. 'x'"));
	cr_assert(load_has_fault("E1014", 3, "attempt to index"), "%s", load_faults_text());
}

Test(load, a_module_gives_an_entity)
{
	load_write("v1/job.lua",
		   "return entity \"job\" {\n source = { root = table \"t\" { key = \"id\" } },\n"
		   " fields = {\n  jobId = id { from = \"id\" },\n  x = text { from = \"a\" } } }");
	cr_assert(
	    load_text("return migration { version = \"v1\", system = \"s\", require \"v1.job\" }"),
	    "%s", load_faults_text());
	cr_assert_eq(field("x")->line, 5);
	cr_assert_not_null(strstr(field("x")->file, "/v1/job.lua"), "%s", field("x")->file);
	cr_assert_str_eq(rule_host_migration(loaded.host)->texts[1].path, "v1/job.lua");
}

/* A call in tail position leaves no line on Lua's stack. */
Test(load, a_module_that_is_returned_has_the_line_of_its_name)
{
	cr_assert_not(load_text("local a = 1\nreturn require \"v9\""));
	cr_assert(load_has_fault("E1008", 2, "no such file"), "%s", load_faults_text());
	cr_assert_not(load_text("local a = 1\n\nreturn require(\"../v9\")"));
	cr_assert(load_has_fault("E1008", 3, "not the name"), "%s", load_faults_text());
}

/* ---- inputs ---- */

Test(load, functions_are_read_for_the_columns_they_mention)
{
	cr_assert(load_parts("local function late(k) return k.at > \"2\" end",
			     "x = text { from = \"kids\", by = function(kids)\n"
			     " local k = last(kids, late)\n"
			     " return k and k[\"label\"] .. tostring(sum(kids, \"price\")) end }",
			     ""),
		  "%s", load_faults_text());
	cr_assert_str_eq(load_columns("kids"), "at label no price t_id");
}

Test(load, inside_each_a_name_is_the_childs_first)
{
	const struct field *each;

	cr_assert(
	    load_parts("",
		       "a = text { from = \"colour\" },\n"
		       "x = list { from = \"kids\", each = { c = text { from = \"shade\" },\n"
		       " k = text { from = \"no\" }, i = text { from = \"root.id\" },\n"
		       " s = text { from = \"kids.shade\" }, d = text { from = field \"c\" } } }",
		       ""),
	    "%s", load_faults_text());
	each = field("x")->members;
	cr_assert_eq(field("x")->member_count, 5);
	cr_assert_str_eq(each[0].name, "c");
	cr_assert_eq(each[0].value.inputs[0].source, 1);
	cr_assert_eq(each[1].value.inputs[0].kind, INPUT_FIELD);
	cr_assert_eq(each[1].value.inputs[0].field, 0);
	cr_assert_eq(each[2].value.inputs[0].source, 0);
	cr_assert_eq(each[4].value.inputs[0].source, 1);
	cr_assert_str_eq(load_columns("kids"), "no shade t_id");
	cr_assert_str_eq(load_columns("root"), "colour id");
}

static bool load_sources(const char *sources, const char *fields)
{
	return load_text(
	    arena_print(&loaded.arena,
			"return migration { version = 'v1', system = 's', entity 'job' {\n"
			" source = {\n%s },\n fields = { %s } } }",
			sources, fields)
		.data);
}

#define ID "jobId = id { from = 'id' },"

Test(load, references_stand_behind_what_points_at_them)
{
	cr_assert(load_sources(
		      "  root = table 't' { key = 'id' },\n"
		      "  film = reference 'film' { key = 'film_id', from = 'item.film_id' },\n"
		      "  item = reference 'item' { key = 'item_id', from = 'item_id' },\n"
		      "  lines = children 'l' { parent = 'id', key = 'no' },\n"
		      "  art = reference 'art' { key = 'art_id', from = 'lines.art_id', optional = "
		      "true }",
		      ID "title = text { from = 'film.title' },"
			 "l = list { from = 'lines', each = { a = text { from = 'art.name' } } }"),
		  "%s", load_faults_text());
	cr_assert_eq(load_source("film") - load_source("root"), 4);
	cr_assert_eq(load_source("film")->from_source, load_source("item") - load_source("root"));
	cr_assert_str_eq(load_columns("item"), "film_id item_id");
	cr_assert_str_eq(load_columns("lines"), "art_id id no");
	cr_assert(load_source("art")->optional);
	cr_assert_not(load_source("film")->optional);
}

Test(load, composite_keys_keep_their_order)
{
	cr_assert(
	    load_sources("  root = table 't' { key = { 'b', 'a' } },\n"
			 "  kids = children 'k' { parent = { b = 'tb', a = 'ta' }, key = 'no' }",
			 "jobId = id { from = { 'b', 'a' } }"),
	    "%s", load_faults_text());
	cr_assert_eq(load_source("root")->key_count, 2);
	cr_assert_str_eq(load_source("root")->columns[load_source("root")->key_columns[0]], "b");
	cr_assert_str_eq(load_source("kids")->columns[load_source("kids")->parent_columns[0]],
			 "tb");
	cr_assert_not(load_sources("  root = table 't' { key = { 'b', 'a' } }",
				   "jobId = id { from = { 'a', 'b' } }"));
	cr_assert(load_has_fault("E1004", 0, "key columns, all of them"), "%s", load_faults_text());
}

/* One mistake in a source, in line 3 unless the source has another. */
struct source_mistake {
	char code[8];
	char message[48];
	char sources[240];
};

static struct source_mistake source_mistakes[] = {
	{ "E1005", "root is missing", "kids = children 'k' { parent = 'id', key = 'no' }" },
	{ "E1005", "key is missing", "root = table 't' { }" },
	{ "E1004", "root must be a table", "root = children 't' { key = 'id', parent = 'x' }" },
	{ "E1004", "only root is a table",
	  "root = table 't' { key = 'id' }, x = table 'u' { key = 'i' }" },
	{ "E1004", "no source", "root = table 't' { key = 'id' }, x = 5" },
	{ "E1003", "tipes", "root = table 't' { key = 'id', tipes = {} }" },
	{ "E1007", "of = \"y\" names no other children",
	  "root = table 't' { key = 'id' },"
	  " x = children 'k' { parent = 'i', key = 'k', of = 'y' }" },
	{ "E1004", "not the type", "root = table 't' { key = 'id', types = { a = bigint } }" },
	{ "E1004", "epoch is \"microseconds\" or",
	  "root = table 't' { key = 'id', types = { a = instant { epoch = 's' } } }" },
	{ "E1004", "counts from the epoch has no zone",
	  "root = table 't' { key = 'id', types = { a = instant { epoch = 'seconds', zone = 'UTC' "
	  "} } }" },
	{ "E1005", "from is missing",
	  "root = table 't' { key = 'id', types = { a = instant { zone = { lookup = {} } } } }" },
	{ "E1003", "form",
	  "root = table 't' { key = 'id', types = { a = instant { zone = { form = 'c' } } } }" },
	{ "E1004", "cannot come from the column itself",
	  "root = table 't' { key = 'id', types = { a = instant { zone = { from = 'a' } } } }" },
	{ "E1004", "no column of the same row",
	  "root = table 't' { key = 'id', types = { a = instant { zone = { from = 'kids.a' } } } "
	  "}" },
	{ "E1004", "must be text",
	  "root = table 't' { key = 'id', types = { a = instant { zone = { from = 'c' } }, c = int "
	  "} }" },
	{ "E1004", "\"Mars\" for \"x\" is not a time zone",
	  "root = table 't' { key = 'id', types = { a = instant { zone = { from = 'c', lookup = { "
	  "x = 'Mars' } } } } }" },
	{ "E1004", "where a time zone is meant",
	  "root = table 't' { key = 'id', types = { a = instant { zone = { from = 'c', lookup = { "
	  "x = 1 } } } } }" },
	{ "E1005", "lookup of the zone is empty",
	  "root = table 't' { key = 'id', types = { a = instant { zone = { from = 'c', lookup = {} "
	  "} } } }" },
	{ "E1004", "skipped is \"forward\"",
	  "root = table 't' { key = 'id', types = { a = instant { zone = 'UTC', skipped = 'back' } "
	  "} }" },
	{ "E1004", "ambiguous says what",
	  "root = table 't' { key = 'id', types = { a = instant { ambiguous = 'earlier' } } }" },
	{ "E1004", "not a time zone",
	  "root = table 't' { key = 'id', types = { a = instant { zone = 'Mars/Olympus' } } }" },
	{ "E1004", "why is", "root = table 't' { key = 'id', ignore = { a = true } }" },
	{ "E1003", "without a name", "root = table 't' { key = 'id', ignore = { 'a' } }" },
	{ "E1011", "ignored and used",
	  "root = table 't' { key = 'id', ignore = { id = 'why not' } }" },
	{ "E1004", "null is a list", "root = table 't' { key = 'id', null = { 0 } }" },
	{ "E1005", "parent is missing",
	  "root = table 't' { key = 'id' }, x = children 'k' { key = 'k' }" },
	{ "E1004", "parent has 2",
	  "root = table 't' { key = 'id' },"
	  " x = children 'k' { parent = { 'a', 'b' }, key = 'k' }" },
	{ "E1007", "no source \"itm\"",
	  "root = table 't' { key = 'id' },"
	  " item = reference 'i' { key = 'i', from = 'itm.x' }" },
	{ "E1004", "two sources",
	  "root = table 't' { key = 'id' }, k = children 'k' { parent = 'i', key = 'k' },"
	  " r = reference 'r' { key = { 'a', 'b' }, from = { 'x', 'k.y' } }" },
	{ "E1004", "from has 2",
	  "root = table 't' { key = 'id' },"
	  " r = reference 'r' { key = 'a', from = { 'x', 'y' } }" },
	{ "E1013", "hangs on itself",
	  "root = table 't' { key = 'id' },"
	  " a = reference 'a' { key = 'i', from = 'b.x' },"
	  " b = reference 'b' { key = 'i', from = 'a.x' }" },
	{ "E1011", "twice", "root = table 't' { key = { 'id', 'id' } }" },
};

ParameterizedTestParameters(load, names_the_mistake_in_a_source)
{
	return cr_make_param_array(struct source_mistake, source_mistakes,
				   sizeof(source_mistakes) / sizeof(source_mistakes[0]));
}

ParameterizedTest(struct source_mistake *mistake, load, names_the_mistake_in_a_source,
		  .timeout = 60)
{
	cr_assert_not(load_sources(mistake->sources, ID), "%s was accepted", mistake->sources);
	cr_assert(load_has_fault(mistake->code, 0, mistake->message), "%s: expected %s: %s",
		  mistake->sources, mistake->code, load_faults_text());
}

Test(load, a_bare_name_that_is_source_and_column_is_ambiguous)
{
	static const char sources[] = "  root = table 't' { key = 'id', types = { film = int } },\n"
				      "  film = reference 'f' { key = 'i', from = 'film' }";

	cr_assert_not(load_sources(sources, ID "x = text { from = 'film', by = upper }"));
	cr_assert(load_has_fault("E1011", 5, "a source and a column"), "%s", load_faults_text());
	cr_assert(load_sources(sources, ID "x = text { from = 'root.film', by = upper }"), "%s",
		  load_faults_text());
}

Test(load, fold_and_prefix_of_an_id_go_to_those_who_refer_to_it)
{
	cr_assert(
	    load_text("return migration { version = 'v1', system = 's',\n"
		      " entity 'b' { source = { root = table 't' { key = 'id' } },\n"
		      "  fields = { bId = id { from = 'id' }, a = ref 'a' { from = 'a_id' } } },\n"
		      " entity 'a' { source = { root = table 'u' { key = 'id' } },\n"
		      "  fields = { aId = id { from = 'id', prefix = 'p_', fold = lower } } } }"),
	    "%s", load_faults_text());
	cr_assert_str_eq(field("a")->prefix, "p_");
	cr_assert_eq(field("a")->id_fold, FOLD_LOWER);
	cr_assert_eq(loaded.host->plans[1].fields[0].fold, FOLD_LOWER);
}

Test(load, a_column_that_is_ignored_may_have_a_type)
{
	cr_assert(
	    load_text("return migration { version = 'v1', system = 's', entity 'a' {"
		      " source = { root = table 't' { key = 'id', types = { a = int },"
		      " ignore = { a = 'why not' } } }, fields = { i = id { from = 'id' } } } }"),
	    "%s", load_faults_text());
	cr_assert_eq(entity()->sources.sources[0].column_count, 1);
}

/* Without the schema an example says which columns a child has. */
Test(load, inside_each_a_column_that_both_have_is_the_childs)
{
	cr_assert(
	    load_text(
		"return migration { version = 'v1', system = 's', entity 'a' {\n"
		" source = { root = table 't' { key = 'id' },"
		" kids = children 'k' { parent = 'id', key = 'n' } },\n"
		" fields = { i = id { from = 'id' }, owner = text { from = 'owner' },\n"
		"  kids = list { from = 'kids', each = { who = text { from = 'owner' } } } },\n"
		" examples = { { 'e', given = { root = { id = '1', owner = 'r' },"
		" kids = { { n = '1', owner = 'k' } } }, expect = { owner = 'r' } } } } }"),
	    "%s", load_faults_text());
	cr_assert_eq(field("kids")->members[0].value.inputs[0].source, 1);
}

Test(load, the_same_entity_twice_is_refused)
{
	cr_assert_not(
	    load_text("local function e() local x = entity 'a' { source = { root = table 't'"
		      " { key = 'id' } }, fields = { i = id { from = 'id' } } } return x end\n"
		      "return migration { version = 'v1', system = 's', e(), e() }"));
	cr_assert(load_has_fault("E1011", 1, "given twice"), "%s", load_faults_text());
}

/* SQLite takes "Job" and "job" for one table, so neither may be the name of the other's. */
Test(load, entities_that_differ_in_case_alone_are_refused)
{
	cr_assert_not(load_text("return migration { version = 'v1', system = 's',\n"
				" entity 'job' { source = { root = table 't' { key = 'id' } },\n"
				"  fields = { i = id { from = 'id' } } },\n"
				" entity 'Job' { source = { root = table 'u' { key = 'id' } },\n"
				"  fields = { i = id { from = 'id' } } } }"));
	cr_assert(load_has_fault("E1011", 4, "\"Job\" and \"job\""), "%s", load_faults_text());
}

Test(load, an_example_may_expect_false)
{
	cr_assert(load_parts("", "x = boolean { from = \"a\" }",
			     "examples = { { \"e\", given = { root = { id = \"1\", a = \"f\" } },\n"
			     " expect = { x = false } } }"),
		  "%s", load_faults_text());
}
