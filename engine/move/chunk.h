/*
 * chunk.h: one tile of the key space. For engine/move only.
 */
#ifndef ENGINE_MOVE_CHUNK_H
#define ENGINE_MOVE_CHUNK_H

#include "engine/model/key.h"
#include "engine/move/move.h"
#include "engine/target/rows.h"

struct chunk {
	int64_t no, shard_no;
	struct key_range range;
	const char *run; /* of the last pass, "" before the first */
	int64_t pass_no; /* 0 before the first */
	int64_t rule_epoch;
	const char *validation;    /* fingerprint under which every row was last derived */
	struct move_counts counts; /* of the last pass */
	struct span source_digest; /* hex, empty when unknown */
	int64_t record_count;
	struct digest digest;
	struct span store_digest; /* of store_digest.h; empty when unknown */
	struct span strata;       /* JSON */
};

/* A chunk nobody has passed. */
void chunk_init(struct chunk *chunk, int64_t no, int64_t shard_no, struct key_range range);

bool chunk_insert(struct conn *target, const char *entity, const struct chunk *chunk,
		  struct err *err);
/* Write everything a pass changes but the store's digest, which others may have brought up to date since it was read. */
bool chunk_store(struct conn *target, const char *entity, const struct chunk *chunk,
		 struct err *err);
/* Its end, where it is cut; rows leave it, so what was known of them is not any more. */
bool chunk_set_upper(struct conn *target, const char *entity, struct chunk *chunk, struct err *err);

/* What its live records add up to, when rows came or left without a pass. */
bool chunk_set_records(struct conn *target, const char *entity, int64_t no, int64_t count,
		       struct digest sum, struct err *err);

/* Nobody else changes the chunk until the transaction ends; who had to wait sees what was committed meanwhile. */
bool chunk_lock(struct conn *target, const char *entity, int64_t no, bool *found, struct err *err);
bool chunk_set_store_digest(struct conn *target, const char *entity, int64_t no,
			    struct span store_digest, struct err *err);

bool chunk_load(struct conn *target, const char *entity, int64_t no, struct arena *arena,
		bool *found, struct chunk *chunk, struct err *err);

/* The lowest-numbered chunk of the shard that this run has not passed. */
bool chunk_next_due(struct conn *target, const char *entity, int64_t shard_no, const char *run,
		    struct arena *arena, bool *found, struct chunk *chunk, struct err *err);

/* The highest chunk number, −1 when there is none. */
bool chunk_last_no(struct conn *target, const char *entity, int64_t *no, struct err *err);

/* Add up what all chunks say, those of the given run only when it is not NULL. */
bool chunk_totals(struct conn *target, const char *run, struct move_entity_report *report,
		  struct err *err);

void counts_add(struct move_counts *sum, const struct move_counts *counts);
/* read = merged + unchanged + skipped + rejected + fenced */
bool counts_balance(const struct move_counts *counts);

#endif
