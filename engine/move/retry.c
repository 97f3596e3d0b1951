/*
 * retry.c: takes quarantined keys again, chunk by chunk, by the active rule.
 */
#include "engine/base/clock.h"
#include "engine/move/ctl.h"
#include "engine/move/mover.h"
#include "engine/target/control.h"

enum { RETRY_KEYS_MAX = 200 };

struct retry {
	struct worker *worker;
	int entity;
	const char *key;  /* of a root; NULL: all */
	struct rows rows; /* chunk_no, root_key; ordered by both */
	int64_t taken, left;
};

/* What is open, as chunk_no and root_key. An orphan without a parent has the root key "": no key leads to
 * it, only a pass over the whole chunk. */
static bool select_open(struct retry *retry, struct rows *rows, struct err *err)
{
	static const int columns[] = { QUARANTINE_CHUNK_NO, QUARANTINE_ROOT_KEY };
	const struct mover *mover = retry->worker->mover;
	struct condition where[] = {
		{ QUARANTINE_ENTITY, IS_EQUAL,
		  datum_text(mover_entity(mover, retry->entity)->name) },
		{ QUARANTINE_RESOLVED_BY, IS_EQUAL, datum_text("") },
		{ QUARANTINE_ROOT_KEY, IS_EQUAL, datum_text(retry->key ? retry->key : "") },
	};
	struct query query = { .table = &table_quarantine,
			       .columns = columns,
			       .column_count = 2,
			       .where = where,
			       .where_count = retry->key ? 3 : 2,
			       .order_by = columns,
			       .order_count = 2 };

	return rows_select(retry->worker->target, &query, mover->arena, rows, err);
}

static bool retake(struct retry *retry, int64_t chunk_no, const struct span *keys, size_t key_count,
		   struct err *err)
{
	struct worker *worker = retry->worker;
	const char *entity = mover_entity(worker->mover, retry->entity)->name;
	struct chunk chunk;
	struct lease lease;
	bool found, claimed;

	arena_reset(&worker->plan);
	if (!chunk_load(worker->target, entity, chunk_no, &worker->plan, &found, &chunk, err))
		return false;
	if (!found)
		return err_set(err, ERR_DATA,
			       "engine_quarantine names chunk %lld of %s, which does not exist",
			       (long long)chunk_no, entity);
	if (!shard_claim_one(worker, retry->entity, chunk.shard_no, &claimed, &lease, err))
		return false;
	if (!claimed)
		return err_set(err, ERR_TRANSIENT,
			       "shard %lld of %s is held by a running engine; try again later",
			       (long long)chunk.shard_no, entity);
	if (!pace_begin_chunk(worker, &lease, err) ||
	    !pass_keys(worker, &lease, &chunk, keys, key_count, err))
		return false;
	pace_end_chunk(worker);
	return shard_release(worker, &lease, false, err);
}

/* Keys of one chunk, each once, a bounded number at a time. */
static bool retry_keys(struct retry *retry, struct err *err)
{
	struct span keys[RETRY_KEYS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < retry->rows.row_count; i++) {
		const struct datum *row = rows_row(&retry->rows, i);
		const struct datum *next =
		    i + 1 < retry->rows.row_count ? rows_row(&retry->rows, i + 1) : NULL;

		if (row[1].text.size > 0 &&
		    (count == 0 || !span_equal(keys[count - 1], row[1].text)))
			keys[count++] = row[1].text;
		if (count == 0 ||
		    (next && next[0].number == row[0].number && count < RETRY_KEYS_MAX))
			continue;
		if (!retake(retry, row[0].number, keys, count, err))
			return false;
		count = 0;
	}
	return true;
}

static bool retry_entity(struct retry *retry, struct err *err)
{
	struct rows left;

	if (!select_open(retry, &retry->rows, err) || !retry_keys(retry, err) ||
	    !collision_settle(retry->worker, retry->entity, err) || !select_open(retry, &left, err))
		return false;
	retry->taken += (int64_t)retry->rows.row_count;
	retry->left += (int64_t)left.row_count;
	return true;
}

static bool retry_all(struct mover *mover, const char *entity, const char *key, int64_t *left,
		      struct err *err)
{
	struct worker worker;
	struct retry retry = { .worker = &worker, .key = key };
	bool known = entity == NULL;
	bool ok = worker_open(&worker, mover, 0, err);

	if (!ok)
		return false;
	for (int i = 0; i < mover->migration->entity_count && ok; i++) {
		if (entity && !is_part_of(span_of(mover_entity(mover, i)->name), entity))
			continue;
		known = true;
		retry.entity = i;
		ok = retry_entity(&retry, err);
	}
	worker_rollback(&worker);
	worker_close(&worker);
	*left = retry.left;
	if (ok && !known)
		return err_set(err, ERR_USAGE, "%s has no entity \"%s\"", mover->options->rules,
			       entity);
	if (ok && key && retry.taken == 0)
		return err_set(err, ERR_DATA, "nothing of the key %s is in quarantine", key);
	return ok;
}

/* It would end before anybody could tell it to go on. */
static bool refuse_while_paused(struct mover *mover, struct err *err)
{
	struct ctl_address address;
	struct pause pause;
	struct buf text;
	bool ok;

	if (!ctl_address_open(&address, mover->options->state, err))
		return false;
	ok = pause_find(mover->state, address.folder_fd, mover->arena, &pause, err);
	ctl_address_close(&address);
	if (!ok || pause.since_us == 0)
		return ok;
	buf_init(&text);
	pause_put_text(&text, &pause);
	err_set(err, ERR_TRANSIENT, "%.*s; `engine ctl resume` ends the pause",
		SPAN_ARGS(buf_span(&text)));
	buf_release(&text);
	return false;
}

bool move_retry(const struct move_options *options, const char *entity, const char *key,
		struct move_progress *progress, struct arena *arena, struct move_report *report,
		struct fault_list *faults, struct fault_list *warnings, struct err *err)
{
	struct mover mover = { .options = options, .progress = progress, .arena = arena };
	struct opening opening;
	int64_t began_ns = clock_monotonic_ns();
	int64_t left = 0;
	bool ok = mover_open(&mover, MOVER_RETRY, &opening, faults, warnings, err);

	report->complete = true;
	ok = ok && refuse_while_paused(&mover, err) && retry_all(&mover, entity, key, &left, err) &&
	     strata_sweep(&mover, opening.target, err) &&
	     mover_end_run(&mover, MOVER_RETRY, &opening, report, err) &&
	     kinds_report(&mover, &opening, entity, key, report, err);
	if (!ok)
		mover_note_failure(&mover, MOVER_RETRY, &opening, err);
	report->quarantined = left;
	report->complete = ok;
	report->pause_count = waits_report(&mover.waits, clock_monotonic_ns(), report->pauses);
	report->seconds = (double)(clock_monotonic_ns() - began_ns) / 1e9;
	mover_close(&mover, &opening);
	return ok;
}
