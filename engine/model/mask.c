/*
 * mask.c: what stands for a value that no message, report or log may show.
 */
#include "engine/model/mask.h"

#include "engine/model/digest.h"

enum { SHOWN_DIGITS = 8 };

void mask_put(struct buf *buf, struct span bytes)
{
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(digest_of(bytes), hex);
	buf_put_text(buf, "masked:");
	buf_put(buf, hex, SHOWN_DIGITS);
}
