/*
 * fuzz.h: what the fuzz targets share: bytes taken apart, laws that must hold for any of them.
 *
 * A target is a file with LLVMFuzzerTestOneInput(). It may do whatever it likes with its bytes, gives the
 * same answer for the same bytes whatever came before, and says a law for everything it knows: an input
 * that only "does not crash" proves little.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/json.h"
#include "engine/base/span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the bytes are. Else the program ends and says so, with what printf makes of the rest. */
#define law(holds, ...) ((holds) ? (void)0 : fuzz_broken(#holds, __FILE__, __LINE__, __VA_ARGS__))

_Noreturn void fuzz_broken(const char *holds, const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The input from its beginning; behind its end stand zeros. */
struct fuzz_input {
	const uint8_t *at, *end;
};

struct fuzz_input fuzz_input(const uint8_t *data, size_t size);
uint8_t fuzz_byte(struct fuzz_input *input);
uint64_t fuzz_number(struct fuzz_input *input);                   /* of eight bytes */
size_t fuzz_below(struct fuzz_input *input, size_t limit);        /* 0 to limit − 1 */
struct span fuzz_take(struct fuzz_input *input, size_t size_max); /* borrowed; has data */
struct span fuzz_line(struct fuzz_input *input);                  /* to the next line end */
struct span fuzz_rest(struct fuzz_input *input);

/* A copy on the heap with nothing behind it, so that reading a byte too far is noticed. */
struct span fuzz_exact(struct span bytes);
void fuzz_free(struct span exact);

/* Append a well-formed character made of the input, with those that are hard often among them. */
void fuzz_put_character(struct buf *buf, struct fuzz_input *input);

/* RFC 3629 as its grammar has it, and slowly: offset of the first bad byte or NUL, else the size. */
size_t fuzz_first_bad(struct span bytes);

/* Do both say the same? Members in any order; numbers by their value where they are integers, else by
 * their text. */
bool fuzz_same_json(const struct json_value *a, const struct json_value *b);

#endif
