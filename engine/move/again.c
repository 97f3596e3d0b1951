/*
 * again.c: the frame of what is taken again outside a run: opened, begun and ended as a run is, with the same leases and the same pace.
 */
#include "engine/move/again.h"

#include "engine/base/clock.h"
#include "engine/move/ctl.h"

bool again_begin_chunk(struct worker *worker, int entity, int64_t chunk_no, bool *found,
		       struct chunk *chunk, struct lease *lease, struct err *err)
{
	const char *name = mover_entity(worker->mover, entity)->name;
	bool claimed;

	arena_reset(&worker->plan);
	if (!chunk_load(worker->target, name, chunk_no, &worker->plan, found, chunk, err))
		return false;
	if (!*found)
		return true;
	if (!shard_claim_one(worker, entity, chunk->shard_no, &claimed, lease, err))
		return false;
	if (!claimed)
		return err_set(err, ERR_TRANSIENT,
			       "shard %lld of %s is held by a running engine; try again later",
			       (long long)chunk->shard_no, name);
	/* Whoever had the shard until now may have passed the chunk. */
	return chunk_load(worker->target, name, chunk_no, &worker->plan, found, chunk, err) &&
	       pace_begin_chunk(worker, lease, err);
}

bool again_end_chunk(struct worker *worker, const struct lease *lease, struct err *err)
{
	pace_end_chunk(worker);
	return shard_release(worker, lease, false, err);
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

/* The only worker there is: it is admitted, so that limits and the throttle hold it as they hold those of a run. */
static bool work(struct mover *mover, const struct again *again, struct move_report *report,
		 struct err *err)
{
	struct worker worker;
	bool ok;

	if (!worker_open(&worker, mover, 0, err))
		return false;
	worker_await_admission(&worker);
	ok = again->work(&worker, again->context, report, err);
	worker_leave(&worker);
	worker_rollback(&worker);
	worker_close(&worker);
	return ok;
}

bool move_again(const struct move_options *options, struct move_progress *progress,
		struct arena *arena, const struct again *again, struct move_report *report,
		struct fault_list *faults, struct fault_list *warnings, struct err *err)
{
	struct mover mover = { .options = options, .progress = progress, .arena = arena };
	struct opening opening;
	int64_t began_ns = clock_monotonic_ns();
	bool ok = mover_open(&mover, again->kind, &opening, faults, warnings, err);

	report->complete = true;
	ok = ok && refuse_while_paused(&mover, err) && work(&mover, again, report, err) &&
	     strata_sweep(&mover, opening.target, err) &&
	     mover_end_run(&mover, again->kind, &opening, report, err) &&
	     (!again->look || again->look(&mover, &opening, again->context, report, err));
	if (!ok)
		mover_note_failure(&mover, again->kind, &opening, err);
	report->complete = report->complete && ok;
	report->pause_count = waits_report(&mover.waits, clock_monotonic_ns(), report->pauses);
	report->seconds = (double)(clock_monotonic_ns() - began_ns) / 1e9;
	mover_close(&mover, &opening);
	return ok;
}
