/*
 * digest.c: XXH3 against accidents, SHA-256 for what people sign for.
 */
#include "engine/model/digest.h"

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

/* Inlined: records are short, and the call would cost as much as the hash. */
#define XXH_INLINE_ALL
#include <xxhash.h>

_Static_assert(sizeof(((struct digest_stream *)0)->state) >= sizeof(XXH3_state_t),
	       "a stream holds the state of XXH3");
_Static_assert(sizeof(((struct sha256_stream *)0)->state) >= sizeof(crypto_hash_sha256_state),
	       "a stream holds the state of SHA-256");
_Static_assert(_Alignof(struct digest_stream) >= _Alignof(XXH3_state_t),
	       "a stream is aligned like the state of XXH3");

static struct digest from_xxh128(XXH128_hash_t hash)
{
	return (struct digest){ hash.high64, hash.low64 };
}

struct digest digest_of(struct span bytes)
{
	return from_xxh128(XXH3_128bits(bytes.data, bytes.size));
}

static XXH3_state_t *state_of(struct digest_stream *stream)
{
	return (void *)stream->state;
}

void digest_stream_init(struct digest_stream *stream)
{
	XXH3_INITSTATE(state_of(stream));
	XXH3_128bits_reset(state_of(stream));
}

void digest_stream_add(struct digest_stream *stream, struct span bytes)
{
	XXH3_128bits_update(state_of(stream), bytes.data, bytes.size);
}

struct digest digest_stream_end(const struct digest_stream *stream)
{
	return from_xxh128(XXH3_128bits_digest((const void *)stream->state));
}

void digest_add(struct digest *sum, struct digest digest)
{
	sum->low += digest.low;
	sum->high += digest.high + (sum->low < digest.low);
}

void digest_subtract(struct digest *sum, struct digest digest)
{
	uint64_t borrow = sum->low < digest.low;

	sum->low -= digest.low;
	sum->high -= digest.high + borrow;
}

bool digest_equal(struct digest a, struct digest b)
{
	return a.high == b.high && a.low == b.low;
}

static void put_hex(uint64_t half, char *hex)
{
	for (int i = 0; i < 16; i++)
		hex[i] = "0123456789abcdef"[half >> (60 - 4 * i) & 15];
}

void digest_to_hex(struct digest digest, char hex[DIGEST_HEX_SIZE])
{
	put_hex(digest.high, hex);
	put_hex(digest.low, hex + 16);
	hex[32] = '\0';
}

static bool take_hex(const char *hex, uint64_t *half)
{
	*half = 0;
	for (int i = 0; i < 16; i++) {
		char c = hex[i];

		if (c >= '0' && c <= '9')
			*half = *half << 4 | (uint64_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			*half = *half << 4 | (uint64_t)(c - 'a' + 10);
		else
			return false;
	}
	return true;
}

bool digest_from_hex(struct span hex, struct digest *digest)
{
	return hex.size == DIGEST_HEX_SIZE - 1 && take_hex(hex.data, &digest->high) &&
	       take_hex(hex.data + 16, &digest->low);
}

/* Where low is negative as a signed number it stands for 2^64 less: high makes up for it. */
struct digest_pair digest_to_pair(struct digest digest)
{
	uint64_t high = digest.high + (digest.low >> 63);

	return (struct digest_pair){ (int64_t)high, (int64_t)digest.low };
}

struct digest digest_from_pair(struct digest_pair pair)
{
	uint64_t low = (uint64_t)pair.low;

	return (struct digest){ (uint64_t)pair.high - (low >> 63), low };
}

uint32_t bucket_of(struct span id)
{
	uint64_t hash = XXH3_64bits(id.data, id.size) & UINT64_C(0x7FFFFFFFFFFFFFFF);

	return (uint32_t)(hash % BUCKET_COUNT);
}

uint64_t sample_hash(struct span id, uint64_t seed)
{
	return XXH3_64bits_withSeed(id.data, id.size, seed);
}

void sha256_hex(struct span bytes, char hex[SHA256_HEX_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256(hash, (const unsigned char *)bytes.data, bytes.size);
	sodium_bin2hex(hex, SHA256_HEX_SIZE, hash, sizeof(hash));
}

static crypto_hash_sha256_state *sha256_state_of(struct sha256_stream *stream)
{
	return (void *)stream->state;
}

void sha256_stream_init(struct sha256_stream *stream)
{
	crypto_hash_sha256_init(sha256_state_of(stream));
}

void sha256_stream_add(struct sha256_stream *stream, struct span bytes)
{
	crypto_hash_sha256_update(sha256_state_of(stream), (const unsigned char *)bytes.data,
				  bytes.size);
}

void sha256_stream_end(struct sha256_stream *stream, char hex[SHA256_HEX_SIZE])
{
	unsigned char hash[crypto_hash_sha256_BYTES];

	crypto_hash_sha256_final(sha256_state_of(stream), hash);
	sodium_bin2hex(hex, SHA256_HEX_SIZE, hash, sizeof(hash));
}

struct digest sha256_half(struct span bytes)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	struct digest half = { 0, 0 };

	crypto_hash_sha256(hash, (const unsigned char *)bytes.data, bytes.size);
	for (int i = 0; i < 8; i++) {
		half.high = half.high << 8 | hash[i];
		half.low = half.low << 8 | hash[8 + i];
	}
	return half;
}
