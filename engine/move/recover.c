/*
 * recover.c: what a worker does when a store went away: it waits, comes back with new connections, and goes on.
 */
#include <stdlib.h>
#include <sys/random.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/move/mover.h"

const char mover_reason_away[] = "waiting for a store to come back";

uint32_t mover_chance(void)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), GRND_NONBLOCK) != (ssize_t)sizeof(number))
		number = (uint32_t)clock_monotonic_ns();
	return number;
}

void mover_outage_begins(struct mover *mover, const struct err *err)
{
	bool is_first;

	pthread_mutex_lock(&mover->lock);
	is_first = mover->outage.failures == 0;
	mover->retry_count++;
	outage_fail(&mover->outage, clock_monotonic_ns(), mover_chance());
	pthread_mutex_unlock(&mover->lock);
	if (is_first)
		log_event(LOG_WARN, "%s: %s", mover_reason_away, err->text);
}

void mover_outage_ends(struct mover *mover)
{
	pthread_mutex_lock(&mover->lock);
	if (mover->outage.failures > 0)
		outage_end(&mover->outage);
	pthread_mutex_unlock(&mover->lock);
}

void worker_answers(struct worker *worker)
{
	if (worker->is_asking)
		mover_outage_ends(worker->mover);
	worker->is_asking = false;
}

/* Whoever paused the run may well be mending the store: it is not asked meanwhile, and that time is no failure of its. */
static void sit_out_pause(struct mover *mover)
{
	if (!mover_is_paused(mover))
		return;
	mover_await_resume(mover);
	pthread_mutex_lock(&mover->lock);
	outage_excuse(&mover->outage, clock_monotonic_ns());
	pthread_mutex_unlock(&mover->lock);
}

/* Wait for the turn to ask; false when the run has to stop, or it has lasted for too long. */
static bool wait_for_turn(struct mover *mover)
{
	enum { STEP_NS = 50000000 };

	for (;;) {
		int64_t now, wait_ns;
		bool is_turn, is_too_long;

		sit_out_pause(mover);
		now = clock_monotonic_ns();
		pthread_mutex_lock(&mover->lock);
		is_turn = outage_ask(&mover->outage, now);
		is_too_long = outage_is_too_long(&mover->outage, now);
		wait_ns = outage_wait_ns(&mover->outage, now);
		pthread_mutex_unlock(&mover->lock);
		if (is_too_long || mover_must_stop(mover))
			return false;
		if (is_turn)
			return true;
		clock_sleep_ns(wait_ns > STEP_NS ? STEP_NS : wait_ns);
	}
}

/* Trying again can help, and is safe: nothing of what failed was written. */
static bool may_try_again(const struct mover *mover, const struct err *err)
{
	return mover->is_remote && (err->code == ERR_TRANSIENT || err->code == ERR_UNAVAILABLE);
}

/* What this worker still holds is its own to take again; whether its last transaction was committed, the chunks say. */
static bool free_own_leases(struct worker *worker, struct err *err)
{
	struct mover *mover = worker->mover;

	arena_reset(&worker->plan);
	if (!worker_begin(worker, err))
		return false;
	for (int i = 0; i < mover->migration->entity_count; i++)
		if (!shard_take_over(worker->target, mover_entity(mover, i)->name, worker->owner,
				     &worker->plan, err)) {
			worker_rollback(worker);
			return false;
		}
	return worker_commit(worker, err);
}

static bool come_back(struct worker *worker, struct err *err)
{
	worker_disconnect(worker);
	return worker_connect(worker, err) && mirror_compare(worker->mover, worker->target, err) &&
	       free_own_leases(worker, err);
}

bool worker_recover(struct worker *worker, struct err *err)
{
	struct mover *mover = worker->mover;
	struct err last = *err;
	bool is_back = false;

	worker_rollback(worker);
	/* Nothing was written, and the shard is in other hands: there are others. */
	if (err->code == ERR_LEASE_LOST) {
		err_reset(err);
		return true;
	}
	worker->is_asking = false;
	if (!may_try_again(mover, err))
		return false;
	mover_outage_begins(mover, err);
	mover_begin_pause(mover, mover_reason_away, NULL);
	while (!is_back) {
		if (!wait_for_turn(mover))
			break;
		err_reset(err);
		is_back = come_back(worker, err);
		if (is_back)
			break;
		last = *err;
		worker_rollback(worker);
		if (!may_try_again(mover, err)) {
			mover_end_pause(mover, mover_reason_away);
			return false;
		}
		mover_outage_begins(mover, err);
	}
	mover_end_pause(mover, mover_reason_away);
	worker->is_asking = is_back;
	if (is_back)
		return true;
	*err = last;
	/* Asked to stop, it is done: what it held is free when its lease runs out, at the latest. */
	if (atomic_load(&mover->progress->stop_signal)) {
		err_reset(err);
		return true;
	}
	mover->has_given_up = true;
	return err_while(err, "given up after trying for %lld s",
			 (long long)(OUTAGE_BUDGET_NS / 1000000000));
}

bool mover_reopen_target(struct mover *mover, struct conn **target, struct err *err)
{
	if (!mover->is_remote)
		return true;
	conn_close(*target);
	*target = NULL;
	while (!conn_open(mover->options->target, CONN_TARGET, target, err)) {
		if (!may_try_again(mover, err))
			return false;
		mover_outage_begins(mover, err);
		if (!wait_for_turn(mover))
			return false;
		err_reset(err);
	}
	return mover_name_conn(mover, *target, "main", err) && mirror_compare(mover, *target, err);
}
