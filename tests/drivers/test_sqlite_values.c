/*
 * test_sqlite_values.c: what SQLite keeps in its columns, as the canonical texts of the contract.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "drivers/sqlite/reader_internal.h"
#include "engine/model/key.h"
#include "tests/drivers/fixture.h"

TestSuite(sqlite_values, .timeout = 60);

/* ---- numbers ---- */

struct real_case {
	double value;
	char text[32];
};

ParameterizedTestParameters(sqlite_values, reals_have_their_shortest_text)
{
	static struct real_case cases[] = {
		{ 5, "5" },
		{ 0, "0" },
		{ -0.0, "-0" },
		{ 0.99, "0.99" },
		{ -12.5, "-12.5" },
		{ 0.05, "0.05" },
		{ 0.0001, "0.0001" },
		{ 0.00012, "0.00012" },
		{ 1e-5, "1e-05" },
		{ 0.1 + 0.2, "0.30000000000000004" },
		{ 100.25, "100.25" },
		{ 1e14, "100000000000000" },
		{ 999999999999999, "999999999999999" },
		{ 1e15, "1e+15" },
		{ 1e20, "1e+20" },
		{ 1e100, "1e+100" },
		{ 1234567890123456, "1.234567890123456e+15" },
		{ 9007199254740993.0, "9.007199254740992e+15" },
		{ 123456789.123, "123456789.123" },
		{ 5e-324, "5e-324" },
		{ 2.2250738585072014e-308, "2.2250738585072014e-308" },
		{ -1.7976931348623157e308, "-1.7976931348623157e+308" },
		{ INFINITY, "Infinity" },
		{ -INFINITY, "-Infinity" },
		{ NAN, "NaN" },
	};

	return cr_make_param_array(struct real_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct real_case *c, sqlite_values, reals_have_their_shortest_text)
{
	char text[NUMBER_TEXT_SIZE];
	size_t size = real_to_text(c->value, text);

	cr_assert(span_equal_text((struct span){ text, size }, c->text), "%s became %.*s", c->text,
		  (int)size, text);
}

/* No shorter text reads back: dropping a digit from the text's precision gives another number. */
static void check_real(double value)
{
	char text[NUMBER_TEXT_SIZE + 1], shorter[64];
	size_t size = real_to_text(value, text);
	int digits = 0;
	bool leading = true;

	cr_assert_lt(size, NUMBER_TEXT_SIZE);
	text[size] = '\0';
	cr_assert_eq(strtod(text, NULL), value, "%s is not %.17g", text, value);
	for (const char *c = text; *c && *c != 'e'; c++) {
		leading = leading && (*c == '0' || *c == '.' || *c == '-');
		digits += !leading && *c != '.';
	}
	/* Zeros in front of the point that hold its place are no digits to save. */
	for (const char *c = text + size - 1; c > text && *c == '0' && !strpbrk(text, ".e"); c--)
		digits--;
	if (digits < 2)
		return;
	snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, value);
	cr_assert_neq(strtod(shorter, NULL), value, "%s could be %s", text, shorter);
}

Test(sqlite_values, any_real_reads_back_and_is_not_longer_than_needed)
{
	uint64_t dice = 1;

	for (int i = 0; i < 200000; i++) {
		uint64_t bits = ((uint64_t)next_random(&dice, UINT32_MAX) << 33) ^
				((uint64_t)next_random(&dice, UINT32_MAX) << 11) ^
				next_random(&dice, UINT32_MAX);
		double value;

		memcpy(&value, &bits, sizeof(value));
		if (isfinite(value))
			check_real(value);
		check_real((double)next_random(&dice, 100000000) / 100);
		check_real(-(double)next_random(&dice, 1000000) / 7);
	}
}

Test(sqlite_values, integers_go_to_text_and_back)
{
	static const int64_t values[] = { 0, 1, -1, 9, 10, INT64_MAX, INT64_MIN, 1000000, -99 };
	static const char *const no_numbers[] = { "",
						  "-",
						  "+1",
						  "01",
						  "-0",
						  "1 ",
						  "1.0",
						  " 1",
						  "0x1",
						  "1e3",
						  "9223372036854775808",
						  "-9223372036854775809",
						  "99999999999999999999999" };
	int64_t back;

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		char text[NUMBER_TEXT_SIZE], expected[32];
		size_t size = integer_to_text(values[i], text);

		snprintf(expected, sizeof(expected), "%lld", (long long)values[i]);
		cr_assert(span_equal_text((struct span){ text, size }, expected), "%.*s", (int)size,
			  text);
		cr_assert(integer_from_text((struct span){ text, size }, &back));
		cr_assert_eq(back, values[i]);
	}
	for (size_t i = 0; i < sizeof(no_numbers) / sizeof(no_numbers[0]); i++)
		cr_assert_not(integer_from_text(span_of(no_numbers[i]), &back), "'%s'",
			      no_numbers[i]);
}

/* ---- rows of a table with any SQL ---- */

struct legacy {
	struct fixture fixture;
	struct source sources[2];
	struct source_set set;
	struct conn *conn;
	struct reader *reader;
	struct arena arena;
	struct batch batch;
	struct err err;
};

static const int first[] = { 0 };
static const int second[] = { 1 };
static const char *const k_v[] = { "k", "v" };

/* Table t(k, v …) alone, or with a second source over table r(k, v). */
static void legacy_open(struct legacy *legacy, const char *sql, enum source_kind second_kind)
{
	memset(legacy, 0, sizeof(*legacy));
	fixture_open(&legacy->fixture, ON_SQLITE);
	fixture_run(&legacy->fixture, sql);
	arena_init(&legacy->arena);
	legacy->sources[0] = (struct source){ .name = "root",
					      .kind = SOURCE_ROOT,
					      .table = "t",
					      .columns = k_v,
					      .column_count = 2,
					      .key_columns = first,
					      .key_count = 1 };
	legacy->sources[1] = (struct source){ .name = "other",
					      .kind = second_kind,
					      .table = "r",
					      .columns = k_v,
					      .column_count = 2,
					      .key_columns = first,
					      .key_count = 1,
					      .parent_columns = first,
					      .parent_count = 1,
					      .from_source = 0,
					      .from_columns = second };
	legacy->set = (struct source_set){ legacy->sources, second_kind == SOURCE_ROOT ? 1 : 2 };
	legacy->conn = fixture_connect(&legacy->fixture, CONN_SOURCE);
}

static void legacy_read(struct legacy *legacy)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };

	cr_assert(conn_open_reader(legacy->conn, &legacy->set, &legacy->reader, &legacy->err), "%s",
		  legacy->err.text);
	batch_init(&legacy->batch, &legacy->arena, &legacy->set);
	cr_assert(reader_read_range(legacy->conn, legacy->reader, &range, 0, &legacy->batch, NULL,
				    &legacy->err),
		  "%s", legacy->err.text);
}

static void legacy_close(struct legacy *legacy)
{
	reader_close(legacy->conn, legacy->reader);
	conn_close(legacy->conn);
	arena_release(&legacy->arena);
	fixture_close(&legacy->fixture);
}

static void expect_lines(const struct rowset *rowset, const char *expected)
{
	struct lines lines;
	struct buf all;

	lines_open(&lines);
	buf_init(&all);
	lines_add_rows(&lines, rowset);
	lines_sort(&lines);
	for (int i = 0; i < lines.count; i++)
		buf_print(&all, "%s;", lines.text[i]);
	cr_assert(span_equal_text(buf_span(&all), expected), "saw '%s', expected '%s'",
		  buf_span(&all).data, expected);
	buf_release(&all);
	lines_close(&lines);
}

Test(sqlite_values, a_column_gives_each_storage_class_its_own_text)
{
	struct legacy legacy;

	legacy_open(&legacy,
		    "create table t (k integer primary key, v);"
		    "insert into t values (1, 7), (2, 7.0), (3, 0.5), (4, '7'), (5, x'37'),"
		    "(6, null), (7, ''), (8, x''), (9, 9e999), (10, 9223372036854775807)",
		    SOURCE_ROOT);
	legacy_read(&legacy);
	expect_lines(&legacy.batch.rowsets[0], "10|9223372036854775807;1|7;2|7;3|0.5;4|7;5|7;6|~;"
					       "7|;8|;9|Infinity;");
	cr_assert_eq(rowset_row(&legacy.batch.rowsets[0], 3)[1].kind, CELL_TEXT);
	cr_assert_eq(rowset_row(&legacy.batch.rowsets[0], 4)[1].kind, CELL_BYTES);
	cr_assert_eq(rowset_row(&legacy.batch.rowsets[0], 7)[1].kind, CELL_BYTES);
	legacy_close(&legacy);
}

Test(sqlite_values, texts_keep_every_byte)
{
	struct legacy legacy;
	struct span seen;

	legacy_open(&legacy,
		    "create table t (k integer primary key, v text);"
		    "insert into t values (1, 'a' || char(0) || 'b'), (2, cast(x'ff41' as text))",
		    SOURCE_ROOT);
	legacy_read(&legacy);
	seen = cell_span(&rowset_row(&legacy.batch.rowsets[0], 0)[1]);
	cr_assert(span_equal(seen, (struct span){ "a\0b", 3 }));
	seen = cell_span(&rowset_row(&legacy.batch.rowsets[0], 1)[1]);
	cr_assert(span_equal(seen, (struct span){ "\xff\x41", 2 }));
	legacy_close(&legacy);
}

Test(sqlite_values, a_database_in_utf16_gives_utf8)
{
	struct legacy legacy;

	legacy_open(&legacy, "drop table if exists x", SOURCE_ROOT);
	fixture_close(&legacy.fixture);
	conn_close(legacy.conn);
	arena_release(&legacy.arena);
	/* The encoding is chosen before anything is written. */
	legacy_open(&legacy, "vacuum; select 1", SOURCE_ROOT);
	conn_close(legacy.conn);
	sqlite3_close(legacy.fixture.db);
	remove(legacy.fixture.path);
	cr_assert_eq(sqlite3_open(legacy.fixture.path, &legacy.fixture.db), SQLITE_OK);
	fixture_run(&legacy.fixture, "pragma encoding = 'UTF-16le';"
				     "create table t (k text primary key, v text);"
				     "insert into t values ('é', '日本'), ('z', '')");
	legacy.conn = fixture_connect(&legacy.fixture, CONN_SOURCE);
	legacy_read(&legacy);
	expect_lines(&legacy.batch.rowsets[0], "z|;é|日本;");
	legacy_close(&legacy);
}

/* ---- keys of any kind: walk them one by one and ask for each again ---- */

struct key_case {
	char sql[360];
	int count;
};

ParameterizedTestParameters(sqlite_values, keys_of_one_kind_are_walked_and_found)
{
	static struct key_case cases[] = {
		{ "create table t (k integer primary key, v);"
		  "insert into t values (-9223372036854775807-1, 1), (0, 1), (9223372036854775807, "
		  "1)",
		  3 },
		{ "create table t (k integer primary key, v) without rowid;"
		  "insert into t values (-1, 1), (0, 1), (1, 1)",
		  3 },
		{ "create table t (k numeric(10) not null unique, v);"
		  "insert into t values ('007', 1), (10, 1), (9, 1)",
		  3 },
		{ "create table t (k text primary key, v) without rowid;"
		  "insert into t values ('', 1), ('\"', 1), ('a\\', 1), ('é', 1), ('\\x41', 1)",
		  5 },
		/* Neither UTF-8 nor free of NUL: still keys. */
		{ "create table t (k text primary key, v);"
		  "insert into t values (cast(x'ff00' as text), 1), (cast(x'ff01' as text), 1),"
		  "('a' || char(0) || 'b', 1), ('a', 1)",
		  4 },
		{ "create table t (k blob primary key, v);"
		  "insert into t values (x'', 1), (x'00', 1), (x'41', 1), (x'ff', 1), (x'5c78', 1)",
		  5 },
		{ "create table t (k primary key, v); insert into t values ('7', 1), ('70', 1)",
		  2 },
		{ "create table t (k primary key, v); insert into t values (7, 1), (70, 1)", 2 },
		{ "create table t (k text collate nocase primary key, v);"
		  "insert into t values ('B', 1), ('a', 1), ('C', 1), ('ab', 1)",
		  4 },
		{ "create table t (k text, v); create unique index i on t (k desc);"
		  "insert into t values ('B', 1), ('a', 1), ('C', 1)",
		  3 },
		{ "create table t (k integer, v); create unique index \"odd \"\" (name)\" on t (k);"
		  "insert into t values (3, 1), (1, 1)",
		  2 },
		{ "create table t (k any primary key, v any) strict;"
		  "insert into t values ('1', 1), ('10', 1), ('9', 1)",
		  3 },
	};

	return cr_make_param_array(struct key_case, cases, sizeof(cases) / sizeof(cases[0]));
}

static void find_again(struct legacy *legacy, struct span key)
{
	struct batch batch;

	batch_init(&batch, &legacy->arena, &legacy->set);
	cr_assert(
	    reader_read_keys(legacy->conn, legacy->reader, &key, 1, &batch, NULL, &legacy->err),
	    "%s", legacy->err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 1, "%.*s", SPAN_ARGS(key));
}

ParameterizedTest(struct key_case *c, sqlite_values, keys_of_one_kind_are_walked_and_found)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct legacy legacy;
	struct buf key;
	int count = 0;

	legacy_open(&legacy, c->sql, SOURCE_ROOT);
	legacy_read(&legacy);
	buf_init(&key);
	for (bool last = false; !last;) {
		struct batch batch;

		range = (struct key_range){ range.upper, SPAN_NONE };
		cr_assert(reader_find_bound(legacy.conn, legacy.reader, &range, 1, &legacy.arena,
					    &range.upper, &legacy.err),
			  "%s", legacy.err.text);
		last = range.upper.data == NULL;
		batch_init(&batch, &legacy.arena, &legacy.set);
		cr_assert(reader_read_range(legacy.conn, legacy.reader, &range, 0, &batch, NULL,
					    &legacy.err),
			  "%s", legacy.err.text);
		cr_assert_eq(batch.rowsets[0].row_count, 1, "up to %.*s", SPAN_ARGS(range.upper));
		buf_reset(&key);
		key_put(&key, rowset_row(&batch.rowsets[0], 0), first, 1);
		if (!last)
			cr_assert(span_equal(range.upper, buf_span(&key)), "%.*s is not %s",
				  SPAN_ARGS(range.upper), key.data);
		find_again(&legacy, buf_span(&key));
		count++;
	}
	cr_assert_eq(count, c->count);
	buf_release(&key);
	legacy_close(&legacy);
}

Test(sqlite_values, a_composite_key_is_walked_in_the_order_of_its_index)
{
	static const char *const columns[] = { "a", "b", "k", "v" };
	static const int a_b[] = { 0, 1 };
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct legacy legacy;
	struct span bound;

	/* The rule says (a, b), the index (b, a): the key stays as the rule says it. */
	legacy_open(&legacy,
		    "create table t (a text, b integer, k, v, primary key (b, a));"
		    "insert into t (a, b) values ('x', 2), ('y', 1), ('z', 3)",
		    SOURCE_ROOT);
	legacy.sources[0].columns = columns;
	legacy.sources[0].column_count = 4;
	legacy.sources[0].key_columns = a_b;
	legacy.sources[0].key_count = 2;
	legacy_read(&legacy);
	cr_assert(reader_find_bound(legacy.conn, legacy.reader, &range, 1, &legacy.arena, &bound,
				    &legacy.err),
		  "%s", legacy.err.text);
	cr_assert(span_equal_text(bound, "[\"y\",\"1\"]"), "%.*s", SPAN_ARGS(bound));
	find_again(&legacy, bound);
	range.lower = bound;
	batch_init(&legacy.batch, &legacy.arena, &legacy.set);
	cr_assert(reader_read_range(legacy.conn, legacy.reader, &range, 0, &legacy.batch, NULL,
				    &legacy.err),
		  "%s", legacy.err.text);
	expect_lines(&legacy.batch.rowsets[0], "x|2|~|~;z|3|~|~;");
	legacy_close(&legacy);
}

/* ---- references across types: joined by canonical text, whatever SQLite thinks ---- */

struct join_case {
	char sql[360];
	char expected[64];
};

ParameterizedTestParameters(sqlite_values, references_are_found_by_their_text)
{
	static struct join_case cases[] = {
		/* A number points at a text and a text at a number. */
		{ "create table t (k integer primary key, v integer);"
		  "create table r (k text primary key, v); insert into t values (1, 7), (2, 7);"
		  "insert into r values ('7', 'seven'), ('07', 'other')",
		  "7|seven;" },
		{ "create table t (k integer primary key, v text);"
		  "create table r (k integer primary key, v); insert into t values (1, '7'), (2, "
		  "'8');"
		  "insert into r values (7, 'seven')",
		  "7|seven;" },
		/* SQLite would take these for equal; their texts differ. */
		{ "create table t (k integer primary key, v text);"
		  "create table r (k integer primary key, v);"
		  "insert into t values (1, '07'), (2, '7.0'), (3, ' 7');"
		  "insert into r values (7, 'seven')",
		  "" },
		{ "create table t (k integer primary key, v text);"
		  "create table r (k text collate nocase primary key, v);"
		  "insert into t values (1, 'a'), (2, 'A'); insert into r values ('A', 'one')",
		  "A|one;" },
		/* Columns without a type keep what they were given. */
		{ "create table t (k integer primary key, v); create table r (k primary key, v);"
		  "insert into t values (1, '7'), (2, 8); insert into r values (7, 'n'), ('8', "
		  "'t')",
		  "7|n;8|t;" },
		{ "create table t (k integer primary key, v); create table r (k primary key, v);"
		  "insert into t values (1, x'01'); insert into r values (x'01', 'b'), ('1', 't')",
		  "\x01|b;" },
		/* No index: one scan for all, the same answer. */
		{ "create table t (k integer primary key, v text);"
		  "create table r (k integer, v);"
		  "insert into t values (1, '7'), (2, '07'), (3, null), (4, '7');"
		  "insert into r values (7, 'seven'), (8, 'eight'), (null, 'none')",
		  "7|seven;" },
		/* Too large for a double, exact as a text. */
		{ "create table t (k integer primary key, v text);"
		  "create table r (k integer primary key, v);"
		  "insert into t values (1, '9007199254740993');"
		  "insert into r values (9007199254740993, 'yes'), (9007199254740992, 'no')",
		  "9007199254740993|yes;" },
	};

	return cr_make_param_array(struct join_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct join_case *c, sqlite_values, references_are_found_by_their_text)
{
	struct legacy legacy;

	legacy_open(&legacy, c->sql, SOURCE_REFERENCE);
	legacy_read(&legacy);
	expect_lines(&legacy.batch.rowsets[1], c->expected);
	legacy_close(&legacy);
}

/* ---- names ---- */

Test(sqlite_values, names_are_names_whatever_is_in_them)
{
	static const char *const columns[] = { "k\" or 1 --", "select", "; drop table t" };
	struct legacy legacy;

	legacy_open(
	    &legacy,
	    "create table \"t \"\"'; drop table x; --\" (\"k\"\" or 1 --\" integer primary key,"
	    "\"select\", \"; drop table t\", unread);"
	    "insert into \"t \"\"'; drop table x; --\" values (1, 2, 3, 4)",
	    SOURCE_ROOT);
	legacy.sources[0].table = "t \"'; drop table x; --";
	legacy.sources[0].columns = columns;
	legacy.sources[0].column_count = 3;
	legacy_read(&legacy);
	expect_lines(&legacy.batch.rowsets[0], "1|2|3;");
	legacy_close(&legacy);
}

Test(sqlite_values, a_column_that_is_missing_is_no_text_constant)
{
	static const char *const columns[] = { "k", "no_such" };
	struct legacy legacy;

	legacy_open(&legacy, "create table t (k integer primary key, v)", SOURCE_ROOT);
	legacy.sources[0].columns = columns;
	cr_assert_not(conn_open_reader(legacy.conn, &legacy.set, &legacy.reader, &legacy.err));
	cr_assert_eq(legacy.err.code, ERR_RULE, "%s", legacy.err.text);
	cr_assert_not_null(strstr(legacy.err.text, "no_such"), "%s", legacy.err.text);
	legacy_close(&legacy);
}
