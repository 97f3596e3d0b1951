/*
 * test_tables.c: lookups in files of their own: read strictly, blamed by their lines.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/rules/csv.h"
#include "tests/rules/load_fixture.h"

TestSuite(tables, .init = load_begin, .fini = load_end, .timeout = 30);

/* ---- the reader ---- */

struct csv_case {
	char text[80];
	char rows[120]; /* cells in <>, rows ended by |, or "line N: why" */
};

ParameterizedTestParameters(tables, are_rfc_4180)
{
	static struct csv_case cases[] = {
		{ "a,b\n1,2\n", "<a><b>|<1><2>|" },
		{ "a,b\r\n1,2\r\n", "<a><b>|<1><2>|" },
		{ "a,b\n1,2", "<a><b>|<1><2>|" },
		{ "\xEF\xBB\xBF"
		  "a,b\n",
		  "<a><b>|" },
		{ "\"a\",\"b,\"\"c\"\"\"\n", "<a><b,\"c\">|" },
		{ "\"two\nlines\",x\n", "<two\nlines><x>|" },
		{ "\"two\r\nlines\",x\r\ny,z\r\n", "<two\r\nlines><x>|<y><z>|" },
		{ ",\n,,\n", "<><>|<><><>|" },
		{ "\"\",\"\"\"\"\n", "<><\">|" },
		{ " a , b \n", "< a >< b >|" },
		{ "\n\n", "<>|<>|" },
		{ "", "" },
		{ "a,\n", "<a><>|" },
		{ "a,b\n\"c", "line 2: a quote is opened" },
		{ "a,b\n\"c\n\n", "line 2: a quote is opened" },
		{ "a,\"b\"c\n", "line 1: text stands behind" },
		{ "a,b\"c\n", "line 1: a quote stands inside" },
		{ "a\rb\n", "line 1: a carriage return" },
		{ "a,b\nc\r", "line 2: a carriage return" },
		{ "\"a\"\"\n", "line 1: a quote is opened" },
	};

	return cr_make_param_array(struct csv_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct csv_case *c, tables, are_rfc_4180)
{
	static struct csv_row row;
	struct csv csv;
	const char *why = NULL;
	char seen[200] = "";
	enum csv_answer answer;

	csv_begin(&csv, span_of(c->text), &loaded.arena);
	while ((answer = csv_next(&csv, &row, &why)) == CSV_ROW) {
		for (int i = 0; i < row.cell_count; i++)
			snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "<%.*s>",
				 SPAN_ARGS(row.cells[i]));
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "|");
	}
	if (answer == CSV_BAD)
		snprintf(seen, sizeof(seen), "line %d: %s", csv.line, why);
	if (strncmp(c->rows, "line", 4) == 0)
		cr_assert_eq(strncmp(seen, c->rows, strlen(c->rows)), 0, "%s", seen);
	else
		cr_assert_str_eq(seen, c->rows);
}

/* Whatever bytes come, the reader ends, and every cell lies in the text or the arena. */
Test(tables, end_for_any_bytes)
{
	static const char bytes[] = "\",\r\na\"\n,b";
	static struct csv_row row;
	char text[24];
	unsigned seed = 1;

	for (int round = 0; round < 20000; round++) {
		struct csv csv;
		const char *why = NULL;
		int rows = 0;

		for (size_t i = 0; i < sizeof(text); i++) {
			seed = seed * 1103515245u + 12345u;
			text[i] = bytes[(seed >> 16) % (sizeof(bytes) - 1)];
		}
		csv_begin(&csv, (struct span){ text, sizeof(text) }, &loaded.arena);
		while (csv_next(&csv, &row, &why) == CSV_ROW)
			cr_assert_leq(++rows, (int)sizeof(text));
		cr_assert(csv.at <= sizeof(text));
	}
}

/* ---- the word ---- */

#define COUNTRY "csv \"tables/country.csv\" { key = \"country\", value = \"region\" }"
#define REGION_FIELD " region = text { from = \"country\", lookup = " COUNTRY " }"

static bool load_country(const char *csv)
{
	load_write("tables/country.csv", csv);
	return load_parts("", REGION_FIELD, "");
}

static bool load_example(const char *value, const char *expected)
{
	return load_parts(
	    "", REGION_FIELD,
	    arena_print(
		&loaded.arena,
		" examples = { { \"one\", given = { root = { id = \"1\", country = \"%s\" } }, "
		"%s } }",
		value, expected)
		.data);
}

Test(tables, are_lookups)
{
	load_write("tables/country.csv",
		   "region,country,note\r\nEurope,GB,\"a, b\"\r\n\"Asia, \"\"South\"\"\",IN,\r\n");
	cr_assert(load_example("IN", "expect = { region = \"Asia, \\\"South\\\"\" }"), "%s",
		  load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
	cr_assert(load_example("XX", "rejects = { region = \"E2103\" }"), "%s", load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
}

Test(tables, can_be_read_by_functions_and_give_zones)
{
	load_write("tables/country.csv", "country,zone\nGB,Europe/London\n");
	cr_assert(
	    load_text(
		"local ZONE = csv \"tables/country.csv\" { key = \"country\", value = \"zone\" }\n"
		"return migration { version = \"v1\", system = \"s\", entity \"job\" {\n"
		" source = { root = table \"t\" { key = \"id\", types = { at = instant {\n"
		"  zone = { from = \"country\", lookup = ZONE } } } } },\n"
		" fields = { jobId = id { from = \"id\" }, at = instant { from = \"at\" },\n"
		"  zone = text { from = \"country\", by = function(c) return ZONE[c] end } },\n"
		" examples = { { \"one\", given = { root = { id = \"1\", country = \"GB\",\n"
		"  at = \"2018-07-01 12:00:00\" } },\n"
		"  expect = { at = \"2018-07-01T11:00:00.000000Z\", zone = \"Europe/London\" } } } "
		"} }"),
	    "%s", load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
	load_write("tables/country.csv", "country,zone\nIN,Asia/Kolkata\nGB,Europe/Londn\n");
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1004", 3, "\"Europe/Londn\" for \"GB\" is not a time zone"),
		  "%s", load_faults_text());
}

Test(tables, give_integers_and_booleans_where_the_field_is_one)
{
	load_write("tables/country.csv", "country,region,open\nGB,44,true\nIN,-91,false\n");
	cr_assert(
	    load_parts(
		"",
		" region = integer { from = \"country\", lookup = " COUNTRY " },\n"
		" open = boolean { from = \"country\", lookup = csv "
		"\"tables/country.csv\" { key = \"country\", value = \"open\" } }",
		" examples = { { \"one\", given = { root = { id = \"1\", country = \"IN\" } },\n"
		"  expect = { region = -91, open = false } } }"),
	    "%s", load_faults_text());
	cr_assert(load_run_example(0), "%s", load_faults_text());
	load_write("tables/country.csv", "country,region,open\nGB,044,True\n");
	cr_assert_not(load_again());
	cr_assert(load_has_fault("E1004", 2, "gives \"044\""), "%s", load_faults_text());
	cr_assert(load_has_fault("E1004", 2, "gives \"True\""), "%s", load_faults_text());
}

struct refusal {
	char csv[100];
	char code[8];
	int line;
	char message[80];
};

ParameterizedTestParameters(tables, are_refused_by_line)
{
	static struct refusal refusals[] = {
		{ "", "E1016", 1, "the table is empty" },
		{ "country,regoin\nGB,Europe\n", "E1007", 1, "no column \"region\"" },
		{ "country,region,country\nGB,Europe,GB\n", "E1011", 1, "two columns \"country\"" },
		{ "country,region\nGB,Europe\nGB,Europe\n", "E1011", 3, "first in line 2" },
		{ "country,region\n\"G\nB\",x\n\"G\nB\",y\n", "E1011", 4, "first in line 2" },
		{ "country,region\nGB\n", "E1016", 2, "the row has 1 cells, the header has 2" },
		{ "country,region\nGB,Europe\n\n", "E1016", 3, "the row has 1 cells" },
		{ "country,region\nGB,Europe,x\n", "E1016", 2, "the row has 3 cells" },
		{ "country,region\nGB,\"Europe\n", "E1016", 2, "never closed" },
		{ "country,region\nGB,Eur\xffope\n", "E1016", 2, "not UTF-8" },
		{ "country,region\nGB,\n", "E1004", 2, "the lookup gives \"\"" },
	};

	return cr_make_param_array(struct refusal, refusals,
				   sizeof(refusals) / sizeof(refusals[0]));
}

ParameterizedTest(struct refusal *r, tables, are_refused_by_line)
{
	cr_assert_not(load_country(r->csv));
	cr_assert(load_has_fault(r->code, r->line, r->message), "%s", load_faults_text());
	cr_assert_eq(loaded.faults.fault_count, 1, "%s", load_faults_text());
	cr_assert_not_null(strstr(loaded.faults.faults[0].file, "tables/country.csv"), "%s",
			   loaded.faults.faults[0].file);
}

Test(tables, name_the_nearest_column)
{
	cr_assert_not(load_country("country,regoin\nGB,Europe\n"));
	cr_assert(span_equal_text(loaded.faults.faults[0].nearest, "regoin"), "%s",
		  load_faults_text());
}

Test(tables, lie_in_the_folder_of_the_rule_file)
{
	static const char *const names[] = { "../country.csv", "/etc/passwd",     "tables/",
					     "tables//x.csv",  "tables/../x.csv", ".hidden.csv",
					     "missing.csv",    "out.csv" };
	char path[200];

	load_write("tables/country.csv", "country,region\n");
	snprintf(path, sizeof(path), "%s/out.csv", loaded.folder);
	cr_assert_eq(symlink("/etc/passwd", path), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		cr_assert_not(load_parts(
		    arena_print(&loaded.arena,
				"local T = csv \"%s\" { key = \"country\", value = \"region\" }",
				names[i])
			.data,
		    " region = text { from = \"c\", lookup = T }", ""));
		cr_assert(load_has_fault("E1016", 1, "csv"), "%s: %s", names[i],
			  load_faults_text());
	}
}

Test(tables, are_bounded)
{
	size_t size = (4u << 20) + 1;
	char *text = malloc(size + 1);

	memset(text, 'x', size);
	text[size] = '\0';
	cr_assert_not(load_country(text));
	cr_assert(load_has_fault("E1016", 0, "csv"), "%s", load_faults_text());
	free(text);
}

Test(tables, say_their_options)
{
	load_write("tables/country.csv", "country,region\n");
	cr_assert_not(load_parts("local T = csv \"tables/country.csv\" { key = \"country\", "
				 "vlaue = \"region\" }",
				 " region = text { from = \"c\", lookup = T }", ""));
	cr_assert(load_has_fault("E1003", 1, "no option \"vlaue\""), "%s", load_faults_text());
	cr_assert_eq(loaded.faults.fault_count, 1, "value is there, misspelt: %s",
		     load_faults_text());
	cr_assert_not(load_parts("local T = csv \"tables/country.csv\" { key = \"country\" }",
				 " region = text { from = \"c\", lookup = T }", ""));
	cr_assert(load_has_fault("E1005", 1, "value is missing"), "%s", load_faults_text());
	cr_assert_not(load_parts("local T = csv \"tables/country.csv\"",
				 " region = text { from = \"c\", lookup = T }", ""));
	cr_assert(load_has_fault("E1004", 0, "lookup must be a table"), "%s", load_faults_text());
}

/* ---- the fingerprint ---- */

static char before[SHA256_HEX_SIZE];

static bool is_unchanged(void)
{
	return strcmp(before, rule_host_migration(loaded.host)->transform) == 0;
}

Test(tables, count_by_their_pairs_alone)
{
	const struct migration_info *migration;

	cr_assert(load_country("country,region,note\nGB,Europe,x\nIN,Asia,y\n"));
	migration = rule_host_migration(loaded.host);
	memcpy(before, migration->transform, sizeof(before));
	cr_assert_eq(migration->text_count, 2);
	cr_assert_str_eq(migration->texts[1].path, "tables/country.csv");
	cr_assert(span_equal_text(migration->texts[1].text,
				  "country,region,note\nGB,Europe,x\nIN,Asia,y\n"));
	cr_assert(load_country("region,country\r\n\"Asia\",IN\r\nEurope,GB\r\n"));
	cr_assert(is_unchanged());
	cr_assert(load_country("country,region\nGB,Europe\nIN,asia\n"));
	cr_assert_not(is_unchanged());
	cr_assert(load_country("country,region\nGB,Europe\nIN,Asia\nFR,Europe\n"));
	cr_assert_not(is_unchanged());
	cr_assert(load_parts("local T = { GB = \"Europe\", IN = \"Asia\" }",
			     " region = text { from = \"country\", lookup = T }", ""));
	cr_assert(is_unchanged());
}
