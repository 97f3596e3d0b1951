/*
 * pass.c: the frame of every pass: what stands around the merge, and what makes it durable.
 *
 * lease, read, derive; then begin, right epoch?, probe, write what differs, quarantine, append the pass,
 * bring the chunk up to date, and last of all: is the lease still ours? Commit; then the local mirror.
 */
#include "engine/move/pass.h"

#include "engine/base/clock.h"
#include "engine/base/crash.h"
#include "engine/base/require.h"
#include "engine/move/strata.h"
#include "engine/target/control.h"

static bool *first_write_of(const struct pass *pass)
{
	return &pass->worker->mover->first_writes[pass->lease->entity];
}

static bool is_first_write_noted(const struct pass *pass)
{
	struct mover *mover = pass->worker->mover;
	bool is_noted;

	pthread_mutex_lock(&mover->lock);
	is_noted = *first_write_of(pass);
	pthread_mutex_unlock(&mover->lock);
	return is_noted;
}

static void remember_first_write(const struct pass *pass)
{
	struct mover *mover = pass->worker->mover;

	pthread_mutex_lock(&mover->lock);
	*first_write_of(pass) = true;
	pthread_mutex_unlock(&mover->lock);
}

/* Until the first write is noted here each pass may be the one to note it: two that share the row would wait for each other. */
bool pass_hold(struct pass *pass, struct err *err)
{
	return worker_hold(pass->worker, pass->lease->entity,
			   is_first_write_noted(pass) ? QUERY_SHARE : QUERY_UPDATE, err);
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

	return pass->counts.merged == 0 || is_first_write_noted(pass) ||
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
	if (conn_insert(pass->worker->target, &table_pass, row, 1, err))
		return true;
	if (err->code != ERR_CONFLICT)
		return false;
	err_reset(err);
	return err_set(err, ERR_LEASE_LOST,
		       "another engine has passed over this chunk meanwhile; nothing of it was "
		       "written here");
}

/* The end of every pass's transaction. after is the chunk as it now is. */
bool pass_finish(struct pass *pass, const char *kind, struct chunk *after, struct err *err)
{
	require(counts_balance(&pass->counts));
	require(counts_balance(&after->counts));
	after->pass_no = pass->chunk->pass_no + 1;
	after->rule_epoch = pass->worker->mover->rule_epochs[pass->lease->entity];
	if (!note_first_write(pass, err) || !append_pass(pass, kind, after, err) ||
	    !pass_record_digests(pass, after, err) ||
	    !chunk_store(pass->worker->target, pass->entity->name, after, err) ||
	    !shard_hold(pass->worker, pass->lease, after->no, err) ||
	    !worker_commit(pass->worker, err))
		return false;
	mover_outage_ends(pass->worker->mover);
	if (pass->counts.merged > 0)
		remember_first_write(pass);
	if (pass->strata)
		strata_tell(pass);
	*pass->chunk = *after;
	return true;
}

bool pass_remember(struct pass *pass, struct err *err)
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
	return true;
}

void pass_init(struct pass *pass, struct worker *worker, const struct lease *lease,
	       struct chunk *chunk)
{
	*pass = (struct pass){
		.worker = worker,
		.lease = lease,
		.chunk = chunk,
		.entity = mover_entity(worker->mover, lease->entity),
		.final = worker->mover->finals[lease->entity],
		.stage = worker->mover->stages[lease->entity],
		.arena = &worker->arena,
	};
}

/* An id that exists elsewhere is found out by the store; then the chunk is taken again, looking first. */
bool pass_merge(struct pass *pass, bool (*once)(struct pass *pass, struct err *err),
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
