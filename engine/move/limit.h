/*
 * limit.h: a token bucket: so many units a second, exactly, on the monotonic clock.
 *
 * Pure: time is a parameter. What was taken is counted when it is known, so the bucket may go into
 * debt; the debt is waited for before more is taken.
 */
#ifndef ENGINE_MOVE_LIMIT_H
#define ENGINE_MOVE_LIMIT_H

#include <stdint.h>

struct limit {
	uint64_t units_per_s; /* 0: no limit */
	int64_t ready_ns;     /* on the monotonic clock: when everything taken so far is paid for */
};

void limit_init(struct limit *limit, uint64_t units_per_s, int64_t now_ns);

/* From now on another limit, or none: what was taken and is not paid for yet is paid for at the new one. */
void limit_change(struct limit *limit, uint64_t units_per_s, int64_t now_ns);

/* Nanoseconds to wait before more may be taken; 0 means go. */
int64_t limit_wait_ns(const struct limit *limit, int64_t now_ns);

/* Note that so many units were taken. Of time that passed unused a tenth of a second is saved up, so that
 * the work between two takes costs nothing; more would be a burst. */
void limit_take(struct limit *limit, uint64_t units, int64_t now_ns);

/* Only this share (0 to 1) of the debt is left. */
void limit_ease(struct limit *limit, double share, int64_t now_ns);

#endif
