/*
 * base64_decode.c: libsodium's strict reader, into an arena.
 */
#include "engine/model/base64_decode.h"

#include <sodium.h>

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
