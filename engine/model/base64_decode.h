/*
 * base64_decode.h: bytes that came as text.
 */
#ifndef ENGINE_MODEL_BASE64_DECODE_H
#define ENGINE_MODEL_BASE64_DECODE_H

#include <stdbool.h>

#include "engine/base/arena.h"
#include "engine/base/span.h"

/* RFC 4648 with its padding, and nothing else in it; false when it is none. In the arena. */
bool base64_decode(struct arena *arena, struct span text, struct span *bytes);

#endif
