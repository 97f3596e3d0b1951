/*
 * test_segment.c: segments that are rare, and seals that no archive of ours would write.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/drivers/fixture.h"
#include "tests/drivers/segments.h"

TestSuite(segment, .timeout = 60);

/* ---- what is rare ---- */

Test(segment, a_table_without_rows_is_a_segment_without_lines)
{
	struct segments segments;
	struct batch batch;

	segments_open(&segments);
	segments_archive(&segments, 0, 0);
	cr_assert(segments_read_all(&segments, &batch), "%s", segments.err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 0);
	segments_close(&segments);
}

Test(segment, a_row_may_be_larger_than_a_frame)
{
	struct segments segments;
	struct batch batch;
	struct segment segment;
	enum { SIZE = 20 * FRAME_BYTES };

	segments_open(&segments);
	segments_archive(&segments, 3, SIZE);
	segment = segments_read_seal(&segments);
	cr_assert_eq(segment.frame_count, 3);
	cr_assert(segments_read_all(&segments, &batch), "%s", segments.err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 3);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(rowset_row(&batch.rowsets[0], i)[1].size, SIZE);
	segments_close(&segments);
}

/* ---- seals ---- */

struct forgery {
	const char *seen, *instead, *words;
};

static struct span replaced(struct segments *segments, struct span text,
			    const struct forgery *forgery)
{
	const char *at = strstr(text.data, forgery->seen);

	cr_assert_not_null(at, "%s is not in %s", forgery->seen, text.data);
	return arena_print(&segments->arena, "%.*s%s%s", (int)(at - text.data), text.data,
			   forgery->instead, at + strlen(forgery->seen));
}

static const struct forgery forgeries[] = {
	{ "engine segment 1", "engine segment 2", "format" },
	{ "\"format\":", "\"formed\":", "format" },
	{ "\"entity\":\"job\"", "\"entity\":7", "entity" },
	{ "\"entity\":\"job\"", "\"entity\":null", "entity" },
	{ "\"entity\":\"job\"", "\"entity\":\"\"", "entity" },
	{ "\"entity\":\"job\"", "\"entity\":\"job\\u0000x\"", "entity" },
	{ "\"entity\":\"job\"", "\"entity\":\"../job\"", "it was renamed" },
	{ "\"entity\":\"job\"", "\"entity\":\"a/job\"", "it was renamed" },
	{ "\"number\":1", "\"number\":\"1\"", "number" },
	{ "\"number\":1", "\"number\":-1", "number" },
	{ "\"number\":1", "\"number\":1.0", "number" },
	{ "\"number\":1", "\"number\":1e0", "number" },
	{ "\"number\":1", "\"number\":2", "it was renamed" },
	{ "\"number\":1", "\"number\":99999999999999999999", "number" },
	{ "\"number\":1", "\"number\":999999999999999999999999999999", "number" },
	{ "\"number\":1", "\"number\":9223372036854775807", "number" },
	{ "\"number\":1", "\"number\":[1]", "number" },
	{ "\"number\":1,", "", "number" },
	{ "\"previous\":\"0", "\"previous\":\"F", "previous" },
	{ "\"previous\":\"0", "\"previous\":\"1", "names another seal before it" },
	{ "\"previous\":\"00", "\"previous\":\"0", "previous" },
	{ "\"previous\":\"0", "\"previous\":\"\\u0000", "previous" },
	{ "\"lower\":null", "\"lower\":{}", "lower" },
	{ "\"lower\":null", "\"lower\":\"1\"", "lower" },
	{ "\"lower\":null", "\"lower\":[\"0\"]", "does not begin" },
	{ "\"upper\":null", "\"upper\":7", "upper" },
	{ "\"upper\":null,", "", "upper" },
	{ "\"lines\":100", "\"lines\":101", "frames" },
	{ "\"rows\":100", "\"rows\":101", "lines" },
	{ "\"rows\":100,\"orphans\":0", "\"rows\":9223372036854775807,\"orphans\":1", "rows" },
	{ "\"rows\":100,\"orphans\":0", "\"rows\":99,\"orphans\":1", "is not the index" },
	{ "\"cut\":0", "\"cut\":null", "cut" },
	{ "\"root\":\"", "\"root\":\"a", "root" },
	{ "\"data\":{", "\"data\":[],\"date\":{", "data" },
	{ "\"data\":{\"bytes\":", "\"data\":{\"bytes\":1", "frames" },
	{ "\"index\":{\"bytes\":", "\"index\":{\"bytes\":1", "were sealed" },
	{ "\"index\":{\"bytes\":", "\"index\":{\"bytes\":-", "index" },
	{ "\"origin\":\"\"", "\"origin\":null", "origin" },
	{ "\"origin\":\"\"", "\"origin\":\"\\u0000\"", "origin" },
	{ "\"about\":{}", "\"about\":null", "about" },
	{ "\"about\":{}", "\"about\":[]", "about" },
	{ "\"sources\":[{", "\"sources\":null,\"x\":[{", "sources" },
	{ "\"sources\":[{", "\"sources\":[],\"x\":[{", "sources" },
	{ "\"sources\":[{", "\"sources\":[7,{", "sources" },
	{ "\"kind\":\"root\"", "\"kind\":\"children\"", "kind" },
	{ "\"kind\":\"root\"", "\"kind\":7", "kind" },
	{ "\"key\":[\"id\"]", "\"key\":[\"other\"]", "key" },
	{ "\"key\":[\"id\"]", "\"key\":\"id\"", "key" },
	{ "\"key\":[\"id\"]", "\"key\":null", "key" },
	{ "\"columns\":[\"id\",\"v\"]", "\"columns\":[\"id\",\"id\"]", "columns" },
	{ "\"columns\":[\"id\",\"v\"]", "\"columns\":[\"id\",\"v\\u0000\"]", "columns" },
	{ "\"columns\":[\"id\",\"v\"]", "\"columns\":[\"id\",7]", "columns" },
	{ "\"of\":\"root\"", "\"of\":\"notes\"", "of" },
	{ "\"of\":\"root\"", "\"of\":null", "of" },
	{ "\"parent\":[\"t_id\"]", "\"parent\":[]", "of_columns" },
	{ "\"parent\":[\"t_id\"]", "\"parent\":[\"id\"]", "parent" },
	{ "\"of_columns\":[\"id\"]", "\"of_columns\":null", "of_columns" },
	{ "\"of_columns\":[\"id\"]", "\"of_columns\":[\"id\",\"v\"]", "of_columns" },
	{ "\"root_columns\":[\"t_id\"]", "\"root_columns\":[]", "root_columns" },
	{ "\"from\":\"root\"", "\"from\":\"kind\"", "from" },
	{ "\"from_columns\":[\"v\"]", "\"from_columns\":[]", "from_columns" },
	{ "\"described\":{", "\"described\":7,\"x\":{", "described" },
	{ "\"frames\":[[", "\"frames\":{},\"x\":[[", "frames" },
	{ "\"frames\":[[", "\"frames\":[7,[", "frames" },
	{ "\"frames\":[[", "\"frames\":[[0,0,0],[", "frames" },
	{ "\"frames\":[[", "\"frames\":[[-1,0,0],[", "frames" },
	{ "\"frames\":[[", "\"frames\":[[1,1,1],[", "frames" },
	{ "\"frames\":[[", "\"frames\":[[4294967296,0,0],[", "frames" },
	{ "\"frames\":[[", "\"frames\":[[4294967295,4294967295,4294967295],[", "frames" },
	{ "\"frames\":[[", "\"frames\":[[1,1],[", "frames" },
	{ "{\"format\"", "{\"format\":\"engine segment 1\",\"format\"", "format" },
	{ "{\"format\"", "[{\"format\"", "byte" },
	{ "{\"format\"", "\xff{\"format\"", "byte" },
	{ "{\"format\"", "", "byte" },
};

Test(segment, a_seal_that_cannot_be_is_refused)
{
	struct segments segments;
	struct span seal;

	segments_open(&segments);
	segments_archive(&segments, 100, 500);
	seal = segments_read_file(&segments, SEAL_SUFFIX);
	for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
		struct span forged = replaced(&segments, seal, &forgeries[i]);

		segments_write_file(&segments, SEAL_SUFFIX,
				    segments_with_hash(&segments, segments_without_hash(forged)));
		segments_expect_damaged(&segments, forgeries[i].words);
	}
	segments_close(&segments);
}

Test(segment, whatever_is_left_of_a_seal_is_refused)
{
	struct segments segments;
	struct span seal;

	segments_open(&segments);
	segments_archive(&segments, 20, 500);
	seal = segments_read_file(&segments, SEAL_SUFFIX);
	for (size_t size = 0; size < seal.size; size++) {
		segments_write_file(&segments, SEAL_SUFFIX, (struct span){ seal.data, size });
		segments_expect_damaged(&segments, "");
	}
	segments_close(&segments);
}

/* The last one has no seal behind it that names its hash. */
Test(segment, no_bit_of_the_last_seal_is_without_meaning)
{
	struct segments segments;
	struct span seal;

	segments_open(&segments);
	segments_archive(&segments, 20, 500);
	seal = segments_read_file(&segments, SEAL_SUFFIX);
	for (size_t i = 0; i < seal.size; i++) {
		char *text = (char *)arena_copy(&segments.arena, seal).data;

		text[i] = (char)(text[i] ^ 1 << i % 8);
		segments_write_file(&segments, SEAL_SUFFIX, (struct span){ text, seal.size });
		segments_expect_damaged(&segments, "");
	}
	segments_close(&segments);
}

/* ---- seals of any kind ---- */

/* A few bytes of JSON in the place of others. */
static struct span mutated(struct segments *segments, struct span seal, uint64_t *state)
{
	static const char *const pieces[] = { "",       "0",     "-",        "9",       "\"",
					      "[",      "]",     "{",        "}",       ",",
					      "null",   "true",  "[]",       "{}",      "\"\"",
					      "1e9",    ":",     "/",        "\\u0000", "99999",
					      "\"id\"", "\"v\"", "\"root\"", "," };
	enum { PIECES = sizeof(pieces) / sizeof(pieces[0]) };
	uint32_t at = next_random(state, (uint32_t)seal.size);
	uint32_t left = (uint32_t)seal.size - at;
	uint32_t gone = next_random(state, left < 12 ? left + 1 : 12);

	return arena_print(&segments->arena, "%.*s%s%.*s", (int)at, seal.data,
			   pieces[next_random(state, PIECES)], (int)(left - gone),
			   seal.data + at + gone);
}

static bool is_seal(struct segments *segments, struct span text)
{
	struct segment segment = { .number = 0 };
	const struct table_info *tables;
	struct source_set set;
	bool ok = seal_read(text, &segments->arena, &segment, &segments->err) &&
		  sources_read(segment.sources, &segments->arena, &set, &tables, &segments->err);

	if (!ok)
		cr_assert_eq(segments->err.code, ERR_DATA, "%s", segments->err.text);
	err_reset(&segments->err);
	return ok;
}

/* Sealed again, as whoever forged them would: they are refused, or the rows are those that there are. */
Test(segment, no_seal_makes_other_rows)
{
	enum { MUTATIONS = 6000 };
	struct segments segments;
	uint64_t state = 25;
	struct span seal;
	int taken = 0;

	segments_open(&segments);
	segments_archive(&segments, 20, 500);
	seal = arena_copy(&segments.arena, segments_read_file(&segments, SEAL_SUFFIX));
	seal = segments_without_hash(seal);
	for (int i = 0; i < MUTATIONS; i++) {
		struct span forged =
		    segments_with_hash(&segments, mutated(&segments, seal, &state));
		struct batch batch;

		if (!is_seal(&segments, forged))
			continue;
		taken++;
		segments_write_file(&segments, SEAL_SUFFIX, forged);
		if (segments_read_all(&segments, &batch))
			cr_assert_eq(batch.rowsets[0].row_count, 20, "%s", forged.data);
		err_reset(&segments.err);
	}
	cr_assert_gt(taken, MUTATIONS / 100);
	segments_close(&segments);
}
