/*
 * findings.h: what of a table has to be decided, or said in a rule file. For engine/profile only.
 */
#ifndef ENGINE_PROFILE_FINDINGS_H
#define ENGINE_PROFILE_FINDINGS_H

#include "engine/profile/agree.h"
#include "engine/profile/relation.h"
#include "engine/profile/twins.h"

/* What is known of a table beside its columns. */
struct table_facts {
	const struct relation *relations;
	int relation_count;
	const struct twins *twins;
	const struct disagreement *disagreements;
	int disagreement_count;
	int64_t copies; /* rows of a table without a key that are equal to another */
};

/* Fill table->findings; the rest of it is filled. In the arena. */
void findings_list(struct table_profile *table, const struct table_facts *facts,
		   struct arena *arena);

#endif
