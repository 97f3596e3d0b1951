/*
 * test_keyless.c: key = "*": tables without a key, as rule files say them.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/model/row_key.h"
#include "tests/rules/load_fixture.h"

TestSuite(keyless, .init = load_begin, .fini = load_end, .timeout = 60);

static const char log_root[] =
    "root = table \"log\" { key = \"*\", ignore = { row_no = \"loader's\" } }";
static const char log_fields[] = "logId = id { from = \"*\", prefix = \"log_\", hash = true },\n"
				 "who = text { from = \"who\" }, n = integer { from = \"copies\" }";

/* Sources stand on line 3, fields from line 6 on. */
static bool load_log(const char *sources, const char *fields, const char *rest)
{
	static char text[1 << 14];

	snprintf(text, sizeof(text),
		 "return migration { version = \"v1\", system = \"s\", entity \"log\" {\n"
		 "source = {\n%s\n},\nfields = {\n%s\n}, %s },\n"
		 "entity \"other\" { source = { root = table \"o\" { key = \"id\" } },\n"
		 "fields = { otherId = id { from = \"id\" } } } }\n",
		 sources, fields, rest);
	return load_text(text);
}

Test(keyless, every_column_of_the_table_is_in_the_key_unless_it_is_ignored)
{
	static const struct column_info columns[] = { { "who", "", false },
						      { "row_no", "", false },
						      { "what", "", false } };
	static const struct column_info id[] = { { "id", "", false } };
	static struct table_info infos[] = {
		{ .name = "log", .exists = true, .columns = columns, .column_count = 3 },
		{ .name = "o", .exists = true, .columns = id, .column_count = 1 }
	};
	static struct schema schema = { .tables = infos, .table_count = 2 };
	const struct source *root;

	cr_assert(load_log(log_root, log_fields, ""), "%s", load_faults_text());
	cr_expect_str_eq(load_columns("root"), "* copies who");
	loaded.schema = &schema;
	cr_assert(load_again(), "%s", load_faults_text());
	root = load_source("root");
	cr_expect_str_eq(load_columns("root"), "* copies what who");
	cr_expect(root->is_keyless);
	cr_expect_eq(root->star_column, 0);
	cr_expect_eq(root->copies_column, 1);
	cr_expect_eq(root->key_count, 1);
	cr_expect_eq(root->key_columns[0], 0);
	cr_expect_eq(loaded.warnings.fault_count, 1, "%s", load_faults_text()); /* of o: no index */
}

Test(keyless, a_count_that_nobody_reads_is_told)
{
	static const struct column_info columns[] = { { "who", "", false },
						      { "row_no", "", false } };
	static struct table_info infos[] = {
		{ .name = "log", .exists = true, .columns = columns, .column_count = 2 },
		{ .name = "o", .exists = true, .columns = columns, .column_count = 1 }
	};
	static struct schema schema = { .tables = infos, .table_count = 2 };

	loaded.schema = &schema;
	load_log(log_root, "logId = id { from = \"*\", hash = true }", "");
	cr_expect(load_has_warning("E1203", "column \"copies\" of \"log\" is neither used"));
}

struct broken {
	char source[200];
	char fields[200];
	char rest[200];
	char code[8];
	int line;
	char message[80];
};

static struct broken broken_files[] = {
	{ "root = table 'log' { key = '*' }", "logId = id { from = '*' }", "", "E1005", 6,
	  "hash is missing" },
	{ "root = table 'log' { key = '*' }", "logId = id { from = '*', hash = false }", "",
	  "E1005", 6, "hash is missing" },
	{ "root = table 'log' { key = '*' }", "logId = id { from = 'who', hash = true }", "",
	  "E1004", 6, "made of the root's key" },
	{ "root = table 'log' { key = 'no' }", "logId = id { from = 'no',\nhash = true }", "",
	  "E1004", 7, "hash is for tables without a key" },
	{ "root = table 'log' { key = 'no' }", "logId = id { from = '*' }", "", "E1004", 6,
	  "\"*\" is the key of a table without one" },
	{ "root = table 'log' { key = { '*', 'no' } }", "logId = id { from = '*' }", "", "E1004", 3,
	  "stands for every column" },
	{ "root = query [[ select 1 as a ]] { key = '*', tables = 't' }",
	  "logId = id { from = '*', hash = true }", "", "E1004", 3, "a query needs a key" },
	{ "root = table 'log' { key = '*' }, r = reference 'o' { key = '*', from = 'who' }",
	  "logId = id { from = '*', hash = true }", "", "E1004", 3, "a reference needs a key" },
	{ "root = table 'log' { key = '*' }, k = children 'k' { parent = 'who', key = 'no' }",
	  "logId = id { from = '*', hash = true }", "", "E1004", 3,
	  "nothing names a row of root, which has no key" },
	{ "root = table 'log' { key = 'no' }, k = children 'k' { parent = '*', key = 'no' }",
	  "logId = id { from = 'no' }", "", "E1004", 3, "nothing in legacy names its rows" },
	{ "root = table 'log' { key = '*' }",
	  "logId = id { from = '*', hash = true }, copyOf = ref 'log' { from = 'who' }", "",
	  "E1004", 6, "nothing names a record of log" },
	{ "root = table 'log' { key = 'no' }",
	  "logId = id { from = 'no' }, l = { inner = id { from = 'who', hash = true } }", "",
	  "E1004", 6, "hash is for the id of the record" },
};

ParameterizedTestParameters(keyless, is_refused_where_it_means_nothing)
{
	return cr_make_param_array(struct broken, broken_files,
				   sizeof(broken_files) / sizeof(broken_files[0]));
}

ParameterizedTest(struct broken *c, keyless, is_refused_where_it_means_nothing, .timeout = 60)
{
	cr_assert_not(load_log(c->source, c->fields, c->rest), "%s: %s", c->source, c->fields);
	cr_assert(load_has_fault(c->code, c->line, c->message), "%s, expected %s: %s", c->fields,
		  c->message, load_faults_text());
}

Test(keyless, a_table_may_not_have_a_column_that_is_called_like_the_count)
{
	static const struct column_info columns[] = { { "who", "", false },
						      { "copies", "", false } };
	static struct table_info infos[] = {
		{ .name = "log", .exists = true, .columns = columns, .column_count = 2 },
		{ .name = "o", .exists = true, .columns = columns, .column_count = 1 }
	};
	static struct schema schema = { .tables = infos, .table_count = 2 };

	loaded.schema = &schema;
	cr_assert_not(load_log(log_root, log_fields, ""));
	cr_assert(load_has_fault("E1011", 3, "has a column \"copies\""), "%s", load_faults_text());
}

/* The id's hash by hand: 4:whatt3:hit3:whot3:ann, in byte order of the names. */
Test(keyless, examples_have_the_ids_that_legacy_will_have)
{
	cr_assert(
	    load_log(
		log_root, log_fields,
		"examples = { { 'one', given = { root = { who = 'ann', what = 'hit', "
		"row_no = '7' } }, expect = { n = 1, logId = "
		"'log_ecccb3b7d5bcb53e33d8400060d02675' } },\n"
		"{ 'two', given = { root = { who = 'ann', copies = 3 } }, expect = { n = 3 } },\n"
		"{ 'given', given = { root = { ['*'] = 'x', who = 'ann' } }, expect = { n = 1 } } "
		"}"),
	    "%s", load_faults_text());
	cr_expect(load_run_example(0), "%s", load_faults_text());
	cr_expect(load_run_example(1), "%s", load_faults_text());
	cr_expect_not(load_run_example(2));
	cr_expect_not_null(strstr(load_faults_text(), "cannot be given"), "%s", load_faults_text());
}

Test(keyless, equal_children_of_an_example_are_one_with_a_count)
{
	cr_assert(
	    load_log(
		"root = table 'log' { key = 'no' }, kids = children 'k' { parent = 'log_no', key = "
		"'*' }",
		"logId = id { from = 'no' }, n = integer { from = 'kids', by = function(kids) "
		"return sum(kids, function(k) return k.copies end) end },\n"
		"l = list { from = 'kids', each = { w = text { from = 'what' }, n = integer { from "
		"= 'copies' } } }",
		"examples = { { 'one', given = { root = { no = '1' }, kids = { { what = 'a' }, "
		"{ what = 'a' }, { what = 'b', copies = '4' } } }, expect = { n = 6 } } }"),
	    "%s", load_faults_text());
	cr_expect(load_run_example(0), "%s", load_faults_text());
}
