/*
 * waits.c: a short list, searched by the text of the reason.
 */
#include "engine/move/waits.h"

#include <string.h>

#include "engine/base/require.h"

static struct wait *find(struct waits *waits, const char *reason)
{
	for (int i = 0; i < waits->count; i++)
		if (strcmp(waits->list[i].reason, reason) == 0)
			return &waits->list[i];
	require(waits->count < MOVE_PAUSES_MAX);
	waits->list[waits->count] = (struct wait){ .reason = reason };
	return &waits->list[waits->count++];
}

void waits_begin(struct waits *waits, const char *reason, const char *shown, int64_t now_ns)
{
	struct wait *pause = find(waits, reason);

	pause->shown = shown ? shown : reason;
	if (pause->waiting++ > 0)
		return;
	pause->began_ns = now_ns;
	pause->count++;
}

void waits_end(struct waits *waits, const char *reason, int64_t now_ns)
{
	struct wait *pause = find(waits, reason);

	require(pause->waiting >= 1);
	if (--pause->waiting == 0)
		pause->total_ns += now_ns - pause->began_ns;
}

const char *waits_shown(const struct waits *waits)
{
	const struct wait *last = NULL;

	for (int i = 0; i < waits->count; i++) {
		const struct wait *pause = &waits->list[i];

		if (pause->waiting > 0 && (!last || pause->began_ns >= last->began_ns))
			last = pause;
	}
	return last ? last->shown : NULL;
}

int waits_report(const struct waits *waits, int64_t now_ns, struct move_pause *list)
{
	for (int i = 0; i < waits->count; i++) {
		const struct wait *pause = &waits->list[i];
		int64_t open_ns = pause->waiting > 0 ? now_ns - pause->began_ns : 0;

		list[i] = (struct move_pause){ pause->reason, pause->count,
					       (double)(pause->total_ns + open_ns) / 1e9 };
	}
	return waits->count;
}
