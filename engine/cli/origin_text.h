/*
 * origin_text.h: what a field of a record was made of, for people to read.
 */
#ifndef ENGINE_CLI_ORIGIN_TEXT_H
#define ENGINE_CLI_ORIGIN_TEXT_H

#include "engine/base/buf.h"
#include "engine/derive/origin.h"

/* state          "CREATED"
 *                enum from status "created"; rules/v3.lua:61
 * record: masked as the rule wants, or NULL; row: NULL when it was not read. */
void origin_put_text(struct buf *out, const struct entity_info *entity,
		     const struct field_info *field, const struct source_row *row,
		     const struct json_value *record, struct arena *arena);

#endif
