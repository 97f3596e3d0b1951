/*
 * outage.c: exponential, with jitter, with an end.
 */
#include "engine/move/outage.h"

enum { DOUBLINGS_MAX = 10, ASKING_POLL_NS = 50000000 };

void outage_fail(struct outage *outage, int64_t now_ns, uint32_t chance)
{
	int doublings = outage->failures < DOUBLINGS_MAX ? outage->failures : DOUBLINGS_MAX;
	int64_t wait_ns = OUTAGE_FIRST_NS << doublings;

	if (wait_ns > OUTAGE_LONGEST_NS)
		wait_ns = OUTAGE_LONGEST_NS;
	if (outage->failures == 0)
		outage->began_ns = now_ns;
	outage->failures++;
	outage->is_asked = false;
	outage->next_ns =
	    now_ns + wait_ns - (int64_t)((double)chance / UINT32_MAX * (double)wait_ns / 2);
}

void outage_excuse(struct outage *outage, int64_t now_ns)
{
	outage->began_ns = now_ns;
}

void outage_end(struct outage *outage)
{
	*outage = (struct outage){ .failures = 0 };
}

int64_t outage_wait_ns(const struct outage *outage, int64_t now_ns)
{
	if (outage->failures == 0)
		return 0;
	if (outage->is_asked)
		return ASKING_POLL_NS;
	return outage->next_ns > now_ns ? outage->next_ns - now_ns : 0;
}

bool outage_ask(struct outage *outage, int64_t now_ns)
{
	if (outage->failures == 0)
		return true;
	if (outage->is_asked || outage->next_ns > now_ns)
		return false;
	outage->is_asked = true;
	return true;
}

bool outage_is_too_long(const struct outage *outage, int64_t now_ns)
{
	return outage->failures > 0 && !outage->is_asked &&
	       now_ns - outage->began_ns > OUTAGE_BUDGET_NS;
}
