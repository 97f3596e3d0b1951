/*
 * digest.h: XXH3-128 of bytes, sums of digests for sets, SHA-256 for what people sign for.
 *
 * A set of records is compared by the sum of its digests modulo 2^128 with a count beside it:
 * the sum does not depend on order, and the count catches what cancels out.
 */
#ifndef ENGINE_MODEL_DIGEST_H
#define ENGINE_MODEL_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/span.h"

struct digest {
	uint64_t high;
	uint64_t low;
};

enum { DIGEST_HEX_SIZE = 33, SHA256_HEX_SIZE = 65 }; /* with the NUL */

struct digest digest_of(struct span bytes);

/* Streaming, for what does not lie in one piece. Initialise before use; nothing to release. */
struct digest_stream {
	_Alignas(64) unsigned char state[576];
};
void digest_stream_init(struct digest_stream *stream);
void digest_stream_add(struct digest_stream *stream, struct span bytes);
struct digest digest_stream_end(const struct digest_stream *stream);

/* Modulo 2^128. */
void digest_add(struct digest *sum, struct digest digest);
void digest_subtract(struct digest *sum, struct digest digest);
bool digest_equal(struct digest a, struct digest b);

/* 32 lower-case hex digits, high half first (the canonical form of xxHash), and back. */
void digest_to_hex(struct digest digest, char hex[DIGEST_HEX_SIZE]);
bool digest_from_hex(struct span hex, struct digest *digest);

/* Two signed 64-bit columns with digest = high · 2^64 + low (mod 2^128), low taken signed: sums
 * of the two columns give the sum of the digests, so SQL can add them. */
struct digest_pair {
	int64_t high;
	int64_t low;
};
struct digest_pair digest_to_pair(struct digest digest);
struct digest digest_from_pair(struct digest_pair pair);

/* XXH3_64 of the id's bytes without its sign bit, modulo 10,000 (DESIGN.md, bucket). */
enum { BUCKET_COUNT = 10000 };
uint32_t bucket_of(struct span id);

/* XXH3_64 with a seed: the order of samples. */
uint64_t sample_hash(struct span id, uint64_t seed);

/* SHA-256 as lower-case hex, for fingerprints that people cite. */
void sha256_hex(struct span bytes, char hex[SHA256_HEX_SIZE]);

/* The same for what does not lie in one piece. Initialise before use; nothing to release. */
struct sha256_stream {
	_Alignas(8) unsigned char state[104];
};
void sha256_stream_init(struct sha256_stream *stream);
void sha256_stream_add(struct sha256_stream *stream, struct span bytes);
void sha256_stream_end(struct sha256_stream *stream, char hex[SHA256_HEX_SIZE]);

/* Its first 16 bytes, big-endian. */
struct digest sha256_half(struct span bytes);

#endif
