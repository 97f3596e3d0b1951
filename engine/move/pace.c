/*
 * pace.c: limits that all workers share, and leases that outlive the waiting.
 */
#include "engine/base/clock.h"
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

bool pace_wait(struct worker *worker, const struct lease *lease, struct err *err)
{
	struct mover *mover = worker->mover;
	const char *reason = NULL;
	bool ok = true;

	while (ok) {
		int64_t now = clock_monotonic_ns();
		int64_t rows_ns, bytes_ns, wait_ns;

		pthread_mutex_lock(&mover->lock);
		rows_ns = limit_wait_ns(&mover->rows, now);
		bytes_ns = limit_wait_ns(&mover->bytes, now);
		pthread_mutex_unlock(&mover->lock);
		wait_ns = rows_ns > bytes_ns ? rows_ns : bytes_ns;
		if (wait_ns == 0 || mover_must_stop(mover) || !worker_may_go_on(worker))
			break;
		reason = rows_ns >= bytes_ns ? "held to --rate" : "held to --bytes";
		atomic_store(&mover->progress->pause_reason, reason);
		/* In short steps, so that a signal is heard. */
		clock_sleep_ns(wait_ns > 50000000 ? 50000000 : wait_ns);
		ok = pace_keep_lease(worker, lease, err);
	}
	mover_end_pause(mover, reason);
	return ok;
}

void pace_take(struct worker *worker, size_t row_count, size_t bytes)
{
	struct mover *mover = worker->mover;
	int64_t now = clock_monotonic_ns();

	pthread_mutex_lock(&mover->lock);
	limit_take(&mover->rows, row_count, now);
	limit_take(&mover->bytes, bytes, now);
	pthread_mutex_unlock(&mover->lock);
}
