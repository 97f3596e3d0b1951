/*
 * ctl.c: the thread that listens while a run runs; one that is alone with its socket and never waits for a client.
 */
#include "engine/move/ctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/log.h"
#include "engine/base/require.h"
#include "engine/move/ctl_internal.h"

enum { TURN_MS = 250, BACKLOG = 16 };
static const int64_t look_every_ns = 1000000000;

/* ---- the socket ---- */

/* Whoever holds the folder's lock is its only engine: a socket that lies there is of one that is dead. */
static bool clear_place(const struct ctl *ctl, struct err *err)
{
	struct stat status;

	if (fstatat(ctl->address.folder_fd, CTL_SOCKET_NAME, &status, AT_SYMLINK_NOFOLLOW) != 0)
		return true;
	if (!S_ISSOCK(status.st_mode))
		return err_set(err, ERR_DATA,
			       "\"" CTL_SOCKET_NAME
			       "\" in the state folder is no socket; remove it");
	return unlinkat(ctl->address.folder_fd, CTL_SOCKET_NAME, 0) == 0 ||
	       err_set(err, ERR_IO, "removing the socket of a dead run: %s", strerror(errno));
}

static bool listen_here(struct ctl *ctl, struct err *err)
{
	const struct sockaddr *name = (const struct sockaddr *)&ctl->address.un;
	struct stat status;

	if (!clear_place(ctl, err))
		return false;
	ctl->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ctl->listen_fd < 0)
		return err_set(err, ERR_IO, "making a socket: %s", strerror(errno));
	/* Linux gives the file the mode of the socket: it is nobody else's from its first moment. */
	if (fchmod(ctl->listen_fd, 0600) != 0 ||
	    bind(ctl->listen_fd, name, sizeof(ctl->address.un)) != 0)
		return err_set(err, ERR_IO, "binding %s: %s", ctl->address.un.sun_path,
			       strerror(errno));
	if (fstatat(ctl->address.folder_fd, CTL_SOCKET_NAME, &status, AT_SYMLINK_NOFOLLOW) != 0 ||
	    (status.st_mode & 0777) != 0600)
		return err_set(err, ERR_IO, "%s is not for this user alone",
			       ctl->address.un.sun_path);
	ctl->device = status.st_dev;
	ctl->inode = status.st_ino;
	return listen(ctl->listen_fd, BACKLOG) == 0 ||
	       err_set(err, ERR_IO, "listening at %s: %s", ctl->address.un.sun_path,
		       strerror(errno));
}

static void close_socket(struct ctl *ctl)
{
	struct stat status;

	if (ctl->listen_fd < 0)
		return;
	if (fstatat(ctl->address.folder_fd, CTL_SOCKET_NAME, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	    status.st_dev == ctl->device && status.st_ino == ctl->inode)
		unlinkat(ctl->address.folder_fd, CTL_SOCKET_NAME, 0);
	close(ctl->listen_fd);
	ctl->listen_fd = -1;
}

/* ---- the thread ---- */

static int fill(const struct ctl *ctl, struct pollfd *fds, int64_t now_ns)
{
	fds[0] = (struct pollfd){ ctl->wake_fd, POLLIN, 0 };
	fds[1] = (struct pollfd){ now_ns >= ctl->accept_ns ? ctl->listen_fd : -1, POLLIN, 0 };
	for (int i = 0; i < CTL_CLIENTS_MAX; i++)
		fds[2 + i] = (struct pollfd){ ctl->clients[i].fd,
					      ctl->clients[i].out.size > 0 ? POLLOUT : POLLIN, 0 };
	return 2 + CTL_CLIENTS_MAX;
}

static void *listen_thread(void *context)
{
	struct ctl *ctl = context;

	while (!atomic_load(&ctl->ends)) {
		struct pollfd fds[2 + CTL_CLIENTS_MAX];
		int count = fill(ctl, fds, clock_monotonic_ns());
		int ready = poll(fds, (nfds_t)count, TURN_MS);
		int64_t now_ns = clock_monotonic_ns();

		for (int i = 0; i < CTL_CLIENTS_MAX; i++)
			ctl_client_serve(ctl, &ctl->clients[i], ready > 0 ? fds[2 + i].revents : 0,
					 now_ns);
		if (ready > 0 && fds[1].revents)
			ctl_client_accept(ctl, now_ns);
		ctl_watch_reason(ctl, now_ns);
		if (now_ns >= ctl->look_ns) {
			ctl_look_for_flags(ctl);
			ctl->look_ns = now_ns + look_every_ns;
		}
	}
	return NULL;
}

/* ---- opening and closing ---- */

/* What stands before anything is moved. */
static bool begin_as_left(struct ctl *ctl, struct err *err)
{
	struct mover *mover = ctl->mover;
	struct buf text;

	if (!pause_load(mover->state, mover->arena, &mover->steer.ordered, err))
		return false;
	ctl_look_for_flags(ctl);
	if (mover->steer.ordered.since_us != 0) {
		buf_init(&text);
		pause_put_text(&text, &mover->steer.ordered);
		log_event(LOG_WARN, "this run begins %.*s; `engine ctl resume` ends the pause",
			  SPAN_ARGS(buf_span(&text)));
		buf_release(&text);
	}
	return true;
}

bool ctl_open(struct ctl **opened, struct mover *mover, struct err *err)
{
	struct err trouble = { ERR_NONE, "" };
	struct ctl *ctl = calloc(1, sizeof(*ctl));

	require(ctl);
	*opened = ctl;
	ctl->mover = mover;
	ctl->listen_fd = ctl->wake_fd = -1;
	for (int i = 0; i < CTL_CLIENTS_MAX; i++)
		ctl->clients[i].fd = -1;
	if (!ctl_address_open(&ctl->address, mover->options->state, err) ||
	    !begin_as_left(ctl, err))
		return false;
	if (!listen_here(ctl, &trouble)) {
		close_socket(ctl);
		log_event(LOG_WARN,
			  "there is no control socket (%s); the files \"pause\" and \"stop\" in %s "
			  "are heeded",
			  trouble.text, mover->options->state);
	}
	ctl->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ctl->has_thread =
	    ctl->wake_fd >= 0 && pthread_create(&ctl->thread, NULL, listen_thread, ctl) == 0;
	return ctl->has_thread ||
	       err_set(err, ERR_TRANSIENT,
		       "this machine starts no thread: raise the limit (ulimit -u)");
}

void ctl_close(struct ctl *ctl)
{
	if (!ctl)
		return;
	atomic_store(&ctl->ends, true);
	if (ctl->has_thread) {
		eventfd_write(ctl->wake_fd, 1);
		pthread_join(ctl->thread, NULL);
	}
	for (int i = 0; i < CTL_CLIENTS_MAX; i++)
		ctl_client_close(&ctl->clients[i]);
	close_socket(ctl);
	if (ctl->wake_fd >= 0)
		close(ctl->wake_fd);
	ctl_address_close(&ctl->address);
	free(ctl);
}
