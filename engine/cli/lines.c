/*
 * lines.c: reads what is there, hands out what is whole, moves the rest to the front.
 */
#include "engine/cli/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { READ_BYTES = 256 << 10 };

void lines_init(struct lines *lines)
{
	*lines = (struct lines){ .start = 0 };
	buf_init(&lines->buf);
}

bool lines_open(struct lines *lines, const char *path, struct err *err)
{
	lines_init(lines);
	if (strcmp(path, "-") == 0)
		return true;
	lines->path = path;
	lines->file = open(path, O_RDONLY | O_CLOEXEC);
	if (lines->file >= 0)
		return true;
	return err_set(err,
		       errno == ENOENT   ? ERR_UNAVAILABLE
		       : errno == EACCES ? ERR_PERMISSION
					 : ERR_IO,
		       "%s: %s", path, strerror(errno));
}

void lines_release(struct lines *lines)
{
	if (lines->path)
		close(lines->file);
	buf_release(&lines->buf);
}

/* The end of the line ahead, or NULL. */
static const char *find_end(struct lines *lines)
{
	const char *data = lines->buf.data;
	const char *end = NULL;

	if (lines->searched < lines->buf.size)
		end = memchr(data + lines->searched, '\n', lines->buf.size - lines->searched);
	lines->searched = end ? (size_t)(end - data) : lines->buf.size;
	return end;
}

bool lines_has_one(struct lines *lines)
{
	return find_end(lines) != NULL;
}

static void move_to_front(struct lines *lines)
{
	size_t rest = lines->buf.size - lines->start;

	if (lines->start == 0)
		return;
	memmove(lines->buf.data, lines->buf.data + lines->start, rest);
	lines->buf.size = rest;
	lines->searched -= lines->start;
	lines->start = 0;
}

bool lines_read_more(struct lines *lines, struct err *err)
{
	ssize_t size;

	move_to_front(lines);
	buf_reserve(&lines->buf, READ_BYTES);
	do
		size = read(lines->file, lines->buf.data + lines->buf.size, READ_BYTES);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return err_set(err, ERR_IO, "reading %s: %s",
			       lines->path ? lines->path : "standard input", strerror(errno));
	lines->ended = size == 0;
	lines->buf.size += (size_t)size;
	return true;
}

bool lines_next(struct lines *lines, struct span *line, bool *found, struct err *err)
{
	const char *end = find_end(lines);

	while (!end && !lines->ended) {
		if (lines->buf.size - lines->start > LINE_BYTES_MAX)
			break;
		if (!lines_read_more(lines, err))
			return false;
		end = find_end(lines);
	}
	*found = end || lines->buf.size > lines->start;
	if (!*found)
		return true;
	*line = (struct span){ lines->buf.data + lines->start,
			       (end ? lines->searched : lines->buf.size) - lines->start };
	lines->number++;
	if (line->size > LINE_BYTES_MAX)
		return err_set(err, ERR_DATA, "line %lld is longer than %d MiB",
			       (long long)lines->number, LINE_BYTES_MAX >> 20);
	lines->start += line->size + (end != NULL);
	lines->searched = lines->start;
	return true;
}
