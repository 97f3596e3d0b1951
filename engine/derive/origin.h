/*
 * origin.h: what one field of a record was made of: its inputs as they stood, the decisions it rests on, its line of the rule.
 */
#ifndef ENGINE_DERIVE_ORIGIN_H
#define ENGINE_DERIVE_ORIGIN_H

#include "engine/base/json.h"
#include "engine/derive/derive.h"

/* One name of a field's `from`. */
struct origin_input {
	const char *name; /* as written: "status", "customer.name", "events", "field state" */
	struct span
	    value; /* as JSON, masked where the rule masks it; no data: it is rows, or was not read */
	int64_t row_count; /* of a source; −1 for everything else */
};

/* record: the body as JSON, masked as the rule wants; NULL when there is none. row: NULL when it was not read. In the arena. */
const struct origin_input *origin_inputs(const struct entity_info *entity,
					 const struct field_info *field,
					 const struct source_row *row,
					 const struct json_value *record, struct arena *arena);

/* {"field","type","value","from":[{"name","value"|"rows"}…],"decisions":[{"id","choice"}…],"rule":{"file","line"}} */
void origin_put_json(struct json_writer *json, const struct entity_info *entity,
		     const struct field_info *field, const struct source_row *row,
		     const struct json_value *record, struct arena *arena);

#endif
