/*
 * limit.c: the bucket as the moment at which its debt is paid; no rounding adds up.
 */
#include "engine/move/limit.h"

enum { SECOND_NS = 1000000000, SAVED_NS_MAX = SECOND_NS / 10 };

void limit_init(struct limit *limit, uint64_t units_per_s, int64_t now_ns)
{
	limit->units_per_s = units_per_s;
	limit->ready_ns = now_ns;
}

void limit_change(struct limit *limit, uint64_t units_per_s, int64_t now_ns)
{
	__extension__ typedef unsigned __int128 wide;
	wide debt_ns = (wide)limit_wait_ns(limit, now_ns);

	if (units_per_s > 0)
		debt_ns = debt_ns * limit->units_per_s / units_per_s;
	if (debt_ns > INT64_MAX / 4)
		debt_ns = INT64_MAX / 4;
	limit_init(limit, units_per_s, now_ns + (int64_t)debt_ns);
}

int64_t limit_wait_ns(const struct limit *limit, int64_t now_ns)
{
	if (limit->units_per_s == 0 || limit->ready_ns <= now_ns)
		return 0;
	return limit->ready_ns - now_ns;
}

void limit_take(struct limit *limit, uint64_t units, int64_t now_ns)
{
	__extension__ typedef unsigned __int128 wide;
	wide cost_ns;

	if (limit->units_per_s == 0)
		return;
	cost_ns = (wide)units * SECOND_NS / limit->units_per_s;
	if (cost_ns > INT64_MAX / 4)
		cost_ns = INT64_MAX / 4;
	if (limit->ready_ns < now_ns - SAVED_NS_MAX)
		limit->ready_ns = now_ns - SAVED_NS_MAX;
	limit->ready_ns += (int64_t)cost_ns;
}

void limit_ease(struct limit *limit, double share, int64_t now_ns)
{
	int64_t left_ns = limit_wait_ns(limit, now_ns);

	if (left_ns > 0)
		limit->ready_ns = now_ns + (int64_t)((double)left_ns * share);
}
