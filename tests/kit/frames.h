/*
 * frames.h: where the messages of PostgreSQL's protocol, version 3, begin and end in a stream of bytes.
 *
 * One conversation is two streams; what the client asks first decides how the server's first byte is to be read. Once
 * the two agree on encryption nothing can be told any more: both streams are opaque and their counts stand still.
 */
#ifndef TESTS_KIT_FRAMES_H
#define TESTS_KIT_FRAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum frames_phase {
	FRAMES_TYPED,   /* a letter, a length, a body */
	FRAMES_STARTUP, /* a length, a code, a body: what a client sends first */
	FRAMES_BYTE,    /* one byte: the server's answer to a request for encryption */
	FRAMES_OPAQUE,
};

struct frames {
	enum frames_phase phase;
	unsigned char head[8];
	size_t head_size;
	uint64_t body_left;
	uint64_t count; /* messages that were complete */
	struct frames *other;
};

void frames_init(struct frames *up, struct frames *down);

/* Takes bytes up to the end of message number count_max, or all; returns how many it took. */
size_t frames_take(struct frames *frames, const unsigned char *data, size_t size,
		   uint64_t count_max);

#endif
