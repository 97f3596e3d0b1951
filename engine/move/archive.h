/*
 * archive.h: legacy's source rows into a cold store, whole and as they are: what no rule reads, rejects or skips is kept, too.
 */
#ifndef ENGINE_MOVE_ARCHIVE_H
#define ENGINE_MOVE_ARCHIVE_H

#include "drivers/driver.h"
#include "engine/rules/rule_host.h"

struct archiving {
	struct conn *legacy, *cold; /* borrowed */
	const struct migration_info *migration;
	/* What was read since, for whoever throttles. */
	bool (*on_read)(void *context, const char *entity, int64_t rows, size_t bytes,
			struct err *err);
	/* May another range be read? NULL: yes. */
	bool (*goes_on)(void *context);
	void *context;
};

struct archived {
	struct archive_standing standing; /* its texts lie in the arena */
	int64_t found_rows;               /* that were sealed before this began */
	bool was_whole;                   /* and those were all */
};

/* One entity, behind what is sealed of it. Stopped between two ranges it seals what it has and returns with !standing.is_whole.
 * ERR_DATA when legacy fails over on the way. */
bool archive_entity(const struct archiving *archiving, const struct entity_info *entity,
		    struct arena *arena, struct archived *archived, struct err *err);

#endif
