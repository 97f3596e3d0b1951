/*
 * ctl_order.c: does what a run is told, and says in one line what came of it.
 */
#include <stdio.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/figures.h"
#include "engine/base/json.h"
#include "engine/base/log.h"
#include "engine/move/ctl_internal.h"
#include "engine/move/ticker.h"

/* One answer while it is made. */
struct reply {
	struct ctl *ctl;
	const char *who;
	struct buf words;
};

/* ---- what it does, and why it waits ---- */

void ctl_watch_reason(struct ctl *ctl, int64_t now_ns)
{
	static const int64_t apart_ns = 1500000000;
	const char *reason = atomic_load(&ctl->mover->progress->pause_reason);

	if (!reason)
		return;
	if (reason != ctl->reason || now_ns - ctl->reason_seen_ns > apart_ns)
		ctl->reason_since_ns = now_ns;
	ctl->reason = reason;
	ctl->reason_seen_ns = now_ns;
}

static double waited_s(const struct ctl *ctl, const struct mover_state *now)
{
	if (now->is_paused)
		return (double)(clock_wall_us() - now->pause.since_us) / 1e6;
	return (double)(clock_monotonic_ns() - ctl->reason_since_ns) / 1e9;
}

static void put_rows(struct buf *words, const struct move_progress *progress)
{
	long long done = atomic_load(&progress->rows_before) + atomic_load(&progress->rows_done);
	long long total = atomic_load(&progress->rows_total);

	buf_print(words, "; %lld", done);
	if (total >= 0)
		buf_print(words, " of %lld", total);
	buf_print(words, " rows, %lld/s", (long long)atomic_load(&progress->rows_per_s));
}

static void put_limits(struct buf *words, const struct mover_state *now)
{
	if (now->rows_per_s > 0)
		buf_print(words, ", at most %llu rows/s", (unsigned long long)now->rows_per_s);
	if (now->bytes_per_s > 0)
		buf_print(words, ", at most %llu bytes/s", (unsigned long long)now->bytes_per_s);
}

/* Those that hold a shard: none of them begins another chunk of it. */
static void put_unfinished(struct buf *words, const struct mover *mover)
{
	int busy = atomic_load(&mover->progress->workers_busy);

	if (busy > 0)
		buf_print(words, "; %d worker%s still finish%s a chunk", busy, busy == 1 ? "" : "s",
			  busy == 1 ? "es" : "");
}

static void tell_why(struct reply *reply)
{
	struct mover *mover = reply->ctl->mover;
	struct mover_state now = { .is_paused = false };
	struct buf *words = &reply->words;

	mover_describe(mover, &now);
	if (atomic_load(&mover->progress->stop_signal))
		buf_put_text(words, "stopping; ");
	if (now.is_paused) {
		buf_put_span(words, buf_span(&now.reason));
		buf_put_text(words, "; for ");
		figure_put_duration(words, waited_s(reply->ctl, &now));
		put_unfinished(words, mover);
	} else if (now.reason.size > 0) {
		buf_print(words, "waiting for ");
		figure_put_duration(words, waited_s(reply->ctl, &now));
		buf_print(words, ": %.*s", SPAN_ARGS(buf_span(&now.reason)));
	} else {
		buf_put_text(words, now.phase);
	}
	put_rows(words, mover->progress);
	buf_print(words, ", %d of %d workers busy", atomic_load(&mover->progress->workers_busy),
		  now.workers_allowed);
	put_limits(words, &now);
	buf_release(&now.reason);
}

/* ---- pause and resume ---- */

/* It takes effect whether it can be noted or not. Asked for again it stays whose it was first. */
static bool order_pause(struct reply *reply, const struct ctl_order *order, struct err *err)
{
	struct mover *mover = reply->ctl->mover;
	struct pause pause = mover->steer.ordered;
	bool is_new = pause.since_us == 0;

	if (is_new) {
		snprintf(pause.who, sizeof(pause.who), "%s", reply->who);
		pause_set_why(&pause, order->why);
		pause.since_us = clock_wall_us();
		ctl_set_pause(mover, &mover->steer.ordered, &pause);
		ctl_log_pause(&pause);
	}
	if (!pause_save(mover->state, &pause, err))
		return err_while(err, "paused, but a restart will not know it");
	if (!is_new)
		buf_put_text(&reply->words, "already ");
	pause_put_text(&reply->words, &pause);
	put_unfinished(&reply->words, mover);
	return true;
}

static bool order_resume(struct reply *reply, struct err *err)
{
	static const struct pause none = { .since_us = 0 };
	struct mover *mover = reply->ctl->mover;
	bool was_paused = mover_is_paused(mover);

	if (!pause_remove_flag(reply->ctl->address.folder_fd, PAUSE_FLAG_NAME, err))
		return err_while(err, "still paused");
	ctl_set_pause(mover, &mover->steer.flagged, &none);
	ctl_set_pause(mover, &mover->steer.ordered, &none);
	if (was_paused)
		log_event(LOG_WARN, "resumed by %s", reply->who);
	if (!pause_save(mover->state, NULL, err))
		return err_while(err, "resumed, but a restart will find the pause again");
	buf_put_text(&reply->words, was_paused ? "resumed" : "was not paused");
	return true;
}

/* ---- limits ---- */

static void order_limit(struct reply *reply, const struct ctl_order *order)
{
	struct mover *mover = reply->ctl->mover;
	bool is_rows = order->verb == CTL_RATE;
	const char *unit = is_rows ? "rows" : "bytes";

	pthread_mutex_lock(&mover->lock);
	limit_change(is_rows ? &mover->rows : &mover->bytes, (uint64_t)order->number,
		     clock_monotonic_ns());
	pthread_mutex_unlock(&mover->lock);
	if (order->number > 0)
		buf_print(&reply->words, "at most %lld %s/s until this run ends",
			  (long long)order->number, unit);
	else
		buf_print(&reply->words, "no limit on %s/s until this run ends", unit);
	log_event(LOG_WARN, "%.*s, says %s", SPAN_ARGS(buf_span(&reply->words)), reply->who);
}

static bool order_workers(struct reply *reply, const struct ctl_order *order, struct err *err)
{
	struct mover *mover = reply->ctl->mover;

	if (order->number > mover->options->workers)
		return err_set(err, ERR_USAGE, "this run has %d workers; workers takes 1 to %d",
			       mover->options->workers, mover->options->workers);
	pthread_mutex_lock(&mover->lock);
	mover->steer.workers_allowed = (int)order->number;
	mover->steer.change_count++;
	pthread_cond_broadcast(&mover->published);
	pthread_mutex_unlock(&mover->lock);
	buf_print(&reply->words, "%lld of %d workers may work at once until this run ends",
		  (long long)order->number, mover->options->workers);
	log_event(LOG_WARN, "%.*s, says %s", SPAN_ARGS(buf_span(&reply->words)), reply->who);
	return true;
}

/* ---- stop ---- */

static void order_stop(struct reply *reply)
{
	struct mover *mover = reply->ctl->mover;

	if (ctl_stop(mover, reply->who))
		log_event(LOG_WARN, "stopped by %s", reply->who);
	buf_put_text(&reply->words, "stopping; run again to resume");
	put_unfinished(&reply->words, mover);
}

/* ---- answers ---- */

static bool obey(struct reply *reply, const struct ctl_order *order, struct err *err)
{
	switch (order->verb) {
	case CTL_PAUSE:
		return order_pause(reply, order, err);
	case CTL_RESUME:
		return order_resume(reply, err);
	case CTL_RATE:
	case CTL_BYTES:
		order_limit(reply, order);
		return true;
	case CTL_WORKERS:
		return order_workers(reply, order, err);
	case CTL_WHY:
		tell_why(reply);
		return true;
	case CTL_STOP:
		order_stop(reply);
		return true;
	case CTL_HELP:
		ctl_put_help(&reply->words, " | ");
		return true;
	}
	return true;
}

static void put_state(struct json_writer *json, struct ctl *ctl)
{
	struct mover *mover = ctl->mover;
	struct move_progress *progress = mover->progress;
	struct mover_state now = { .is_paused = false };

	mover_describe(mover, &now);
	json_key(json, "run");
	json_text(json, mover->run);
	json_key(json, "pid");
	json_int(json, getpid());
	json_key(json, "phase");
	json_text(json, now.phase);
	json_key(json, "stopping");
	json_bool(json, atomic_load(&progress->stop_signal) != 0);
	json_key(json, "paused");
	json_bool(json, now.is_paused);
	json_key(json, "who");
	json_text(json, now.is_paused ? now.pause.who : NULL);
	json_key(json, "why");
	json_text(json, now.is_paused ? now.pause.why : NULL);
	json_key(json, "reason");
	json_string(json, now.reason.size > 0 ? buf_span(&now.reason) : SPAN_NONE);
	json_key(json, "waited_s");
	if (now.reason.size > 0)
		json_number(json, waited_s(ctl, &now));
	else
		json_text(json, NULL);
	json_key(json, "workers");
	json_int(json, mover->options->workers);
	json_key(json, "workers_allowed");
	json_int(json, now.workers_allowed);
	json_key(json, "workers_busy");
	json_int(json, atomic_load(&progress->workers_busy));
	json_key(json, "rate_limit");
	json_int(json, (int64_t)now.rows_per_s);
	json_key(json, "bytes_limit");
	json_int(json, (int64_t)now.bytes_per_s);
	json_key(json, "rate");
	json_int(json, atomic_load(&progress->rows_per_s));
	json_key(json, "rows_done");
	json_int(json, atomic_load(&progress->rows_before) + atomic_load(&progress->rows_done));
	json_key(json, "rows_total");
	json_int(json, atomic_load(&progress->rows_total));
	buf_release(&now.reason);
}

static void put_json(struct reply *reply, const struct err *err, struct buf *out)
{
	struct json_writer json;

	json_writer_init(&json, out);
	json_open(&json, '{');
	json_key(&json, "ok");
	json_bool(&json, err->code == ERR_NONE);
	json_key(&json, "status");
	json_int(&json, err_exit_status(err->code));
	json_key(&json, "answer");
	json_string(&json, err->code == ERR_NONE ? buf_span(&reply->words) : span_of(err->text));
	put_state(&json, reply->ctl);
	json_close(&json, '}');
	buf_put_char(out, '\n');
}

void ctl_answer(struct ctl *ctl, const char *who, struct span line, struct buf *out)
{
	struct reply reply = { .ctl = ctl, .who = who };
	struct err err = { ERR_NONE, "" };
	struct ctl_order order;

	buf_init(&reply.words);
	if (ctl_parse(line, &order, &err))
		obey(&reply, &order, &err);
	if (order.json)
		put_json(&reply, &err, out);
	else if (err.code == ERR_NONE)
		buf_print(out, "%.*s\n", SPAN_ARGS(buf_span(&reply.words)));
	else
		buf_print(out, "error: %s\n", err.text);
	buf_release(&reply.words);
}
