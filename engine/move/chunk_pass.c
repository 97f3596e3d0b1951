/*
 * chunk_pass.c: a whole chunk: read, derived where anything changed, and merged.
 */
#include "engine/base/clock.h"
#include "engine/move/stage.h"
#include "engine/move/strata.h"
#include "engine/target/store_digest.h"

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
		{ FINAL_PART, IS_EQUAL, datum_text(pass->entity->part) },
		{ FINAL_CHUNK_NO, IS_EQUAL, datum_int(pass->chunk->no) },
		{ FINAL_STATE, IS_EQUAL, datum_text("") },
	};
	struct query query = { .table = pass->final,
			       .columns = columns,
			       .column_count = 2,
			       .where = where,
			       .where_count = 3 };

	*sum = (struct digest){ 0, 0 };
	return conn_select(pass->worker->target, &query, add_digest, sum, err);
}

static bool source_is_unchanged(const struct pass *pass)
{
	const struct mover *mover = pass->worker->mover;
	struct digest before;

	/* Under other invariants the same rows may end otherwise. */
	return pass->chunk->rule_epoch == mover->rule_epochs[pass->lease->entity] &&
	       strcmp(pass->chunk->validation, mover->migration->validation) == 0 &&
	       pass->chunk->source_digest.size > 0 &&
	       digest_from_hex(pass->chunk->source_digest, &before) &&
	       digest_equal(before, pass->joined->digest) &&
	       pass->chunk->counts.read == (int64_t)pass->joined->row_count &&
	       counts_balance(&pass->chunk->counts); /* somebody may have changed them */
}

/* An unchanged chunk costs a read. *done is false when the target is not what it should be. */
static bool pass_unchanged(struct pass *pass, bool *done, struct err *err)
{
	struct chunk after = *pass->chunk;
	struct digest held;

	*done = false;
	if (!worker_begin(pass->worker, err))
		return false;
	if (!pass_hold(pass, err) || !target_digest(pass, &held, err))
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
	if (!stage_clear(pass, err) || !pass_finish(pass, "unchanged", &after, err))
		goto failed;
	*done = true;
	return true;
failed:
	worker_rollback(pass->worker);
	return false;
}

/* ---- a chunk that is derived and merged ---- */

/* Under the lease, and in the transaction that writes: are the rows as the pass before left them? */
static bool look_at_rows(struct pass *pass, struct err *err)
{
	char now[STORE_DIGEST_SIZE];

	if (!pass->repair)
		return true;
	if (!store_digest_make(pass->worker->target, pass->final, pass->entity->part,
			       pass->chunk->no, now, err))
		return false;
	pass->repair->is_touched =
	    store_digest_compare(pass->chunk->store_digest, span_of(now)) != STORE_DIGEST_SAME;
	pass->repair->is_anew = pass->repair->is_touched || pass->repair->damaged->count > 0;
	return true;
}

static bool merge_once(struct pass *pass, struct err *err)
{
	struct chunk after = *pass->chunk;
	int64_t rejects_before, orphans_before;
	char hex[DIGEST_HEX_SIZE];

	if (!worker_begin(pass->worker, err))
		return false;
	if (!pass_hold(pass, err) || !look_at_rows(pass, err) || !merge_records(pass, err) ||
	    !stage_clear(pass, err) ||
	    !quarantine_sync(pass, &rejects_before, &orphans_before, err) ||
	    !strata_keep(pass, err))
		goto failed;
	digest_to_hex(pass->joined->digest, hex);
	after.source_digest = arena_copy(&pass->worker->plan, span_of(hex));
	after.counts = pass->counts;
	/* What a run has done stays done, and what it has not stays due. */
	if (!pass->repair)
		after.run = pass->worker->mover->run;
	after.validation = pass->worker->mover->migration->validation;
	after.record_count = pass->record_count;
	after.digest = pass->digest;
	after.strata = strata_to_json(pass->strata);
	if (pass_finish(pass, pass->repair ? "repair" : "full", &after, err))
		return true;
failed:
	worker_rollback(pass->worker);
	return false;
}

static void reject_too_large(struct pass *pass, struct outcome *outcome)
{
	const struct source *root = &pass->entity->sources.sources[0];
	struct fault *fault = derive_reject(outcome, pass->arena, "E2303");

	fault->where = arena_print(pass->arena, "%s.source", pass->entity->name);
	fault->file = root->file;
	fault->line = root->line;
	fault->message = arena_print(pass->arena,
				     "this row and its children, with those between it and the row "
				     "before that belong to nobody, take more than %d MiB",
				     MOVE_CHUNK_BYTES >> 20);
}

/* The chunk holds one root, and even that does not fit: it is rejected by name. */
static bool pass_giant(struct pass *pass, struct reading *reading, struct err *err)
{
	arena_reset(pass->arena);
	if (!derive_read_roots(pass->worker->deriver, pass->lease->entity, &pass->chunk->range,
			       pass->arena, reading, err))
		return false;
	if (reading->joined.row_count == 0)
		return err_set(err, ERR_DATA,
			       "children without a root take more than %d MiB here, too many to "
			       "be kept in quarantine one by one: find their root in legacy, or "
			       "remove them there",
			       MOVE_CHUNK_BYTES >> 20);
	pass->joined = &reading->joined;
	pass->position = reading->position;
	pass->outcomes =
	    arena_alloc(pass->arena, reading->joined.row_count * sizeof(*pass->outcomes) + 1);
	for (size_t i = 0; i < reading->joined.row_count; i++)
		reject_too_large(pass, &pass->outcomes[i]);
	return pass_merge(pass, merge_once, err) && pass_remember(pass, err);
}

enum read_end {
	READ_WHOLE,
	READ_GIANT, /* the chunk holds one root that never fits in memory */
	READ_LEFT, /* nothing was read: the run has to stop, or this worker to wait, and the chunk stays due */
};

/* Read the chunk, cutting it smaller until it fits in memory. */
static bool read_chunk(struct pass *pass, struct reading *reading, enum read_end *end,
		       struct err *err)
{
	struct worker *worker = pass->worker;
	bool split = true;

	*end = READ_WHOLE;
	while (split) {
		int64_t began_ns;

		arena_reset(pass->arena);
		if (!pace_wait(worker, pass->lease, err))
			return false;
		if (mover_must_stop(worker->mover) || !worker_may_go_on(worker)) {
			*end = READ_LEFT;
			return true;
		}
		began_ns = clock_monotonic_ns();
		if (derive_read_range(worker->deriver, pass->lease->entity, &pass->chunk->range,
				      MOVE_CHUNK_BYTES, pass->arena, reading, err)) {
			pace_note(worker, &worker->mover->reads, began_ns);
			pace_take(worker, reading->joined.row_count, reading->joined.byte_count);
			return true;
		}
		if (err->code != ERR_TOO_LARGE)
			return false;
		err_reset(err);
		if (!pathfind_smaller(worker, pass->lease, pass->chunk, &split, err))
			return false;
	}
	*end = READ_GIANT;
	return true;
}

/* The chunk is done when it is paid for, so that the last one of a run is, too. */
static bool count_progress(struct pass *pass, struct err *err)
{
	struct move_progress *progress = pass->worker->mover->progress;

	atomic_fetch_add(&progress->rows_done, pass->counts.read);
	atomic_fetch_add(&progress->rejected, pass->counts.rejected);
	pace_end_chunk(pass->worker);
	return pace_wait(pass->worker, pass->lease, err);
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
		    !pace_keep_lease(pass->worker, pass->lease, err))
			return false;
	}
	return true;
}

/* Between being staged and merged, records can be judged by statements of the store: this is the place for it. */
static bool write_chunk(struct pass *pass, struct err *err)
{
	if (pass->worker->mover->options->is_staged && !stage_records(pass, err))
		return false;
	return pass_merge(pass, merge_once, err);
}

static bool pass_whole(struct pass *pass, struct reading *reading, struct err *err)
{
	bool done = false;

	pass->joined = &reading->joined;
	pass->position = reading->position;
	if (!pass->repair && source_is_unchanged(pass) && !pass_unchanged(pass, &done, err))
		return false;
	if (!done && (!derive_chunk(pass, err) || !write_chunk(pass, err)))
		return false;
	return pass_remember(pass, err);
}

/* The reading is the caller's: it lives as long as the pass is looked at. */
static bool take_chunk(struct pass *pass, struct reading *reading, bool *is_left, struct err *err)
{
	enum read_end end;

	*is_left = false;
	if (!read_chunk(pass, reading, &end, err))
		goto failed;
	*is_left = end == READ_LEFT;
	if (*is_left || ((end == READ_GIANT ? pass_giant(pass, reading, err)
					    : pass_whole(pass, reading, err)) &&
			 count_progress(pass, err)))
		return true;
failed:
	return err_while(err, "chunk %lld of %s", (long long)pass->chunk->no, pass->entity->name);
}

bool pass_chunk(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		struct err *err)
{
	struct reading reading;
	struct pass pass;
	bool is_left;

	pass_init(&pass, worker, lease, chunk);
	return take_chunk(&pass, &reading, &is_left, err);
}

bool pass_repair(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		 const struct span_map *damaged,
		 void (*judge)(const struct pass *pass, void *context), void *context,
		 struct err *err)
{
	struct repair repair = { .damaged = damaged };
	struct reading reading;
	struct pass pass;
	bool is_left;

	pass_init(&pass, worker, lease, chunk);
	pass.repair = &repair;
	if (!take_chunk(&pass, &reading, &is_left, err))
		return false;
	if (!is_left)
		judge(&pass, context);
	return true;
}
