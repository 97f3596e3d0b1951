/*
 * base64.h: bytes as text (RFC 4648, section 4, with padding).
 */
#ifndef ENGINE_MODEL_BASE64_H
#define ENGINE_MODEL_BASE64_H

#include "engine/base/buf.h"

/* The same bytes give the same text: no line ends, the padding always there. */
void base64_put(struct buf *buf, struct span bytes);

#endif
