/*
 * mask.h: what stands for a value that no message, report or log may show.
 *
 * The same value is shown alike wherever it is masked, so that people can tell equal from different
 * without seeing it. It is not a secret: who can guess the value can check the guess.
 */
#ifndef ENGINE_MODEL_MASK_H
#define ENGINE_MODEL_MASK_H

#include "engine/base/buf.h"

/* `masked:1a2b3c4d`: eight digits of the bytes' XXH3-128. */
void mask_put(struct buf *buf, struct span bytes);

#endif
