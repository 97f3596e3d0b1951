/*
 * interval.c: from a share of a sample to a number of all rows.
 */
#include <math.h>

#include "engine/base/require.h"
#include "engine/compare/compare.h"

/* Of the normal distribution, 95 % lie within so many deviations. */
static const double z = 1.959964;

struct interval compare_interval(int64_t count, int64_t sample, int64_t total)
{
	double n = (double)sample, share, middle, half, scale = (double)total;
	struct interval interval = { count, count, count };

	require(count >= 0);
	require(count <= sample);
	require(sample <= total);
	if (sample == 0)
		return (struct interval){ 0, 0, total };
	if (sample == total)
		return interval;
	share = (double)count / n;
	middle = (share + z * z / (2 * n)) / (1 + z * z / n);
	half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n);
	interval.low = (int64_t)floor((middle - half) * scale);
	interval.likely = (int64_t)floor(share * scale + 0.5);
	interval.high = (int64_t)ceil((middle + half) * scale);
	/* What was seen is there, and what was seen otherwise is not. */
	if (interval.low < count)
		interval.low = count;
	if (interval.high > total - (sample - count))
		interval.high = total - (sample - count);
	return interval;
}
