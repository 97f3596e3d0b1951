/*
 * test_derive_objects.c: bytes, and objects made of fields.
 */
#include <criterion/criterion.h>

#include "tests/rules/derive_fixture.h"

TestSuite(derive_objects, .fini = rule_close, .timeout = 20);

/* ---- bytes ---- */

static void given_bytes(const char *column, struct span bytes)
{
	given_cell(
	    "root", 0, column,
	    (struct cell){ .data = bytes.data, .size = (uint32_t)bytes.size, .kind = CELL_BYTES });
}

Test(derive_objects, bytes_are_base64)
{
	rule_open(&(struct rule){ .types = "a = bytes, b = bytes",
				  .fields = "a = bytes { from = 'a' },"
					    "b = bytes { from = 'b', optional = true }" });
	given_bytes("a", SPAN("\x00\xff\xfe\x80"));
	expect_body("{\"a\":\"AP/+gA==\",\"jobId\":\"job_7\"}");
	given_bytes("a", SPAN(""));
	given_bytes("b", SPAN("f"));
	expect_body("{\"a\":\"\",\"b\":\"Zg==\",\"jobId\":\"job_7\"}");
	given("root", 0, "a", "not \xff utf-8");
	given("root", 0, "b", NULL);
	expect_body("{\"a\":\"bm90IP8gdXRmLTg=\",\"jobId\":\"job_7\"}");
}

Test(derive_objects, bytes_are_bytes_and_nothing_else)
{
	rule_open(&(struct rule){ .types = "b = bytes, n = int",
				  .fields = "a = bytes { optional = true, from = 'a' },"
					    "b = text { optional = true, from = 'b' },"
					    "n = bytes { optional = true, from = 'n' }" });
	given("root", 0, "a", "Zg==");
	expect_reject("a", "E2102");
	given_nothing();
	given_bytes("b", SPAN("plain"));
	expect_reject("b", "E2102");
	given_nothing();
	given("root", 0, "n", "7");
	expect_reject("n", "E2102");
}

Test(derive_objects, functions_see_bytes_as_they_are)
{
	rule_open(&(struct rule){
	    .types = "a = bytes",
	    .fields = "a = bytes { from = 'a', by = function(a) return a .. '\\255' end },"
		      "t = text { from = 'a', by = function(a) return a end }",
	    .more = "invariants = { i = function(job) return job.a == job.t .. '\\255' end }" });
	given_bytes("a", SPAN("xy"));
	expect_body("{\"a\":\"eHn/\",\"jobId\":\"job_7\",\"t\":\"xy\"}");
	given_bytes("a", SPAN("x\xff"));
	expect_reject("t", "E2106");
}

Test(derive_objects, cut_bytes_are_refused)
{
	static char kept[CELL_KEPT_BYTES + sizeof(struct digest)];

	rule_open(&(struct rule){ .types = "a = bytes", .fields = "a = bytes { from = 'a' }" });
	given_cell("root", 0, "a",
		   (struct cell){ .data = kept, .size = 5000000, .kind = CELL_CUT });
	expect_reject("a", "E2109");
}

/* ---- objects ---- */

static const char address[] = "address = { street = text { from = 'street', optional = true },"
			      " city = text { from = 'city', fold = trim, optional = true },"
			      " geo = { lat = decimal { 9, 6, from = 'lat', optional = true } } }";

Test(derive_objects, are_made_of_fields)
{
	rule_open(&(struct rule){ .fields = address });
	given("root", 0, "street", "1 High St");
	given("root", 0, "city", " York ");
	given("root", 0, "lat", "53.96");
	expect_body("{\"address\":{\"city\":\"York\",\"geo\":{\"lat\":\"53.960000\"},"
		    "\"street\":\"1 High St\"},\"jobId\":\"job_7\"}");
}

Test(derive_objects, are_there_even_when_nothing_is_in_them)
{
	rule_open(&(struct rule){ .fields = address });
	expect_body("{\"address\":{\"geo\":{}},\"jobId\":\"job_7\"}");
}

Test(derive_objects, are_rejected_by_their_members)
{
	rule_open(&(struct rule){ .fields = "address = { street = text { from = 'street' },"
					    " geo = { lat = decimal { 4, 2, from = 'lat' } } }" });
	given("root", 0, "street", "x");
	given("root", 0, "lat", "north");
	expect_reject("address", "E2102");
	cr_assert(span_equal_text(fault_of("address")->where, "job.address.geo.lat"), "%s", body());
	given("root", 0, "street", NULL);
	derive();
	cr_assert_eq(fx.outcome.fault_count, 2, "%s", body());
}

Test(derive_objects, stand_inside_each)
{
	rule_open(&(struct rule){
	    .fields =
		"history = list { from = 'events', each = { at = instant { from = 'at' },"
		" who = { name = text { from = 'name' },"
		"         big = text { from = field 'at', by = function(at) return at end } } } }",
	    .more = "invariants = { i = function(job) return #job.history == 0 or"
		    " job.history[#job.history].who.name == 'b' and job.history[1].who.big == "
		    "job.history[1].at end }" });
	given("events", 0, "at", "2018-01-01 00:00:00");
	given("events", 0, "name", "a");
	given("events", 1, "at", "2018-01-02 00:00:00");
	given("events", 1, "name", "b");
	expect_body("{\"history\":[{\"at\":\"2018-01-01T00:00:00.000000Z\",\"who\":{\"big\":"
		    "\"2018-01-01T00:00:00.000000Z\",\"name\":\"a\"}},"
		    "{\"at\":\"2018-01-02T00:00:00.000000Z\",\"who\":{\"big\":"
		    "\"2018-01-02T00:00:00.000000Z\",\"name\":\"b\"}}],\"jobId\":\"job_7\"}");
	given("events", 1, "name", NULL);
	expect_reject("history", "E2101");
	cr_assert(span_equal_text(fault_of("history")->where, "job.history[2].who.name"), "%s",
		  body());
}

Test(derive_objects, name_fields_around_them_and_are_named)
{
	rule_open(&(struct rule){
	    .fields = "a = text { from = 'a' },"
		      "o = { b = text { from = { field 'a', field 'c' }, by = function(a, c) "
		      "return a .. c "
		      "end },"
		      "      c = text { from = 'c' },"
		      "      p = { d = text { from = { field 'a', field 'b', field 'd2' },"
		      "             by = function(a, b, d) return a .. b .. d end },"
		      "            d2 = text { from = 'd' } } },"
		      "z = text { from = field 'o', by = function(o) return o.b .. o.p.d end }" });
	given("root", 0, "a", "A");
	given("root", 0, "c", "C");
	given("root", 0, "d", "D");
	expect_body("{\"a\":\"A\",\"jobId\":\"job_7\",\"o\":{\"b\":\"AC\",\"c\":\"C\",\"p\":{\"d\":"
		    "\"AACD\",\"d2\":\"D\"}},\"z\":\"ACAACD\"}");
}

Test(derive_objects, rest_on_decisions)
{
	rule_open(&(struct rule){
	    .fields = "o = { a = text { from = 'a', optional = true, decision = 'd' },"
		      "      p = { b = text { from = 'b', optional = true, decision = 'e' } } }",
	    .more = "decisions = {"
		    " d = { question = '?', options = { x = 'x' }, choice = 'x' },"
		    " e = { question = '?', options = { x = 'x' }, choice = 'x' } }" });
	given("root", 0, "b", "1");
	derive();
	cr_assert_eq(fx.outcome.decisions, 2, "%s", body());
	given("root", 0, "a", "1");
	derive();
	cr_assert_eq(fx.outcome.decisions, 3, "%s", body());
}

/* Results of deep objects lie behind those of their scope, for each of many elements. */
Test(derive_objects, keep_the_elements_of_long_lists_apart)
{
	rule_open(&(struct rule){
	    .fields = "history = list { from = 'events', each = {"
		      " a = { b = { c = { seq = integer { from = 'seq' } } } },"
		      " z = { seq = integer { from = 'seq' } } } },"
		      "total = integer { from = field 'history', by = function(h)"
		      " return sum(h, function(x) return x.a.b.c.seq - x.z.seq end) end }",
	});
	for (uint32_t i = 0; i < 50; i++)
		given("events", i, "seq", arena_print(&fx.arena, "%u", i).data);
	derive();
	cr_assert_not_null(strstr(body(), "\"total\":0}"), "%s", body());
	cr_assert_not_null(
	    strstr(body(), "{\"a\":{\"b\":{\"c\":{\"seq\":49}}},\"z\":{\"seq\":49}}"), "%s",
	    body());
}
