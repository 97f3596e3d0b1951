/*
 * test_documents.c: json and php columns: what functions see of them, and what records keep.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/rules/derive_fixture.h"

TestSuite(documents, .fini = rule_close, .timeout = 60);

/* A document in, the field's JSON or a code out. by: "" for none, else an expression of d. */
struct document {
	char type[8];
	char field[60];
	char by[200];
	char text[160];
	char expected[160];
};

#define ALL "json { from = 'd'"
#define TEXT "text { from = 'd'"
#define PLAIN "{\"b\": [1, 2.50, null, true], \"a\" : {\"x\":\"\\u00e9\"}}"

static struct document documents[] = {
	{ "json", ALL, "", PLAIN, "E2112" },
	{ "json", ALL, "d.a", PLAIN, "{\"x\":\"é\"}" },
	{ "json", ALL, "", "{\"b\":1,\"\\u20ac\":2,\"a\":[ ]}", "{\"a\":[],\"b\":1,\"€\":2}" },
	{ "json", ALL, "", "[1.0, 1e2, -0, -0.0]", "[1,100,0,0]" },
	{ "json", ALL, "", "9007199254740991", "9007199254740991" },
	{ "json", ALL, "", "9007199254740992", "E2112" },
	{ "json", ALL, "", "[1e400]", "E2105" },
	{ "json", ALL, "", "1.5", "E2112" },
	{ "json", ALL, "", "null", "null" },
	{ "json", ALL, "", "\"x\"", "\"x\"" },
	{ "json", ALL, "", "{\"a\":1,\"a\":1}", "E2102" },
	{ "json", ALL, "", "{\"a\":1,}", "E2102" },
	{ "json", ALL, "", "", "E2102" },
	{ "json", ALL, "", "{} {}", "E2102" },
	{ "json", ALL, "", "\"\\ud800\"", "E2102" },
	{ "json", ALL, "", "\"\xff\"", "E2106" },
	{ "json", ALL, "", "\"a\\u0000b\"", "E2106" },
	{ "json", ALL, "", "{\"a\\u0000b\":1}", "E2106" },
	{ "json", ALL, "", "'a'", "E2102" },
	{ "json", ALL, "", "NaN", "E2102" },
	{ "", ALL, "", "{}", "E2102" },
	{ "json", ALL, "'{}'", "{}", "E2114" },
	{ "json", ALL, "{}", "{}", "E2114" },
	{ "json", ALL, "nil", "{}", "E2101" },
	{ "json", TEXT, "", "\"x\"", "E2102" },
	{ "json", TEXT, "d", "\"x\"", "\"x\"" },
	{ "json", TEXT, "d.a.x", PLAIN, "\"é\"" },
	{ "json", TEXT, "d.c == nil and d.b[3] == nil and 'nil' or 'no'", PLAIN, "\"nil\"" },
	{ "json", TEXT, "tostring(#d.b)", PLAIN, "\"4\"" },
	{ "json", TEXT, "tostring(d.b[1]) .. tostring(d.b[2]) .. tostring(d.b[4])", PLAIN,
	  "\"12.50true\"" },
	{ "json", TEXT, "join(names(d), ',')", PLAIN, "\"a,b\"" },
	{ "json", TEXT, "tostring(steps(d.b))", PLAIN, "\"4\"" },
	{ "json", TEXT, "tostring(sum(filter(d.b, function(x) return x and x ~= true end)))", PLAIN,
	  "\"3.50\"" },
	{ "json", TEXT, "d.b.x", PLAIN, "E2203" },
	{ "json", TEXT, "tostring(#d)", PLAIN, "E2203" },
	{ "json", TEXT, "tostring(d)", PLAIN, "E2203" },
	{ "json", TEXT, "tostring(count(d))", PLAIN, "E2203" },
	{ "json", TEXT, "change(d)", PLAIN, "E2203" },
	{ "json", TEXT, "tostring(d.n)", "{\"n\":9007199254740993}", "\"9007199254740993\"" },
	{ "json", TEXT, "tostring(d.n + exact '1')", "{\"n\":9007199254740993}",
	  "\"9007199254740994\"" },
	{ "json", TEXT, "tostring(d.n + 1)", "{\"n\":9007199254740990}", "\"9007199254740991\"" },
	{ "json", TEXT, "tostring(d.n)", "{\"n\":0.1}", "\"0.1\"" },
	{ "json", TEXT, "tostring(d.n)", "{\"n\":1e2}", "\"100\"" },
	{ "json", TEXT, "'x'", "{\"n\":123456789012345678901234567890123456789}", "E2105" },
	{ "json", "decimal { 6, 2, from = 'd'", "d.n", "{\"n\":12.5}", "\"12.50\"" },
	{ "json", "integer { from = 'd'", "d.n", "{\"n\":12}", "12" },
	{ "json", "boolean { from = 'd'", "d.n", "{\"n\":false}", "false" },
	{ "json", "text { optional = true, from = 'd'", "d", "null", "-" },
	{ "json", TEXT, "d[5]", "{\"5\":\"five\"}", "\"five\"" },

	{ "php", ALL, "", "a:1:{s:4:\"name\";s:3:\"Ann\";}", "{\"name\":\"Ann\"}" },
	{ "php", ALL, "", "a:2:{i:0;i:1;i:1;d:2;}", "[1,2]" },
	{ "php", ALL, "", "a:2:{i:10;i:1;i:9;b:0;}", "{\"10\":1,\"9\":false}" },
	{ "php", ALL, "", "a:0:{}", "[]" },
	{ "php", ALL, "", "d:0.5;", "E2112" },
	{ "php", TEXT, "tostring(d.price)", "a:1:{s:5:\"price\";d:0.5;}", "\"0.5\"" },
	{ "php", TEXT, "d[10]", "a:2:{i:10;s:1:\"a\";i:9;b:0;}", "\"a\"" },
	{ "php", TEXT, "d[1]", "a:2:{i:0;s:1:\"a\";i:1;s:1:\"b\";}", "\"a\"" },
	{ "php", TEXT, "tostring(d.id)", "a:1:{s:2:\"id\";i:9223372036854775807;}",
	  "\"9223372036854775807\"" },
	{ "php", ALL, "", "O:8:\"stdClass\":0:{}", "E2102" },
	{ "php", ALL, "", "a:2:{i:0;N;i:1;R:2;}", "E2102" },
	{ "php", ALL, "", "s:3:\"\xff\xfe!\";", "E2106" },
	{ "php", ALL, "", "a:1:{s:1:\"\xff\";N;}", "E2106" },
	{ "php", ALL, "", "not serialized", "E2102" },
	{ "php", ALL, "", "d:1E+300;", "E2105" },
};

ParameterizedTestParameters(documents, are_kept_exactly_or_not_at_all)
{
	return cr_make_param_array(struct document, documents,
				   sizeof(documents) / sizeof(documents[0]));
}

ParameterizedTest(struct document *d, documents, are_kept_exactly_or_not_at_all)
{
	bool is_absent = strcmp(d->expected, "-") == 0;
	char types[40], field[400], expected[300];

	snprintf(types, sizeof(types), "%s%s", d->type[0] ? "d = " : "", d->type);
	snprintf(field, sizeof(field), "v = %s%s%s%s }", d->field,
		 d->by[0] ? ", by = function(d) return " : "", d->by, d->by[0] ? " end" : "");
	rule_open(&(struct rule){
	    .before =
		"local function names(d) local t = {} for k in pairs(d) do t[#t + 1] = k end "
		"return t end\n"
		"local function steps(d) local n = 0 for i in ipairs(d) do n = n + 1 end return n "
		"end\n"
		"local function change(d) d.x = 1 return 'x' end",
	    .types = types,
	    .fields = field });
	given("root", 0, "d", d->text);
	if (d->expected[0] == 'E') {
		expect_reject("v", d->expected);
		return;
	}
	snprintf(expected, sizeof(expected), "{\"jobId\":\"job_7\"%s%s}",
		 is_absent ? "" : ",\"v\":", is_absent ? "" : d->expected);
	expect_body(expected);
}

Test(documents, are_called_what_they_are_where_something_else_is_meant)
{
	static const struct {
		const char *document, *field, *message;
	} cases[] = {
		{ "{\"a\":1}", "text { from = 'd' }", "an object where a text is meant" },
		{ "[1]", "integer { from = 'd' }", "a list where an integer is meant" },
		{ "\"x\"", "text { from = 'd' }", "a JSON value where a text is meant" },
		{ "7", "decimal { 5, 2, from = 'd' }", "a JSON value where a decimal is meant" },
		{ "{}", "text { from = 'd', fold = upper }",
		  "an object where a text to fold is meant" },
		{ "{}", "text { from = 'd', lookup = { a = 'b' } }",
		  "an object where a text to look up is meant" },
		{ "[[]]", "text { from = 'd', by = function(d) return d[1] end }",
		  "a list where a text is meant" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char field[200];

		snprintf(field, sizeof(field), "v = %s", cases[i].field);
		if (i > 0)
			rule_close();
		rule_open(&(struct rule){ .types = "d = json", .fields = field });
		given("root", 0, "d", cases[i].document);
		derive();
		cr_assert_not_null(fault_of("v"), "%s", body());
		cr_expect(span_equal_text(fault_of("v")->message, cases[i].message), "%s", body());
	}
}

Test(documents, may_be_bytes_where_php_wrote_them)
{
	rule_open(&(struct rule){ .types = "d = php, j = json",
				  .fields = "v = json { from = 'd', optional = true },"
					    "w = json { from = 'j', optional = true }" });
	given_cell("root", 0, "d",
		   (struct cell){ .data = "s:1:\"a\";", .size = 8, .kind = CELL_BYTES });
	expect_body("{\"jobId\":\"job_7\",\"v\":\"a\"}");
	given_cell("root", 0, "j", (struct cell){ .data = "{}", .size = 2, .kind = CELL_BYTES });
	expect_reject("w", "E2102");
}

Test(documents, belong_to_their_row)
{
	rule_open(&(struct rule){
	    .types = "d = json",
	    .fields = "v = json { from = 'root', by = function(row) return row.d.a end },"
		      "w = json { from = 'd', by = function(d) return d.a end }",
	    .more = "invariants = { same = function(job) return job.v[1] == job.w[1] end }" });
	given("root", 0, "d", "{\"a\":[1]}");
	expect_body("{\"jobId\":\"job_7\",\"v\":[1],\"w\":[1]}");
	given("root", 0, "d", "{\"a\":[2]}");
	expect_body("{\"jobId\":\"job_7\",\"v\":[2],\"w\":[2]}");
}

Test(documents, are_bounded_in_depth)
{
	static char deep[2100];

	rule_open(&(struct rule){ .types = "d = json", .fields = "v = json { from = 'd' }" });
	for (int depth = 99; depth <= 1000; depth += depth < 103 ? 1 : 449) {
		memset(deep, '[', (size_t)depth);
		memset(deep + depth, ']', (size_t)depth);
		deep[2 * depth] = '\0';
		given("root", 0, "d", deep);
		derive();
		cr_assert_eq(fx.outcome.kind, depth <= 100 ? OUTCOME_RECORD : OUTCOME_REJECT, "%d",
			     depth);
	}
}

Test(documents, keep_many_cells_of_a_row_apart)
{
	rule_open(&(struct rule){
	    .sources = "docs = children 'docs' { parent = 'del_id', key = 'n', types = { n = int, "
		       "d = json } },",
	    .fields =
		"v = list { from = 'docs', each = { a = integer { from = 'd', by = function(d) "
		"return d.a end } } },"
		"s = integer { from = 'docs', by = function(docs) local s = 0 for r = 1, 3 do s = "
		"sum(docs, function(x) return x.d.a end) end return s end }" });
	for (uint32_t i = 0; i < 200; i++)
		given("docs", i, "d", arena_print(&fx.arena, "{\"a\":%u}", i).data);
	derive();
	cr_assert_eq(fx.outcome.kind, OUTCOME_RECORD, "%s", body());
	cr_assert_not_null(strstr(body(), "\"s\":19900"), "%s", body());
	cr_assert_not_null(strstr(body(), "{\"a\":137}"), "%s", body());
}

Test(documents, say_nothing_that_is_masked)
{
	rule_open(&(struct rule){ .types = "d = json",
				  .fields = "v = json { from = 'd', mask = true }" });
	given("root", 0, "d", "{\"SECRET\":1,\"SECRET\":2}");
	expect_reject("v", "E2102");
	cr_assert_null(strstr(body(), "SECRET"), "%s", body());
	given("root", 0, "d", "[31337.5]");
	expect_reject("v", "E2112");
	cr_assert_null(strstr(body(), "31337"), "%s", body());
}
