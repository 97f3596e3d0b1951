/*
 * kept.h: the rule texts that the target keeps, and a version loaded from them.
 */
#ifndef ENGINE_TARGET_KEPT_H
#define ENGINE_TARGET_KEPT_H

#include "drivers/driver.h"
#include "engine/rules/rule_host.h"

/* The texts under one fingerprint: of each path the one registered last. They say the same; what may differ is who and why, and what
 * is masked, where the latest word counts. */
struct kept {
	const struct text_info *texts;
	int text_count;
	const char *version, *transform;
};

/* ERR_DATA when there are none, or one of them is not what its hash says. In the arena. */
bool kept_read(struct conn *target, const char *version, const char *transform, struct arena *arena,
	       struct kept *kept, struct err *err);

/* The fingerprint last registered under a version's name; ERR_DATA when there is none. In the arena. */
bool kept_transform_of(struct conn *target, const char *version, struct arena *arena,
		       const char **transform, struct err *err);

/* Load that version from its texts. ERR_DATA when none of them is its rule file, or what it says has another fingerprint here. */
bool kept_open(const struct kept *kept, const struct schema *schema, struct arena *arena,
	       struct rule_host **host, struct err *err);

#endif
