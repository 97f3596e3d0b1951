/*
 * test_masks.c: a masked value is in the record, and in nothing that is said about it.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "engine/model/mask.h"
#include "tests/rules/derive_fixture.h"
#include "tests/rules/load_fixture.h"

TestSuite(masks, .fini = rule_close, .timeout = 30);

static bool holds(struct span text, const char *secret)
{
	return text.size > 0 && memmem(text.data, text.size, secret, strlen(secret));
}

static void expect_silence(const char *secret)
{
	struct buf json;

	buf_init(&json);
	fault_put_json(&json, fx.outcome.faults,
		       fx.outcome.kind == OUTCOME_REJECT ? fx.outcome.fault_count : 0);
	cr_expect_not(holds(buf_span(&json), secret), "%s", json.data);
	buf_release(&json);
	for (size_t i = 0; fx.outcome.kind == OUTCOME_REJECT && i < fx.outcome.fault_count; i++) {
		const struct fault *fault = &fx.outcome.faults[i];
		const struct span parts[] = { fault->message, fault->saw,  fault->nearest,
					      fault->why,     fault->help, fault->where };

		for (size_t p = 0; p < sizeof(parts) / sizeof(parts[0]); p++)
			cr_expect_not(holds(parts[p], secret), "%.*s", SPAN_ARGS(parts[p]));
	}
	if (fx.outcome.kind == OUTCOME_SKIP)
		cr_expect_not(holds(fx.outcome.skip_text, secret), "%.*s",
			      SPAN_ARGS(fx.outcome.skip_text));
}

#define SECRET "S3CR3T"

/* The column c holds the secret; every one of these ends in a reject or a skip. */
struct leak {
	char types[80];
	char fields[300];
	char more[200];
	char value[60];
};

static struct leak leaks[] = {
	{ "", "v = integer { from = 'c', mask = true }", "", SECRET },
	{ "c = int", "v = integer { from = 'c', mask = true }", "", SECRET },
	{ "c = decimal", "v = decimal { 4, 2, from = 'c', mask = true }", "", SECRET },
	{ "", "v = decimal { 4, 2, from = 'c', mask = true }", "", SECRET },
	{ "c = boolean", "v = boolean { from = 'c', mask = true }", "", SECRET },
	{ "c = date", "v = date { from = 'c', mask = true }", "", SECRET },
	{ "c = instant", "v = instant { from = 'c', mask = true }", "", SECRET },
	{ "c = instant { epoch = 'seconds' }", "v = instant { from = 'c', mask = true }", "",
	  SECRET },
	{ "", "v = bytes { from = 'c', mask = true }", "", SECRET },
	{ "", "v = text { from = 'c', mask = true }", "", SECRET "\xff" },
	{ "", "v = text { from = 'c', mask = true, lookup = { S3CR3TT = 'x', S3CR3U = 'y' } }", "",
	  SECRET },
	{ "", "v = enum { 'S3CR3TT', from = 'c', mask = true }", "", SECRET },
	{ "", "v = text { from = 'c', mask = true, by = function(c) return reject(c) end }", "",
	  SECRET },
	{ "", "v = text { from = 'c', mask = true, by = function(c) return nothing(c) end }", "",
	  SECRET },
	{ "", "v = integer { from = 'c', mask = true, by = function(c) return int(c) end }", "",
	  SECRET },
	{ "", "v = text { from = 'c', mask = true, by = function(c) return exact(c) end }", "",
	  SECRET },
	{ "", "v = text { from = 'c', mask = true, by = function(c) return skip(c) end }", "",
	  SECRET },
	{ "", "v = text { from = 'c', mask = true, fold = function(c) return reject(c) end }", "",
	  SECRET },
	/* others that read the same column, or the field */
	{ "", "v = text { from = 'c', mask = true }, w = integer { from = 'c' }", "", SECRET },
	{ "", "v = text { from = 'c', mask = true }, w = integer { from = field 'v' }", "",
	  SECRET },
	{ "",
	  "v = text { from = 'c', mask = true }, w = text { from = field 'v' },"
	  " x = integer { from = field 'w' }",
	  "", SECRET },
	{ "",
	  "v = text { from = 'c', mask = true },"
	  " w = text { from = 'root', by = function(row) return reject(row.c) end }",
	  "", SECRET },
	{ "",
	  "o = { v = text { from = 'c', mask = true } },"
	  " w = text { from = field 'o', by = function(o) return reject(o.v) end }",
	  "", SECRET },
	{ "", "o = { v = integer { from = 'c', mask = true } }", "", SECRET },
	{ "", "v = text { from = 'c', mask = true }",
	  "invariants = { i = function(job) return reject(job.v) end }", SECRET },
	{ "", "v = text { from = 'c', mask = true }",
	  "skip_when = { s = { from = 'c', by = function(c) return skip(c) end } }", SECRET },
	{ "", "v = text { from = 'c', mask = true }",
	  "reject_when = { s = { from = 'c', by = function(c) return reject(c) end } }", SECRET },
	{ "d = instant { zone = { from = 'c' } }",
	  "v = text { from = 'c', mask = true }, w = instant { from = 'd' }", "", SECRET },
	{ "d = instant { zone = { from = 'c', lookup = { S3CR3TT = 'UTC' } } }",
	  "v = text { from = 'c', mask = true }, w = instant { from = 'd' }", "", SECRET },
};

ParameterizedTestParameters(masks, keep_values_out_of_faults)
{
	return cr_make_param_array(struct leak, leaks, sizeof(leaks) / sizeof(leaks[0]));
}

ParameterizedTest(struct leak *leak, masks, keep_values_out_of_faults)
{
	rule_open(
	    &(struct rule){ .before = "local function nothing(c) local t = {} return t[c] .. c end",
			    .types = leak->types,
			    .fields = leak->fields,
			    .more = leak->more });
	given("root", 0, "c", leak->value);
	given("root", 0, "d", "2018-01-01 00:00:00");
	derive();
	cr_assert_neq(fx.outcome.kind, OUTCOME_RECORD, "%s", body());
	expect_silence(SECRET);
	expect_silence("S3CR3");
	if (fx.outcome.kind == OUTCOME_REJECT)
		cr_assert_not_null(strstr(fx.outcome.faults[0].code, "E2"));
}

Test(masks, stand_as_hashes_that_tell_equal_from_different)
{
	struct buf mask;

	rule_open(&(struct rule){ .fields = "v = integer { from = 'c', mask = true }" });
	given("root", 0, "c", SECRET);
	expect_reject("v", "E2102");
	buf_init(&mask);
	mask_put(&mask, SPAN(SECRET));
	cr_assert_eq(mask.size, strlen("masked:1a2b3c4d"));
	cr_assert(span_equal(fault_of("v")->saw, buf_span(&mask)), "%.*s",
		  SPAN_ARGS(fault_of("v")->saw));
	cr_assert(holds(fault_of("v")->message, mask.data), "%s", body());
	buf_release(&mask);
}

Test(masks, leave_the_record_and_other_fields_alone)
{
	rule_open(&(struct rule){ .fields = "v = text { from = 'c', mask = true, critical = true },"
					    "w = integer { from = 'd' }" });
	given("root", 0, "c", SECRET);
	given("root", 0, "d", "7");
	expect_body("{\"jobId\":\"job_7\",\"v\":\"S3CR3T\",\"w\":7}");
	given("root", 0, "d", "seven");
	expect_reject("w", "E2102");
	cr_assert(span_equal_text(fault_of("w")->saw, "seven"));
}

Test(masks, reach_maps_and_lists)
{
	rule_open(&(struct rule){
	    .fields = "m = map { from = 'meta', mask = true, key = function(r) return r.k end,"
		      " value = function(r) return r.v end },"
		      "h = list { from = 'events', each = { n = integer { from = 'n', mask = true "
		      "} } }" });
	given("meta", 0, "k", SECRET);
	given("meta", 1, "k", SECRET);
	given("events", 0, "n", SECRET);
	derive();
	cr_assert_eq(fx.outcome.fault_count, 2, "%s", body());
	expect_silence(SECRET);
}

Test(masks, are_told_to_those_who_report)
{
	const struct field_info *fields;
	const struct source *sources;

	rule_open(&(struct rule){
	    .fields = "a = text { from = 'a', mask = true, optional = true },"
		      "b = enum { 'x', from = 'b', critical = true, optional = true },"
		      "e = enum { 'x', from = 'e', mask = true, optional = true },"
		      "o = { p = text { from = 'p', mask = true, optional = true } }" });
	fields = fx.entity->fields;
	sources = fx.entity->sources.sources;
	cr_assert_str_eq(fields[0].name, "a");
	cr_assert(fields[0].is_masked && !fields[0].is_critical);
	cr_assert(fields[1].is_critical && !fields[1].is_masked);
	cr_assert_not(fields[4].is_masked);
	cr_assert_eq(fields[4].member_count, 1);
	cr_assert(fields[4].members[0].is_masked);
	cr_assert_eq(fx.entity->enum_count, 1, "records are not counted by masked values");
	cr_assert_str_eq(fx.entity->enums[0].field, "b");
	for (int i = 0; i < sources[0].column_count; i++)
		cr_assert_eq(sources[0].masked[i], strchr("aep", sources[0].columns[i][0]) != NULL,
			     "%s", sources[0].columns[i]);
	cr_assert_null(sources[1].masked);
}

/* ---- loading ---- */

TestSuite(masks_loaded, .init = load_begin, .fini = load_end, .timeout = 30);

Test(masks_loaded, cannot_hide_what_names_rows)
{
	cr_assert_not(load_parts("", " x = text { from = \"id\", mask = true }", ""));
	cr_assert(load_has_fault("E1004", 7, "\"id\" is a key of root"), "%s", load_faults_text());
	cr_assert_not(
	    load_text("return migration { version = \"v1\", system = \"s\",\n"
		      " entity \"job\" { source = { root = table \"t\" { key = \"id\" } },\n"
		      " fields = {\n jobId = id { from = \"id\", mask = true } } } }"));
	cr_assert(load_has_fault("E1004", 4, "an id cannot be masked"), "%s", load_faults_text());
	cr_assert_not(load_parts("",
				 " x = list { from = \"kids\", each = {\n"
				 " n = text { from = \"no\", mask = true } } }",
				 ""));
	cr_assert(load_has_fault("E1004", 8, "\"no\" is a key of kids"), "%s", load_faults_text());
	cr_assert_not(load_parts("", " x = text { from = \"a\", mask = 1 }", ""));
	cr_assert(load_has_fault("E1004", 7, "mask must be a boolean"), "%s", load_faults_text());
}

static struct migration_info info(const char *fields)
{
	struct migration_info copy;

	cr_assert(load_parts("", fields, ""), "%s", load_faults_text());
	copy = *rule_host_migration(loaded.host);
	return copy;
}

static int compare(const struct migration_info *a, const struct migration_info *b)
{
	return (strcmp(a->transform, b->transform) != 0) +
	       2 * (strcmp(a->validation, b->validation) != 0);
}

/* 0: the same; 2: only the validation fingerprint differs. */
Test(masks_loaded, belong_to_the_validation_fingerprint)
{
	struct migration_info plain =
	    info(" x = text { from = \"a\" }, o = { y = text { from = \"b\" } }");
	struct migration_info none =
	    info(" x = text { from = \"a\", mask = false }, o = { y = text { from = \"b\" } }");
	struct migration_info mask =
	    info(" x = text { from = \"a\", mask = true }, o = { y = text { from = \"b\" } }");
	struct migration_info critical =
	    info(" x = text { from = \"a\", critical = true }, o = { y = text { from = \"b\" } }");
	struct migration_info inner =
	    info(" x = text { from = \"a\" }, o = { y = text { from = \"b\", mask = true } }");
	struct migration_info lookup =
	    info(" x = text { from = \"a\", lookup = { mask = \"1\" } }, o = { y = text { from = "
		 "\"b\" } }");
	struct migration_info other =
	    info(" x = text { from = \"a\", lookup = { mask = \"2\" } }, o = { y = text { from = "
		 "\"b\" } }");

	cr_assert_eq(compare(&plain, &none), 0);
	cr_assert_eq(compare(&plain, &mask), 2);
	cr_assert_eq(compare(&plain, &critical), 2);
	cr_assert_eq(compare(&mask, &critical), 2);
	cr_assert_eq(compare(&plain, &inner), 2);
	cr_assert_eq(compare(&mask, &inner), 2);
	cr_assert_eq(compare(&lookup, &other), 1, "a key of a lookup may be named mask");
}
