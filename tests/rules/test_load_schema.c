/*
 * test_load_schema.c: a rule file against what legacy has.
 */
#include <criterion/criterion.h>

#include "tests/rules/load_fixture.h"

static const struct column_info t_columns[] = { { "id", "INTEGER", true },
						{ "colour", "TEXT", false },
						{ "loader_no", "INTEGER", false } };
static const struct column_info k_columns[] = { { "t_id", "INTEGER", true },
						{ "no", "INTEGER", true },
						{ "label", "TEXT", false } };
static const char *const t_key[] = { "id" };
static const char *const k_key[] = { "t_id", "no" };
static const struct unique_info t_unique = { "t_pk", t_key, 1 };
static const struct unique_info k_unique = { "k_pk", k_key, 2 };
static const struct table_info tables[] = {
	{ .name = "t",
	  .exists = true,
	  .columns = t_columns,
	  .column_count = 3,
	  .uniques = &t_unique,
	  .unique_count = 1 },
	{ .name = "k",
	  .exists = true,
	  .columns = k_columns,
	  .column_count = 3,
	  .uniques = &k_unique,
	  .unique_count = 1 },
	{ .name = "gone" },
};
static const struct schema schema = { .tables = tables, .table_count = 3 };

static void begin(void)
{
	load_begin();
	loaded.schema = &schema;
}

TestSuite(load_schema, .init = begin, .fini = load_end, .timeout = 60);

static const char uses_all[] =
    "c = text { from = \"colour\" },\n"
    "x = text { from = \"kids\", by = function(kids) local k = first(kids) return k.label end }";

Test(load_schema, warns_of_columns_nobody_accounts_for)
{
	cr_assert(load_parts("", uses_all, ""), "%s", load_faults_text());
	cr_assert_eq(loaded.warnings.fault_count, 1);
	cr_assert(load_has_warning("E1203", "loader_no"));
	cr_assert(span_equal_text(loaded.warnings.faults[0].where, "job.source.root"));
	cr_assert(span_equal_text(loaded.warnings.faults[0].field, "loader_no"));
}

Test(load_schema, names_a_column_that_does_not_exist)
{
	cr_assert_not(load_parts("", "c = text { from = \"color\" }", ""));
	cr_assert(load_has_fault("E1202", 7, "color"), "%s", load_faults_text());
	cr_assert(span_equal_text(loaded.faults.faults[0].nearest, "colour"), "%s",
		  load_faults_text());
}

Test(load_schema, names_a_table_that_does_not_exist)
{
	static const char *const missing[] = { "gone", "kk" };

	for (int i = 0; i < 2; i++) {
		cr_assert_not(load_text(
		    arena_print(&loaded.arena,
				"return migration { version = 'v1', system = 's', entity 'job' {\n"
				" source = { root = table '%s' { key = 'id' } },\n"
				" fields = { jobId = id { from = 'id' } } } }",
				missing[i])
			.data));
		cr_assert(load_has_fault("E1201", 2, missing[i]), "%s", load_faults_text());
	}
}

Test(load_schema, leaves_out_mentions_that_are_no_columns)
{
	cr_assert(load_parts("",
			     "x = text { from = \"kids\", by = function(kids)\n"
			     " local k = first(kids) return k.label .. k.nonsense end }",
			     ""),
		  "%s", load_faults_text());
	cr_assert_str_eq(load_columns("kids"), "label no t_id");
}

Test(load_schema, inside_each_finds_the_childs_columns_without_being_told)
{
	cr_assert(load_parts("",
			     "x = list { from = \"kids\", each = { l = text { from = \"label\" },\n"
			     " c = text { from = \"colour\" } } }",
			     ""),
		  "%s", load_faults_text());
	cr_assert_str_eq(load_columns("root"), "colour id");
	cr_assert_str_eq(load_columns("kids"), "label no t_id");
}

Test(load_schema, ignoring_a_column_that_does_not_exist_is_a_fault)
{
	cr_assert_not(
	    load_text("return migration { version = 'v1', system = 's', entity 'job' {\n"
		      " source = { root = table 't' { key = 'id', ignore = { color = 'old' } } },\n"
		      " fields = { jobId = id { from = 'id' } } } }"));
	cr_assert(load_has_fault("E1202", 2, "to ignore"), "%s", load_faults_text());
}

Test(load_schema, a_key_must_hold_a_unique_index)
{
	cr_assert_not(load_text("return migration { version = 'v1', system = 's', entity 'job' {\n"
				" source = { root = table 't' { key = 'colour' } },\n"
				" fields = { jobId = id { from = 'colour' } } } }"));
	cr_assert(load_has_fault("E1204", 2, "no unique index"), "%s", load_faults_text());
}

Test(load_schema, changed_must_be_a_column_and_needs_no_other_use)
{
	cr_assert(load_parts("", uses_all, "changed = \"loader_no\""), "%s", load_faults_text());
	cr_assert_eq(loaded.warnings.fault_count, 0);
	cr_assert_not(load_parts("", uses_all, "changed = \"loader_nr\""));
	cr_assert(load_has_fault("E1202", 9, "loader_nr"), "%s", load_faults_text());
}
