/*
 * zone.h: local times to UTC by the time zone database in ICU. For engine/rules only.
 */
#ifndef ENGINE_RULES_ZONE_H
#define ENGINE_RULES_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/model/instant.h"

struct zone;

/* NULL when the name is not a zone of the database ("UTC", "Europe/London"; no abbreviations, no
 * silent fallback to GMT). The caller closes it. Not to be shared between threads. */
struct zone *zone_open(const char *name);
void zone_close(struct zone *zone);

enum zone_answer {
	ZONE_OK,
	ZONE_REPEATED, /* the clocks showed this time twice */
	ZONE_SKIPPED,  /* the clocks never showed this time */
	ZONE_FAILED,   /* outside what the database covers */
};

/* What a local time stands for.
 *   ZONE_OK        both are the moment
 *   ZONE_REPEATED  the first and the last moment at which the clocks showed it
 *   ZONE_SKIPPED   both are the moment by the offset that held in front of the gap, as RFC 5545 has
 *                  it: as far behind the gap's end as the time stands behind its beginning */
struct zone_moments {
	int64_t earlier_us, later_us;
};

/* Offset fields of the local time are ignored. *moments is undefined after ZONE_FAILED. */
enum zone_answer zone_to_utc(const struct zone *zone, const struct local_time *time,
			     struct zone_moments *moments);

/* The version of the time zone data, "2023c"; part of the fingerprint. */
const char *zone_data_version(void);

#endif
