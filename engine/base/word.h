/*
 * word.h: eight bytes at a time. Only for questions whose answer does not depend on which byte it is.
 */
#ifndef ENGINE_BASE_WORD_H
#define ENGINE_BASE_WORD_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t word_at(const char *bytes)
{
	uint64_t word;

	memcpy(&word, bytes, sizeof(word));
	return word;
}

/* All of 1 to 7 bytes, some of them twice, and nothing else. */
static inline uint64_t word_of_few(const char *bytes, size_t size)
{
	uint32_t first, last;

	if (size >= sizeof(first)) {
		memcpy(&first, bytes, sizeof(first));
		memcpy(&last, bytes + size - sizeof(last), sizeof(last));
	} else {
		first = (unsigned char)bytes[0];
		first |= first << 8 | (uint32_t)(unsigned char)bytes[size / 2] << 16 |
			 (uint32_t)(unsigned char)bytes[size - 1] << 24;
		last = first;
	}
	return (uint64_t)last << 32 | first;
}

#endif
