/*
 * tile.h: a chunk as engine_chunk describes it, and what the target holds of it, read so that no pass came between. For
 * engine/validate only.
 */
#ifndef ENGINE_VALIDATE_TILE_H
#define ENGINE_VALIDATE_TILE_H

#include "engine/model/key.h"
#include "engine/target/final.h"
#include "engine/target/rows.h"

struct tile {
	int64_t no;
	struct key_range range;
	int64_t pass_no; /* 0: nobody has passed it */
	int64_t rule_epoch;
	const char *validation; /* fingerprint under which its rows were last derived */
	int64_t read, merged /* or unchanged */, skipped, rejected, fenced, children, orphans;
	bool has_source_digest;
	struct digest source_digest; /* of all legacy rows, at the last pass */
	int64_t record_count;        /* live, after it */
	struct digest digest;        /* of these */
	struct span store_digest;    /* of all its rows, by the store; empty: unknown */
};

/* All chunks of an entity by number; in the arena. */
bool tiles_load(struct conn *target, const char *entity, struct arena *arena, struct tile **tiles,
		size_t *count, struct err *err);

/* Do they tile the whole key space: one open below, each the next one's beginning, the last open above? Else why not, in the arena;
 * NULL when they do. */
const char *tiles_gap(const struct tile *tiles, size_t count, struct arena *arena);

/* One chunk as it is now; ERR_DATA when it is not there. In the arena. */
bool tile_load(struct conn *target, const char *entity, int64_t no, struct arena *arena,
	       struct tile *tile, struct err *err);

/* Did nobody pass or split it between? */
bool tile_is_untouched(const struct tile *before, const struct tile *after);

/* A record as the target holds it, live or withdrawn. */
struct stored {
	struct span id, payload, version, key, state /* '' live */, writer;
	int64_t transformed_at_us, bucket;
	bool is_stamped; /* source_deleted_at says when it was withdrawn */
	struct digest digest, source_digest;
};

static inline bool stored_is_live(const struct stored *stored)
{
	return stored->state.size == 0;
}

/* An open row of quarantine. */
struct kept_back {
	struct span source, key, code;
};

struct holding {
	struct tile tile; /* as it is now */
	struct stored *records;
	size_t record_count;
	struct kept_back *kept_back;
	size_t kept_back_count;
};

/* One record, whole, by its id. In the arena. */
bool stored_read(struct conn *target, const struct table *final, struct span id,
		 struct arena *arena, bool *found, struct stored *stored, struct err *err);

enum holding_part { HOLDING_PAYLOADS = 1, HOLDING_QUARANTINE = 2 };

/* What the target holds of a chunk; parts: enum holding_part. ERR_TRANSIENT when passes came between again and again. In the arena. */
bool holding_read(struct conn *target, const struct table *final, const struct entity_info *entity,
		  int64_t chunk_no, unsigned parts, struct arena *arena, struct holding *holding,
		  struct err *err);

#endif
