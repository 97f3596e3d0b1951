/*
 * image.h: a row as bytes that no other row gives, to be hashed. For drivers only.
 *
 * Each cell is its tag, the length of its bytes and its bytes: neither NULL nor where a value ends is ever guessed from the
 * bytes themselves.
 */
#ifndef DRIVERS_SUPPORT_IMAGE_H
#define DRIVERS_SUPPORT_IMAGE_H

#include "engine/base/buf.h"

/* Append a cell. tag: what kind of value it is; bytes without data have length 0. */
void image_put(struct buf *image, char tag, struct span bytes);

/* A cell whose bytes are a number's, the least significant first. */
void image_put_number(struct buf *image, char tag, uint64_t number);

#endif
