/*
 * pathfind.c: walks the key index ahead of the workers and cuts the key space into chunks.
 *
 * A table starts as one chunk, open on both sides. Whoever holds a chunk with too many roots cuts the
 * next few off it and publishes the rest as a new shard, which another worker can take at once. The
 * same step serves the first run, a resumed one, and tables that grew.
 */
#include "engine/move/mover.h"
#include "engine/target/control.h"

/* At low rates a chunk is not more than a second's rows, so that pauses stay short. */
static uint32_t rows_a_chunk(struct mover *mover)
{
	uint64_t rows = mover->options->chunk_rows;
	uint64_t rows_per_s;

	pthread_mutex_lock(&mover->lock);
	rows_per_s = mover->rows.units_per_s;
	pthread_mutex_unlock(&mover->lock);
	return (uint32_t)(rows_per_s > 0 && rows_per_s < rows ? rows_per_s : rows);
}

struct cut {
	struct span bounds[SHARD_CHUNKS]; /* where to cut, in order */
	int bound_count;
	bool more; /* the rest may need cutting too: it becomes a shard of its own */
};

static bool publish_parts(struct worker *worker, const struct lease *lease, struct chunk *chunk,
			  const struct cut *cut, struct err *err)
{
	const char *entity = mover_entity(worker->mover, lease->entity)->name;
	struct span upper = chunk->range.upper;
	int64_t last_chunk, last_shard;

	if (!chunk_last_no(worker->target, entity, &last_chunk, err) ||
	    !shard_last_no(worker->target, entity, &last_shard, err))
		return false;
	chunk->range.upper = cut->bounds[0];
	if (!chunk_set_upper(worker->target, entity, chunk, err))
		return false;
	for (int i = 0; i < cut->bound_count; i++) {
		bool is_rest = i + 1 == cut->bound_count;
		struct key_range range = { cut->bounds[i], is_rest ? upper : cut->bounds[i + 1] };
		int64_t shard_no = is_rest && cut->more ? last_shard + 1 : chunk->shard_no;
		struct chunk part;

		chunk_init(&part, last_chunk + 1 + i, shard_no, range);
		/* Part of a chunk that was passed: it holds records, and cutting it again moves them. */
		part.pass_no = chunk->pass_no;
		if (!chunk_insert(worker->target, entity, &part, err))
			return false;
	}
	return !cut->more || shard_insert(worker->target, entity, last_shard + 1, err);
}

/* Where a table says which rows of legacy belong to which chunk. */
struct homes {
	const struct table *table;
	int key, chunk_no;
	struct condition where[2]; /* whose rows */
	int where_count;
};

/* Rows of the chunk that lie beyond the cut move to the part behind it: found by what legacy still
 * holds in front of the cut. Keys that are gone move too, and are withdrawn by that part's pass. */
static bool move_rows_behind(struct worker *worker, const struct homes *homes, int64_t from,
			     int64_t to, const struct joined *front, struct err *err)
{
	struct condition where[4];
	int where_count = homes->where_count;
	struct query query = {
		.table = homes->table, .columns = &homes->key, .column_count = 1, .where = where
	};
	struct assignment set = { homes->chunk_no, datum_int(to) };
	struct rows rows;
	int64_t changed;

	memcpy(where, homes->where, sizeof(homes->where));
	where[where_count++] = (struct condition){ homes->chunk_no, IS_EQUAL, datum_int(from) };
	query.where_count = where_count;
	if (!rows_select(worker->target, &query, &worker->arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.row_count; i++) {
		struct span key = rows_row(&rows, i)[0].text;
		bool in_front = false;

		for (size_t r = 0; r < front->row_count && !in_front; r++)
			in_front = span_equal(front->rows[r].key, key);
		if (in_front)
			continue;
		where[where_count] = (struct condition){ homes->key, IS_EQUAL, datum_span(key) };
		if (!conn_update(worker->target, homes->table, &set, 1, where, where_count + 1,
				 &changed, err))
			return false;
	}
	return true;
}

static bool rehome(struct worker *worker, const struct lease *lease, const struct chunk *chunk,
		   int64_t behind, const struct joined *front, struct err *err)
{
	const struct entity_info *entity = mover_entity(worker->mover, lease->entity);
	const struct homes all[] = {
		{ worker->mover->finals[lease->entity],
		  FINAL_KEY,
		  FINAL_CHUNK_NO,
		  { { FINAL_PART, IS_EQUAL, datum_text(entity->part) } },
		  1 },
		{ &table_quarantine,
		  QUARANTINE_ROOT_KEY,
		  QUARANTINE_CHUNK_NO,
		  { { QUARANTINE_ENTITY, IS_EQUAL, datum_text(entity->name) } },
		  1 },
		{ &table_stratum,
		  STRATUM_KEY,
		  STRATUM_CHUNK_NO,
		  { { STRATUM_ENTITY, IS_EQUAL, datum_text(entity->name) } },
		  1 },
		{ &table_collision,
		  COLLISION_KEY,
		  COLLISION_CHUNK_NO,
		  { { COLLISION_ENTITY, IS_EQUAL, datum_text(entity->record) },
		    { COLLISION_PART, IS_EQUAL, datum_text(entity->part) } },
		  2 },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
		if (!move_rows_behind(worker, &all[i], chunk->no, behind, front, err))
			return false;
	return true;
}

/* What the live records of a chunk add up to. */
struct live {
	int64_t count;
	struct digest sum;
};

static bool add_live(void *context, const struct datum *cells, struct err *err)
{
	struct live *live = context;

	(void)err;
	live->count++;
	digest_add(&live->sum,
		   digest_from_pair((struct digest_pair){ cells[0].number, cells[1].number }));
	return true;
}

/* Until its next pass a part says of its records what is so: that pass may be another run's, and somebody may look before. */
static bool recount(struct worker *worker, const struct lease *lease, int64_t no, struct live *live,
		    struct err *err)
{
	static const int columns[] = { FINAL_DIGEST_HIGH, FINAL_DIGEST_LOW };
	const struct entity_info *entity = mover_entity(worker->mover, lease->entity);
	struct condition where[] = {
		{ FINAL_CHUNK_NO, IS_EQUAL, datum_int(no) },
		{ FINAL_PART, IS_EQUAL, datum_text(entity->part) },
		{ FINAL_STATE, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = worker->mover->finals[lease->entity],
			       .columns = columns,
			       .column_count = 2,
			       .where = where,
			       .where_count = 3 };

	*live = (struct live){ .count = 0 };
	return conn_select(worker->target, &query, add_live, live, err) &&
	       chunk_set_records(worker->target, entity->name, no, live->count, live->sum, err);
}

static bool recount_both(struct worker *worker, const struct lease *lease, struct chunk *chunk,
			 int64_t behind, struct err *err)
{
	struct live live;

	if (!recount(worker, lease, behind, &live, err) ||
	    !recount(worker, lease, chunk->no, &live, err))
		return false;
	chunk->record_count = live.count;
	chunk->digest = live.sum;
	return true;
}

struct publishing {
	struct worker *worker;
	const struct lease *lease;
	struct chunk *chunk;
	const struct cut *cut;
	const struct joined
	    *front; /* of a chunk that was passed before: the rows in front of the cut; else NULL */
	struct span upper; /* of the chunk before it is cut */
};

/* What follows the cut is numbered behind the last there is: an engine that slept past its lease, or one that cuts another
 * chunk, may want the same numbers. */
static bool write_parts(void *context, struct err *err)
{
	const struct publishing *publishing = context;
	struct worker *worker = publishing->worker;
	const struct lease *lease = publishing->lease;
	const char *entity = mover_entity(worker->mover, lease->entity)->name;
	int64_t behind;

	publishing->chunk->range.upper = publishing->upper;
	if (!worker_hold(worker, lease->entity, QUERY_SHARE, err) ||
	    !publish_parts(worker, lease, publishing->chunk, publishing->cut, err))
		return false;
	if (publishing->front &&
	    (!chunk_last_no(worker->target, entity, &behind, err) ||
	     !rehome(worker, lease, publishing->chunk, behind, publishing->front, err) ||
	     !recount_both(worker, lease, publishing->chunk, behind, err)))
		return false;
	return shard_hold(worker, lease, -1, err);
}

static bool publish(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		    const struct cut *cut, const struct joined *front, struct err *err)
{
	struct publishing publishing = { worker, lease, chunk, cut, front, chunk->range.upper };

	if (worker_transact(worker, write_parts, &publishing, err))
		return true;
	chunk->range.upper = publishing.upper;
	return err_while(err, "cutting chunk %lld of %s", (long long)chunk->no,
			 mover_entity(worker->mover, lease->entity)->name);
}

/* Cut a chunk that was passed before in two, taking what the target holds of it along. */
static bool cut_passed(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		       struct span bound, struct err *err)
{
	struct key_range front_range = { chunk->range.lower, bound };
	struct cut cut = { .bounds = { bound }, .bound_count = 1, .more = true };
	struct reading front;

	return derive_read_roots(worker->deriver, lease->entity, &front_range, &worker->arena,
				 &front, err) &&
	       publish(worker, lease, chunk, &cut, &front.joined, err);
}

static bool pathfind_passed(struct worker *worker, const struct lease *lease, struct chunk *chunk,
			    uint32_t rows, struct err *err)
{
	struct span bound;

	/* Chunks may grow to twice their size before they are cut. */
	if (!derive_find_bound(worker->deriver, lease->entity, &chunk->range, rows * 2,
			       &worker->plan, &bound, err))
		return false;
	if (!bound.data)
		return true;
	if (!derive_find_bound(worker->deriver, lease->entity, &chunk->range, rows, &worker->plan,
			       &bound, err))
		return false;
	if (!bound.data)
		return true; /* rows went away between the two looks */
	if (!cut_passed(worker, lease, chunk, bound, err))
		return false;
	mover_announce(worker->mover);
	return true;
}

bool pathfind(struct worker *worker, const struct lease *lease, struct chunk *chunk,
	      struct err *err)
{
	uint32_t rows = rows_a_chunk(worker->mover);
	struct key_range rest = chunk->range;
	struct cut cut = { .more = false };

	if (chunk->pass_no > 0)
		return pathfind_passed(worker, lease, chunk, rows, err);
	while (cut.bound_count < SHARD_CHUNKS) {
		struct span bound;

		if (!derive_find_bound(worker->deriver, lease->entity, &rest, rows, &worker->plan,
				       &bound, err))
			return false;
		if (!bound.data)
			break;
		cut.bounds[cut.bound_count++] = bound;
		rest.lower = bound;
	}
	if (cut.bound_count == 0)
		return true;
	cut.more = cut.bound_count == SHARD_CHUNKS;
	if (!publish(worker, lease, chunk, &cut, NULL, err))
		return false;
	mover_announce(worker->mover);
	return true;
}

/* The only key of the chunk, unless the chunk ends with it. What lies behind it, children without a root, is not read
 * together with a root that may never fit. */
static bool find_only_key(struct worker *worker, const struct lease *lease,
			  const struct chunk *chunk, struct span *bound, struct err *err)
{
	struct reading reading;
	struct span key;

	if (!derive_read_roots(worker->deriver, lease->entity, &chunk->range, &worker->arena,
			       &reading, err))
		return false;
	if (reading.joined.row_count == 0)
		return true;
	key = reading.joined.rows[0].key;
	if (chunk->range.upper.data == NULL || !span_equal(key, chunk->range.upper))
		*bound = arena_copy(&worker->plan, key);
	return true;
}

bool pathfind_smaller(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		      bool *split, struct err *err)
{
	struct span bound = SPAN_NONE;
	struct cut cut = { .bound_count = 1, .more = false };

	for (uint32_t rows = rows_a_chunk(worker->mover) / 2 + 1; !bound.data && rows > 0;
	     rows /= 2)
		if (!derive_find_bound(worker->deriver, lease->entity, &chunk->range, rows,
				       &worker->plan, &bound, err))
			return false;
	if (!bound.data && !find_only_key(worker, lease, chunk, &bound, err))
		return false;
	*split = bound.data != NULL;
	if (!*split)
		return true;
	if (chunk->pass_no > 0)
		return cut_passed(worker, lease, chunk, bound, err);
	cut.bounds[0] = bound;
	return publish(worker, lease, chunk, &cut, NULL, err);
}
