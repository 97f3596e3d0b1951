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
	schema = (struct schema){ infos, 3 };
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
