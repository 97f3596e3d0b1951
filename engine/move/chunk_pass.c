/*
 * chunk_pass.c: a whole chunk: read, derived where anything changed, and merged.
 */
#include "engine/base/clock.h"
#include "engine/move/stage.h"
#include "engine/move/strata.h"

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

static bool merge_once(struct pass *pass, struct err *err)
{
	struct chunk after = *pass->chunk;
	int64_t rejects_before, orphans_before;
	char hex[DIGEST_HEX_SIZE];

	if (!worker_begin(pass->worker, err))
		return false;
	if (!pass_hold(pass, err) || !merge_records(pass, err) || !stage_clear(pass, err) ||
	    !quarantine_sync(pass, &rejects_before, &orphans_before, err) ||
	    !strata_keep(pass, err))
		goto failed;
	digest_to_hex(pass->joined->digest, hex);
	after.source_digest = arena_copy(&pass->worker->plan, span_of(hex));
	after.counts = pass->counts;
	after.run = pass->worker->mover->run;
	after.validation = pass->worker->mover->migration->validation;
	after.record_count = pass->record_count;
	after.digest = pass->digest;
	after.strata = strata_to_json(pass->strata);
	if (pass_finish(pass, "full", &after, err))
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
static bool pass_giant(struct pass *pass, struct err *err)
{
	struct reading reading;

	arena_reset(pass->arena);
	if (!derive_read_roots(pass->worker->deriver, pass->lease->entity, &pass->chunk->range,
			       pass->arena, &reading, err))
		return false;
	if (reading.joined.row_count == 0)
		return err_set(err, ERR_DATA,
			       "children without a root take more than %d MiB here, too many to "
			       "be kept in quarantine one by one: find their root in legacy, or "
			       "remove them there",
			       MOVE_CHUNK_BYTES >> 20);
	pass->joined = &reading.joined;
	pass->position = reading.position;
	pass->outcomes =
	    arena_alloc(pass->arena, reading.joined.row_count * sizeof(*pass->outcomes) + 1);
	for (size_t i = 0; i < reading.joined.row_count; i++)
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

bool pass_chunk(struct worker *worker, const struct lease *lease, struct chunk *chunk,
		struct err *err)
{
	struct pass pass;
	struct reading reading;
	enum read_end end;
	bool done = false;

	pass_init(&pass, worker, lease, chunk);
	if (!read_chunk(&pass, &reading, &end, err))
		goto failed;
	if (end == READ_LEFT)
		return true;
	if (end == READ_GIANT) {
		if (!pass_giant(&pass, err) || !count_progress(&pass, err))
			goto failed;
		return true;
	}
	pass.joined = &reading.joined;
	pass.position = reading.position;
	if (source_is_unchanged(&pass) && !pass_unchanged(&pass, &done, err))
		goto failed;
	if (!done && (!derive_chunk(&pass, err) || !write_chunk(&pass, err)))
		goto failed;
	if (pass_remember(&pass, err) && count_progress(&pass, err))
		return true;
failed:
	return err_while(err, "chunk %lld of %s", (long long)chunk->no, pass.entity->name);
}
