/*
 * test_views.c: what a field holds is what its column holds, in SQLite and in PostgreSQL, for every type of field.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drivers/driver.h"
#include "engine/base/json.h"
#include "engine/model/canonical.h"
#include "engine/model/instant.h"
#include "engine/target/final.h"
#include "engine/target/views.h"

/* Every type of field, names that SQL must have in quotes, an object, and lists below lists. */
static const char rules[] =
    "return migration { version = 'v1', system = 'old', entity 'Thing' {\n"
    "source = { root = table 't' { key = 'k' },\n"
    "  lines = children 'l' { parent = 'k', key = 'n' },\n"
    "  bits = children 'b' { of = 'lines', parent = { k = 'k', n = 'n' }, key = 'm' } },\n"
    "fields = {\n"
    "  thingId = id { from = 'k', prefix = 'th_' },\n"
    "  word = text { from = 'w', optional = true },\n"
    "  kind = enum { 'A', 'B', from = 'e', optional = true },\n"
    "  other = ref 'Thing' { from = 'o', optional = true },\n"
    "  raw = bytes { from = 'r', optional = true },\n"
    "  small = integer { from = 'i', optional = true },\n"
    "  big = bigint { from = 'g', optional = true },\n"
    "  amount = decimal { 12, 2, from = 'a', optional = true },\n"
    "  wide = decimal { 38, 10, from = 'v', optional = true },\n"
    "  done = boolean { from = 'd', optional = true },\n"
    "  createdAt = instant { from = 'c', optional = true },\n"
    "  day = date { from = 'y', optional = true },\n"
    "  doc = json { from = 'j', optional = true },\n"
    "  ['a b'] = text { from = 'q', optional = true },\n"
    "  [\"it's\"] = text { from = 'q', optional = true },\n"
    "  ['back\\\\slash'] = text { from = 'q', optional = true },\n"
    "  ['\xc3\xa9t\xc3\xa9'] = text { from = 'q', optional = true },\n"
    "  select = text { from = 'q', optional = true },\n"
    "  payments = { payerId = text { from = 'p', optional = true },\n"
    "               total = decimal { 12, 2, from = 'a', optional = true } },\n"
    "  history = list { from = 'lines', each = {\n"
    "    id = text { from = 'n' }, at = instant { from = 'c', optional = true },\n"
    "    bits = list { from = 'bits', each = { v = integer { from = 'v' } } } } },\n"
    "} } }\n";

enum { ON_SQLITE, ON_POSTGRES, STORES };

struct world {
	int store;
	struct arena arena;
	struct rule_host *host;
	const struct migration_info *migration;
	struct views views;
	const struct table *table;
	struct conn *target, *conn;
	char folder[160], url[400];
	struct err err;
};

static struct world world;
static uint64_t dice;

static uint32_t draw(uint32_t below)
{
	dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(dice >> 33) % below;
}

/* ---- a target, and the store's own tool beside it ---- */

/* What psql or sqlite3 prints, without the end of its line. */
static const char *tool(const char *sql)
{
	struct buf command, text;
	char part[4096];
	const char *answer;
	size_t size;
	FILE *pipe;

	buf_init(&command);
	buf_init(&text);
	if (world.store == ON_SQLITE)
		buf_print(&command, "sqlite3 '%s' <<'END'\n%s;\nEND\n", world.url + 7, sql);
	else
		buf_print(&command, "psql -XAtq -v ON_ERROR_STOP=1 '%s' <<'END'\n%s;\nEND\n",
			  world.url, sql);
	pipe = popen(command.data, "r");
	cr_assert_not_null(pipe);
	while ((size = fread(part, 1, sizeof(part), pipe)) > 0)
		buf_put(&text, part, size);
	cr_assert_eq(pclose(pipe), 0, "%s", command.data);
	while (text.size && text.data[text.size - 1] == '\n')
		text.size--;
	answer = arena_copy(&world.arena, buf_span(&text)).data;
	buf_release(&text);
	buf_release(&command);
	return answer;
}

static void name_store(void)
{
	const char *server = getenv("ENGINE_TEST_POSTGRES");
	char made[80];

	if (world.store == ON_SQLITE) {
		snprintf(world.url, sizeof(world.url), "sqlite:%s/target.db", world.folder);
		return;
	}
	cr_assert_not_null(server, "ENGINE_TEST_POSTGRES names no server; scripts/test starts one");
	snprintf(world.url, sizeof(world.url), "%s", server);
	snprintf(made, sizeof(made), "create schema views_%ld", (long)getpid());
	tool(made);
	snprintf(world.url, sizeof(world.url), "%s%coptions=-csearch_path%%3Dviews_%ld", server,
		 strchr(server, '?') ? '&' : '?', (long)getpid());
}

static void load(const char *path)
{
	struct fault_list faults = { 0 }, warnings = { 0 };

	fault_list_init(&faults, &world.arena);
	fault_list_init(&warnings, &world.arena);
	cr_assert(rule_host_open(path, NULL, NULL, &world.host, &faults, &warnings, &world.err),
		  "%s: %s", world.err.text,
		  faults.fault_count ? faults.faults[0].message.data : "");
	world.migration = rule_host_migration(world.host);
	cr_assert(views_of(world.migration, &world.arena, &world.views, &world.err), "%s",
		  world.err.text);
	world.table = final_table(&world.arena, &world.migration->entities[0]);
}

static void begin(int store, const char *path)
{
	char own[200];
	FILE *file;

	memset(&world, 0, sizeof(world));
	dice = 7;
	world.store = store;
	arena_init(&world.arena);
	snprintf(world.folder, sizeof(world.folder), "%s/views.XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	cr_assert_not_null(mkdtemp(world.folder));
	name_store();
	snprintf(own, sizeof(own), "%s/v1.lua", world.folder);
	if (path == NULL) {
		file = fopen(own, "w");
		cr_assert_not_null(file);
		fputs(rules, file);
		fclose(file);
	}
	load(path ? path : own);
	cr_assert(conn_open(world.url, CONN_TARGET, &world.target, &world.err), "%s",
		  world.err.text);
	cr_assert(conn_ensure_table(world.target, world.table, &world.err), "%s", world.err.text);
	cr_assert(conn_open(world.url, CONN_TARGET_READ, &world.conn, &world.err), "%s",
		  world.err.text);
}

static void end(void)
{
	char command[300];

	if (world.host == NULL)
		return;
	conn_close(world.conn);
	conn_close(world.target);
	if (world.store == ON_POSTGRES) {
		snprintf(command, sizeof(command),
			 "set client_min_messages = error; drop schema views_%ld cascade",
			 (long)getpid());
		tool(command);
	}
	rule_host_close(world.host);
	arena_release(&world.arena);
	snprintf(command, sizeof(command), "rm -rf '%s'", world.folder);
	cr_assert_eq(system(command), 0);
}

TestSuite(views, .fini = end, .timeout = 120);

struct store_case {
	int store;
};

#define ON_EVERY_STORE(name)                                                            \
	ParameterizedTestParameters(views, name)                                        \
	{                                                                               \
		static struct store_case stores[] = { { ON_SQLITE }, { ON_POSTGRES } }; \
		return cr_make_param_array(struct store_case, stores, STORES);          \
	}                                                                               \
	ParameterizedTest(struct store_case *c, views, name)

static void put_record(int number, const char *payload, const char *state)
{
	struct datum row[FINAL_COLUMNS];

	for (int i = 0; i < FINAL_COLUMNS; i++)
		row[i] = world.table->columns[i].kind == TABLE_TEXT ? datum_text("") : datum_int(0);
	row[FINAL_ID] = datum_span(arena_print(&world.arena, "th_%d", number));
	row[FINAL_PAYLOAD] = datum_text(payload);
	row[FINAL_TRANSFORMED_AT] = datum_instant(0);
	row[FINAL_STATE] = datum_text(state);
	row[FINAL_DELETED_AT] = datum_null();
	cr_assert(conn_begin(world.target, &world.err) &&
		      conn_insert(world.target, world.table, row, 1, &world.err) &&
		      conn_commit(world.target, &world.err),
		  "%s: %s", payload, world.err.text);
}

/* ---- asking ---- */

static bool put_row(void *context, const struct cell *cells, struct err *err)
{
	struct buf *rows = context;

	(void)err;
	buf_put_text(rows, rows->size ? " " : "");
	buf_put_span(rows, cells[0].kind == CELL_NULL ? SPAN("~") : cell_span(&cells[0]));
	return true;
}

static bool ask(const char *sql, const char *value, struct buf *rows)
{
	struct question_parameter parameter = { .name = "value", .value = span_of(value) };
	struct question question = { .sql = sql,
				     .parameters = &parameter,
				     .parameter_count = 1,
				     .column_count = 1,
				     .views = world.views.views,
				     .view_count = world.views.count,
				     .seconds = 20 };

	return conn_answer(world.conn, &question, put_row, rows, &world.err);
}

/* The one column of all rows, each behind a blank. */
static const char *answer(const char *sql, const char *value)
{
	struct buf rows;
	const char *text;

	buf_init(&rows);
	cr_assert(ask(sql, value, &rows), "%s: %s", sql, world.err.text);
	text = arena_copy(&world.arena, buf_span(&rows)).data;
	buf_release(&rows);
	return text;
}

static void expect(const char *sql, const char *value, const char *rows)
{
	cr_assert_str_eq(answer(sql, value), rows, "%s: '%s', not '%s'", sql, answer(sql, value),
			 rows);
}

static void refuse(const char *sql, const char *value, enum err_code code, const char *words)
{
	struct buf rows;

	buf_init(&rows);
	cr_assert_not(ask(sql, value, &rows), "%s gives '%s'", sql, rows.data);
	cr_assert_eq(world.err.code, code, "%s: %s", sql, world.err.text);
	cr_assert_not_null(strstr(world.err.text, words), "'%s' does not say '%s'", world.err.text,
			   words);
	err_reset(&world.err);
	buf_release(&rows);
}

/* ---- the law ---- */

static const char *const texts[] = {
	"",
	"ada",
	"o'; drop table x; --",
	"\\back \"quoted\"",
	"a\nb\tc",
	"\xc3\xa9\xf0\x9f\x90\x98",
	"12",
	"~",
	"true",
	"null",
	"%s $1 :value",
	"{}",
};
static const char *const integers[] = { "0", "-1", "9007199254740991", "-9007199254740991", "12" };
static const char *const bigs[] = { "0", "-9223372036854775808", "18446744073709551615", "42" };
static const char *const amounts[] = { "0.00", "-0.10", "12.50", "9999999999.99", "3.00" };
static const char *const wides[] = { "0.0000000000", "1234567890123456789012345678.9012345678",
				     "-0.0010000000" };
static const char *const moments[] = { "1970-01-01T00:00:00.000000Z", "2018-03-01T09:00:00.123456Z",
				       "0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999Z",
				       "1883-11-18T12:00:00.100000Z" };
static const char *const days[] = { "2018-03-01", "0001-01-01", "9999-12-31" };
static const char *const docs[] = {
	"{}",       "[]", "[1,{\"b\":[],\"z\":null}]", "{\"a\":\"\\\"\",\"b\":-7}", "true",
	"\"text\"", "7"
};

#define ONE_OF(list) list[draw(sizeof(list) / sizeof(*list))]

static void put_string(struct buf *json, const char *text)
{
	canonical_put_string(json, span_of(text));
}

static void put_scalar(struct buf *json, const char *type)
{
	if (strcmp(type, "integer") == 0)
		buf_put_text(json, ONE_OF(integers));
	else if (strcmp(type, "boolean") == 0)
		buf_put_text(json, draw(2) ? "true" : "false");
	else if (strcmp(type, "json") == 0)
		buf_put_text(json, ONE_OF(docs));
	else if (strcmp(type, "bigint") == 0)
		put_string(json, ONE_OF(bigs));
	else if (strcmp(type, "instant") == 0)
		put_string(json, ONE_OF(moments));
	else if (strcmp(type, "date") == 0)
		put_string(json, ONE_OF(days));
	else
		put_string(json, ONE_OF(texts));
}

static void put_members(struct buf *json, const struct field_info *fields, int count);

static void put_field(struct buf *json, const struct field_info *field)
{
	uint32_t elements = draw(4);

	if (strcmp(field->type, "decimal") == 0) {
		put_string(json,
			   strcmp(field->name, "wide") == 0 ? ONE_OF(wides) : ONE_OF(amounts));
	} else if (strcmp(field->type, "list") == 0) {
		buf_put_char(json, '[');
		for (uint32_t i = 0; i < elements; i++) {
			buf_put_text(json, i ? "," : "");
			put_members(json, field->members, field->member_count);
		}
		buf_put_char(json, ']');
	} else if (field->member_count) {
		put_members(json, field->members, field->member_count);
	} else {
		put_scalar(json, field->type);
	}
}

static void put_members(struct buf *json, const struct field_info *fields, int count)
{
	char before = '{';

	for (int i = 0; i < count; i++) {
		if (draw(4) == 0) /* absent */
			continue;
		buf_put_char(json, before);
		before = ',';
		put_string(json, fields[i].name);
		buf_put_char(json, ':');
		put_field(json, &fields[i]);
	}
	buf_put_text(json, before == '{' ? "{}" : "}");
}

/* What stands at the path, or NULL. */
static const struct json_value *value_at(const struct json_value *record, struct view_path path)
{
	for (int i = 0; record && i < path.count; i++)
		record = record->kind == JSON_OBJECT ? json_member(record, path.names[i]) : NULL;
	return record;
}

/* Zeros at the end of a fraction, which say nothing of the value. */
static struct span without_zeros(struct span decimal)
{
	while (decimal.data[decimal.size - 1] == '0')
		decimal.size--;
	decimal.size -= decimal.data[decimal.size - 1] == '.';
	return decimal;
}

/* As a cell holds it: strings are what they say, all else as canonical bytes say it. SQLite has no booleans and no decimals. */
static void put_expected(struct buf *rows, const struct json_value *value, enum view_kind kind)
{
	buf_put_text(rows, rows->size ? " " : "");
	if (value == NULL) {
		buf_put_char(rows, '~');
	} else if (kind == VIEW_DECIMAL && world.store == ON_SQLITE) {
		buf_put_span(rows, without_zeros(value->text));
	} else if (kind == VIEW_BOOLEAN && world.store == ON_SQLITE) {
		buf_put_char(rows, value->kind == JSON_TRUE ? '1' : '0');
	} else if (value->kind == JSON_STRING && kind != VIEW_JSON) {
		buf_put_span(rows, value->text);
	} else {
		struct json_value bare = *value;

		bare.key = SPAN_NONE;
		cr_assert(canonical_put_value(&bare, rows, &world.err), "%s", world.err.text);
	}
}

/* What SQLite can only hold inexactly, and so refuses to. */
static bool is_beyond(const struct view_column *column, const struct json_value *value)
{
	struct span text = value ? value->text : SPAN_NONE;

	if (world.store == ON_POSTGRES || value == NULL)
		return false;
	return column->kind == VIEW_BIGINT ? span_equal_text(text, "18446744073709551615")
					   : column->kind == VIEW_DECIMAL && text.size > 30;
}

/* The column's values in all elements of the lists below, in their order. */
static void put_all(struct buf *rows, const struct table_view *view,
		    const struct view_column *column, const struct json_value *document, int list,
		    bool *beyond)
{
	const struct json_value *items;

	if (list == view->list_count) {
		*beyond = *beyond || is_beyond(column, value_at(document, column->path));
		put_expected(rows, value_at(document, column->path), column->kind);
		return;
	}
	items = value_at(document, view->lists[list]);
	for (size_t i = 0; items && i < items->item_count; i++)
		put_all(rows, view, column, &items->items[i], list + 1, beyond);
}

static void compare_column(const struct table_view *view, const struct view_column *column,
			   const struct json_value *record, const char *id)
{
	struct buf rows, sql;
	bool beyond = false;

	buf_init(&rows);
	buf_init(&sql);
	put_all(&rows, view, column, record, 0, &beyond);
	buf_print(&sql, "select \"%s\" from %s where id = :value", column->name, view->name);
	/* What can be written without quotes is. */
	if (strspn(column->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") ==
		strlen(column->name) &&
	    strcmp(column->name, "select") != 0) {
		buf_reset(&sql);
		buf_print(&sql, "select %s from %s where id = :value", column->name, view->name);
	}
	if (beyond)
		refuse(sql.data, id, ERR_DATA, "holds no");
	else
		expect(sql.data, id, rows.size ? rows.data : "");
	buf_release(&sql);
	buf_release(&rows);
}

ON_EVERY_STORE(a_column_holds_what_its_field_holds)
{
	enum { RECORDS = 40 };
	const struct entity_info *entity;
	int compared = 0;

	begin(c->store, NULL);
	entity = &world.migration->entities[0];
	cr_assert_eq(world.views.count, 3);
	for (int i = 0; i < RECORDS; i++) {
		const char *id = arena_print(&world.arena, "th_%d", i).data;
		struct json_value record;
		struct buf json;

		buf_init(&json);
		put_members(&json, entity->fields, entity->field_count);
		put_record(i, json.data, "");
		cr_assert(json_read(buf_span(&json), &world.arena, &record, &world.err));
		for (int v = 0; v < world.views.count; v++)
			for (int k = 0; k < world.views.views[v].column_count; k++) {
				compare_column(&world.views.views[v],
					       &world.views.views[v].columns[k], &record, id);
				compared++;
			}
		buf_release(&json);
	}
	cr_assert_gt(compared, RECORDS * 25);
}

/* ---- counts, by the stores' own tools ---- */

ON_EVERY_STORE(tables_have_the_rows_that_the_stores_own_tools_count)
{
	const char *lines = c->store == ON_SQLITE
				? "select sum(json_array_length(payload_json, '$.history')) from "
				  "\"Thing_final\" where source_state = ''"
				: "select sum(jsonb_array_length(payload_json -> 'history')) from "
				  "\"Thing_final\" where source_state = ''";
	const struct entity_info *entity;

	begin(c->store, NULL);
	entity = &world.migration->entities[0];
	for (int i = 0; i < 60; i++) {
		struct buf json;

		buf_init(&json);
		put_members(&json, entity->fields, entity->field_count);
		put_record(i, json.data, i % 5 ? "" : i % 2 ? "gone" : "skipped");
		buf_release(&json);
	}
	cr_assert_str_eq(answer("select count(*) from Thing", NULL), "48");
	cr_assert_str_eq(answer("select count(*) from Thing", NULL),
			 tool("select count(*) from \"Thing_final\" where source_state = ''"));
	cr_assert_str_eq(answer("select count(*) from thing_HISTORY", NULL), tool(lines));
	expect("select count(*) from Thing_history as h where not exists "
	       "(select 1 from thing where thing.id = h.id)",
	       NULL, "0");
}

/* ---- statements around them ---- */

ON_EVERY_STORE(the_statements_own_with_goes_on)
{
	static const char *const statements[] = {
		"select word from thing",
		"-- with\nselect word from thing",
		"/* with recursive */ with those as (select * from thing) select word from those",
		"WITH those AS (select word from Thing), these as (select * from those) select "
		"word "
		"from these",
		"with recursive n(i) as (select 1 union all select i + 1 from n where i < 3) "
		"select word from thing, n where n.i = 3",
		"With -- a comment\n Recursive\n those as (select word from thing) select word "
		"from "
		"those",
		"select word from (with those as (select word from thing) select word from those) "
		"as "
		"q",
		"select (select word from thing) as word",
		"with \"Thing_final\" as (select 'other' as word) select word from thing",
		"select word from thing as with_them where exists (select 1 from thing_history "
		"where "
		"id = with_them.id) or 1 = 1",
	};

	begin(c->store, NULL);
	put_record(1, "{\"history\":[],\"word\":\"here\"}", "");
	put_record(2, "{\"word\":\"gone\"}", "gone");
	for (size_t i = 0; i < sizeof(statements) / sizeof(*statements); i++)
		expect(statements[i], NULL, "here");
	refuse("with thing as (select 1 as word) select word from thing", NULL, ERR_RULE, "thing");
	refuse("select word from thin", NULL, ERR_RULE, "thin");
	refuse("select wrod from thing", NULL, ERR_RULE, "wrod");
}

ON_EVERY_STORE(the_examples_own_statements_are_answered)
{
	const struct query_info *query;
	const struct none_info *none;

	begin(c->store, "rules/v3.lua");
	none = &world.migration->entities[0].nones[0];
	query = &world.migration->entities[0].queries[0];
	put_record(1,
		   "{\"actorId\":\"ada\",\"amount\":\"1.10\",\"externalId\":\"x1\",\"state\":"
		   "\"ASSIGNED\"}",
		   "");
	put_record(
	    2,
	    "{\"actorId\":\"ada\",\"amount\":\"2.20\",\"externalId\":\"x2\",\"state\":\"CREATED\"}",
	    "");
	put_record(3, "{\"actorId\":\"ada\",\"externalId\":\"x3\",\"state\":\"ASSIGNED\"}", "gone");
	cr_assert_str_eq(answer(none->sql, NULL), "");
	put_record(4, "{\"actorId\":\"ada\",\"externalId\":\"x4\",\"state\":\"ASSIGNED\"}", "");
	cr_assert_str_eq(answer(none->sql, NULL), "th_1");
	cr_assert_str_eq(query->parameters[0].name, "actor");
	expect("select externalId from job where actorId = :value order by externalId", "ada",
	       "x1 x2 x4");
	expect("select externalId from job where actorId = :value", "ada' or 'a'='a", "");
}

/* ---- what compares, and what sums ---- */

ON_EVERY_STORE(values_compare_as_what_they_are)
{
	begin(c->store, NULL);
	put_record(1,
		   "{\"amount\":\"9.50\",\"createdAt\":\"2018-03-01T09:00:00.000000Z\",\"day\":"
		   "\"2018-03-01\",\"done\":true,\"small\":9,\"big\":\"9223372036854775807\"}",
		   "");
	put_record(2,
		   "{\"amount\":\"10.00\",\"createdAt\":\"2018-03-01T09:00:00.000001Z\",\"day\":"
		   "\"2018-02-28\",\"done\":false,\"small\":10,\"big\":\"9223372036854775806\"}",
		   "");
	put_record(3, "{}", "");
	expect("select id from thing where amount > 9.6", NULL, "th_2");
	expect("select id from thing where amount >= 9 order by amount", NULL, "th_1 th_2");
	expect("select id from thing order by amount desc, id", NULL,
	       c->store == ON_SQLITE ? "th_2 th_1 th_3" : "th_3 th_2 th_1");
	expect("select id from thing where amount = 10", NULL, "th_2");
	expect("select id from thing where amount = :value", "10.0", "th_2");
	expect("select id from thing where amount in (10, 11)", NULL, "th_2");
	expect("select id from thing where amount between 9 and 9.5", NULL, "th_1");
	expect("select max(amount) as m from thing", NULL, c->store == ON_SQLITE ? "10" : "10.00");
	expect("select id from thing where coalesce(amount, 0) < 9.55 order by id", NULL,
	       "th_1 th_3");
	expect("select count(*) as n from thing having max(amount) > 10", NULL, "");
	expect("select id from thing where small > 9", NULL, "th_2");
	expect("select id from thing where small = :value", "9", "th_1");
	expect("select id from thing where big > 9223372036854775806", NULL, "th_1");
	expect("select id from thing where big = :value", "9223372036854775806", "th_2");
	expect("select id from thing where done", NULL, "th_1");
	expect("select id from thing where not done", NULL, "th_2");
	expect("select id from thing where done = true", NULL, "th_1");
	expect("select id from thing where createdAt > :value", "2018-03-01T09:00:00.000000Z",
	       "th_2");
	expect("select max(createdAt) as m from thing", NULL, "2018-03-01T09:00:00.000001Z");
	expect("select min(day) as d from thing", NULL, "2018-02-28");
	expect("select id from thing where day = :value", "2018-03-01", "th_1");
	expect("select id from thing where amount is null", NULL, "th_3");
}

ON_EVERY_STORE(amounts_sum_to_the_last_cent)
{
	bool is_sqlite = c->store == ON_SQLITE;

	begin(c->store, NULL);
	expect("select sum(amount) as s from thing", NULL, "~");
	for (int i = 0; i < 30; i++)
		put_record(i,
			   i % 3 ? "{\"amount\":\"0.10\",\"small\":2,\"kind\":\"A\"}"
				 : "{\"amount\":\"123456789.93\",\"small\":1}",
			   "");
	expect("select sum(amount) as s from thing", NULL,
	       is_sqlite ? "1234567901.3" : "1234567901.30");
	expect("select sum(amount) as s from thing where kind = 'A'", NULL,
	       is_sqlite ? "2" : "2.00");
	expect("select sum(small) as s from thing", NULL, "50");
	expect("select count(distinct amount) as c from thing", NULL, "2");
	expect("select kind from thing group by kind having sum(amount) = 2", NULL, "A");
	expect("select kind from thing group by kind having sum(amount) > 100", NULL, "~");
	expect("select distinct s from (select sum(amount) over (order by id rows between 1 "
	       "preceding and current row) as s from thing) as q where s < 1 order by s",
	       NULL, is_sqlite ? "0.2" : "0.20");
	/* What SQLite could not tell from another sum it does not give. */
	put_record(30, "{\"amount\":\"9999999999999.99\"}", "");
	put_record(31, "{\"amount\":\"0.01\"}", "");
	expect("select sum(amount) as s from thing where amount < 1 or amount > 9999999999999",
	       NULL, is_sqlite ? "10000000000002" : "10000000000002.00");
	put_record(32, "{\"amount\":\"0.01\"}", "");
	if (is_sqlite)
		refuse("select sum(amount) as s from thing where amount < 1 or amount > "
		       "9999999999999",
		       NULL, ERR_DATA, "15 digits");
	else
		expect("select sum(amount) as s from thing where amount < 1 or amount > "
		       "9999999999999",
		       NULL, "10000000000002.01");
}

/* ---- what no record of ours holds ---- */

ON_EVERY_STORE(what_is_not_of_its_type_is_said_and_not_guessed)
{
	const struct {
		const char *payload, *sql;
	} odd[] = {
		{ "{\"small\":\"12abc\"}", "select small from thing" },
		{ "{\"small\":1.5}", "select small from thing" },
		{ "{\"small\":{}}", "select small from thing" },
		{ "{\"small\":\"many\"}", "select id from thing where small = 0" },
		{ "{\"done\":\"maybe\"}", "select done from thing" },
		{ "{\"done\":7}", "select done from thing" },
		{ "{\"amount\":\"much\"}", "select sum(amount) from thing" },
		{ "{\"amount\":\"\"}", "select amount from thing" },
		{ "{\"amount\":\"1.5 \"}",
		  c->store == ON_SQLITE ? "select amount from thing" : "select 1 / 0 from thing" },
		{ "{\"history\":\"none\"}", "select id from thing_history" },
		{ "{\"history\":{\"at\":\"x\"}}", "select id from thing_history" },
		{ "{\"history\":[{\"bits\":7}]}", "select v from thing_history_bits" },
	};

	begin(c->store, NULL);
	for (size_t i = 0; i < sizeof(odd) / sizeof(*odd); i++) {
		put_record(1, odd[i].payload, "");
		refuse(odd[i].sql, NULL, ERR_DATA, "");
		tool("delete from \"Thing_final\"");
	}
	/* PostgreSQL does not even take it. */
	if (c->store == ON_SQLITE) {
		put_record(1, "{\"word\":\"ada\\u0000bob\"}", "");
		refuse("select word from thing", NULL, ERR_DATA, "Thing holds a NUL");
		refuse("select count(*) from thing", NULL, ERR_DATA, "Thing holds a NUL");
		tool("delete from \"Thing_final\"");
		put_record(1, "not JSON", "");
		refuse("select word from thing", NULL, ERR_DATA, "malformed");
		tool("delete from \"Thing_final\"");
	}
	put_record(2, "{\"word\":\"\\\\u0000\"}", "");
	expect("select word from thing", NULL, "\\u0000");
	tool("delete from \"Thing_final\"");
	put_record(1, "{\"word\":\"fine\",\"small\":null}", "");
	expect("select word from thing where small is null", NULL, "fine");
}

/* An index that a data owner makes over what decision 0033 says serves. */
ON_EVERY_STORE(an_index_over_a_field_serves)
{
	struct question question = { .sql = "select id from thing where word = 'x'",
				     .column_count = 1,
				     .views = NULL,
				     .seconds = 1 };
	struct buf sql;

	begin(c->store, NULL);
	question.views = world.views.views;
	question.view_count = world.views.count;
	tool(c->store == ON_SQLITE ? "create index by_word on \"Thing_final\" (payload_json ->> "
				     "'$.\"word\"')"
				   : "create index by_word on \"Thing_final\" ((payload_json ->> "
				     "'word') collate \"C\")");
	buf_init(&sql);
	buf_put_text(&sql, c->store == ON_SQLITE ? "explain query plan "
						 : "set enable_seqscan = off; explain ");
	conn_put_question(world.conn, &question, &sql);
	cr_assert_not_null(strstr(tool(sql.data), "by_word"), "%s: %s", sql.data, tool(sql.data));
	buf_release(&sql);
	for (int role = CONN_TARGET; role <= CONN_TARGET_READ; role++) {
		struct conn *other = NULL;

		cr_assert(conn_open(world.url, (enum conn_role)role, &other, &world.err), "%s",
			  world.err.text);
		conn_close(other);
	}
}

/* ---- names ---- */

static struct views made;

static bool make(const struct field_info *fields, int count)
{
	struct entity_info entities[2] = { { .name = "job/a",
					     .record = "job",
					     .part = "a",
					     .id_field = "jobId",
					     .fields = fields,
					     .field_count = count },
					   { 0 } };
	struct migration_info migration = { .entities = entities, .entity_count = 2 };

	entities[1] = entities[0];
	entities[1].name = "job/b";
	return views_of(&migration, &world.arena, &made, &world.err);
}

Test(views, an_entity_in_parts_is_one_table_and_no_two_names_are_one)
{
	struct field_info fields[] = { { .name = "jobId", .type = "id" },
				       { .name = "id", .type = "text" },
				       { .name = "aB", .type = "text" },
				       { .name = "list", .type = "list" } };
	struct field_info member = { .name = "ID", .type = "integer" };

	arena_init(&world.arena);
	fields[3].members = &member;
	fields[3].member_count = 1;
	cr_assert(make(fields, 4), "%s", world.err.text);
	cr_assert_eq(made.count, 2);
	cr_assert_str_eq(made.views[0].name, "job");
	cr_assert_str_eq(made.views[0].table, "job_final");
	cr_assert_str_eq(made.views[0].columns[1].name, "job.id");
	cr_assert_str_eq(made.views[1].name, "job_list");
	cr_assert_str_eq(made.views[1].columns[0].name, "list.ID");
	fields[1].name = "Ab";
	cr_assert_not(make(fields, 4));
	cr_assert_eq(world.err.code, ERR_RULE);
	cr_assert_not_null(strstr(world.err.text, "\"Ab\""), "%s", world.err.text);
	arena_release(&world.arena);
}
