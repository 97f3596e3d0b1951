/*
 * collision.c: legacy keys that become one id, settled so that nobody wins by coming first.
 *
 * While a run moves, the first claimant may be merged and later ones are rejected and noted. When all
 * chunks are passed, every noted key is read again: an id that several live keys still claim is refused
 * to all of them, an id with one claimant left goes to it.
 */
#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/move/control.h"
#include "engine/move/mover.h"
#include "engine/move/span_map.h"

bool collision_load(struct conn *target, const char *entity, struct arena *arena,
		    struct collision_set *set, struct err *err)
{
	static const int columns[] = { COLLISION_ID };
	struct condition where[] = {
		{ COLLISION_ENTITY, IS_EQUAL, datum_text(entity) },
		{ COLLISION_RESOLVED_BY, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = &table_collision,
			       .columns = columns,
			       .column_count = 1,
			       .where = where,
			       .where_count = 2,
			       .order_by = columns,
			       .order_count = 1 };
	struct rows rows;

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	set->ids = arena_alloc(arena, rows.row_count * sizeof(*set->ids) + 1);
	set->id_count = 0;
	for (size_t i = 0; i < rows.row_count; i++) {
		struct span id = rows_row(&rows, i)[0].text;

		if (set->id_count == 0 || !span_equal(set->ids[set->id_count - 1], id))
			set->ids[set->id_count++] = id;
	}
	return true;
}

bool collision_contains(const struct collision_set *set, struct span id)
{
	size_t low = 0;
	size_t high = set->id_count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = span_compare(set->ids[middle], id);

		if (order == 0)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static void key_conditions(const char *entity, struct span id, struct span key,
			   struct condition where[3])
{
	where[0] = (struct condition){ COLLISION_ENTITY, IS_EQUAL, datum_text(entity) };
	where[1] = (struct condition){ COLLISION_ID, IS_EQUAL, datum_span(id) };
	where[2] = (struct condition){ COLLISION_KEY, IS_EQUAL, datum_span(key) };
}

bool collision_note(struct worker *worker, int entity, struct span id, struct span key,
		    int64_t chunk_no, struct err *err)
{
	const char *name = mover_entity(worker->mover, entity)->name;
	struct condition where[3];
	struct assignment again[] = {
		{ COLLISION_RESOLVED_BY, datum_text("") },
		{ COLLISION_CHUNK_NO, datum_int(chunk_no) },
	};
	struct datum row[COLLISION_COLUMNS] = {
		[COLLISION_ENTITY] = datum_text(name),
		[COLLISION_ID] = datum_span(id),
		[COLLISION_KEY] = datum_span(key),
		[COLLISION_CHUNK_NO] = datum_int(chunk_no),
		[COLLISION_RUN] = datum_text(worker->mover->run),
		[COLLISION_NOTED_AT] = datum_instant(clock_wall_us()),
		[COLLISION_RESOLVED_BY] = datum_text(""),
	};
	int64_t changed;

	key_conditions(name, id, key, where);
	if (!conn_update(worker->target, &table_collision, again, 2, where, 3, &changed, err))
		return false;
	return changed > 0 || conn_insert(worker->target, &table_collision, row, 1, err);
}

/* ---- settling ---- */

struct claimant {
	struct span key;
	int64_t chunk_no;
	bool exists; /* in legacy, as read when settling */
};

static bool has_key(const struct joined *joined, struct span key)
{
	for (size_t i = 0; i < joined->row_count; i++)
		if (span_equal(joined->rows[i].key, key))
			return true;
	return false;
}

/* How many of the noted keys still become this id? */
static bool count_claims(struct worker *worker, int entity, struct span id,
			 struct claimant *claimants, size_t count, size_t *claims, struct err *err)
{
	struct span *keys = arena_alloc(&worker->arena, count * sizeof(*keys) + 1);
	struct reading reading;
	struct outcome *outcomes;

	for (size_t i = 0; i < count; i++)
		keys[i] = claimants[i].key;
	if (!derive_read_keys(worker->deriver, entity, keys, count, &worker->arena, &reading,
			      err) ||
	    !derive_outcomes(worker->deriver, entity, &reading.joined, &worker->arena, &outcomes,
			     err))
		return false;
	*claims = 0;
	for (size_t i = 0; i < count; i++)
		claimants[i].exists = has_key(&reading.joined, claimants[i].key);
	for (size_t i = 0; i < reading.joined.row_count; i++)
		if (outcomes[i].kind == OUTCOME_RECORD && span_equal(outcomes[i].id, id))
			++*claims;
	return true;
}

static bool resolve(struct worker *worker, int entity, struct span id, struct err *err)
{
	struct condition where[2];
	struct condition all[3];
	struct assignment set = { COLLISION_RESOLVED_BY, datum_text(worker->mover->run) };
	int64_t changed;

	key_conditions(mover_entity(worker->mover, entity)->name, id, SPAN(""), all);
	memcpy(where, all, sizeof(where));
	if (!worker_begin(worker, err))
		return false;
	if (conn_update(worker->target, &table_collision, &set, 1, where, 2, &changed, err))
		return worker_commit(worker, err);
	worker_rollback(worker);
	return false;
}

/* Take one key again under the lease of its shard. */
static bool retake(struct worker *worker, int entity, const struct claimant *claimant,
		   struct err *err)
{
	const char *name = mover_entity(worker->mover, entity)->name;
	struct chunk chunk;
	struct lease lease;
	bool found, claimed;

	if (!chunk_load(worker->target, name, claimant->chunk_no, &worker->plan, &found, &chunk,
			err))
		return false;
	if (!found)
		return err_set(err, ERR_DATA,
			       "engine_collision names chunk %lld of %s, which does not exist",
			       (long long)claimant->chunk_no, name);
	if (!shard_claim_one(worker, entity, chunk.shard_no, &claimed, &lease, err))
		return false;
	if (!claimed)
		return err_set(
		    err, ERR_TRANSIENT,
		    "shard %lld of %s is held by another engine; run again to settle %.*s",
		    (long long)chunk.shard_no, name, SPAN_ARGS(claimant->key));
	return pass_keys(worker, &lease, &chunk, &claimant->key, 1, err) &&
	       shard_release(worker, &lease, false, err);
}

static bool settle_id(struct worker *worker, int entity, struct span id, struct claimant *claimants,
		      size_t count, struct err *err)
{
	size_t claims;

	arena_reset(&worker->arena);
	if (!count_claims(worker, entity, id, claimants, count, &claims, err))
		return false;
	/* With the collision open every claimant is rejected, and one that was merged is withdrawn. Keys that
	 * are gone were withdrawn by the pass over their chunk. */
	for (size_t i = 0; i < count; i++)
		if (claimants[i].exists && !retake(worker, entity, &claimants[i], err))
			return false;
	if (claims > 1)
		return true;
	if (!resolve(worker, entity, id, err))
		return false;
	for (size_t i = 0; claims == 1 && i < count; i++)
		if (claimants[i].exists && !retake(worker, entity, &claimants[i], err))
			return false;
	return true;
}

bool collision_settle(struct worker *worker, int entity, struct err *err)
{
	static const int columns[] = { COLLISION_ID, COLLISION_KEY, COLLISION_CHUNK_NO };
	static const int order[] = { COLLISION_ID, COLLISION_KEY };
	const char *name = mover_entity(worker->mover, entity)->name;
	struct condition where[] = {
		{ COLLISION_ENTITY, IS_EQUAL, datum_text(name) },
		{ COLLISION_RESOLVED_BY, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = &table_collision,
			       .columns = columns,
			       .column_count = 3,
			       .where = where,
			       .where_count = 2,
			       .order_by = order,
			       .order_count = 2 };
	struct claimant *claimants;
	struct rows rows;
	size_t end;

	arena_reset(&worker->plan);
	if (!rows_select(worker->target, &query, &worker->plan, &rows, err))
		return err_while(err, "settling collisions of %s", name);
	claimants = arena_alloc(&worker->plan, rows.row_count * sizeof(*claimants) + 1);
	for (size_t i = 0; i < rows.row_count; i++) {
		const struct datum *row = rows_row(&rows, i);

		claimants[i] = (struct claimant){ row[1].text, row[2].number, false };
	}
	for (size_t start = 0; start < rows.row_count; start = end) {
		struct span id = rows_row(&rows, start)[0].text;

		for (end = start + 1; end < rows.row_count; end++)
			if (!span_equal(rows_row(&rows, end)[0].text, id))
				break;
		if (!settle_id(worker, entity, id, claimants + start, end - start, err))
			return err_while(err, "settling who owns %.*s of %s", SPAN_ARGS(id), name);
	}
	return true;
}
