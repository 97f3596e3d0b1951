/*
 * waits.h: why a run waits, for how long, and how often. For engine/move only.
 *
 * Pure: time is a parameter. A pause begins with the first worker that waits for a reason and ends with the last.
 */
#ifndef ENGINE_MOVE_WAITS_H
#define ENGINE_MOVE_WAITS_H

#include "engine/move/move.h"

struct wait {
	const char *reason; /* by which it is counted */
	const char *shown;  /* the same, with what is only known now */
	int waiting;        /* workers */
	int64_t count, began_ns, total_ns;
};

struct waits {
	struct wait list[MOVE_PAUSES_MAX];
	int count;
};

/* A worker begins to wait. Both texts outlive the waits; shown NULL: the reason says all. */
void waits_begin(struct waits *waits, const char *reason, const char *shown, int64_t now_ns);
/* And waits no more. */
void waits_end(struct waits *waits, const char *reason, int64_t now_ns);

/* Why somebody waits now: what began last; NULL when nobody does. */
const char *waits_shown(const struct waits *waits);

/* All there were, those that go on included. */
int waits_report(const struct waits *waits, int64_t now_ns, struct move_pause *list);

#endif
