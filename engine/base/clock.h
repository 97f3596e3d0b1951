/*
 * clock.h: the clocks, and the only file that reads them.
 *
 * Waiting and rates use the monotonic clock; the wall clock is for people and leases; a thread's own
 * clock bounds what it may spend, whatever else the machine does.
 */
#ifndef ENGINE_BASE_CLOCK_H
#define ENGINE_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds on a clock that never jumps. */
int64_t clock_monotonic_ns(void);

/* Nanoseconds of work this thread has done. */
int64_t clock_thread_cpu_ns(void);

/* Microseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_us(void);

/* Sleep on the monotonic clock; a signal may end it early. */
void clock_sleep_ns(int64_t duration_ns);

#endif
