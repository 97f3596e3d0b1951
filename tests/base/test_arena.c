/*
 * test_arena.c: what an arena hands out is aligned, apart from everything else, and dies together.
 */
#include <criterion/criterion.h>
#include <malloc.h>
#include <stdint.h>
#include <string.h>

#include "engine/base/arena.h"

static struct arena arena;

static void start(void)
{
	arena_init(&arena);
}

static void stop(void)
{
	arena_release(&arena);
}

TestSuite(arena, .timeout = 30, .init = start, .fini = stop);

enum { PIECES = 4000 };

static size_t size_of_piece(size_t i)
{
	/* Mostly small; now and then half a block, a block, and more than a block. */
	if (i % 500 == 499)
		return 100000 + i * 100;
	return i * 7 % 300;
}

Test(arena, pieces_do_not_overlap_and_keep_their_bytes)
{
	static unsigned char *pieces[PIECES];

	for (int round = 0; round < 3; round++) {
		for (size_t i = 0; i < PIECES; i++) {
			pieces[i] = arena_alloc(&arena, size_of_piece(i));
			cr_assert_not_null(pieces[i]);
			cr_assert_eq((uintptr_t)pieces[i] % 16, 0);
			memset(pieces[i], (int)(i % 251), size_of_piece(i));
		}
		for (size_t i = 0; i < PIECES; i++)
			for (size_t at = 0; at < size_of_piece(i); at++)
				cr_assert_eq(pieces[i][at], i % 251, "piece %zu, byte %zu", i, at);
		arena_reset(&arena);
	}
}

Test(arena, counts_what_it_handed_out_since_the_last_reset)
{
	arena_alloc(&arena, 100);
	cr_assert_geq(arena.used_bytes, 100);
	arena_alloc(&arena, 1000000);
	cr_assert_geq(arena.used_bytes, 1000100);
	cr_assert_leq(arena.used_bytes, 1000200);
	arena_reset(&arena);
	cr_assert_eq(arena.used_bytes, 0);
}

Test(arena, keeps_its_standard_blocks_on_reset)
{
	struct arena_block *first;
	void *memory;

	memory = arena_alloc(&arena, 10);
	first = arena.first;
	for (int i = 0; i < 1000; i++)
		arena_alloc(&arena, 1000);
	arena_reset(&arena);
	cr_assert_eq(arena.first, first);
	cr_assert_eq(arena_alloc(&arena, 10), memory);
}

Test(arena, keeps_some_of_the_larger_ones_and_gives_back_the_rest)
{
	void *kept;

	arena_alloc(&arena, 16);
	kept = arena_alloc(&arena, 1000000);
	arena_alloc(&arena, 50000000);
	arena_reset(&arena);
	cr_assert_eq(arena_alloc(&arena, 900000), kept);
	memset(arena_alloc(&arena, 900000), 'x', 900000);
	for (int round = 0; round < 3; round++) {
		size_t bytes = 0;

		for (int i = 0; i < 100; i++)
			memset(arena_alloc(&arena, 1500000), 'x', 1500000);
		arena_reset(&arena);
		/* what is left is in the chain */
		for (int i = 0; i < 5; i++)
			bytes += *(unsigned char *)memset(arena_alloc(&arena, 1500000), 1, 1500000);
		cr_assert_eq(bytes, 5);
		cr_assert_leq(mallinfo2().uordblks + mallinfo2().hblkhd, 40000000);
	}
}

Test(arena, a_large_piece_does_not_waste_the_current_block)
{
	char *before = arena_alloc(&arena, 16), *after;

	arena_alloc(&arena, 10 * 1024 * 1024);
	after = arena_alloc(&arena, 16);
	cr_assert_eq(after, before + 16);
}

Test(arena, zeroed_memory_is_zero_even_where_it_was_used_before)
{
	unsigned char *memory = arena_alloc(&arena, 5000);

	memset(memory, 0xAA, 5000);
	arena_reset(&arena);
	memory = arena_zalloc(&arena, 5000);
	for (size_t i = 0; i < 5000; i++)
		cr_assert_eq(memory[i], 0);
}

Test(arena, grows_the_last_piece_in_place_and_others_by_copy)
{
	char *last = arena_alloc(&arena, 10), *grown, *moved;

	memcpy(last, "0123456789", 10);
	grown = arena_grow(&arena, last, 10, 1000);
	cr_assert_eq(grown, last);
	memset(grown + 10, 'x', 990);
	arena_alloc(&arena, 1);
	moved = arena_grow(&arena, grown, 1000, 2000);
	cr_assert_neq(moved, grown);
	cr_assert_eq(memcmp(moved, "0123456789xxx", 13), 0);
	cr_assert_eq(memcmp(grown, "0123456789xxx", 13), 0);
}

Test(arena, grows_from_nothing_and_across_blocks)
{
	unsigned char *bytes = NULL;
	size_t size = 0;

	for (size_t next = 1; next < 3000000; next = next * 2 + 1) {
		bytes = arena_grow(&arena, bytes, size, next);
		for (size_t i = size; i < next; i++)
			bytes[i] = (unsigned char)(i % 253);
		size = next;
	}
	for (size_t i = 0; i < size; i++)
		cr_assert_eq(bytes[i], i % 253, "byte %zu", i);
}

Test(arena, copies_are_followed_by_a_nul)
{
	struct span copy = arena_copy(&arena, (struct span){ "a\0bX", 3 });

	cr_assert(span_equal(copy, (struct span){ "a\0b", 3 }));
	cr_assert_eq(copy.data[3], '\0');
	cr_assert_eq(arena_copy(&arena, SPAN("")).size, 0);
	cr_assert_str_eq(arena_copy(&arena, SPAN("")).data, "");
	cr_assert_str_eq(arena_text(&arena, "text"), "text");
}

Test(arena, no_value_stays_no_value)
{
	cr_assert_null(arena_copy(&arena, SPAN_NONE).data);
	cr_assert_null(arena_text(&arena, NULL));
}

Test(arena, prints_short_and_long_texts)
{
	struct span shorter = arena_print(&arena, "%s-%d", "a", 7);
	struct span longer = arena_print(&arena, "%01000d|%s", 7, "end");

	cr_assert(span_equal_text(shorter, "a-7"));
	cr_assert_eq(longer.size, 1004);
	cr_assert_eq(strlen(longer.data), 1004);
	cr_assert_str_eq(longer.data + 999, "7|end");
	for (size_t size = 250; size < 262; size++) {
		struct span text = arena_print(&arena, "%0*d", (int)size, 1);

		cr_assert_eq(text.size, size);
		cr_assert_eq(text.data[size], '\0');
		cr_assert_eq(text.data[size - 1], '1');
	}
}

Test(arena, an_absurd_size_says_try_again, .exit_code = 75)
{
	arena_alloc(&arena, SIZE_MAX - 5);
}

Test(arena, is_usable_after_release)
{
	arena_alloc(&arena, 1000);
	arena_release(&arena);
	cr_assert_null(arena.first);
	memset(arena_alloc(&arena, 1000), 1, 1000);
	cr_assert_eq(arena.used_bytes, 1008);
}
