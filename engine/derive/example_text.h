/*
 * example_text.h: a source row and what became of it as an entry of a rule file's `examples`.
 */
#ifndef ENGINE_DERIVE_EXAMPLE_TEXT_H
#define ENGINE_DERIVE_EXAMPLE_TEXT_H

#include "engine/derive/derive.h"

/* One row of what was joined as an entry: stand-ins put in, derived again, written down. Where no example can say what became of
 * it, *why_not says why (in the arena) and nothing is appended. name: no data: it is called after its key. */
bool example_record(struct rule_host *host, int entity_index, const struct joined *joined,
		    size_t row, struct span name, int indent, struct buf *buf, const char **why_not,
		    struct arena *arena, struct err *err);

/* Put stand-ins where the rule masks a column: letters become x and X, digits 1, so that texts keep their shape and dates stay
 * dates. In place, before the row is derived; the cells' new texts lie in the arena. Gives how many cells were replaced. */
int source_row_stand_in(const struct source_set *sources, struct source_row *row,
			struct arena *arena);

/* Why no example can hold the row (binary cells, values above the size limit); NULL when one can. In the arena. */
const char *source_row_unspeakable(const struct source_set *sources, const struct source_row *row,
				   struct arena *arena);

/* Append the entry, its lines indented by so many blanks and no longer than a reader likes. A record is expected whole, with `absent`
 * for each field it could have and has not. ERR_DATA when the record cannot be read back. */
bool example_put(struct buf *buf, int indent, const struct entity_info *entity, struct span name,
		 const struct source_row *row, const struct outcome *outcome, struct arena *arena,
		 struct err *err);

#endif
