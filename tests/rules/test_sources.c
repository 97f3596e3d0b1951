/*
 * test_sources.c: the sources of an entity beside plain tables: queries, lists below lists, tables
 * without a key.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/rules/load_fixture.h"

TestSuite(sources, .init = load_begin, .fini = load_end, .timeout = 60);

/* The entity's sources on lines 3 and on; fields from line 4 of `fields`. */
static bool load_sources(const char *sources, const char *fields)
{
	static char text[1 << 14];

	snprintf(text, sizeof(text),
		 "return migration { version = \"v1\", system = \"s\", entity \"job\" {\n"
		 "source = {\n%s\n},\nfields = {\n%s\n} } }\n",
		 sources, fields);
	return load_text(text);
}

/* ---- queries ---- */

static const char ab_query[] = "select id, colour from a union all select id, colour from b";
static const char root_of_ab[] =
    "root = query [[select id, colour from a union all select id, colour from b]]"
    " { key = \"id\", tables = { \"a\", \"b\" } },";
static const char id_and_colour[] =
    "jobId = id { from = \"id\" }, colour = text { from = \"colour\", optional = true }";

static const struct column_info ab_columns[] = { { "id", "", false }, { "colour", "", false } };
static const char *const ab_tables[] = { "a", "B" };
static const char *const abc_tables[] = { "a", "b", "c" };

static void know(const char *const *read, int read_count, const char *fault, bool has_b)
{
	static struct table_info infos[3];
	static struct schema schema;

	infos[0] = (struct table_info){ .name = "a", .exists = true };
	infos[1] = (struct table_info){ .name = "b", .exists = has_b };
	infos[2] = (struct table_info){ .name = ab_query,
					.is_query = true,
					.exists = !fault,
					.fault = fault,
					.columns = ab_columns,
					.column_count = 2,
					.read_tables = read,
					.read_table_count = read_count };
	schema = (struct schema){ .tables = infos, .table_count = 3 };
	loaded.schema = &schema;
}

Test(sources, a_query_is_a_root)
{
	const struct source *root;

	cr_assert(load_sources(root_of_ab, id_and_colour), "%s", load_faults_text());
	root = load_source("root");
	cr_assert_str_eq(root->query, ab_query);
	cr_assert_eq(root->table_count, 2);
	cr_assert_str_eq(root->tables[1], "b");
	cr_assert_eq(root->kind, SOURCE_ROOT);
	know(ab_tables, 2, NULL, true);
	cr_assert(load_again(), "%s", load_faults_text());
	cr_assert_eq(loaded.warnings.fault_count, 0);
}

Test(sources, a_query_with_a_parent_is_children)
{
	cr_assert(
	    load_sources("root = table \"t\" { key = \"id\" },\n"
			 "kids = query [[ select t_id, no, x from k ]] { parent = \"t_id\", "
			 "key = \"no\", tables = \"k\" },",
			 "jobId = id { from = \"id\" }, "
			 "l = list { from = \"kids\", each = { x = text { from = \"x\" } } }"),
	    "%s", load_faults_text());
	cr_assert_eq(load_source("kids")->kind, SOURCE_CHILDREN);
	cr_assert_str_eq(load_columns("kids"), "no t_id x");
}

Test(sources, a_query_that_cannot_run_is_a_fault_in_its_line)
{
	cr_assert(load_sources(root_of_ab, id_and_colour), "%s", load_faults_text());
	know(NULL, 0, "the query cannot be run: near \"frm\": syntax error (line 1 of it)", true);
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1206", 3, "near \"frm\": syntax error"), "%s",
		  load_faults_text());
}

Test(sources, what_a_query_reads_is_what_tables_names)
{
	cr_assert(load_sources(root_of_ab, id_and_colour), "%s", load_faults_text());
	know(abc_tables, 3, NULL, true);
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1206", 3, "the query reads \"c\""), "%s", load_faults_text());
	know(abc_tables, 1, NULL, true);
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1206", 3, "tables names \"b\", which the query does not read"),
		  "%s", load_faults_text());
	know(ab_tables, 2, NULL, false);
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1201", 3, "there is no table \"b\""), "%s", load_faults_text());
}

Test(sources, columns_of_a_query_are_known)
{
	know(ab_tables, 2, NULL, true);
	cr_assert_not(load_sources(root_of_ab, "jobId = id { from = \"id\" },\n"
					       "c = text { from = \"color\" }"));
	cr_assert(load_has_fault("E1202", 7, "the query of root has no column \"color\""), "%s",
		  load_faults_text());
	cr_assert(load_sources(root_of_ab, "jobId = id { from = \"id\" }"), "%s",
		  load_faults_text());
	cr_assert(load_has_warning("E1203", "colour"));
}

Test(sources, what_is_wrong_with_a_query_is_named)
{
	cr_assert_not(load_sources("root = query [[select 1]] { key = \"id\" },", id_and_colour));
	cr_assert(load_has_fault("E1005", 3, "tables is missing"), "%s", load_faults_text());
	cr_assert_not(load_sources("root = query [[select 1]] { tables = \"a\" },", id_and_colour));
	cr_assert(load_has_fault("E1005", 3, "key is missing"), "%s", load_faults_text());
	cr_assert_not(
	    load_sources("root = query [[select 1]] { key = \"id\", tables = { \"a\", \"A\" } },",
			 id_and_colour));
	cr_assert(load_has_fault("E1011", 3, "twice"), "%s", load_faults_text());
	cr_assert_not(
	    load_sources("root = query \"\" { key = \"id\", tables = \"a\" },", id_and_colour));
	cr_assert(load_has_fault("E1004", 3, "query cannot be made of"), "%s", load_faults_text());
	cr_assert_not(load_sources("root = table \"t\" { key = \"id\" },\n"
				   "more = query [[select 1]] { key = \"id\", tables = \"a\" },",
				   id_and_colour));
	cr_assert(load_has_fault("E1005", 4, "parent is missing"), "%s", load_faults_text());
	cr_assert_not(load_sources("root = query [[select 1]],", id_and_colour));
	cr_assert(load_has_fault("E1004", 3, "no source"), "%s", load_faults_text());
	cr_assert_not(load_sources(
	    "root = query [[select 1]] { key = \"id\", parent = \"x\", tables = \"a\" },",
	    id_and_colour));
	cr_assert(load_has_fault("E1004", 3, "root has no parent"), "%s", load_faults_text());
}

static char *transform(void)
{
	return strdup(rule_host_migration(loaded.host)->transform);
}

/* Loads other sources and says whether the transform fingerprint is another one. */
static bool changes(const char *was, const char *sources)
{
	cr_assert(load_sources(sources, id_and_colour), "%s", load_faults_text());
	return strcmp(was, rule_host_migration(loaded.host)->transform) != 0;
}

Test(sources, a_query_counts_in_the_fingerprint)
{
	char *was;

	cr_assert(load_sources(root_of_ab, id_and_colour), "%s", load_faults_text());
	was = transform();
	cr_assert_not(changes(was, root_of_ab));
	cr_assert(changes(was, "root = query [[select id, colour from a]]"
			       " { key = \"id\", tables = { \"a\", \"b\" } },"));
	cr_assert(
	    changes(was, "root = query [[select id, colour from a union all select id, colour from "
			 "b]] { key = \"id\", tables = { \"b\", \"a\" } },"));
	free(was);
}

/* ---- lists below lists ---- */

#define DEL "root = table \"del\" { key = \"del_id\" },\n"
#define EVENTS "events = children \"del_events\" { parent = \"del_id\", key = \"seq\" },\n"
#define NOTES                                                                                   \
	"notes = children \"event_notes\" { of = \"events\", parent = { \"del_id\", \"seq\" }," \
	" key = \"n\" },\n"
#define MARKS                                                                              \
	"marks = children \"note_marks\" { of = \"notes\", parent = { del_id = \"d\", seq" \
	" = \"s\", n = \"n\" }, key = \"mark\" },\n"

static const char deep_fields[] =
    "jobId = id { from = \"del_id\" },\n"
    "history = list { from = \"events\", each = { kind = text { from = \"kind\" },\n"
    "  notes = list { from = \"notes\", each = { text = text { from = \"text\" },\n"
    "    where = text { from = { \"events.kind\", \"n\" }, by = function(k, n) return k .. n end "
    "},\n"
    "    marks = list { from = \"marks\", each = { mark = text { from = \"mark\" } } } } },\n"
    "  count = integer { from = \"notes\", by = function(notes) return #notes end },\n"
    "  flat = integer { from = \"marks\", by = function(marks) return #marks end },\n"
    "  byKey = map { from = \"notes\", key = function(n) return n.n end, value = function(n) "
    "return "
    "n.text end } } },\n"
    "all = list { from = \"notes\", each = { n = text { from = \"n\" } } },\n"
    "told = text { from = \"events\", by = function(events)\n"
    "  local out = \"\"\n"
    "  for i, e in ipairs(events) do\n"
    "    out = out .. e.kind .. \":\"\n"
    "    for j, n in ipairs(e.notes) do out = out .. n.text .. #n.marks end\n"
    "  end\n"
    "  return out end },\n";

Test(sources, lists_hang_below_lists)
{
	const struct source *notes, *marks;

	cr_assert(load_sources(DEL EVENTS MARKS NOTES, deep_fields), "%s", load_faults_text());
	notes = load_source("notes");
	marks = load_source("marks");
	cr_assert_eq(notes->of, 1);
	cr_assert_eq(marks->of, 2);
	cr_assert_str_eq(notes->columns[notes->root_columns[0]], "del_id");
	cr_assert_str_eq(marks->columns[marks->root_columns[0]], "d");
	cr_assert_null(strstr(load_columns("events"), "notes"), "%s", load_columns("events"));
	cr_assert_null(strstr(load_columns("notes"), "marks"), "%s", load_columns("notes"));
}

Test(sources, a_row_above_may_be_named_by_its_key_alone)
{
	cr_assert(load_sources(DEL EVENTS "notes = children \"event_notes\" { of = \"events\", "
					  "parent = \"event\", key = \"n\" },",
			       "jobId = id { from = \"del_id\" }"),
		  "%s", load_faults_text());
	cr_assert_null(load_source("notes")->root_columns);
	cr_assert_eq(load_source("notes")->parent_count, 1);
}

static const char example[] =
    "} }, examples = { { \"deep\", given = { root = { del_id = \"A\" }, events = {\n"
    "  { seq = \"10\", kind = \"x\", notes = { { n = \"2\", text = \"c\" }, { n = \"1\", text = "
    "\"b\", marks = { { mark = \"m\" }, { mark = \"l\" } } } } },\n"
    "  { seq = \"9\", kind = \"y\" },\n"
    "  { seq = \"8\", kind = \"z\", notes = { { n = \"1\", text = \"a\" } } } } },\n"
    "  expect = { told = \"z:a0y:x:b2c0\", all = { { n = \"1\" }, { n = \"1\" }, { n = \"2\" } },\n"
    "    history = { { kind = \"z\", count = 1, flat = 0, byKey = { [\"1\"] = \"a\" }, notes = { { "
    "text = \"a\", where = \"z1\", marks = {} } } },\n"
    "      { kind = \"y\", count = 0, flat = 0, byKey = {}, notes = {} },\n"
    "      { kind = \"x\", count = 2, flat = 2, byKey = { [\"1\"] = \"b\", [\"2\"] = \"c\" }, "
    "notes "
    "= {\n"
    "        { text = \"b\", where = \"x1\", marks = { { mark = \"l\" }, { mark = \"m\" } } },\n"
    "        { text = \"c\", where = \"x2\", marks = {} } } } } } } }";

static bool load_example(const char *written)
{
	static char text[1 << 14];

	snprintf(text, sizeof(text),
		 "return migration { version = \"v1\", system = \"s\", entity \"job\" {\n"
		 "source = {\n%s\n},\nfields = {\n%s\n%s } }\n",
		 DEL EVENTS NOTES MARKS, deep_fields, written);
	return load_text(text);
}

Test(sources, fields_see_the_rows_below_theirs)
{
	cr_assert(load_example(example + 2), "%s", load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
}

Test(sources, examples_are_told_where_rows_below_stand)
{
	cr_assert_not(
	    load_example("}, examples = { { \"flat\", given = { root = { del_id = \"A\" }, "
			 "notes = {} }, skips = \"x\" } }"));
	cr_assert(load_has_fault("E1004", 0, "notes stands in the rows it belongs to"), "%s",
		  load_faults_text());
	cr_assert(
	    load_example("}, examples = { { \"twice\", given = { root = { del_id = \"A\" }, "
			 "events = { { seq = \"1\", kind = \"k\", notes = { { n = \"1\", text = "
			 "\"a\" }, { n = \"1\", text = \"b\" } } } } }, rejects = {} } }"),
	    "%s", load_faults_text());
	cr_assert_not(load_run_example(0));
	cr_assert(load_has_fault("E2401", 0, "given.notes has two rows with the same key"), "%s",
		  load_faults_text());
}

Test(sources, what_is_wrong_with_a_list_below_is_named)
{
	const char *id = "jobId = id { from = \"del_id\" }";

	cr_assert_not(load_sources(DEL EVENTS "notes = children \"n\" { of = \"evnts\", parent = "
					      "\"seq\", key = \"n\" },",
				   id));
	cr_assert(load_has_fault("E1007", 5, "of = \"evnts\" names no other children"), "%s",
		  load_faults_text());
	cr_assert_not(load_sources(DEL EVENTS "notes = children \"n\" { of = \"root\", parent = "
					      "\"seq\", key = \"n\" },",
				   id));
	cr_assert(load_has_fault("E1004", 5, "names no other children"), "%s", load_faults_text());
	cr_assert_not(load_sources(DEL EVENTS
				   "notes = children \"n\" { of = \"events\", parent = { "
				   "\"a\", \"b\", \"c\" }, key = \"n\" },",
				   id));
	cr_assert(
	    load_has_fault(
		"E1004", 5,
		"parent has 3 columns, what names a row of events has 1 (seq) or 2 (del_id, seq)"),
	    "%s", load_faults_text());
	cr_assert_not(
	    load_sources(DEL "a = children \"a\" { of = \"b\", parent = \"x\", key = \"n\" },\n"
			     "b = children \"b\" { of = \"a\", parent = \"x\", key = \"n\" },",
			 id));
	cr_assert(load_has_fault("E1013", 4, "a hangs below itself"), "%s", load_faults_text());
	cr_assert_not(
	    load_sources(DEL EVENTS NOTES,
			 "jobId = id { from = \"del_id\" }, x = list { from = \"notes\", each = "
			 "{ y = list { from = \"events\", each = {} } } }"));
	cr_assert(load_has_fault("E1004", 9, "\"events\" does not hang below \"notes\""), "%s",
		  load_faults_text());
	cr_assert_not(
	    load_sources(DEL EVENTS NOTES,
			 "jobId = id { from = \"del_id\" }, x = list { from = \"events\", each = "
			 "{ y = text { from = \"events.notes\" } } }"));
	cr_assert(load_has_fault("E1011", 5, "\"notes\" is a source and a column of events"), "%s",
		  load_faults_text());
	cr_assert_not(load_sources(DEL "events = query [[select 1]] { parent = \"del_id\", key = "
				       "\"seq\", tables = \"e\" },\nnotes = children \"n\" { of = "
				       "\"events\", parent = \"seq\", key = \"n\" },",
				   id));
	cr_assert(load_has_fault("E1204", 5, "seq alone does not name one row of events"), "%s",
		  load_faults_text());
}

Test(sources, a_fault_far_below_says_where)
{
	cr_assert(load_example(
		      "}, examples = { { \"a\", given = { root = { del_id = \"A\" }, events = "
		      "{ { seq = \"1\", kind = \"k\" }, { seq = \"2\", kind = \"k\", notes = { { "
		      "n = \"1\", text = \"t\" }, { n = \"2\", text = \"t\", marks = { { mark = "
		      "\"a\" }, { } } } } } } }, expect = {} } }"),
		  "%s", load_faults_text());
	cr_assert_not(load_run_example(0));
	cr_assert(strstr(load_faults_text(), "job.history[2].notes[2].marks[1].mark"), "%s",
		  load_faults_text());
}

/* ---- objects and lists below lists, together ---- */

static const char mixed_fields[] =
    "jobId = id { from = \"del_id\" },\n"
    "box = { size = integer { from = \"events\", by = function(events) return #events end },\n"
    "  kinds = list { from = \"events\", each = { kind = text { from = \"kind\" } } },\n"
    "  byKind = map { from = \"events\", key = function(e) return e.kind end, value = function(e) "
    "return e.seq end },\n"
    "  seen = text { from = field \"kinds\", by = function(k) return join(each(k, \"kind\"), "
    "\"+\") end "
    "} "
    "},\n"
    "boxed = integer { from = field \"box\", by = function(box) return #box.kinds end },\n"
    "history = list { from = \"events\", each = {\n"
    "  place = { kind = text { from = \"kind\" }, deep = { kind = text { from = field \"top\" } } "
    "},\n"
    "  top = text { from = \"kind\", fold = upper },\n"
    "  around = { notes = list { from = \"notes\", each = { text = text { from = \"text\" },\n"
    "    at = { n = integer { from = \"n\" }, kind = text { from = \"events.kind\" },\n"
    "      marks = list { from = \"marks\", each = { mark = { is = text { from = \"mark\" } } } } "
    "} "
    "} },\n"
    "    count = integer { from = field \"notes\", by = function(notes)\n"
    "      local n = 0\n"
    "      for i, note in ipairs(notes) do n = n + #note.at.marks end\n"
    "      return n end } } } },\n";

static bool load_mixed(const char *written)
{
	static char text[1 << 14];

	snprintf(text, sizeof(text),
		 "return migration { version = \"v1\", system = \"s\", entity \"job\" {\n"
		 "source = {\n%s\n},\nfields = {\n%s}, examples = { { \"e\", %s } } } }\n",
		 DEL EVENTS NOTES MARKS, mixed_fields, written);
	return load_text(text);
}

Test(sources, objects_and_lists_below_lists_hold_each_other)
{
	cr_assert(load_mixed(
		      "given = { root = { del_id = \"A\" }, events = {\n"
		      "{ seq = \"2\", kind = \"y\", notes = { { n = \"2\", text = \"c\" }, { n = "
		      "\"1\", text = \"b\", marks = { { mark = \"m\" }, { mark = \"l\" } } } } },\n"
		      "{ seq = \"1\", kind = \"x\" } } },\n"
		      "expect = { boxed = 2, box = { size = 2, kinds = { { kind = \"x\" }, { kind "
		      "= \"y\" } }, byKind = { x = \"1\", y = \"2\" }, seen = \"x+y\" },\n"
		      "history = { { top = \"X\", place = { kind = \"x\", deep = { kind = \"X\" } "
		      "}, around = { count = 0, notes = {} } },\n"
		      "{ top = \"Y\", place = { kind = \"y\", deep = { kind = \"Y\" } }, around = "
		      "{ count = 2, notes = {\n"
		      "{ text = \"b\", at = { n = 1, kind = \"y\", marks = { { mark = { is = \"l\" "
		      "} }, { mark = { is = \"m\" } } } } },\n"
		      "{ text = \"c\", at = { n = 2, kind = \"y\", marks = {} } } } } } } }"),
		  "%s", load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
}

static void fails_at(const char *notes, const char *path)
{
	char given[512];

	snprintf(given, sizeof(given),
		 "given = { root = { del_id = \"A\" }, events = { { seq = \"1\", kind = \"x\","
		 " notes = { { n = \"1\", text = \"a\" }, %s } } } }, expect = {}",
		 notes);
	cr_assert(load_mixed(given), "%s", load_faults_text());
	cr_assert_not(load_run_example(0));
	cr_assert(strstr(load_faults_text(), path), "%s", load_faults_text());
}

Test(sources, paths_lead_through_objects_and_lists)
{
	fails_at("{ n = \"2\", text = \"b\", marks = { {} } }",
		 "job.history[1].around.notes[2].at.marks[1].mark.is");
	fails_at("{ n = \"z\", text = \"b\", marks = { { mark = \"m\" } } }",
		 "job.history[1].around.notes[2].at.n");
	fails_at("{ n = \"2\" }", "job.history[1].around.notes[2].text");
	cr_assert_not(load_sources(DEL EVENTS NOTES,
				   "jobId = id { from = \"del_id\" },\n"
				   "x = list { from = \"events\", each = { o = {\n"
				   "  y = list { from = \"notes\", each = {\n"
				   "    z = text { from = \"n\", optinal = true } } } } } }"));
	cr_assert(load_has_fault("E1003", 12, "optinal"), "%s", load_faults_text());
	cr_assert_not(load_sources(DEL EVENTS NOTES,
				   "jobId = id { from = \"del_id\" },\n"
				   "o = { y = list { from = \"events\", each = {\n"
				   "  z = list { from = \"events\", each = {} } } } }"));
	cr_assert(load_has_fault("E1004", 11, "\"events\" does not hang below \"events\""), "%s",
		  load_faults_text());
}

Test(sources, masks_reach_the_rows_below)
{
	static char text[1 << 14];

	snprintf(
	    text, sizeof(text),
	    "return migration { version = \"v1\", system = \"s\", entity \"job\" {\n"
	    "source = {\n%s\n},\nfields = { jobId = id { from = \"del_id\" },\n"
	    "told = text { from = \"events\", mask = true, by = function(events)\n"
	    "  return join(each(events[1].notes, \"text\"), \"\") end },\n"
	    "notes = list { from = \"notes\", each = { text = integer { from = \"text\" } } } },\n"
	    "examples = { { \"e\", given = { root = { del_id = \"A\" }, events = { { seq = "
	    "\"1\", notes = { { n = \"1\", text = \"S3CR3T\" } } } } }, expect = {} } } } }\n",
	    DEL EVENTS NOTES);
	cr_assert(load_text(text), "%s", load_faults_text());
	cr_assert_not(load_run_example(0));
	cr_assert(strstr(load_faults_text(), "job.notes[1].text"), "%s", load_faults_text());
	cr_assert_null(strstr(load_faults_text(), "S3CR3T"), "%s", load_faults_text());
}

Test(sources, lists_in_a_circle_are_refused_and_not_walked)
{
	cr_assert_not(load_sources(
	    DEL "a = children \"a\" { of = \"b\", parent = \"x\", key = \"n\" },\n"
		"b = children \"b\" { of = \"a\", parent = \"x\", key = \"n\" },\n"
		"c = children \"c\" { parent = \"x\", key = \"n\" },",
	    "jobId = id { from = \"del_id\" }, x = list { from = \"c\", each = { n = text { from = "
	    "\"n\" }, y = list { from = \"a\", each = { n = text { from = \"b.n\" } } } } }"));
	cr_assert(load_has_fault("E1013", 4, "a hangs below itself"), "%s", load_faults_text());
}
