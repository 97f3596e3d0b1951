/*
 * payload.h: a record with its lineage, as the target stores it.
 */
#ifndef ENGINE_TARGET_PAYLOAD_H
#define ENGINE_TARGET_PAYLOAD_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/rules/rule_host.h"

/* How a payload's members, and those of its lineage, follow one another. The record is the same. */
enum payload_order {
	PAYLOAD_CANONICAL,      /* RFC 8785 */
	PAYLOAD_SHORTEST_FIRST, /* by the length of their names, then by bytes */
};

/* What is the same for all payloads of an entity. */
struct payload_form {
	const struct entity_info *entity;
	enum payload_order order;
	bool is_of_run;
	struct span common;     /* the members of lineage that do not depend on the row */
	const int *key_columns; /* of root, in order */
	const int *
	    members; /* indexes into the entity's fields, in order; the one behind the last is lineage */
};

/* transformed_at: of the run; NULL where none made the records and no store was read: then lineage says neither when, nor
 * sourceDigest, which covers every column a store was asked for. All of it lies in the arena. */
void payload_form_init(struct payload_form *form, struct arena *arena,
		       const struct migration_info *migration, const struct entity_info *entity,
		       const char *transformed_at, enum payload_order order);

/* Append the outcome's record with "lineage":{…} in its place. */
void payload_put(struct buf *buf, const struct payload_form *form, const struct source_row *row,
		 const struct outcome *outcome);

#endif
