/*
 * test_contract_insert_from.c: what every driver promises about rows that go from one table of the target into another.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <signal.h>

#include "tests/drivers/jobs.h"
#include "tests/drivers/world.h"

TestSuite(contract_insert_from, .timeout = 60);

#define OK(call) cr_assert(call, "%s", target.err.text)

enum { STAGE_RUN, STAGE_NOTE, STAGE_ID, STAGE_COUNT, STAGE_BODY, STAGE_AT, STAGE_COLUMNS };

/* The columns of the jobs in another order, and one of its own in front. */
static const struct table_column stage_columns[STAGE_COLUMNS] = {
	[STAGE_RUN] = { "run", TABLE_TEXT, true },
	[STAGE_NOTE] = { "note", TABLE_TEXT, false },
	[STAGE_ID] = { "id", TABLE_TEXT, true },
	[STAGE_COUNT] = { "count", TABLE_INT, false },
	[STAGE_BODY] = { "body_json", TABLE_JSON, false },
	[STAGE_AT] = { "at", TABLE_INSTANT, false },
};
static const struct table stage = { .name = "job_stage",
				    .columns = stage_columns,
				    .column_count = STAGE_COLUMNS };
static const struct condition of_run = { STAGE_RUN, IS_EQUAL, { DATUM_TEXT, 0, { "7", 1 } } };

/* In a transaction that is still open: s, r, q of the run 7 with counts 10, 9, 8, and p of run 8, which has no count. */
static void stage_open(struct target *target, int driver)
{
	static const char *const ids[] = { "s", "r", "q", "p" };
	struct datum rows[4 * STAGE_COLUMNS];

	target_open(target, driver);
	put_four(target);
	for (int i = 0; i < 4; i++) {
		struct datum *row = rows + (size_t)i * STAGE_COLUMNS;

		row[STAGE_RUN] = datum_text(i < 3 ? "7" : "8");
		row[STAGE_NOTE] = datum_text("staged");
		row[STAGE_ID] = datum_text(ids[i]);
		row[STAGE_COUNT] = i < 3 ? datum_int(10 - i) : datum_null();
		row[STAGE_BODY] = datum_text("[1]");
		row[STAGE_AT] = datum_instant(i);
	}
	cr_assert(conn_ensure_table(target->conn, &stage, &target->err), "%s", target->err.text);
	cr_assert(conn_begin(target->conn, &target->err), "%s", target->err.text);
	cr_assert(conn_insert(target->conn, &stage, rows, 4, &target->err), "%s", target->err.text);
}

ON_EVERY_DRIVER(contract_insert_from, cells_go_by_the_names_of_their_columns)
{
	const struct condition of_q = { ID, IS_EQUAL, datum_text("q") };
	const struct query query = { .table = &job,
				     .columns = all_columns,
				     .column_count = JOB_COLUMNS,
				     .where = &of_q,
				     .where_count = 1 };
	struct target target;
	int64_t count = -1;

	stage_open(&target, c->driver);
	OK(conn_insert_from(target.conn, &job, &stage, &of_run, 1, &count, &target.err));
	cr_assert_eq(count, 3);
	expect_rows(target.conn, &query, "q,8,@2,[1],staged;");
	expect_ids(target.conn, NULL, 0, "a;b;c;d;q;r;s;");
	expect_ids(target.other, NULL, 0, "a;b;c;d;");
	OK(conn_commit(target.conn, &target.err));
	expect_ids(target.other, NULL, 0, "a;b;c;d;q;r;s;");
	target_close(&target);
}

ON_EVERY_DRIVER(contract_insert_from, the_rows_stay_where_they_were)
{
	struct target target;
	int64_t count = -1;

	stage_open(&target, c->driver);
	OK(conn_insert_from(target.conn, &job, &stage, &of_run, 1, &count, &target.err));
	OK(conn_remove(target.conn, &stage, &of_run, 1, &count, &target.err));
	cr_assert_eq(count, 3);
	OK(conn_insert_from(target.conn, &job, &stage, &of_run, 1, &count, &target.err));
	cr_assert_eq(count, 0, "nothing is left to go");
	conn_rollback(target.conn);
	expect_ids(target.conn, NULL, 0, "a;b;c;d;");
	target_close(&target);
}

ON_EVERY_DRIVER(contract_insert_from, a_key_that_exists_is_a_conflict_and_none_goes_in)
{
	struct target target;
	struct datum row[JOB_COLUMNS];
	int64_t count;

	stage_open(&target, c->driver);
	make_row(row, "r", 1);
	OK(conn_insert(target.conn, &job, row, 1, &target.err));
	OK(conn_commit(target.conn, &target.err));
	OK(conn_begin(target.conn, &target.err));
	cr_assert_not(conn_insert_from(target.conn, &job, &stage, &of_run, 1, &count, &target.err));
	cr_assert_eq(target.err.code, ERR_CONFLICT, "%s", target.err.text);
	conn_rollback(target.conn);
	expect_ids(target.conn, NULL, 0, "a;b;c;d;r;");
	target_close(&target);
}

ON_EVERY_DRIVER(contract_insert_from, null_where_something_must_be_is_no_conflict)
{
	struct target target;
	int64_t count;

	stage_open(&target, c->driver);
	cr_assert_not(conn_insert_from(target.conn, &job, &stage, NULL, 0, &count, &target.err));
	cr_assert_eq(target.err.code, ERR_DATA, "%s", target.err.text);
	conn_rollback(target.conn);
	expect_ids(target.conn, NULL, 0, "a;b;c;d;");
	target_close(&target);
}

ParameterizedTestParameters(contract_insert_from, a_column_that_nothing_fills_is_a_bug)
{
	static struct driver_case drivers[] = { { ON_MEMORY }, { ON_SQLITE }, { ON_POSTGRES } };
	return cr_make_param_array(struct driver_case, drivers, DRIVERS_UNDER_TEST);
}
ParameterizedTest(struct driver_case *c, contract_insert_from, a_column_that_nothing_fills_is_a_bug,
		  .signal = SIGABRT)
{
	struct target target;
	int64_t count;

	stage_open(&target, c->driver);
	conn_insert_from(target.conn, &stage, &job, NULL, 0, &count, &target.err);
}
