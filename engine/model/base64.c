/*
 * base64.c: bytes as text and back, by libsodium.
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

bool base64_decode(struct arena *arena, struct span text, struct span *bytes)
{
	size_t most = text.size / 4 * 3 + 1;
	unsigned char *data = arena_alloc(arena, most);
	const char *end;

	*bytes = (struct span){ (const char *)data, 0 };
	return sodium_base642bin(data, most, text.data, text.size, NULL, &bytes->size, &end,
				 sodium_base64_VARIANT_ORIGINAL) == 0 &&
	       end == text.data + text.size;
}
