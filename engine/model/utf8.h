/*
 * utf8.h: is it text?
 */
#ifndef ENGINE_MODEL_UTF8_H
#define ENGINE_MODEL_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/span.h"

/* Offset of the first byte that is not well-formed UTF-8 (RFC 3629: no overlong forms, no
 * surrogates, nothing above U+10FFFF) or that is NUL; bytes.size when all is well. */
size_t utf8_first_bad(struct span bytes);

/* Characters (code points) in valid UTF-8. */
size_t utf8_length(struct span text);

/* Byte offset of the character at index (counted from 0), or text.size when there are fewer. */
size_t utf8_offset(struct span text, size_t index);

#endif
