/*
 * ticker.c: how a run stands, for whoever asks.
 */
#include "engine/move/ticker.h"

#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/json.h"

void mover_describe(struct mover *mover, struct mover_state *now)
{
	struct move_progress *progress = mover->progress;
	const char *reason = atomic_load(&progress->pause_reason);

	buf_reset(&now->reason);
	pthread_mutex_lock(&mover->lock);
	now->is_paused = steer_is_paused(&mover->steer);
	now->pause = *steer_pause(&mover->steer);
	now->workers_allowed = mover->steer.workers_allowed;
	now->rows_per_s = mover->rows.units_per_s;
	now->bytes_per_s = mover->bytes.units_per_s;
	pthread_mutex_unlock(&mover->lock);
	now->phase = now->is_paused ? "paused" : atomic_load(&progress->phase);
	if (now->is_paused)
		pause_put_text(&now->reason, &now->pause);
	else if (reason)
		buf_put_text(&now->reason, reason);
}

/* Over less than half a second it would be a guess. */
static void measure(struct ticker *ticker, long long rows, int64_t now_ns)
{
	enum { MEASURED_NS_MIN = 500000000 };

	if (ticker->last_ns > 0 && now_ns - ticker->last_ns < MEASURED_NS_MIN)
		return;
	if (ticker->last_ns > 0)
		ticker->rate =
		    (double)(rows - ticker->last_rows) * 1e9 / (double)(now_ns - ticker->last_ns);
	ticker->last_ns = now_ns;
	ticker->last_rows = rows;
}

static void put_pauses(struct mover *mover, struct json_writer *json)
{
	struct move_pause list[MOVE_PAUSES_MAX];
	int count;

	pthread_mutex_lock(&mover->lock);
	count = waits_report(&mover->waits, clock_monotonic_ns(), list);
	pthread_mutex_unlock(&mover->lock);
	json_key(json, "pauses");
	move_put_pauses(json, list, count);
}

bool ticker_note(struct ticker *ticker, struct mover *mover, const char *status, const char *reason,
		 struct err *err)
{
	struct mover_state state = { .is_paused = false };
	struct move_progress *progress = mover->progress;
	long long rows = atomic_load(&progress->rows_done);
	struct json_writer json;
	struct buf text;
	bool ok;

	measure(ticker, rows, clock_monotonic_ns());
	atomic_store(&progress->rows_per_s, (long long)ticker->rate);
	mover_describe(mover, &state);
	buf_init(&text);
	json_writer_init(&json, &text);
	json_open(&json, '{');
	json_key(&json, "run");
	json_text(&json, mover->run);
	json_key(&json, "version");
	json_text(&json, mover->migration->version);
	json_key(&json, "fingerprint");
	json_text(&json, mover->migration->transform);
	json_key(&json, "status");
	json_text(&json, status);
	json_key(&json, "phase");
	json_text(&json, reason ? atomic_load(&progress->phase) : state.phase);
	json_key(&json, "reason");
	if (reason)
		json_text(&json, reason);
	else
		json_string(&json, state.reason.size ? buf_span(&state.reason) : SPAN_NONE);
	put_pauses(mover, &json);
	json_key(&json, "workers");
	json_int(&json, state.workers_allowed);
	json_key(&json, "rate");
	json_int(&json, (int64_t)ticker->rate);
	json_key(&json, "rows_done");
	json_int(&json, atomic_load(&progress->rows_before) + rows);
	json_key(&json, "rows_total");
	json_int(&json, atomic_load(&progress->rows_total));
	json_key(&json, "rejected");
	json_int(&json, atomic_load(&progress->rejected));
	json_key(&json, "pid");
	json_int(&json, getpid());
	json_key(&json, "updated_us");
	json_int(&json, clock_wall_us());
	json_close(&json, '}');
	ok = state_put_fact(mover->state, "run", buf_span(&text), err);
	buf_release(&text);
	buf_release(&state.reason);
	return ok;
}
