/*
 * merkle.h: one hash that stands for many lines in their order, and by which one line can be shown to be among them.
 *
 * The tree is that of RFC 6962, section 2.1 (RFC 9162 keeps it), with SHA-256: a leaf is the hash of a zero byte and the line, a node that
 * of a byte 1 and both below; the left side has the largest power of two that is less than all.
 */
#ifndef ENGINE_MODEL_MERKLE_H
#define ENGINE_MODEL_MERKLE_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/span.h"

struct merkle_hash {
	unsigned char bytes[32];
};

enum { MERKLE_LEVELS_MAX = 64 };

/* Leaves are added one by one, in memory that grows with the logarithm of their number. Nothing to release. */
struct merkle {
	struct merkle_hash
	    full[MERKLE_LEVELS_MAX]; /* of the bits of count: the full trees, the largest first */
	int full_count;
	uint64_t count;
};

void merkle_init(struct merkle *merkle);
void merkle_add(struct merkle *merkle, struct merkle_hash leaf);

/* Of no leaf at all it is the hash of no bytes. */
struct merkle_hash merkle_root(const struct merkle *merkle);

struct merkle_hash merkle_leaf(struct span line);
bool merkle_equal(struct merkle_hash one, struct merkle_hash other);

enum { MERKLE_HEX_SIZE = 65 }; /* with the NUL; lower case */
void merkle_to_hex(struct merkle_hash hash, char hex[MERKLE_HEX_SIZE]);

#endif
