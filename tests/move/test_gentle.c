/*
 * test_gentle.c: who reads legacy alone is held to the same limits.
 */
#include <criterion/criterion.h>

#include "drivers/memory/memory.h"
#include "engine/base/clock.h"
#include "engine/move/gentle.h"

TestSuite(gentle, .timeout = 60);

static const char load_sql[] = "select value from load";

struct legacy {
	struct memory_store *store;
	struct conn *conn;
	struct err err;
};

static void legacy_open(struct legacy *legacy, const char *load)
{
	struct memory_column column = { "value", "INTEGER", false };
	struct cell cell = { load, (uint32_t)strlen(load), CELL_TEXT };

	memset(legacy, 0, sizeof(*legacy));
	legacy->store = memory_store_open();
	memory_store_table(legacy->store, "load", &column, 1, NULL, 0);
	memory_store_cells(legacy->store, "load", &cell);
	memory_store_query(legacy->store, load_sql, "load");
	cr_assert(memory_store_connect(legacy->store, CONN_SOURCE, &legacy->conn, &legacy->err));
}

static void legacy_close(struct legacy *legacy)
{
	conn_close(legacy->conn);
	memory_store_close(legacy->store);
}

static double seconds_of_reads(struct legacy *legacy, struct gentle *gentle, int reads,
			       int64_t rows, size_t bytes)
{
	int64_t began = clock_monotonic_ns();

	for (int i = 0; i < reads; i++)
		cr_assert(gentle_read(gentle, rows, bytes, &legacy->err), "%s", legacy->err.text);
	return (double)(clock_monotonic_ns() - began) / 1e9;
}

Test(gentle, without_limits_nothing_waits)
{
	struct legacy legacy;
	struct gentle gentle;

	legacy_open(&legacy, "1");
	cr_assert(gentle_begin(&gentle, legacy.conn, 0, 0, NULL, 0, &legacy.err));
	cr_expect_lt(seconds_of_reads(&legacy, &gentle, 1000, 100000, 1 << 20), 1.0);
	legacy_close(&legacy);
}

Test(gentle, rows_and_bytes_are_held_to_their_rate)
{
	struct legacy legacy;
	struct gentle gentle;
	double seconds;

	legacy_open(&legacy, "1");
	cr_assert(gentle_begin(&gentle, legacy.conn, 1000, 0, NULL, 0, &legacy.err));
	seconds = seconds_of_reads(&legacy, &gentle, 10, 100, 0);
	cr_expect(seconds > 0.7 && seconds < 2, "%f", seconds);
	cr_assert(gentle_begin(&gentle, legacy.conn, 0, 1000000, NULL, 0, &legacy.err));
	seconds = seconds_of_reads(&legacy, &gentle, 10, 1, 100000);
	cr_expect(seconds > 0.7 && seconds < 2, "%f", seconds);
	legacy_close(&legacy);
}

Test(gentle, a_signal_beyond_its_limit_holds_back)
{
	struct signal_setting signal = { SIGNAL_PROBE, "load", load_sql, false, 1.0 };
	struct legacy legacy;
	struct gentle gentle;

	legacy_open(&legacy, "50");
	cr_assert(gentle_begin(&gentle, legacy.conn, 0, 0, &signal, 1, &legacy.err), "%s",
		  legacy.err.text);
	for (int i = 0; i < 40 && gentle.waited_ns < INT64_C(1000000000); i++) {
		clock_sleep_ns(100000000);
		cr_assert(gentle_read(&gentle, 1, 1, &legacy.err));
	}
	cr_expect_geq(gentle.waited_ns, INT64_C(1000000000));
	cr_assert_not_null(gentle.held_by);
	cr_expect_str_eq(gentle.held_by, "load");
	legacy_close(&legacy);
}

Test(gentle, a_signal_within_its_limit_does_not)
{
	struct signal_setting signals[] = {
		{ SIGNAL_PROBE, "load", load_sql, false, 1000.0 },
		{ SIGNAL_PROBE, "replica lag", "select lag from nowhere", true, 1.0 },
		{ SIGNAL_COMMIT_LATENCY, "commit_latency", NULL, false, 0.1 },
	};
	struct legacy legacy;
	struct gentle gentle;

	legacy_open(&legacy, "50");
	cr_assert(gentle_begin(&gentle, legacy.conn, 0, 0, signals, 3, &legacy.err), "%s",
		  legacy.err.text);
	cr_expect_lt(seconds_of_reads(&legacy, &gentle, 1000, 1000, 1000), 1.0,
		     "what is about the target says nothing here");
	legacy_close(&legacy);
}

Test(gentle, a_probe_that_does_not_run_refuses)
{
	struct signal_setting signal = { SIGNAL_PROBE, "load", "select nothing", false, 1.0 };
	struct legacy legacy;
	struct gentle gentle;

	legacy_open(&legacy, "1");
	cr_assert_not(gentle_begin(&gentle, legacy.conn, 0, 0, &signal, 1, &legacy.err));
	cr_expect_not_null(strstr(legacy.err.text, "\"load\" does not run on legacy"), "%s",
			   legacy.err.text);
	legacy_close(&legacy);
}
