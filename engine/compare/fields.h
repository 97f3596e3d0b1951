/*
 * fields.h: where two records of one row differ. For engine/compare only.
 */
#ifndef ENGINE_COMPARE_FIELDS_H
#define ENGINE_COMPARE_FIELDS_H

#include "engine/compare/compare.h"

/* Count the fields in which the two bodies differ, and what became what. ERR_DATA when a body is no record. */
bool fields_compare(struct comparison *comparison, struct entity_comparison *entity,
		    struct span key, struct span before, struct span after, struct arena *scratch,
		    struct err *err);

/* Count what a row that was rejected, and is no longer, has in the field that was at fault. ERR_DATA when its body is no record. */
bool fields_note_mapped(struct comparison *comparison, struct entity_comparison *entity,
			struct span key, const struct outcome *before, struct span body,
			struct arena *scratch, struct err *err);

#endif
