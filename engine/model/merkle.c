/*
 * merkle.c: RFC 6962's tree, grown leaf by leaf.
 */
#include "engine/model/merkle.h"

#include <string.h>

#include <sodium/crypto_hash_sha256.h>
#include <sodium/utils.h>

#include "engine/base/require.h"

_Static_assert(sizeof(struct merkle_hash) == crypto_hash_sha256_BYTES, "a hash is SHA-256's");

struct merkle_hash merkle_leaf(struct span line)
{
	static const unsigned char prefix = 0;
	crypto_hash_sha256_state state;
	struct merkle_hash hash;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, &prefix, 1);
	crypto_hash_sha256_update(&state, (const unsigned char *)line.data, line.size);
	crypto_hash_sha256_final(&state, hash.bytes);
	return hash;
}

static struct merkle_hash node_of(struct merkle_hash left, struct merkle_hash right)
{
	unsigned char bytes[1 + 2 * sizeof(left)] = { 1 };
	struct merkle_hash hash;

	memcpy(bytes + 1, left.bytes, sizeof(left));
	memcpy(bytes + 1 + sizeof(left), right.bytes, sizeof(right));
	crypto_hash_sha256(hash.bytes, bytes, sizeof(bytes));
	return hash;
}

void merkle_init(struct merkle *merkle)
{
	*merkle = (struct merkle){ .count = 0 };
}

/* Two full trees of one size are one of twice that: as often as count carries. */
void merkle_add(struct merkle *merkle, struct merkle_hash leaf)
{
	for (uint64_t bits = merkle->count; bits & 1; bits >>= 1)
		leaf = node_of(merkle->full[--merkle->full_count], leaf);
	require(merkle->full_count < MERKLE_LEVELS_MAX);
	merkle->full[merkle->full_count++] = leaf;
	merkle->count++;
}

struct merkle_hash merkle_root(const struct merkle *merkle)
{
	struct merkle_hash root;

	if (merkle->count == 0) {
		crypto_hash_sha256(root.bytes, NULL, 0);
		return root;
	}
	root = merkle->full[merkle->full_count - 1];
	for (int i = merkle->full_count - 2; i >= 0; i--)
		root = node_of(merkle->full[i], root);
	return root;
}

bool merkle_equal(struct merkle_hash one, struct merkle_hash other)
{
	return memcmp(one.bytes, other.bytes, sizeof(one)) == 0;
}

void merkle_to_hex(struct merkle_hash hash, char hex[MERKLE_HEX_SIZE])
{
	sodium_bin2hex(hex, MERKLE_HEX_SIZE, hash.bytes, sizeof(hash));
}
