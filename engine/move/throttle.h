/*
 * throttle.h: how much may be in flight, judged by named signals. For engine/move only.
 *
 * Pure: time and what the signals say are parameters. Each signal has a limit, and the one that is nearest to its own counts:
 * below 40 % of it all workers may work; below 70 % one more may than before; from there it stays as it is; beyond it half as
 * much may. Below one worker that means pauses between chunks, so that work never ends altogether while somebody looks. A probe
 * that has given no value for 15 s pauses the run: it is not known whether going on does harm.
 *
 * A load that follows ours (a replica that catches up as soon as we rest) would swing for ever; so growing after a step back begins
 * at most once a minute.
 */
#ifndef ENGINE_MOVE_THROTTLE_H
#define ENGINE_MOVE_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/rules/config.h"

#define THROTTLE_STALE_NS INT64_C(15000000000) /* a probe without a value pauses */
#define THROTTLE_FRESH_NS INT64_C(3000000000)  /* on an older value nothing grows */
#define THROTTLE_SETTLE_NS \
	INT64_C(1900000000) /* after a step back, before the next: what was done must show first */
#define THROTTLE_GROW_NS \
	INT64_C(900000000) /* between two steps up: signals come about once a second */
#define THROTTLE_CALM_NS INT64_C(60000000000) /* between two turns from stepping back to growing */
#define THROTTLE_REST_NS_MAX INT64_C(10000000000) /* between two chunks */
enum { THROTTLE_SPACING_MAX = 64 };

struct throttle_signal {
	double share;  /* of its limit */
	int64_t at_ns; /* when that was seen */
	bool is_known; /* was it ever? */
	bool
	    must_be_known; /* a probe; what the workers measure themselves says nothing while they rest */
};

struct throttle {
	struct throttle_signal signals[SIGNALS_MAX];
	int signal_count; /* 0: nothing is held back */
	int workers_max;

	/* What may be in flight: so many chunks; and while that is one, it may be for one spacing-th of the time. */
	int workers, spacing;
	int held_by;  /* the signal that last made it less, or −1 */
	bool is_back; /* the last change was a step back */
	bool has_turned;
	int64_t back_ns, grown_ns,
	    turned_ns; /* when it last stepped back, grew, turned to growing */

	int in_flight;
	int64_t ended_ns, took_ns; /* of the last chunk */
};

/* signals: what is watched, for at most workers_max workers, who may all work at first. */
void throttle_init(struct throttle *throttle, const struct signal_setting *signals,
		   int signal_count, int workers_max);

/* A signal was seen: value is what it says, at_most its limit. */
void throttle_note(struct throttle *throttle, int signal, double value, double at_most,
		   int64_t now_ns);
/* What the workers measure was not measured of late. */
void throttle_forget(struct throttle *throttle, int signal);

/* Decide anew what may be in flight. */
void throttle_judge(struct throttle *throttle, int64_t now_ns);

/* How many times slower than at full speed it goes: other limits are held to the same, or one that is lower than what the workers
 * could do would hide every step back. */
double throttle_slowness(const struct throttle *throttle);

/* The first probe without a value for too long, or −1. */
int throttle_stale(const struct throttle *throttle, int64_t now_ns);

/* May another chunk begin? No when as much is in flight as may be, or the rest after the last one is not over: because of held_by.
 * Nothing may while a probe is stale; that is asked for by itself. */
bool throttle_has_place(const struct throttle *throttle, int64_t now_ns);

void throttle_begin(struct throttle *throttle);
void throttle_end(struct throttle *throttle, int64_t took_ns, int64_t now_ns);

#endif
