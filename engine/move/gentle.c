/*
 * gentle.c: the throttle of one who reads legacy alone.
 */
#include "engine/move/gentle.h"

#include "engine/base/clock.h"
#include "engine/move/outage.h"

enum { ASK_NS = 1000000000, STEP_NS = 50000000 };

static bool is_asked(const struct signal_setting *signal)
{
	return signal->kind == SIGNAL_PROBE && !signal->on_target;
}

static bool ask(struct gentle *gentle, bool must_answer, struct err *err)
{
	for (int i = 0; i < gentle->signal_count; i++) {
		const struct signal_setting *signal = &gentle->signals[i];
		double value;

		if (!is_asked(signal))
			continue;
		if (conn_probe(gentle->legacy, signal->sql, &value, err)) {
			throttle_note(&gentle->throttle, i, value, signal->at_most,
				      clock_monotonic_ns());
			continue;
		}
		if (must_answer)
			return err_while(
			    err, "throttle in engine.lua: probe \"%s\" does not run on legacy",
			    signal->name);
		/* What is not known for too long pauses by itself. */
		err_reset(err);
	}
	gentle->asked_ns = clock_monotonic_ns();
	return true;
}

bool gentle_begin(struct gentle *gentle, struct conn *legacy, int64_t rows_per_s,
		  int64_t bytes_per_s, const struct signal_setting *signals, int signal_count,
		  struct err *err)
{
	int64_t now = clock_monotonic_ns();

	*gentle =
	    (struct gentle){ .legacy = legacy, .signals = signals, .signal_count = signal_count };
	limit_init(&gentle->rows, (uint64_t)rows_per_s, now);
	limit_init(&gentle->bytes, (uint64_t)bytes_per_s, now);
	throttle_init(&gentle->throttle, signals, signal_count, 1);
	/* What is about the target says nothing here, and is not waited for. */
	for (int i = 0; i < signal_count; i++)
		if (!is_asked(&signals[i]))
			gentle->throttle.signals[i].must_be_known = false;
	if (!ask(gentle, true, err))
		return false;
	throttle_begin(&gentle->throttle);
	gentle->ended_ns = clock_monotonic_ns();
	return true;
}

static void note_latency(struct gentle *gentle, int64_t took_ns, int64_t now)
{
	for (int i = 0; i < gentle->signal_count; i++)
		if (gentle->signals[i].kind == SIGNAL_READ_LATENCY)
			throttle_note(&gentle->throttle, i, (double)took_ns / 1e9,
				      gentle->signals[i].at_most, now);
}

/* NULL: nothing stands against reading on. */
static const char *reason_to_wait(const struct gentle *gentle, int64_t now)
{
	int stale = throttle_stale(&gentle->throttle, now);

	if (stale >= 0)
		return gentle->signals[stale].name;
	if (limit_wait_ns(&gentle->rows, now) > 0)
		return "--rate";
	if (limit_wait_ns(&gentle->bytes, now) > 0)
		return "--bytes";
	if (throttle_has_place(&gentle->throttle, now))
		return NULL;
	return gentle->throttle.held_by >= 0 ? gentle->signals[gentle->throttle.held_by].name
					     : "throttle";
}

static bool refuse_silence(const struct gentle *gentle, int64_t now, struct err *err)
{
	int stale = throttle_stale(&gentle->throttle, now);

	return err_set(err, ERR_TRANSIENT,
		       "the probe \"%s\" has given no value for too long: it is not known whether "
		       "reading on does harm",
		       gentle->signals[stale >= 0 ? stale : 0].name);
}

bool gentle_read(struct gentle *gentle, int64_t rows, size_t bytes, struct err *err)
{
	int64_t began = clock_monotonic_ns();
	int64_t now = began;
	const char *reason;

	limit_take(&gentle->rows, (uint64_t)rows, now);
	limit_take(&gentle->bytes, bytes, now);
	note_latency(gentle, now - gentle->ended_ns, now);
	throttle_end(&gentle->throttle, now - gentle->ended_ns, now);
	for (;; now = clock_monotonic_ns()) {
		if (now - gentle->asked_ns >= ASK_NS) {
			if (!ask(gentle, false, err))
				return false;
			throttle_judge(&gentle->throttle, now);
		}
		reason = reason_to_wait(gentle, now);
		if (reason == NULL)
			break;
		gentle->held_by = reason;
		if (throttle_stale(&gentle->throttle, now) >= 0 && now - began > OUTAGE_BUDGET_NS)
			return refuse_silence(gentle, now, err);
		if (gentle->may_wait && !gentle->may_wait(gentle->context, err))
			return false;
		clock_sleep_ns(STEP_NS);
	}
	gentle->waited_ns += now - began;
	throttle_begin(&gentle->throttle);
	gentle->ended_ns = clock_monotonic_ns();
	return true;
}
