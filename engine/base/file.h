/*
 * file.h: whole files and paths.
 */
#ifndef ENGINE_BASE_FILE_H
#define ENGINE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"

/* What the system says of a call that failed: "writing a/b: No space left on device". ERR_UNAVAILABLE where the path leads nowhere,
 * ERR_PERMISSION, else ERR_IO. Gives false. */
bool file_failure(int number, const char *doing, const char *path, struct err *err);

/* Read a whole regular file of at most size_max bytes; the text lives in the arena and is
 * followed by a NUL. ERR_UNAVAILABLE when it does not exist, ERR_DATA when it is larger or no regular
 * file, ERR_PERMISSION, ERR_IO. */
bool file_read(const char *path, size_t size_max, struct arena *arena, struct span *text,
	       struct err *err);

/* Make the file hold this, for its owner alone: whole or not at all, whatever stood there before. ERR_UNAVAILABLE, ERR_PERMISSION,
 * ERR_IO. */
bool file_write(const char *path, struct span text, struct err *err);

/* The same for a file that others read, too: with the permissions it had, or where it is new with those of the file `like`. */
bool file_write_like(const char *path, const char *like, struct span text, struct err *err);

/* All of it to an open file, where it stands; path: what errors call it. ERR_PERMISSION, ERR_IO. Not durable yet. */
bool file_put(int fd, struct span text, const char *path, struct err *err);

/* Create the folder and its parents, mode 0700 for what is made. */
bool file_make_folder(const char *path, struct err *err);

/* "a/b/c.lua" -> "a/b"; "c.lua" -> ".". In the arena. */
char *file_folder_of(struct arena *arena, const char *path);

#endif
