/*
 * pause.c: a short list, searched by the text of the reason.
 */
#include "engine/move/pause.h"

#include <string.h>

#include "engine/base/require.h"

static struct pause *find(struct pauses *pauses, const char *reason)
{
	for (int i = 0; i < pauses->count; i++)
		if (strcmp(pauses->list[i].reason, reason) == 0)
			return &pauses->list[i];
	require(pauses->count < MOVE_PAUSES_MAX);
	pauses->list[pauses->count] = (struct pause){ .reason = reason };
	return &pauses->list[pauses->count++];
}

void pause_begin(struct pauses *pauses, const char *reason, const char *shown, int64_t now_ns)
{
	struct pause *pause = find(pauses, reason);

	pause->shown = shown ? shown : reason;
	if (pause->waiting++ > 0)
		return;
	pause->began_ns = now_ns;
	pause->count++;
}

void pause_end(struct pauses *pauses, const char *reason, int64_t now_ns)
{
	struct pause *pause = find(pauses, reason);

	require(pause->waiting >= 1);
	if (--pause->waiting == 0)
		pause->total_ns += now_ns - pause->began_ns;
}

const char *pause_shown(const struct pauses *pauses)
{
	const struct pause *last = NULL;

	for (int i = 0; i < pauses->count; i++) {
		const struct pause *pause = &pauses->list[i];

		if (pause->waiting > 0 && (!last || pause->began_ns >= last->began_ns))
			last = pause;
	}
	return last ? last->shown : NULL;
}

int pause_report(const struct pauses *pauses, int64_t now_ns, struct move_pause *list)
{
	for (int i = 0; i < pauses->count; i++) {
		const struct pause *pause = &pauses->list[i];
		int64_t open_ns = pause->waiting > 0 ? now_ns - pause->began_ns : 0;

		list[i] = (struct move_pause){ pause->reason, pause->count,
					       (double)(pause->total_ns + open_ns) / 1e9 };
	}
	return pauses->count;
}
