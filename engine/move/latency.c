/*
 * latency.c: a ring of measures; the rank is found by counting, as there are few.
 */
#include "engine/move/latency.h"

enum { ONE_IN = 20 };

void latency_note(struct latency *latency, int64_t took_ns, int64_t now_ns)
{
	uint64_t place = latency->count++ % LATENCY_MEASURES_MAX;

	latency->measures[place].at_ns = now_ns;
	latency->measures[place].took_ns = took_ns;
}

static bool is_recent(const struct latency *latency, int i, int64_t now_ns)
{
	return (uint64_t)i < latency->count &&
	       now_ns - latency->measures[i].at_ns <= LATENCY_WINDOW_NS;
}

/* How many took longer, and how many as long. */
static int count_longer(const struct latency *latency, int64_t took_ns, int64_t now_ns)
{
	int longer = 0;

	for (int i = 0; i < LATENCY_MEASURES_MAX; i++)
		longer += is_recent(latency, i, now_ns) && latency->measures[i].took_ns > took_ns;
	return longer;
}

bool latency_seconds(const struct latency *latency, int64_t now_ns, double *seconds)
{
	int64_t best_ns = INT64_MAX;
	int recent = 0;

	for (int i = 0; i < LATENCY_MEASURES_MAX; i++)
		recent += is_recent(latency, i, now_ns);
	if (recent == 0)
		return false;
	/* The shortest time that no more than one in twenty exceeds. */
	for (int i = 0; i < LATENCY_MEASURES_MAX; i++) {
		int64_t took_ns = latency->measures[i].took_ns;

		if (is_recent(latency, i, now_ns) && took_ns < best_ns &&
		    count_longer(latency, took_ns, now_ns) * ONE_IN <= recent)
			best_ns = took_ns;
	}
	*seconds = (double)best_ns / 1e9;
	return true;
}
