/*
 * exact.c: sum() for SQLite, which adds floating point numbers one by one and so loses cents: here amounts sum to the last one.
 *
 * A view gives decimals as floating point numbers of up to 15 digits, of which each stands for one decimal; that one is added,
 * exactly. On connections that ask a target only: legacy's SQL means in the engine what it means to legacy's own programs.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite/reader_internal.h"
#include "engine/model/decimal.h"

/* Decimals of so many digits and doubles name each other. */
static const int128 double_coefficient_max = INT64_C(999999999999999);

struct sum {
	int64_t integer_count, other_count; /* NULL is neither */
	char exact[sizeof(struct decimal)]; /* SQLite's memory is not aligned for one */
	const char *fault;
};

static struct decimal exact_of(const struct sum *sum)
{
	struct decimal exact;

	memcpy(&exact, sum->exact, sizeof(exact));
	return exact;
}

static bool to_decimal(sqlite3_value *value, struct decimal *decimal)
{
	char text[NUMBER_TEXT_SIZE];
	struct span digits = { text, 0 };

	if (sqlite3_value_type(value) == SQLITE_FLOAT) {
		digits.size = real_to_text(sqlite3_value_double(value), text);
	} else {
		digits.data = (const char *)sqlite3_value_text(value);
		digits.size = (size_t)sqlite3_value_bytes(value);
	}
	return digits.data && decimal_parse(digits, decimal);
}

static void take(sqlite3_context *context, sqlite3_value *value, bool is_less)
{
	struct sum *sum = sqlite3_aggregate_context(context, sizeof(*sum));
	int type = sqlite3_value_type(value);
	struct decimal number, total;

	if (sum == NULL || type == SQLITE_NULL)
		return;
	*(type == SQLITE_INTEGER ? &sum->integer_count : &sum->other_count) += is_less ? -1 : 1;
	if (!to_decimal(value, &number))
		sum->fault = "sum() of what is no decimal of up to 38 digits";
	else if (!(is_less ? decimal_subtract : decimal_add)(exact_of(sum), number, &total))
		sum->fault = "sum() has more than 38 digits";
	else
		memcpy(sum->exact, &total, sizeof(total));
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

static void give_integer(sqlite3_context *context, struct decimal exact)
{
	if (exact.coefficient > INT64_MAX || exact.coefficient < INT64_MIN)
		sqlite3_result_error(context, "integer overflow", -1);
	else
		sqlite3_result_int64(context, (int64_t)exact.coefficient);
}

static void give_double(sqlite3_context *context, struct decimal exact)
{
	struct buf text;

	while (exact.scale > 0 && exact.coefficient % 10 == 0) {
		exact.coefficient /= 10;
		exact.scale--;
	}
	if (exact.coefficient > double_coefficient_max ||
	    exact.coefficient < -double_coefficient_max) {
		sqlite3_result_error(
		    context, "sum() has more than 15 digits, which SQLite cannot compare", -1);
		return;
	}
	buf_init(&text);
	decimal_put(&text, exact);
	sqlite3_result_double(context, strtod(text.data, NULL));
	buf_release(&text);
}

static void give(sqlite3_context *context)
{
	const struct sum *sum = sqlite3_aggregate_context(context, 0);

	if (sum == NULL || sum->integer_count + sum->other_count == 0)
		sqlite3_result_null(context);
	else if (sum->fault)
		sqlite3_result_error(context, sum->fault, -1);
	else if (sum->other_count == 0)
		give_integer(context, exact_of(sum));
	else
		give_double(context, exact_of(sum));
}

bool exact_teach(struct sqlite_conn *conn, struct err *err)
{
	int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
	int code;

	if (conn->is_exact)
		return true;
	code = sqlite3_create_window_function(conn->db, "sum", 1, flags, NULL, add, give, give,
					      subtract, NULL);
	conn->is_exact = code == SQLITE_OK;
	return conn->is_exact || sqlite_failure(conn, code, err);
}
