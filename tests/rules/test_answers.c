/*
 * test_answers.c: legacy's answer to a query goes through the field's own rule, and becomes what deriving makes of the row.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/base/json.h"
#include "tests/rules/derive_fixture.h"
#include "tests/rules/load_fixture.h"

TestSuite(answers, .fini = rule_close, .timeout = 120);

static uint64_t state;

static uint32_t draw(uint32_t below)
{
	state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(state >> 33) % below;
}

/* ---- the law: an answer to a query is the record's field ---- */

/* What stands at the path in the record, as JSON; "-" for nothing. element: of the list that leads it. */
static const char *member_at(const struct json_value *record, const char *path, uint32_t element)
{
	const char *dot = strchr(path, '.');
	struct json_value found;
	struct buf buf;
	const char *text;

	if (dot) {
		const char *head =
		    arena_copy(&fx.arena, (struct span){ path, (size_t)(dot - path) }).data;
		const struct json_value *outer = json_member(record, head);

		cr_assert_not_null(outer, "%s", path);
		return member_at(outer->kind == JSON_ARRAY ? &outer->items[element] : outer,
				 dot + 1, 0);
	}
	if (!json_member(record, path))
		return "-";
	found = *json_member(record, path);
	found.key = SPAN_NONE;
	buf_init(&buf);
	json_put_value(&buf, &found);
	text = arena_copy(&fx.arena, buf_span(&buf)).data;
	buf_release(&buf);
	return text;
}

static const char *answer_text(const struct field_answer *answer)
{
	switch (answer->kind) {
	case FIELD_ANSWER_VALUE:
		return arena_copy(&fx.arena, answer->json).data;
	case FIELD_ANSWER_ABSENT:
		return "-";
	case FIELD_ANSWER_SKIP:
		return arena_print(&fx.arena, "skip: %.*s", SPAN_ARGS(answer->skip_text)).data;
	case FIELD_ANSWER_REJECT:
		return answer->faults[0].code;
	}
	return "?";
}

/* How faults name the place: "job.events[2].at". */
static struct span place_of(const char *path, uint32_t element)
{
	const char *dot = strchr(path, '.');

	if (!dot || strncmp(path, "place.", 6) == 0)
		return arena_print(&fx.arena, "job.%s", path);
	return arena_print(&fx.arena, "job.%.*s[%u]%s", (int)(dot - path), path, element + 1, dot);
}

/* The code of the first fault that deriving found there, "" where it found none. */
static const char *derived_code(struct span where)
{
	for (size_t i = 0; i < fx.outcome.fault_count; i++)
		if (span_equal(fx.outcome.faults[i].where, where))
			return fx.outcome.faults[i].code;
	return "";
}

/* An answer knows one element, which is the first to it; what a field rests on may be at fault. */
static struct span place_found(const struct field_answer *answer, const char *path,
			       uint32_t element)
{
	struct span where = answer->faults[0].where;

	return span_equal(where, place_of(path, 0)) ? place_of(path, element) : where;
}

struct tally {
	int values, absents, rejects, of_records;
};

static void compare(const struct query_info *query, const struct field_answer *answers,
		    uint32_t element, struct tally *tally)
{
	struct json_value record;

	if (fx.outcome.kind == OUTCOME_RECORD)
		cr_assert(json_read(fx.outcome.body, &fx.arena, &record, &fx.err));
	for (int i = 0; i < query->column_count; i++) {
		const char *path = query->columns[i].field;
		const char *code = derived_code(place_of(path, element));

		tally->of_records += fx.outcome.kind == OUTCOME_RECORD;
		tally->values += answers[i].kind == FIELD_ANSWER_VALUE;
		tally->absents += answers[i].kind == FIELD_ANSWER_ABSENT;
		tally->rejects += answers[i].kind == FIELD_ANSWER_REJECT;
		if (fx.outcome.kind == OUTCOME_RECORD)
			cr_assert_str_eq(answer_text(&answers[i]),
					 member_at(&record, path, element), "%s.%s of %s",
					 query->name, path, body());
		else if (answers[i].kind == FIELD_ANSWER_REJECT)
			cr_assert_str_eq(answers[i].faults[0].code,
					 derived_code(place_found(&answers[i], path, element)),
					 "%s.%s of %s", query->name, path, body());
		else
			cr_assert_str_eq(code, "", "%s.%s: %s of %s", query->name, path,
					 answer_text(&answers[i]), body());
	}
}

/* The answer legacy would give about this row: each column holds what the row's column holds. */
static void ask(int query_index, struct tally *tally)
{
	const struct query_info *query = &fx.entity->queries[query_index];
	struct field_answer answers[FIXTURE_COLUMNS];
	struct cell cells[FIXTURE_COLUMNS];
	uint32_t count = 1;

	for (int i = 0; i < query->column_count; i++) {
		enum source_kind kind = fx.entity->sources.sources[query->columns[i].source].kind;

		if (kind == SOURCE_CHILDREN)
			count = fx.row.row_count[query->columns[i].source];
	}
	for (uint32_t element = 0; element < count; element++) {
		for (int i = 0; i < query->column_count; i++) {
			int source = query->columns[i].source;
			bool is_list = fx.entity->sources.sources[source].kind == SOURCE_CHILDREN;

			cells[i] =
			    fx.row.rows[source][is_list ? element : 0][query->columns[i].column];
		}
		cr_assert(
		    rule_host_answer(fx.host, 0, query_index, cells, &fx.arena, answers, &fx.err),
		    "%s", fx.err.text);
		compare(query, answers, element, tally);
	}
}

struct column_values {
	const char *source, *column;
	const char *texts[12]; /* "\1" is NULL */
};

static void draw_values(const struct column_values *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t texts = 0, rows = strcmp(values[i].source, "events") == 0 ? 3 : 1;

		while (texts < 12 && values[i].texts[texts])
			texts++;
		for (uint32_t row = 0; row < rows; row++) {
			/* Mostly the first, which is sound: else no row would be. */
			const char *text = values[i].texts[draw(3) ? 0 : draw(texts)];

			given(values[i].source, row, values[i].column,
			      text[0] == '\1' ? NULL : text);
		}
	}
}

static const struct column_values v3_values[] = {
	{ "root", "del_id", { "A1", "7~%", "ä" } },
	{ "root", "delivery_ref", { "D-1", "-", "", "\1", "N/A", "bad\xff" } },
	{ "root",
	  "status",
	  { "delivered", "ASSIGNED", "Cancelled", "created", "PICKED UP", "\1" } },
	{ "root",
	  "created_ts",
	  { "2018-01-01 00:00:00", "2012-12-31 23:59:59", "2013-01-01 00:00:00.000001",
	    "2018-02-30 00:00:00", "\1", "N/A" } },
	{ "root", "updated_ts", { "2018-03-01 09:00:00", "9999-12-31 23:59:59", "soon" } },
	{ "root", "actor_id", { "drv-1", "\1", "-" } },
	{ "root", "promised_local", { "2018-07-02 12:00:00", "2018-03-25 01:30:00", "\1" } },
	{ "root",
	  "amount",
	  { "12.5", "1250", "0", "1", "12.345", "-3", "x", "\1", "99999999999" } },
	{ "events", "seq", { "1" } },
	{ "events", "kind", { "delivered", "created", "\1" } },
	{ "events", "at", { "2018-01-01 00:05:00", "2019-01-01 00:00:00", "\1", "x" } },
};

static void open_v3(void)
{
	struct fault_list faults, warnings;

	arena_init(&fx.arena);
	fault_list_init(&faults, &fx.arena);
	fault_list_init(&warnings, &fx.arena);
	cr_assert(rule_host_open("rules/v3.lua", NULL, NULL, &fx.host, &faults, &warnings, &fx.err),
		  "%s", fx.err.text);
	fx.entity = &rule_host_migration(fx.host)->entities[0];
}

Test(answers, of_v3_are_what_deriving_gives)
{
	struct tally tally = { 0 };

	open_v3();
	cr_assert_eq(fx.entity->query_count, 4);
	for (int i = 0; i < 6000; i++) {
		state = (uint64_t)i * 7919 + 1;
		given_nothing();
		draw_values(v3_values, sizeof(v3_values) / sizeof(v3_values[0]));
		derive();
		for (int q = 0; q < fx.entity->query_count; q++)
			ask(q, &tally);
	}
	cr_assert_gt(tally.values, 10000);
	cr_assert_gt(tally.of_records, 1000);
	cr_assert_gt(tally.absents, 1000);
	cr_assert_gt(tally.rejects, 1000);
}

/* Everything a field can be made by: lookups, patterns, folds, functions, other fields, zones of the row, references, parts of
 * an id, members of objects and lists. */
static const struct rule every_way = {
	.types = "flag = boolean, cents = int, raw = bytes, doc = json, day = date, at = instant { "
		 "zone = { from = 'zone' } }",
	.root = "null = { 'none' }",
	.sources = "person = reference 'people' { key = 'id', from = 'person_id', optional = true, "
		   "types = { born = date } },",
	.fields =
	    "kind = enum { 'A', 'B', from = 'kind', fold = lower, lookup = { a = 'A', b = 'B' },\n"
	    "  patterns = { ['^x'] = 'A', ['y$'] = 'B' }, optional = true },\n"
	    "shout = text { from = field 'kind', by = function(k) if k == 'B' then return nil end "
	    "return k and k .. '!' end, optional = true },\n"
	    "flag = boolean { from = 'flag', optional = true },\n"
	    "cents = integer { from = 'cents' },\n"
	    "price = decimal { 6, 2, from = { 'cents', 'currency' }, by = function(c, u)\n"
	    "  if u == 'gone' then reject('no such money') end\n"
	    "  if u == 'left' then skip('left out') end\n"
	    "  return c and exact(tostring(c)) * exact '0.01' end, optional = true },\n"
	    "currency = text { from = 'currency', optional = true },\n"
	    "raw = bytes { from = 'raw', optional = true },\n"
	    "doc = json { from = 'doc', optional = true },\n"
	    "day = date { from = 'day', optional = true },\n"
	    "at = instant { from = 'at', optional = true },\n"
	    "zone = text { from = 'zone', optional = true },\n"
	    "born = date { from = 'person.born', optional = true },\n"
	    "boss = ref 'job' { from = 'boss', optional = true },\n"
	    "place = { city = text { from = 'city', fold = trim, optional = true } },\n"
	    "events = list { from = 'events', each = { kind = text { from = 'kind', optional = "
	    "true "
	    "},\n"
	    "  at = instant { from = 'at', optional = true }, qty = integer { from = 'qty', "
	    "optional = true },\n"
	    "  sum = decimal { 9, 2, from = { 'qty', 'price' }, by = function(q, p) return q and p "
	    "and p * exact(tostring(q)) end, optional = true } } },\n",
	.more =
	    "queries = {\n"
	    "one = { legacy = 'select', target = 'select', columns = {\n"
	    "  id = field 'jobId' { key = true }, kind = field 'kind', flag = field 'flag', cents "
	    "= field 'cents', price = field 'price', raw = field 'raw',\n"
	    "  doc = field 'doc', day = field 'day', at = field 'at', zone = field 'zone', born = "
	    "field 'born', boss = field 'boss', city = field 'place.city' } },\n"
	    "two = { legacy = 'select', target = 'select', columns = { a = field 'shout' { key = "
	    "true }, b = field 'shout' } },\n"
	    "three = { legacy = 'select', target = 'select', order = 'declared', columns = {\n"
	    "  kind = field 'events.kind', at = field 'events.at', qty = field 'events.qty', sum "
	    "= field 'events.sum' } } }",
};

static const struct column_values every_value[] = {
	{ "root", "kind", { "a", "B", "xz", "xy", "Z", "none", "\1" } },
	{ "root", "flag", { "t", "0", "no", "\1" } },
	{ "root", "cents", { "1", "-205", "99999999", "007", "none", "1.5" } },
	{ "root", "currency", { "EUR", "gone", "\1" } },
	{ "root", "raw", { "\xff\x01", "", "\1" } },
	{ "root", "doc", { "{\"b\":1.0,\"a\":[]}", "null", "{", "1.5", "\1" } },
	{ "root", "day", { "2018-01-01", "2018-02-30", "\1" } },
	{ "root",
	  "at",
	  { "2018-07-01 12:00:00", "2018-03-25 01:30:00", "2018-10-28 01:30:00", "\1" } },
	{ "root", "zone", { "Europe/London", "Asia/Tokyo", "Nowhere", "\1" } },
	{ "root", "boss", { "8", "a~b", "\1" } },
	{ "root", "city", { " Paris ", "", "none", "bad\xc0" } },
	{ "root", "person_id", { "1" } },
	{ "person", "born", { "1970-01-01", "19700101", "\1" } },
	{ "events", "seq", { "1" } },
	{ "events", "kind", { "k", "\1" } },
	{ "events", "at", { "2018-01-01 00:00:00", "x", "\1" } },
	{ "events", "qty", { "1", "3", "\1", "x" } },
	{ "events", "price", { "1.5", "0.125", "\1" } },
};

Test(answers, of_every_kind_of_field_are_what_deriving_gives)
{
	struct tally tally = { 0 };

	rule_open(&every_way);
	cr_assert_eq(fx.entity->query_count, 3);
	for (int i = 0; i < 20000; i++) {
		state = (uint64_t)i * 7919 + 1;
		given_nothing();
		draw_values(every_value, sizeof(every_value) / sizeof(every_value[0]));
		derive();
		for (int q = 0; q < fx.entity->query_count; q++)
			ask(q, &tally);
	}
	cr_assert_gt(tally.values, 10000);
	cr_assert_gt(tally.of_records, 1000);
	cr_assert_gt(tally.absents, 1000);
	cr_assert_gt(tally.rejects, 1000);
}

static int column_named(const struct query_info *query, const char *name)
{
	for (int i = 0; i < query->column_count; i++)
		if (strcmp(query->columns[i].name, name) == 0)
			return i;
	cr_assert_fail("no column %s", name);
	return -1;
}

static struct cell cell_of(const char *text)
{
	return (struct cell){ text, (uint32_t)(text ? strlen(text) : 0),
			      text ? CELL_TEXT : CELL_NULL };
}

/* What one column holds is nothing to a column that does not read it, and nothing stays behind. */
Test(answers, a_column_fails_for_itself)
{
	const struct query_info *query;
	struct field_answer answers[FIXTURE_COLUMNS];
	struct cell cells[FIXTURE_COLUMNS];

	rule_open(&every_way);
	query = &fx.entity->queries[0];
	memset(cells, 0, sizeof(cells));
	cells[column_named(query, "id")] = cell_of("7");
	cells[column_named(query, "cents")] = cell_of("125");
	cells[column_named(query, "price")] = cell_of("left");
	cells[column_named(query, "day")] = cell_of("yesterday");
	for (int i = 0; i < 2; i++) {
		cr_assert(rule_host_answer(fx.host, 0, 0, cells, &fx.arena, answers, &fx.err));
		cr_assert_str_eq(answer_text(&answers[column_named(query, "id")]), "\"job_7\"");
		cr_assert_str_eq(answer_text(&answers[column_named(query, "cents")]), "125");
		cr_assert_str_eq(answer_text(&answers[column_named(query, "price")]),
				 "skip: left out");
		cr_assert_str_eq(answer_text(&answers[column_named(query, "day")]), "E2102");
		cr_assert_str_eq(answer_text(&answers[column_named(query, "flag")]), "-");
	}
}

Test(answers, a_column_that_never_ends_says_nothing_of_the_others)
{
	static const struct rule rule = {
		.fields = "a = text { from = 'a', by = function(a) while a == 'x' do end return a "
			  "end }, b = text { from = 'b' },",
		.more = "queries = { q = { legacy = 'l', target = 't', columns = { a = field 'a' { "
			"key = true }, b = field 'b' } } }",
		.instructions = 100000,
	};
	const struct cell cells[] = { cell_of("x"), cell_of("y") };
	struct field_answer answers[2];

	rule_open(&rule);
	cr_assert(rule_host_answer(fx.host, 0, 0, cells, &fx.arena, answers, &fx.err));
	cr_assert_str_eq(answer_text(&answers[0]), "E2204");
	cr_assert_str_eq(answer_text(&answers[1]), "\"y\"");
}

/* As where a query joins a table with itself: the second is not read where the first was. */
Test(answers, two_columns_may_hold_one_column_of_legacy)
{
	static const struct rule rule = {
		.types = "doc = json",
		.fields = "doc = json { from = 'doc', optional = true },",
		.more =
		    "queries = { q = { legacy = 'l', target = 't', columns = { a = field 'doc' { "
		    "key = true }, b = field 'doc', c = field 'doc' } } }",
	};
	const struct cell cells[] = { cell_of("[1.0]"), cell_of("{}"), cell_of(NULL) };
	struct field_answer answers[3];

	rule_open(&rule);
	cr_assert(rule_host_answer(fx.host, 0, 0, cells, &fx.arena, answers, &fx.err));
	cr_assert_str_eq(answer_text(&answers[0]), "[1]");
	cr_assert_str_eq(answer_text(&answers[1]), "{}");
	cr_assert_str_eq(answer_text(&answers[2]), "-");
}

/* ---- which column of legacy a column holds ---- */

TestSuite(held, .init = load_begin, .fini = load_end, .timeout = 60);

/* "held": what each column holds, by name; or the one message of E1022. */
struct held {
	char columns[160];
	char held[120];
	char message[120];
};

static struct held helds[] = {
	{ "a = field 'a' { key = true }", "a=root.a", "" },
	{ "a = field 'a' { key = true }, x = field 'a'", "a=root.a x=root.a", "" },
	{ "ab = field 'ab' { key = true }, b = field 'b'", "ab=root.a b=root.b", "" },
	{ "ab = field 'ab' { key = true }, a = field 'a'", "a=root.a ab=root.b", "" },
	{ "abc = field 'abc' { key = true }, c = field 'c', a = field 'a'",
	  "a=root.a abc=root.b c=root.c", "" },
	{ "a = field 'upon_a' { key = true }", "a=root.a", "" },
	{ "at = field 'at' { key = true }, country = field 'country'",
	  "at=root.at country=root.country", "" },
	{ "n = field 'o.n' { key = true }", "n=root.n", "" },
	{ "y = field 'kids.y' { key = true }", "y=kids.y", "" },
	{ "yz = field 'kids.yz' { key = true }, z = field 'kids.z'", "yz=kids.y z=kids.z", "" },
	{ "ya = field 'kids.ya' { key = true }, a = field 'a'", "a=root.a ya=kids.y", "" },
	{ "t = field 'title' { key = true }", "t=film.title", "" },
	{ "a = field 'a_at' { key = true }, b = field 'at', c = field 'country'",
	  "a=root.a b=root.at c=root.country", "" },
	{ "c = field 'a_at' { key = true }, b = field 'at', a = field 'country'",
	  "a=root.country b=root.at c=root.a", "" },
	{ "x = field 'ab' { key = true }, y = field 'ab', b = field 'b'",
	  "b=root.b x=root.a y=root.a", "" },
	{ "x = field 'ab' { key = true }, y = field 'ab', b = field 'b', abc = field 'abc'", "",
	  "made of a, b and c, and both x and y hold a" },

	{ "ab = field 'ab' { key = true }", "", "made of a and b, of which this column holds one" },
	{ "abc = field 'abc' { key = true }, c = field 'c'", "", "made of a, b and c, of which" },
	{ "ab = field 'ab' { key = true }, a = field 'a', b = field 'b'", "",
	  "made of a and b, and other columns hold all of them" },
	{ "ab = field 'ab' { key = true }, b = field 'b', c = field 'b'", "",
	  "made of a and b, and both b and c hold b" },
	{ "ab = field 'ab' { key = true }, other = field 'ab'", "", "of which this column holds" },
	{ "at = field 'at' { key = true }", "", "made of at and country, of which" },
	{ "m = field 'm' { key = true }", "", "is a map, which is no one value" },
	{ "l = field 'kids' { key = true }", "", "is a list, which is no one value" },
	{ "o = field 'o' { key = true }", "", "is an object, which is no one value" },
	{ "s = field 'sum' { key = true }", "", "made of all that a row of kids has" },
	{ "s = field 'upon_sum' { key = true }", "", "made of sum, which is made of all that" },
	{ "w = field 'kids.w' { key = true }", "", "made of another field beside it" },
};

static bool load_query(const char *params, const char *columns)
{
	return load_text(
	    arena_print(
		&loaded.arena,
		"return migration { version = 'v1', system = 's', entity 'job' {\n"
		"source = { root = table 't' { key = 'id', types = { at = instant { zone = { from "
		"= "
		"'country', lookup = { uk = 'Europe/London' } } } } },\n"
		" kids = children 'k' { parent = 't_id', key = 'no' },\n"
		" film = reference 'film' { key = 'id', from = 'film_id', optional = true } },\n"
		"fields = { jobId = id { from = 'id' },\n"
		" a = text { from = 'a' }, b = text { from = 'b' }, c = text { from = 'c' },\n"
		" ab = text { from = { 'a', 'b' }, by = function(a, b) return a .. b end },\n"
		" abc = text { from = { 'a', 'b', 'c' }, by = function(a, b, c) return a end },\n"
		" upon_a = text { from = field 'a' },\n"
		" a_at = text { from = { 'a', 'at' }, by = function(a, at) return a end },\n"
		" at = instant { from = 'at' }, country = text { from = 'country' },\n"
		" title = text { from = 'film.title', optional = true },\n"
		" sum = text { from = 'kids', by = function(k) return tostring(count(k, "
		"function(x) "
		"return x.y end)) end }, upon_sum = text { from = field 'sum' },\n"
		" o = { n = text { from = 'n' } },\n"
		" m = map { from = 'kids', key = function(k) return k.y end, value = function(k) "
		"return k.z end },\n"
		" kids = list { from = 'kids', each = { y = text { from = 'y' }, z = text { from = "
		"'z' },\n"
		"  yz = text { from = { 'y', 'z' }, by = function(y, z) return y end },\n"
		"  ya = text { from = { 'y', 'root.a' }, by = function(y, a) return y end },\n"
		"  w = text { from = field 'y' } } } },\n"
		"queries = { q = { legacy = 'l %s', target = 't %s',\n params = { %s },\n"
		" columns = { %s } } } } }",
		params[0] ? ":p" : "", params[0] ? ":p" : "", params, columns)
		.data);
}

static const char *held_text(void)
{
	const struct entity_info *entity = &rule_host_migration(loaded.host)->entities[0];
	const struct query_info *query = &entity->queries[0];
	const char *text = "";

	for (int i = 0; i < query->column_count; i++) {
		const struct query_column *column = &query->columns[i];
		const struct source *source = &entity->sources.sources[column->source];

		text = arena_print(&loaded.arena, "%s%s%s=%s.%s", text, i ? " " : "", column->name,
				   source->name, source->columns[column->column])
			   .data;
	}
	return text;
}

Test(held, each_column_holds_one_column_of_legacy)
{
	for (size_t i = 0; i < sizeof(helds) / sizeof(helds[0]); i++) {
		const struct held *held = &helds[i];
		bool loads = load_query("", held->columns);

		if (held->held[0]) {
			cr_assert(loads, "%s: %s", held->columns, load_faults_text());
			cr_assert_str_eq(held_text(), held->held, "%s", held->columns);
		} else {
			cr_assert(!loads && load_has_fault("E1022", 0, held->message), "%s: %s",
				  held->columns, load_faults_text());
		}
	}
}

Test(held, a_sampled_value_has_one_word_in_legacy)
{
	const struct query_parameter *parameter;
	const char *column = "a = field 'a' { key = true }";

	cr_assert(load_query("p = sample 'kids.y'", column), "%s", load_faults_text());
	parameter = rule_host_migration(loaded.host)->entities[0].queries[0].parameters;
	cr_assert_eq(parameter->source, 2 - 1);
	cr_assert_not(parameter->is_masked);
	/* Its zone stands beside it, and is no part of the word. */
	cr_assert(load_query("p = sample 'at'", column), "%s", load_faults_text());
	cr_assert_not(load_query("p = sample 'ab'", column));
	cr_assert(load_has_fault("E1022", 0, "\"ab\" is not made of one column"), "%s",
		  load_faults_text());
	cr_assert_not(load_query("p = sample 'm'", column));
	cr_assert(load_has_fault("E1022", 0, "\"m\" is not made of one column"), "%s",
		  load_faults_text());
	cr_assert_not(load_query("p = sample 'upon_a'", column));
	cr_assert(load_has_fault("E1022", 0, "is not made of one column"), "%s",
		  load_faults_text());
}
