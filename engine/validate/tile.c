/*
 * tile.c: chunks as the target describes and holds them.
 */
#include "engine/validate/tile.h"

#include "engine/model/span_map.h"
#include "engine/target/control.h"

/* ---- engine_chunk ---- */

enum {
	TILE_NO,
	TILE_LOWER,
	TILE_UPPER,
	TILE_PASS_NO,
	TILE_EPOCH,
	TILE_VALIDATION,
	TILE_READ,
	TILE_MERGED,
	TILE_UNCHANGED,
	TILE_SKIPPED,
	TILE_REJECTED,
	TILE_FENCED,
	TILE_CHILDREN,
	TILE_ORPHANS,
	TILE_SOURCE_DIGEST,
	TILE_RECORD_COUNT,
	TILE_DIGEST,
	TILE_STORE_DIGEST,
	TILE_COLUMNS
};
static const int tile_columns[TILE_COLUMNS] = {
	[TILE_NO] = CHUNK_NO,
	[TILE_LOWER] = CHUNK_LOWER,
	[TILE_UPPER] = CHUNK_UPPER,
	[TILE_PASS_NO] = CHUNK_PASS_NO,
	[TILE_EPOCH] = CHUNK_RULE_EPOCH,
	[TILE_VALIDATION] = CHUNK_VALIDATION,
	[TILE_READ] = CHUNK_READ,
	[TILE_MERGED] = CHUNK_MERGED,
	[TILE_UNCHANGED] = CHUNK_UNCHANGED,
	[TILE_SKIPPED] = CHUNK_SKIPPED,
	[TILE_REJECTED] = CHUNK_REJECTED,
	[TILE_FENCED] = CHUNK_FENCED,
	[TILE_CHILDREN] = CHUNK_CHILDREN,
	[TILE_ORPHANS] = CHUNK_ORPHANS,
	[TILE_SOURCE_DIGEST] = CHUNK_SOURCE_DIGEST,
	[TILE_RECORD_COUNT] = CHUNK_RECORD_COUNT,
	[TILE_DIGEST] = CHUNK_DIGEST,
	[TILE_STORE_DIGEST] = CHUNK_STORE_DIGEST,
};

static struct span bound_of(struct span text)
{
	return text.size ? text : SPAN_NONE;
}

static bool take_tile(const struct datum *row, struct tile *tile, struct err *err)
{
	*tile = (struct tile){
		.no = row[TILE_NO].number,
		.range = { bound_of(row[TILE_LOWER].text), bound_of(row[TILE_UPPER].text) },
		.pass_no = row[TILE_PASS_NO].number,
		.rule_epoch = row[TILE_EPOCH].number,
		.validation = row[TILE_VALIDATION].text.data,
		.read = row[TILE_READ].number,
		.merged = row[TILE_MERGED].number + row[TILE_UNCHANGED].number,
		.skipped = row[TILE_SKIPPED].number,
		.rejected = row[TILE_REJECTED].number,
		.fenced = row[TILE_FENCED].number,
		.children = row[TILE_CHILDREN].number,
		.orphans = row[TILE_ORPHANS].number,
		.has_source_digest = row[TILE_SOURCE_DIGEST].text.size > 0,
		.record_count = row[TILE_RECORD_COUNT].number,
		.store_digest = row[TILE_STORE_DIGEST].text,
	};
	if (tile->pass_no > 0 && !digest_from_hex(row[TILE_DIGEST].text, &tile->digest))
		return err_set(err, ERR_DATA, "engine_chunk: the digest of chunk %lld is none",
			       (long long)tile->no);
	if (tile->has_source_digest &&
	    !digest_from_hex(row[TILE_SOURCE_DIGEST].text, &tile->source_digest))
		return err_set(err, ERR_DATA,
			       "engine_chunk: the source_digest of chunk %lld is none",
			       (long long)tile->no);
	return true;
}

static bool select_tiles(struct conn *target, const struct condition *where, int where_count,
			 struct arena *arena, struct tile **tiles, size_t *count, struct err *err)
{
	static const int order[] = { CHUNK_NO };
	struct query query = { .table = &table_chunk,
			       .columns = tile_columns,
			       .column_count = TILE_COLUMNS,
			       .where = where,
			       .where_count = where_count,
			       .order_by = order,
			       .order_count = 1 };
	struct rows rows;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	*tiles = arena_alloc(arena, (rows.row_count + 1) * sizeof(**tiles));
	*count = rows.row_count;
	for (size_t i = 0; i < rows.row_count; i++)
		if (!take_tile(rows_row(&rows, i), &(*tiles)[i], err))
			return false;
	return true;
}

bool tiles_load(struct conn *target, const char *entity, struct arena *arena, struct tile **tiles,
		size_t *count, struct err *err)
{
	struct condition where = { CHUNK_ENTITY, IS_EQUAL, datum_text(entity) };

	return select_tiles(target, &where, 1, arena, tiles, count, err);
}

/* ---- do they tile? ---- */

const char *tiles_gap(const struct tile *tiles, size_t count, struct arena *arena)
{
	struct span_map by_lower;
	struct span lower = SPAN_NONE;
	size_t walked = 0;
	int64_t at;

	if (count == 0)
		return "the target has no chunk of it";
	span_map_init(&by_lower, arena, count);
	for (size_t i = 0; i < count; i++) {
		struct span key = tiles[i].range.lower.data ? tiles[i].range.lower : SPAN("");

		if (span_map_get(&by_lower, key) != SPAN_MAP_NONE)
			return arena_print(arena, "two chunks begin behind the key %.*s",
					   SPAN_ARGS(key))
			    .data;
		span_map_put(&by_lower, key, (int64_t)i);
	}
	do {
		at = span_map_get(&by_lower, lower.data ? lower : SPAN(""));
		if (at == SPAN_MAP_NONE)
			return arena_print(arena, "keys behind %.*s belong to no chunk",
					   SPAN_ARGS(lower))
			    .data;
		lower = tiles[at].range.upper;
		walked++;
	} while (lower.data && walked <= count);
	return walked == count
		   ? NULL
		   : arena_print(arena, "%zu of %zu chunks overlap others",
				 count > walked ? count - walked : walked - count, count)
			 .data;
}

/* ---- what stands in a chunk ---- */

enum {
	STORED_ID,
	STORED_KEY,
	STORED_VERSION,
	STORED_STATE,
	STORED_WRITER,
	STORED_TRANSFORMED_AT,
	STORED_BUCKET,
	STORED_DELETED_AT,
	STORED_DIGEST_HIGH,
	STORED_DIGEST_LOW,
	STORED_SOURCE_HIGH,
	STORED_SOURCE_LOW,
	STORED_PAYLOAD, /* last: it is left out where nobody reads it */
	STORED_COLUMNS
};

static const int stored_columns[STORED_COLUMNS] = {
	[STORED_ID] = FINAL_ID,
	[STORED_KEY] = FINAL_KEY,
	[STORED_VERSION] = FINAL_VERSION,
	[STORED_STATE] = FINAL_STATE,
	[STORED_WRITER] = FINAL_WRITER,
	[STORED_TRANSFORMED_AT] = FINAL_TRANSFORMED_AT,
	[STORED_BUCKET] = FINAL_BUCKET,
	[STORED_DELETED_AT] = FINAL_DELETED_AT,
	[STORED_DIGEST_HIGH] = FINAL_DIGEST_HIGH,
	[STORED_DIGEST_LOW] = FINAL_DIGEST_LOW,
	[STORED_SOURCE_HIGH] = FINAL_SOURCE_DIGEST_HIGH,
	[STORED_SOURCE_LOW] = FINAL_SOURCE_DIGEST_LOW,
	[STORED_PAYLOAD] = FINAL_PAYLOAD,
};

static struct stored take_stored(const struct datum *row, bool has_payload)
{
	struct digest_pair digest = { row[STORED_DIGEST_HIGH].number,
				      row[STORED_DIGEST_LOW].number };
	struct digest_pair source = { row[STORED_SOURCE_HIGH].number,
				      row[STORED_SOURCE_LOW].number };

	return (struct stored){
		.id = row[STORED_ID].text,
		.payload = has_payload ? row[STORED_PAYLOAD].text : SPAN_NONE,
		.version = row[STORED_VERSION].text,
		.key = row[STORED_KEY].text,
		.state = row[STORED_STATE].text,
		.writer = row[STORED_WRITER].text,
		.transformed_at_us = row[STORED_TRANSFORMED_AT].number,
		.bucket = row[STORED_BUCKET].number,
		.is_stamped = row[STORED_DELETED_AT].kind != DATUM_NULL,
		.digest = digest_from_pair(digest),
		.source_digest = digest_from_pair(source),
	};
}

static bool read_records(struct conn *target, const struct table *final,
			 const struct entity_info *entity, int64_t chunk_no, bool has_payloads,
			 struct arena *arena, struct holding *holding, struct err *err)
{
	static const int order[] = { FINAL_ID };
	struct condition where[] = {
		{ FINAL_PART, IS_EQUAL, datum_text(entity->part) },
		{ FINAL_CHUNK_NO, IS_EQUAL, datum_int(chunk_no) },
	};
	struct query query = { .table = final,
			       .columns = stored_columns,
			       .column_count = has_payloads ? STORED_COLUMNS : STORED_PAYLOAD,
			       .where = where,
			       .where_count = 2,
			       .order_by = order,
			       .order_count = 1 };
	struct rows rows;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	holding->records = arena_alloc(arena, (rows.row_count + 1) * sizeof(*holding->records));
	holding->record_count = rows.row_count;
	for (size_t i = 0; i < rows.row_count; i++)
		holding->records[i] = take_stored(rows_row(&rows, i), has_payloads);
	return true;
}

bool stored_read(struct conn *target, const struct table *final, struct span id,
		 struct arena *arena, bool *found, struct stored *stored, struct err *err)
{
	struct condition where = { FINAL_ID, IS_EQUAL, datum_span(id) };
	struct query query = { .table = final,
			       .columns = stored_columns,
			       .column_count = STORED_COLUMNS,
			       .where = &where,
			       .where_count = 1 };
	struct rows rows;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	*found = rows.row_count == 1;
	if (*found)
		*stored = take_stored(rows_row(&rows, 0), true);
	return true;
}

static bool read_quarantine(struct conn *target, const char *entity, int64_t chunk_no,
			    struct arena *arena, struct holding *holding, struct err *err)
{
	static const int columns[] = { QUARANTINE_SOURCE, QUARANTINE_KEY, QUARANTINE_CODE };
	static const int order[] = { QUARANTINE_SOURCE, QUARANTINE_KEY, QUARANTINE_ORDINAL };
	struct condition where[] = {
		{ QUARANTINE_ENTITY, IS_EQUAL, datum_text(entity) },
		{ QUARANTINE_CHUNK_NO, IS_EQUAL, datum_int(chunk_no) },
		{ QUARANTINE_RESOLVED_BY, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = &table_quarantine,
			       .columns = columns,
			       .column_count = 3,
			       .where = where,
			       .where_count = 3,
			       .order_by = order,
			       .order_count = 3 };
	struct rows rows;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	holding->kept_back = arena_alloc(arena, (rows.row_count + 1) * sizeof(struct kept_back));
	holding->kept_back_count = rows.row_count;
	for (size_t i = 0; i < rows.row_count; i++) {
		const struct datum *row = rows_row(&rows, i);

		holding->kept_back[i] = (struct kept_back){ row[0].text, row[1].text, row[2].text };
	}
	return true;
}

bool tile_load(struct conn *target, const char *entity, int64_t no, struct arena *arena,
	       struct tile *tile, struct err *err)
{
	struct condition where[] = {
		{ CHUNK_ENTITY, IS_EQUAL, datum_text(entity) },
		{ CHUNK_NO, IS_EQUAL, datum_int(no) },
	};
	struct tile *tiles;
	size_t count;

	if (!select_tiles(target, where, 2, arena, &tiles, &count, err))
		return false;
	if (count != 1)
		return err_set(err, ERR_DATA,
			       "engine_chunk: chunk %lld of %s is not there any more",
			       (long long)no, entity);
	*tile = tiles[0];
	return true;
}

/* A chunk is only ever split, and that changes where it ends. */
bool tile_is_untouched(const struct tile *before, const struct tile *after)
{
	return before->pass_no == after->pass_no && before->rule_epoch == after->rule_epoch &&
	       span_equal(before->range.upper, after->range.upper);
}

bool holding_read(struct conn *target, const struct table *final, const struct entity_info *entity,
		  int64_t chunk_no, unsigned parts, struct arena *arena, struct holding *holding,
		  struct err *err)
{
	enum { ATTEMPTS_MAX = 8 };

	for (int i = 0; i < ATTEMPTS_MAX; i++) {
		struct tile before;

		*holding = (struct holding){ .records = NULL };
		if (!tile_load(target, entity->name, chunk_no, arena, &before, err) ||
		    !read_records(target, final, entity, chunk_no, parts & HOLDING_PAYLOADS, arena,
				  holding, err) ||
		    ((parts & HOLDING_QUARANTINE) &&
		     !read_quarantine(target, entity->name, chunk_no, arena, holding, err)) ||
		    !tile_load(target, entity->name, chunk_no, arena, &holding->tile, err))
			return false;
		if (tile_is_untouched(&before, &holding->tile))
			return true;
	}
	return err_set(err, ERR_TRANSIENT, "chunk %lld was passed %d times while it was looked at",
		       (long long)chunk_no, ATTEMPTS_MAX);
}
