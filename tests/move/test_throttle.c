/*
 * test_throttle.c: what signals make of the speed, on a clock and by signals that are parameters.
 */
#include <criterion/criterion.h>
#include <math.h>

#include "engine/move/throttle.h"
#include "tests/model/random.h"

TestSuite(throttle, .timeout = 30);

static const int64_t second_ns = 1000000000;
enum { TENTHS_A_SECOND = 10 };

/* A store that is asked once a second, watched for a while in steps of a tenth of a second. */
struct trial {
	struct throttle throttle;
	int64_t now_ns;
	int tenths;    /* since it began */
	int turns;     /* from less to more */
	bool is_less;  /* the last change made it less */
	double lowest; /* share of full speed */
	uint64_t random;
	double lag; /* of a replica */
};

static const struct signal_setting one_probe[] = { { SIGNAL_PROBE, "lag", "select 1", false,
						     1.0 } };

static double speed(const struct trial *trial)
{
	return 1 / throttle_slowness(&trial->throttle);
}

static void trial_init(struct trial *trial, int workers)
{
	*trial = (struct trial){ .now_ns = 1000 * second_ns, .lowest = 1, .random = 7 };
	throttle_init(&trial->throttle, one_probe, 1, workers);
}

static void note_change(struct trial *trial, double before)
{
	double after = speed(trial);

	if (after < before)
		trial->is_less = true;
	if (after > before && trial->is_less) {
		trial->turns++;
		trial->is_less = false;
	}
	if (after < trial->lowest)
		trial->lowest = after;
}

/* For so many tenths of a second the probe says what signal makes of the trial. */
static void watch(struct trial *trial, int tenths, double (*signal)(struct trial *trial))
{
	for (int i = 0; i < tenths; i++) {
		double before = speed(trial);

		if (trial->tenths % TENTHS_A_SECOND == 0) {
			throttle_note(&trial->throttle, 0, signal(trial), 1.0, trial->now_ns);
			throttle_judge(&trial->throttle, trial->now_ns);
			note_change(trial, before);
		}
		trial->tenths++;
		trial->now_ns += second_ns / TENTHS_A_SECOND;
	}
}

static double at_rest(struct trial *trial)
{
	(void)trial;
	return 0.1;
}

static double overloaded(struct trial *trial)
{
	(void)trial;
	return 3;
}

static double held(struct trial *trial)
{
	(void)trial;
	return 0.8;
}

static double between(struct trial *trial)
{
	(void)trial;
	return 0.5;
}

/* As much as we do: full speed is more than twice too much. */
static double of_our_making(struct trial *trial)
{
	return 2.3 * speed(trial);
}

/* The same with a disturbance of a tenth. */
static double noisy(struct trial *trial)
{
	double noise = (double)random_below(&trial->random, 2001) / 10000 - 0.1;

	return 2.3 * speed(trial) + noise;
}

/* A replica that falls behind above half speed, and catches up below. */
static double replica(struct trial *trial)
{
	trial->lag = fmax(0, trial->lag + (speed(trial) - 0.5));
	return trial->lag;
}

static double sawtooth(struct trial *trial)
{
	return (double)(trial->tenths % (20 * TENTHS_A_SECOND)) / (10 * TENTHS_A_SECOND);
}

static double ramp(struct trial *trial)
{
	return (double)trial->tenths / (60 * TENTHS_A_SECOND);
}

Test(throttle, lets_all_work_when_nothing_is_watched)
{
	struct throttle throttle;

	throttle_init(&throttle, NULL, 0, 3);
	throttle_judge(&throttle, 5 * second_ns);
	cr_assert_eq(throttle_stale(&throttle, 500 * second_ns), -1);
	cr_assert(throttle_has_place(&throttle, 500 * second_ns));
	cr_assert_eq(throttle.workers, 3);
}

Test(throttle, steps_back_within_two_seconds_and_recovers_within_ten)
{
	for (int workers = 1; workers <= 64; workers++) {
		struct trial trial;
		int tenths = 0;

		trial_init(&trial, workers);
		watch(&trial, 20 * TENTHS_A_SECOND, at_rest);
		cr_assert_eq(speed(&trial), 1);
		for (; speed(&trial) > 0.5; tenths++)
			watch(&trial, 1, overloaded);
		cr_assert_leq(tenths, 2 * TENTHS_A_SECOND, "%d workers: %d", workers, tenths);
		watch(&trial, 30 * TENTHS_A_SECOND, overloaded);
		cr_assert_lt(speed(&trial), 0.02);
		for (tenths = 0; speed(&trial) < 1; tenths++)
			watch(&trial, 1, at_rest);
		cr_assert_leq(tenths, 10 * TENTHS_A_SECOND, "%d workers: %d", workers, tenths);
		cr_assert_eq(trial.turns, 1);
	}
}

Test(throttle, halves_no_more_than_once_for_one_value)
{
	struct trial trial;

	trial_init(&trial, 8);
	throttle_note(&trial.throttle, 0, 2.0, 1.0, trial.now_ns);
	for (int i = 0; i < 100; i++)
		throttle_judge(&trial.throttle, trial.now_ns + i * second_ns / 10);
	cr_assert_eq(trial.throttle.workers, 4);
}

Test(throttle, halves_at_most_every_other_second)
{
	struct trial trial;

	trial_init(&trial, 64);
	watch(&trial, 6 * TENTHS_A_SECOND, overloaded);
	cr_assert_eq(trial.throttle.workers, 8, "%d", trial.throttle.workers);
}

Test(throttle, goes_below_one_worker_and_never_ends)
{
	struct trial trial;

	trial_init(&trial, 2);
	watch(&trial, 600 * TENTHS_A_SECOND, overloaded);
	cr_assert_eq(trial.throttle.workers, 1);
	cr_assert_eq(trial.throttle.spacing, THROTTLE_SPACING_MAX);
	cr_assert(throttle_has_place(&trial.throttle, trial.now_ns));
	throttle_begin(&trial.throttle);
	cr_assert_not(throttle_has_place(&trial.throttle, trial.now_ns));
	throttle_end(&trial.throttle, second_ns / 100, trial.now_ns);
	/* It worked for a 64th of the time. */
	cr_assert_not(throttle_has_place(&trial.throttle, trial.now_ns + second_ns * 62 / 100));
	cr_assert(throttle_has_place(&trial.throttle, trial.now_ns + second_ns * 63 / 100));
	/* Nobody waits for more than ten seconds for a chunk. */
	throttle_begin(&trial.throttle);
	throttle_end(&trial.throttle, 20 * second_ns, trial.now_ns);
	throttle_note(&trial.throttle, 0, 0.8, 1.0, trial.now_ns);
	cr_assert(throttle_has_place(&trial.throttle, trial.now_ns + 10 * second_ns));
}

Test(throttle, holds_from_seventy_per_cent)
{
	struct trial trial;

	trial_init(&trial, 8);
	watch(&trial, 1, overloaded);
	watch(&trial, 600 * TENTHS_A_SECOND, held);
	cr_assert_eq(trial.throttle.workers, 4);
	cr_assert_eq(trial.turns, 0);
}

Test(throttle, grows_by_one_between_forty_and_seventy_per_cent)
{
	struct trial trial;

	trial_init(&trial, 8);
	watch(&trial, TENTHS_A_SECOND, overloaded);
	cr_assert_eq(trial.throttle.workers, 4);
	watch(&trial, 2 * TENTHS_A_SECOND, between);
	cr_assert_eq(trial.throttle.workers, 5);
	watch(&trial, TENTHS_A_SECOND, between);
	cr_assert_eq(trial.throttle.workers, 6);
	watch(&trial, 20 * TENTHS_A_SECOND, between);
	cr_assert_eq(trial.throttle.workers, 8);
	cr_assert_eq(trial.throttle.held_by, -1);
}

Test(throttle, settles_on_a_load_of_our_own_making)
{
	for (int workers = 1; workers <= 64; workers++) {
		struct trial trial;

		trial_init(&trial, workers);
		watch(&trial, 600 * TENTHS_A_SECOND, of_our_making);
		cr_assert_leq(trial.turns, 10, "%d workers: %d turns in ten minutes", workers,
			      trial.turns);
		cr_assert_leq(speed(&trial), 1 / 2.3);
		cr_assert_geq(trial.lowest, 0.1, "%d workers: %f", workers, trial.lowest);
	}
}

Test(throttle, swings_at_most_once_a_minute)
{
	static double (*const signals[])(struct trial *) = { noisy, replica, sawtooth,
							     of_our_making };

	for (int workers = 1; workers <= 64; workers = workers * 2 + 1)
		for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
			struct trial trial;

			trial_init(&trial, workers);
			watch(&trial, 3600 * TENTHS_A_SECOND, signals[i]);
			cr_assert_leq(trial.turns, 60, "signal %zu, %d workers: %d turns an hour",
				      i, workers, trial.turns);
		}
}

Test(throttle, follows_a_ramp_only_beyond_its_end)
{
	struct trial trial;

	trial_init(&trial, 8);
	watch(&trial, 60 * TENTHS_A_SECOND + 1, ramp);
	cr_assert_eq(speed(&trial), 1);
	watch(&trial, 2 * TENTHS_A_SECOND, ramp);
	cr_assert_eq(speed(&trial), 0.5);
}

Test(throttle, pauses_when_a_probe_has_said_nothing_for_15_s)
{
	struct trial trial;

	trial_init(&trial, 4);
	cr_assert_eq(throttle_stale(&trial.throttle, trial.now_ns), 0, "before the first value");
	throttle_note(&trial.throttle, 0, 0.1, 1.0, trial.now_ns);
	cr_assert_eq(throttle_stale(&trial.throttle, trial.now_ns + 15 * second_ns), -1);
	cr_assert_eq(throttle_stale(&trial.throttle, trial.now_ns + 15 * second_ns + 1), 0);
	cr_assert_eq(throttle_stale(&trial.throttle, trial.now_ns + 16 * second_ns), 0);
	throttle_note(&trial.throttle, 0, 0.1, 1.0, trial.now_ns + 60 * second_ns);
	cr_assert_eq(throttle_stale(&trial.throttle, trial.now_ns + 60 * second_ns), -1);
}

Test(throttle, grows_on_no_value_that_is_old)
{
	struct trial trial;

	trial_init(&trial, 8);
	watch(&trial, TENTHS_A_SECOND, overloaded);
	throttle_note(&trial.throttle, 0, 0.1, 1.0, trial.now_ns);
	throttle_judge(&trial.throttle, trial.now_ns + 4 * second_ns);
	cr_assert_eq(trial.throttle.workers, 4);
	throttle_note(&trial.throttle, 0, 0.1, 1.0, trial.now_ns + 5 * second_ns);
	throttle_judge(&trial.throttle, trial.now_ns + 5 * second_ns);
	cr_assert_eq(trial.throttle.workers, 8);
}

static const struct signal_setting two[] = {
	{ SIGNAL_PROBE, "lag", "select 1", false, 1.5 },
	{ SIGNAL_COMMIT_LATENCY, "commit_latency", NULL, false, 0.1 },
};

Test(throttle, the_signal_nearest_to_its_limit_counts)
{
	struct throttle throttle;
	int64_t now = 100 * second_ns;

	throttle_init(&throttle, two, 2, 8);
	throttle_note(&throttle, 0, 0.3, 1.5, now);
	throttle_note(&throttle, 1, 0.11, 0.1, now);
	throttle_judge(&throttle, now);
	cr_assert_eq(throttle.workers, 4);
	cr_assert_eq(throttle.held_by, 1);
	throttle_note(&throttle, 0, 1.6, 1.5, now + 2 * second_ns);
	throttle_note(&throttle, 1, 0.01, 0.1, now + 2 * second_ns);
	throttle_judge(&throttle, now + 2 * second_ns);
	cr_assert_eq(throttle.workers, 2);
	cr_assert_eq(throttle.held_by, 0);
}

Test(throttle, what_was_not_measured_while_it_rests_neither_pauses_nor_lets_grow)
{
	struct throttle throttle;
	int64_t now = 100 * second_ns;

	throttle_init(&throttle, two, 2, 8);
	throttle_note(&throttle, 0, 0.3, 1.5, now);
	throttle_note(&throttle, 1, 0.11, 0.1, now);
	throttle_judge(&throttle, now);
	throttle_forget(&throttle, 1);
	now += 60 * second_ns;
	throttle_note(&throttle, 0, 0.3, 1.5, now);
	throttle_judge(&throttle, now);
	cr_assert_eq(throttle.workers, 4);
	cr_assert_eq(throttle_stale(&throttle, now), -1);
}

/* The clock of who asks may be a moment behind that of who ended a chunk last. */
Test(throttle, nothing_holds_back_where_no_signal_does)
{
	struct throttle throttle;
	int64_t now = 100 * second_ns;

	throttle_init(&throttle, two, 2, 2);
	throttle_begin(&throttle);
	throttle_end(&throttle, second_ns, now);
	cr_assert_eq(throttle.held_by, -1);
	cr_assert(throttle_has_place(&throttle, now - 1));
}
