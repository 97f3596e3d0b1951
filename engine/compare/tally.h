/*
 * tally.h: what became what, counted in bounded memory. For engine/compare only.
 */
#ifndef ENGINE_COMPARE_TALLY_H
#define ENGINE_COMPARE_TALLY_H

#include "engine/compare/compare.h"

/* Of one tally, of all of a comparison, and of a value. */
enum { TALLY_ITEMS_MAX = 1000, TRANSITIONS_MAX = 20000, SHOWN_BYTES_MAX = 160 };

/* before and after: whole values, without data where there is none. */
void tally_add(struct tally *tally, struct comparison *comparison, struct span before,
	       struct span after, struct span key);

/* The most frequent first, then by their bytes. */
void tally_sort(struct tally *tally);

#endif
