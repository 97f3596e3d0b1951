/*
 * worker.c: one thread with everything it owns, going from shard to shard.
 */
#include <stdio.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/ledger/who.h"
#include "engine/move/mover.h"

bool mover_must_stop(struct mover *mover)
{
	bool failed;

	if (atomic_load(&mover->progress->stop_signal))
		return true;
	pthread_mutex_lock(&mover->lock);
	failed = mover->err.code != ERR_NONE;
	pthread_mutex_unlock(&mover->lock);
	return failed;
}

/* Every worker loads the rules for itself; they must be the same ones the run was registered with. */
static bool open_rules(struct worker *worker, struct err *err)
{
	const struct mover *mover = worker->mover;
	struct fault_list faults, warnings;
	const struct migration_info *mine;

	fault_list_init(&faults, &worker->arena);
	fault_list_init(&warnings, &worker->arena);
	if (!move_load_rules(mover->options->rules, worker->legacy, &worker->arena, &worker->host,
			     &faults, &warnings, err))
		return false;
	mine = rule_host_migration(worker->host);
	if (strcmp(mine->transform, mover->migration->transform) != 0 ||
	    strcmp(mine->validation, mover->migration->validation) != 0)
		return err_set(err, ERR_TRANSIENT, "%s was edited while the run was starting",
			       mover->options->rules);
	return true;
}

bool worker_open(struct worker *worker, struct mover *mover, int index, struct err *err)
{
	char who[WHO_SIZE];

	*worker = (struct worker){ .mover = mover, .index = index };
	arena_init(&worker->arena);
	arena_init(&worker->plan);
	buf_init(&worker->payload);
	who_am_i(who);
	snprintf(worker->owner, sizeof(worker->owner), "%s/%s/%d/%s:%ld", state_owner(mover->state),
		 mover->run, index + 1, who, (long)getpid());
	if (worker_connect(worker, err))
		return true;
	worker_close(worker);
	return err_while(err, "starting worker %d", index + 1);
}

bool mover_name_conn(const struct mover *mover, struct conn *conn, const char *what,
		     struct err *err)
{
	char name[sizeof("engine::") + RUN_ID_SIZE + 20];

	snprintf(name, sizeof(name), "engine:%s:%s", mover->run, what);
	return conn_set_name(conn, name, err);
}

static bool name_connections(struct worker *worker, struct err *err)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", worker->index + 1);
	return mover_name_conn(worker->mover, worker->legacy, number, err) &&
	       mover_name_conn(worker->mover, worker->target, number, err);
}

bool worker_connect(struct worker *worker, struct err *err)
{
	const struct move_options *options = worker->mover->options;

	return conn_open(options->legacy, CONN_SOURCE, &worker->legacy, err) &&
	       history_check(worker->mover, &worker->legacy->history, err) &&
	       conn_open(options->target, CONN_TARGET, &worker->target, err) &&
	       name_connections(worker, err) && (worker->host || open_rules(worker, err)) &&
	       deriver_open(worker->legacy, worker->host, &worker->deriver, err);
}

void worker_disconnect(struct worker *worker)
{
	deriver_close(worker->deriver);
	conn_close(worker->target);
	conn_close(worker->legacy);
	worker->deriver = NULL;
	worker->target = NULL;
	worker->legacy = NULL;
}

void worker_close(struct worker *worker)
{
	worker_disconnect(worker);
	rule_host_close(worker->host);
	buf_release(&worker->payload);
	arena_release(&worker->plan);
	arena_release(&worker->arena);
}

static void take_turn(struct worker *worker)
{
	if (!worker->mover->takes_turns)
		return;
	require(!worker->in_turn);
	pthread_mutex_lock(&worker->mover->turn);
	worker->in_turn = true;
}

static void end_turn(struct worker *worker)
{
	if (!worker->in_turn)
		return;
	worker->in_turn = false;
	pthread_mutex_unlock(&worker->mover->turn);
}

bool worker_begin(struct worker *worker, struct err *err)
{
	take_turn(worker);
	if (conn_begin(worker->target, err)) {
		worker->in_transaction = true;
		return true;
	}
	end_turn(worker);
	return false;
}

bool worker_commit(struct worker *worker, struct err *err)
{
	int64_t began_ns = clock_monotonic_ns();

	if (!conn_commit(worker->target, err)) {
		worker_rollback(worker);
		return false;
	}
	worker->in_transaction = false;
	end_turn(worker);
	pace_note(worker, &worker->mover->commits, began_ns);
	return true;
}

void worker_rollback(struct worker *worker)
{
	if (!worker->in_transaction)
		return;
	conn_rollback(worker->target);
	worker->in_transaction = false;
	end_turn(worker);
}

/* Pass every due chunk of the shard. *finished is false when the run has to stop, or this worker to wait, first. */
static bool work_shard(struct worker *worker, const struct lease *lease, bool *finished,
		       struct err *err)
{
	struct mover *mover = worker->mover;
	const char *entity = mover_entity(mover, lease->entity)->name;

	*finished = false;
	while (!mover_must_stop(mover) && worker_may_go_on(worker)) {
		struct chunk chunk;
		bool found;

		if (!pace_begin_chunk(worker, lease, err))
			return false;
		if (mover_must_stop(mover) || !worker_may_go_on(worker))
			return true;
		arena_reset(&worker->plan);
		if (!chunk_next_due(worker->target, entity, lease->shard_no, mover->run,
				    &worker->plan, &found, &chunk, err))
			return false;
		if (!found) {
			*finished = true;
			return true;
		}
		if (!pathfind(worker, lease, &chunk, err) ||
		    !pass_chunk(worker, lease, &chunk, err))
			return false;
	}
	return true;
}

void mover_announce(struct mover *mover)
{
	pthread_mutex_lock(&mover->lock);
	pthread_cond_broadcast(&mover->published);
	pthread_mutex_unlock(&mover->lock);
}

void mover_begin_pause(struct mover *mover, const char *reason, const char *shown)
{
	pthread_mutex_lock(&mover->lock);
	waits_begin(&mover->waits, reason, shown, clock_monotonic_ns());
	atomic_store(&mover->progress->pause_reason, waits_shown(&mover->waits));
	pthread_mutex_unlock(&mover->lock);
}

void mover_end_pause(struct mover *mover, const char *reason)
{
	pthread_mutex_lock(&mover->lock);
	waits_end(&mover->waits, reason, clock_monotonic_ns());
	atomic_store(&mover->progress->pause_reason, waits_shown(&mover->waits));
	pthread_mutex_unlock(&mover->lock);
}

/* rounds: for how many it has waited already. Between two shards of our own, workers wait for a moment, too. */
static void wait_for_shards(struct mover *mover, int rounds)
{
	enum { MOMENT_ROUNDS = 10 };
	static const char reason[] = "waiting for shards another engine holds";
	bool is_pause = rounds >= MOMENT_ROUNDS && atomic_load(&mover->progress->workers_busy) == 0;

	if (is_pause)
		mover_begin_pause(mover, reason, NULL);
	pthread_mutex_lock(&mover->lock);
	mover_doze_locked(mover, 20000000);
	pthread_mutex_unlock(&mover->lock);
	if (is_pause)
		mover_end_pause(mover, reason);
}

/* One shard of any entity. *idle: nothing free, but not everything is finished; *all_done: nothing left. */
static bool work_once(struct worker *worker, bool *idle, bool *all_done, struct err *err)
{
	struct mover *mover = worker->mover;

	*idle = false;
	*all_done = false;
	arena_reset(&worker->plan);
	for (int e = 0; e < mover->migration->entity_count; e++) {
		struct lease lease;
		bool claimed, busy, finished, ok;

		if (!shard_claim(worker, e, &claimed, &busy, &lease, err))
			return false;
		*idle = *idle || busy;
		if (!claimed)
			continue;
		atomic_fetch_add(&mover->progress->workers_busy, 1);
		ok = work_shard(worker, &lease, &finished, err);
		pace_end_chunk(worker);
		ok = ok && shard_release(worker, &lease, finished, err);
		atomic_fetch_sub(&mover->progress->workers_busy, 1);
		if (!ok)
			return false;
		mover_announce(mover);
		*idle = false;
		return true;
	}
	*all_done = !*idle;
	return true;
}

bool worker_run(struct worker *worker, struct err *err)
{
	bool all_done = false;
	int idle_rounds = 0;

	while (!all_done && !mover_must_stop(worker->mover)) {
		bool idle, ok;

		if (!worker_await_admission(worker))
			break;
		ok = work_once(worker, &idle, &all_done, err);
		worker_leave(worker);
		if (!ok) {
			if (!worker_recover(worker, err))
				return false;
			continue;
		}
		worker_answers(worker);
		if (idle)
			wait_for_shards(worker->mover, idle_rounds);
		idle_rounds = idle ? idle_rounds + 1 : 0;
	}
	return true;
}
