/*
 * pause.h: a pause somebody asked for: who, why, since when; kept where a restart finds it.
 *
 * There are two places. The one asked for over the control socket is a fact of the state folder, and ends when somebody
 * says so. The other is the file STATE/pause, for when nobody answers at the socket: its content is why, its owner who,
 * and it ends when the file is removed. A run is paused while there is either.
 */
#ifndef ENGINE_MOVE_PAUSE_H
#define ENGINE_MOVE_PAUSE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "engine/base/buf.h"
#include "engine/state/state.h"

#define PAUSE_FLAG_NAME "pause"
#define STOP_FLAG_NAME "stop"

enum { PAUSE_WHO_SIZE = 160, PAUSE_WHY_SIZE = 512 };

struct pause {
	char who[PAUSE_WHO_SIZE]; /* "ada@host" */
	char why[PAUSE_WHY_SIZE]; /* "" when nobody said */
	int64_t since_us;         /* wall clock; 0: there is no pause */
};

/* Its name at this machine, or its number. */
void pause_name_user(uid_t uid, char who[PAUSE_WHO_SIZE]);

/* Whatever somebody wrote, as one line that steers no terminal, cut at a whole character. */
void pause_set_why(struct pause *pause, struct span why);

/* "paused by ada@host since 2026-01-02T03:04:05Z: legacy is slow" */
void pause_put_text(struct buf *buf, const struct pause *pause);

/* ---- in the state folder ---- */

bool pause_load(struct state *state, struct arena *arena, struct pause *pause, struct err *err);
/* pause NULL: it is over. */
bool pause_save(struct state *state, const struct pause *pause, struct err *err);

/* ---- as a file; folder_fd: of the state folder ---- */

/* What stands there under this name, whatever it is: a file that cannot be read still asks for what its name says. */
void pause_read_flag(int folder_fd, const char *name, struct pause *pause);
/* Whole or not at all. One that is there already stays as it is. */
bool pause_write_flag(int folder_fd, const char *name, struct span why, struct err *err);
/* One that is not there is fine. */
bool pause_remove_flag(int folder_fd, const char *name, struct err *err);

/* ---- both ---- */

/* The pause that holds this folder's engine, the one in the state folder before the file. */
bool pause_find(struct state *state, int folder_fd, struct arena *arena, struct pause *pause,
		struct err *err);

#endif
