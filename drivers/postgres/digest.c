/*
 * digest.c: a digest of rows made inside PostgreSQL, by its own hash of texts.
 *
 * A row is hashed as one text of all its cells. No other row has this text. It says, each followed by a comma:
 *
 *   which cells are NULL       'v' when none is that never should be, else t or f for each of those; t or f for each other one
 *   numbers and moments        as text, which holds no comma
 *   of texts and documents     how many bytes each has, and then what each is
 *   jsonb                      as text, which ends where its grammar says
 *
 * What is NULL is left out of what follows. This order, and not column by column, is what takes the store least time.
 *
 * hashtextextended() gives 64 bits, which are summed and not wrapped, and may be another function in another release or on another machine, as may be the text
 * of a value: so a known answer is asked for first, and whatever else comes is part of the name.
 */
#include <stdio.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/require.h"

/* ---- the statement ---- */

/* What concat_ws() takes at most, of which a column needs three at most: is it NULL, how long is it, what is it? */
enum { ARGUMENTS_MAX = 100 };
_Static_assert(2 + 1 + 3 * TABLE_COLUMNS_MAX <= ARGUMENTS_MAX, "a row is the text of one call");

static const struct table_column *column_of(const struct query *query, int i)
{
	return &query->table->columns[query->columns[i]];
}

static int count_needed(const struct query *query)
{
	int count = 0;

	for (int i = 0; i < query->column_count; i++)
		count += column_of(query, i)->not_null;
	return count;
}

/* One expression for every column that must not be NULL and, but for a hand that changed the table, never is. */
static void put_missing(struct buf *sql, const struct query *query)
{
	static const char *const before[] = { "case pg_catalog.num_nulls(",
					      ") when 0 then 'v' else pg_catalog.concat(" };
	static const char *const behind[] = { "", " is null" };

	if (count_needed(query) == 0)
		return;
	for (int round = 0; round < 2; round++) {
		const char *separator = before[round];

		for (int i = 0; i < query->column_count; i++) {
			if (!column_of(query, i)->not_null)
				continue;
			buf_put_text(sql, separator);
			sql_put_name(sql, column_of(query, i)->name);
			buf_put_text(sql, behind[round]);
			separator = ", ";
		}
	}
	buf_put_text(sql, ") end, ");
}

enum part { IS_MISSING, NUMBERS, LENGTHS, TEXTS, JSONS, PARTS };

static bool has_part(const struct table_column *column, int part)
{
	switch (part) {
	case IS_MISSING:
		return !column->not_null;
	case NUMBERS:
		return column->kind == TABLE_INT || column->kind == TABLE_INSTANT;
	case LENGTHS:
	case TEXTS:
		return column->kind == TABLE_TEXT || column->kind == TABLE_DOCUMENT;
	default:
		return column->kind == TABLE_JSON;
	}
}

static void put_part(struct buf *sql, const struct table_column *column, int part)
{
	buf_put_text(sql, part == LENGTHS ? "pg_catalog.octet_length(" : "");
	sql_put_name(sql, column->name);
	if (part == LENGTHS)
		buf_put_text(sql, column->kind == TABLE_DOCUMENT ? "::pg_catalog.text)" : ")");
	buf_put_text(sql, part == IS_MISSING ? " is null, " : ", ");
}

static void put_image(struct buf *sql, const struct query *query)
{
	buf_put_text(sql, "pg_catalog.concat_ws(',', ");
	put_missing(sql, query);
	for (int part = 0; part < PARTS; part++)
		for (int i = 0; i < query->column_count; i++)
			if (has_part(column_of(query, i), part))
				put_part(sql, column_of(query, i), part);
	buf_put_text(sql, "'')");
}

/* Behind it stands what the rows come from. */
static void put_sums(struct buf *sql, const struct query *query)
{
	buf_put_text(sql, "select pg_catalog.count(*)::pg_catalog.text, "
			  "coalesce(pg_catalog.sum(pg_catalog.hashtextextended(");
	put_image(sql, query);
	buf_put_text(sql, " collate pg_catalog.\"C\", 1)), 0)::pg_catalog.text from ");
}

/* ---- the answer ---- */

/* Decimal digits of any length, with or without '-', modulo 2^128. */
static struct digest number_of(struct span digits)
{
	struct digest number = { 0, 0 };
	bool is_negative = digits.size > 0 && digits.data[0] == '-';
	struct digest negated = { 0, 0 };

	for (size_t i = is_negative; i < digits.size; i++) {
		struct digest twice = number;

		require(digits.data[i] >= '0' && digits.data[i] <= '9');
		digest_add(&twice, number);
		number = twice;
		digest_add(&number, number);
		digest_add(&number, number);
		digest_add(&number, twice);
		digest_add(&number, (struct digest){ 0, (uint64_t)(digits.data[i] - '0') });
	}
	digest_subtract(&negated, number);
	return is_negative ? negated : number;
}

static bool run(struct pg_conn *conn, const struct pg_values *values, int64_t *count,
		struct digest *sum, struct err *err)
{
	PGresult *result = pg_statement_run(conn, values->parameters, values->count, err);

	if (result == NULL)
		return false;
	require(PQntuples(result) == 1);
	*count = (int64_t)number_of(pg_field_text(result, 0, 0)).low;
	*sum = number_of(pg_field_text(result, 0, 1));
	PQclear(result);
	return true;
}

bool pg_digest(struct conn *base, const struct query *query, int64_t *count, struct digest *sum,
	       struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	struct pg_values values;
	bool ok;

	pg_values_open(&values, NULL, 0, query->where, query->where_count);
	buf_reset(&conn->sql);
	put_sums(&conn->sql, query);
	pg_sql_put_table(conn, &conn->sql, query->table->name);
	pg_sql_put_conditions(&conn->sql, &values, query->table, query->where, query->where_count);
	ok = run(conn, &values, count, sum, err);
	pg_values_close(&values);
	return ok;
}

/* ---- its name ---- */

/* A value of each kind, with what could be written otherwise, and a row of NULL. */
static const struct table_column known_columns[] = {
	{ "a", TABLE_TEXT, true },      { "b", TABLE_INT, true },   { "c", TABLE_INSTANT, false },
	{ "d", TABLE_DOCUMENT, false }, { "e", TABLE_JSON, false },
};
static const char known_rows[] =
    "(values ('\xc3\xa9', (-9223372036854775807)::pg_catalog.int8, "
    "'2001-02-03 04:05:06.78+00'::pg_catalog.timestamptz, '{\"b\" :1}'::pg_catalog.json, "
    "'{\"bb\":1.50,\"a\":[\"\\u00e9\\n\\u0001\\\"/\",null,true,1e2,-0.0]}'::pg_catalog.jsonb), "
    "(null, null, null, null, null)) as known (a, b, c, d, e)";
static const char known_answer[] = "000000000000000072e34939f3aa44a2";

static bool ask_name(struct pg_conn *conn, struct err *err)
{
	static const int columns[] = { 0, 1, 2, 3, 4 };
	static const struct table known = { .name = "known",
					    .columns = known_columns,
					    .column_count = 5 };
	const struct query query = { .table = &known, .columns = columns, .column_count = 5 };
	const struct pg_values values = { .count = 0 };
	struct digest answer;
	char hex[DIGEST_HEX_SIZE];
	int64_t count;

	buf_reset(&conn->sql);
	put_sums(&conn->sql, &query);
	buf_put_text(&conn->sql, known_rows);
	if (!run(conn, &values, &count, &answer, err))
		return false;
	digest_to_hex(answer, hex);
	snprintf(conn->digest_name, sizeof(conn->digest_name), "postgres-2%s%s",
		 strcmp(hex, known_answer) == 0 ? "" : "-",
		 strcmp(hex, known_answer) == 0 ? "" : hex);
	return true;
}

bool pg_digest_name(struct conn *base, const char **name, struct err *err)
{
	struct pg_conn *conn = pg_of(base);

	*name = conn->digest_name;
	return conn->digest_name[0] != '\0' || ask_name(conn, err);
}
