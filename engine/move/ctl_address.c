/*
 * ctl_address.c: finds the socket of a state folder, and asks there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/move/ctl.h"

enum { ANSWER_BYTES_MAX = 16384, ANSWER_SECONDS = 3 };

bool ctl_address_open(struct ctl_address *address, const char *folder, struct err *err)
{
	char *path = address->un.sun_path;
	const size_t size = sizeof(address->un.sun_path);

	*address = (struct ctl_address){ .un = { .sun_family = AF_UNIX } };
	address->folder_fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (address->folder_fd < 0)
		return err_set(err,
			       errno == ENOENT   ? ERR_UNAVAILABLE
			       : errno == EACCES ? ERR_PERMISSION
						 : ERR_IO,
			       "state folder %s: %s", folder, strerror(errno));
	/* A socket's name has room for 107 bytes; the folder's number is a short name of it. */
	if (snprintf(path, size, "%s/" CTL_SOCKET_NAME, folder) >= (int)size)
		snprintf(path, size, "/proc/self/fd/%d/" CTL_SOCKET_NAME, address->folder_fd);
	return true;
}

void ctl_address_close(struct ctl_address *address)
{
	if (address->folder_fd >= 0)
		close(address->folder_fd);
	address->folder_fd = -1;
}

/* Every step of waiting for the answer is bounded, and so is their sum. */
static bool limit_waiting(int fd)
{
	struct timeval limit = { ANSWER_SECONDS, 0 };

	return setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) == 0 &&
	       setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) == 0;
}

static void read_answer(int fd, struct arena *arena, struct span *answer)
{
	int64_t until_ns = clock_monotonic_ns() + INT64_C(1000000000) * ANSWER_SECONDS;
	char text[ANSWER_BYTES_MAX];
	size_t size = 0;

	while (size < sizeof(text) && clock_monotonic_ns() < until_ns) {
		ssize_t got = recv(fd, text + size, sizeof(text) - size, 0);
		char *end;

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return;
		end = memchr(text + size, '\n', (size_t)got);
		size += (size_t)got;
		if (end) {
			*answer = arena_copy(arena, (struct span){ text, (size_t)(end - text) });
			return;
		}
	}
}

bool ctl_ask(const struct ctl_address *address, struct span line, struct arena *arena,
	     struct span *answer, struct err *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct span whole = arena_print(arena, "%.*s\n", SPAN_ARGS(line));
	bool ok = true;

	*answer = SPAN_NONE;
	if (fd < 0 || !limit_waiting(fd)) {
		ok = err_set(err, ERR_IO, "making a socket: %s", strerror(errno));
	} else if (connect(fd, (const struct sockaddr *)&address->un, sizeof(address->un)) != 0) {
		if (errno == EACCES || errno == EPERM)
			ok = err_set(err, ERR_PERMISSION, "connecting to %s: %s",
				     address->un.sun_path, strerror(errno));
	} else if (send(fd, whole.data, whole.size, MSG_NOSIGNAL) == (ssize_t)whole.size) {
		read_answer(fd, arena, answer);
	}
	if (fd >= 0)
		close(fd);
	return ok;
}
