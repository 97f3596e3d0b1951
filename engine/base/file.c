/*
 * file.c: whole files and paths, with errors people can act on.
 */
#include "engine/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/memory.h"

enum { FIRST_READ_BYTES = 4096 };

bool file_failure(int number, const char *doing, const char *path, struct err *err)
{
	enum err_code code = ERR_IO;
	char reason[128];

	if (number == ENOENT || number == ENOTDIR)
		code = ERR_UNAVAILABLE;
	else if (number == EACCES || number == EPERM || number == EROFS)
		code = ERR_PERMISSION;
	return err_set(err, code, "%s %s: %s", doing, path,
		       strerror_r(number, reason, sizeof(reason)));
}

/* Read to the end; the size known beforehand is a hint, for files change while they are read. */
static bool read_all(int fd, const char *path, size_t size_hint, size_t size_max,
		     struct arena *arena, struct span *text, struct err *err)
{
	size_t capacity = size_hint + 1, size = 0;
	char *data = arena_alloc(arena, capacity);

	for (;;) {
		ssize_t got = read(fd, data + size, capacity - size);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return file_failure(errno, "reading", path, err);
		if (got == 0)
			break;
		size += (size_t)got;
		if (size > size_max)
			return err_set(err, ERR_DATA, "%s is larger than %zu bytes", path,
				       size_max);
		if (size == capacity) {
			data = arena_grow(arena, data, capacity, capacity * 2 + FIRST_READ_BYTES);
			capacity = capacity * 2 + FIRST_READ_BYTES;
		}
	}
	data[size] = '\0'; /* capacity is above size whenever the end was seen */
	*text = (struct span){ data, size };
	return true;
}

bool file_read(const char *path, size_t size_max, struct arena *arena, struct span *text,
	       struct err *err)
{
	struct stat status;
	bool ok = false;
	/* Not blocking: opening a FIFO must not wait for a writer. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return file_failure(errno, "opening", path, err);
	if (fstat(fd, &status) != 0)
		file_failure(errno, "opening", path, err);
	else if (!S_ISREG(status.st_mode))
		err_set(err, ERR_DATA, "%s is not a regular file", path);
	else if ((uintmax_t)status.st_size > size_max)
		err_set(err, ERR_DATA, "%s is larger than %zu bytes", path, size_max);
	else
		ok = read_all(fd, path, (size_t)status.st_size, size_max, arena, text, err);
	close(fd);
	return ok;
}

static bool make_one(const char *path, struct err *err)
{
	struct stat status;
	int number;

	if (mkdir(path, 0700) == 0)
		return true;
	number = errno;
	/* A parent that exists may say "read-only" or "not permitted" before "exists". */
	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return true;
	if (number == EEXIST)
		number = ENOTDIR;
	return file_failure(number, "making the folder", path, err);
}

bool file_put(int fd, struct span text, const char *path, struct err *err)
{
	size_t done = 0;

	while (done < text.size) {
		ssize_t wrote = write(fd, text.data + done, text.size - done);

		if (wrote < 0 && errno != EINTR)
			return file_failure(errno, "writing", path, err);
		done += wrote > 0 ? (size_t)wrote : 0;
	}
	return true;
}

/* mode 0: as it is made, for its owner alone. */
static bool write_with_mode(const char *path, mode_t mode, struct span text, struct err *err)
{
	struct arena arena;
	char *beside;
	bool ok;
	int fd;

	arena_init(&arena);
	beside = arena_text(&arena, arena_print(&arena, "%s.XXXXXX", path).data);
	fd = mkostemp(beside, O_CLOEXEC);
	if (fd < 0) {
		file_failure(errno, "writing", path, err);
		arena_release(&arena);
		return false;
	}
	ok = mode == 0 || fchmod(fd, mode) == 0 || file_failure(errno, "writing", path, err);
	ok = ok && file_put(fd, text, path, err) &&
	     (fsync(fd) == 0 || file_failure(errno, "writing", path, err));
	close(fd);
	if (ok && rename(beside, path) != 0)
		ok = file_failure(errno, "writing", path, err);
	if (!ok)
		unlink(beside);
	arena_release(&arena);
	return ok;
}

bool file_write(const char *path, struct span text, struct err *err)
{
	return write_with_mode(path, 0, text, err);
}

bool file_write_like(const char *path, const char *like, struct span text, struct err *err)
{
	struct stat status;

	if (stat(path, &status) != 0 && stat(like, &status) != 0)
		return file_failure(errno, "writing", path, err);
	return write_with_mode(path, status.st_mode & 0777, text, err);
}

bool file_make_folder(const char *path, struct err *err)
{
	size_t size = strlen(path) + 1;
	char *parent = memory_resize(NULL, size);
	bool ok = true;

	memcpy(parent, path, size);
	for (char *slash = strchr(parent + (size > 1), '/'); ok && slash;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		ok = make_one(parent, err);
		*slash = '/';
	}
	if (ok)
		ok = make_one(path, err);
	free(parent);
	return ok;
}

char *file_folder_of(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	struct span folder;

	if (!slash)
		return arena_text(arena, ".");
	while (slash > path && slash[-1] == '/')
		slash--;
	folder = (struct span){ path, slash == path ? 1 : (size_t)(slash - path) };
	return arena_text(arena, arena_copy(arena, folder).data);
}
