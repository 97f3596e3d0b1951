/*
 * zones.h: the time zones of one host, each opened once. For engine/rules only.
 *
 * Zones the rule file names are held for as long as the host lives. Zones that only rows name are kept
 * while there is room; how many of those exist is up to legacy.
 */
#ifndef ENGINE_RULES_ZONES_H
#define ENGINE_RULES_ZONES_H

#include "engine/base/span.h"
#include "engine/rules/zone.h"

enum { ZONES_OF_ROWS = 64 };

struct named_zone {
	char *name;
	struct zone *zone;
};

struct zone_set {
	struct named_zone *held;
	int held_count;
	struct named_zone of_rows[ZONES_OF_ROWS];
	int of_rows_count, of_rows_next; /* the next to make room */
	int latest;                      /* the one of of_rows that was asked for last */
};

/* The zone by this name, or NULL when there is none; valid until zones_close(). */
const struct zone *zones_hold(struct zone_set *set, const char *name);

/* The same for a name from a row; valid until the next call. */
const struct zone *zones_of_row(struct zone_set *set, struct span name);

void zones_close(struct zone_set *set);

#endif
