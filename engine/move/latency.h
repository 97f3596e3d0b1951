/*
 * latency.h: how long something takes now: of the last seconds the time that one in twenty exceeds. For engine/move only.
 *
 * Pure: time is a parameter. Not the mean: what users of a store feel is its stalls, which a mean hides.
 */
#ifndef ENGINE_MOVE_LATENCY_H
#define ENGINE_MOVE_LATENCY_H

#include <stdbool.h>
#include <stdint.h>

enum { LATENCY_MEASURES_MAX = 128 };
#define LATENCY_WINDOW_NS INT64_C(5000000000)

struct latency {
	struct {
		int64_t at_ns, took_ns;
	} measures[LATENCY_MEASURES_MAX]; /* the latest ones, in a ring */
	uint64_t count;                   /* that were ever taken */
};

void latency_note(struct latency *latency, int64_t took_ns, int64_t now_ns);

/* False when nothing was measured within the window: nothing is known. */
bool latency_seconds(const struct latency *latency, int64_t now_ns, double *seconds);

#endif
