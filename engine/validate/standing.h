/*
 * standing.h: which evidence in the target's ledger still stands, and for what it has to be proven again.
 *
 * Evidence says that a check of an entity has agreed. Merges that come later leave it standing, and name the records they wrote; whatever
 * else changes what was proven, or what would be asked today, makes it stale by itself.
 */
#ifndef ENGINE_VALIDATE_STANDING_H
#define ENGINE_VALIDATE_STANDING_H

#include "engine/validate/validate.h"

enum standing_kind {
	STANDING_STANDS,
	STANDING_STALE, /* it was proven, and something has happened since */
	STANDING_NONE   /* nobody has proven it */
};

/* "stands", "stale", "none" */
const char *standing_name(enum standing_kind kind);

/* Of one check of one entity, the last time that it has agreed. */
struct standing {
	const char *entity;
	enum check_kind check;
	enum standing_kind kind;
	int64_t entry_no; /* 0: none */
	const char *at;   /* the writer's clock */
	const char *why;  /* why it is stale */
	int64_t
	    written; /* records that passes may have written since it was begun: to be proven again */
	const struct span *ids; /* of those, where they were asked for */
};

/* One a check that an entity declares, in the order of entities and checks. now: canonical, for evidence that the policy wants fresh.
 * The ledger is believed as it is; ledger_verify() says whether it may be. In the arena. */
bool standing_list(struct conn *target, const struct migration_info *migration, const char *now,
		   bool with_ids, struct arena *arena, struct standing **list, int *count,
		   struct err *err);

#endif
