/*
 * cancel.c: tells a server to stop what it does for us, and does not wait for ever until it has heard.
 *
 * libpq knows only how to wait for that, on a connection of its own; so a thread does it, and is left behind where a server, or
 * a network, takes the connection and says nothing.
 */
#include <pthread.h>
#include <time.h>

#include "drivers/postgres/postgres_internal.h"

enum { CANCEL_SECONDS = 5 };

static void *ask(void *context)
{
	PGcancel *request = context;
	char why[256];

	PQcancel(request, why, sizeof(why));
	PQfreeCancel(request);
	return NULL;
}

bool pg_cancel(struct pg_conn *conn)
{
	PGcancel *request = PQgetCancel(conn->pg);
	struct timespec until;
	pthread_t thread;

	if (request == NULL)
		return true;
	/* What is not cancelled ends by its timeout. */
	if (pthread_create(&thread, NULL, ask, request) != 0) {
		PQfreeCancel(request);
		return true;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += CANCEL_SECONDS;
	if (pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &until) == 0)
		return true;
	pthread_detach(thread);
	return false;
}
