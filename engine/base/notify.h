/*
 * notify.h: tells the service manager how the program is, where one listens: sd_notify(3) without its library.
 *
 * The protocol is one datagram of NAME=VALUE lines to the socket that NOTIFY_SOCKET names. Nobody listening is no error;
 * one that cannot be reached is said once and costs nothing else.
 */
#ifndef ENGINE_BASE_NOTIFY_H
#define ENGINE_BASE_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "engine/base/span.h"

struct notify {
	int fd; /* -1: nobody listens */
	struct sockaddr_un address;
	socklen_t address_size;
	int64_t watchdog_ns; /* a sign of life is wanted at least twice in this time; 0: none is */
	bool has_failed;
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=…": never waits. */
void notify_send(struct notify *notify, struct span message);

#endif
