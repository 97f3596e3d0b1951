/*
 * store_digest.h: has anything of a chunk's rows changed in the target since the pass that wrote it last?
 *
 * What the store itself makes of all columns of all the chunk's rows, live and withdrawn, stands in engine_chunk as "NAME:HEX":
 * the name of the store's way and the sum. It is committed with the rows it is of. Equal sums say "unchanged since merge", and
 * nothing of whether what was merged was right.
 */
#ifndef ENGINE_TARGET_STORE_DIGEST_H
#define ENGINE_TARGET_STORE_DIGEST_H

#include "drivers/driver.h"

enum { STORE_DIGEST_SIZE = DIGEST_NAME_SIZE + DIGEST_HEX_SIZE }; /* with the NUL */

/* Of the rows of `final` that are of this part and chunk, as this transaction sees them. */
bool store_digest_make(struct conn *target, const struct table *final, const char *part,
		       int64_t chunk_no, char text[STORE_DIGEST_SIZE], struct err *err);

enum store_digest_answer {
	STORE_DIGEST_SAME,
	STORE_DIGEST_DIFFERS,
	STORE_DIGEST_UNKNOWN, /* none was recorded, or one made another way: could not tell */
};

/* What was recorded against what is there now. */
enum store_digest_answer store_digest_compare(struct span recorded, struct span now);

#endif
