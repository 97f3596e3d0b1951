/*
 * utf8.c: is it text? Eight ASCII bytes at a time, the rest character by character.
 */
#include "engine/model/utf8.h"

#include <stdint.h>

#include "engine/base/utf8_step.h"
#include "engine/base/word.h"

/* No byte is NUL or above 0x7F. */
static inline bool word_is_plain(uint64_t word)
{
	return (((word - UINT64_C(0x0101010101010101)) | word) & UINT64_C(0x8080808080808080)) == 0;
}

/* The bytes from `at` on that are plain; of the last few all or none. */
static inline size_t plain_run(struct span bytes, size_t at)
{
	size_t end = at;

	while (bytes.size - end >= sizeof(uint64_t) && word_is_plain(word_at(bytes.data + end)))
		end += sizeof(uint64_t);
	if (end < bytes.size && bytes.size - end < sizeof(uint64_t) &&
	    word_is_plain(word_of_few(bytes.data + end, bytes.size - end)))
		end = bytes.size;
	return end - at;
}

size_t utf8_first_bad(struct span bytes)
{
	size_t at = plain_run(bytes, 0);

	while (at < bytes.size) {
		size_t size = utf8_step(bytes.data + at, bytes.size - at);

		if (size == 0 || bytes.data[at] == '\0')
			return at;
		at += size;
		at += plain_run(bytes, at);
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
