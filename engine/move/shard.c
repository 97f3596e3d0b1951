/*
 * shard.c: leases on the store's own clock; one writer a key follows from them.
 */
#include "engine/base/clock.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"

/* A shard that another engine is just claiming, or writing a chunk of, is passed over. */
static bool select_one(struct conn *target, const struct condition *where, int where_count,
		       enum query_lock lock, struct arena *arena, struct rows *rows,
		       struct err *err)
{
	static const int columns[] = { SHARD_NO, SHARD_EPOCH };
	static const int order[] = { SHARD_NO };
	struct query query = { .table = &table_shard,
			       .columns = columns,
			       .column_count = 2,
			       .where = where,
			       .where_count = where_count,
			       .order_by = order,
			       .order_count = 1,
			       .limit = 1,
			       .lock = lock };

	return rows_select(target, &query, arena, rows, err);
}

static bool take(struct worker *worker, int entity, const struct datum *found, bool *claimed,
		 struct lease *lease, struct err *err)
{
	struct condition where[] = {
		{ SHARD_ENTITY, IS_EQUAL, datum_text(mover_entity(worker->mover, entity)->name) },
		{ SHARD_NO, IS_EQUAL, found[0] },
		{ SHARD_EPOCH, IS_EQUAL, found[1] },
	};
	struct assignment set[] = {
		{ SHARD_OWNER, datum_text(worker->owner) },
		{ SHARD_EPOCH, datum_int(found[1].number + 1) },
		{ SHARD_LEASE_UNTIL, datum_now(LEASE_US) },
	};
	int64_t changed;

	if (!conn_update(worker->target, &table_shard, set, 3, where, 3, &changed, err))
		return false;
	*claimed = changed == 1; /* another engine may have been faster */
	worker->held_ns = clock_monotonic_ns();
	*lease = (struct lease){ entity, found[0].number, found[1].number + 1 };
	return true;
}

bool shard_claim(struct worker *worker, int entity, bool *claimed, bool *busy, struct lease *lease,
		 struct err *err)
{
	struct condition where[] = {
		{ SHARD_ENTITY, IS_EQUAL, datum_text(mover_entity(worker->mover, entity)->name) },
		{ SHARD_RUN, IS_NOT_EQUAL, datum_text(worker->mover->run) },
		{ SHARD_LEASE_UNTIL, IS_LESS, datum_now(0) },
	};
	struct rows rows;

	*claimed = false;
	*busy = false;
	if (!worker_begin(worker, err))
		return false;
	if (!select_one(worker->target, where, 3, QUERY_SKIP_LOCKED, &worker->plan, &rows, err))
		goto failed;
	if (rows.row_count > 0) {
		if (!take(worker, entity, rows_row(&rows, 0), claimed, lease, err))
			goto failed;
		*busy = !*claimed;
		return worker_commit(worker, err);
	}
	if (!select_one(worker->target, where, 2, QUERY_PLAIN, &worker->plan, &rows, err))
		goto failed;
	*busy = rows.row_count > 0;
	worker_rollback(worker); /* nothing was written */
	return true;
failed:
	worker_rollback(worker);
	return err_while(err, "claiming a shard of %s", mover_entity(worker->mover, entity)->name);
}

bool shard_claim_one(struct worker *worker, int entity, int64_t shard_no, bool *claimed,
		     struct lease *lease, struct err *err)
{
	struct condition where[] = {
		{ SHARD_ENTITY, IS_EQUAL, datum_text(mover_entity(worker->mover, entity)->name) },
		{ SHARD_NO, IS_EQUAL, datum_int(shard_no) },
		{ SHARD_LEASE_UNTIL, IS_LESS, datum_now(0) },
	};
	struct rows rows;

	*claimed = false;
	if (!worker_begin(worker, err))
		return false;
	if (!select_one(worker->target, where, 3, QUERY_SKIP_LOCKED, &worker->plan, &rows, err))
		goto failed;
	if (rows.row_count > 0 && !take(worker, entity, rows_row(&rows, 0), claimed, lease, err))
		goto failed;
	return worker_commit(worker, err);
failed:
	worker_rollback(worker);
	return err_while(err, "claiming shard %lld", (long long)shard_no);
}

static bool update_ours(struct worker *worker, const struct lease *lease,
			const struct assignment *set, int set_count, struct err *err)
{
	const char *name = mover_entity(worker->mover, lease->entity)->name;
	struct condition where[] = {
		{ SHARD_ENTITY, IS_EQUAL, datum_text(name) },
		{ SHARD_NO, IS_EQUAL, datum_int(lease->shard_no) },
		{ SHARD_OWNER, IS_EQUAL, datum_text(worker->owner) },
		{ SHARD_EPOCH, IS_EQUAL, datum_int(lease->epoch) },
		{ SHARD_LEASE_UNTIL, IS_GREATER, datum_now(0) },
	};
	int64_t changed;

	if (!conn_update(worker->target, &table_shard, set, set_count, where, 5, &changed, err))
		return false;
	if (changed != 1)
		return err_set(
		    err, ERR_LEASE_LOST,
		    "the lease on shard %lld of %s ran out while it was worked on; nothing "
		    "of this chunk was written, run again to go on",
		    (long long)lease->shard_no, name);
	return true;
}

bool shard_hold(struct worker *worker, const struct lease *lease, int64_t cursor, struct err *err)
{
	struct assignment set[] = {
		{ SHARD_LEASE_UNTIL, datum_now(LEASE_US) },
		{ SHARD_CURSOR, datum_int(cursor) },
	};

	if (!update_ours(worker, lease, set, cursor < 0 ? 1 : 2, err))
		return false;
	worker->held_ns = clock_monotonic_ns();
	return true;
}

bool shard_release(struct worker *worker, const struct lease *lease, bool finished, struct err *err)
{
	struct assignment set[] = {
		{ SHARD_OWNER, datum_text("") },
		{ SHARD_LEASE_UNTIL, datum_instant(0) },
		{ SHARD_RUN, datum_text(worker->mover->run) },
	};

	if (!worker_begin(worker, err))
		return false;
	if (!update_ours(worker, lease, set, finished ? 3 : 2, err)) {
		worker_rollback(worker);
		return false;
	}
	return worker_commit(worker, err);
}

bool shard_insert(struct conn *target, const char *entity, int64_t shard_no, struct err *err)
{
	struct datum row[SHARD_COLUMNS] = {
		[SHARD_ENTITY] = datum_text(entity),    [SHARD_NO] = datum_int(shard_no),
		[SHARD_OWNER] = datum_text(""),         [SHARD_EPOCH] = datum_int(0),
		[SHARD_LEASE_UNTIL] = datum_instant(0), [SHARD_CURSOR] = datum_int(-1),
		[SHARD_RUN] = datum_text(""),
	};

	return conn_insert(target, &table_shard, row, 1, err);
}

bool shard_last_no(struct conn *target, const char *entity, int64_t *shard_no, struct err *err)
{
	return rows_last_number(target, &table_shard, SHARD_ENTITY, entity, SHARD_NO, shard_no,
				err);
}

bool shard_take_over(struct conn *target, const char *entity, const char *owner_prefix,
		     struct arena *arena, struct err *err)
{
	static const int columns[] = { SHARD_NO, SHARD_OWNER };
	struct condition held[] = {
		{ SHARD_ENTITY, IS_EQUAL, datum_text(entity) },
		{ SHARD_OWNER, IS_NOT_EQUAL, datum_text("") },
	};
	struct query query = { .table = &table_shard,
			       .columns = columns,
			       .column_count = 2,
			       .where = held,
			       .where_count = 2 };
	struct rows rows;
	size_t prefix = strlen(owner_prefix);

	if (!rows_select(target, &query, arena, &rows, err))
		return false;
	for (size_t i = 0; i < rows.row_count; i++) {
		const struct datum *row = rows_row(&rows, i);
		struct condition where[] = {
			{ SHARD_ENTITY, IS_EQUAL, datum_text(entity) },
			{ SHARD_NO, IS_EQUAL, row[0] },
			{ SHARD_OWNER, IS_EQUAL, row[1] },
		};
		struct assignment set[] = {
			{ SHARD_OWNER, datum_text("") },
			{ SHARD_LEASE_UNTIL, datum_instant(0) },
		};
		int64_t changed;

		if (row[1].text.size < prefix ||
		    memcmp(row[1].text.data, owner_prefix, prefix) != 0)
			continue;
		if (!conn_update(target, &table_shard, set, 2, where, 3, &changed, err))
			return false;
	}
	return true;
}
