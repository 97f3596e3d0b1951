/*
 * figures.c: counts and durations as people write and read them.
 */
#include "engine/base/figures.h"

#include <string.h>

bool figure_parse_count(struct span text, bool with_unit, int64_t *count)
{
	static const char units[] = "kMG";
	const char *unit = NULL;
	int64_t number = 0;

	if (with_unit && text.size > 1)
		unit = memchr(units, text.data[text.size - 1], sizeof(units) - 1);
	if (unit)
		text.size--;
	if (text.size == 0)
		return false;
	for (size_t i = 0; i < text.size; i++) {
		int digit = text.data[i] - '0';

		if (digit < 0 || digit > 9 || number > (INT64_MAX - digit) / 10)
			return false;
		number = number * 10 + digit;
	}
	for (long step = unit ? unit - units + 1 : 0; step > 0; step--) {
		if (number > INT64_MAX / 1000)
			return false;
		number *= 1000;
	}
	*count = number;
	return number >= 1;
}

void figure_put_duration(struct buf *buf, double seconds)
{
	long long whole = (long long)(seconds + 0.5);

	if (seconds < 10)
		buf_print(buf, "%.1f s", seconds);
	else if (whole < 60)
		buf_print(buf, "%lld s", whole);
	else if (whole < 3600)
		buf_print(buf, "%lld m %02lld s", whole / 60, whole % 60);
	else
		buf_print(buf, "%lld h %02lld m", whole / 3600, whole / 60 % 60);
}
