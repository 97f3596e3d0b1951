/*
 * finding_kinds.h: every kind of finding, what it weighs and what there usually is to choose between. For engine/profile only.
 */
#ifndef ENGINE_PROFILE_FINDING_KINDS_H
#define ENGINE_PROFILE_FINDING_KINDS_H

#include "engine/profile/profile.h"

struct finding_kind {
	const char *name;
	enum finding_weight weight;
	struct finding_option options[FINDING_OPTIONS_MAX];
};

/* There is one of every name that is asked for. */
const struct finding_kind *finding_kind(const char *name);

#endif
