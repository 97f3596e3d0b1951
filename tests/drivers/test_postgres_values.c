/*
 * test_postgres_values.c: what PostgreSQL holds as the canonical text of driver.h, whatever a role or a database sets.
 */
#include "tests/drivers/on_postgres.h"

TestSuite(postgres_values, .timeout = 60);

static const struct {
	const char *type;
	const char *literal; /* as SQL writes the value */
	char kind;           /* of the cell: 't' text, 'b' binary, '0' NULL */
	const char *text;    /* its bytes; of binary in hex */
} values[] = {
	/* integers */
	{ "smallint", "-32768", 't', "-32768" },
	{ "smallint", "32767", 't', "32767" },
	{ "integer", "-2147483648", 't', "-2147483648" },
	{ "integer", "0", 't', "0" },
	{ "bigint", "9223372036854775807", 't', "9223372036854775807" },
	{ "bigint", "-9223372036854775808", 't', "-9223372036854775808" },
	{ "oid", "4294967295", 't', "4294967295" },
	/* exact decimals: digits as stored */
	{ "numeric", "1.50", 't', "1.50" },
	{ "numeric(12,2)", "7", 't', "7.00" },
	{ "numeric(12,2)", "-0.005", 't', "-0.01" },
	{ "numeric", "1e20", 't', "100000000000000000000" },
	{ "numeric", "0.000000000000000000001", 't', "0.000000000000000000001" },
	{ "numeric", "12345678901234567890123456789.123456789", 't',
	  "12345678901234567890123456789.123456789" },
	{ "numeric", "'NaN'", 't', "NaN" },
	{ "numeric", "'-Infinity'", 't', "-Infinity" },
	/* binary floating point: the shortest text that reads back */
	{ "real", "0.1", 't', "0.1" },
	{ "real", "16777216", 't', "1.6777216e+07" },
	{ "real", "1234567.875", 't', "1.2345679e+06" },
	{ "double precision", "5", 't', "5" },
	{ "double precision", "0.1::float8 + 0.2::float8", 't', "0.30000000000000004" },
	{ "double precision", "1e20", 't', "1e+20" },
	{ "double precision", "1e-7", 't', "1e-07" },
	{ "double precision", "5e-324", 't', "5e-324" },
	{ "double precision", "1.7976931348623157e308", 't', "1.7976931348623157e+308" },
	{ "double precision", "'-Infinity'", 't', "-Infinity" },
	{ "double precision", "'NaN'", 't', "NaN" },
	{ "double precision", "'-0'", 't', "-0" },
	/* truth */
	{ "boolean", "true", 't', "t" },
	{ "boolean", "false", 't', "f" },
	/* text: its bytes */
	{ "text", "''", 't', "" },
	{ "text", "E'a\\tb\\nc\\rd\\\\e'", 't', "a\tb\nc\rd\\e" },
	{ "text", "E'\\b\\f\\x0b\\x01\\x7f'", 't', "\b\f\v\x01\x7f" },
	{ "text", "E'\\\\N'", 't', "\\N" },
	{ "text", "E'\\\\.'", 't', "\\." },
	{ "text", "E'\\\\xff'", 't', "\\xff" },
	{ "text", "E'trailing\\\\'", 't', "trailing\\" },
	{ "text", "E'\\t'", 't', "\t" },
	{ "text", "'  both  '", 't', "  both  " },
	{ "text", "'\u00e9\u65e5\U0001f600'", 't', "\u00e9\u65e5\U0001f600" },
	{ "text", "E'e\\u0301'", 't', "e\u0301" },
	{ "text", "'NULL'", 't', "NULL" },
	{ "varchar(5)", "'ab '", 't', "ab " },
	{ "varchar(2)", "'ab    '::varchar(2)", 't', "ab" },
	{ "char(5)", "'ab'", 't', "ab   " },
	{ "char(2)", "'ab'", 't', "ab" },
	{ "char(3)", "''", 't', "   " },
	{ "\"char\"", "'x'", 't', "x" },
	{ "name", "'a name'", 't', "a name" },
	/* binary */
	{ "bytea", "''", 'b', "" },
	{ "bytea", "'\\x00ff5c4e'", 'b', "00ff5c4e" },
	{ "bytea", "'\\x5c78'", 'b', "5c78" },
	/* days and instants */
	{ "date", "'2024-02-29'", 't', "2024-02-29" },
	{ "date", "'infinity'", 't', "infinity" },
	{ "date", "'-infinity'", 't', "-infinity" },
	{ "date", "'0044-03-15 BC'", 't', "0044-03-15 BC" },
	{ "date", "'5874897-12-31'", 't', "5874897-12-31" },
	{ "timestamp", "'2024-03-10 02:30:00'", 't', "2024-03-10 02:30:00" },
	{ "timestamp", "'2024-03-10 02:30:00.123456'", 't', "2024-03-10 02:30:00.123456" },
	{ "timestamp", "'2024-03-10 02:30:00.1'", 't', "2024-03-10 02:30:00.1" },
	{ "timestamp", "'-infinity'", 't', "-infinity" },
	{ "timestamptz", "'2024-11-03 01:30:00-05'", 't', "2024-11-03 06:30:00+00" },
	{ "timestamptz", "'1880-01-01 00:00:00+00'", 't', "1880-01-01 00:00:00+00" },
	{ "timestamptz", "'0001-01-01 00:00:00+00 BC'", 't', "0001-01-01 00:00:00+00 BC" },
	{ "timestamptz", "'infinity'", 't', "infinity" },
	{ "time", "'24:00:00'", 't', "24:00:00" },
	{ "timetz", "'01:02:03.5+02'", 't', "01:02:03.5+02" },
	{ "interval", "'1 mon -30 days 36:00:01.5'", 't', "P1M-30DT36H1.5S" },
	/* the rest */
	{ "uuid", "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", 't',
	  "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11" },
	{ "json", "'{\"b\": 1e2,  \"a\":[1.50,null]}'", 't', "{\"b\": 1e2,  \"a\":[1.50,null]}" },
	{ "jsonb", "'{\"bb\": 1e2,  \"a\":[1.50,null], \"a\": \"\\\\n\"}'", 't',
	  "{\"a\": \"\\\\n\", \"bb\": 100}" },
	{ "integer[]", "'{1,NULL,3}'", 't', "{1,NULL,3}" },
	{ "text[]", "array['a b', E'\"\\\\', 'NULL', '']", 't',
	  "{\"a b\",\"\\\"\\\\\",\"NULL\",\"\"}" },
	{ "bytea[]", "array['\\x00ff'::bytea]", 't', "{\"\\\\x00ff\"}" },
	{ "timestamptz[]", "array['2024-11-03 01:30:00-05'::timestamptz]", 't',
	  "{\"2024-11-03 06:30:00+00\"}" },
	{ "mood", "'so so'", 't', "so so" },
	{ "price", "7", 't', "7.00" },
	{ "raw_bytes", "'\\xff'", 'b', "ff" },
	{ "pair", "row(1, 'a b')::pair", 't', "(1,\"a b\")" },
	{ "int4range", "'[1,5]'", 't', "[1,6)" },
	{ "bit(4)", "B'0101'", 't', "0101" },
	{ "inet", "'10.0.0.1/8'", 't', "10.0.0.1/8" },
	{ "xml", "'<a>1</a>'", 't', "<a>1</a>" },
	{ "text", "null", '0', "" },
	{ "bytea", "null", '0', "" },
	{ "mood", "null", '0', "" },
};

enum { VALUE_COUNT = sizeof(values) / sizeof(values[0]) };

/* v0, v1 … of one row. */
static void put_values(struct on_postgres *at, const char *columns[VALUE_COUNT + 1],
		       char names[VALUE_COUNT][8])
{
	struct buf sql;

	on_postgres_run(at,
			"create type mood as enum ('sad', 'so so');"
			"create domain price as numeric(12,2) check (value >= 0);"
			"create domain raw_bytes as bytea; create type pair as (n int, w text)");
	buf_init(&sql);
	buf_put_text(&sql, "create table t (k int primary key");
	columns[0] = "k";
	for (int i = 0; i < VALUE_COUNT; i++) {
		snprintf(names[i], 8, "v%d", i);
		columns[i + 1] = names[i];
		buf_print(&sql, ", %s %s", names[i], values[i].type);
	}
	buf_put_text(&sql, "); insert into t values (1");
	for (int i = 0; i < VALUE_COUNT; i++)
		buf_print(&sql, ", %s", values[i].literal);
	buf_put_text(&sql, ")");
	fixture_run(&at->fixture, sql.data);
	buf_release(&sql);
}

static char kind_of(const struct cell *cell)
{
	return cell->kind == CELL_TEXT ? 't' : cell->kind == CELL_BYTES ? 'b' : '0';
}

static void check_value(const struct cell *cell, int i)
{
	char text[200] = "";

	if (cell->kind == CELL_BYTES)
		for (uint32_t b = 0; b < cell->size && b < 90; b++)
			snprintf(text + 2 * (size_t)b, 3, "%02x", (unsigned char)cell->data[b]);
	else
		snprintf(text, sizeof(text), "%.*s", SPAN_ARGS(cell_span(cell)));
	cr_expect_eq(kind_of(cell), values[i].kind, "%s %s: kind %c", values[i].type,
		     values[i].literal, kind_of(cell));
	cr_expect_str_eq(text, values[i].text, "%s %s: '%s'", values[i].type, values[i].literal,
			 text);
}

/* keyless: the store's key of the row is checked against ours, so the texts that are hashed are these, too. */
static void check_values(struct on_postgres *at)
{
	static const int first[] = { 0 };
	static const char *columns[VALUE_COUNT + 1];
	static char names[VALUE_COUNT][8];
	static struct source source;
	static struct source_set set;

	put_values(at, columns, names);
	source = (struct source){ .name = "root",
				  .kind = SOURCE_ROOT,
				  .table = "t",
				  .columns = columns,
				  .column_count = VALUE_COUNT + 1,
				  .key_columns = first,
				  .key_count = 1 };
	set = (struct source_set){ &source, 1 };
	on_postgres_prepare(at, &set);
	on_postgres_read(at);
	cr_assert_eq(at->batch.rowsets[0].row_count, 1);
	for (int i = 0; i < VALUE_COUNT; i++)
		check_value(&rowset_row(&at->batch.rowsets[0], 0)[i + 1], i);
}

Test(postgres_values, have_one_canonical_text)
{
	struct on_postgres at;

	on_postgres_open(&at);
	check_values(&at);
	/* The same when values are measured by the store before they are sent. */
	on_postgres_run(&at, "create table long (k int, v text); alter table t add w text;"
			     "alter table t alter w set storage external;"
			     "update t set w = repeat('x', 3000000)");
	on_postgres_prepare(&at, at.batch.sources);
	on_postgres_read(&at);
	for (int i = 0; i < VALUE_COUNT; i++)
		check_value(&rowset_row(&at.batch.rowsets[0], 0)[i + 1], i);
	on_postgres_close(&at);
}

static const char *const hostile_settings[] = {
	"datestyle = 'German, DMY'",
	"timezone = 'Asia/Kathmandu'",
	"extra_float_digits = -15",
	"bytea_output = 'escape'",
	"intervalstyle = 'postgres_verbose'",
	"standard_conforming_strings = off",
	"escape_string_warning = on",
	"backslash_quote = off",
	"quote_all_identifiers = on",
	"enable_indexscan = off",
	"enable_indexonlyscan = off",
	"enable_bitmapscan = off",
	"client_encoding = 'LATIN1'",
	"xmloption = 'document'",
	"default_transaction_isolation = 'serializable'",
	"default_transaction_read_only = on",
	"client_min_messages = debug5",
	"lc_messages = 'C'",
	"array_nulls = off",
	"row_security = on",
	"statement_timeout = '1h'",
	"lock_timeout = 0",
	"plan_cache_mode = force_generic_plan",
	"transform_null_equals = on",
	"cursor_tuple_fraction = 1",
	"idle_in_transaction_session_timeout = '1ms'",
};

Test(postgres_values, are_the_same_whatever_a_role_has_set)
{
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	for (size_t i = 0; i < sizeof(hostile_settings) / sizeof(hostile_settings[0]); i++)
		on_postgres_run(&at, "alter role %s set %s", at.role, hostile_settings[i]);
	check_values(&at);
	on_postgres_expect_indexes(&at, "with indexes switched off");
	on_postgres_close(&at);
}

/* ---- what is set for the target ---- */

static bool take_row(void *context, const struct datum *cells, struct err *err)
{
	(void)err;
	snprintf(context, 40, "%.*s", (int)cells[0].text.size, cells[0].text.data);
	return true;
}

static void expect_setting(struct on_postgres *at, const char *name, const char *expected)
{
	static const struct table_column columns[] = { { "name", TABLE_TEXT, false },
						       { "setting", TABLE_TEXT, false } };
	static const struct table settings = { .name = "seen_settings",
					       .columns = columns,
					       .column_count = 2 };
	static const int setting[] = { 1 };
	const struct condition is_name = { 0, IS_EQUAL, datum_text(name) };
	const struct query query = { .table = &settings,
				     .columns = setting,
				     .column_count = 1,
				     .where = &is_name,
				     .where_count = 1 };
	char seen[40] = "";

	cr_assert(conn_select(at->conn, &query, take_row, seen, &at->err), "%s", at->err.text);
	cr_expect_str_eq(seen, expected, "%s is %s", name, seen);
}

static const char *const careless_settings[] = {
	"synchronous_commit = off",      "client_min_messages = error",
	"quote_all_identifiers = on",    "default_transaction_isolation = 'repeatable read'",
	"idle_session_timeout = '50ms'",
};

Test(postgres_values, a_target_is_written_durably_whatever_a_role_has_set)
{
	static const struct table_column columns[] = { { "id", TABLE_TEXT, true } };
	static const struct table made = {
		.name = "made", .columns = columns, .column_count = 1, .primary_key_count = 1
	};
	struct on_postgres at;

	on_postgres_open(&at);
	on_postgres_be_role(&at);
	on_postgres_run(&at,
			"do $$ begin execute format('create view %%I.seen_settings as select name, "
			"setting from pg_settings', replace(current_schema, 'legacy', 'target'));"
			"execute format('grant select on %%I.seen_settings to %s', "
			"replace(current_schema, 'legacy', 'target')); end $$",
			at.role);
	for (size_t i = 0; i < sizeof(careless_settings) / sizeof(careless_settings[0]); i++)
		on_postgres_run(&at, "alter role %s set %s", at.role, careless_settings[i]);
	on_postgres_connect(&at, CONN_TARGET);
	expect_setting(&at, "synchronous_commit", "on");
	expect_setting(&at, "client_min_messages", "warning");
	expect_setting(&at, "default_transaction_isolation", "read committed");
	expect_setting(&at, "idle_session_timeout", "0");
	/* The second time it is compared with what the store says its types are. */
	for (int i = 0; i < 2; i++)
		cr_assert(conn_ensure_table(at.conn, &made, &at.err), "%s", at.err.text);
	on_postgres_close(&at);
}
