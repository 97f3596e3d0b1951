/*
 * test_sample.c: the keys with the lowest hashes, whatever order they come in; and what a sample says of all.
 */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/compare/sample.h"

TestSuite(sample, .timeout = 60);

enum { KEYS = 5000 };

static struct span key_of(char text[16], int i)
{
	snprintf(text, 16, "[\"%d\"]", i);
	return span_of(text);
}

/* In the order 0, step, 2 step …, which meets every key where step and KEYS share no factor. */
static void draw(struct sample *sample, int64_t wanted, uint64_t seed, int step)
{
	sample_begin(sample, wanted, seed);
	for (int i = 0, at = 0; i < KEYS; i++, at = (at + step) % KEYS) {
		char text[16];

		sample_offer(sample, key_of(text, at));
	}
	sample_end(sample);
}

static bool has(const struct sample *sample, struct span key)
{
	for (int64_t i = 0; i < sample->count; i++)
		if (span_equal(sample->keys[i].key, key))
			return true;
	return false;
}

Test(sample, holds_the_lowest_hashes_whatever_the_order)
{
	static const int64_t sizes[] = { 1, 2, 7, 100, 999, KEYS - 1, KEYS, 2 * KEYS };

	for (size_t s = 0; s < sizeof(sizes) / sizeof(sizes[0]); s++) {
		struct sample one, other;
		uint64_t highest = 0;
		char text[16];

		draw(&one, sizes[s], 5, 1);
		draw(&other, sizes[s], 5, 1777);
		cr_assert_eq(one.count, sizes[s] < KEYS ? sizes[s] : KEYS);
		cr_assert_eq(other.count, one.count);
		cr_assert_eq(one.offered, KEYS);
		for (int64_t i = 0; i < one.count; i++) {
			highest = one.keys[i].hash > highest ? one.keys[i].hash : highest;
			cr_assert(has(&other, one.keys[i].key));
			cr_assert(i == 0 || one.keys[i - 1].place < one.keys[i].place);
		}
		for (int k = 0; k < KEYS; k++)
			if (sample_hash(key_of(text, k), 5) < highest)
				cr_assert(has(&one, key_of(text, k)));
		sample_release(&one);
		sample_release(&other);
	}
}

Test(sample, lies_within_every_larger_one_and_depends_on_the_seed)
{
	struct sample small, large, another;
	int64_t shared = 0;

	draw(&small, 100, 1, 1);
	draw(&large, 1000, 1, 3);
	draw(&another, 100, 2, 1);
	for (int64_t i = 0; i < small.count; i++) {
		cr_assert(has(&large, small.keys[i].key));
		shared += has(&another, small.keys[i].key);
	}
	cr_assert_lt(shared, 50);
	sample_release(&small);
	sample_release(&large);
	sample_release(&another);
}

/* Wilson, as the literature has it: 10 of 100 give 5.52 % to 17.44 %; 0 of 100 at most 3.70 %. */
Test(interval, is_what_wilson_wrote)
{
	struct interval interval = compare_interval(10, 100, 100000);

	cr_assert_eq(interval.likely, 10000);
	cr_assert_leq(labs((long)interval.low - 5522), 2, "%lld", (long long)interval.low);
	cr_assert_leq(labs((long)interval.high - 17437), 2, "%lld", (long long)interval.high);
	interval = compare_interval(0, 100, 100000);
	cr_assert_eq(interval.low, 0);
	cr_assert_leq(labs((long)interval.high - 3700), 2, "%lld", (long long)interval.high);
}

Test(interval, holds_what_was_seen_and_is_exact_of_all)
{
	for (int64_t total = 1; total <= 60; total += 7)
		for (int64_t sample = 1; sample <= total; sample++)
			for (int64_t count = 0; count <= sample; count++) {
				struct interval interval = compare_interval(count, sample, total);

				cr_assert_leq(interval.low, interval.likely);
				cr_assert_leq(interval.likely, interval.high);
				cr_assert_geq(interval.low, count);
				cr_assert_leq(interval.high, total - (sample - count));
				if (sample == total)
					cr_assert_eq(interval.high - interval.low, 0);
			}
	cr_assert_eq(compare_interval(0, 0, 50).high, 50); /* nothing seen, nothing known */
}
