/*
 * exact.c: decimals in SQLite, which knows floating point numbers alone: amounts keep their digits and sum to the last cent.
 *
 * On connections that ask a target only: legacy's SQL means in the engine what it means to legacy's own programs.
 */
#include <stdlib.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "engine/model/decimal.h"

static bool to_decimal(const void *text, int size, struct decimal *decimal)
{
	return decimal_parse((struct span){ text, (size_t)size }, decimal);
}

/* By value; what is no decimal comes behind them all, by its bytes. */
static int compare(void *context, int one_size, const void *one, int other_size, const void *other)
{
	struct decimal a, b;
	bool is_a = to_decimal(one, one_size, &a), is_b = to_decimal(other, other_size, &b);

	(void)context;
	if (is_a != is_b)
		return is_a ? -1 : 1;
	if (is_a)
		return decimal_compare(a, b);
	return span_compare((struct span){ one, (size_t)one_size },
			    (struct span){ other, (size_t)other_size });
}

/* ---- sum() ---- */

struct sum {
	int64_t integer_count, real_count, decimal_count; /* NULL is none of them */
	double real;
	struct decimal exact;
	const char *fault;
};

static void add_exact(struct sum *sum, sqlite3_value *value, bool is_less)
{
	struct decimal number, total;

	if (!to_decimal(sqlite3_value_text(value), sqlite3_value_bytes(value), &number))
		sum->fault = "sum() of what is no number";
	else if (!(is_less ? decimal_subtract : decimal_add)(sum->exact, number, &total))
		sum->fault = "sum() has more than 38 digits";
	else
		sum->exact = total;
}

static void take(sqlite3_context *context, sqlite3_value *value, bool is_less)
{
	struct sum *sum = sqlite3_aggregate_context(context, sizeof(*sum));
	int type = sqlite3_value_type(value);
	int64_t one = is_less ? -1 : 1;
	double number;

	if (sum == NULL || type == SQLITE_NULL)
		return;
	if (type == SQLITE_FLOAT) {
		number = sqlite3_value_double(value);
		sum->real_count += one;
		sum->real += is_less ? -number : number;
		return;
	}
	*(type == SQLITE_INTEGER ? &sum->integer_count : &sum->decimal_count) += one;
	add_exact(sum, value, is_less);
}

static void add(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	take(context, values[0], false);
}

/* A row leaves the window. */
static void subtract(sqlite3_context *context, int count, sqlite3_value **values)
{
	(void)count;
	take(context, values[0], true);
}

static void give_exact(sqlite3_context *context, const struct sum *sum)
{
	struct buf text;

	buf_init(&text);
	decimal_put(&text, sum->exact);
	if (sum->real_count)
		sqlite3_result_double(context, sum->real + strtod(text.data, NULL));
	else if (sum->decimal_count)
		sqlite3_result_text(context, text.data, (int)text.size, SQLITE_TRANSIENT);
	else if (sum->exact.coefficient > INT64_MAX || sum->exact.coefficient < INT64_MIN)
		sqlite3_result_error(context, "integer overflow", -1);
	else
		sqlite3_result_int64(context, (int64_t)sum->exact.coefficient);
	buf_release(&text);
}

static void give(sqlite3_context *context)
{
	const struct sum *sum = sqlite3_aggregate_context(context, 0);

	if (sum == NULL || sum->integer_count + sum->real_count + sum->decimal_count == 0)
		sqlite3_result_null(context);
	else if (sum->fault)
		sqlite3_result_error(context, sum->fault, -1);
	else
		give_exact(context, sum);
}

bool exact_teach(struct sqlite_conn *conn, struct err *err)
{
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	int code;

	if (conn->is_exact)
		return true;
	code = sqlite3_create_collation_v2(conn->db, EXACT_COLLATION, SQLITE_UTF8, NULL, compare,
					   NULL);
	if (code == SQLITE_OK)
		code = sqlite3_create_window_function(conn->db, "sum", 1, flags, NULL, add, give,
						      give, subtract, NULL);
	conn->is_exact = code == SQLITE_OK;
	return conn->is_exact || sqlite_failure(conn, code, err);
}
