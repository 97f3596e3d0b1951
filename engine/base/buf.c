/*
 * buf.c: growing, and writing numbers without printf.
 */
#include "engine/base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/memory.h"
#include "engine/base/require.h"

enum { CAPACITY_MIN = 64 };

void buf_init(struct buf *buf)
{
	*buf = (struct buf){ 0 };
}

void buf_release(struct buf *buf)
{
	free(buf->data);
	buf_init(buf);
}

void buf_reset(struct buf *buf)
{
	buf->size = 0;
	if (buf->data)
		buf->data[0] = '\0';
}

void buf_grow(struct buf *buf, size_t size)
{
	size_t capacity = buf->capacity ? buf->capacity : CAPACITY_MIN;

	if (size > PTRDIFF_MAX / 4 || buf->size > PTRDIFF_MAX / 4)
		memory_exhausted(size);
	while (capacity <= buf->size + size)
		capacity *= 2;
	buf->data = memory_resize(buf->data, capacity);
	buf->capacity = capacity;
	buf->data[buf->size] = '\0';
}

void buf_put_int(struct buf *buf, int64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	uint64_t rest = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	do {
		digits[--at] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest);
	if (value < 0)
		digits[--at] = '-';
	buf_put(buf, digits + at, sizeof(digits) - at);
}

void buf_print(struct buf *buf, const char *format, ...)
{
	va_list arguments;
	int length;

	buf_reserve(buf, 1);
	va_start(arguments, format);
	length = vsnprintf(buf->data + buf->size, buf->capacity - buf->size, format, arguments);
	va_end(arguments);
	require(length >= 0);
	if ((size_t)length >= buf->capacity - buf->size) {
		buf_reserve(buf, (size_t)length);
		va_start(arguments, format);
		vsnprintf(buf->data + buf->size, buf->capacity - buf->size, format, arguments);
		va_end(arguments);
	}
	buf->size += (size_t)length;
}
