/*
 * record.h: a stored record against its digest, and against another one, member by member.
 *
 * A store keeps what a record says and not how: the order of members and the form of numbers may be others. What counts are its
 * canonical bytes without `lineage`.
 */
#ifndef ENGINE_TARGET_RECORD_H
#define ENGINE_TARGET_RECORD_H

#include "engine/base/json.h"
#include "engine/model/digest.h"

/* The record's digest, as it was when it was merged. False: it has no canonical form, so no engine wrote it. */
bool record_digest(const struct json_value *record, struct arena *arena, struct digest *digest);

/* Do two values say the same? Either may be NULL: absent. */
bool record_value_is_same(const struct json_value *one, const struct json_value *other);

/* Called for every member but lineage that differs, those of `derived` first; NULL: absent. name is in the arena. */
typedef void (*record_function)(void *context, const char *name, const struct json_value *stored,
				const struct json_value *derived);
void record_each_difference(const struct json_value *stored, const struct json_value *derived,
			    struct arena *arena, record_function each, void *context);

#endif
