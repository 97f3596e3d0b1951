/*
 * base64.h: bytes as text and back (RFC 4648, section 4, with padding).
 */
#ifndef ENGINE_MODEL_BASE64_H
#define ENGINE_MODEL_BASE64_H

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"

/* The same bytes give the same text: no line ends, the padding always there. */
void base64_put(struct buf *buf, struct span bytes);

/* Such a text and nothing else in it; false when it is none. In the arena. */
bool base64_decode(struct arena *arena, struct span text, struct span *bytes);

#endif
