/*
 * folder.h: the folder around the environment: whose it is, its lock and its format. For the room only.
 *
 * A new environment is made under another name and renamed when it is complete, after the mark that
 * says which format it has. So whatever a crash leaves behind can be told from damage.
 */
#ifndef ENGINE_STATE_FOLDER_H
#define ENGINE_STATE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"

#define FOLDER_DATA_NAME "data.mdb"
#define FOLDER_MAKING_NAME "making.mdb"

struct folder {
	char *path; /* without a slash at its end */
	int fd;
	int lock_fd; /* -1 when the lock is not ours */
};

enum folder_kind {
	FOLDER_EMPTY,    /* nothing in it, or what a crash left of making it */
	FOLDER_COMPLETE, /* marked, with data */
	FOLDER_BROKEN,   /* ours, but something is missing */
	FOLDER_FOREIGN,  /* holds something else */
};

void folder_init(struct folder *folder);
void folder_release(struct folder *folder);

/* ERR_UNAVAILABLE when it does not exist and make is false. */
bool folder_open(struct folder *folder, const char *path, bool make, struct err *err);

/* One engine a folder: ERR_TRANSIENT names the process that holds the lock for longer than a second. Ours until release, and
 * free at once when we die. */
bool folder_lock(struct folder *folder, struct err *err);

/* text says what makes it broken or foreign. */
bool folder_look(const struct folder *folder, enum folder_kind *kind, char *text, size_t text_size,
		 struct err *err);

/* Remove what an unfinished making left behind. */
bool folder_sweep(const struct folder *folder, struct err *err);

/* The environment made as FOLDER_MAKING_NAME is complete: mark the folder and put it in its place. */
bool folder_finish(const struct folder *folder, struct err *err);

/* ERR_DATA when the mark names another format. */
bool folder_check_format(const struct folder *folder, struct err *err);

#endif
