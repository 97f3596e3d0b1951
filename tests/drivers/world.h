/*
 * world.h: legacy as the contract's tests see it: del ← events, del → film → studio, events → actor,
 * filled by a fixed dice and remembered as lines.
 */
#ifndef TESTS_DRIVERS_WORLD_H
#define TESTS_DRIVERS_WORLD_H

#include <criterion/criterion.h>

#include "tests/drivers/fixture.h"

enum keys { KEY_OF_INTEGER, KEY_OF_TEXT, KEY_OF_TWO, KEYS_UNDER_TEST };

enum { ROOT, EVENTS, FILM, STUDIO, ACTOR, SOURCES };

struct world {
	struct fixture fixture;
	struct source sources[SOURCES];
	struct source_set set;
	struct lines put[SOURCES];
	struct conn *conn;
	struct reader *reader;
	struct arena arena;
	struct err err;
};

/* What reads them: the tables themselves, or queries that give the same rows. */
enum forms {
	ALL_TABLES = 0,
	QUERY_ROOT = 1,
	QUERY_EVENTS = 2,
	ALL_QUERIES = QUERY_ROOT | QUERY_EVENTS,
};

extern const char world_root_query[], world_events_query[];

/* Fill the tables and open a reader on them; anything that fails, fails the test. Every second number
 * is a root, so that children of the others are orphans. */
void world_open(struct world *world, int driver, enum keys keys, uint32_t root_count,
		uint64_t dice);
void world_open_as(struct world *world, int driver, int forms, enum keys keys, uint32_t root_count,
		   uint64_t dice);
void world_close(struct world *world);

void world_read_range(struct world *world, const struct key_range *range, struct batch *batch);

/* Run a test on each driver: c->driver. */
struct driver_case {
	int driver;
};

#define ON_EVERY_DRIVER(suite, name)                                                         \
	ParameterizedTestParameters(suite, name)                                             \
	{                                                                                    \
		static struct driver_case drivers[] = { { ON_MEMORY },                       \
							{ ON_SQLITE },                       \
							{ ON_POSTGRES } };                   \
		return cr_make_param_array(struct driver_case, drivers, DRIVERS_UNDER_TEST); \
	}                                                                                    \
	ParameterizedTest(struct driver_case *c, suite, name)

#endif
