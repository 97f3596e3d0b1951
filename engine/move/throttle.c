/*
 * throttle.c: halves at once, grows in steps, and turns seldom.
 */
#include "engine/move/throttle.h"

#include <string.h>

#include "engine/base/require.h"

static const double share_free = 0.40, share_hold = 0.70, share_over = 1.00;

void throttle_init(struct throttle *throttle, const struct signal_setting *signals,
		   int signal_count, int workers_max)
{
	require(workers_max >= 1);
	require(signal_count <= SIGNALS_MAX);
	memset(throttle, 0, sizeof(*throttle));
	throttle->signal_count = signal_count;
	throttle->workers_max = workers_max;
	throttle->workers = workers_max;
	throttle->spacing = 1;
	throttle->held_by = -1;
	for (int i = 0; i < signal_count; i++)
		throttle->signals[i].must_be_known = signals[i].kind == SIGNAL_PROBE;
}

void throttle_note(struct throttle *throttle, int signal, double value, double at_most,
		   int64_t now_ns)
{
	struct throttle_signal *noted = &throttle->signals[signal];

	require(signal >= 0 && signal < throttle->signal_count);
	require(at_most > 0);
	noted->share = value / at_most;
	noted->at_ns = now_ns;
	noted->is_known = true;
}

void throttle_forget(struct throttle *throttle, int signal)
{
	require(!throttle->signals[signal].must_be_known);
	throttle->signals[signal].is_known = false;
}

/* What was not seen of late neither slows nor lets grow. */
static double share_of(const struct throttle_signal *signal, int64_t now_ns)
{
	if (!signal->is_known)
		return share_hold;
	if (signal->share < share_hold && now_ns - signal->at_ns > THROTTLE_FRESH_NS)
		return share_hold;
	return signal->share;
}

/* The signal nearest to its limit, or beyond it most, and its share. */
static int find_worst(const struct throttle *throttle, int64_t now_ns, double *share)
{
	int worst = -1;

	*share = 0;
	for (int i = 0; i < throttle->signal_count; i++) {
		double is = share_of(&throttle->signals[i], now_ns);

		if (worst < 0 || is > *share) {
			worst = i;
			*share = is;
		}
	}
	return worst;
}

static bool is_full(const struct throttle *throttle)
{
	return throttle->workers == throttle->workers_max && throttle->spacing == 1;
}

/* One value is not punished twice: it was seen after the last step back had time to show. */
static void step_back(struct throttle *throttle, int worst, int64_t now_ns)
{
	if (throttle->held_by >= 0 &&
	    throttle->signals[worst].at_ns - throttle->back_ns < THROTTLE_SETTLE_NS)
		return;
	if (throttle->workers > 1)
		throttle->workers /= 2;
	else if (throttle->spacing < THROTTLE_SPACING_MAX)
		throttle->spacing *= 2;
	throttle->held_by = worst;
	throttle->is_back = true;
	throttle->back_ns = now_ns;
}

/* After a step back only when it is calm, and what was done had time to show. */
static bool may_grow(const struct throttle *throttle, int64_t now_ns)
{
	if (!throttle->is_back)
		return now_ns - throttle->grown_ns >= THROTTLE_GROW_NS;
	return now_ns - throttle->back_ns >= THROTTLE_SETTLE_NS &&
	       (!throttle->has_turned || now_ns - throttle->turned_ns >= THROTTLE_CALM_NS);
}

static void grow(struct throttle *throttle, bool to_the_full, int64_t now_ns)
{
	if (is_full(throttle) || !may_grow(throttle, now_ns))
		return;
	if (throttle->is_back) {
		throttle->has_turned = true;
		throttle->turned_ns = now_ns;
	}
	if (to_the_full) {
		throttle->workers = throttle->workers_max;
		throttle->spacing = 1;
	} else if (throttle->spacing > 1) {
		throttle->spacing /= 2;
	} else {
		throttle->workers++;
	}
	throttle->is_back = false;
	throttle->grown_ns = now_ns;
	if (is_full(throttle))
		throttle->held_by = -1;
}

void throttle_judge(struct throttle *throttle, int64_t now_ns)
{
	double share;
	int worst = find_worst(throttle, now_ns, &share);

	if (worst < 0 || throttle_stale(throttle, now_ns) >= 0)
		return;
	if (share > share_over)
		step_back(throttle, worst, now_ns);
	else if (share < share_hold)
		grow(throttle, share < share_free, now_ns);
}

double throttle_slowness(const struct throttle *throttle)
{
	return (double)throttle->workers_max * throttle->spacing / throttle->workers;
}

int throttle_stale(const struct throttle *throttle, int64_t now_ns)
{
	for (int i = 0; i < throttle->signal_count; i++) {
		const struct throttle_signal *signal = &throttle->signals[i];

		if (signal->must_be_known &&
		    (!signal->is_known || now_ns - signal->at_ns > THROTTLE_STALE_NS))
			return i;
	}
	return -1;
}

static int64_t rest_ns(const struct throttle *throttle)
{
	int64_t rest = throttle->took_ns * (throttle->spacing - 1);

	return rest < THROTTLE_REST_NS_MAX ? rest : THROTTLE_REST_NS_MAX;
}

bool throttle_has_place(const struct throttle *throttle, int64_t now_ns)
{
	int64_t rest = rest_ns(throttle);

	return throttle->in_flight < throttle->workers &&
	       (rest == 0 || now_ns - throttle->ended_ns >= rest);
}

void throttle_begin(struct throttle *throttle)
{
	throttle->in_flight++;
}

void throttle_end(struct throttle *throttle, int64_t took_ns, int64_t now_ns)
{
	require(throttle->in_flight >= 1);
	throttle->in_flight--;
	throttle->took_ns = took_ns;
	throttle->ended_ns = now_ns;
}
