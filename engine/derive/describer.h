/*
 * describer.h: what legacy's tables look like, for a rule version that is being loaded against them.
 *
 * Nobody knows which tables a version names before it is loaded: each is described in the moment it is named.
 */
#ifndef ENGINE_DERIVE_DESCRIBER_H
#define ENGINE_DERIVE_DESCRIBER_H

#include "drivers/driver.h"
#include "engine/model/schema.h"

struct describer {
	struct schema schema; /* for rule_host_open(); grows while it is at work */
	struct conn *legacy;
	struct arena *arena;
	struct err err; /* once legacy could not say: what was loaded against it means nothing */
};

/* Borrows legacy; the descriptions lie in the arena. Must stay where it is. */
void describer_init(struct describer *describer, struct conn *legacy, struct arena *arena);

#endif
