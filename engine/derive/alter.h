/*
 * alter.h: a source row as it would be if legacy held something else.
 */
#ifndef ENGINE_DERIVE_ALTER_H
#define ENGINE_DERIVE_ALTER_H

#include "engine/derive/derive.h"

/* What `column=value`, `source.column=value` or `source[2].column=value` says; without `=` the value is NULL. A column alone is the root's.
 * Without a number all rows of the source are meant. ERR_USAGE when the rule reads no such column, when it says which rows belong together, or when there is no such row. The
 * row given is changed, not the cells it came with; everything new is in the arena. */
bool source_row_alter(const struct source_set *sources, struct source_row *row, const char *said,
		      struct arena *arena, struct err *err);

#endif
