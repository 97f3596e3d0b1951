/*
 * test_contract_target.c: what every driver promises about the target, run on each of them.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>
#include <stdio.h>

#include "engine/base/clock.h"
#include "tests/drivers/jobs.h"

TestSuite(contract_target, .timeout = 60);

#define OK(call) cr_assert(call, "%s", target.err.text)

#define ON_EVERY_DRIVER(name)                                                                \
	ParameterizedTestParameters(contract_target, name)                                   \
	{                                                                                    \
		return cr_make_param_array(struct driver_case, drivers, DRIVERS_UNDER_TEST); \
	}                                                                                    \
	ParameterizedTest(struct driver_case *c, contract_target, name)

struct driver_case {
	int driver;
};

static struct driver_case drivers[] = { { ON_MEMORY }, { ON_SQLITE }, { ON_POSTGRES } };

/* ---- the promises ---- */

ON_EVERY_DRIVER(what_was_inserted_is_read_back_as_it_was)
{
	const struct query query = { .table = &job, .columns = all_columns, .column_count = 5 };
	struct target target;
	struct datum row[5];

	target_open(&target, c->driver);
	make_row(row, "id'\"é", INT64_MIN);
	row[AT] = datum_instant(-62135596800000000);
	row[BODY] = datum_text("[\"a\"]");
	row[NOTE] = datum_span((struct span){ "", 0 });
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &job, row, 1, &target.err));
	OK(conn_commit(target.conn, &target.err));
	expect_rows(target.other, &query,
		    "id'\"é,-9223372036854775808,@-62135596800000000,[\"a\"],;");
	target_close(&target);
}

ON_EVERY_DRIVER(a_document_is_kept_as_it_was_written)
{
	static const struct table_column two[] = { { "id", TABLE_INT, true },
						   { "said", TABLE_DOCUMENT, false } };
	const struct table table = {
		.name = "said", .columns = two, .column_count = 2, .primary_key_count = 1
	};
	static const int said[] = { 1 };
	const struct query query = { .table = &table, .columns = said, .column_count = 1 };
	struct datum row[] = { datum_int(1),
			       datum_text("{\"b\":1, \"a\":\"\\u0000\",\"b\":2.50}") };
	struct target target;

	target_open(&target, c->driver);
	OK(conn_ensure_table(target.conn, &table, &target.err));
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &table, row, 1, &target.err));
	OK(conn_commit(target.conn, &target.err));
	expect_rows(target.other, &query, "{\"b\":1, \"a\":\"\\u0000\",\"b\":2.50};");
	target_close(&target);
}

ON_EVERY_DRIVER(others_see_what_is_committed_and_nothing_else)
{
	struct target target;
	struct datum row[5];

	target_open(&target, c->driver);
	put_four(&target);
	make_row(row, "e", 5);
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &job, row, 1, &target.err));
	expect_ids(target.conn, NULL, 0, "a;b;c;d;e;");
	expect_ids(target.other, NULL, 0, "a;b;c;d;");
	conn_rollback(target.conn);
	expect_ids(target.conn, NULL, 0, "a;b;c;d;");
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &job, row, 1, &target.err));
	OK(conn_commit(target.conn, &target.err));
	expect_ids(target.other, NULL, 0, "a;b;c;d;e;");
	conn_rollback(target.conn);
	expect_ids(target.other, NULL, 0, "a;b;c;d;e;");
	target_close(&target);
}

ON_EVERY_DRIVER(a_second_row_of_a_key_is_a_conflict_and_all_of_the_insert_is_undone)
{
	struct target target;
	struct datum rows[15];

	target_open(&target, c->driver);
	put_four(&target);
	make_row(rows, "x", 1);
	make_row(rows + 5, "b", 1);
	make_row(rows + 10, "y", 1);
	OK(conn_begin(target.conn, &target.err));
	cr_assert_not(conn_insert(target.conn, &job, rows, 3, &target.err));
	cr_assert_eq(target.err.code, ERR_CONFLICT, "%s", target.err.text);
	conn_rollback(target.conn);
	err_reset(&target.err);
	expect_ids(target.conn, NULL, 0, "a;b;c;d;");
	/* And the connection is as good as before. */
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &job, rows, 1, &target.err));
	OK(conn_commit(target.conn, &target.err));
	expect_ids(target.other, NULL, 0, "a;b;c;d;x;");
	target_close(&target);
}

ON_EVERY_DRIVER(a_missing_value_that_must_be_there_is_no_conflict)
{
	struct target target;
	struct datum row[5];

	target_open(&target, c->driver);
	make_row(row, "x", 1);
	row[COUNT] = datum_null();
	OK(conn_begin(target.conn, &target.err));
	cr_assert_not(conn_insert(target.conn, &job, row, 1, &target.err));
	cr_assert_eq(target.err.code, ERR_DATA, "%s", target.err.text);
	conn_rollback(target.conn);
	target_close(&target);
}

ON_EVERY_DRIVER(thousands_of_rows_go_in_with_one_call)
{
	enum { MANY = 5000 };
	static struct datum rows[MANY * 5];
	static char ids[MANY][16];
	const struct condition last = { ID, IS_EQUAL, { DATUM_TEXT, 0, SPAN("r04999") } };
	const int count_column[] = { COUNT };
	const struct query query = { .table = &job,
				     .columns = count_column,
				     .column_count = 1,
				     .where = &last,
				     .where_count = 1 };
	struct seen seen = { .column_count = 1 };
	const struct query all = { .table = &job, .columns = by_id, .column_count = 1 };
	struct target target;

	target_open(&target, c->driver);
	for (int i = 0; i < MANY; i++) {
		snprintf(ids[i], sizeof(ids[i]), "r%05d", i);
		make_row(rows + (size_t)i * 5, ids[i], i);
	}
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &job, rows, MANY, &target.err));
	OK(conn_commit(target.conn, &target.err));
	expect_rows(target.other, &query, "4999;");
	buf_init(&seen.text);
	OK(conn_select(target.other, &all, see, &seen, &target.err));
	cr_assert_eq(seen.row_count, MANY);
	buf_release(&seen.text);
	target_close(&target);
}

ON_EVERY_DRIVER(conditions_mean_what_sql_means)
{
	const struct condition equal = { ID, IS_EQUAL, datum_text("b") };
	const struct condition not_equal = { ID, IS_NOT_EQUAL, datum_text("b") };
	const struct condition less = { COUNT, IS_LESS, datum_int(3) };
	const struct condition greater = { COUNT, IS_GREATER, datum_int(3) };
	const struct condition null = { AT, IS_NULL, datum_null() };
	const struct condition not_null = { NOTE, IS_NOT_NULL, datum_null() };
	const struct condition unequal_or_null = { AT, IS_NOT_EQUAL, datum_instant(5) };
	const struct condition instant = { AT, IS_EQUAL, datum_instant(1000000) };
	const struct condition past = { AT, IS_LESS, datum_now(0) };
	const struct condition future = { AT, IS_GREATER, datum_now(0) };
	const struct condition both[] = { less, null };
	struct target target;

	target_open(&target, c->driver);
	put_four(&target);
	expect_ids(target.conn, &equal, 1, "b;");
	expect_ids(target.conn, &not_equal, 1, "a;c;d;");
	expect_ids(target.conn, &less, 1, "a;b;");
	expect_ids(target.conn, &greater, 1, "d;");
	expect_ids(target.conn, &null, 1, "a;c;d;");
	expect_ids(target.conn, &not_null, 1, "c;");
	/* NULL is not unequal to anything. */
	expect_ids(target.conn, &unequal_or_null, 1, "b;");
	expect_ids(target.conn, &instant, 1, "b;");
	expect_ids(target.conn, &past, 1, "b;");
	expect_ids(target.conn, &future, 1, "");
	expect_ids(target.conn, both, 2, "a;");
	target_close(&target);
}

ON_EVERY_DRIVER(texts_compare_by_their_bytes)
{
	const struct condition greater = { ID, IS_GREATER, datum_text("Z") };
	struct target target;
	struct datum rows[25];

	target_open(&target, c->driver);
	make_row(rows, "a", 1);
	make_row(rows + 5, "Z", 1);
	make_row(rows + 10, "é", 1);
	make_row(rows + 15, "a ", 1);
	make_row(rows + 20, "A", 1);
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &job, rows, 5, &target.err));
	OK(conn_commit(target.conn, &target.err));
	expect_ids(target.conn, NULL, 0, "A;Z;a;a ;é;");
	expect_ids(target.conn, &greater, 1, "a;a ;é;");
	target_close(&target);
}

ON_EVERY_DRIVER(order_and_limit_choose_the_rows)
{
	const int newest_first[] = { COUNT | TABLE_DESCENDING, ID };
	const int shown[] = { COUNT, ID };
	struct query query = { .table = &job,
			       .columns = shown,
			       .column_count = 2,
			       .order_by = newest_first,
			       .order_count = 2 };
	struct target target;
	struct datum rows[10];

	target_open(&target, c->driver);
	put_four(&target);
	make_row(rows, "0", 4);
	make_row(rows + 5, "z", 4);
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &job, rows, 2, &target.err));
	OK(conn_commit(target.conn, &target.err));
	expect_rows(target.conn, &query, "4,0;4,d;4,z;3,c;2,b;1,a;");
	query.limit = 2;
	expect_rows(target.conn, &query, "4,0;4,d;");
	query.limit = 100;
	expect_rows(target.conn, &query, "4,0;4,d;4,z;3,c;2,b;1,a;");
	target_close(&target);
}

ON_EVERY_DRIVER(updates_count_what_matched_and_change_nothing_else)
{
	const struct condition small = { COUNT, IS_LESS, datum_int(3) };
	const struct condition none = { ID, IS_EQUAL, datum_text("nobody") };
	const struct assignment set[] = { { COUNT, datum_int(9) }, { NOTE, datum_text("new") } };
	const struct query query = { .table = &job,
				     .columns = all_columns,
				     .column_count = 5,
				     .order_by = by_id,
				     .order_count = 1 };
	struct target target;
	int64_t changed = -1;

	target_open(&target, c->driver);
	put_four(&target);
	OK(conn_begin(target.conn, &target.err));
	OK(conn_update(target.conn, &job, set, 2, &none, 1, &changed, &target.err));
	cr_assert_eq(changed, 0);
	OK(conn_update(target.conn, &job, set, 2, &small, 1, &changed, &target.err));
	cr_assert_eq(changed, 2);
	OK(conn_commit(target.conn, &target.err));
	expect_rows(target.other, &query, "a,9,~,~,new;b,9,@1000000,~,new;c,3,~,~,;d,4,~,~,~;");
	OK(conn_begin(target.conn, &target.err));
	OK(conn_update(target.conn, &job, set, 1, NULL, 0, &changed, &target.err));
	cr_assert_eq(changed, 4);
	conn_rollback(target.conn);
	expect_rows(target.conn, &query, "a,9,~,~,new;b,9,@1000000,~,new;c,3,~,~,;d,4,~,~,~;");
	target_close(&target);
}

ON_EVERY_DRIVER(an_update_into_a_taken_key_is_a_conflict)
{
	const struct condition a = { ID, IS_EQUAL, datum_text("a") };
	const struct assignment to_b = { ID, datum_text("b") }, to_z = { ID, datum_text("z") };
	struct target target;
	int64_t changed;

	target_open(&target, c->driver);
	put_four(&target);
	OK(conn_begin(target.conn, &target.err));
	OK(conn_update(target.conn, &job, &to_z, 1, &a, 1, &changed, &target.err));
	expect_ids(target.conn, NULL, 0, "b;c;d;z;");
	conn_rollback(target.conn);
	OK(conn_begin(target.conn, &target.err));
	cr_assert_not(conn_update(target.conn, &job, &to_b, 1, &a, 1, &changed, &target.err));
	cr_assert_eq(target.err.code, ERR_CONFLICT, "%s", target.err.text);
	conn_rollback(target.conn);
	expect_ids(target.conn, NULL, 0, "a;b;c;d;");
	target_close(&target);
}

ON_EVERY_DRIVER(removed_rows_are_counted_and_gone)
{
	const struct condition greater = { COUNT, IS_GREATER, datum_int(2) };
	struct target target;
	int64_t removed = -1;

	target_open(&target, c->driver);
	put_four(&target);
	OK(conn_begin(target.conn, &target.err));
	OK(conn_remove(target.conn, &job, &greater, 1, &removed, &target.err));
	cr_assert_eq(removed, 2);
	OK(conn_remove(target.conn, &job, &greater, 1, &removed, &target.err));
	cr_assert_eq(removed, 0);
	OK(conn_commit(target.conn, &target.err));
	expect_ids(target.other, NULL, 0, "a;b;");
	OK(conn_begin(target.conn, &target.err));
	OK(conn_remove(target.conn, &job, NULL, 0, &removed, &target.err));
	cr_assert_eq(removed, 2);
	OK(conn_commit(target.conn, &target.err));
	expect_ids(target.other, NULL, 0, "");
	target_close(&target);
}

static bool take_number(void *context, const struct datum *cells, struct err *err)
{
	(void)err;
	*(int64_t *)context = cells[0].number;
	return true;
}

ON_EVERY_DRIVER(now_is_the_clock_of_the_store)
{
	const int at_column[] = { AT };
	const struct query query = { .table = &job, .columns = at_column, .column_count = 1 };
	int64_t before = clock_wall_us(), after, stored = 0, told = 0;
	struct target target;
	struct datum row[5];

	target_open(&target, c->driver);
	make_row(row, "a", 1);
	row[AT] = datum_now(60000000);
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &job, row, 1, &target.err));
	OK(conn_commit(target.conn, &target.err));
	OK(conn_select(target.conn, &query, take_number, &stored, &target.err));
	after = clock_wall_us();
	cr_assert_geq(stored, before + 60000000);
	cr_assert_leq(stored, after + 60000000);
	OK(conn_now(target.other, &told, &target.err));
	cr_assert_geq(told, stored - 60000000);
	cr_assert_leq(told, clock_wall_us());
	target_close(&target);
}

ON_EVERY_DRIVER(a_row_function_that_fails_stops_the_select)
{
	const struct query query = { .table = &job, .columns = by_id, .column_count = 1 };
	struct seen seen = { .column_count = 1, .stop_after = 2 };
	struct target target;

	target_open(&target, c->driver);
	put_four(&target);
	buf_init(&seen.text);
	cr_assert_not(conn_select(target.conn, &query, see, &seen, &target.err));
	cr_assert_eq(target.err.code, ERR_CANCELLED, "%s", target.err.text);
	cr_assert_eq(seen.row_count, 2);
	buf_release(&seen.text);
	expect_ids(target.conn, NULL, 0, "a;b;c;d;");
	target_close(&target);
}

struct nested {
	struct conn *conn;
	int row_count;
};

static bool select_again(void *context, const struct datum *cells, struct err *err)
{
	const struct query query = { .table = &job, .columns = by_id, .column_count = 1 };
	struct nested *nested = context;
	struct seen seen = { .column_count = 1 };
	bool ok;

	(void)cells;
	buf_init(&seen.text);
	ok = conn_select(nested->conn, &query, see, &seen, err);
	nested->row_count += seen.row_count;
	buf_release(&seen.text);
	return ok;
}

ON_EVERY_DRIVER(a_row_function_may_select_from_the_same_table)
{
	const struct query query = { .table = &job, .columns = by_id, .column_count = 1 };
	struct nested nested = { 0 };
	struct target target;

	target_open(&target, c->driver);
	put_four(&target);
	nested.conn = target.conn;
	OK(conn_select(target.conn, &query, select_again, &nested, &target.err));
	cr_assert_eq(nested.row_count, 16);
	target_close(&target);
}

ON_EVERY_DRIVER(a_table_is_made_once_and_kept)
{
	const struct table missing = { .name = "nothing",
				       .columns = job_columns,
				       .column_count = 1 };
	struct target target;
	bool exists = false;

	target_open(&target, c->driver);
	put_four(&target);
	OK(conn_ensure_table(target.conn, &job, &target.err));
	expect_ids(target.conn, NULL, 0, "a;b;c;d;");
	OK(conn_table_exists(target.other, &job, &exists, &target.err));
	cr_assert(exists);
	OK(conn_table_exists(target.other, &missing, &exists, &target.err));
	cr_assert_not(exists);
	/* Within a transaction it is undone with it. */
	OK(conn_begin(target.conn, &target.err));
	OK(conn_ensure_table(target.conn, &missing, &target.err));
	OK(conn_table_exists(target.conn, &missing, &exists, &target.err));
	cr_assert(exists);
	conn_rollback(target.conn);
	OK(conn_table_exists(target.conn, &missing, &exists, &target.err));
	cr_assert_not(exists);
	target_close(&target);
}

static void expect_refused(struct target *target, const struct table *table, const char *words)
{
	cr_assert_not(conn_ensure_table(target->conn, table, &target->err));
	cr_assert_eq(target->err.code, ERR_DATA, "%s", target->err.text);
	cr_assert_not_null(strstr(target->err.text, words), "%s", target->err.text);
	err_reset(&target->err);
}

ON_EVERY_DRIVER(a_table_with_other_columns_is_refused_by_name)
{
	struct table_column other[5];
	struct table table = job;
	struct target target;

	target_open(&target, c->driver);
	memcpy(other, job_columns, sizeof(other));
	table.columns = other;
	table.column_count = 4;
	expect_refused(&target, &table, "note");
	table.column_count = 5;
	other[BODY].name = "body";
	expect_refused(&target, &table, "body");
	other[BODY] = job_columns[BODY];
	other[COUNT].kind = TABLE_TEXT;
	expect_refused(&target, &table, "count");
	other[COUNT] = job_columns[COUNT];
	table.primary_key_count = 2;
	expect_refused(&target, &table, "primary key");
	target_close(&target);
}

ON_EVERY_DRIVER(composite_keys_are_unique_together)
{
	const struct table_column two[] = { { "chunk", TABLE_INT, true },
					    { "name", TABLE_TEXT, true },
					    { "n", TABLE_INT, false } };
	const struct table table = {
		.name = "two", .columns = two, .column_count = 3, .primary_key_count = 2
	};
	struct datum rows[] = { datum_int(1), datum_text("a"), datum_int(1),
				datum_int(1), datum_text("b"), datum_int(2),
				datum_int(2), datum_text("a"), datum_int(3) };
	struct target target;

	target_open(&target, c->driver);
	OK(conn_ensure_table(target.conn, &table, &target.err));
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &table, rows, 3, &target.err));
	cr_assert_not(conn_insert(target.conn, &table, rows + 3, 1, &target.err));
	cr_assert_eq(target.err.code, ERR_CONFLICT, "%s", target.err.text);
	conn_rollback(target.conn);
	target_close(&target);
}

ON_EVERY_DRIVER(integer_keys_sort_as_numbers)
{
	const struct table_column one[] = { { "n", TABLE_INT, true } };
	const struct table table = {
		.name = "numbers", .columns = one, .column_count = 1, .primary_key_count = 1
	};
	const struct query query = { .table = &table,
				     .columns = by_id,
				     .column_count = 1,
				     .order_by = by_id,
				     .order_count = 1 };
	struct datum rows[] = { datum_int(10), datum_int(9), datum_int(-1), datum_int(INT64_MAX) };
	struct target target;

	target_open(&target, c->driver);
	OK(conn_ensure_table(target.conn, &table, &target.err));
	OK(conn_begin(target.conn, &target.err));
	OK(conn_insert(target.conn, &table, rows, 4, &target.err));
	OK(conn_commit(target.conn, &target.err));
	expect_rows(target.other, &query, "-1;9;10;9223372036854775807;");
	target_close(&target);
}

/* ---- promises of the caller ---- */

ON_EVERY_DRIVER(a_second_writer_waits_for_a_bounded_time_only)
{
	int64_t started, waited_ms;
	struct conn *second;
	struct target target;

	target_open(&target, c->driver);
	if (!(target.conn->driver->can & DRIVER_ONE_WRITER)) {
		/* Others write at the same time, and what they write is theirs until it is committed. */
		second = fixture_connect(&target.fixture, CONN_TARGET);
		OK(conn_begin(target.conn, &target.err));
		OK(conn_begin(second, &target.err));
		conn_rollback(second);
		conn_rollback(target.conn);
		conn_close(second);
		target_close(&target);
		return;
	}
	second = fixture_connect(&target.fixture, CONN_TARGET);
	OK(conn_begin(target.conn, &target.err));
	started = clock_monotonic_ns();
	cr_assert_not(conn_begin(second, &target.err));
	waited_ms = (clock_monotonic_ns() - started) / 1000000;
	cr_assert_eq(target.err.code, ERR_TRANSIENT, "%s", target.err.text);
	cr_assert_geq(waited_ms, 5000);
	cr_assert_leq(waited_ms, 20000);
	err_reset(&target.err);
	conn_rollback(target.conn);
	OK(conn_begin(second, &target.err));
	conn_rollback(second);
	conn_close(second);
	target_close(&target);
}

#define ABORTS(name)                                                                         \
	ParameterizedTestParameters(contract_target, name)                                   \
	{                                                                                    \
		return cr_make_param_array(struct driver_case, drivers, DRIVERS_UNDER_TEST); \
	}                                                                                    \
	ParameterizedTest(struct driver_case *c, contract_target, name, .signal = SIGABRT)

ABORTS(writing_without_a_transaction_is_a_bug)
{
	struct target target;
	struct datum row[5];

	target_open(&target, c->driver);
	make_row(row, "a", 1);
	conn_insert(target.conn, &job, row, 1, &target.err);
}

ABORTS(writing_through_a_reading_connection_is_a_bug)
{
	struct target target;

	target_open(&target, c->driver);
	conn_begin(target.other, &target.err);
}

ABORTS(a_value_of_another_kind_is_a_bug)
{
	struct target target;
	struct datum row[5];

	target_open(&target, c->driver);
	make_row(row, "a", 1);
	row[COUNT] = datum_text("1");
	conn_begin(target.conn, &target.err);
	conn_insert(target.conn, &job, row, 1, &target.err);
}
