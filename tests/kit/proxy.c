/*
 * proxy.c: a TCP proxy that disturbs what goes through it, as it is told.
 *
 *   kit_proxy [--port PORT] HOST PORT [COMMAND…]
 *
 * Listens on 127.0.0.1 and prints "listening PORT". Reads commands from its input, one a line, and answers each with one
 * line: "ok", a report as JSON, or "error: …". It ends when its input does. D is up (client to server), down or both.
 *
 *   cut D bytes|messages N [reset] [once] [connection K]    ends a connection when so many have passed
 *   hole D bytes|messages N [once] [connection K]           swallows what comes after them; the connection stays
 *   half-close D bytes|messages N [once] [connection K]     tells the receiver that no more will come
 *   delay D MS            every byte arrives so much later
 *   rate D BYTES          so many a second; 0: no limit
 *   refuse | accept       new connections
 *   drop [reset]          ends all connections now
 *   clear                 no disturbance any more; refuse included
 *   reset                 clear, drop, and connections are counted from 1 again
 *   report                what has passed, by connection
 *
 * The last of cut, hole and half-close holds; bytes and messages are counted for each connection by itself. Messages are
 * those of PostgreSQL's protocol; encryption hides them ("opaque"). What is beyond N already is struck at its next byte.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "tests/kit/link.h"

enum { LINKS_MAX = 4096, OTHER_POLLS = 2, LINE_MAX_SIZE = 512 };

struct proxy {
	const char *host, *port; /* of the server */
	struct plan plan;
	int listener; /* -1 while it refuses */
	int listens_at;
	struct link *links; /* also those that ended, for their counts */
	int link_count;
	int struck, unreachable; /* connections */
	char line[LINE_MAX_SIZE];
	size_t line_size;
};

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "kit_proxy: %s: %s\n", what, strerror(errno));
	exit(69);
}

static void listen_again(struct proxy *proxy)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_port = htons((uint16_t)proxy->listens_at),
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(address);
	int yes = 1;

	proxy->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (proxy->listener < 0 ||
	    setsockopt(proxy->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0 ||
	    bind(proxy->listener, (struct sockaddr *)&address, size) != 0 ||
	    listen(proxy->listener, 128) != 0 ||
	    getsockname(proxy->listener, (struct sockaddr *)&address, &size) != 0)
		die("listening");
	proxy->listens_at = ntohs(address.sin_port);
}

static void obey_refusal(struct proxy *proxy)
{
	if (proxy->plan.refuse && proxy->listener >= 0) {
		close(proxy->listener);
		proxy->listener = -1;
	} else if (!proxy->plan.refuse && proxy->listener < 0) {
		listen_again(proxy);
	}
}

static int connect_to_server(const struct proxy *proxy)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int fd = -1, yes = 1;

	if (getaddrinfo(proxy->host, proxy->port, &hints, &found) != 0)
		return -1;
	for (struct addrinfo *at = found; at && fd < 0; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
			close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(found);
	if (fd >= 0) {
		fcntl(fd, F_SETFL, O_NONBLOCK);
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	}
	return fd;
}

static void struck(struct proxy *proxy)
{
	proxy->struck++;
	if (proxy->plan.fault.once)
		proxy->plan.fault = (struct fault){ .kind = FAULT_NONE };
}

static void take_connection(struct proxy *proxy)
{
	struct linger at_once = { .l_onoff = 1, .l_linger = 0 };
	int yes = 1, server,
	    client = accept4(proxy->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct link *link = &proxy->links[proxy->link_count];

	if (client < 0)
		return;
	if (proxy->link_count == LINKS_MAX) {
		errno = EMFILE;
		die("too many connections without a reset in between");
	}
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	server = connect_to_server(proxy);
	if (server < 0) {
		proxy->unreachable++;
		setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		close(client);
		return;
	}
	link = &proxy->links[proxy->link_count++];
	link_begin(link, proxy->link_count, client, server);
	if (link_strike_at_once(link, &proxy->plan))
		struck(proxy);
}

/* ---- what it is told ---- */

static void end_all(struct proxy *proxy, bool by_reset)
{
	for (int i = 0; i < proxy->link_count; i++)
		link_end(&proxy->links[i], by_reset);
}

static void print_flow(const char *name, const struct flow *flow)
{
	printf("\"%s\":{\"bytes\":%llu,\"messages\":%llu,\"opaque\":%s,\"swallowed\":%llu}", name,
	       (unsigned long long)flow->bytes, (unsigned long long)flow->frames.count,
	       flow->frames.phase == FRAMES_OPAQUE ? "true" : "false",
	       (unsigned long long)flow->swallowed);
}

static void print_report(const struct proxy *proxy)
{
	printf("{\"struck\":%d,\"unreachable\":%d,\"connections\":[", proxy->struck,
	       proxy->unreachable);
	for (int i = 0; i < proxy->link_count; i++) {
		printf("%s{\"open\":%s,", i ? "," : "", proxy->links[i].open ? "true" : "false");
		print_flow("up", &proxy->links[i].flow[FLOW_UP]);
		printf(",");
		print_flow("down", &proxy->links[i].flow[FLOW_DOWN]);
		printf("}");
	}
	puts("]}");
}

/* Returns NULL, or what is wrong with the command. */
static const char *obey(struct proxy *proxy, char *line)
{
	const char *why;
	enum plan_action action = plan_command(&proxy->plan, line, &why);

	if (action == PLAN_BAD)
		return why;
	obey_refusal(proxy);
	if (action == PLAN_DROP || action == PLAN_DROP_RESET || action == PLAN_RESET)
		end_all(proxy, action == PLAN_DROP_RESET);
	if (action == PLAN_RESET)
		proxy->link_count = proxy->struck = proxy->unreachable = 0;
	if (action == PLAN_REPORT)
		print_report(proxy);
	return NULL;
}

static void answer(struct proxy *proxy, char *line)
{
	bool asks = strncmp(line, "report", 6) == 0;
	const char *why = obey(proxy, line);

	if (why)
		printf("error: %s\n", why);
	else if (!asks)
		puts("ok");
}

/* Returns false at the end of the input. */
static bool hear(struct proxy *proxy)
{
	ssize_t got = read(STDIN_FILENO, proxy->line + proxy->line_size,
			   sizeof(proxy->line) - 1 - proxy->line_size);
	char *end;

	if (got <= 0)
		return got < 0 && errno == EINTR;
	proxy->line_size += (size_t)got;
	proxy->line[proxy->line_size] = '\0';
	while ((end = strchr(proxy->line, '\n')) != NULL) {
		*end++ = '\0';
		answer(proxy, proxy->line);
		proxy->line_size -= (size_t)(end - proxy->line);
		memmove(proxy->line, end, proxy->line_size + 1);
	}
	fflush(stdout);
	if (proxy->line_size == sizeof(proxy->line) - 1) {
		errno = EMSGSIZE;
		die("a command");
	}
	return true;
}

/* ---- the loop ---- */

static void serve_links(struct proxy *proxy, const struct pollfd *polls, int polled)
{
	int64_t now = now_us();

	for (int i = 0; i < polled; i++) {
		struct link *link = &proxy->links[i];

		if (link->open && link_serve(link, polls + LINK_POLLS * i, &proxy->plan, now))
			struck(proxy);
	}
}

static int wait_ms(int64_t wake_us, int64_t now)
{
	if (wake_us == INT64_MAX)
		return -1;
	return wake_us <= now ? 0 : (int)((wake_us - now + 999) / 1000);
}

static bool turn(struct proxy *proxy, struct pollfd *polls)
{
	int64_t wake_us = INT64_MAX, now = now_us();
	int polled = proxy->link_count;
	bool goes_on = true;

	polls[0] = (struct pollfd){ .fd = STDIN_FILENO, .events = POLLIN };
	polls[1] = (struct pollfd){ .fd = proxy->listener, .events = POLLIN };
	for (int i = 0; i < polled; i++) {
		struct pollfd *mine = polls + OTHER_POLLS + LINK_POLLS * i;

		mine[0] = mine[1] = (struct pollfd){ .fd = -1 };
		if (proxy->links[i].open)
			link_wants(&proxy->links[i], mine, now, &wake_us);
	}
	if (poll(polls, (nfds_t)(OTHER_POLLS + LINK_POLLS * polled), wait_ms(wake_us, now)) < 0) {
		if (errno != EINTR)
			die("poll");
		return true;
	}
	serve_links(proxy, polls + OTHER_POLLS, polled);
	/* The plan changes after what came before it has passed. */
	if (polls[1].revents)
		take_connection(proxy);
	if (polls[0].revents)
		goes_on = hear(proxy);
	return goes_on;
}

static int port_number(const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	return *text && *end == '\0' && number >= 0 && number <= 65535 ? (int)number : -1;
}

static void begin(struct proxy *proxy, int argc, char **argv)
{
	int at = 1;

	if (argc > 2 && strcmp(argv[1], "--port") == 0) {
		proxy->listens_at = port_number(argv[2]);
		at = 3;
	}
	if (argc < at + 2 || proxy->listens_at < 0 || port_number(argv[at + 1]) <= 0) {
		fprintf(stderr, "usage: kit_proxy [--port PORT] HOST PORT [COMMAND...]\n");
		exit(2);
	}
	proxy->host = argv[at];
	proxy->port = argv[at + 1];
	listen_again(proxy);
	printf("listening %d\n", proxy->listens_at);
	for (at += 2; at < argc; at++) {
		const char *why = obey(proxy, argv[at]);

		if (why) {
			fprintf(stderr, "kit_proxy: %s: %s\n", argv[at], why);
			exit(2);
		}
	}
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct proxy proxy = { .listener = -1 };
	struct pollfd *polls = calloc(OTHER_POLLS + LINK_POLLS * LINKS_MAX, sizeof(*polls));

	proxy.links = calloc(LINKS_MAX, sizeof(*proxy.links));
	if (!polls || !proxy.links)
		die("memory");
	signal(SIGPIPE, SIG_IGN);
	begin(&proxy, argc, argv);
	while (turn(&proxy, polls))
		;
	end_all(&proxy, true);
	free(proxy.links);
	free(polls);
	return 0;
}
