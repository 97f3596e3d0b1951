/*
 * test_judge.c: a record is asked about its invariants as it stands, and they see what they saw when it was derived.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/json.h"
#include "tests/rules/derive_fixture.h"

TestSuite(judge, .fini = rule_close, .timeout = 120);

static struct record_judgement judgement;

static void judge(struct span record)
{
	cr_assert(rule_host_judge(fx.host, 0, record, &fx.arena, &judgement, &fx.err), "%s",
		  fx.err.text);
	cr_assert_eq(judgement.finding_count, fx.entity->invariant_count);
}

/* "holds", "broken" or the code of what kept it from being told. */
static const char *verdict(const char *name)
{
	for (int i = 0; i < judgement.finding_count; i++) {
		if (strcmp(fx.entity->invariants[i], name) != 0)
			continue;
		if (judgement.findings[i].answer == INVARIANT_HOLDS)
			return "holds";
		if (judgement.findings[i].answer == INVARIANT_BROKEN)
			return "broken";
		return judgement.findings[i].fault.code;
	}
	return "no such invariant";
}

/* ---- every type, and a text of what functions saw of each ---- */

#define DESCRIBE                                                                                 \
	"local function show(v) if v == nil then return 'nil;' end\n"                            \
	"  return type(v) .. ' ' .. tostring(v) .. ';' end\n"                                    \
	"local function document(d) if type(d) ~= 'table' then return show(d) end\n"             \
	"  local text = '{' .. show(d.n) .. show(d.s) .. show(d.b) .. show(d.z) .. show(d.e)\n"  \
	"  if d.l then for _, v in ipairs(d.l) do text = text .. show(v) end end\n"              \
	"  return text .. '}' end\n"                                                             \
	"local function describe(txt, num, big, dec, flag, moment, day, kind, raw, doc, place, " \
	"events, meta, other)\n"                                                                 \
	"  local text = show(txt) .. show(num) .. show(big) .. show(dec) .. show(flag) .. "      \
	"show(moment) .. show(day) .. show(kind) .. show(raw) .. document(doc)\n"                \
	"    .. show(place.city) .. show(place.more.zip) .. show(other)\n"                       \
	"  for i, e in ipairs(events) do text = text .. i .. show(e.kind) .. show(e.qty) .. "    \
	"show(e.price) .. show(e.at) .. show(e.inner.kind) end\n"                                \
	"  return text .. show(meta.a) .. show(meta.b) .. show(meta['']) .. #events end\n"

#define FIELDS                                                                                    \
	"txt = text { from = 'txt', optional = true },\n"                                         \
	"num = integer { from = 'num', optional = true },\n"                                      \
	"big = bigint { from = 'big', optional = true },\n"                                       \
	"dec = decimal { 9, 2, from = 'dec', optional = true, round = 'half_up' },\n"             \
	"flag = boolean { from = 'flag', optional = true },\n"                                    \
	"moment = instant { from = 'moment', optional = true },\n"                                \
	"day = date { from = 'day', optional = true },\n"                                         \
	"kind = enum { 'A', 'B', from = 'kind', fold = upper, optional = true },\n"               \
	"raw = bytes { from = 'raw', optional = true },\n"                                        \
	"doc = json { from = 'doc', optional = true },\n"                                         \
	"place = { city = text { from = 'txt', optional = true },\n"                              \
	"          more = { zip = integer { from = 'num', optional = true } } },\n"               \
	"other = ref 'job' { from = 'txt', optional = true },\n"                                  \
	"events = list { from = 'events', each = { kind = text { from = 'kind', optional = true " \
	"},\n"                                                                                    \
	"  qty = integer { from = 'qty', optional = true }, price = decimal { 6, 2, from = "      \
	"'price', optional = true },\n"                                                           \
	"  at = instant { from = 'at', optional = true },\n"                                      \
	"  inner = { kind = text { from = 'kind', optional = true } } } },\n"                     \
	"meta = map { from = 'meta', key = function(m) return m.k end, value = function(m) "      \
	"return m.v end },\n"                                                                     \
	"seen = text { from = { field 'txt', field 'num', field 'big', field 'dec', field "       \
	"'flag', field 'moment', field 'day', field 'kind', field 'raw', field 'doc', field "     \
	"'place', field 'events', field 'meta', field 'other' }, by = describe },\n"

#define TYPES                                                                                 \
	"num = int, dec = decimal, flag = boolean, moment = instant { zone = 'UTC' }, day = " \
	"date, raw = bytes, doc = json"

#define IS_SAME                                                                                   \
	"['is what it was'] = function(r) return r.seen == describe(r.txt, r.num, r.big, r.dec, " \
	"r.flag, r.moment, r.day, r.kind, r.raw, r.doc, r.place, r.events, r.meta, r.other) "     \
	"end,\n"
#define MAY_BREAK                                                                                \
	"['is not much'] = function(r) return r.dec == nil or r.dec < exact '50' end,\n"         \
	"['is early'] = function(r) return r.moment == nil or r.moment < "                       \
	"'2019-01-01T00:00:00.000000Z' end,\n"                                                   \
	"['says so itself'] = function(r) if r.num == 7 then return reject('seven') end return " \
	"true end,\n"                                                                            \
	"['has few events'] = function(r) return len_of(r.events) < 3 end,\n"
#define LEN_OF "local function len_of(l) return count(l, function() return true end) end\n"

static const struct rule every_type = {
	.before = DESCRIBE, .types = TYPES, .fields = FIELDS, .more = "invariants = { " IS_SAME "}"
};
static const struct rule may_break = { .before = DESCRIBE LEN_OF,
				       .types = TYPES,
				       .fields = FIELDS,
				       .more = "invariants = { " IS_SAME MAY_BREAK "}" };

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % below;
}

/* One of the texts behind the column's name; "" is NULL. */
struct values {
	char column[8];
	const char *texts[10];
};

static const struct values root_values[] = {
	{ "txt", { "", "plain", "a\"b\\c\n", "größe €", "0", "~%", "lineage" } },
	{ "num", { "", "0", "7", "-12", "9007199254740991", "007" } },
	{ "big", { "", "0", "-9223372036854775808", "18446744073709551615" } },
	{ "dec", { "", "0", "12.5", "-0.005", "49.999", "1234567.89", "0.1" } },
	{ "flag", { "", "t", "0" } },
	{ "moment", { "", "2018-01-01 00:00:00", "2020-02-29 23:59:59.5", "0001-01-01 00:00:00" } },
	{ "day", { "", "2018-01-01", "9999-12-31" } },
	{ "kind", { "", "a", "B" } },
	{ "raw", { "", "x", "bytes", "\x01\x02" } },
	{ "doc",
	  { "", "null", "\"text\"", "{\"n\":1.0,\"l\":[1e2,-0.0,2.50e1]}",
	    "{\"s\":\"x\",\"n\":3,\"b\":false,\"z\":null,\"l\":[]}",
	    "{\"l\":[\"a\",true,null,9007199254740991]}", "{}", "12" } },
};
static const struct values event_values[] = {
	{ "kind", { "", "delivered", "x" } },
	{ "qty", { "", "1", "-3" } },
	{ "price", { "", "1.5", "0" } },
	{ "at", { "", "2018-01-01 00:00:00" } },
};

static void draw_row(const char *source, uint32_t row, const struct values *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t texts = 0;
		const char *text;

		while (texts < 10 && values[i].texts[texts])
			texts++;
		text = values[i].texts[draw(texts)];
		given(source, row, values[i].column, *text ? text : NULL);
	}
}

static void draw_record(uint64_t seed)
{
	static const char *const keys[] = { "a", "b", "", "€" };
	uint32_t event_count = draw(4), meta_count = draw(4);

	state = seed * 7919 + 1;
	given_nothing();
	event_count = draw(4);
	meta_count = draw(4);
	draw_row("root", 0, root_values, sizeof(root_values) / sizeof(root_values[0]));
	for (uint32_t i = 0; i < event_count; i++) {
		given("events", i, "seq", "1");
		draw_row("events", i, event_values, sizeof(event_values) / sizeof(event_values[0]));
	}
	for (uint32_t i = 0; i < meta_count; i++) {
		given("meta", i, "k", keys[i]);
		given("meta", i, "v", draw(3) ? "v" : NULL);
	}
}

/* As PostgreSQL shows a jsonb: shorter names first, blanks between, and a lineage beside. */
static int by_size(const void *a, const void *b)
{
	const struct json_value *left = a, *right = b;

	if (left->key.size != right->key.size)
		return left->key.size < right->key.size ? -1 : 1;
	return span_compare(left->key, right->key);
}

static void put_jsonb(struct buf *buf, const struct json_value *value)
{
	if (value->kind != JSON_OBJECT && value->kind != JSON_ARRAY) {
		struct json_value bare = *value;

		bare.key = SPAN_NONE;
		json_put_value(buf, &bare);
		return;
	}
	if (value->kind == JSON_OBJECT)
		qsort(value->items, value->item_count, sizeof(*value->items), by_size);
	buf_put_char(buf, value->kind == JSON_OBJECT ? '{' : '[');
	for (size_t i = 0; i < value->item_count; i++) {
		buf_put_text(buf, i ? ", " : "");
		if (value->kind == JSON_OBJECT) {
			json_put_string(buf, value->items[i].key);
			buf_put_text(buf, ": ");
		}
		put_jsonb(buf, &value->items[i]);
	}
	buf_put_char(buf, value->kind == JSON_OBJECT ? '}' : ']');
}

static struct span as_jsonb(struct span body)
{
	struct json_value json;
	struct buf buf;
	struct span text;

	body = arena_print(&fx.arena, "%.*s,\"lineage\":{\"sourceTables\":[\"del\"],\"n\":1.5}}",
			   (int)body.size - 1, body.data);
	cr_assert(json_read(body, &fx.arena, &json, &fx.err), "%s", fx.err.text);
	buf_init(&buf);
	put_jsonb(&buf, &json);
	text = arena_copy(&fx.arena, buf_span(&buf));
	buf_release(&buf);
	return text;
}

enum { RECORDS = 3000 };

Test(judge, what_was_derived_holds)
{
	int records = 0;

	rule_open(&every_type);
	for (uint64_t seed = 0; seed < RECORDS; seed++) {
		draw_record(seed);
		derive();
		if (fx.outcome.kind != OUTCOME_RECORD) {
			cr_assert(strstr(body(), "E2112") || strstr(body(), "E2105"), "%s",
				  body()); /* never the invariant's */
			continue;
		}
		records++;
		judge(fx.outcome.body);
		cr_assert_str_eq(verdict("is what it was"), "holds", "%s", body());
		cr_assert(judgement.is_record);
		judge(as_jsonb(fx.outcome.body));
		cr_assert_str_eq(verdict("is what it was"), "holds", "%s", body());
	}
	cr_assert_gt(records, RECORDS / 2);
}

/* The bodies that the same rows have where nothing is asked of them. */
static struct span *bodies_without_invariants(void)
{
	struct span *bodies = calloc(RECORDS, sizeof(*bodies));
	struct rule rule = may_break;

	rule.more = NULL;
	rule_open(&rule);
	for (uint64_t seed = 0; seed < RECORDS; seed++) {
		draw_record(seed);
		derive();
		if (fx.outcome.kind != OUTCOME_RECORD)
			continue;
		bodies[seed].data = strndup(fx.outcome.body.data, fx.outcome.body.size);
		bodies[seed].size = fx.outcome.body.size;
	}
	rule_close();
	return bodies;
}

Test(judge, what_an_invariant_rejected_is_broken_and_nothing_else)
{
	struct span *bodies = bodies_without_invariants();
	int broken[5] = { 0 }, records = 0;

	rule_open(&may_break);
	cr_assert_eq(fx.entity->invariant_count, 5);
	for (uint64_t seed = 0; seed < RECORDS; seed++) {
		bool is_broken = false;

		if (!bodies[seed].data)
			continue;
		draw_record(seed);
		derive();
		judge(bodies[seed]);
		for (int i = 0; i < 5; i++) {
			const struct invariant_finding *finding = &judgement.findings[i];

			cr_assert_neq(finding->answer, INVARIANT_UNTOLD, "%s: %.*s",
				      fx.entity->invariants[i], SPAN_ARGS(finding->fault.message));
			broken[i] += finding->answer == INVARIANT_BROKEN;
			is_broken = is_broken || finding->answer == INVARIANT_BROKEN;
		}
		cr_assert_eq(is_broken, fx.outcome.kind == OUTCOME_REJECT, "%.*s: %s",
			     SPAN_ARGS(bodies[seed]), body());
		for (size_t i = 0; i < fx.outcome.fault_count; i++)
			cr_assert_str_eq(
			    verdict(arena_copy(&fx.arena, fx.outcome.faults[i].field).data),
			    "broken");
		free((void *)bodies[seed].data);
		records++;
	}
	free(bodies);
	cr_assert_gt(records, RECORDS / 2);
	for (int i = 0; i < 5; i++)
		cr_assert_eq(broken[i] > 0, strcmp(fx.entity->invariants[i], "is what it was") != 0,
			     "%s: %d", fx.entity->invariants[i], broken[i]);
}

/* ---- what is no record ---- */

static const struct rule small = {
	.types = "n = int, d = decimal, b = bytes, doc = json, flag = boolean, day = date, at = "
		 "instant { zone = 'UTC' }",
	.fields = "n = integer { from = 'n', optional = true },\n"
		  "big = bigint { from = 'big', optional = true },\n"
		  "d = decimal { 5, 2, from = 'd', optional = true },\n"
		  "b = bytes { from = 'b', optional = true },\n"
		  "doc = json { from = 'doc', optional = true },\n"
		  "flag = boolean { from = 'flag', optional = true },\n"
		  "day = date { from = 'day', optional = true },\n"
		  "at = instant { from = 'at', optional = true },\n"
		  "e = enum { 'A', from = 'e', optional = true },\n"
		  "secret = text { from = 'secret', optional = true, mask = true },\n"
		  "o = { x = text { from = 'x', optional = true }, y = text { from = 'y' } },\n"
		  "l = list { from = 'events', each = { k = text { from = 'kind' } } },\n"
		  "m = map { from = 'meta', key = function(m) return m.k end, value = function(m) "
		  "return m.v end },\n",
	.more = "invariants = { holds = function(r) return true end, "
		"breaks = function(r) return false end }",
};

/* What is told of a record whose members are these beside a sound rest. */
struct unlike {
	char code[8]; /* "" for a record after all */
	char where[24];
	char members[120];
};

#define REST "\"jobId\":\"job_7\",\"o\":{\"y\":\"\"},\"l\":[],\"m\":{}"

static struct unlike unlikes[] = {
	{ "", "", "{" REST "}" },
	{ "", "", "{\"lineage\":7," REST "}" },
	{ "", "", "{" REST ",\"n\":1,\"d\":\"1.00\",\"b\":\"AA==\",\"doc\":[1.0]}" },
	{ "E2102", "job", "" },
	{ "E2102", "job", "[]" },
	{ "E2102", "job", "null" },
	{ "E2102", "job", "{" REST },
	{ "E2102", "job", "{" REST "} {}" },
	{ "E2102", "job", "{" REST ",\"jobId\":\"job_8\"}" },
	{ "E2102", "job", "{" REST ",\"stranger\":1}" },
	{ "E2102", "job", "{" REST ",\"N\":1}" },
	{ "E2102", "job", "{" REST ",\"\":1}" },
	{ "E2101", "job.jobId", "{\"o\":{\"y\":\"\"},\"l\":[],\"m\":{}}" },
	{ "E2101", "job.l", "{\"jobId\":\"7\",\"o\":{\"y\":\"\"},\"m\":{}}" },
	{ "E2101", "job.m", "{\"jobId\":\"7\",\"o\":{\"y\":\"\"},\"l\":[]}" },
	{ "E2101", "job.o", "{\"jobId\":\"7\",\"l\":[],\"m\":{}}" },
	{ "E2101", "job.o.y", "{\"jobId\":\"7\",\"o\":{},\"l\":[],\"m\":{}}" },
	{ "E2102", "job.o",
	  "{\"jobId\":\"7\",\"o\":{\"y\":\"\",\"lineage\":1},\"l\":[],\"m\":{}}" },
	{ "E2102", "job.jobId", "{\"jobId\":7}" },
	{ "E2102", "job.jobId", "{\"jobId\":\"a\\u0000\"}" },
	{ "E2102", "job.n", "{" REST ",\"n\":\"1\"}" },
	{ "E2102", "job.n", "{" REST ",\"n\":null}" },
	{ "E2102", "job.n", "{" REST ",\"n\":1.5}" },
	{ "E2102", "job.n", "{" REST ",\"n\":9007199254740992}" },
	{ "E2102", "job.n", "{" REST ",\"n\":1e400}" },
	{ "E2102", "job.big", "{" REST ",\"big\":1}" },
	{ "E2102", "job.big", "{" REST ",\"big\":\"01\"}" },
	{ "E2102", "job.d", "{" REST ",\"d\":1.00}" },
	{ "E2102", "job.d", "{" REST ",\"d\":\"1.5\"}" },
	{ "E2102", "job.d", "{" REST ",\"d\":\"1000.00\"}" },
	{ "E2102", "job.d", "{" REST ",\"d\":\"-0.00\"}" },
	{ "E2102", "job.d", "{" REST ",\"d\":\"nan\"}" },
	{ "E2102", "job.b", "{" REST ",\"b\":\"AA\"}" },
	{ "E2102", "job.b", "{" REST ",\"b\":\"AB==\"}" },
	{ "E2102", "job.doc", "{" REST ",\"doc\":{\"a\":1.5}}" },
	{ "E2102", "job.doc", "{" REST ",\"doc\":[\"\\u0000\"]}" },
	{ "E2102", "job.flag", "{" REST ",\"flag\":\"true\"}" },
	{ "E2102", "job.flag", "{" REST ",\"flag\":1}" },
	{ "E2102", "job.day", "{" REST ",\"day\":\"2018-02-30\"}" },
	{ "E2102", "job.at", "{" REST ",\"at\":\"2018-01-01T00:00:00Z\"}" },
	{ "E2102", "job.at", "{" REST ",\"at\":\"infinity\"}" },
	{ "E2102", "job.e", "{" REST ",\"e\":\"B\"}" },
	{ "E2102", "job.o", "{\"jobId\":\"7\",\"o\":[]}" },
	{ "E2102", "job.o.y", "{\"jobId\":\"7\",\"o\":{\"y\":[]}}" },
	{ "E2102", "job.l", "{\"jobId\":\"7\",\"l\":{}}" },
	{ "E2102", "job.l", "{\"jobId\":\"7\",\"l\":[1]}" },
	{ "E2101", "job.l[2].k", "{\"jobId\":\"7\",\"l\":[{\"k\":\"\"},{}]}" },
	{ "E2102", "job.l", "{\"jobId\":\"7\",\"l\":[{\"k\":\"\",\"z\":1}]}" },
	{ "E2102", "job.m", "{\"jobId\":\"7\",\"m\":{\"a\":1}}" },
	{ "E2102", "job.m", "{\"jobId\":\"7\",\"m\":{\"a\":\"\\u0000\"}}" },
	{ "E2102", "job.m", "{\"jobId\":\"7\",\"m\":{\"a\":null}}" },
	{ "E2102", "job.m", "{\"jobId\":\"7\",\"m\":[]}" },
};

Test(judge, nothing_is_told_of_what_is_no_record)
{
	rule_open(&small);
	for (size_t i = 0; i < sizeof(unlikes) / sizeof(unlikes[0]); i++) {
		const struct unlike *unlike = &unlikes[i];

		judge(span_of(unlike->members));
		cr_assert_eq(judgement.is_record, !unlike->code[0], "%s: %.*s", unlike->members,
			     SPAN_ARGS(judgement.no_record.message));
		cr_assert_str_eq(verdict("holds"), unlike->code[0] ? unlike->code : "holds", "%s",
				 unlike->members);
		cr_assert_str_eq(verdict("breaks"), unlike->code[0] ? unlike->code : "broken", "%s",
				 unlike->members);
		if (unlike->code[0])
			cr_assert(span_equal_text(judgement.no_record.where, unlike->where),
				  "%s: %.*s", unlike->members,
				  SPAN_ARGS(judgement.no_record.where));
	}
}

Test(judge, a_masked_value_is_not_shown)
{
	struct buf buf;

	rule_open(&small);
	judge(SPAN("{" REST ",\"secret\":\"four\\u0000eyes\"}"));
	cr_assert_not(judgement.is_record);
	buf_init(&buf);
	fault_put_json(&buf, &judgement.no_record, 1);
	cr_assert_null(strstr(buf.data, "eyes"), "%s", buf.data);
	cr_assert_not_null(strstr(buf.data, "masked:"), "%s", buf.data);
	buf_release(&buf);
}

/* Whoever can write to the target can write anything there. */
Test(judge, any_bytes_end_in_a_judgement)
{
	struct span sound;
	char *bytes;
	int records = 0, others = 0;

	rule_open(&every_type);
	for (uint64_t seed = 1; records < 50; seed++) {
		draw_record(seed);
		derive();
		if (fx.outcome.kind != OUTCOME_RECORD)
			continue;
		records++;
		sound = as_jsonb(fx.outcome.body);
		for (int i = 0; i < 200; i++) {
			size_t size = draw(8) ? sound.size : draw((uint32_t)sound.size);

			bytes = malloc(size ? size : 1); /* its end is the end */
			memcpy(bytes, sound.data, size);
			for (uint32_t n = draw(3); n > 0 && size; n--)
				bytes[draw((uint32_t)size)] =
				    "{}[]\",:0123456789-.eE\\ \x01\xff"[draw(23)];
			judge((struct span){ bytes, size });
			others += !judgement.is_record;
			free(bytes);
		}
	}
	cr_assert_gt(others, 1000);
}

static struct span repeated(const char *head, const char *unit, int count, const char *tail)
{
	struct buf buf;
	struct span text;

	buf_init(&buf);
	buf_put_text(&buf, head);
	for (int i = 0; i < count; i++)
		buf_put_text(&buf, unit);
	buf_put_text(&buf, tail);
	text = arena_copy(&fx.arena, buf_span(&buf));
	buf_release(&buf);
	return text;
}

Test(judge, neither_depth_nor_size_is_trusted)
{
	rule_open(&small);
	judge(repeated("{" REST ",\"doc\":", "[", 900, ""));
	cr_assert_str_eq(verdict("holds"), "E2102");
	judge(repeated("{" REST ",\"doc\":", "[", 100000, ""));
	cr_assert_str_eq(verdict("holds"), "E2102");
	judge(repeated("{\"jobId\":\"7\",\"o\":{\"y\":\"\"},\"m\":{},\"l\":[{\"k\":\"\"}",
		       ",{\"k\":\"\"}", 200000, "]}"));
	cr_assert_str_eq(verdict("holds"), "holds");
	judge(repeated("{" REST ",\"secret\":\"", "xxxxxxxxxxxxxxxx", 3 << 20, "\"}"));
	cr_assert_str_eq(verdict("holds"), "E2205");
}

/* ---- one that cannot be told says nothing of the others ---- */

Test(judge, each_invariant_is_told_for_itself)
{
	static const struct rule rule = {
		.fields = "n = integer { from = 'n', optional = true }, x = text { from = 'x', "
			  "optional = true },",
		.types = "n = int",
		.more = "invariants = {\n"
			"a_throws = function(r) return r.x < r.n end,\n"
			"b_never_ends = function(r) while true do end end,\n"
			"c_grows = function(r) local t = {} for i = 1, 1000000 do t[i] = { i } end "
			"return true end,\n"
			"d_recurses = function(r) local function f(x) return 1 + f(x) end return "
			"f(1) end,\n"
			"e_skips = function(r) skip('not now') end,\n"
			"f_no_such = function(r) return r.nix == nil end,\n"
			"g_holds = function(r) return r.x == 'a' end,\n"
			"h_says_nothing = function(r) end,\n"
			"i_truthy = function(r) return r.x end,\n"
			"}",
		.instructions = 2000000,
		.memory_bytes = 8 << 20,
	};

	rule_open(&rule);
	for (int i = 0; i < 3; i++) {
		judge(SPAN("{\"jobId\":\"job_7\",\"n\":1,\"x\":\"a\"}"));
		cr_assert_str_eq(verdict("a_throws"), "E2203");
		cr_assert_str_eq(verdict("b_never_ends"), "E2204");
		cr_assert_str_eq(verdict("c_grows"), "E2205");
		cr_assert_str_eq(verdict("d_recurses"), "E2203");
		cr_assert_str_eq(verdict("e_skips"), "E2203");
		cr_assert_str_eq(verdict("f_no_such"), "E2203");
		cr_assert_str_eq(verdict("g_holds"), "holds");
		cr_assert_str_eq(verdict("h_says_nothing"), "broken");
		cr_assert_str_eq(verdict("i_truthy"), "holds");
	}
	judge(SPAN("{\"jobId\":\"job_7\",\"n\":1,\"x\":\"b\"}"));
	cr_assert_str_eq(verdict("g_holds"), "broken");
}

/* A host judges and derives in any order; neither leaves anything to the other. */
Test(judge, deriving_goes_on_between)
{
	struct span first;

	rule_open(&every_type);
	draw_record(4);
	derive();
	cr_assert_eq(fx.outcome.kind, OUTCOME_RECORD, "%s", body());
	first = fx.outcome.body;
	judge(SPAN("{\"jobId\":1}"));
	judge(first);
	cr_assert_str_eq(verdict("is what it was"), "holds");
	derive();
	cr_assert(span_equal(fx.outcome.body, first));
}
