/*
 * folder.c: the folder around the environment: whose it is, its lock and its format.
 */
#include "engine/state/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

#define LOCK_NAME "lock"
#define FORMAT_NAME "format"
#define FORMAT_NEW_NAME "format.new"
#define MAKING_LOCK_NAME FOLDER_MAKING_NAME "-lock"
#define FORMAT_TEXT "engine state 1\n"

/* Somebody who only looks in, as `engine ctl` does, is soon gone and must not keep a run from starting. */
#define LOCK_PATIENCE_NS 1000000000
#define LOCK_PAUSE_NS 10000000

/* The last ones are engine/move's: somebody may have asked for a pause before there was anything to pause. */
static const char *const our_names[] = { LOCK_NAME,        FORMAT_NAME, FORMAT_NEW_NAME,
					 FOLDER_DATA_NAME, "lock.mdb",  FOLDER_MAKING_NAME,
					 MAKING_LOCK_NAME, "ctl.sock",  "pause",
					 "stop",           "flag.new" };

void folder_init(struct folder *folder)
{
	*folder = (struct folder){ .fd = -1, .lock_fd = -1 };
}

void folder_release(struct folder *folder)
{
	if (folder->lock_fd >= 0)
		close(folder->lock_fd);
	if (folder->fd >= 0)
		close(folder->fd);
	free(folder->path);
	folder_init(folder);
}

static bool fail(const struct folder *folder, int number, const char *doing, struct err *err)
{
	enum err_code code = ERR_IO;

	if (number == EACCES || number == EPERM || number == EROFS)
		code = ERR_PERMISSION;
	return err_set(err, code, "state folder %s: %s: %s", folder->path, doing, strerror(number));
}

static char *copy_path(const char *path)
{
	size_t size = strlen(path);
	char *copy;

	while (size > 1 && path[size - 1] == '/')
		size--;
	copy = memory_resize(NULL, size + 1);
	memcpy(copy, path, size);
	copy[size] = '\0';
	return copy;
}

bool folder_open(struct folder *folder, const char *path, bool make, struct err *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	require(folder->path == NULL);
	folder->path = copy_path(path);
	folder->fd = open(folder->path, flags);
	if (folder->fd < 0 && errno == ENOENT && make) {
		if (!file_make_folder(folder->path, err))
			return err_while(err, "state folder %s", folder->path);
		folder->fd = open(folder->path, flags);
	}
	if (folder->fd >= 0)
		return true;
	if (errno == ENOENT)
		return err_set(err, ERR_UNAVAILABLE, "there is no state folder %s", folder->path);
	if (errno == ENOTDIR)
		return err_set(err, ERR_DATA, "state folder %s is not a folder", folder->path);
	return fail(folder, errno, "opening it", err);
}

/* ---- the lock ---- */

static bool fail_locked(const struct folder *folder, int lock_fd, struct err *err)
{
	char text[32];
	ssize_t size = pread(lock_fd, text, sizeof(text) - 1, 0);
	size_t digits;

	text[size > 0 ? size : 0] = '\0';
	digits = strspn(text, "0123456789");
	if (digits == 0)
		return err_set(err, ERR_TRANSIENT, "state folder %s is in use by another engine",
			       folder->path);
	return err_set(err, ERR_TRANSIENT,
		       "state folder %s is in use by another engine (process %.*s)", folder->path,
		       (int)digits, text);
}

/* The folder may have been set aside between opening its lock and getting it. */
static bool lock_is_current(const struct folder *folder, int lock_fd)
{
	struct stat held, named;
	char *path = NULL;
	bool same = false;

	if (asprintf(&path, "%s/" LOCK_NAME, folder->path) < 0)
		memory_exhausted(strlen(folder->path));
	same = fstat(lock_fd, &held) == 0 && stat(path, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
	free(path);
	return same;
}

/* For the message to whoever comes second; a full disk must not keep us from going on. */
static void record_pid(int lock_fd)
{
	char text[32];
	int size = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(lock_fd, 0) != 0 || pwrite(lock_fd, text, (size_t)size, 0) != size)
		return;
}

static bool lock_patiently(int lock_fd)
{
	int64_t until_ns = clock_monotonic_ns() + LOCK_PATIENCE_NS;

	while (flock(lock_fd, LOCK_EX | LOCK_NB) != 0) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || clock_monotonic_ns() >= until_ns)
			return false;
		clock_sleep_ns(LOCK_PAUSE_NS);
	}
	return true;
}

bool folder_lock(struct folder *folder, struct err *err)
{
	int fd = openat(folder->fd, LOCK_NAME, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return fail(folder, errno, "opening its lock", err);
	if (!lock_patiently(fd)) {
		if (errno == EWOULDBLOCK)
			fail_locked(folder, fd, err);
		else
			fail(folder, errno, "locking it", err);
		close(fd);
		return false;
	}
	if (!lock_is_current(folder, fd)) {
		close(fd);
		return err_set(err, ERR_TRANSIENT, "state folder %s was moved meanwhile",
			       folder->path);
	}
	record_pid(fd);
	folder->lock_fd = fd;
	return true;
}

/* ---- what is in it ---- */

struct content {
	bool has_format;
	bool has_data;
	bool has_making;
	char foreign[64]; /* the first name, in byte order, that is not ours */
};

static void note_name(struct content *content, const char *name)
{
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return;
	content->has_format |= strcmp(name, FORMAT_NAME) == 0;
	content->has_data |= strcmp(name, FOLDER_DATA_NAME) == 0;
	content->has_making |= strcmp(name, FOLDER_MAKING_NAME) == 0;
	for (size_t i = 0; i < sizeof(our_names) / sizeof(our_names[0]); i++) {
		if (strcmp(name, our_names[i]) == 0)
			return;
	}
	if (content->foreign[0] == '\0' || strcmp(name, content->foreign) < 0)
		snprintf(content->foreign, sizeof(content->foreign), "%.60s", name);
}

static bool read_content(const struct folder *folder, struct content *content, struct err *err)
{
	int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *names = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *name;

	*content = (struct content){ 0 };
	if (!names) {
		int number = errno;

		if (fd >= 0)
			close(fd);
		return fail(folder, number, "listing it", err);
	}
	while ((name = readdir(names)) != NULL)
		note_name(content, name->d_name);
	closedir(names);
	return true;
}

bool folder_look(const struct folder *folder, enum folder_kind *kind, char *text, size_t text_size,
		 struct err *err)
{
	struct content content;

	if (!read_content(folder, &content, err))
		return false;
	snprintf(text, text_size, "%s", "");
	if (content.has_format && content.has_data) {
		*kind = FOLDER_COMPLETE;
	} else if (content.has_format && !content.has_making) {
		*kind = FOLDER_BROKEN;
		snprintf(text, text_size, FOLDER_DATA_NAME " is missing");
	} else if (content.has_format) {
		*kind = FOLDER_EMPTY; /* marked, but its data was not yet put in place */
	} else if (content.foreign[0] != '\0') {
		*kind = FOLDER_FOREIGN;
		snprintf(text, text_size, "it holds \"%s\"", content.foreign);
	} else if (content.has_data) {
		*kind = FOLDER_BROKEN;
		snprintf(text, text_size, "its mark \"" FORMAT_NAME "\" is missing");
	} else {
		*kind = FOLDER_EMPTY;
	}
	return true;
}

bool folder_check_format(const struct folder *folder, struct err *err)
{
	char text[64];
	int fd = openat(folder->fd, FORMAT_NAME, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t size;

	if (fd < 0)
		return fail(folder, errno, "reading its mark", err);
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size < 0)
		return fail(folder, errno, "reading its mark", err);
	text[size] = '\0';
	if (strcmp(text, FORMAT_TEXT) == 0 && (size_t)size == strlen(FORMAT_TEXT))
		return true;
	if (strncmp(text, FORMAT_TEXT, strlen("engine state ")) == 0)
		return err_set(err, ERR_DATA,
			       "state folder %s has another format than this engine's (1); "
			       "`engine state rebuild` makes it again from the target",
			       folder->path);
	return err_set(err, ERR_DATA,
		       "%s is no state folder: its mark \"" FORMAT_NAME "\" says something else",
		       folder->path);
}

/* ---- making ---- */

bool folder_sweep(const struct folder *folder, struct err *err)
{
	/* The mark goes first: marked and without anything else is how a loss looks. */
	static const char *const leftovers[] = { FORMAT_NAME, FORMAT_NEW_NAME, FOLDER_MAKING_NAME,
						 MAKING_LOCK_NAME };

	for (size_t i = 0; i < sizeof(leftovers) / sizeof(leftovers[0]); i++) {
		if (unlinkat(folder->fd, leftovers[i], 0) != 0 && errno != ENOENT)
			return fail(folder, errno, "removing what was left unfinished", err);
	}
	return true;
}

static bool write_format(const struct folder *folder, struct err *err)
{
	const size_t size = strlen(FORMAT_TEXT);
	int fd =
	    openat(folder->fd, FORMAT_NEW_NAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t written;
	bool ok;

	if (fd < 0)
		return fail(folder, errno, "marking it", err);
	written = write(fd, FORMAT_TEXT, size);
	if (written >= 0 && (size_t)written != size)
		errno = ENOSPC;
	ok = written == (ssize_t)size && fsync(fd) == 0;
	if (!ok)
		fail(folder, errno, "marking it", err);
	close(fd);
	return ok;
}

static bool put_in_place(const struct folder *folder, const char *made, const char *name,
			 struct err *err)
{
	if (renameat(folder->fd, made, folder->fd, name) != 0 || fsync(folder->fd) != 0)
		return fail(folder, errno, "putting a file in its place", err);
	return true;
}

bool folder_finish(const struct folder *folder, struct err *err)
{
	if (!write_format(folder, err) ||
	    !put_in_place(folder, FORMAT_NEW_NAME, FORMAT_NAME, err) ||
	    !put_in_place(folder, FOLDER_MAKING_NAME, FOLDER_DATA_NAME, err))
		return false;
	(void)unlinkat(folder->fd, MAKING_LOCK_NAME, 0);
	return true;
}
