/*
 * sources.h: do two versions read the same of legacy? For engine/compare only.
 */
#ifndef ENGINE_COMPARE_SOURCES_H
#define ENGINE_COMPARE_SOURCES_H

#include "engine/model/source.h"

/* The same columns of the same rows, in the same order: what is read for one serves the other. */
bool sources_are_same(const struct source_set *one, const struct source_set *other);

/* The same root rows, named by the same keys, whatever is read of them. */
bool sources_have_same_root(const struct source *one, const struct source *other);

#endif
