/*
 * kept_row.h: a row of legacy that stays in memory while its rule is edited.
 */
#ifndef ENGINE_CLI_KEPT_ROW_H
#define ENGINE_CLI_KEPT_ROW_H

#include "engine/derive/derive.h"

struct kept_reading;

struct kept_row {
	struct arena arena;
	struct kept_reading *readings; /* one for each entity that was asked */
	int reading_count;
};

void kept_row_init(struct kept_row *kept);
void kept_row_release(struct kept_row *kept);

/* derive_read_keys of one key; as it was read before, as long as the rule reads the same of legacy. kept: NULL, nothing is kept. The
 * rows may be changed (alter.h): what is kept stays as it is. */
bool kept_row_read(struct kept_row *kept, struct deriver *deriver, int entity_index,
		   const struct entity_info *entity, struct span key, struct arena *arena,
		   struct reading *reading, struct err *err);

#endif
