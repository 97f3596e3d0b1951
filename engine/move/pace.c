/*
 * pace.c: limits and a throttle that all workers share, and leases that outlive the waiting.
 */
#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/move/mover.h"

/* What takes long between two writes (waiting for a limit, slow rules) must not cost the lease. */
bool pace_keep_lease(struct worker *worker, const struct lease *lease, struct err *err)
{
	if (clock_monotonic_ns() - worker->held_ns < LEASE_RENEW_NS)
		return true;
	if (!worker_begin(worker, err))
		return false;
	if (shard_hold(worker, lease, -1, err) && worker_commit(worker, err))
		return true;
	worker_rollback(worker);
	return err_while(err, "keeping the lease");
}

/* Why a worker has to wait, and for how long at least. */
struct hold {
	const char *reason; /* NULL: it has not */
	const char *shown;
	int64_t wait_ns;
};

static struct hold limits_wait(const struct mover *mover, int64_t now)
{
	int64_t rows_ns = limit_wait_ns(&mover->rows, now);
	int64_t bytes_ns = limit_wait_ns(&mover->bytes, now);

	if (rows_ns == 0 && bytes_ns == 0)
		return (struct hold){ .reason = NULL };
	if (mover->throttle.held_by >= 0)
		return (struct hold){ mover->sampler.texts[mover->throttle.held_by].held, NULL,
				      rows_ns >= bytes_ns ? rows_ns : bytes_ns };
	if (rows_ns >= bytes_ns)
		return (struct hold){ .reason = "held to --rate", .wait_ns = rows_ns };
	return (struct hold){ .reason = "held to --bytes", .wait_ns = bytes_ns };
}

enum { LOOK_AGAIN_NS = 10000000 };

static struct hold value_wait(const struct mover *mover, int64_t now)
{
	int stale = throttle_stale(&mover->throttle, now);
	const struct signal_texts *texts;

	if (stale < 0)
		return (struct hold){ .reason = NULL };
	texts = &mover->sampler.texts[stale];
	return (struct hold){ texts->unknown, atomic_load(&texts->unknown_now), LOOK_AGAIN_NS };
}

static struct hold place_wait(const struct mover *mover, int64_t now)
{
	const struct throttle *throttle = &mover->throttle;

	if (throttle_has_place(throttle, now))
		return (struct hold){ .reason = NULL };
	require(throttle->held_by >= 0);
	return (struct hold){ mover->sampler.texts[throttle->held_by].held, NULL, LOOK_AGAIN_NS };
}

/* A place among what is in flight is taken as soon as nothing stands against it. What is not known comes first: it does not end
 * with a debt that is paid. */
static struct hold look_for_place(struct worker *worker, int64_t now)
{
	struct mover *mover = worker->mover;
	struct hold wait = value_wait(mover, now);

	if (!wait.reason)
		wait = limits_wait(mover, now);
	if (!wait.reason)
		wait = place_wait(mover, now);
	if (wait.reason)
		return wait;
	throttle_begin(&mover->throttle);
	worker->in_flight = true;
	worker->flight_ns = now;
	return wait;
}

static struct hold look(struct worker *worker, bool begins)
{
	struct mover *mover = worker->mover;
	struct hold wait;
	int64_t now;

	pthread_mutex_lock(&mover->lock);
	now =
	    clock_monotonic_ns(); /* behind the lock: who waited for it is not earlier than who held it */
	wait = begins ? look_for_place(worker, now) : limits_wait(mover, now);
	pthread_mutex_unlock(&mover->lock);
	return wait;
}

/* Ends early when the run has to stop. */
static bool wait_for_leave(struct worker *worker, const struct lease *lease, bool begins,
			   struct err *err)
{
	enum { STEP_NS = 50000000 };
	struct mover *mover = worker->mover;
	const char *reason = NULL;
	bool ok = true;

	while (ok) {
		struct hold wait = look(worker, begins);

		if (!wait.reason || mover_must_stop(mover) || !worker_may_go_on(worker))
			break;
		if (wait.reason != reason) {
			if (reason)
				mover_end_pause(mover, reason);
			mover_begin_pause(mover, wait.reason, wait.shown);
			reason = wait.reason;
		}
		/* In short steps, so that a signal is heard. */
		clock_sleep_ns(wait.wait_ns > STEP_NS ? STEP_NS : wait.wait_ns);
		ok = pace_keep_lease(worker, lease, err);
	}
	if (reason)
		mover_end_pause(mover, reason);
	return ok;
}

bool pace_wait(struct worker *worker, const struct lease *lease, struct err *err)
{
	return wait_for_leave(worker, lease, false, err);
}

bool pace_begin_chunk(struct worker *worker, const struct lease *lease, struct err *err)
{
	pace_end_chunk(worker);
	return wait_for_leave(worker, lease, true, err);
}

void pace_end_chunk(struct worker *worker)
{
	struct mover *mover = worker->mover;
	int64_t now;

	if (!worker->in_flight)
		return;
	worker->in_flight = false;
	pthread_mutex_lock(&mover->lock);
	now = clock_monotonic_ns();
	throttle_end(&mover->throttle, now - worker->flight_ns, now);
	pthread_mutex_unlock(&mover->lock);
}

void pace_note(struct worker *worker, struct latency *latency, int64_t began_ns)
{
	struct mover *mover = worker->mover;
	int64_t now;

	pthread_mutex_lock(&mover->lock);
	now = clock_monotonic_ns();
	latency_note(latency, now - began_ns, now);
	pthread_mutex_unlock(&mover->lock);
}

/* Held back, a chunk costs as much more as it goes slower; but nobody waits for more than a rest longer. */
static uint64_t cost_of(const struct mover *mover, const struct limit *limit, size_t units)
{
	double more = (double)units * (throttle_slowness(&mover->throttle) - 1);
	double most = (double)limit->units_per_s * ((double)THROTTLE_REST_NS_MAX / 1e9);

	return units + (uint64_t)(more < most ? more : most);
}

void pace_take(struct worker *worker, size_t row_count, size_t bytes)
{
	struct mover *mover = worker->mover;
	int64_t now;

	pthread_mutex_lock(&mover->lock);
	now = clock_monotonic_ns();
	limit_take(&mover->rows, cost_of(mover, &mover->rows, row_count), now);
	limit_take(&mover->bytes, cost_of(mover, &mover->bytes, bytes), now);
	pthread_mutex_unlock(&mover->lock);
}
