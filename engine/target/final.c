/*
 * final.c: one shape for every entity's table; only the names differ.
 */
#include "engine/target/final.h"

#include <string.h>

static const struct table_column final_columns[FINAL_COLUMNS] = {
	[FINAL_ID] = { "", TABLE_TEXT, true },
	[FINAL_PAYLOAD] = { "payload_json", TABLE_JSON, true },
	[FINAL_TRANSFORMED_AT] = { "transformed_at", TABLE_INSTANT, true },
	[FINAL_VERSION] = { "transform_version", TABLE_TEXT, true },
	[FINAL_KEY] = { "source_key", TABLE_TEXT, true },
	[FINAL_PART] = { "source_part", TABLE_TEXT, true },
	[FINAL_DIGEST_HIGH] = { "payload_digest_high", TABLE_INT, true },
	[FINAL_DIGEST_LOW] = { "payload_digest_low", TABLE_INT, true },
	[FINAL_SOURCE_DIGEST_HIGH] = { "source_digest_high", TABLE_INT, true },
	[FINAL_SOURCE_DIGEST_LOW] = { "source_digest_low", TABLE_INT, true },
	[FINAL_CHUNK_NO] = { "chunk_no", TABLE_INT, true },
	[FINAL_BUCKET] = { "bucket", TABLE_INT, true },
	[FINAL_STATE] = { "source_state", TABLE_TEXT, true },
	[FINAL_DELETED_AT] = { "source_deleted_at", TABLE_INSTANT, false },
	[FINAL_WRITER] = { "writer", TABLE_TEXT, true },
};

const struct table *final_table(struct arena *arena, const struct entity_info *entity)
{
	struct table *table = arena_zalloc(arena, sizeof(*table));
	struct table_column *columns = arena_alloc(arena, sizeof(final_columns));

	memcpy(columns, final_columns, sizeof(final_columns));
	columns[FINAL_ID].name = arena_print(arena, "%s_id", entity->record).data;
	table->name = arena_print(arena, "%s_final", entity->record).data;
	table->columns = columns;
	table->column_count = FINAL_COLUMNS;
	table->primary_key_count = 1;
	table->indexes[0] = (struct table_index){ { FINAL_PART, FINAL_CHUNK_NO, -1 } };
	table->index_count = 1;
	return table;
}
