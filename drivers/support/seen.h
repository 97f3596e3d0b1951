/*
 * seen.h: a set of texts, kept as their digests. For drivers only.
 */
#ifndef DRIVERS_SUPPORT_SEEN_H
#define DRIVERS_SUPPORT_SEEN_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/span.h"
#include "engine/model/digest.h"

/* Starts as all zero. */
struct seen {
	struct digest *slots; /* all zero is free */
	size_t slot_count;    /* a power of two */
	size_t used;
};

/* Forget all, and keep the memory. */
void seen_reset(struct seen *seen);
void seen_release(struct seen *seen);
bool seen_add(struct seen *seen, struct span text); /* false when it was there */
bool seen_has(const struct seen *seen, struct span text);

#endif
