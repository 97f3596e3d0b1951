/*
 * entities.h: what was ever moved into the target, by name (engine_entity).
 */
#ifndef ENGINE_TARGET_ENTITIES_H
#define ENGINE_TARGET_ENTITIES_H

#include "engine/target/rows.h"

/* One column: their names in order, those of parts by theirs: "account/members"; of this version and of earlier ones. There must be
 * such a table. */
bool entities_names(struct conn *target, struct arena *arena, struct rows *names, struct err *err);

/* The kinds of record they are, each once: "account". A target without the table has none. */
bool entities_kinds(struct conn *target, struct arena *arena, struct span **kinds, size_t *count,
		    struct err *err);

#endif
