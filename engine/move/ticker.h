/*
 * ticker.h: notes in the state folder how a run stands, for `engine status` in another process. For engine/move only.
 */
#ifndef ENGINE_MOVE_TICKER_H
#define ENGINE_MOVE_TICKER_H

#include "engine/move/mover.h"

/* A run at this moment. */
struct mover_state {
	bool is_paused;
	struct pause pause; /* the one that holds it */
	const char *phase;
	struct buf reason; /* why it waits; empty when it does not */
	int workers_allowed;
	uint64_t rows_per_s, bytes_per_s; /* the limits; 0: none */
};
/* now->reason is used again, and the caller's to release. */
void mover_describe(struct mover *mover, struct mover_state *now);

struct ticker {
	int64_t last_ns;
	long long last_rows;
	double rate;
};

/* reason NULL: why the run waits, if it does. */
bool ticker_note(struct ticker *ticker, struct mover *mover, const char *status, const char *reason,
		 struct err *err);

#endif
