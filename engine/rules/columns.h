/*
 * columns.h: what the files share that read legacy's cells. For engine/rules only.
 */
#ifndef ENGINE_RULES_COLUMNS_H
#define ENGINE_RULES_COLUMNS_H

#include "engine/rules/derive_internal.h"

/* A cell with its place. */
struct place {
	const struct source *source;
	int source_index;
	int column;
	const struct cell *row;
	struct span text;
};

/* `"31/12" in del.closed is no date`: what says how. */
struct fault *blame_cell(struct evaluator *e, const char *code, const struct place *place,
			 const char *what);

/* ---- column_time.c: the cell as canonical text; false with a fault recorded ---- */

bool column_read_instant(struct evaluator *e, const struct place *place,
			 const struct column_type *type, struct value *value);
bool column_read_date(struct evaluator *e, const struct place *place, struct value *value);

#endif
