/*
 * test_digest.c: the published vectors of XXH3 and SHA-256, and the laws of sums.
 *
 * The XXH3 values are those xxHash publishes for its own sanity check, over its generated buffer.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "engine/model/decimal.h"
#include "engine/model/digest.h"
#include "tests/model/random.h"

TestSuite(digest, .timeout = 30);

enum { BUFFER_SIZE = 2367, RANDOM_CASES = 20000 };

#define PRIME32 UINT64_C(2654435761)
#define PRIME64 UINT64_C(11400714785074694797)

static void fill(char *buffer)
{
	uint64_t generator = PRIME32;

	for (int i = 0; i < BUFFER_SIZE; i++) {
		buffer[i] = (char)(generator >> 56);
		generator *= PRIME64;
	}
}

struct vector64 {
	size_t size;
	uint64_t seed, hash;
};

ParameterizedTestParameters(digest, sample_hashes_are_those_published_for_xxh3_64)
{
	static struct vector64 vectors[] = {
		{ 0, 0, 0x2D06800538D394C2 },    { 0, PRIME64, 0xA8A6B918B2F0364A },
		{ 1, 0, 0xC44BDFF4074EECDB },    { 1, PRIME64, 0x032BE332DD766EF8 },
		{ 6, 0, 0x27B56A84CD2D7325 },    { 6, PRIME64, 0x84589C116AB59AB9 },
		{ 12, 0, 0xA713DAF0DFBB77E7 },   { 12, PRIME64, 0xE7303E1B2336DE0E },
		{ 24, 0, 0xA3FE70BF9D3510EB },   { 24, PRIME64, 0x850E80FC35BDD690 },
		{ 48, 0, 0x397DA259ECBA1F11 },   { 48, PRIME64, 0xADC2CBAA44ACC616 },
		{ 80, 0, 0xBCDEFBBB2C47C90A },   { 80, PRIME64, 0xC6DD0CB699532E73 },
		{ 195, 0, 0xCD94217EE362EC3A },  { 195, PRIME64, 0xBA68003D370CB3D9 },
		{ 403, 0, 0xCDEB804D65C6DEA4 },  { 403, PRIME64, 0x6259F6ECFD6443FD },
		{ 512, 0, 0x617E49599013CB6B },  { 512, PRIME64, 0x3CE457DE14C27708 },
		{ 2048, 0, 0xDD59E2C3A5F038E0 }, { 2048, PRIME64, 0x66F81670669ABABC },
		{ 2240, 0, 0x6E73A90539CF2948 }, { 2240, PRIME64, 0x757BA8487D1B5247 },
		{ 2367, 0, 0xCB37AEB9E5D361ED }, { 2367, PRIME64, 0xD2DB3415B942B42A },
	};

	return cr_make_param_array(struct vector64, vectors, sizeof(vectors) / sizeof(vectors[0]));
}

ParameterizedTest(struct vector64 *v, digest, sample_hashes_are_those_published_for_xxh3_64)
{
	char buffer[BUFFER_SIZE];
	uint64_t hash;

	fill(buffer);
	hash = sample_hash((struct span){ buffer, v->size }, v->seed);
	cr_expect_eq(hash, v->hash, "size %zu, seed %" PRIx64 ": %" PRIx64, v->size, v->seed, hash);
	if (v->seed == 0)
		cr_expect_eq(bucket_of((struct span){ buffer, v->size }),
			     (v->hash & INT64_MAX) % 10000);
}

struct vector128 {
	size_t size;
	uint64_t low, high;
};

ParameterizedTestParameters(digest, digests_are_those_published_for_xxh3_128)
{
	static struct vector128 vectors[] = {
		{ 0, 0x6001C324468D497F, 0x99AA06D3014798D8 },
		{ 1, 0xC44BDFF4074EECDB, 0xA6CD5E9392000F6A },
		{ 6, 0x3E7039BDDA43CFC6, 0x082AFE0B8162D12A },
		{ 12, 0x061A192713F69AD9, 0x6E3EFD8FC7802B18 },
		{ 24, 0x1E7044D28B1B901D, 0x0CE966E4678D3761 },
		{ 48, 0xF942219AED80F67B, 0xA002AC4E5478227E },
		{ 81, 0x5E8BAFB9F95FB803, 0x4952F58181AB0042 },
		{ 222, 0xF1AEBD597CEC6B3A, 0x337E09641B948717 },
		{ 403, 0xCDEB804D65C6DEA4, 0x1B6DE21E332DD73D },
		{ 512, 0x617E49599013CB6B, 0x18D2D110DCC9BCA1 },
		{ 2048, 0xDD59E2C3A5F038E0, 0xF736557FD47073A5 },
		{ 2240, 0x6E73A90539CF2948, 0xCCB134FBFA7CE49D },
		{ 2367, 0xCB37AEB9E5D361ED, 0xE89C0F6FF369B427 },
	};

	return cr_make_param_array(struct vector128, vectors, sizeof(vectors) / sizeof(vectors[0]));
}

ParameterizedTest(struct vector128 *v, digest, digests_are_those_published_for_xxh3_128)
{
	char buffer[BUFFER_SIZE];
	struct digest expected = { v->high, v->low };

	fill(buffer);
	cr_expect(digest_equal(digest_of((struct span){ buffer, v->size }), expected), "size %zu",
		  v->size);
	for (size_t step = 1; step < 300; step += 97) {
		struct digest_stream stream;

		digest_stream_init(&stream);
		for (size_t at = 0; at < v->size; at += step)
			digest_stream_add(&stream, (struct span){ buffer + at, v->size - at < step
										   ? v->size - at
										   : step });
		cr_expect(digest_equal(digest_stream_end(&stream), expected), "size %zu step %zu",
			  v->size, step);
	}
}

Test(digest, no_bytes_are_the_same_with_and_without_an_address)
{
	struct digest_stream stream;

	digest_stream_init(&stream);
	digest_stream_add(&stream, SPAN_NONE);
	cr_assert(digest_equal(digest_of(SPAN_NONE), digest_of(SPAN(""))));
	cr_assert(digest_equal(digest_of(SPAN("")), digest_stream_end(&stream)));
}

Test(digest, a_stream_can_be_read_twice_and_continued)
{
	struct digest_stream stream;

	digest_stream_init(&stream);
	digest_stream_add(&stream, SPAN("ab"));
	cr_assert(digest_equal(digest_stream_end(&stream), digest_of(SPAN("ab"))));
	cr_assert(digest_equal(digest_stream_end(&stream), digest_of(SPAN("ab"))));
	digest_stream_add(&stream, SPAN("c"));
	cr_assert(digest_equal(digest_stream_end(&stream), digest_of(SPAN("abc"))));
}

static struct digest random_digest(uint64_t *state)
{
	static const uint64_t edges[] = { 0, 1, UINT64_MAX, INT64_MAX, (uint64_t)INT64_MAX + 1 };
	struct digest digest = { random_next(state), random_next(state) };

	if (random_below(state, 4) == 0)
		digest.low = edges[random_below(state, 5)];
	if (random_below(state, 4) == 0)
		digest.high = edges[random_below(state, 5)];
	return digest;
}

Test(digest, sums_do_not_depend_on_order_and_can_be_undone)
{
	uint64_t state = 1;

	for (int i = 0; i < RANDOM_CASES; i++) {
		struct digest a = random_digest(&state), b = random_digest(&state);
		struct digest ab = a, ba = b;

		digest_add(&ab, b);
		digest_add(&ba, a);
		cr_assert(digest_equal(ab, ba));
		digest_subtract(&ab, b);
		cr_assert(digest_equal(ab, a));
		digest_subtract(&ab, a);
		cr_assert(digest_equal(ab, (struct digest){ 0, 0 }));
	}
}

Test(digest, the_sum_carries_from_low_to_high)
{
	struct digest sum = { 0, UINT64_MAX };

	digest_add(&sum, (struct digest){ 0, 1 });
	cr_assert(digest_equal(sum, (struct digest){ 1, 0 }));
	digest_subtract(&sum, (struct digest){ 0, 1 });
	cr_assert(digest_equal(sum, (struct digest){ 0, UINT64_MAX }));
	sum = (struct digest){ UINT64_MAX, UINT64_MAX };
	digest_add(&sum, (struct digest){ 0, 1 });
	cr_assert(digest_equal(sum, (struct digest){ 0, 0 }));
}

Test(digest, pairs_of_columns_turn_back_into_the_digest)
{
	uint64_t state = 2;

	for (int i = 0; i < RANDOM_CASES; i++) {
		struct digest digest = random_digest(&state);
		struct digest_pair pair = digest_to_pair(digest);

		cr_assert(digest_equal(digest_from_pair(pair), digest));
	}
}

/* The two columns are summed as a database does it: each by itself, wider than 64 bits. */
Test(digest, sums_of_the_two_columns_are_the_sum_of_the_digests)
{
	uint64_t state = 3;

	for (int round = 0; round < 200; round++) {
		int128 high = 0, low = 0;
		struct digest sum = { 0, 0 }, from_columns;

		for (int i = 0; i < 500; i++) {
			struct digest digest = random_digest(&state);
			struct digest_pair pair = digest_to_pair(digest);

			digest_add(&sum, digest);
			high += pair.high;
			low += pair.low;
		}
		high += low >> 64;
		from_columns = (struct digest){ (uint64_t)high, (uint64_t)low };
		cr_assert(digest_equal(sum, from_columns), "round %d", round);
	}
}

Test(digest, hex_has_the_high_half_first_and_reads_back)
{
	struct digest digest = { 0x0123456789ABCDEF, 0xFEDCBA9876543210 }, back;
	char hex[DIGEST_HEX_SIZE];

	digest_to_hex(digest, hex);
	cr_assert_str_eq(hex, "0123456789abcdeffedcba9876543210");
	cr_assert(digest_from_hex(span_of(hex), &back));
	cr_assert(digest_equal(back, digest));
}

Test(digest, hex_that_is_not_exactly_ours_is_refused)
{
	static const char *const cases[] = {
		"",
		"0123456789abcdeffedcba987654321",
		"0123456789abcdeffedcba98765432100",
		"0123456789ABCDEFfedcba9876543210",
		"0123456789abcdeffedcba987654321g",
		"0x23456789abcdeffedcba9876543210",
		" 123456789abcdeffedcba9876543210",
	};
	struct digest digest;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_not(digest_from_hex(span_of(cases[i]), &digest), "%s", cases[i]);
}

Test(digest, buckets_are_below_ten_thousand_and_all_in_use)
{
	static int counts[BUCKET_COUNT];
	char id[32];

	for (int i = 0; i < 20 * BUCKET_COUNT; i++) {
		uint32_t bucket;

		snprintf(id, sizeof(id), "tsk_%d", i);
		bucket = bucket_of(span_of(id));
		cr_assert_lt(bucket, BUCKET_COUNT);
		counts[bucket]++;
	}
	for (int i = 0; i < BUCKET_COUNT; i++)
		cr_assert_gt(counts[i], 0, "bucket %d", i);
}

Test(digest, sha256_is_the_published_one)
{
	static const char *const cases[][2] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	};
	char hex[SHA256_HEX_SIZE];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sha256_hex(span_of(cases[i][0]), hex);
		cr_expect_str_eq(hex, cases[i][1]);
	}
}
