/*
 * ctl.h: control of a run while it runs: a socket in its state folder, plain text, a command a line, an answer a line.
 *
 * STATE/ctl.sock is for the run's own user and root (mode 0600, and the kernel says who asks). `nc -U STATE/ctl.sock` works;
 * a line that begins with "json " is answered in JSON. Beside it the files STATE/pause and STATE/stop are looked for once a
 * second: they need nobody who listens.
 */
#ifndef ENGINE_MOVE_CTL_H
#define ENGINE_MOVE_CTL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/un.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/move/pause.h"

#define CTL_SOCKET_NAME "ctl.sock"

enum { CTL_LINE_BYTES_MAX = 1024 };

/* ---- orders ---- */

enum ctl_verb {
	CTL_PAUSE,
	CTL_RESUME,
	CTL_RATE,
	CTL_BYTES,
	CTL_WORKERS,
	CTL_WHY,
	CTL_STOP,
	CTL_HELP,
};

struct ctl_order {
	enum ctl_verb verb;
	bool json;
	int64_t number;  /* of rate, bytes, workers; 0: off */
	struct span why; /* of pause; borrowed from the line */
};

/* ERR_USAGE says what was meant. */
bool ctl_parse(struct span line, struct ctl_order *order, struct err *err);

/* "pause [WHY]: …", a line each. */
void ctl_put_help(struct buf *buf, const char *separator);

/* ---- in the run ---- */

struct ctl;
struct mover;

/* Find out whether the run is to begin paused, and listen from now on. A socket that cannot be had is said and costs
 * the socket alone; ERR_TRANSIENT when there is no thread. */
bool ctl_open(struct ctl **ctl, struct mover *mover, struct err *err);
/* NULL is fine. */
void ctl_close(struct ctl *ctl);

/* ---- from another process ---- */

/* Where the socket of a state folder is, however long the folder's name. */
struct ctl_address {
	int folder_fd; /* -1 when there is none */
	struct sockaddr_un un;
};
bool ctl_address_open(struct ctl_address *address, const char *folder, struct err *err);
void ctl_address_close(struct ctl_address *address);

/* Say one line and wait for the answer, which lies in the arena. It has no data when nobody answers within seconds.
 * ERR_PERMISSION when this user may not ask, ERR_UNAVAILABLE when there is no such folder. */
bool ctl_ask(const struct ctl_address *address, struct span line, struct arena *arena,
	     struct span *answer, struct err *err);

#endif
