/*
 * span.h: borrowed bytes with a length. A span never owns and is never NUL-terminated by promise.
 *
 * data == NULL is "no value" (NULL in a database) and differs from a span of size 0.
 */
#ifndef ENGINE_BASE_SPAN_H
#define ENGINE_BASE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
	const char *data;
	size_t size;
};

#define SPAN_NONE ((struct span){ NULL, 0 })

/* For string literals. */
#define SPAN(literal) ((struct span){ "" literal, sizeof(literal) - 1 })

/* For printf: "%.*s", SPAN_ARGS(span) */
#define SPAN_ARGS(span) (int)(span).size, ((span).data ? (span).data : "")

static inline struct span span_of(const char *text)
{
	return (struct span){ text, text ? strlen(text) : 0 };
}

static inline bool span_equal(struct span a, struct span b)
{
	if ((a.data == NULL) != (b.data == NULL))
		return false;
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

static inline bool span_equal_text(struct span span, const char *text)
{
	return span_equal(span, span_of(text));
}

/* Order by bytes, a prefix first: negative, 0 or positive. Both must have data. */
static inline int span_compare(struct span a, struct span b)
{
	size_t shared = a.size < b.size ? a.size : b.size;
	int order = shared ? memcmp(a.data, b.data, shared) : 0;

	if (order != 0)
		return order;
	return (a.size > b.size) - (a.size < b.size);
}

#endif
