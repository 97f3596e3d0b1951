/*
 * traits.h: what one value of a column looks like, whatever its column says it is. For engine/profile only.
 */
#ifndef ENGINE_PROFILE_TRAITS_H
#define ENGINE_PROFILE_TRAITS_H

#include "engine/model/batch.h"
#include "engine/profile/profile.h"

struct traits {
	enum value_form form;
	uint32_t oddities; /* bits, 1 << enum oddity_kind */
	uint32_t length;   /* in characters; in bytes of what is no text */
	uint32_t scale;    /* digits behind the point, of numbers */
};

/* Of a cell that is not NULL. */
struct traits traits_of(const struct cell *cell);

#endif
