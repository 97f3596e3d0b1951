/*
 * clock.c: the only reader of clocks.
 */
#include "engine/base/clock.h"

#include <time.h>

#include "engine/base/require.h"

enum { NS_PER_SECOND = 1000000000, US_PER_SECOND = 1000000, NS_PER_US = 1000 };

int64_t clock_monotonic_ns(void)
{
	struct timespec now;

	require(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
	return (int64_t)now.tv_sec * NS_PER_SECOND + now.tv_nsec;
}

int64_t clock_thread_cpu_ns(void)
{
	struct timespec spent;

	require(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent) == 0);
	return (int64_t)spent.tv_sec * NS_PER_SECOND + spent.tv_nsec;
}

int64_t clock_wall_us(void)
{
	struct timespec now;

	require(clock_gettime(CLOCK_REALTIME, &now) == 0);
	return (int64_t)now.tv_sec * US_PER_SECOND + now.tv_nsec / NS_PER_US;
}

void clock_sleep_ns(int64_t duration_ns)
{
	struct timespec duration;

	if (duration_ns <= 0)
		return;
	duration.tv_sec = (time_t)(duration_ns / NS_PER_SECOND);
	duration.tv_nsec = (long)(duration_ns % NS_PER_SECOND);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &duration, NULL);
}
