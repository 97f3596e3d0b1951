/*
 * ctl_internal.h: what the files of the control socket share. For engine/move/ctl*.c only.
 */
#ifndef ENGINE_MOVE_CTL_INTERNAL_H
#define ENGINE_MOVE_CTL_INTERNAL_H

#include <poll.h>

#include "engine/move/ctl.h"
#include "engine/move/mover.h"

enum { CTL_CLIENTS_MAX = 16 };

/* Somebody who is connected. */
struct ctl_client {
	int fd; /* -1: nobody */
	char who[PAUSE_WHO_SIZE];
	char line[CTL_LINE_BYTES_MAX + 1]; /* as far as it came, with room for its end */
	size_t line_size;
	struct buf out;   /* what is not sent yet */
	bool is_leaving;  /* what it still says is not heard */
	int64_t since_ns; /* monotonic: the last thing it finished, or began */
};

struct ctl {
	struct mover *mover;
	struct ctl_address address;
	int listen_fd; /* -1: there is no socket */
	int wake_fd;
	dev_t device; /* of the socket's file, so that only our own is removed */
	ino_t inode;
	pthread_t thread;
	bool has_thread;
	atomic_bool ends;
	struct ctl_client clients[CTL_CLIENTS_MAX];
	int64_t accept_ns; /* not before: this process had no descriptor left */
	int64_t look_ns;   /* when to look for files again */
	/* What the run waits for, and since when; waits that follow each other closely are one. */
	const char *reason;
	int64_t reason_since_ns, reason_seen_ns;
};

/* ---- ctl_client.c ---- */

/* Take in who knocks, if the kernel says that it may. */
void ctl_client_accept(struct ctl *ctl, int64_t now_ns);
/* Read, answer whole lines, send; closes the ones that are done, too slow or too much. */
void ctl_client_serve(struct ctl *ctl, struct ctl_client *client, short events, int64_t now_ns);
void ctl_client_close(struct ctl_client *client);

/* ---- ctl_flags.c ---- */

/* Is there a new flag, or one less? */
void ctl_look_for_flags(struct ctl *ctl);
/* Put the pause, or none, in its place in the mover's steer, and wake whoever it concerns. */
void ctl_set_pause(struct mover *mover, struct pause *place, const struct pause *pause);
void ctl_log_pause(const struct pause *pause);
/* False when the run is stopping already. */
bool ctl_stop(struct mover *mover, const char *who);

/* ---- ctl_order.c ---- */

/* Do what the line says and append the answer, one line. */
void ctl_answer(struct ctl *ctl, const char *who, struct span line, struct buf *out);
/* What the run waits for, now and then. */
void ctl_watch_reason(struct ctl *ctl, int64_t now_ns);

#endif
