/*
 * stopping.h: SIGINT and SIGTERM for a command that goes on until it is told to stop: a thread hears them, and a wait ends at once. The
 * second one ends the program where it stands. A service manager is told as well.
 */
#ifndef ENGINE_CLI_STOPPING_H
#define ENGINE_CLI_STOPPING_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/notify.h"

struct stopping {
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	bool is_over;        /* guarded by mutex: nobody listens any more */
	atomic_int asked_by; /* the signal; 0: nobody asked */
	struct notify notify;
	int64_t watchdog_ns; /* monotonic: when to send a sign of life again */
};

/* Block both signals in this and every later thread, and listen. ERR_TRANSIENT when the machine has no thread for it. */
bool stopping_begin(struct stopping *stopping, struct err *err);
void stopping_end(struct stopping *stopping);

bool stopping_is_asked(const struct stopping *stopping);

/* 128 and the signal that asked, as a shell would have it. */
int stopping_status(const struct stopping *stopping);

/* Until so much time is over, or somebody asks to stop. */
void stopping_wait(struct stopping *stopping, int64_t duration_ns);

/* A sign of life, where it is due. Only who works sends one. */
void stopping_beat(struct stopping *stopping);

#endif
