/*
 * steer.h: what a run was told while it runs: pause, and how many may work. For engine/move only.
 *
 * Pure: whoever calls holds the mover's lock. A worker is admitted before it claims a shard and leaves when it gave it back;
 * between two chunks it asks whether it may go on.
 */
#ifndef ENGINE_MOVE_STEER_H
#define ENGINE_MOVE_STEER_H

#include "engine/move/pause.h"

struct steer {
	struct pause ordered; /* kept in the state folder */
	struct pause flagged; /* as long as STATE/pause stands */
	int workers_allowed;  /* at once; 1 to the workers of the run */
	int workers_admitted;
	int change_count; /* so that whoever notes how the run stands sees that it stands otherwise */
	char stopped_by[PAUSE_WHO_SIZE]; /* "" unless somebody said stop other than by a signal */
};

static inline bool steer_is_paused(const struct steer *steer)
{
	return steer->ordered.since_us != 0 || steer->flagged.since_us != 0;
}

/* The pause that holds the run; the ordered one where there are two. */
static inline const struct pause *steer_pause(const struct steer *steer)
{
	return steer->ordered.since_us != 0 ? &steer->ordered : &steer->flagged;
}

/* Is there room for one more? *is_admitted: of this worker. */
static inline bool steer_admit(struct steer *steer, bool *is_admitted)
{
	if (*is_admitted || steer_is_paused(steer) ||
	    steer->workers_admitted >= steer->workers_allowed)
		return *is_admitted;
	steer->workers_admitted++;
	*is_admitted = true;
	return true;
}

static inline void steer_leave(struct steer *steer, bool *is_admitted)
{
	if (*is_admitted)
		steer->workers_admitted--;
	*is_admitted = false;
}

/* False: this worker has left, and gives its shard back. Of too many only as many leave as are too many. */
static inline bool steer_may_go_on(struct steer *steer, bool *is_admitted)
{
	if (steer_is_paused(steer) || steer->workers_admitted > steer->workers_allowed)
		steer_leave(steer, is_admitted);
	return *is_admitted;
}

#endif
