/*
 * admission.c: workers who wait because somebody asked for it; while they do they hold no shard and no transaction.
 */
#include <time.h>

#include "engine/base/clock.h"
#include "engine/move/mover.h"

enum { LOOK_NS = 100000000 }; /* signals do not wake who waits here */

void mover_doze_locked(struct mover *mover, int64_t duration_ns)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += (time_t)(duration_ns / 1000000000);
	until.tv_nsec += (long)(duration_ns % 1000000000);
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&mover->published, &mover->lock, &until);
}

bool mover_is_paused(struct mover *mover)
{
	bool is_paused;

	pthread_mutex_lock(&mover->lock);
	is_paused = steer_is_paused(&mover->steer);
	pthread_mutex_unlock(&mover->lock);
	return is_paused;
}

bool worker_may_go_on(struct worker *worker)
{
	struct mover *mover = worker->mover;
	bool may;

	pthread_mutex_lock(&mover->lock);
	may = steer_may_go_on(&mover->steer, &worker->is_admitted);
	pthread_mutex_unlock(&mover->lock);
	return may;
}

void worker_leave(struct worker *worker)
{
	struct mover *mover = worker->mover;

	pthread_mutex_lock(&mover->lock);
	steer_leave(&mover->steer, &worker->is_admitted);
	pthread_cond_broadcast(&mover->published);
	pthread_mutex_unlock(&mover->lock);
}

bool worker_await_admission(struct worker *worker)
{
	struct mover *mover = worker->mover;
	bool admitted = false, waits = false;

	while (!admitted && !mover_must_stop(mover)) {
		if (!waits && mover_is_paused(mover)) {
			mover_begin_pause(mover, mover_reason_ordered, NULL);
			waits = true;
		}
		pthread_mutex_lock(&mover->lock);
		admitted = steer_admit(&mover->steer, &worker->is_admitted);
		if (!admitted)
			mover_doze_locked(mover, LOOK_NS);
		pthread_mutex_unlock(&mover->lock);
	}
	if (waits)
		mover_end_pause(mover, mover_reason_ordered);
	return admitted;
}

void mover_await_resume(struct mover *mover)
{
	if (!mover_is_paused(mover))
		return;
	mover_begin_pause(mover, mover_reason_ordered, NULL);
	while (mover_is_paused(mover) && !mover_must_stop(mover)) {
		pthread_mutex_lock(&mover->lock);
		mover_doze_locked(mover, LOOK_NS);
		pthread_mutex_unlock(&mover->lock);
	}
	mover_end_pause(mover, mover_reason_ordered);
}

const char mover_reason_ordered[] = "somebody asked for it; engine ctl why says who";
