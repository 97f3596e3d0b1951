/*
 * run.c: a run from its first chunk to its balance sheet.
 */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/require.h"
#include "engine/move/ctl.h"
#include "engine/move/ticker.h"
#include "engine/target/control.h"

/* ---- what stands in the target ---- */

static bool add_pass(void *context, const struct datum *cells, struct err *err)
{
	struct move_counts counts = {
		.read = cells[PASS_READ].number,
		.merged = cells[PASS_MERGED].number,
		.unchanged = cells[PASS_UNCHANGED].number,
		.skipped = cells[PASS_SKIPPED].number,
		.rejected = cells[PASS_REJECTED].number,
		.fenced = cells[PASS_FENCED].number,
		.withdrawn = cells[PASS_WITHDRAWN].number,
		.children = cells[PASS_CHILDREN].number,
		.orphans = cells[PASS_ORPHANS].number,
	};

	(void)err;
	counts_add(context, &counts);
	return true;
}

/* A retry looks at some keys of its chunks, a repair at some chunks: they are what their own passes counted. */
static bool pass_totals(struct mover *mover, struct conn *target, struct move_entity_report *report,
			struct err *err)
{
	int columns[PASS_COLUMNS];
	struct condition where[] = {
		{ PASS_ENTITY, IS_EQUAL, datum_text(report->entity) },
		{ PASS_RUN, IS_EQUAL, datum_text(mover->run) },
	};
	struct query query = { .table = &table_pass,
			       .columns = columns,
			       .column_count = PASS_COLUMNS,
			       .where = where,
			       .where_count = 2 };

	for (int i = 0; i < PASS_COLUMNS; i++)
		columns[i] = i;
	report->counts = (struct move_counts){ 0 };
	return conn_select(target, &query, add_pass, &report->counts, err);
}

bool mover_report(struct mover *mover, enum mover_kind kind, struct conn *target,
		  struct move_report *report, struct err *err)
{
	memcpy(report->run, mover->run, sizeof(report->run));
	report->version = mover->migration->version;
	memcpy(report->fingerprint, mover->migration->transform, sizeof(report->fingerprint));
	report->entity_count = 0;
	report->quarantined = 0;
	for (int i = 0; i < mover->migration->entity_count; i++) {
		struct move_entity_report part = { .entity = mover_entity(mover, i)->name };

		if (!chunk_totals(target, mover->run, &part, err))
			return err_while(err, "adding up %s", part.entity);
		if (kind != MOVER_RUN && !pass_totals(mover, target, &part, err))
			return err_while(err, "adding up the passes over %s", part.entity);
		if (!counts_balance(&part.counts))
			return err_set(err, ERR_BUG, "the balance of %s does not hold: read %lld",
				       part.entity, (long long)part.counts.read);
		report_add(report, mover->arena, &part);
	}
	report->version = arena_text(mover->arena, report->version);
	return true;
}

/* ---- the size of legacy, counted beside the work ---- */

struct counter {
	struct mover *mover;
	pthread_t thread;
};

static void *count_roots(void *context)
{
	struct mover *mover = context;
	struct err err = { ERR_NONE, "" };
	struct conn *legacy = NULL;
	long long total = 0;
	bool ok;

	mover_await_resume(mover);
	ok = conn_open(mover->options->legacy, CONN_SOURCE, &legacy, &err) &&
	     mover_name_conn(mover, legacy, "count", &err);

	for (int i = 0; i < mover->migration->entity_count && ok; i++) {
		const struct source_set *sources = &mover->migration->entities[i].sources;
		struct source_set roots = { sources->sources, 1 };
		struct reader *reader = NULL;
		int64_t count = 0;

		ok = conn_open_reader(legacy, &roots, &reader, &err) &&
		     reader_count_roots(legacy, reader, &count, &err);
		if (reader)
			reader_close(legacy, reader);
		total += count;
	}
	/* Not knowing the size costs the ETA and nothing else. */
	if (ok)
		atomic_store(&mover->progress->rows_total, total);
	conn_close(legacy);
	return NULL;
}

/* ---- workers ---- */

struct crew {
	struct mover *mover;
	struct worker workers[MOVE_WORKERS_MAX];
	pthread_t threads[MOVE_WORKERS_MAX];
	int opened, started;
	atomic_int alive;
};

struct seat {
	struct crew *crew;
	struct worker *worker;
};

static void fail(struct mover *mover, const struct err *err)
{
	pthread_mutex_lock(&mover->lock);
	if (mover->err.code == ERR_NONE)
		mover->err = *err;
	pthread_mutex_unlock(&mover->lock);
	mover_announce(mover);
}

static void *work(void *context)
{
	struct seat *seat = context;
	struct err err = { ERR_NONE, "" };

	if (!worker_run(seat->worker, &err)) {
		worker_rollback(seat->worker);
		fail(seat->crew->mover, &err);
	}
	atomic_fetch_sub(&seat->crew->alive, 1);
	mover_announce(seat->crew->mover);
	return NULL;
}

static void wait_for_crew(struct crew *crew, struct ticker *ticker)
{
	struct mover *mover = crew->mover;
	int64_t next_ns = clock_monotonic_ns();
	int changes_noted = 0;

	while (atomic_load(&crew->alive) > 0) {
		struct err err = { ERR_NONE, "" };
		int changes;

		atomic_fetch_add(&mover->progress->beats, 1);
		pthread_mutex_lock(&mover->lock);
		changes = mover->steer.change_count;
		pthread_mutex_unlock(&mover->lock);
		if (clock_monotonic_ns() >= next_ns || changes_noted != changes) {
			changes_noted = changes;
			if (!ticker_note(ticker, mover, "running", NULL, &err))
				fail(mover, &err);
			next_ns = clock_monotonic_ns() + 1000000000;
		}
		pthread_mutex_lock(&mover->lock);
		if (atomic_load(&crew->alive) > 0)
			mover_doze_locked(mover, 200000000);
		pthread_mutex_unlock(&mover->lock);
	}
}

/* Those that started see it and stop. */
static void refuse_threads(struct crew *crew)
{
	struct err err = { ERR_NONE, "" };

	err_set(&err, ERR_TRANSIENT,
		"this machine starts threads for %d of %d workers: say --workers %d, or "
		"raise the limit (ulimit -u)",
		crew->started, crew->opened, crew->started > 0 ? crew->started : 1);
	crew->mover->has_given_up = true;
	fail(crew->mover, &err);
	atomic_fetch_sub(&crew->alive, crew->opened - crew->started);
}

static bool run_crew(struct crew *crew, struct ticker *ticker, struct err *err)
{
	struct mover *mover = crew->mover;
	struct seat seats[MOVE_WORKERS_MAX];

	for (; crew->opened < mover->options->workers; crew->opened++)
		if (!worker_open(&crew->workers[crew->opened], mover, crew->opened, err))
			return false;
	atomic_store(&mover->progress->phase, "moving");
	atomic_store(&crew->alive, crew->opened);
	for (; crew->started < crew->opened; crew->started++) {
		struct seat *seat = &seats[crew->started];

		*seat = (struct seat){ crew, &crew->workers[crew->started] };
		if (pthread_create(&crew->threads[crew->started], NULL, work, seat) != 0)
			break;
	}
	if (crew->started < crew->opened)
		refuse_threads(crew);
	wait_for_crew(crew, ticker);
	for (int i = 0; i < crew->started; i++)
		pthread_join(crew->threads[i], NULL);
	if (mover->err.code != ERR_NONE) {
		*err = mover->err;
		return false;
	}
	return true;
}

/* `engine status` learns of a pause here, too. */
static bool sit_out_pause(struct mover *mover, struct ticker *ticker, struct err *err)
{
	if (!mover_is_paused(mover))
		return true;
	if (!ticker_note(ticker, mover, "running", NULL, err))
		return false;
	mover_await_resume(mover);
	return ticker_note(ticker, mover, "running", NULL, err);
}

static bool settle(struct crew *crew, struct ticker *ticker, struct err *err)
{
	struct mover *mover = crew->mover;

	atomic_store(&mover->progress->phase, "settling");
	for (int i = 0; i < mover->migration->entity_count; i++) {
		if (!sit_out_pause(mover, ticker, err))
			return false;
		if (mover_must_stop(mover))
			return true;
		if (mover_entity(mover, i)->first_part == i &&
		    !collision_settle(&crew->workers[0], i, err)) {
			worker_rollback(&crew->workers[0]);
			return false;
		}
	}
	/* Paused, it writes nothing: not even that it is complete. */
	return sit_out_pause(mover, ticker, err);
}

/* Leases end with the run, whether it came to its end or not. */
static void free_leases(struct mover *mover, struct conn *target)
{
	struct err ignored = { ERR_NONE, "" };
	char prefix[OWNER_SIZE];

	snprintf(prefix, sizeof(prefix), "%s/", state_owner(mover->state));
	if (!conn_begin(target, &ignored))
		return;
	for (int i = 0; i < mover->migration->entity_count; i++)
		if (!shard_take_over(target, mover->migration->entities[i].name, prefix,
				     mover->arena, &ignored)) {
			conn_rollback(target);
			return;
		}
	if (!conn_commit(target, &ignored))
		conn_rollback(target);
}

static bool end_run(struct mover *mover, struct opening *opening, struct move_report *report,
		    struct err *err)
{
	report->complete = !mover_must_stop(mover);
	return (!report->complete || strata_sweep(mover, opening->target, err)) &&
	       mover_end_run(mover, MOVER_RUN, opening, report, err) &&
	       kinds_report(mover, opening, NULL, NULL, report, err);
}

static const char *why_stopped(struct mover *mover)
{
	if (!mover->steer.stopped_by[0])
		return "a signal; run again to resume";
	return arena_print(mover->arena, "engine ctl stop by %s; run again to resume",
			   mover->steer.stopped_by)
	    .data;
}

/* What `engine status` finds when this process is gone. */
static bool leave_status(struct mover *mover, struct ticker *ticker,
			 const struct move_report *report, struct err *err)
{
	atomic_store(&mover->progress->phase, report->complete ? "done" : "stopped");
	if (report->complete)
		return ticker_note(ticker, mover, "complete", NULL, err);
	return ticker_note(ticker, mover, "stopped", why_stopped(mover), err);
}

/* As far as it can still be noted: what failed may be the state folder itself. */
static void leave_failure(struct mover *mover, struct ticker *ticker, const struct err *failure)
{
	struct err ignored = { ERR_NONE, "" };

	atomic_store(&mover->progress->phase,
		     failure->code == ERR_CANCELLED ? "stopped" : "failed");
	ticker_note(ticker, mover, "stopped", failure->text, &ignored);
}

/* Stopped while a store was away: what was done stands in the target, which cannot be asked for the sums. */
static void note_cancelled(const struct move_options *options, struct move_progress *progress,
			   struct err *err)
{
	bool is_remote = url_is_remote(options->legacy) || url_is_remote(options->target);

	if (!atomic_load(&progress->stop_signal) || !is_remote ||
	    (err->code != ERR_UNAVAILABLE && err->code != ERR_TRANSIENT))
		return;
	err->code = ERR_CANCELLED;
	err_while(err, "stopped as asked while a store was away, so there is no balance sheet; run "
		       "again to resume");
}

static bool move_all(struct mover *mover, struct opening *opening, struct move_report *report,
		     struct err *err)
{
	struct crew *crew = calloc(1, sizeof(*crew));
	struct err ignored = { ERR_NONE, "" };
	struct ticker ticker = { 0, 0, 0 };
	pthread_t counter;
	bool counts, ok;

	require(crew);
	crew->mover = mover;
	counts = pthread_create(&counter, NULL, count_roots, mover) == 0;
	ok = ticker_note(&ticker, mover, "running", NULL, err) && run_crew(crew, &ticker, err) &&
	     settle(crew, &ticker, err);
	if (counts)
		pthread_join(counter, NULL);
	for (int i = 0; i < crew->opened; i++)
		worker_close(&crew->workers[i]);
	free(crew);
	/* What went wrong before counts, not that it cannot be tidied up. */
	if (mover_reopen_target(mover, &opening->target, ok ? err : &ignored) && !mover->is_frozen)
		free_leases(mover, opening->target);
	else
		ok = false;
	ok =
	    ok && end_run(mover, opening, report, err) && leave_status(mover, &ticker, report, err);
	if (!ok)
		note_cancelled(mover->options, mover->progress, err);
	if (!ok)
		leave_failure(mover, &ticker, err);
	return ok;
}

/* One attempt of a run. */
struct attempt {
	bool let_in; /* in this one or an earlier one both stores did */
	bool again;  /* a store went away, and the same once more may go well */
};

/* A store went away, or made us wait for too long, where no worker was at work: while the run was opened, or ended. One that
 * had let us in and does not any more is away; before, what it is called may be wrong. */
static bool may_go_well(const struct mover *mover, const struct opening *opening, bool let_in,
			const struct err *err)
{
	bool is_lost = (opening->legacy && conn_is_lost(opening->legacy)) ||
		       (opening->target && conn_is_lost(opening->target));

	/* Room on a disk does not come back by waiting, also where the server ended for want of it. */
	if (atomic_load(&mover->progress->stop_signal) || mover->has_given_up ||
	    err->code == ERR_IO)
		return false;
	return is_lost || (mover->is_remote && (err->code == ERR_TRANSIENT ||
						(err->code == ERR_UNAVAILABLE && let_in)));
}

/* From the rules to the balance sheet. */
static bool move_once(const struct move_options *options, struct move_progress *progress,
		      struct arena *arena, struct move_report *report, struct fault_list *faults,
		      struct fault_list *warnings, struct attempt *attempt, struct err *err)
{
	struct mover mover = { .options = options, .progress = progress, .arena = arena };
	struct ctl *ctl = NULL;
	struct opening opening;
	bool ok;

	fault_list_init(faults, arena);
	fault_list_init(warnings, arena);
	atomic_store(&progress->phase, "starting");
	atomic_store(&progress->rows_total, -1);
	atomic_store(&progress->rows_done, 0);
	atomic_store(&progress->rows_before, 0);
	ok = mover_open(&mover, MOVER_RUN, &opening, faults, warnings, err) &&
	     ctl_open(&ctl, &mover, err);
	if (ok && opening.is_resumed) {
		ok = mover_report(&mover, MOVER_RUN, opening.target, report, err);
		for (int i = 0; ok && i < report->entity_count; i++)
			atomic_fetch_add(&progress->rows_before, report->entities[i].counts.read);
	}
	ok = ok && move_all(&mover, &opening, report, err);
	attempt->let_in = attempt->let_in || (opening.legacy && opening.target);
	attempt->again = !ok && may_go_well(&mover, &opening, attempt->let_in, err);
	if (!ok)
		mover_note_failure(&mover, MOVER_RUN, &opening, err);
	ctl_close(ctl);
	report->pause_count = waits_report(&mover.waits, clock_monotonic_ns(), report->pauses);
	mover_close(&mover, &opening);
	return ok;
}

/* Until it is time to try again; false when it took too long, or somebody asks to stop. */
static bool wait_for_stores(struct outage *outage, struct move_progress *progress)
{
	enum { STEP_NS = 50000000 };
	int64_t wait_ns;

	if (outage_is_too_long(outage, clock_monotonic_ns()))
		return false;
	atomic_store(&progress->pause_reason, mover_reason_away);
	while (!atomic_load(&progress->stop_signal) &&
	       (wait_ns = outage_wait_ns(outage, clock_monotonic_ns())) > 0)
		clock_sleep_ns(wait_ns > STEP_NS ? STEP_NS : wait_ns);
	atomic_store(&progress->pause_reason, NULL);
	return !atomic_load(&progress->stop_signal);
}

bool move_run(const struct move_options *options, struct move_progress *progress,
	      struct arena *arena, struct move_report *report, struct fault_list *faults,
	      struct fault_list *warnings, struct err *err)
{
	int64_t began_ns = clock_monotonic_ns();
	struct outage outage = { .failures = 0 };
	struct attempt attempt = { .let_in = false };
	bool ok;

	require(options->workers >= 1);
	require(options->workers <= MOVE_WORKERS_MAX);
	require(options->chunk_rows >= 1);
	while (
	    !(ok = move_once(options, progress, arena, report, faults, warnings, &attempt, err))) {
		if (atomic_load(&progress->rows_done) > 0)
			outage_end(&outage); /* it has worked since */
		if (attempt.again && outage.failures == 0)
			log_event(LOG_WARN, "%s: %s", mover_reason_away, err->text);
		outage_fail(&outage, clock_monotonic_ns(), mover_chance());
		if (!attempt.again || !wait_for_stores(&outage, progress))
			break;
		err_reset(err);
	}
	if (!ok && attempt.let_in)
		note_cancelled(options, progress, err);
	report->seconds = (double)(clock_monotonic_ns() - began_ns) / 1e9;
	return ok;
}
