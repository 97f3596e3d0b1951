/*
 * buf.h: a growing run of bytes on the heap, owned by whoever holds the struct.
 */
#ifndef ENGINE_BASE_BUF_H
#define ENGINE_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/span.h"

struct buf {
	char *data; /* followed by a NUL that size does not count, once anything was put */
	size_t size;
	size_t capacity;
};

void buf_init(struct buf *buf);
void buf_release(struct buf *buf);

/* Empty and keep the memory. */
void buf_reset(struct buf *buf);

void buf_grow(struct buf *buf, size_t size);

/* Make room for size more bytes and a NUL. Out of memory ends the program. */
static inline void buf_reserve(struct buf *buf, size_t size)
{
	if (buf->capacity - buf->size <= size)
		buf_grow(buf, size);
}

static inline void buf_put(struct buf *buf, const void *bytes, size_t size)
{
	buf_reserve(buf, size);
	if (size)
		memcpy(buf->data + buf->size, bytes, size);
	buf->size += size;
	buf->data[buf->size] = '\0';
}

static inline void buf_put_char(struct buf *buf, char c)
{
	buf_put(buf, &c, 1);
}

static inline void buf_put_span(struct buf *buf, struct span span)
{
	buf_put(buf, span.data, span.size);
}

static inline void buf_put_text(struct buf *buf, const char *text)
{
	buf_put(buf, text, strlen(text));
}

/* Decimal digits, no locale. */
void buf_put_int(struct buf *buf, int64_t value);

void buf_print(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Borrowed: valid until the buffer changes. */
static inline struct span buf_span(const struct buf *buf)
{
	return (struct span){ buf->data ? buf->data : "", buf->size };
}

#endif
