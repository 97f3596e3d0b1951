/*
 * ctl_client.c: those who are connected, each bounded in size and time: what one does, or does not, costs no other.
 */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/move/ctl_internal.h"

enum { OUT_BYTES_MAX = 16384 };
static const int64_t line_ns = 5000000000;  /* to finish a line, and to fetch an answer */
static const int64_t idle_ns = 60000000000; /* between two lines */
static const int64_t breath_ns = 100000000;

void ctl_client_close(struct ctl_client *client)
{
	if (client->fd < 0)
		return;
	close(client->fd);
	buf_release(&client->out);
	*client = (struct ctl_client){ .fd = -1 };
}

/* Somebody who comes is heard at once: if need be whoever was silent for longest goes. */
static struct ctl_client *find_seat(struct ctl *ctl)
{
	struct ctl_client *oldest = &ctl->clients[0];

	for (int i = 0; i < CTL_CLIENTS_MAX; i++) {
		if (ctl->clients[i].fd < 0)
			return &ctl->clients[i];
		if (ctl->clients[i].since_ns < oldest->since_ns)
			oldest = &ctl->clients[i];
	}
	ctl_client_close(oldest);
	return oldest;
}

static void dismiss(struct ctl_client *client, const char *words)
{
	buf_put_text(&client->out, words);
	client->line_size = 0;
	client->is_leaving = true;
}

static bool is_permitted(int fd, uid_t *uid)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	*uid = peer.uid;
	return peer.uid == 0 || peer.uid == geteuid();
}

void ctl_client_accept(struct ctl *ctl, int64_t now_ns)
{
	int fd = accept4(ctl->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct ctl_client *client;
	uid_t uid = (uid_t)-1;

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			ctl->accept_ns = now_ns + breath_ns;
		return;
	}
	client = find_seat(ctl);
	*client = (struct ctl_client){ .fd = fd, .since_ns = now_ns };
	buf_init(&client->out);
	if (is_permitted(fd, &uid)) {
		pause_name_user(uid, client->who);
		return;
	}
	log_event(LOG_WARN, "user %ld was refused at the control socket", (long)(int)uid);
	dismiss(client, "error: not permitted: only the user of this run, and root\n");
}

static void send_answers(struct ctl_client *client)
{
	ssize_t sent =
	    send(client->fd, client->out.data, client->out.size, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (sent < 0) {
		ctl_client_close(client);
		return;
	}
	memmove(client->out.data, client->out.data + sent, client->out.size - (size_t)sent);
	client->out.size -= (size_t)sent;
	/* Closed with something unread, it would break off before the answer is read. */
	if (client->out.size == 0 && client->is_leaving)
		shutdown(client->fd, SHUT_WR);
}

/* Every whole line that is there, as long as the answers are not too many to keep. */
static void answer_lines(struct ctl *ctl, struct ctl_client *client, int64_t now_ns)
{
	char *end;

	while (!client->is_leaving && client->out.size < OUT_BYTES_MAX &&
	       (end = memchr(client->line, '\n', client->line_size)) != NULL) {
		size_t size = (size_t)(end - client->line);

		ctl_answer(ctl, client->who, (struct span){ client->line, size }, &client->out);
		client->line_size -= size + 1;
		memmove(client->line, end + 1, client->line_size);
		client->since_ns = now_ns;
	}
	if (client->line_size == sizeof(client->line) &&
	    !memchr(client->line, '\n', client->line_size))
		dismiss(client, "error: a command is at most 1024 bytes long\n");
}

/* What one that was dismissed still says, until it ends or its time is up. */
static void discard(struct ctl_client *client)
{
	char unread[4 * CTL_LINE_BYTES_MAX];
	ssize_t got = recv(client->fd, unread, sizeof(unread), MSG_DONTWAIT);

	if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
		ctl_client_close(client);
}

static void receive(struct ctl *ctl, struct ctl_client *client, int64_t now_ns)
{
	ssize_t got = recv(client->fd, client->line + client->line_size,
			   sizeof(client->line) - client->line_size, MSG_DONTWAIT);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got < 0 || (got == 0 && client->line_size == 0)) {
		ctl_client_close(client);
		return;
	}
	/* Of "workers 12" no more than "workers 1" may have come. */
	if (got == 0) {
		dismiss(client, "error: the command has no end of line; nothing was done\n");
		return;
	}
	if (client->line_size == 0)
		client->since_ns = now_ns;
	client->line_size += (size_t)got;
	answer_lines(ctl, client, now_ns);
}

static bool is_idle(const struct ctl_client *client)
{
	return client->line_size == 0 && client->out.size == 0 && !client->is_leaving;
}

void ctl_client_serve(struct ctl *ctl, struct ctl_client *client, short events, int64_t now_ns)
{
	if (client->fd < 0)
		return;
	if (client->out.size == 0 && (events & (POLLIN | POLLHUP | POLLERR)))
		client->is_leaving ? discard(client) : receive(ctl, client, now_ns);
	if (client->fd >= 0 && client->out.size > 0)
		send_answers(client);
	/* What was left unanswered because the answers were too many. */
	if (client->fd >= 0 && client->out.size == 0 && client->line_size > 0)
		answer_lines(ctl, client, now_ns);
	if (client->fd >= 0 && now_ns - client->since_ns > (is_idle(client) ? idle_ns : line_ns))
		ctl_client_close(client);
}
