/*
 * additive.h: which changes of a rule leave every record that there was as it was. For engine/compare only.
 */
#ifndef ENGINE_COMPARE_ADDITIVE_H
#define ENGINE_COMPARE_ADDITIVE_H

#include "engine/compare/compare.h"

/* By what is said alone: what cannot be seen there counts as a change. before, after: the part in each version, or NULL. */
bool change_is_additive(const struct migration_info *migration, const struct part_change *change,
			const struct part_info *before, const struct part_info *after);

#endif
