/*
 * notify.c: tells the service manager how the program is.
 */
#include "engine/base/notify.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/base/figures.h"
#include "engine/base/log.h"

static void say_once(struct notify *notify, const char *why)
{
	if (!notify->has_failed)
		log_event(LOG_WARN, "the service manager at NOTIFY_SOCKET is not told: %s", why);
	notify->has_failed = true;
}

/* The watchdog may be meant for another process that passed its environment on. */
static int64_t read_watchdog_ns(void)
{
	const char *duration = getenv("WATCHDOG_USEC");
	const char *process = getenv("WATCHDOG_PID");
	int64_t duration_us, pid;

	if (process && (!figure_parse_count(span_of(process), false, &pid) || pid != getpid()))
		return 0;
	if (!duration || !figure_parse_count(span_of(duration), false, &duration_us) ||
	    duration_us > INT64_MAX / 1000)
		return 0;
	return duration_us * 1000;
}

void notify_open(struct notify *notify)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t size = path ? strlen(path) : 0;

	*notify = (struct notify){ .fd = -1, .address.sun_family = AF_UNIX };
	if (size == 0)
		return;
	if ((path[0] != '/' && path[0] != '@') || size < 2 ||
	    size >= sizeof(notify->address.sun_path)) {
		say_once(notify, "it is neither a path nor an @name that fits");
		return;
	}
	memcpy(notify->address.sun_path, path, size);
	/* An abstract name begins with a NUL, and has no other end than its size. */
	if (path[0] == '@')
		notify->address.sun_path[0] = '\0';
	notify->address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
	notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (notify->fd < 0)
		say_once(notify, strerror(errno));
	notify->watchdog_ns = read_watchdog_ns();
}

void notify_close(struct notify *notify)
{
	if (notify->fd >= 0)
		close(notify->fd);
	notify->fd = -1;
}

void notify_send(struct notify *notify, struct span message)
{
	if (notify->fd >= 0 &&
	    sendto(notify->fd, message.data, message.size, MSG_NOSIGNAL | MSG_DONTWAIT,
		   (const struct sockaddr *)&notify->address, notify->address_size) < 0)
		say_once(notify, strerror(errno));
}
