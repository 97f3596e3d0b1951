/*
 * test_contract_values.c: legacy type → canonical text, for every driver.
 *
 * The table is the contract's in driver.h, value by value. SQLite is told each value in its own words, in a
 * column of the type legacy would have declared, and so shows what its affinities make of it before anybody
 * reads: digits that are lost there were never in the store. The memory driver has no types and no words of
 * its own; it is told the cell that every driver has to give, and must keep it.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <stdio.h>

#include "tests/drivers/fixture.h"

TestSuite(contract_values, .timeout = 60);

struct value_case {
	int driver;
	char type[24];    /* as legacy declared the column */
	char literal[48]; /* as SQL writes the value */
	char kind;        /* of the cell: 't' text, 'b' binary, '0' NULL */
	char text[48];    /* its bytes; of binary in hex */
};

#define VALUES(X)                                                                                    \
	/* integers: plain digits, whatever way they were written */                                 \
	X("INTEGER", "0", 't', "0")                                                                  \
	X("INTEGER", "-1", 't', "-1")                                                                \
	X("INTEGER", "0042", 't', "42")                                                              \
	X("INTEGER", "9223372036854775807", 't', "9223372036854775807")                              \
	X("INTEGER", "-9223372036854775808", 't', "-9223372036854775808")                            \
	X("BIGINT", "'9223372036854775807'", 't', "9223372036854775807")                             \
	X("INTEGER", "'12'", 't', "12")                                                              \
	X("INTEGER", "12.0", 't', "12")                                                              \
	X("INTEGER", "0x7f", 't', "127")                                                             \
	X("TINYINT(1)", "2", 't', "2")                                                               \
	X("BOOLEAN", "true", 't', "1")                                                               \
	X("BOOLEAN", "'t'", 't', "t")                                                                \
	/* an integer column holds other things too, and they are given as they are */               \
	X("INTEGER", "1.5", 't', "1.5")                                                              \
	X("INTEGER", "'12abc'", 't', "12abc")                                                        \
	X("INTEGER", "' 12 '", 't', "12")                                                            \
	X("INTEGER", "''", 't', "")                                                                  \
	X("INTEGER", "9223372036854775808", 't', "9.223372036854776e+18")                            \
	/* binary floating point: the shortest text that reads back */                               \
	X("REAL", "5", 't', "5")                                                                     \
	X("REAL", "0.1", 't', "0.1")                                                                 \
	X("REAL", "0.99", 't', "0.99")                                                               \
	X("REAL", "0.1 + 0.2", 't', "0.30000000000000004")                                           \
	X("REAL", "-0.0", 't', "0")                                                                  \
	X("REAL", "1e20", 't', "1e+20")                                                              \
	X("REAL", "1e-7", 't', "1e-07")                                                              \
	X("REAL", "1e999", 't', "Infinity")                                                          \
	X("REAL", "-1e999", 't', "-Infinity")                                                        \
	X("REAL", "5e-324", 't', "5e-324")                                                           \
	X("REAL", "1.7976931348623157e308", 't', "1.7976931348623157e+308")                          \
	X("DOUBLE PRECISION", "9007199254740993", 't', "9.007199254740992e+15")                      \
	X("FLOAT", "16777216", 't', "16777216")                                                      \
	/* a DECIMAL column of SQLite is a number: what does not fit 53 bits is gone in the store */ \
	X("DECIMAL(10,2)", "1e3", 't', "1000")                                                       \
	X("DECIMAL(10,2)", "'1e3'", 't', "1000")                                                     \
	X("DECIMAL(10,2)", "12.50", 't', "12.5")                                                     \
	X("DECIMAL(10,2)", "'12.50'", 't', "12.5")                                                   \
	X("DECIMAL(10,2)", "'+7'", 't', "7")                                                         \
	X("DECIMAL(10,2)", "'007'", 't', "7")                                                        \
	X("DECIMAL(10,2)", "0.125", 't', "0.125")                                                    \
	X("DECIMAL(10,2)", "'1,5'", 't', "1,5")                                                      \
	X("DECIMAL(10,2)", "'0x10'", 't', "0x10")                                                    \
	X("DECIMAL(30,2)", "'12345678901234567890.12'", 't', "1.2345678901234567e+19")               \
	X("DECIMAL(30,2)", "'1234567890123456789'", 't', "1234567890123456789")                      \
	X("NUMERIC", "'12345678901234567890'", 't', "1.2345678901234567e+19")                        \
	/* text: its bytes */                                                                        \
	X("TEXT", "'plain'", 't', "plain")                                                           \
	X("TEXT", "''", 't', "")                                                                     \
	X("TEXT", "' a '", 't', " a ")                                                               \
	X("VARCHAR(3)", "'größe'", 't', "größe")                                                     \
	X("TEXT", "7", 't', "7")                                                                     \
	X("TEXT", "'007'", 't', "007")                                                               \
	X("TEXT", "1e3", 't', "1000.0")                                                              \
	X("TEXT", "12.50", 't', "12.5")                                                              \
	X("TEXT", "'12.50'", 't', "12.50")                                                           \
	X("TEXT", "cast(x'ff41' as text)", 't', "\xff\x41")                                          \
	X("CHAR(3)", "'a  '", 't', "a  ")                                                            \
	/* dates and times are texts; nothing is made of them */                                     \
	X("DATE", "'2024-01-31'", 't', "2024-01-31")                                                 \
	X("DATE", "'20240131'", 't', "20240131")                                                     \
	X("DATE", "'0000-00-00'", 't', "0000-00-00")                                                 \
	X("DATETIME", "'2024-01-31 10:00:00'", 't', "2024-01-31 10:00:00")                           \
	X("DATETIME", "'2024-01-31T10:00:00.5+02:00'", 't', "2024-01-31T10:00:00.5+02:00")           \
	X("DATETIME", "1706695200", 't', "1706695200")                                               \
	X("TIMESTAMP", "2460340.9166666665", 't', "2460340.9166666665")                              \
	/* binary */                                                                                 \
	X("BLOB", "x'00ff7f'", 'b', "00ff7f")                                                        \
	X("BLOB", "x''", 'b', "")                                                                    \
	X("BLOB", "'text'", 't', "text")                                                             \
	X("TEXT", "x'6162'", 'b', "6162")                                                            \
	X("INTEGER", "x'37'", 'b', "37")                                                             \
	/* NULL, which is no empty text */                                                           \
	X("INTEGER", "null", '0', "")                                                                \
	X("TEXT", "null", '0', "")                                                                   \
	X("BLOB", "null", '0', "")

static const char *const value_column[] = { "k", "v" };
static const int key_column[] = { 0 };

static uint32_t from_hex(const char *hex, char *bytes)
{
	uint32_t size = (uint32_t)strlen(hex) / 2;

	for (uint32_t i = 0; i < size; i++) {
		unsigned byte;

		cr_assert_eq(sscanf(hex + (size_t)i * 2, "%2x", &byte), 1);
		bytes[i] = (char)byte;
	}
	return size;
}

static struct cell expected_cell(const struct value_case *c, char *bytes)
{
	if (c->kind == '0')
		return (struct cell){ NULL, 0, CELL_NULL };
	if (c->kind == 'b')
		return (struct cell){ bytes, from_hex(c->text, bytes), CELL_BYTES };
	return (struct cell){ c->text, (uint32_t)strlen(c->text), CELL_TEXT };
}

static void put_row(struct fixture *fixture, const struct value_case *c, struct cell value)
{
	const struct memory_column columns[] = { { "k", "INTEGER", false },
						 { "v", c->type, false } };
	static const char *const key[] = { "k" };
	struct cell row[2] = { { "1", 1, CELL_TEXT }, value };
	char sql[160];

	fixture_table(fixture, "t", columns, 2, key, 1);
	if (fixture->driver == ON_MEMORY) {
		fixture_cells(fixture, "t", 2, row);
		return;
	}
	snprintf(sql, sizeof(sql), "insert into t values (1, %s)", c->literal);
	fixture_run(fixture, sql);
}

ParameterizedTestParameters(contract_values, have_one_canonical_text)
{
#define ON_BOTH(type, literal, kind, text) \
	{ ON_MEMORY, type, literal, kind, text }, { ON_SQLITE, type, literal, kind, text },
	static struct value_case cases[] = { VALUES(ON_BOTH) };

	return cr_make_param_array(struct value_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct value_case *c, contract_values, have_one_canonical_text)
{
	const struct source source = { .name = "root",
				       .kind = SOURCE_ROOT,
				       .table = "t",
				       .columns = value_column,
				       .column_count = 2,
				       .key_columns = key_column,
				       .key_count = 1 };
	const struct source_set set = { &source, 1 };
	const struct key_range range = { SPAN_NONE, SPAN_NONE };
	char bytes[24];
	struct cell expected = expected_cell(c, bytes);
	const struct cell *seen;
	struct fixture fixture;
	struct reader *reader;
	struct arena arena;
	struct batch batch;
	struct conn *conn;
	struct err err = { 0 };

	memset(&fixture, 0, sizeof(fixture));
	fixture_open(&fixture, c->driver);
	put_row(&fixture, c, expected);
	arena_init(&arena);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(conn_open_reader(conn, &set, &reader, &err), "%s", err.text);
	batch_init(&batch, &arena, &set);
	cr_assert(reader_read_range(conn, reader, &range, 0, &batch, NULL, &err), "%s", err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 1);
	seen = &rowset_row(&batch.rowsets[0], 0)[1];
	cr_expect_eq(seen->kind, expected.kind, "%s %s: kind %d", c->type, c->literal, seen->kind);
	cr_expect(span_equal(cell_span(seen), cell_span(&expected)), "%s %s: '%.*s'", c->type,
		  c->literal, SPAN_ARGS(cell_span(seen)));
	reader_close(conn, reader);
	conn_close(conn);
	arena_release(&arena);
	fixture_close(&fixture);
}
