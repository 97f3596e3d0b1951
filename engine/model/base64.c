/*
 * base64.c: bytes as text, by libsodium.
 */
#include "engine/model/base64.h"

#include <sodium.h>

void base64_put(struct buf *buf, struct span bytes)
{
	size_t size = sodium_base64_ENCODED_LEN(bytes.size, sodium_base64_VARIANT_ORIGINAL);

	buf_reserve(buf, size);
	sodium_bin2base64(buf->data + buf->size, size, (const unsigned char *)bytes.data,
			  bytes.size, sodium_base64_VARIANT_ORIGINAL);
	buf->size += size - 1; /* the NUL is there, and not counted */
}
