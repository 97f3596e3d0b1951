/*
 * test_recover.c: who waits for a store to come back hears a stop, and sits out a pause.
 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>

#include "engine/base/clock.h"
#include "engine/move/mover.h"

TestSuite(recover, .timeout = 30);

static struct move_progress progress;
static struct mover mover = { .progress = &progress,
			      .is_remote = true,
			      .lock = PTHREAD_MUTEX_INITIALIZER,
			      .published = PTHREAD_COND_INITIALIZER,
			      .steer = { .workers_allowed = 1 } };

static const struct err away = { ERR_UNAVAILABLE, "the server is away" };

/* So many failures that nobody asks again for seconds. */
static void long_outage(void)
{
	for (int i = 0; i < 8; i++)
		mover_outage_begins(&mover, &away);
}

static void *stop_later(void *context)
{
	(void)context;
	clock_sleep_ns(300000000);
	atomic_store(&progress.stop_signal, SIGTERM);
	return NULL;
}

Test(recover, hears_a_stop_in_the_middle_of_the_wait)
{
	struct worker worker = { .mover = &mover };
	struct err err = { ERR_NONE, "" };
	int64_t began_ns = clock_monotonic_ns();
	pthread_t thread;

	long_outage();
	err_set(&err, ERR_UNAVAILABLE, "the server is gone");
	cr_assert_eq(pthread_create(&thread, NULL, stop_later, NULL), 0);
	cr_assert(worker_recover(&worker, &err), "%s", err.text);
	cr_assert_eq(err.code, ERR_NONE);
	cr_assert_lt(clock_monotonic_ns() - began_ns, INT64_C(1000000000));
	cr_assert_null(atomic_load(&progress.pause_reason));
	pthread_join(thread, NULL);
}

Test(recover, asks_nobody_while_paused_and_does_not_count_that_time)
{
	struct worker worker = { .mover = &mover };
	struct err err = { ERR_NONE, "" };
	pthread_t thread;

	long_outage();
	mover.outage.began_ns -= 2 * OUTAGE_BUDGET_NS;
	mover.steer.ordered.since_us = 1;
	err_set(&err, ERR_UNAVAILABLE, "the server is gone");
	cr_assert_eq(pthread_create(&thread, NULL, stop_later, NULL), 0);
	cr_assert(worker_recover(&worker, &err), "it had not given up: %s", err.text);
	pthread_join(thread, NULL);
	cr_assert_not(outage_is_too_long(&mover.outage, clock_monotonic_ns()));
}

Test(recover, gives_up_when_it_takes_too_long)
{
	struct worker worker = { .mover = &mover };
	struct err err = { ERR_NONE, "" };

	long_outage();
	mover.outage.began_ns -= 2 * OUTAGE_BUDGET_NS;
	err_set(&err, ERR_UNAVAILABLE, "the server is gone");
	cr_assert_not(worker_recover(&worker, &err));
	cr_assert_eq(err.code, ERR_UNAVAILABLE);
	cr_assert_not_null(strstr(err.text, "given up"), "%s", err.text);
}

Test(recover, loses_a_shard_to_others_and_goes_on_with_the_next)
{
	struct worker worker = { .mover = &mover };
	struct err err = { ERR_NONE, "" };

	err_set(&err, ERR_LEASE_LOST, "another engine has it");
	cr_assert(worker_recover(&worker, &err));
	cr_assert_eq(err.code, ERR_NONE);
	cr_assert_eq(mover.outage.failures, 0, "no store is away");
}

/* Others may find nothing to do meanwhile; that says nothing of the store. */
Test(recover, has_others_wait_until_who_asked_has_worked)
{
	struct worker other = { .mover = &mover };
	struct worker asks = { .mover = &mover, .is_asking = true };

	mover_outage_begins(&mover, &away);
	worker_answers(&other);
	cr_assert_eq(mover.outage.failures, 1);
	worker_answers(&asks);
	cr_assert_eq(mover.outage.failures, 0);
	cr_assert_not(asks.is_asking);
}
