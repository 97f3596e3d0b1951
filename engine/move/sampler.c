/*
 * sampler.c: asks, notes what was said, and lets the throttle judge.
 *
 * What a worker measures (the latencies) stands in the mover; here it is looked at. A probe that fails says nothing, which the
 * throttle takes for a reason to pause; the connection is made anew when it may be what failed.
 */
#include "engine/move/sampler.h"

#include <stdio.h>

#include "engine/base/clock.h"
#include "engine/move/mover.h"

#define ROUND_NS INT64_C(1000000000)

void sampler_init(struct mover *mover)
{
	struct sampler *sampler = &mover->sampler;

	for (int i = 0; i < mover->options->signal_count; i++) {
		const char *name = mover->options->signals[i].name;
		struct signal_texts *texts = &sampler->texts[i];

		texts->held = arena_print(mover->arena, "held back by \"%s\"", name).data;
		texts->unknown = arena_print(mover->arena, "\"%s\" gives no value", name).data;
		texts->why = arena_zalloc(mover->arena, SAMPLER_TEXTS * sizeof(texts->why[0]));
		atomic_store(&texts->unknown_now, texts->unknown);
	}
}

/* ---- probes ---- */

/* Before the run has a name, its probes have none. */
static bool name_conn(const struct mover *mover, struct conn *conn, struct err *err)
{
	return conn == NULL || mover->run[0] == '\0' || mover_name_conn(mover, conn, "probe", err);
}

static bool ask(struct mover *mover, const struct signal_setting *signal, double *value,
		struct err *err)
{
	struct sampler *sampler = &mover->sampler;
	struct conn **conn = signal->on_target ? &sampler->target : &sampler->legacy;
	const char *url = signal->on_target ? mover->options->target : mover->options->legacy;

	if (!*conn &&
	    (!conn_open(url, signal->on_target ? CONN_TARGET_READ : CONN_SOURCE, conn, err) ||
	     !name_conn(mover, *conn, err)))
		return false;
	if (conn_probe(*conn, signal->sql, value, err))
		return true;
	if (err->code != ERR_RULE) {
		conn_close(*conn);
		*conn = NULL;
	}
	return false;
}

static void note(struct mover *mover, int signal, double value)
{
	pthread_mutex_lock(&mover->lock);
	throttle_note(&mover->throttle, signal, value, mover->options->signals[signal].at_most,
		      clock_monotonic_ns());
	pthread_mutex_unlock(&mover->lock);
}

/* What is said while the signal is unknown; the first few reasons are told, then only that it is. */
static void keep_reason(struct signal_texts *texts, const struct err *err)
{
	char text[SAMPLER_TEXT_SIZE];

	snprintf(text, sizeof(text), "%s: %s", texts->unknown, err->text);
	for (int i = 0; i < texts->why_count; i++)
		if (strcmp(texts->why[i], text) == 0) {
			atomic_store(&texts->unknown_now, texts->why[i]);
			return;
		}
	if (texts->why_count == SAMPLER_TEXTS) {
		atomic_store(&texts->unknown_now, texts->unknown);
		return;
	}
	memcpy(texts->why[texts->why_count], text, sizeof(text));
	atomic_store(&texts->unknown_now, texts->why[texts->why_count++]);
}

bool sampler_check(struct mover *mover, bool on_target, struct err *err)
{
	for (int i = 0; i < mover->options->signal_count; i++) {
		const struct signal_setting *signal = &mover->options->signals[i];
		double value;

		if (signal->kind != SIGNAL_PROBE || signal->on_target != on_target)
			continue;
		if (!ask(mover, signal, &value, err))
			return err_while(err,
					 "throttle in engine.lua: probe \"%s\" does not run on %s",
					 signal->name, on_target ? "target" : "legacy");
		note(mover, i, value);
	}
	return true;
}

/* ---- what the workers measure ---- */

static void look_at_latency(struct mover *mover, int signal, int64_t now)
{
	const struct signal_setting *setting = &mover->options->signals[signal];
	const struct latency *latency =
	    setting->kind == SIGNAL_READ_LATENCY ? &mover->reads : &mover->commits;
	double seconds;

	if (latency_seconds(latency, now, &seconds))
		throttle_note(&mover->throttle, signal, seconds, setting->at_most, now);
	else
		throttle_forget(&mover->throttle, signal);
}

static void judge(struct mover *mover)
{
	double slowness, eased;
	int64_t now;

	pthread_mutex_lock(&mover->lock);
	slowness = throttle_slowness(&mover->throttle);
	now = clock_monotonic_ns();
	for (int i = 0; i < mover->options->signal_count; i++)
		if (mover->options->signals[i].kind != SIGNAL_PROBE)
			look_at_latency(mover, i, now);
	throttle_judge(&mover->throttle, now);
	eased = throttle_slowness(&mover->throttle) / slowness;
	if (eased < 1) {
		limit_ease(&mover->rows, eased, now);
		limit_ease(&mover->bytes, eased, now);
	}
	pthread_mutex_unlock(&mover->lock);
}

/* ---- the thread ---- */

static void sample_once(struct mover *mover)
{
	for (int i = 0; i < mover->options->signal_count; i++) {
		const struct signal_setting *signal = &mover->options->signals[i];
		struct err err = { ERR_NONE, "" };
		double value;

		if (signal->kind != SIGNAL_PROBE || atomic_load(&mover->sampler.done))
			continue;
		if (ask(mover, signal, &value, &err))
			note(mover, i, value);
		else
			keep_reason(&mover->sampler.texts[i], &err);
	}
	judge(mover);
}

static void *sample(void *context)
{
	enum { STEP_NS = 50000000 };
	struct mover *mover = context;
	int64_t next_ns = clock_monotonic_ns();

	while (!atomic_load(&mover->sampler.done)) {
		int64_t now = clock_monotonic_ns();

		if (now < next_ns) {
			clock_sleep_ns(next_ns - now > STEP_NS ? STEP_NS : next_ns - now);
			continue;
		}
		sample_once(mover);
		/* What took too long is not caught up with. */
		next_ns = now + ROUND_NS;
	}
	return NULL;
}

bool sampler_start(struct mover *mover, struct err *err)
{
	struct sampler *sampler = &mover->sampler;

	if (mover->options->signal_count == 0)
		return true;
	if (!name_conn(mover, sampler->legacy, err) || !name_conn(mover, sampler->target, err))
		return false;
	if (pthread_create(&sampler->thread, NULL, sample, mover) != 0)
		return err_set(err, ERR_TRANSIENT,
			       "this machine starts no thread to watch the signals of throttle: "
			       "raise the limit (ulimit -u)");
	sampler->is_started = true;
	return true;
}

void sampler_stop(struct mover *mover)
{
	struct sampler *sampler = &mover->sampler;

	if (sampler->is_started) {
		atomic_store(&sampler->done, true);
		pthread_join(sampler->thread, NULL);
	}
	conn_close(sampler->target);
	conn_close(sampler->legacy);
}
