/*
 * lines.h: the lines of standard input or of a file, one at a time, in memory that does not grow.
 */
#ifndef ENGINE_CLI_LINES_H
#define ENGINE_CLI_LINES_H

#include "engine/base/buf.h"
#include "engine/base/err.h"

enum { LINE_BYTES_MAX = 16 << 20 };

struct lines {
	int file;         /* 0: standard input */
	const char *path; /* of the file, else NULL */
	struct buf buf;
	size_t start, searched; /* of the line ahead; as far as it is known to have no end */
	int64_t number;         /* of the line last handed out, from 1 */
	bool ended;
};

void lines_init(struct lines *lines);
/* The lines of a file, or of standard input where the path is "-". ERR_UNAVAILABLE, ERR_PERMISSION, ERR_IO. On false there is nothing to
 * release. */
bool lines_open(struct lines *lines, const char *path, struct err *err);
void lines_release(struct lines *lines);

/* Is a whole line there already, so that asking for it does not wait? */
bool lines_has_one(struct lines *lines);

/* The next line without its end, valid until the next call; *found is false behind the last. ERR_DATA for a line
 * above LINE_BYTES_MAX. */
bool lines_next(struct lines *lines, struct span *line, bool *found, struct err *err);

/* For what ends otherwise than with a line: more bytes behind those in buf, from start on; ended is set behind the last. */
bool lines_read_more(struct lines *lines, struct err *err);

#endif
