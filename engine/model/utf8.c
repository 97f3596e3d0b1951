/*
 * utf8.c: is it text? Eight ASCII bytes at a time, the rest character by character.
 */
#include "engine/model/utf8.h"

#include <stdint.h>
#include <string.h>

#include "engine/base/utf8_step.h"

/* No byte is NUL or above 0x7F. */
static inline bool word_is_plain(uint64_t word)
{
	return (((word - UINT64_C(0x0101010101010101)) | word) & UINT64_C(0x8080808080808080)) == 0;
}

size_t utf8_first_bad(struct span bytes)
{
	size_t at = 0;

	while (at < bytes.size) {
		size_t size;
		uint64_t word;

		if (bytes.size - at >= sizeof(word)) {
			memcpy(&word, bytes.data + at, sizeof(word));
			if (word_is_plain(word)) {
				at += sizeof(word);
				continue;
			}
		}
		size = utf8_step(bytes.data + at, bytes.size - at);
		if (size == 0 || bytes.data[at] == '\0')
			return at;
		at += size;
	}
	return bytes.size;
}

static inline bool starts_character(char byte)
{
	return ((unsigned char)byte & 0xC0) != 0x80;
}

size_t utf8_length(struct span text)
{
	size_t length = 0;

	for (size_t i = 0; i < text.size; i++)
		length += starts_character(text.data[i]);
	return length;
}

size_t utf8_offset(struct span text, size_t index)
{
	size_t passed = 0;

	for (size_t i = 0; i < text.size; i++) {
		if (!starts_character(text.data[i]))
			continue;
		if (passed == index)
			return i;
		passed++;
	}
	return text.size;
}
