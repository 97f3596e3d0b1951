/*
 * test_segment_index.c: frames and indexes of segments that are not what their seal says, or do not stay so.
 */
#include <criterion/criterion.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "tests/drivers/segments.h"

TestSuite(segment_index, .timeout = 60);

/* ---- sealed by one who knows the format, but is wrong ---- */

Test(segment_index, a_frame_that_says_it_is_large_takes_no_room)
{
	struct segments segments;
	struct segment segment;

	segments_open(&segments);
	segments_archive(&segments, 100, 500);
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &(struct rlimit){ 1u << 30, 1u << 30 });
#endif
	segment = segments_read_seal(&segments);
	segment.bytes += UINT32_MAX - segment.frames[0].raw;
	segment.frames[0].raw = UINT32_MAX;
	segments_write_seal(&segments, &segment);
	segments_expect_damaged(&segments, "other lines");
	segment = segments_read_seal(&segments);
	segment.packed_bytes += UINT32_MAX - segment.frames[0].packed;
	segment.frames[0].packed = UINT32_MAX;
	segments_write_seal(&segments, &segment);
	segments_expect_damaged(&segments, "were sealed");
	segments_close(&segments);
}

Test(segment_index, nothing_stands_behind_the_lines)
{
	struct segments segments;
	struct span data;

	segments_open(&segments);
	segments_archive(&segments, 100, 500);
	data = segments_read_file(&segments, DATA_SUFFIX);
	segments_write_file(
	    &segments, DATA_SUFFIX,
	    (struct span){
		arena_copy(&segments.arena, (struct span){ data.data, data.size + 1 }).data,
		data.size + 1 });
	segments_expect_damaged(&segments, "were sealed");
	segments_close(&segments);
}

/* ---- indexes ---- */

static void reseal_index(struct segments *segments, struct span index)
{
	struct segment segment = segments_read_seal(segments);

	segment.index_bytes = (int64_t)index.size;
	sha256_hex(index, segment.index_hash);
	segments_write_file(segments, INDEX_SUFFIX, index);
	segments_write_seal(segments, &segment);
}

/* Of 100 lines, so 100 slots; all numbers are 8 bytes. */
enum { LINES = 100, SLOTS_AT = 48 + 32 * LINES, ENDS_AT = SLOTS_AT + 16 * LINES };

static void expect_bad_number(size_t at, uint64_t number, const char *words)
{
	struct segments segments;
	struct span index;

	segments_open(&segments);
	segments_archive(&segments, LINES, 500);
	index = arena_copy(&segments.arena, segments_read_file(&segments, INDEX_SUFFIX));
	number = htole64(number);
	memcpy((char *)index.data + at, &number, sizeof(number));
	reseal_index(&segments, index);
	segments_expect_damaged(&segments, words);
	segments_close(&segments);
}

Test(segment_index, an_index_of_other_lines_is_refused)
{
	expect_bad_number(0, 0, "is not the index of its seal");
	expect_bad_number(32, LINES - 1, "is not the index of its seal");
	expect_bad_number(32, UINT64_MAX, "is not the index of its seal");
	expect_bad_number(40, LINES + 1, "is not the index of its seal");
	expect_bad_number(48, 0, "line 1 of");
}

Test(segment_index, an_index_whose_keys_end_nowhere_is_refused)
{
	expect_bad_number(ENDS_AT + 8 * (LINES - 1), UINT64_MAX, "contradicts itself");
	expect_bad_number(ENDS_AT + 8 * (LINES - 1), 1u << 30, "contradicts itself");
	expect_bad_number(ENDS_AT + 8 * (LINES - 1), 7, "contradicts itself");
}

Test(segment_index, an_index_that_is_too_short_or_too_long_is_refused)
{
	struct segments segments;
	struct span index;

	segments_open(&segments);
	segments_archive(&segments, LINES, 500);
	index = segments_read_file(&segments, INDEX_SUFFIX);
	reseal_index(&segments, (struct span){ index.data, index.size - 1 });
	segments_expect_damaged(&segments, "contradicts itself");
	reseal_index(&segments, (struct span){ index.data, index.size + 1 });
	segments_expect_damaged(&segments, "contradicts itself");
	reseal_index(&segments, (struct span){ index.data, 20 });
	segments_expect_damaged(&segments, "");
	reseal_index(&segments, SPAN(""));
	segments_expect_damaged(&segments, "");
	segments_close(&segments);
}

/* One byte after the other of a part of it changes under a reader that is open. */
static void expect_noticed(size_t from, size_t step, size_t to)
{
	struct segments segments;
	struct reader *reader = NULL;
	struct conn *conn = NULL;
	struct span index;
	struct batch batch;
	struct span key = SPAN("[\"7\"]");

	segments_open(&segments);
	segments_archive(&segments, LINES, 500);
	index = segments_read_file(&segments, INDEX_SUFFIX);
	cr_assert(conn_open(segments.url, CONN_SOURCE, &conn, &segments.err), "%s",
		  segments.err.text);
	cr_assert(conn_open_reader(conn, &segments_set, &reader, &segments.err), "%s",
		  segments.err.text);
	for (size_t at = from; at < to; at += step) {
		FILE *file = fopen(segments_path(&segments, INDEX_SUFFIX), "r+");

		cr_assert_eq(fseek(file, (long)at, SEEK_SET), 0);
		cr_assert_neq(fputc(index.data[at] ^ 1, file), EOF);
		cr_assert_eq(fclose(file), 0);
		batch_init(&batch, &segments.arena, &segments_set);
		cr_assert_not(reader_read_keys(conn, reader, &key, 1, &batch, NULL, &segments.err),
			      "%zu", at);
		cr_assert_eq(segments.err.code, ERR_DATA, "%s", segments.err.text);
		cr_assert_not_null(strstr(segments.err.text, "since it was opened"), "%s",
				   segments.err.text);
		err_reset(&segments.err);
		file = fopen(segments_path(&segments, INDEX_SUFFIX), "r+");
		cr_assert_eq(fseek(file, (long)at, SEEK_SET), 0);
		cr_assert_neq(fputc(index.data[at], file), EOF);
		cr_assert_eq(fclose(file), 0);
	}
	cr_assert(reader_read_keys(conn, reader, &key, 1, &batch, NULL, &segments.err), "%s",
		  segments.err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 1);
	reader_close(conn, reader);
	conn_close(conn);
	segments_close(&segments);
}

Test(segment_index, an_index_that_changes_while_it_is_open_is_noticed)
{
	expect_noticed(SLOTS_AT, 8, ENDS_AT);
	expect_noticed(ENDS_AT, 8, ENDS_AT + 8 * LINES);
}

/* As if 700 keys had one hash: more than are looked at together. */
Test(segment_index, keys_with_one_hash_are_told_apart)
{
	enum { KEYS = 700 };
	struct segments segments;
	struct index_draft draft;
	struct segment segment = { .lines = KEYS, .rows = KEYS };
	struct index_match match;
	struct index index;
	struct buf buf;

	segments_open(&segments);
	index_draft_init(&draft);
	buf_init(&buf);
	for (int i = 0; i < KEYS; i++)
		index_draft_add(&draft, arena_print(&segments.arena, "[\"%d\"]", i), SPAN("x"));
	for (int i = 0; i < KEYS; i++)
		draft.slots[i].hash = sample_hash(SPAN("[\"300\"]"), 0);
	merkle_to_hex(merkle_root(&draft.tree), segment.lines_root);
	index_draft_put(&draft, &buf);
	segment.stem = segments_path(&segments, "");
	segment.index_bytes = (int64_t)buf.size;
	sha256_hex(buf_span(&buf), segment.index_hash);
	segments_write_file(&segments, INDEX_SUFFIX, buf_span(&buf));
	cr_assert(index_open(&segment, &segments.arena, &index, &segments.err), "%s",
		  segments.err.text);
	cr_assert(index_find(&index, SPAN("[\"300\"]"), &segments.arena, &match, &segments.err));
	cr_assert(match.found);
	cr_assert_eq(match.first, 300);
	cr_assert_eq(match.last, 300);
	cr_assert(
	    index_find(&index, SPAN("[\"no such key\"]"), &segments.arena, &match, &segments.err));
	cr_assert_not(match.found);
	index_close(&index);
	index_draft_release(&draft);
	buf_release(&buf);
	segments_close(&segments);
}
