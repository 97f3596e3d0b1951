/*
 * control.h: the control tables of the target, column by column. What a gate reads stands here.
 *
 * The enums name columns by position; control.c has the tables themselves. Text columns that take
 * part in conditions are never NULL: '' stands for none, so that "is not equal" means what it says.
 */
#ifndef ENGINE_TARGET_CONTROL_H
#define ENGINE_TARGET_CONTROL_H

#include "engine/model/table.h"

/* engine_rule: every rule text ever used, by fingerprint and file. */
enum rule_column {
	RULE_TRANSFORM,
	RULE_PATH,
	RULE_TEXT_HASH,
	RULE_VALIDATION,
	RULE_VERSION,
	RULE_PARTS, /* JSON {"job.fields.state":["sha256","v3.lua"],…}: transform parts only */
	RULE_TEXT,
	RULE_REGISTERED_AT,
	RULE_COLUMNS
};
extern const struct table table_rule;

/* engine_entity: which rule is active, and which history of legacy is believed: what every write of a pass holds on to. */
enum entity_column {
	ENTITY_NAME,
	ENTITY_VERSION,
	ENTITY_TRANSFORM,
	ENTITY_VALIDATION,
	ENTITY_EPOCH,
	ENTITY_FIRST_WRITE, /* run that first wrote a record under this epoch, '' before */
	ENTITY_ACTIVATED_AT,
	ENTITY_LEGACY_SYSTEM, /* the accepted history, the same for all entities; '' where legacy tells none */
	ENTITY_LEGACY_TIMELINE,
	ENTITY_LEGACY_SINCE, /* when it was accepted, by the target's clock */
	ENTITY_COLUMNS
};
extern const struct table table_entity;

enum run_column {
	RUN_ID,
	RUN_KIND, /* run | retry */
	RUN_SYSTEM,
	RUN_VERSION,
	RUN_TRANSFORM,
	RUN_VALIDATION,
	RUN_STATUS, /* running | complete | abandoned */
	RUN_TRANSFORMED_AT,
	RUN_STARTED_AT,
	RUN_ENDED_AT,
	RUN_COLUMNS
};
extern const struct table table_run;

enum shard_column {
	SHARD_ENTITY,
	SHARD_NO,
	SHARD_OWNER, /* '' when free */
	SHARD_EPOCH, /* raised with every claim */
	SHARD_LEASE_UNTIL,
	SHARD_CURSOR, /* the chunk last passed */
	SHARD_RUN,    /* the last run that finished it, '' before */
	SHARD_COLUMNS
};
extern const struct table table_shard;

/* engine_chunk: the tiling of the key space, and what the last pass over each tile found. */
enum chunk_column {
	CHUNK_ENTITY,
	CHUNK_NO,
	CHUNK_SHARD_NO,
	CHUNK_LOWER, /* key, '' for open */
	CHUNK_UPPER,
	CHUNK_RUN, /* of the last pass, '' before the first */
	CHUNK_PASS_NO,
	CHUNK_RULE_EPOCH,
	CHUNK_VALIDATION, /* fingerprint under which every row was last derived */
	CHUNK_READ,
	CHUNK_MERGED,
	CHUNK_UNCHANGED,
	CHUNK_SKIPPED,
	CHUNK_REJECTED,
	CHUNK_FENCED,
	CHUNK_WITHDRAWN,
	CHUNK_CHILDREN,
	CHUNK_ORPHANS,
	CHUNK_SOURCE_DIGEST, /* hex; '' when unknown: the next pass derives every row */
	CHUNK_RECORD_COUNT,
	CHUNK_DIGEST,       /* hex, of the live records */
	CHUNK_STORE_DIGEST, /* the store's own, of all rows (store_digest.h); '' when unknown */
	CHUNK_STRATA,       /* JSON: stratum -> count */
	CHUNK_COLUMNS
};
extern const struct table table_chunk;

/* engine_pass: one row a pass, appended, never changed. */
enum pass_column {
	PASS_ENTITY,
	PASS_CHUNK_NO,
	PASS_NO, /* counted by chunk, from 1 */
	PASS_RUN,
	PASS_KIND, /* full | unchanged | keys */
	PASS_RULE_EPOCH,
	PASS_READ,
	PASS_MERGED,
	PASS_UNCHANGED,
	PASS_SKIPPED,
	PASS_REJECTED,
	PASS_FENCED,
	PASS_WITHDRAWN,
	PASS_CHILDREN,
	PASS_ORPHANS,
	PASS_SOURCE_DIGEST,
	PASS_RECORD_COUNT,
	PASS_DIGEST,
	PASS_POSITION, /* JSON, where legacy stood */
	PASS_OWNER,
	PASS_ENDED_AT,
	PASS_COLUMNS
};
extern const struct table table_pass;

/* engine_stratum: of each stratum the rows with the lowest sample hashes, and how far they are all there are
 * (engine/target/stratum.h says how to read it). */
enum stratum_column {
	STRATUM_ENTITY, /* the part, where there are parts */
	STRATUM_NAME,
	STRATUM_HASH,       /* less 2^63, so that a signed column has the order of the hashes */
	STRATUM_KEY,        /* of the row; "#…" of a bound */
	STRATUM_CHUNK_NO,   /* in which the key lies; −1 of a bound */
	STRATUM_RULE_EPOCH, /* under which the row was last derived */
	STRATUM_COLUMNS
};
extern const struct table table_stratum;

enum quarantine_column {
	QUARANTINE_ENTITY,
	QUARANTINE_SOURCE, /* "root", or the child source of an orphan */
	QUARANTINE_KEY,
	QUARANTINE_ORDINAL, /* for orphans that share a key */
	QUARANTINE_CHUNK_NO,
	QUARANTINE_PASS_NO, /* that opened it */
	QUARANTINE_RUN,
	QUARANTINE_RULE_EPOCH,
	QUARANTINE_ROOT_KEY, /* of an orphan: the root it asks for, '' when it names none */
	QUARANTINE_CODE,     /* of the first fault */
	QUARANTINE_FAULTS,   /* JSON */
	QUARANTINE_ROW,      /* JSON, the source row as read */
	QUARANTINE_OPENED_AT,
	QUARANTINE_RESOLVED_BY, /* '' while open: merged | skipped | gone | replaced */
	QUARANTINE_RESOLVED_AT,
	QUARANTINE_COLUMNS
};
extern const struct table table_quarantine;

/* engine_collision: legacy keys that claim one id. */
enum collision_column {
	COLLISION_ENTITY, /* the kind of record */
	COLLISION_ID,
	COLLISION_PART, /* '' where the entity has none */
	COLLISION_KEY,
	COLLISION_CHUNK_NO,
	COLLISION_RUN,
	COLLISION_NOTED_AT,
	COLLISION_RESOLVED_BY, /* run, '' while open */
	COLLISION_COLUMNS
};
extern const struct table table_collision;

/* engine_proof: what the last look of `verify --watch` at a chunk found, check by check. That command makes it, and no run: a target
 * without it is as good as any. */
enum proof_column {
	PROOF_ENTITY,
	PROOF_CHUNK_NO, /* PROOF_OF_ALL: what is asked of all chunks together */
	PROOF_CHECK,
	PROOF_PASS_NO, /* of the chunk, when it was looked at */
	PROOF_RULE_EPOCH,
	PROOF_VALIDATION, /* fingerprint of the rule that it was looked at by */
	PROOF_VERDICT,    /* agrees | differs | could-not-tell */
	PROOF_CHECKED,    /* rows or records */
	PROOF_DIFFERENCES,
	PROOF_PROVEN_AT, /* when it last agreed; NULL: never */
	PROOF_LOOKED_AT, /* when it was looked at last, whatever came of it */
	PROOF_WHY,       /* nobody could tell; '' */
	PROOF_COLUMNS
};
enum { PROOF_OF_ALL = -1 };
extern const struct table table_proof;

/* All of those that a run makes, and the ledger with who is believed, in the order they are made. */
extern const struct table *const control_tables[];
extern const int control_table_count;

#endif
