/*
 * sampler.h: a thread with its own connections that asks once a second how both stores fare. For engine/move only.
 */
#ifndef ENGINE_MOVE_SAMPLER_H
#define ENGINE_MOVE_SAMPLER_H

#include <pthread.h>
#include <stdatomic.h>

#include "drivers/driver.h"
#include "engine/move/latency.h"
#include "engine/move/throttle.h"

struct mover;

enum { SAMPLER_TEXTS = 8, SAMPLER_TEXT_SIZE = 400 };

/* What is said of a signal. Whoever shows a text may hold it for as long as the run lasts, so none is ever written over. */
struct signal_texts {
	const char *held;                  /* held back by "replica lag" */
	const char *unknown;               /* "replica lag" gives no value */
	char (*why)[SAMPLER_TEXT_SIZE];    /* the same with the reasons there were; the first few */
	int why_count;                     /* of the sampler's thread */
	_Atomic(const char *) unknown_now; /* one of them */
};

struct sampler {
	pthread_t thread;
	bool is_started;
	atomic_bool done;
	struct conn *legacy, *target; /* NULL until a probe needs them */
	struct signal_texts texts[SIGNALS_MAX];
};

/* Prepare what is said of the signals; nothing is asked yet. */
void sampler_init(struct mover *mover);

/* Ask every probe on this store once; what does not run then never will. */
bool sampler_check(struct mover *mover, bool on_target, struct err *err);

/* From now on once a second, where anything is watched. */
bool sampler_start(struct mover *mover, struct err *err);
/* It may not have been started. */
void sampler_stop(struct mover *mover);

#endif
