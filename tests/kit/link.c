/*
 * link.c: passes bytes from one side of a connection to the other, and disturbs that by plan.
 */
#include "tests/kit/link.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* A receiver that does not read, or a long delay, holds so many bytes at most; then its sender waits. */
enum { READ_SIZE = 16 * 1024, QUEUED_MAX = 1024 * 1024 };

/* A connection that is to end waits so long for a receiver that does not take what is meant for it. */
enum { PATIENCE_US = 5 * 1000 * 1000, LOOK_AGAIN_US = 1000 };

struct chunk {
	struct chunk *next;
	int64_t due_us;
	size_t size, sent;
	unsigned char data[];
};

void link_begin(struct link *link, int number, int client, int server)
{
	*link = (struct link){ .number = number, .open = true, .client = client, .server = server };
	link->flow[FLOW_UP].from = link->flow[FLOW_DOWN].to = client;
	link->flow[FLOW_DOWN].from = link->flow[FLOW_UP].to = server;
	frames_init(&link->flow[FLOW_UP].frames, &link->flow[FLOW_DOWN].frames);
}

static void drop_first(struct flow *flow)
{
	struct chunk *chunk = flow->first;

	flow->queued -= chunk->size - chunk->sent;
	flow->first = chunk->next;
	if (!flow->first)
		flow->last = NULL;
	free(chunk);
}

/* With unread bytes in it a socket that is closed says RST, not FIN. */
static void close_socket(int fd, bool by_reset)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	unsigned char rest[READ_SIZE];

	if (by_reset) {
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	} else {
		shutdown(fd, SHUT_WR);
		while (recv(fd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
			;
	}
	close(fd);
}

void link_end(struct link *link, bool by_reset)
{
	if (!link->open)
		return;
	for (int i = 0; i < FLOWS; i++) {
		while (link->flow[i].first)
			drop_first(&link->flow[i]);
	}
	close_socket(link->client, by_reset);
	close_socket(link->server, by_reset);
	link->open = false;
}

static bool may_read(const struct link *link, const struct flow *flow)
{
	return !link->dying && !flow->deaf && flow->queued < QUEUED_MAX;
}

void link_wants(const struct link *link, struct pollfd polls[LINK_POLLS], int64_t now_us,
		int64_t *wake_us)
{
	/* A descriptor is polled for what one flow reads and the other writes. */
	for (int i = 0; i < FLOWS; i++) {
		const struct flow *reads = &link->flow[i], *writes = &link->flow[1 - i];
		short events = 0;

		if (may_read(link, reads))
			events |= POLLIN;
		if (writes->first && writes->first->due_us <= now_us)
			events |= POLLOUT;
		else if (writes->first && writes->first->due_us < *wake_us)
			*wake_us = writes->first->due_us;
		/* Polled for nothing it would still report, for ever, that the other side is gone. */
		polls[i] = (struct pollfd){ .fd = events ? reads->from : -1, .events = events };
	}
	if (link->dying && now_us + LOOK_AGAIN_US < *wake_us)
		*wake_us = now_us + LOOK_AGAIN_US;
}

static bool fault_concerns(const struct fault *fault, const struct link *link, int direction)
{
	return fault->kind != FAULT_NONE && fault->flows[direction] &&
	       (fault->connection == 0 || fault->connection == link->number);
}

static uint64_t passed(const struct link *link, const struct fault *fault)
{
	uint64_t sum = 0;

	for (int i = 0; i < FLOWS; i++) {
		if (fault->flows[i])
			sum +=
			    fault->in_messages ? link->flow[i].frames.count : link->flow[i].bytes;
	}
	return sum;
}

/* How many of these bytes may pass before the fault strikes; the flow has then counted them. */
static size_t take(struct link *link, int direction, const struct fault *fault,
		   const unsigned char *data, size_t size)
{
	struct flow *flow = &link->flow[direction];
	uint64_t messages_max = UINT64_MAX;

	if (fault_concerns(fault, link, direction)) {
		uint64_t done = passed(link, fault);
		uint64_t left = fault->at > done ? fault->at - done : 0;

		if (fault->in_messages)
			messages_max = flow->frames.count + left;
		else if (left < size)
			size = (size_t)left;
	}
	size = frames_take(&flow->frames, data, size, messages_max);
	flow->bytes += size;
	return size;
}

static void strike_flow(struct flow *flow, enum fault_kind kind)
{
	flow->swallows = true;
	if (kind == FAULT_HALF_CLOSE)
		flow->ended = true;
}

static void strike(struct link *link, const struct fault *fault)
{
	if (fault->kind == FAULT_CUT) {
		link->dying = true;
		link->by_reset = fault->reset;
	}
	for (int i = 0; i < FLOWS; i++) {
		if (fault->flows[i])
			strike_flow(&link->flow[i], fault->kind);
	}
}

bool link_strike_at_once(struct link *link, const struct plan *plan)
{
	const struct fault *fault = &plan->fault;

	if (fault->at > 0 ||
	    (!fault_concerns(fault, link, FLOW_UP) && !fault_concerns(fault, link, FLOW_DOWN)))
		return false;
	strike(link, fault);
	return true;
}

static void queue(struct flow *flow, const unsigned char *data, size_t size,
		  const struct plan *plan, int direction, int64_t now_us)
{
	struct chunk *chunk = malloc(sizeof(*chunk) + size);
	int64_t rate = plan->bytes_per_second[direction];

	if (!chunk)
		abort(); /* a proxy that loses bytes unasked is worse than none */
	*chunk = (struct chunk){ .size = size, .due_us = now_us + plan->delay_us[direction] };
	memcpy(chunk->data, data, size);
	if (rate > 0) {
		if (chunk->due_us < flow->free_at_us)
			chunk->due_us = flow->free_at_us;
		flow->free_at_us = chunk->due_us + (int64_t)size * 1000000 / rate;
	}
	/* What was read first goes first, also where the delay was shortened since. */
	if (flow->last && chunk->due_us < flow->last->due_us)
		chunk->due_us = flow->last->due_us;
	*(flow->last ? &flow->last->next : &flow->first) = chunk;
	flow->last = chunk;
	flow->queued += size;
}

/* A twentieth of a second's bytes at once, so that a slow line is slow and not in bursts. */
static size_t read_size(const struct plan *plan, int direction)
{
	int64_t share = plan->bytes_per_second[direction] / 20;

	if (plan->bytes_per_second[direction] == 0 || share >= READ_SIZE)
		return READ_SIZE;
	return share > 0 ? (size_t)share : 1;
}

static void sender_ended(struct link *link, struct flow *flow, bool broken)
{
	flow->deaf = true;
	if (flow->swallows)
		return; /* in a hole nothing arrives, not even the end */
	flow->ended = true;
	if (broken)
		link->dying = link->by_reset = true;
}

/* Returns whether the fault struck. */
static bool read_some(struct link *link, int direction, const struct plan *plan, int64_t now_us)
{
	struct flow *flow = &link->flow[direction];
	const struct fault *fault = &plan->fault;
	unsigned char data[READ_SIZE];
	ssize_t got = recv(flow->from, data, read_size(plan, direction), 0);
	size_t size;

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0) {
		sender_ended(link, flow, got < 0);
		return false;
	}
	if (flow->swallows) {
		flow->swallowed += (uint64_t)got;
		return false;
	}
	size = take(link, direction, fault, data, (size_t)got);
	if (size > 0)
		queue(flow, data, size, plan, direction, now_us);
	flow->swallowed += (uint64_t)got - size;
	if (!fault_concerns(fault, link, direction) || passed(link, fault) < fault->at)
		return false;
	strike(link, fault);
	return true;
}

static void write_some(struct link *link, struct flow *flow, int64_t now_us)
{
	while (flow->first && flow->first->due_us <= now_us) {
		struct chunk *chunk = flow->first;
		ssize_t put = send(flow->to, chunk->data + chunk->sent, chunk->size - chunk->sent,
				   MSG_NOSIGNAL);

		if (put < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (put < 0) {
			while (flow->first)
				drop_first(flow);
			link->dying = link->by_reset = true;
			return;
		}
		chunk->sent += (size_t)put;
		flow->queued -= (size_t)put;
		if (chunk->sent == chunk->size)
			drop_first(flow);
	}
}

static void tell_the_end(struct flow *flow)
{
	if (flow->ended && !flow->told && !flow->first) {
		shutdown(flow->to, SHUT_WR);
		flow->told = true;
	}
}

static bool is_done(const struct flow *flow)
{
	return flow->deaf && !flow->first && (flow->told || flow->swallows);
}

/* Bytes that the receiver's kernel has not yet: closing by RST would take them back. */
static bool is_under_way(const struct flow *flow)
{
	int unsent = 0;

	return flow->first || (ioctl(flow->to, SIOCOUTQ, &unsent) == 0 && unsent > 0);
}

static bool is_over(const struct link *link, int64_t now_us)
{
	const struct flow *up = &link->flow[FLOW_UP], *down = &link->flow[FLOW_DOWN];

	if (link->dying)
		return (!is_under_way(up) && !is_under_way(down)) || now_us >= link->ends_us;
	return is_done(up) && is_done(down);
}

bool link_serve(struct link *link, const struct pollfd polls[LINK_POLLS], const struct plan *plan,
		int64_t now_us)
{
	bool struck = false;

	for (int i = 0; i < FLOWS; i++) {
		if ((polls[i].revents & ~POLLOUT) && may_read(link, &link->flow[i]) && !struck)
			struck = read_some(link, i, plan, now_us);
	}
	for (int i = 0; i < FLOWS; i++) {
		write_some(link, &link->flow[i], now_us);
		tell_the_end(&link->flow[i]);
	}
	if (link->dying && link->ends_us == 0)
		link->ends_us = now_us + PATIENCE_US;
	if (is_over(link, now_us))
		link_end(link, link->dying && link->by_reset);
	return struck;
}
