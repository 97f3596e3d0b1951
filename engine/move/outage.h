/*
 * outage.h: how often a store that does not answer is asked again. For engine/move, and whoever else goes on after one.
 *
 * Pure: time and chance are parameters. One outage is shared by all workers of a run, so that an outage never becomes a storm:
 * after each failure all wait, twice as long as before; when it is time one asks, and the others go on once it has done some of
 * its work. That a store lets somebody in is no sign: one that refuses every chunk would be asked ten times a second, for ever.
 * What is tried again is safe to: a pass is written whole or not at all.
 */
#ifndef ENGINE_MOVE_OUTAGE_H
#define ENGINE_MOVE_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#define OUTAGE_FIRST_NS INT64_C(100000000)
#define OUTAGE_LONGEST_NS INT64_C(10000000000)
#define OUTAGE_BUDGET_NS INT64_C(120000000000)

struct outage {
	int failures;     /* since something last worked; 0: there is no outage */
	int64_t began_ns; /* on the monotonic clock */
	int64_t next_ns;  /* when somebody may ask again */
	bool is_asked;    /* somebody does */
};

/* Note a failure. chance, of the whole range, shortens the wait by up to a half, so that engines do not ask in step. */
void outage_fail(struct outage *outage, int64_t now_ns, uint32_t chance);

/* Nobody asked for a while, on purpose: what passed until now does not count. */
void outage_excuse(struct outage *outage, int64_t now_ns);

/* Work was done: it is over. */
void outage_end(struct outage *outage);

/* Nanoseconds to wait before trying to be the one who asks; 0: go and try. */
int64_t outage_wait_ns(const struct outage *outage, int64_t now_ns);

/* Be the one who asks; false when another is. */
bool outage_ask(struct outage *outage, int64_t now_ns);

/* Has it lasted for longer than anybody should wait? Not while somebody asks: what comes of that is not known. */
bool outage_is_too_long(const struct outage *outage, int64_t now_ns);

#endif
