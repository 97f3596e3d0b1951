/*
 * collision.c: legacy keys that become one id, settled so that nobody wins by coming first.
 *
 * While a run moves, the first claimant may be merged and later ones are rejected and noted. When all
 * chunks are passed, every noted key is read again: an id that several live keys still claim is refused
 * to all of them, an id with one claimant left goes to it.
 */
#include "engine/base/clock.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"

bool collision_load(struct conn *target, const char *record, struct arena *arena,
		    struct collision_set *set, struct err *err)
{
	static const int columns[] = { COLLISION_ID };
	struct condition where[] = {
		{ COLLISION_ENTITY, IS_EQUAL, datum_text(record) },
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

bool collision_note(struct worker *worker, int entity, struct span id, struct span key,
		    int64_t chunk_no, struct err *err)
{
	const struct entity_info *of = mover_entity(worker->mover, entity);
	struct condition where[] = {
		{ COLLISION_ENTITY, IS_EQUAL, datum_text(of->record) },
		{ COLLISION_ID, IS_EQUAL, datum_span(id) },
		{ COLLISION_PART, IS_EQUAL, datum_text(of->part) },
		{ COLLISION_KEY, IS_EQUAL, datum_span(key) },
	};
	struct assignment again[] = {
		{ COLLISION_RESOLVED_BY, datum_text("") },
		{ COLLISION_CHUNK_NO, datum_int(chunk_no) },
	};
	struct datum row[COLLISION_COLUMNS] = {
		[COLLISION_ENTITY] = datum_text(of->record),
		[COLLISION_ID] = datum_span(id),
		[COLLISION_PART] = datum_text(of->part),
		[COLLISION_KEY] = datum_span(key),
		[COLLISION_CHUNK_NO] = datum_int(chunk_no),
		[COLLISION_RUN] = datum_text(worker->mover->run),
		[COLLISION_NOTED_AT] = datum_instant(clock_wall_us()),
		[COLLISION_RESOLVED_BY] = datum_text(""),
	};
	int64_t changed;

	if (!conn_update(worker->target, &table_collision, again, 2, where, 4, &changed, err))
		return false;
	return changed > 0 || conn_insert(worker->target, &table_collision, row, 1, err);
}

/* ---- settling ---- */

struct claimant {
	int entity; /* the part its key is of */
	struct span key;
	int64_t chunk_no;
	bool exists; /* in legacy, as read when settling */
};

/* What claims one id, ordered by part. */
struct claim {
	struct span id;
	struct claimant *claimants;
	size_t count;
};

static bool has_key(const struct joined *joined, struct span key)
{
	for (size_t i = 0; i < joined->row_count; i++)
		if (span_equal(joined->rows[i].key, key))
			return true;
	return false;
}

/* How many of the noted keys of one part still become this id? */
static bool count_claims(struct worker *worker, const struct claim *claim, size_t *claims,
			 struct err *err)
{
	int entity = claim->claimants[0].entity;
	struct span *keys = arena_alloc(&worker->arena, claim->count * sizeof(*keys) + 1);
	struct reading reading;
	struct outcome *outcomes;

	for (size_t i = 0; i < claim->count; i++)
		keys[i] = claim->claimants[i].key;
	if (!derive_read_keys(worker->deriver, entity, keys, claim->count, &worker->arena, &reading,
			      err) ||
	    !derive_outcomes(worker->deriver, entity, &reading.joined, &worker->arena, &outcomes,
			     err))
		return false;
	for (size_t i = 0; i < claim->count; i++)
		claim->claimants[i].exists = has_key(&reading.joined, claim->claimants[i].key);
	for (size_t i = 0; i < reading.joined.row_count; i++)
		if (outcomes[i].kind == OUTCOME_RECORD && span_equal(outcomes[i].id, claim->id))
			++*claims;
	return true;
}

static bool count_all_claims(struct worker *worker, const struct claim *claim, size_t *claims,
			     struct err *err)
{
	size_t end;

	*claims = 0;
	for (size_t start = 0; start < claim->count; start = end) {
		struct claim of_part = { claim->id, claim->claimants + start, 0 };

		for (end = start + 1; end < claim->count; end++)
			if (claim->claimants[end].entity != claim->claimants[start].entity)
				break;
		of_part.count = end - start;
		if (!count_claims(worker, &of_part, claims, err))
			return false;
	}
	return true;
}

static bool resolve(struct worker *worker, int entity, struct span id, struct err *err)
{
	const char *record = mover_entity(worker->mover, entity)->record;
	struct condition where[] = {
		{ COLLISION_ENTITY, IS_EQUAL, datum_text(record) },
		{ COLLISION_ID, IS_EQUAL, datum_span(id) },
	};
	struct assignment set = { COLLISION_RESOLVED_BY, datum_text(worker->mover->run) };
	int64_t changed;

	if (!worker_begin(worker, err))
		return false;
	if (worker_hold(worker, entity, QUERY_SHARE, err) &&
	    conn_update(worker->target, &table_collision, &set, 1, where, 2, &changed, err))
		return worker_commit(worker, err);
	worker_rollback(worker);
	return false;
}

/* Take one key again under the lease of its shard. */
static bool retake(struct worker *worker, const struct claimant *claimant, struct err *err)
{
	int entity = claimant->entity;
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

/* Keys that are gone were withdrawn by the pass over their chunk. */
static bool retake_all(struct worker *worker, const struct claim *claim, struct err *err)
{
	for (size_t i = 0; i < claim->count; i++)
		if (claim->claimants[i].exists && !retake(worker, &claim->claimants[i], err))
			return false;
	return true;
}

static bool settle_id(struct worker *worker, const struct claim *claim, int entity, struct err *err)
{
	size_t claims;

	arena_reset(&worker->arena);
	/* With the collision open every claimant is rejected, and one that was merged is withdrawn. */
	if (!count_all_claims(worker, claim, &claims, err) || !retake_all(worker, claim, err))
		return false;
	if (claims > 1)
		return true;
	return resolve(worker, entity, claim->id, err) &&
	       (claims == 0 || retake_all(worker, claim, err));
}

static bool select_claimants(struct worker *worker, const char *record, struct rows *rows,
			     struct err *err)
{
	static const int columns[] = { COLLISION_ID, COLLISION_PART, COLLISION_KEY,
				       COLLISION_CHUNK_NO };
	static const int order[] = { COLLISION_ID, COLLISION_PART, COLLISION_KEY };
	struct condition where[] = {
		{ COLLISION_ENTITY, IS_EQUAL, datum_text(record) },
		{ COLLISION_RESOLVED_BY, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = &table_collision,
			       .columns = columns,
			       .column_count = 4,
			       .where = where,
			       .where_count = 2,
			       .order_by = order,
			       .order_count = 3 };

	return rows_select(worker->target, &query, &worker->plan, rows, err);
}

/* The claims on the id of the row at *start, which moves on to the next id. Parts that this version
 * does not have claim nothing. */
static struct claim next_claim(const struct worker *worker, int entity, const struct rows *rows,
			       size_t *start, struct claimant *claimants)
{
	struct claim claim = { rows_row(rows, *start)[0].text, claimants, 0 };

	for (; *start < rows->row_count; ++*start) {
		const struct datum *row = rows_row(rows, *start);
		int part = mover_part(worker->mover, entity, row[1].text);

		if (!span_equal(row[0].text, claim.id))
			break;
		if (part >= 0)
			claimants[claim.count++] =
			    (struct claimant){ part, row[2].text, row[3].number, false };
	}
	return claim;
}

bool collision_settle(struct worker *worker, int entity, struct err *err)
{
	const char *record = mover_entity(worker->mover, entity)->record;
	struct claimant *claimants;
	struct rows rows;
	size_t start = 0;

	arena_reset(&worker->plan);
	if (!select_claimants(worker, record, &rows, err))
		return err_while(err, "settling collisions of %s", record);
	claimants = arena_alloc(&worker->plan, rows.row_count * sizeof(*claimants) + 1);
	while (start < rows.row_count) {
		struct claim claim = next_claim(worker, entity, &rows, &start, claimants);

		if (!settle_id(worker, &claim, entity, err))
			return err_while(err, "settling who owns %.*s of %s", SPAN_ARGS(claim.id),
					 record);
	}
	return true;
}
