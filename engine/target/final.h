/*
 * final.h: the table of an entity's records in the target: job_final.
 */
#ifndef ENGINE_TARGET_FINAL_H
#define ENGINE_TARGET_FINAL_H

#include "engine/base/arena.h"
#include "engine/model/table.h"
#include "engine/rules/rule_host.h"

enum final_column {
	FINAL_ID,
	FINAL_PAYLOAD,
	FINAL_TRANSFORMED_AT,
	FINAL_VERSION, /* that last changed the record */
	FINAL_KEY,
	FINAL_PART,        /* of an entity in parts: which one the key is of; else '' */
	FINAL_DIGEST_HIGH, /* digest of the payload without lineage, as digest_to_pair() */
	FINAL_DIGEST_LOW,
	FINAL_SOURCE_DIGEST_HIGH,
	FINAL_SOURCE_DIGEST_LOW,
	FINAL_CHUNK_NO,
	FINAL_BUCKET,
	FINAL_STATE, /* '' live, else why it was withdrawn: gone | skipped | rejected | replaced */
	FINAL_DELETED_AT, /* when it was withdrawn */
	FINAL_WRITER,     /* run */
	FINAL_COLUMNS
};

/* The table for records of this entity; in the arena. */
const struct table *final_table(struct arena *arena, const struct entity_info *entity);

#endif
