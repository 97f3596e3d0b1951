/*
 * pass.c: one read and merge of one chunk, committed in one transaction of the target.
 *
 * lease, read, derive; then begin, right epoch?, probe, write what differs, quarantine, append the pass,
 * bring the chunk up to date, and last of all: is the lease still ours? Commit; then the local mirror.
 */
#include "engine/move/pass.h"

#include "engine/base/clock.h"
#include "engine/base/crash.h"
#include "engine/base/require.h"
#include "engine/move/control.h"

/* ---- the frame of every pass ---- */

static bool take_number(void *context, const struct datum *cells, struct err *err)
{
	(void)err;
	*(int64_t *)context = cells[0].number;
	return true;
}

/* Is the rule of this run still the active one? */
static bool check_epoch(struct pass *pass, struct err *err)
{
	static const int column[] = { ENTITY_EPOCH };
	const struct mover *mover = pass->worker->mover;
	struct condition where = { ENTITY_NAME, IS_EQUAL, datum_text(pass->entity->name) };
	struct query query = { .table = &table_entity,
			       .columns = column,
			       .column_count = 1,
			       .where = &where,
			       .where_count = 1 };
	int64_t epoch = -1;

	if (!conn_select(pass->worker->target, &query, take_number, &epoch, err))
		return false;
	if (epoch != mover->rule_epochs[pass->lease->entity])
		return err_set(
		    err, ERR_REFUSED,
		    "another version of the rules for %s was activated while %s was running "
		    "(epoch %lld, ours is %lld); nothing of this chunk was written",
		    pass->entity->name, mover->lineage.version, (long long)epoch,
		    (long long)mover->rule_epochs[pass->lease->entity]);
	return true;
}

static bool note_first_write(struct pass *pass, struct err *err)
{
	const struct mover *mover = pass->worker->mover;
	struct condition where[] = {
		{ ENTITY_NAME, IS_EQUAL, datum_text(pass->entity->name) },
		{ ENTITY_EPOCH, IS_EQUAL, datum_int(mover->rule_epochs[pass->lease->entity]) },
		{ ENTITY_FIRST_WRITE, IS_EQUAL, datum_text("") },
	};
	struct assignment set = { ENTITY_FIRST_WRITE, datum_text(mover->run) };
	int64_t changed;

	return pass->counts.merged == 0 ||
	       conn_update(pass->worker->target, &table_entity, &set, 1, where, 3, &changed, err);
}

static bool append_pass(struct pass *pass, const char *kind, const struct chunk *after,
			struct err *err)
{
	char digest[DIGEST_HEX_SIZE];
	struct datum row[PASS_COLUMNS] = {
		[PASS_ENTITY] = datum_text(pass->entity->name),
		[PASS_CHUNK_NO] = datum_int(after->no),
		[PASS_NO] = datum_int(after->pass_no),
		[PASS_RUN] = datum_text(pass->worker->mover->run),
		[PASS_KIND] = datum_text(kind),
		[PASS_RULE_EPOCH] = datum_int(after->rule_epoch),
		[PASS_READ] = datum_int(pass->counts.read),
		[PASS_MERGED] = datum_int(pass->counts.merged),
		[PASS_UNCHANGED] = datum_int(pass->counts.unchanged),
		[PASS_SKIPPED] = datum_int(pass->counts.skipped),
		[PASS_REJECTED] = datum_int(pass->counts.rejected),
		[PASS_FENCED] = datum_int(pass->counts.fenced),
		[PASS_WITHDRAWN] = datum_int(pass->counts.withdrawn),
		[PASS_CHILDREN] = datum_int(pass->counts.children),
		[PASS_ORPHANS] = datum_int(pass->counts.orphans),
		[PASS_SOURCE_DIGEST] = datum_span(after->source_digest),
		[PASS_RECORD_COUNT] = datum_int(after->record_count),
		[PASS_POSITION] =
		    pass->position.size ? datum_span(pass->position) : datum_text("{}"),
		[PASS_OWNER] = datum_text(pass->worker->owner),
		[PASS_ENDED_AT] = datum_now(0),
	};

	digest_to_hex(after->digest, digest);
	row[PASS_DIGEST] = datum_text(digest);
	return conn_insert(pass->worker->target, &table_pass, row, 1, err);
}

/* The end of every pass's transaction. after is the chunk as it now is. */
static bool finish(struct pass *pass, const char *kind, struct chunk *after, struct err *err)
{
	require(counts_balance(&pass->counts));
	require(counts_balance(&after->counts));
	after->pass_no = pass->chunk->pass_no + 1;
	after->rule_epoch = pass->worker->mover->rule_epochs[pass->lease->entity];
	if (!note_first_write(pass, err) || !append_pass(pass, kind, after, err) ||
	    !chunk_store(pass->worker->target, pass->entity->name, after, err) ||
	    !shard_hold(pass->worker, pass->lease, after->no, err) ||
	    !worker_commit(pass->worker, err))
		return false;
	*pass->chunk = *after;
	return true;
}

static bool remember(struct pass *pass, struct err *err)
{
	struct mover *mover = pass->worker->mover;
	struct checkpoint checkpoint = {
		.chunk_no = (uint32_t)pass->chunk->no,
		.pass_no = pass->chunk->pass_no,
		.record_count = pass->chunk->record_count,
		.digest = pass->chunk->digest,
		.at_us = clock_wall_us(),
	};

	memcpy(checkpoint.run, mover->run, sizeof(mover->run));
	crash_point("before-checkpoint");
	if (!state_put_checkpoint(mover->state, pass->entity->name, &checkpoint, err))
		return err_while(err, "noting the checkpoint of chunk %lld",
				 (long long)pass->chunk->no);
	crash_point("after-checkpoint");
	atomic_store(&mover->progress->checkpoint_us, checkpoint.at_us);
	return true;
}

static void pass_init(struct pass *pass, struct worker *worker, const struct lease *lease,
		      struct chunk *chunk)
{
	*pass = (struct pass){
		.worker = worker,
		.lease = lease,
		.chunk = chunk,
		.entity = mover_entity(worker->mover, lease->entity),
		.final = worker->mover->finals[lease->entity],
		.arena = &worker->arena,
	};
}

/* ---- a chunk that is as it was ---- */

static bool add_digest(void *context, const struct datum *cells, struct err *err)
{
	struct digest_pair pair = { cells[0].number, cells[1].number };

	(void)err;
	digest_add(context, digest_from_pair(pair));
	return true;
}

static bool target_digest(struct pass *pass, struct digest *sum, struct err *err)
{
	static const int columns[] = { FINAL_DIGEST_HIGH, FINAL_DIGEST_LOW };
	struct condition where[] = {
		{ FINAL_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) },
		{ FINAL_STATE, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = pass->final,
			       .columns = columns,
			       .column_count = 2,
			       .where = where,
			       .where_count = 2 };

	*sum = (struct digest){ 0, 0 };
	return conn_select(pass->worker->target, &query, add_digest, sum, err);
}

static bool source_is_unchanged(const struct pass *pass)
{
	const struct mover *mover = pass->worker->mover;
	struct digest before;

	return pass->chunk->rule_epoch == mover->rule_epochs[pass->lease->entity] &&
	       pass->chunk->source_digest.size > 0 &&
	       digest_from_hex(pass->chunk->source_digest, &before) &&
	       digest_equal(before, pass->joined->digest) &&
	       pass->chunk->counts.read == (int64_t)pass->joined->row_count;
}

/* An unchanged chunk costs a read. *done is false when the target is not what it should be. */
static bool pass_unchanged(struct pass *pass, bool *done, struct err *err)
{
	struct chunk after = *pass->chunk;
	struct digest held;

	*done = false;
	if (!worker_begin(pass->worker, err))
		return false;
	if (!check_epoch(pass, err) || !target_digest(pass, &held, err))
		goto failed;
	if (!digest_equal(held, pass->chunk->digest)) {
		worker_rollback(pass->worker);
		return true;
	}
	pass->counts = pass->chunk->counts;
	pass->counts.unchanged += pass->counts.merged;
	pass->counts.merged = 0;
	pass->counts.withdrawn = 0;
	after.counts = pass->counts;
	after.run = pass->worker->mover->run;
	if (!finish(pass, "unchanged", &after, err))
		goto failed;
	*done = true;
	return true;
failed:
	worker_rollback(pass->worker);
	return false;
}

/* ---- a chunk that is derived and merged ---- */

static bool merge_once(struct pass *pass, struct err *err)
{
	struct chunk after = *pass->chunk;
	int64_t rejects_before, orphans_before;
	char hex[DIGEST_HEX_SIZE];

	if (!worker_begin(pass->worker, err))
		return false;
	if (!check_epoch(pass, err) || !merge_records(pass, err) ||
	    !quarantine_sync(pass, &rejects_before, &orphans_before, err))
		goto failed;
	digest_to_hex(pass->joined->digest, hex);
	after.source_digest = arena_copy(&pass->worker->plan, span_of(hex));
	after.counts = pass->counts;
	after.run = pass->worker->mover->run;
	after.record_count = pass->record_count;
	after.digest = pass->digest;
	after.strata = strata_count(pass);
	if (finish(pass, "full", &after, err))
		return true;
failed:
	worker_rollback(pass->worker);
	return false;
}

/* An id that exists elsewhere is found out by the store; then the chunk is taken again, looking first. */
static bool merge(struct pass *pass, bool (*once)(struct pass *pass, struct err *err),
		  struct err *err)
{
	const struct outcome *derived = pass->outcomes;
	size_t size = pass->joined->row_count * sizeof(*derived);

	/* Losing an id turns an outcome into a reject; a second attempt starts from what was derived. */
	pass->outcomes = memcpy(arena_alloc(pass->arena, size + 1), derived, size);
	if (once(pass, err))
		return true;
	if (err->code != ERR_CONFLICT)
		return false;
	err_reset(err);
	memcpy(pass->outcomes, derived, size);
	pass->careful = true;
	return once(pass, err);
}

/* What takes long between two writes (waiting for a limit, slow rules) must not cost the lease. */
static bool keep_lease(struct worker *worker, const struct lease *lease, struct err *err)
{
	if (clock_monotonic_ns() - worker->held_ns < LEASE_RENEW_NS)
		return true;
	if (!worker_begin(worker, err))
		return false;
	if (shard_hold(worker, lease, -1, err) && worker_commit(worker, err))
		return true;
	worker_rollback(worker);
	return err_while(err, "keeping the lease");
}

static bool wait_for_limits(struct worker *worker, const struct lease *lease, struct err *err)
{
	struct mover *mover = worker->mover;
	const char *reason = NULL;
	bool ok = true;

	while (ok) {
		int64_t now = clock_monotonic_ns();
		int64_t rows_ns, bytes_ns, wait_ns;

		pthread_mutex_lock(&mover->lock);
		rows_ns = limit_wait_ns(&mover->rows, now);
		bytes_ns = limit_wait_ns(&mover->bytes, now);
		pthread_mutex_unlock(&mover->lock);
		wait_ns = rows_ns > bytes_ns ? rows_ns : bytes_ns;
		if (wait_ns == 0 || mover_must_stop(mover))
			break;
		reason = rows_ns >= bytes_ns ? "held to --rate" : "held to --bytes";
		atomic_store(&mover->progress->pause_reason, reason);
		/* In short steps, so that a signal is heard. */
		clock_sleep_ns(wait_ns > 50000000 ? 50000000 : wait_ns);
		ok = keep_lease(worker, lease, err);
	}
	mover_end_pause(mover, reason);
	return ok;
}

static void take_from_limits(struct worker *worker, size_t row_count, size_t bytes)
{
	struct mover *mover = worker->mover;
	int64_t now = clock_monotonic_ns();

	pthread_mutex_lock(&mover->lock);
	limit_take(&mover->rows, row_count, now);
	limit_take(&mover->bytes, bytes, now);
	pthread_mutex_unlock(&mover->lock);
}

static void reject_too_large(struct pass *pass, struct outcome *outcome)
{
	const struct source *root = &pass->entity->sources.sources[0];
	struct fault *fault = derive_reject(outcome, pass->arena, "E2303");

	fault->where = arena_print(pass->arena, "%s.source", pass->entity->name);
	fault->file = root->file;
	fault->line = root->line;
	fault->message = arena_print(pass->arena, "this row and its children take more than %d MiB",
				     MOVE_CHUNK_BYTES >> 20);
}

/* The chunk holds one root, and even that does not fit: it is rejected by name. */
static bool pass_giant(struct pass *pass, struct err *err)
{
	struct reading reading;

	arena_reset(pass->arena);
	if (!derive_read_roots(pass->worker->deriver, pass->lease->entity, &pass->chunk->range,
			       pass->arena, &reading, err))
		return false;
	pass->joined = &reading.joined;
	pass->position = reading.position;
	pass->outcomes =
	    arena_alloc(pass->arena, reading.joined.row_count * sizeof(*pass->outcomes) + 1);
	for (size_t i = 0; i < reading.joined.row_count; i++)
		reject_too_large(pass, &pass->outcomes[i]);
	return merge(pass, merge_once, err) && remember(pass, err);
}

/* Read the chunk, cutting it smaller until it fits in memory. *giant: it holds one root that never will. */
static bool read_chunk(struct pass *pass, struct reading *reading, bool *giant, struct err *err)
{
	struct worker *worker = pass->worker;
	bool split = true;

	*giant = false;
	while (split) {
		arena_reset(pass->arena);
		if (!wait_for_limits(worker, pass->lease, err))
			return false;
		if (derive_read_range(worker->deriver, pass->lease->entity, &pass->chunk->range,
				      MOVE_CHUNK_BYTES, pass->arena, reading, err)) {
			take_from_limits(worker, reading->joined.row_count,
					 reading->joined.byte_count);
			return true;
		}
		if (err->code != ERR_TOO_LARGE)
			return false;
		err_reset(err);
		if (!pathfind_smaller(worker, pass->lease, pass->chunk, &split, err))
			return false;
	}
	*giant = true;
	return true;
}

/* The chunk is done when it is paid for, so that the last one of a run is, too. */
static bool count_progress(struct pass *pass, struct err *err)
{
	struct move_progress *progress = pass->worker->mover->progress;

	atomic_fetch_add(&progress->rows_done, pass->counts.read);
	atomic_fetch_add(&progress->rejected, pass->counts.rejected);
	return wait_for_limits(pass->worker, pass->lease, err);
}

static bool derive_chunk(struct pass *pass, struct err *err)
{
	enum { ROWS_BETWEEN_LOOKS = 50 };
	size_t rows = pass->joined->row_count;

	pass->outcomes = arena_alloc(pass->arena, rows * sizeof(*pass->outcomes) + 1);
	for (size_t i = 0; i < rows; i += ROWS_BETWEEN_LOOKS) {
		size_t count = rows - i < ROWS_BETWEEN_LOOKS ? rows - i : ROWS_BETWEEN_LOOKS;

		if (!derive_some(pass->worker->deriver, pass->lease->entity, pass->joined, i, count,
				 pass->arena, pass->outcomes, err) ||
		    !keep_lease(pass->worker, pass->lease, err))
			return false;
	}
	return true;
}

bool pass_chunk(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		struct err *err)
{
	struct pass pass;
	struct reading reading;
	bool giant;
	bool done = false;

	pass_init(&pass, worker, lease, chunk);
	if (!read_chunk(&pass, &reading, &giant, err))
		goto failed;
	if (giant) {
		if (!pass_giant(&pass, err) || !count_progress(&pass, err))
			goto failed;
		return true;
	}
	pass.joined = &reading.joined;
	pass.position = reading.position;
	if (source_is_unchanged(&pass) && !pass_unchanged(&pass, &done, err))
		goto failed;
	if (!done && (!derive_chunk(&pass, err) || !merge(&pass, merge_once, err)))
		goto failed;
	if (remember(&pass, err) && count_progress(&pass, err))
		return true;
failed:
	return err_while(err, "chunk %lld of %s", (long long)chunk->no, pass.entity->name);
}

/* ---- some keys of a chunk ---- */

/* Move one key from what it counted as to what it counts as now; the balance holds either way. */
static void recount_key(struct move_counts *counts, const struct held *held, bool was_live,
			int64_t *rejects_before, bool is_present, enum action action)
{
	bool was_counted = true;

	if (was_live && held->by_this_run && counts->merged > 0)
		counts->merged--;
	else if (was_live && counts->unchanged > 0)
		counts->unchanged--;
	else if (was_live && counts->merged > 0)
		counts->merged--;
	else if (!was_live && *rejects_before > 0 && counts->rejected > 0) {
		counts->rejected--;
		--*rejects_before;
	} else if (!was_live && is_present && action == ACTION_SKIP)
		return; /* it was skipped before, too */
	else
		was_counted = false;

	if (was_counted && !is_present)
		counts->read--;
	if (!was_counted && is_present)
		counts->read++;
	if (!is_present)
		return;
	counts->merged += action == ACTION_INSERT || action == ACTION_UPDATE;
	counts->unchanged += action == ACTION_UNCHANGED;
	counts->skipped += action == ACTION_SKIP;
	counts->rejected += action == ACTION_REJECT;
}

static void recount(struct pass *pass, struct chunk *after, const bool *was_live,
		    int64_t rejects_before, int64_t orphans_before)
{
	for (size_t k = 0; k < pass->key_count; k++) {
		const struct held *held = NULL;
		bool present = false;
		bool live = false;
		enum action action = ACTION_SKIP;

		for (size_t i = 0; i < pass->held_count; i++) {
			if (!span_equal(pass->held[i].key, pass->keys[k]))
				continue;
			if (!held || was_live[i])
				held = &pass->held[i];
			live = live || was_live[i];
		}
		for (size_t i = 0; i < pass->joined->row_count; i++) {
			if (!span_equal(pass->joined->rows[i].key, pass->keys[k]))
				continue;
			present = true;
			action = pass->actions[i];
		}
		recount_key(&after->counts, held, live, &rejects_before, present, action);
	}
	after->counts.withdrawn += pass->counts.withdrawn;
	after->counts.orphans += pass->counts.orphans - orphans_before;
}

static bool keys_once(struct pass *pass, struct err *err)
{
	struct chunk after = *pass->chunk;
	int64_t rejects_before, orphans_before;
	struct pass look = *pass;
	bool *was_live;

	if (!worker_begin(pass->worker, err))
		return false;
	if (!check_epoch(pass, err) || !final_probe(&look, err))
		goto failed;
	was_live = arena_zalloc(pass->arena, look.held_count + 1);
	for (size_t i = 0; i < look.held_count; i++)
		was_live[i] = look.held[i].live;
	if (!merge_records(pass, err) ||
	    !quarantine_sync(pass, &rejects_before, &orphans_before, err))
		goto failed;
	require(pass->held_count == look.held_count);
	recount(pass, &after, was_live, rejects_before, orphans_before);
	after.source_digest = SPAN(""); /* the next run derives the whole chunk */
	after.record_count = pass->record_count;
	after.digest = pass->digest;
	if (finish(pass, "keys", &after, err))
		return true;
failed:
	worker_rollback(pass->worker);
	return false;
}

bool pass_keys(struct worker *worker, const struct lease *lease, struct chunk *chunk,
	       const struct span *keys, size_t key_count, struct err *err)
{
	struct pass pass;
	struct reading reading;

	pass_init(&pass, worker, lease, chunk);
	pass.keys = keys;
	pass.key_count = key_count;
	arena_reset(pass.arena);
	if (derive_read_keys(worker->deriver, lease->entity, keys, key_count, pass.arena, &reading,
			     err)) {
		pass.joined = &reading.joined;
		pass.position = reading.position;
		if (derive_outcomes(worker->deriver, lease->entity, pass.joined, pass.arena,
				    &pass.outcomes, err) &&
		    merge(&pass, keys_once, err) && remember(&pass, err))
			return true;
	}
	return err_while(err, "chunk %lld of %s", (long long)chunk->no, pass.entity->name);
}
