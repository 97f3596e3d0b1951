/*
 * test_transact.c: two engines that append to one ledger at the same time make one chain of it.
 *
 * Stores where writers wait for each other from the start never get so far, so this one lets a second connection append between
 * what the first has read and what it inserts, as PostgreSQL does.
 */
#include <criterion/criterion.h>

#include "drivers/memory/memory.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"

TestSuite(transact, .timeout = 60);

/* A connection in front of another. */
struct racing {
	struct conn base;
	struct conn *inner, *rival;
	int races; /* how many more times the rival is faster */
	int begun, rolled_back;
};

static struct racing *racing_of(struct conn *conn)
{
	return (struct racing *)(void *)conn;
}

static bool racing_begin(struct conn *conn, struct err *err)
{
	racing_of(conn)->begun++;
	return conn_begin(racing_of(conn)->inner, err);
}

static bool racing_commit(struct conn *conn, struct err *err)
{
	return conn_commit(racing_of(conn)->inner, err);
}

static void racing_rollback(struct conn *conn)
{
	racing_of(conn)->rolled_back++;
	conn_rollback(racing_of(conn)->inner);
}

static bool racing_select(struct conn *conn, const struct query *query, row_function on_row,
			  void *context, struct err *err)
{
	return conn_select(racing_of(conn)->inner, query, on_row, context, err);
}

static void rival_appends(struct racing *racing)
{
	struct err err = { ERR_NONE, "" };
	struct ledger_head head;

	conn_rollback(racing->inner);
	cr_assert(conn_begin(racing->rival, &err), "%s", err.text);
	cr_assert(ledger_append(racing->rival, "rival", SPAN("{}"), &head, &err), "%s", err.text);
	cr_assert(conn_commit(racing->rival, &err), "%s", err.text);
	cr_assert(conn_begin(racing->inner, &err), "%s", err.text);
}

static bool racing_insert(struct conn *conn, const struct table *table, const struct datum *rows,
			  size_t row_count, struct err *err)
{
	struct racing *racing = racing_of(conn);

	if (table == &table_ledger && racing->races > 0) {
		racing->races--;
		rival_appends(racing);
	}
	return conn_insert(racing->inner, table, rows, row_count, err);
}

static const struct driver racing_driver = {
	.scheme = "racing",
	.can = DRIVER_CAN_TARGET,
	.begin = racing_begin,
	.commit = racing_commit,
	.rollback = racing_rollback,
	.select = racing_select,
	.insert = racing_insert,
};

static struct memory_store *store;
static struct racing racing;
static struct err err;

static void setup(void)
{
	store = memory_store_open();
	racing = (struct racing){ .base = { &racing_driver, CONN_TARGET } };
	cr_assert(memory_store_connect(store, CONN_TARGET, &racing.inner, &err), "%s", err.text);
	cr_assert(memory_store_connect(store, CONN_TARGET, &racing.rival, &err), "%s", err.text);
	cr_assert(conn_begin(racing.inner, &err), "%s", err.text);
	cr_assert(conn_ensure_table(racing.inner, &table_ledger, &err), "%s", err.text);
	cr_assert(conn_commit(racing.inner, &err), "%s", err.text);
}

static void teardown(void)
{
	conn_close(racing.rival);
	conn_close(racing.inner);
	memory_store_close(store);
}

struct work {
	struct ledger_head head;
	int times;
};

static bool append_ours(void *context, struct err *error)
{
	struct work *work = context;

	work->times++;
	return ledger_append(&racing.base, "ours", SPAN("{}"), &work->head, error);
}

static struct ledger_report verify(void)
{
	struct ledger_report report;

	cr_assert(ledger_verify(racing.inner, NULL, &report, &err), "%s", err.text);
	cr_assert_eq(report.break_count, 0, "%s", report.breaks[0].text);
	return report;
}

Test(transact, the_second_of_two_is_refused_by_the_number, .init = setup, .fini = teardown)
{
	struct work work = { .times = 0 };

	racing.races = 1;
	cr_assert(conn_begin(&racing.base, &err), "%s", err.text);
	cr_assert_not(append_ours(&work, &err));
	cr_assert_eq(err.code, ERR_CONFLICT, "%s", err.text);
	conn_rollback(&racing.base);
	err_reset(&err);
	cr_assert_eq(verify().entry_count, 1);
}

Test(transact, the_second_of_two_chains_to_the_first, .init = setup, .fini = teardown)
{
	for (int races = 0; races < 8; races++) {
		struct work work = { .times = 0 };
		int64_t before = verify().entry_count;

		racing.races = races;
		cr_assert(target_transact(&racing.base, append_ours, &work, &err), "%s", err.text);
		cr_assert_eq(work.times, races + 1);
		cr_assert_eq(verify().entry_count, before + races + 1);
		cr_assert_str_eq(verify().head.hash, work.head.hash);
	}
}

Test(transact, gives_up_after_a_while, .init = setup, .fini = teardown)
{
	struct work work = { .times = 0 };

	racing.races = 1000;
	cr_assert_not(target_transact(&racing.base, append_ours, &work, &err));
	cr_assert_eq(err.code, ERR_TRANSIENT, "%s", err.text);
	cr_assert_eq(racing.begun, work.times);
	cr_assert_eq(racing.rolled_back, work.times);
	cr_assert_eq(verify().entry_count, work.times, "nothing of ours");
	err_reset(&err);
}

static bool fail_otherwise(void *context, struct err *error)
{
	++*(int *)context;
	return err_set(error, ERR_IO, "the disk is full");
}

Test(transact, what_is_no_race_is_not_tried_again, .init = setup, .fini = teardown)
{
	int times = 0;

	cr_assert_not(target_transact(&racing.base, fail_otherwise, &times, &err));
	cr_assert_eq(err.code, ERR_IO);
	cr_assert_eq(times, 1);
	cr_assert_eq(racing.rolled_back, 1);
	err_reset(&err);
}

/* Numbers of chunks are taken as those of entries are; who slept past its lease may want some that are there by now. */
Test(transact, a_worker_is_refused_and_begins_anew, .init = setup, .fini = teardown)
{
	struct mover mover = { .lock = PTHREAD_MUTEX_INITIALIZER,
			       .turn = PTHREAD_MUTEX_INITIALIZER,
			       .takes_turns = true };
	struct worker worker = { .mover = &mover, .target = &racing.base };
	struct work work = { .times = 0 };
	int times = 0;

	racing.races = 3;
	cr_assert(worker_transact(&worker, append_ours, &work, &err), "%s", err.text);
	cr_assert_eq(work.times, 4);
	cr_assert_eq(verify().entry_count, 4);
	cr_assert_not(worker.in_transaction || worker.in_turn);
	cr_assert_not(worker_transact(&worker, fail_otherwise, &times, &err));
	cr_assert_eq(times, 1);
	cr_assert_not(worker.in_transaction || worker.in_turn);
	err_reset(&err);
}
