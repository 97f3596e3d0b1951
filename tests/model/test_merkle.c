/*
 * test_merkle.c: the tree of RFC 6962, against the roots that certificate logs have published for it.
 */
#include <criterion/criterion.h>

#include "engine/model/merkle.h"

TestSuite(merkle, .timeout = 60);

/* The leaves and roots of Certificate Transparency's own tests. */
static const struct {
	const char *bytes;
	size_t size;
} leaves[] = {
	{ "", 0 },
	{ "\0", 1 },
	{ "\x10", 1 },
	{ "\x20\x21", 2 },
	{ "\x30\x31", 2 },
	{ "\x40\x41\x42\x43", 4 },
	{ "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
	{ "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
};
static const char *const roots[] = {
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	"aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	"d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	"4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	"76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	"ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

Test(merkle, gives_the_roots_that_logs_give)
{
	struct merkle merkle;

	merkle_init(&merkle);
	for (size_t n = 0;; n++) {
		char hex[MERKLE_HEX_SIZE];

		merkle_to_hex(merkle_root(&merkle), hex);
		cr_expect_str_eq(hex, roots[n], "root of %zu leaves", n);
		cr_expect_eq(merkle.count, n);
		if (n == sizeof(leaves) / sizeof(leaves[0]))
			break;
		merkle_add(&merkle, merkle_leaf((struct span){ leaves[n].bytes, leaves[n].size }));
	}
}

/* The definition itself: split at the largest power of two below the number of leaves. */
static struct merkle_hash by_definition(const struct merkle_hash *hashes, size_t count)
{
	struct merkle_hash left, right;
	struct merkle single;
	size_t split = 1;

	if (count == 1)
		return hashes[0];
	while (split * 2 < count)
		split *= 2;
	left = by_definition(hashes, split);
	right = by_definition(hashes + split, count - split);
	/* A tree of two leaves is one node over them. */
	merkle_init(&single);
	merkle_add(&single, left);
	merkle_add(&single, right);
	return merkle_root(&single);
}

Test(merkle, is_the_tree_of_the_definition_for_every_number_of_leaves)
{
	enum { LEAVES = 300 };
	struct merkle_hash hashes[LEAVES];
	struct merkle merkle;

	merkle_init(&merkle);
	for (size_t n = 0; n < LEAVES; n++) {
		hashes[n] = merkle_leaf((struct span){ (const char *)&n, sizeof(n) });
		merkle_add(&merkle, hashes[n]);
		cr_expect(merkle_equal(merkle_root(&merkle), by_definition(hashes, n + 1)),
			  "%zu leaves", n + 1);
	}
}

Test(merkle, what_two_leaves_are_hashed_to_is_no_leaf)
{
	struct merkle_hash both[2] = { merkle_leaf(SPAN("a")), merkle_leaf(SPAN("b")) };

	cr_expect_not(merkle_equal(by_definition(both, 2),
				   merkle_leaf((struct span){ (const char *)both, sizeof(both) })));
}
