/*
 * control.c: the control tables as data.
 */
#include "engine/target/control.h"

#include "engine/ledger/authority.h"
#include "engine/ledger/ledger.h"

#define TABLE(table_name, table_columns, keys, ...)                                    \
	{                                                                              \
		.name = table_name, .columns = table_columns,                          \
		.column_count = (int)(sizeof(table_columns) / sizeof(*table_columns)), \
		.primary_key_count = keys, __VA_ARGS__                                 \
	}

#define TEXT(column)                     \
	{                                \
		column, TABLE_TEXT, true \
	}
#define INT(column)                     \
	{                               \
		column, TABLE_INT, true \
	}
#define JSON(column)                         \
	{                                    \
		column, TABLE_DOCUMENT, true \
	}
#define INSTANT(column)                     \
	{                                   \
		column, TABLE_INSTANT, true \
	}

static const struct table_column rule_columns[] = {
	TEXT("transform"), TEXT("path"),  TEXT("text_hash"), TEXT("validation"),
	TEXT("version"),   JSON("parts"), TEXT("text"),      INSTANT("registered_at"),
};
const struct table table_rule = TABLE("engine_rule", rule_columns, 3, .index_count = 0);

static const struct table_column entity_columns[] = {
	TEXT("entity"),          TEXT("version"),       TEXT("transform"),
	TEXT("validation"),      INT("rule_epoch"),     TEXT("first_write"),
	INSTANT("activated_at"), TEXT("legacy_system"), INT("legacy_timeline"),
	INSTANT("legacy_since"),
};
const struct table table_entity = TABLE("engine_entity", entity_columns, 1, .index_count = 0);

static const struct table_column run_columns[] = {
	TEXT("run"),           TEXT("kind"),
	TEXT("system"),        TEXT("version"),
	TEXT("transform"),     TEXT("validation"),
	TEXT("status"),        INSTANT("transformed_at"),
	INSTANT("started_at"), { "ended_at", TABLE_INSTANT, false },
};
const struct table table_run = TABLE("engine_run", run_columns, 1, .index_count = 0);

static const struct table_column shard_columns[] = {
	TEXT("entity"),         INT("shard_no"), TEXT("owner"), INT("lease_epoch"),
	INSTANT("lease_until"), INT("cursor"),   TEXT("run"),
};
const struct table table_shard = TABLE("engine_shard", shard_columns, 2, .index_count = 0);

static const struct table_column chunk_columns[] = {
	TEXT("entity"),     INT("chunk_no"),      INT("shard_no"),       TEXT("lower_key"),
	TEXT("upper_key"),  TEXT("run"),          INT("pass_no"),        INT("rule_epoch"),
	TEXT("validation"), INT("read"),          INT("merged"),         INT("unchanged"),
	INT("skipped"),     INT("rejected"),      INT("fenced"),         INT("withdrawn"),
	INT("children"),    INT("orphans"),       TEXT("source_digest"), INT("record_count"),
	TEXT("digest"),     TEXT("store_digest"), JSON("strata"),
};
const struct table table_chunk =
    TABLE("engine_chunk", chunk_columns, 2, .indexes = { { { CHUNK_ENTITY, CHUNK_SHARD_NO, -1 } } },
	  .index_count = 1);

static const struct table_column pass_columns[] = {
	TEXT("entity"),      INT("chunk_no"),   INT("pass_no"),   TEXT("run"),
	TEXT("kind"),        INT("rule_epoch"), INT("read"),      INT("merged"),
	INT("unchanged"),    INT("skipped"),    INT("rejected"),  INT("fenced"),
	INT("withdrawn"),    INT("children"),   INT("orphans"),   TEXT("source_digest"),
	INT("record_count"), TEXT("digest"),    JSON("position"), TEXT("owner"),
	INSTANT("ended_at"),
};
const struct table table_pass = TABLE("engine_pass", pass_columns, 3, .index_count = 0);

static const struct table_column stratum_columns[] = {
	TEXT("entity"),     TEXT("stratum"), INT("hash"),
	TEXT("source_key"), INT("chunk_no"), INT("rule_epoch"),
};
const struct table table_stratum =
    TABLE("engine_stratum", stratum_columns, 4,
	  .indexes = { { { STRATUM_ENTITY, STRATUM_CHUNK_NO, -1 } } }, .index_count = 1);

static const struct table_column quarantine_columns[] = {
	TEXT("entity"),       TEXT("source"),      TEXT("source_key"),
	INT("ordinal"),       INT("chunk_no"),     INT("pass_no"),
	TEXT("run"),          INT("rule_epoch"),   TEXT("root_key"),
	TEXT("code"),         JSON("faults"),      JSON("source_row"),
	INSTANT("opened_at"), TEXT("resolved_by"), { "resolved_at", TABLE_INSTANT, false },
};
const struct table table_quarantine =
    TABLE("engine_quarantine", quarantine_columns, 6,
	  .indexes = { { { QUARANTINE_ENTITY, QUARANTINE_CHUNK_NO, QUARANTINE_RESOLVED_BY, -1 } } },
	  .index_count = 1);

static const struct table_column collision_columns[] = {
	TEXT("entity"),  TEXT("id"),  TEXT("part"),        TEXT("source_key"),
	INT("chunk_no"), TEXT("run"), INSTANT("noted_at"), TEXT("resolved_by"),
};
const struct table table_collision =
    TABLE("engine_collision", collision_columns, 4,
	  .indexes = { { { COLLISION_ENTITY, COLLISION_RESOLVED_BY, -1 } } }, .index_count = 1);

static const struct table_column proof_columns[] = {
	TEXT("entity"),       INT("chunk_no"),
	TEXT("check_name"),   INT("pass_no"),
	INT("rule_epoch"),    TEXT("validation"),
	TEXT("verdict"),      INT("checked"),
	INT("differences"),   { "proven_at", TABLE_INSTANT, false },
	INSTANT("looked_at"), TEXT("why"),
};
const struct table table_proof = TABLE("engine_proof", proof_columns, 3, .index_count = 0);

const struct table *const control_tables[] = {
	&table_rule,      &table_entity, &table_run,       &table_shard,
	&table_chunk,     &table_pass,   &table_stratum,   &table_quarantine,
	&table_collision, &table_ledger, &table_authority,
};
const int control_table_count = (int)(sizeof(control_tables) / sizeof(*control_tables));

_Static_assert(sizeof(rule_columns) / sizeof(*rule_columns) == RULE_COLUMNS, "engine_rule");
_Static_assert(sizeof(entity_columns) / sizeof(*entity_columns) == ENTITY_COLUMNS, "engine_entity");
_Static_assert(sizeof(run_columns) / sizeof(*run_columns) == RUN_COLUMNS, "engine_run");
_Static_assert(sizeof(shard_columns) / sizeof(*shard_columns) == SHARD_COLUMNS, "engine_shard");
_Static_assert(sizeof(chunk_columns) / sizeof(*chunk_columns) == CHUNK_COLUMNS, "engine_chunk");
_Static_assert(sizeof(pass_columns) / sizeof(*pass_columns) == PASS_COLUMNS, "engine_pass");
_Static_assert(sizeof(stratum_columns) / sizeof(*stratum_columns) == STRATUM_COLUMNS,
	       "engine_stratum");
_Static_assert(sizeof(quarantine_columns) / sizeof(*quarantine_columns) == QUARANTINE_COLUMNS,
	       "engine_quarantine");
_Static_assert(sizeof(collision_columns) / sizeof(*collision_columns) == COLLISION_COLUMNS,
	       "engine_collision");
_Static_assert(sizeof(proof_columns) / sizeof(*proof_columns) == PROOF_COLUMNS, "engine_proof");
