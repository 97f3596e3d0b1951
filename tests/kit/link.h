/*
 * link.h: one connection through the proxy: what the client sends to the server, and what comes back.
 *
 * Nothing here waits: link_wants() says what to poll for, link_serve() does what can be done now.
 */
#ifndef TESTS_KIT_LINK_H
#define TESTS_KIT_LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/kit/frames.h"
#include "tests/kit/plan.h"

struct chunk; /* bytes that were read and have not been passed on */

struct flow {
	int from, to;
	struct chunk *first, *last;
	size_t queued;      /* bytes in them */
	uint64_t bytes;     /* read to be passed on */
	uint64_t swallowed; /* read and kept from the receiver */
	int64_t free_at_us; /* when the rate lets the next byte go */
	bool swallows;      /* all that still comes */
	bool ended; /* its sender will send no more, or that is what the receiver shall believe */
	bool told;  /* the receiver was told so */
	bool deaf;  /* nothing is read from its sender any more */
	struct frames frames;
};

struct link {
	int number; /* from 1 */
	bool open;
	bool dying, by_reset; /* ends as soon as what may still pass has passed */
	int64_t ends_us;      /* or then */
	int client, server;
	struct flow flow[FLOWS];
};

/* Takes both descriptors over; they must not block. */
void link_begin(struct link *link, int number, int client, int server);

/* Fills in two entries, and lowers *wake_us to when something is due; LINK_POLLS says how many entries a link has. */
enum { LINK_POLLS = 2 };
void link_wants(const struct link *link, struct pollfd polls[LINK_POLLS], int64_t now_us,
		int64_t *wake_us);

/* Reads and passes on; returns whether the plan's fault struck this time. */
bool link_serve(struct link *link, const struct pollfd polls[LINK_POLLS], const struct plan *plan,
		int64_t now_us);

/* Does a fault that waits for no byte strike at once? */
bool link_strike_at_once(struct link *link, const struct plan *plan);

void link_end(struct link *link, bool by_reset);

#endif
