/*
 * stopping.c: a thread that waits for signals, and waits that it can end.
 */
#include "engine/cli/stopping.h"

#include <errno.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/require.h"

static const int64_t second_ns = 1000000000;

static void take_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGINT);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, SIGUSR1); /* ours: nobody needs to listen any more */
}

static bool is_over(struct stopping *stopping)
{
	bool answer;

	pthread_mutex_lock(&stopping->mutex);
	answer = stopping->is_over;
	pthread_mutex_unlock(&stopping->mutex);
	return answer;
}

static void hear(struct stopping *stopping, int number)
{
	if (atomic_exchange(&stopping->asked_by, number))
		_exit(128 + number);
	notify_send(&stopping->notify, SPAN("STOPPING=1"));
	pthread_mutex_lock(&stopping->mutex);
	pthread_cond_broadcast(&stopping->changed);
	pthread_mutex_unlock(&stopping->mutex);
}

static void *listen_thread(void *context)
{
	struct stopping *stopping = context;
	sigset_t signals;

	take_signals(&signals);
	while (!is_over(stopping)) {
		int number = 0;

		if (sigwait(&signals, &number) == 0 && number != SIGUSR1)
			hear(stopping, number);
	}
	return NULL;
}

bool stopping_begin(struct stopping *stopping, struct err *err)
{
	pthread_condattr_t attributes;
	sigset_t signals;

	*stopping = (struct stopping){ .is_over = false };
	take_signals(&signals);
	require(pthread_sigmask(SIG_BLOCK, &signals, NULL) == 0);
	pthread_mutex_init(&stopping->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&stopping->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	notify_open(&stopping->notify);
	return pthread_create(&stopping->thread, NULL, listen_thread, stopping) == 0 ||
	       err_set(err, ERR_TRANSIENT,
		       "this machine starts no thread: raise the limit (ulimit -u)");
}

void stopping_end(struct stopping *stopping)
{
	pthread_mutex_lock(&stopping->mutex);
	stopping->is_over = true;
	pthread_mutex_unlock(&stopping->mutex);
	pthread_kill(stopping->thread, SIGUSR1);
	pthread_join(stopping->thread, NULL);
	if (!stopping_is_asked(stopping))
		notify_send(&stopping->notify, SPAN("STOPPING=1"));
	notify_close(&stopping->notify);
	pthread_cond_destroy(&stopping->changed);
	pthread_mutex_destroy(&stopping->mutex);
}

bool stopping_is_asked(const struct stopping *stopping)
{
	return atomic_load(&stopping->asked_by) != 0;
}

int stopping_status(const struct stopping *stopping)
{
	return 128 + atomic_load(&stopping->asked_by);
}

void stopping_beat(struct stopping *stopping)
{
	int64_t now = clock_monotonic_ns();

	if (stopping->notify.watchdog_ns == 0 || now < stopping->watchdog_ns)
		return;
	stopping->watchdog_ns = now + stopping->notify.watchdog_ns / 3;
	notify_send(&stopping->notify, SPAN("WATCHDOG=1"));
}

/* Wakes once a second, for the sign of life. */
static void wait_until(struct stopping *stopping, int64_t end_ns)
{
	int64_t now = clock_monotonic_ns();
	int64_t until = end_ns - now > second_ns ? now + second_ns : end_ns;
	const struct timespec moment = { (time_t)(until / second_ns), (long)(until % second_ns) };

	pthread_mutex_lock(&stopping->mutex);
	if (!stopping_is_asked(stopping))
		pthread_cond_timedwait(&stopping->changed, &stopping->mutex, &moment);
	pthread_mutex_unlock(&stopping->mutex);
}

void stopping_wait(struct stopping *stopping, int64_t duration_ns)
{
	int64_t end_ns = clock_monotonic_ns() + duration_ns;

	while (!stopping_is_asked(stopping) && clock_monotonic_ns() < end_ns) {
		wait_until(stopping, end_ns);
		stopping_beat(stopping);
	}
}
