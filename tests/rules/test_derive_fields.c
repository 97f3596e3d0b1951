/*
 * test_derive_fields.c: one column in, one canonical value or one fault out, for every type.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/rules/derive_fixture.h"

TestSuite(derive_fields, .fini = rule_close, .timeout = 20);

/* `type` is the column's type, "" for text; `field` what stands behind from; `value` "\1" is NULL;
 * `expected` is a JSON value, "-" for an absent field, or a code. */
struct conversion {
	char type[80];
	char kind[24];
	char options[160];
	char value[80];
	char expected[80];
};

#define ZONE(name) "instant { zone = '" name "' }"
#define EPOCH(unit) "instant { epoch = '" unit "' }"
#define CLOCKS(which) "instant { zone = 'Europe/London', ambiguous = '" which "' }"

static struct conversion conversions[] = {
	{ "", "text", "", "plain", "\"plain\"" },
	{ "", "text", "", "", "\"\"" },
	{ "", "text", "", "a\"b\\c\n\x7f€", "\"a\\\"b\\\\c\\n\x7f€\"" },
	{ "", "text", "", "\1", "E2101" },
	{ "", "text", "optional = true", "\1", "-" },
	{ "", "text", "", "bad \xff byte", "E2106" },
	{ "", "text", "", "\xed\xa0\x80", "E2106" },
	{ "", "text", "", "\xc0\x80", "E2106" },
	{ "", "text", "fold = upper", "größe", "\"GRößE\"" },
	{ "", "text", "fold = lower", "ÄBC", "\"Äbc\"" },
	{ "", "text", "fold = trim", " \t x\n", "\"x\"" },
	{ "", "text", "fold = function(v) return v .. '!' end", "x", "\"x!\"" },
	{ "", "text", "fold = function(v) return nil end", "x", "E2101" },
	{ "", "text", "optional = true, fold = function(v) return nil end", "x", "-" },
	{ "", "text", "fold = function(v) return 1 end", "x", "E2114" },
	{ "", "text", "lookup = { a = 'A', b = 'B' }", "a", "\"A\"" },
	{ "", "text", "lookup = { a = 'A', b = 'B' }", "c", "E2103" },
	{ "", "text", "lookup = { a = 'A' }, optional = true", "\1", "-" },
	{ "int", "text", "", "007", "\"7\"" },
	{ "decimal", "text", "", "1.5", "E2102" },
	{ "boolean", "text", "", "t", "E2102" },

	{ "", "integer", "", "42", "42" },
	{ "", "integer", "", "-0", "0" },
	{ "", "integer", "", "007", "7" },
	{ "", "integer", "", "9007199254740991", "9007199254740991" },
	{ "", "integer", "", "-9007199254740991", "-9007199254740991" },
	{ "", "integer", "", "9007199254740992", "E2112" },
	{ "", "integer", "", "-9007199254740992", "E2112" },
	{ "", "integer", "", "123456789012345678901234567890123456789012345678901", "E2112" },
	{ "", "integer", "", "1.0", "E2102" },
	{ "", "integer", "", "+1", "E2102" },
	{ "", "integer", "", " 1", "E2102" },
	{ "", "integer", "", "", "E2102" },
	{ "", "integer", "", "-", "E2102" },
	{ "", "integer", "", "1e3", "E2102" },
	{ "int", "integer", "", "12", "12" },
	{ "int", "integer", "", "12x", "E2102" },
	{ "int", "integer", "", "9007199254740992", "E2112" },
	{ "decimal", "integer", "", "12.00", "12" },
	{ "decimal", "integer", "", "12.01", "E2102" },
	{ "boolean", "integer", "", "t", "E2102" },
	{ "", "integer", "lookup = { low = 1, high = 2 }", "high", "2" },

	{ "", "bigint", "", "18446744073709551615", "\"18446744073709551615\"" },
	{ "", "bigint", "", "18446744073709551616", "E2102" },
	{ "", "bigint", "", "-9223372036854775808", "\"-9223372036854775808\"" },
	{ "", "bigint", "", "-9223372036854775809", "E2102" },
	{ "", "bigint", "", "0", "\"0\"" },
	{ "", "bigint", "", "-0", "E2102" },
	{ "", "bigint", "", "01", "E2102" },
	{ "", "bigint", "", "+1", "E2102" },
	{ "", "bigint", "", "", "E2102" },
	{ "", "bigint", "", "12a", "E2102" },
	{ "int", "bigint", "", "12", "\"12\"" },
	{ "decimal", "bigint", "", "12.0", "\"12\"" },

	{ "", "decimal", "12, 2", "12.5", "\"12.50\"" },
	{ "", "decimal", "12, 2", "-0.001", "E2105" },
	{ "", "decimal", "12, 2", "-0.000", "\"0.00\"" },
	{ "", "decimal", "12, 2, round = 'half_up'", "0.125", "\"0.13\"" },
	{ "", "decimal", "12, 2, round = 'half_up'", "-0.125", "\"-0.13\"" },
	{ "", "decimal", "12, 2, round = 'half_up'", "0.1249999999", "\"0.12\"" },
	{ "", "decimal", "12, 2, round = 'half_even'", "0.125", "\"0.12\"" },
	{ "", "decimal", "12, 2, round = 'half_even'", "0.135", "\"0.14\"" },
	{ "", "decimal", "12, 2, round = 'half_even'", "0.12500001", "\"0.13\"" },
	{ "", "decimal", "12, 2, round = 'down'", "-0.129", "\"-0.12\"" },
	{ "", "decimal", "12, 2, round = 'down'", "-0.001", "\"0.00\"" },
	{ "", "decimal", "4, 2, round = 'half_up'", "99.994", "\"99.99\"" },
	{ "", "decimal", "4, 2, round = 'half_up'", "99.995", "E2105" },
	{ "", "decimal", "12, 2, round = 'half_up'", "x", "E2102" },
	{ "", "decimal", "12, 2", "12.500", "\"12.50\"" },
	{ "", "decimal", "4, 2", "99.99", "\"99.99\"" },
	{ "", "decimal", "4, 2", "100", "E2105" },
	{ "", "decimal", "2, 2", "0.99", "\"0.99\"" },
	{ "", "decimal", "2, 2", "1", "E2105" },
	{ "", "decimal", "38, 0", "99999999999999999999999999999999999999",
	  "\"99999999999999999999999999999999999999\"" },
	{ "", "decimal", "38, 0", "100000000000000000000000000000000000000", "E2105" },
	{ "", "decimal", "12, 2", "1,5", "E2102" },
	{ "", "decimal", "12, 2", "NaN", "E2102" },
	{ "", "decimal", "12, 2", "Infinity", "E2102" },
	{ "", "decimal", "12, 2", "", "E2102" },
	{ "", "decimal", "12, 2", "12.50 ", "E2102" },
	{ "decimal", "decimal", "12, 2", "7", "\"7.00\"" },
	{ "decimal", "decimal", "12, 2", "x", "E2102" },
	{ "int", "decimal", "12, 2", "7", "\"7.00\"" },
	{ "boolean", "decimal", "12, 2", "t", "E2102" },

	{ "boolean", "boolean", "", "t", "true" },
	{ "boolean", "boolean", "", "false", "false" },
	{ "boolean", "boolean", "", "1", "true" },
	{ "boolean", "boolean", "", "0", "false" },
	{ "boolean", "boolean", "", "T", "E2102" },
	{ "boolean", "boolean", "", "yes", "E2102" },
	{ "boolean", "boolean", "", "2", "E2102" },
	{ "boolean", "boolean", "", "", "E2102" },
	{ "", "boolean", "", "t", "E2102" },
	{ "", "boolean", "lookup = { Y = true, N = false }", "N", "false" },
	{ "", "boolean", "lookup = { Y = true, N = false }", "y", "E2103" },
	{ "", "boolean", "lookup = { Y = true, N = false }, fold = upper", "y", "true" },
	{ "int", "boolean", "lookup = { ['1'] = true, ['2'] = false }", "2", "false" },

	{ ZONE("UTC"), "instant", "", "2018-01-01 00:05:00", "\"2018-01-01T00:05:00.000000Z\"" },
	{ ZONE("UTC"), "instant", "", "2018-01-01", "E2107" },
	{ ZONE("Europe/London"), "instant", "", "2018-07-01 12:00:00.5",
	  "\"2018-07-01T11:00:00.500000Z\"" },
	{ ZONE("Europe/London"), "instant", "", "2024-10-27 01:30:00", "E2108" },
	{ ZONE("Europe/London"), "instant", "", "2024-03-31 01:30:00", "E2108" },
	{ ZONE("UTC"), "instant", "", "2018-01-01 00:05:00Z", "E2107" },
	{ ZONE("UTC"), "instant", "", "2018-01-01 00:05:00+00", "E2107" },
	{ "instant", "instant", "", "2018-01-01T00:05:00+02:00",
	  "\"2017-12-31T22:05:00.000000Z\"" },
	{ "instant", "instant", "", "2018-01-01 00:05:00", "E2107" },
	{ "instant", "instant", "", "0001-01-01T00:00:00+01:00", "E2107" },
	{ ZONE("UTC"), "instant", "", "infinity", "E2107" },
	{ ZONE("UTC"), "instant", "", "0000-00-00 00:00:00", "E2107" },
	{ ZONE("UTC"), "instant", "", "2024-02-30 00:00:00", "E2107" },
	{ ZONE("UTC"), "instant", "", "2024-02-00", "E2107" },
	{ ZONE("UTC"), "instant", "", "2024-01-01 24:00:00", "E2107" },
	{ ZONE("UTC"), "instant", "", "2024-01-01 00:00:60", "E2107" },
	{ ZONE("UTC"), "instant", "", "0044-03-15 00:00:00 BC", "E2107" },
	{ ZONE("UTC"), "instant", "", "2018-01-01 00:00:00.1234567", "E2107" },
	{ ZONE("UTC"), "instant", "", "tomorrow", "E2102" },
	{ ZONE("UTC"), "instant", "", "", "E2102" },
	{ "", "instant", "", "2018-01-01T00:05:00.000000Z", "\"2018-01-01T00:05:00.000000Z\"" },
	{ "", "instant", "", "2018-01-01 00:05:00", "E2102" },
	{ "", "instant", "", "2018-01-01T00:05:00Z", "E2102" },
	{ EPOCH("seconds"), "instant", "", "0", "\"1970-01-01T00:00:00.000000Z\"" },
	{ EPOCH("seconds"), "instant", "", "1514764800", "\"2018-01-01T00:00:00.000000Z\"" },
	{ EPOCH("seconds"), "instant", "", "-1", "\"1969-12-31T23:59:59.000000Z\"" },
	{ EPOCH("seconds"), "instant", "", "0001514764800", "\"2018-01-01T00:00:00.000000Z\"" },
	{ EPOCH("seconds"), "instant", "", "253402300799", "\"9999-12-31T23:59:59.000000Z\"" },
	{ EPOCH("seconds"), "instant", "", "253402300800", "E2107" },
	{ EPOCH("seconds"), "instant", "", "-62135596800", "\"0001-01-01T00:00:00.000000Z\"" },
	{ EPOCH("seconds"), "instant", "", "-62135596801", "E2107" },
	{ EPOCH("seconds"), "instant", "", "1514764800000", "E2107" },
	{ EPOCH("seconds"), "instant", "", "99999999999999999999999999", "E2107" },
	{ EPOCH("seconds"), "instant", "", "1514764800.5", "E2107" },
	{ EPOCH("seconds"), "instant", "", "1514764800.0", "E2107" },
	{ EPOCH("seconds"), "instant", "", "1e9", "E2107" },
	{ EPOCH("seconds"), "instant", "", "", "E2102" },
	{ EPOCH("seconds"), "instant", "", "-", "E2102" },
	{ EPOCH("seconds"), "instant", "", " 1", "E2102" },
	{ EPOCH("seconds"), "instant", "", "2018-01-01 00:00:00", "E2102" },
	{ EPOCH("milliseconds"), "instant", "", "-1", "\"1969-12-31T23:59:59.999000Z\"" },
	{ EPOCH("milliseconds"), "instant", "", "1514764800123",
	  "\"2018-01-01T00:00:00.123000Z\"" },
	{ EPOCH("microseconds"), "instant", "", "-62135596800000000",
	  "\"0001-01-01T00:00:00.000000Z\"" },
	{ EPOCH("microseconds"), "instant", "", "253402300799999999",
	  "\"9999-12-31T23:59:59.999999Z\"" },
	{ EPOCH("microseconds"), "instant", "", "253402300800000000", "E2107" },
	{ CLOCKS("earlier"), "instant", "", "2005-10-30 01:30:00",
	  "\"2005-10-30T00:30:00.000000Z\"" },
	{ CLOCKS("later"), "instant", "", "2005-10-30 01:30:00",
	  "\"2005-10-30T01:30:00.000000Z\"" },
	{ CLOCKS("later"), "instant", "", "2005-07-01 12:00:00",
	  "\"2005-07-01T11:00:00.000000Z\"" },
	{ CLOCKS("later"), "instant", "", "2005-03-27 01:30:00", "E2108" },
	{ "instant { zone = 'Europe/London', skipped = 'forward' }", "instant", "",
	  "2005-03-27 01:30:00", "\"2005-03-27T01:30:00.000000Z\"" },
	{ "instant { zone = 'Europe/London', skipped = 'forward' }", "instant", "",
	  "2005-10-30 01:30:00", "E2108" },
	{ "instant { zone = 'Australia/Lord_Howe', ambiguous = 'later' }", "instant", "",
	  "2024-04-07 01:45:00", "\"2024-04-06T15:15:00.000000Z\"" },
	{ "int", "instant", "", "1514764800", "E2102" },

	{ "date", "date", "", "2018-01-31", "\"2018-01-31\"" },
	{ "", "date", "", "2018-01-31", "\"2018-01-31\"" },
	{ "date", "date", "", "2018-02-30", "E2107" },
	{ "date", "date", "", "20180131", "E2102" },
	{ "", "date", "", "2018-02-30", "E2107" },
	{ "date", "date", "", "2018-01-31 00:00:00", "E2102" },
	{ "", "date", "", "31.01.2018", "E2102" },

	{ "", "enum", "'A', 'B'", "A", "\"A\"" },
	{ "", "enum", "'A', 'B'", "a", "E2104" },
	{ "", "enum", "'A', 'B', fold = upper", "b", "\"B\"" },
	{ "", "enum", "'A', 'B', lookup = { x = 'A' }", "x", "\"A\"" },
	{ "", "enum", "'A', 'B', lookup = { x = 'A' }", "A", "E2103" },
	{ "", "enum", "'A', 'B'", "", "E2104" },
	{ "", "enum", "'A', 'B', optional = true", "\1", "-" },
};

ParameterizedTestParameters(derive_fields, are_converted_exactly_or_not_at_all)
{
	return cr_make_param_array(struct conversion, conversions,
				   sizeof(conversions) / sizeof(conversions[0]));
}

ParameterizedTest(struct conversion *c, derive_fields, are_converted_exactly_or_not_at_all,
		  .timeout = 20)
{
	bool is_absent = strcmp(c->expected, "-") == 0;
	char field[300], types[120], expected[120];

	snprintf(field, sizeof(field), "v = %s { from = 'c', %s }", c->kind, c->options);
	snprintf(types, sizeof(types), "%s%s", c->type[0] ? "c = " : "", c->type);
	rule_open(&(struct rule){ .types = types, .fields = field });
	given("root", 0, "c", c->value[0] == '\1' ? NULL : c->value);
	if (c->expected[0] == 'E') {
		expect_reject("v", c->expected);
		return;
	}
	snprintf(expected, sizeof(expected), "{\"jobId\":\"job_7\"%s%s}",
		 is_absent ? "" : ",\"v\":", is_absent ? "" : c->expected);
	expect_body(expected);
}

/* What a function may return for a field of each type. */
struct computed {
	char kind[24];
	char options[40];
	char returns[100];
	char expected[60];
};

static struct computed computed[] = {
	{ "text", "", "'x'", "\"x\"" },
	{ "text", "", "1", "E2114" },
	{ "text", "", "exact '1'", "E2114" },
	{ "text", "", "true", "E2114" },
	{ "text", "", "{}", "E2114" },
	{ "text", "", "nil", "E2101" },
	{ "text", "", "function() end", "E2114" },
	{ "text", "", "'\\255'", "E2106" },
	{ "text", "", "'a\\0b'", "E2106" },
	{ "integer", "", "42", "42" },
	{ "integer", "", "-0", "0" },
	{ "integer", "", "0.5", "E2114" },
	{ "integer", "", "0/0", "E2114" },
	{ "integer", "", "1/0", "E2114" },
	{ "integer", "", "9007199254740991 + 1", "E2114" },
	{ "integer", "", "9007199254740991", "9007199254740991" },
	{ "integer", "", "'42'", "42" },
	{ "integer", "", "exact '42.0'", "42" },
	{ "integer", "", "exact '42.5'", "E2114" },
	{ "integer", "", "sum({})", "0" },
	{ "bigint", "", "42", "\"42\"" },
	{ "decimal", "6, 2", "7", "\"7.00\"" },
	{ "decimal", "6, 2", "0.5", "E2114" },
	{ "decimal", "6, 2", "'0.5'", "\"0.50\"" },
	{ "decimal", "6, 2", "exact '1.25' + exact '1'", "\"2.25\"" },
	{ "decimal", "6, 2", "exact '1.255'", "E2105" },
	{ "boolean", "", "1 < 2", "true" },
	{ "boolean", "", "nil", "E2101" },
	{ "boolean", "", "'true'", "E2102" },
	{ "boolean", "", "1", "E2114" },
	{ "boolean", "", "false", "false" },
	{ "instant", "", "'2018-01-01T00:00:00.000000Z'", "\"2018-01-01T00:00:00.000000Z\"" },
	{ "instant", "", "'2018-02-30T00:00:00.000000Z'", "E2102" },
	{ "instant", "", "0", "E2114" },
	{ "date", "", "'2018-01-01'", "\"2018-01-01\"" },
	{ "enum", "'A'", "'A'", "\"A\"" },
	{ "enum", "'A'", "'B'", "E2104" },
	{ "enum", "'A'", "1", "E2114" },
};

ParameterizedTestParameters(derive_fields, take_from_functions_only_what_they_can_hold)
{
	return cr_make_param_array(struct computed, computed,
				   sizeof(computed) / sizeof(computed[0]));
}

ParameterizedTest(struct computed *c, derive_fields, take_from_functions_only_what_they_can_hold,
		  .timeout = 20)
{
	char field[300], expected[120];

	snprintf(field, sizeof(field), "v = %s { from = 'c', by = function(c) return %s end, %s }",
		 c->kind, c->returns, c->options);
	rule_open(&(struct rule){ .fields = field });
	given("root", 0, "c", "c");
	if (c->expected[0] == 'E') {
		expect_reject("v", c->expected);
		return;
	}
	snprintf(expected, sizeof(expected), "{\"jobId\":\"job_7\",\"v\":%s}", c->expected);
	expect_body(expected);
}

Test(derive_fields, know_which_texts_mean_null)
{
	rule_open(&(struct rule){ .root = "null = { '', '-', 'N/A' }",
				  .types = "n = int",
				  .fields = "a = text { from = 'a', optional = true },"
					    "b = text { from = 'b', optional = true },"
					    "n = integer { from = 'n', optional = true }" });
	given("root", 0, "a", "-");
	given("root", 0, "b", "N/A ");
	given("root", 0, "n", "");
	expect_body("{\"b\":\"N/A \",\"jobId\":\"job_7\"}");
}

Test(derive_fields, refuse_binary_and_cut_cells_where_text_is_meant)
{
	rule_open(&(struct rule){ .fields = "a = text { from = 'a' }" });
	given_cell("root", 0, "a",
		   (struct cell){ .data = "\x01\x02", .size = 2, .kind = CELL_BYTES });
	expect_reject("a", "E2102");
	cr_assert_not_null(strstr(body(), "binary"), "%s", body());
}

Test(derive_fields, name_the_size_of_a_cut_value)
{
	static char kept[CELL_KEPT_BYTES];

	rule_open(&(struct rule){ .fields = "a = text { from = 'a' }" });
	memset(kept, 'x', sizeof(kept));
	given_cell("root", 0, "a",
		   (struct cell){ .data = kept, .size = 5000000, .kind = CELL_CUT });
	expect_reject("a", "E2109");
	cr_assert_not_null(strstr(body(), "5000000"), "%s", body());
	cr_assert_eq(fault_of("a")->saw_size, 5000000);
	cr_assert_eq(fault_of("a")->saw.size, CELL_KEPT_BYTES);
}

Test(derive_fields, look_only_at_columns_that_are_used)
{
	rule_open(&(struct rule){ .types = "at = instant { zone = 'UTC' }",
				  .fields = "a = text { from = 'a' },"
					    "b = text { optional = true, from = { 'a', 'at' },"
					    "           by = function(a, at) return at end }" });
	given("root", 0, "a", "x");
	given("root", 0, "at", "nonsense");
	expect_reject("b", "E2102");
	rule_close();
	rule_open(&(struct rule){ .types = "at = instant { zone = 'UTC' }",
				  .fields = "a = text { from = 'a' }" });
	given("root", 0, "a", "x");
	given("root", 0, "at", "nonsense");
	expect_body("{\"a\":\"x\",\"jobId\":\"job_7\"}");
}

Test(derive_fields, say_what_was_seen_and_what_may_have_been_meant)
{
	const struct fault *fault;

	rule_open(&(struct rule){
	    .before = "local STATE = {\n  PICKED_UP = 'IN_PROGRESS', DONE = 'DONE' }",
	    .fields = "state = enum { 'IN_PROGRESS', 'DONE', from = 's', lookup = STATE }" });
	given("root", 0, "s", "PICKED UP");
	expect_reject("state", "E2103");
	fault = fault_of("state");
	cr_assert(span_equal_text(fault->message, "no mapping for \"PICKED UP\""), "%s", body());
	cr_assert(span_equal_text(fault->where, "job.state"), "%s", body());
	cr_assert(span_equal_text(fault->nearest, "PICKED_UP"), "%.*s", SPAN_ARGS(fault->nearest));
	cr_assert(span_equal_text(fault->saw, "PICKED UP"));
	cr_assert_eq(fault->saw_kind, SAW_TEXT);
	cr_assert_eq(fault->saw_size, 9);
	cr_assert_not_null(
	    strstr(fault->help.data, "[\"PICKED UP\"] = \"IN_PROGRESS\",   to STATE (line 1)"),
	    "%s", fault->help.data);
	cr_assert_str_eq(fault->file, fx.path);
	cr_assert_gt(fault->line, 2);
	cr_assert_not_null(strstr(fault->why.data, "nothing was guessed"));
}

Test(derive_fields, find_nothing_near_when_nothing_is)
{
	rule_open(&(struct rule){ .fields = "s = enum { 'CREATED', 'DONE', from = 's' }" });
	given("root", 0, "s", "ON_HOLD");
	expect_reject("s", "E2104");
	cr_assert_null(fault_of("s")->nearest.data);
	given("root", 0, "s", "created");
	expect_reject("s", "E2104");
	cr_assert(span_equal_text(fault_of("s")->nearest, "CREATED"));
}

Test(derive_fields, keep_messages_on_one_line)
{
	rule_open(&(struct rule){ .fields = "s = enum { 'A', from = 's' }" });
	given("root", 0, "s", "x\ny\x1b[31m\r");
	expect_reject("s", "E2104");
	cr_assert_null(strpbrk(body(), "\n\r\x1b"), "%s", body());
}

Test(derive_fields, make_ids_that_can_be_turned_back)
{
	rule_open_text(
	    "return migration { version = 'v1', system = 's', entity 'job' {\n"
	    "source = { root = table 't' { key = { 'a', 'b' }, types = { b = int } } },\n"
	    "fields = { jobId = id { from = { 'a', 'b' }, prefix = 'job_', fold = lower } } } }");
	given("root", 0, "a", "50%~X");
	given("root", 0, "b", "007");
	expect_body("{\"jobId\":\"job_50%25%7Ex~7\"}");
	cr_assert(span_equal_text(fx.outcome.id, "job_50%25%7Ex~7"));
	given("root", 0, "a", NULL);
	expect_reject("jobId", "E2101");
	given("root", 0, "a", "\xff");
	expect_reject("jobId", "E2106");
}

Test(derive_fields, write_references_like_the_ids_they_point_at)
{
	rule_open_text(
	    "return migration { version = 'v1', system = 's',\n"
	    "entity 'customer' { source = { root = table 'c' { key = 'id' } },\n"
	    "  fields = { customerId = id { from = 'id', prefix = 'cus_', fold = lower } } },\n"
	    "entity 'job' { source = { root = table 'j' { key = 'id' } },\n"
	    "  fields = { jobId = id { from = 'id', prefix = 'job_' },\n"
	    "             customer = ref 'customer' { from = 'customer_id', optional = true } } } "
	    "}");
	fx.entity = &rule_host_migration(fx.host)->entities[1];
	cr_assert_str_eq(fx.entity->name, "job");
	given_nothing();
	given("root", 0, "customer_id", "A~1");
	cr_assert(rule_host_derive(fx.host, 1, &fx.row, &fx.arena, &fx.outcome, &fx.err), "%s",
		  fx.err.text);
	cr_assert_str_eq(body(), "{\"customer\":\"cus_a%7E1\",\"jobId\":\"job_7\"}");
	given("root", 0, "customer_id", NULL);
	cr_assert(rule_host_derive(fx.host, 1, &fx.row, &fx.arena, &fx.outcome, &fx.err));
	cr_assert_str_eq(body(), "{\"jobId\":\"job_7\"}");
}

/* ---- maps and lists ---- */

static void open_map(void)
{
	rule_open(&(struct rule){
	    .fields = "m = map { from = 'meta', key = function(m) return lower(trim(m.k)) end,\n"
		      "          value = function(m) return trim(m.v) end }" });
}

Test(derive_fields, sort_maps_and_leave_out_pairs_without_a_value)
{
	open_map();
	expect_body("{\"jobId\":\"job_7\",\"m\":{}}");
	given("meta", 0, "k", " Region ");
	given("meta", 0, "v", "eu-west-1 ");
	given("meta", 1, "k", "Z\"");
	given("meta", 1, "v", "");
	given("meta", 2, "k", "a");
	given("meta", 2, "v", NULL);
	given("meta", 3, "k", "\xf0\x90\x80\x80");
	given("meta", 3, "v", "1");
	given("meta", 4, "k", "\xef\xbf\xbd");
	given("meta", 4, "v", "2");
	/* UTF-16 order: U+10000 (a surrogate pair) comes before U+FFFD. */
	expect_body("{\"jobId\":\"job_7\",\"m\":{\"region\":\"eu-west-1\",\"z\\\"\":\"\","
		    "\"\xf0\x90\x80\x80\":\"1\",\"\xef\xbf\xbd\":\"2\"}}");
}

Test(derive_fields, reject_maps_whose_keys_are_missing_or_become_one)
{
	open_map();
	given("meta", 0, "k", "Region");
	given("meta", 0, "v", "1");
	given("meta", 1, "k", " region");
	given("meta", 1, "v", "2");
	expect_reject("m", "E2110");
	cr_assert(span_equal_text(fault_of("m")->saw, "region"));
	given("meta", 1, "k", NULL);
	expect_reject("m", "E2101");
	given("meta", 1, "k", "\xff");
	expect_reject("m", "E2106");
}

Test(derive_fields, sort_large_maps_too)
{
	static char keys[FIXTURE_ROWS][8];
	const char *text;

	open_map();
	for (uint32_t i = 0; i < FIXTURE_ROWS; i++) {
		snprintf(keys[i], sizeof(keys[i]), "k%03u", (unsigned)(i * 7919 % FIXTURE_ROWS));
		given("meta", i, "k", keys[i]);
		given("meta", i, "v", "v");
	}
	derive();
	cr_assert_eq(fx.outcome.kind, OUTCOME_RECORD, "%s", body());
	text = body();
	for (int i = 0; i < FIXTURE_ROWS; i++) {
		char key[16];

		snprintf(key, sizeof(key), "\"k%03d\"", i);
		text = strstr(text, key);
		cr_assert_not_null(text, "%s is not behind the one before it", key);
	}
}

Test(derive_fields, list_each_child_in_order)
{
	rule_open(&(struct rule){
	    .fields =
		"history = list { from = 'events', each = {\n"
		"  zeta = text { from = field 'kind', by = function(kind) return kind .. '!' end "
		"},\n"
		"  kind = text { from = 'kind' }, at = instant { from = 'at', optional = true },\n"
		"  job = text { from = 'root.id' } } }" });
	expect_body("{\"history\":[],\"jobId\":\"job_7\"}");
	given("events", 0, "kind", "a");
	given("events", 1, "kind", "b");
	given("events", 1, "at", "2018-01-01 00:00:00");
	expect_body("{\"history\":[{\"job\":\"7\",\"kind\":\"a\",\"zeta\":\"a!\"},"
		    "{\"at\":\"2018-01-01T00:00:00.000000Z\",\"job\":\"7\",\"kind\":\"b\",\"zeta\":"
		    "\"b!\"}],"
		    "\"jobId\":\"job_7\"}");
}

Test(derive_fields, report_every_broken_element_of_a_list)
{
	rule_open(&(struct rule){
	    .fields = "history = list { from = 'events', each = {\n"
		      "kind = text { from = 'kind' }, at = instant { from = 'at' } } }" });
	given("events", 0, "kind", NULL);
	given("events", 0, "at", "never");
	given("events", 1, "kind", "b");
	given("events", 1, "at", "2018-02-30");
	derive();
	cr_assert_eq(fx.outcome.fault_count, 3, "%s", body());
	cr_assert_not_null(strstr(body(), "E2102 job.history[1].at"), "%s", body());
	cr_assert_not_null(strstr(body(), "E2101 job.history[1].kind"), "%s", body());
	cr_assert_not_null(strstr(body(), "E2107 job.history[2].at"), "%s", body());
}

Test(derive_fields, count_the_faults_that_are_too_many_to_list)
{
	rule_open(&(struct rule){
	    .fields =
		"history = list { from = 'events', each = { kind = text { from = 'kind' } } }" });
	for (uint32_t i = 0; i < FIXTURE_ROWS; i++)
		given("events", i, "kind", NULL);
	derive();
	cr_assert_eq(fx.outcome.kind, OUTCOME_REJECT);
	cr_assert_eq(fx.outcome.fault_count, 100);
	cr_assert_not_null(strstr(fx.outcome.faults[99].why.data, "200 more"), "%s",
			   fx.outcome.faults[99].why.data);
}

/* ---- references ---- */

static const char *const references =
    "shop = reference 'shops' { key = 'id', from = 'shop_id' },\n"
    "town = reference 'towns' { key = 'id', from = 'shop.town_id' },\n"
    "note = reference 'notes' { key = 'id', from = 'note_id', optional = true },\n"
    "film = reference 'films' { key = 'id', from = 'events.film_id' }";

Test(derive_fields, read_references_of_the_root_and_of_children)
{
	rule_open(&(struct rule){
	    .sources = references,
	    .fields = "shop = text { from = 'shop.name' }, town = text { from = 'town.name' },\n"
		      "note = text { from = 'note.text', optional = true },\n"
		      "films = list { from = 'events', each = { title = text { from = 'film.title' "
		      "} } }" });
	given("root", 0, "shop_id", "3");
	given("shop", 0, "name", "S");
	given("shop", 0, "town_id", "4");
	given("town", 0, "name", "T");
	given_missing("note", 0);
	for (uint32_t i = 0; i < 2; i++) {
		given("events", i, "film_id", "1");
		given("film", i, "title", i ? "two" : "one");
	}
	expect_body("{\"films\":[{\"title\":\"one\"},{\"title\":\"two\"}],\"jobId\":\"job_7\","
		    "\"shop\":\"S\",\"town\":\"T\"}");
}

Test(derive_fields, report_a_missing_reference_once)
{
	rule_open(&(struct rule){
	    .sources = references,
	    .fields = "a = text { from = 'shop.name' }, b = text { from = 'shop.street' },\n"
		      "c = text { from = 'town.name', optional = true },\n"
		      "films = list { from = 'events', each = { title = text { from = 'film.title' "
		      "} } }" });
	given_missing("shop", 0);
	given_missing("town", 0);
	for (uint32_t i = 0; i < 3; i++) {
		given("events", i, "film_id", "1");
		given_missing("film", i);
	}
	derive();
	cr_assert_eq(fx.outcome.fault_count, 2, "%s", body());
	cr_assert_str_eq(code_of("shop"), "E2111", "%s", body());
	cr_assert_str_eq(code_of("film"), "E2111", "%s", body());
}

/* The join compares what legacy wrote, and legacy may well have a row whose key is "-". */
Test(derive_fields, name_the_key_of_a_missing_row)
{
	rule_open(&(struct rule){
	    .sources = "shop = reference 'shops' { key = { 'town', 'no' }, from = { 'shop_town', "
		       "'shop_no' } }",
	    .fields = "a = text { from = 'shop.name' }" });
	given("root", 0, "shop_town", "Ulm\n");
	given("root", 0, "shop_no", "9");
	given_missing("shop", 0);
	expect_reject("shop", "E2111");
	cr_assert_not_null(strstr(body(), "shops has no row with town \"Ulm\\n\" and no \"9\""),
			   "%s", body());
}

Test(derive_fields, point_at_nothing_by_a_text_that_means_null)
{
	rule_open(&(struct rule){
	    .root = "null = { '-' }",
	    .sources =
		"shop = reference 'shops' { key = 'id', from = 'shop_id', optional = true },\n"
		"town = reference 'towns' { key = 'id', from = 'shop.town_id' },\n"
		"note = reference 'notes' { key = 'id', from = 'note_id' }",
	    .fields =
		"shop = text { from = 'shop.name', optional = true },\n"
		"town = text { from = 'town.name', optional = true },\n"
		"note = text { from = 'note.text', optional = true },\n"
		"whole = boolean { from = 'shop', by = function(shop) return shop ~= nil end }" });
	given("root", 0, "shop_id", "-");
	given("shop", 0, "name", "the shop whose key is a dash");
	given("shop", 0, "town_id", "4");
	given("town", 0, "name", "T");
	given("root", 0, "note_id", "5");
	given("note", 0, "text", "N");
	expect_body("{\"jobId\":\"job_7\",\"note\":\"N\",\"whole\":false}");
	given("root", 0, "note_id", "-");
	expect_reject("note", "E2111");
	cr_assert_not_null(strstr(body(), "note_id is NULL and points at no row of notes"), "%s",
			   body());
}

Test(derive_fields, leave_a_missing_reference_alone_when_nothing_uses_it)
{
	rule_open(&(struct rule){ .sources = references, .fields = "a = text { from = 'a' }" });
	given("root", 0, "a", "x");
	expect_body("{\"a\":\"x\",\"jobId\":\"job_7\"}");
}
