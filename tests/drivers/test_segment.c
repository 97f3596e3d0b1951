/*
 * test_segment.c: segments that no archive of ours would write, and such that it rarely does.
 */
#include <criterion/criterion.h>
#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "drivers/segment/frames.h"
#include "engine/base/file.h"
#include "engine/model/key.h"

TestSuite(segment, .timeout = 60);

static const int first[] = { 0 };
static const char *const id_v[] = { "id", "v" };
static const struct source root = { .name = "root",
				    .kind = SOURCE_ROOT,
				    .table = "t",
				    .columns = id_v,
				    .column_count = 2,
				    .key_columns = first,
				    .key_count = 1,
				    .star_column = -1,
				    .copies_column = -1 };
static const struct source_set set = { &root, 1 };
static const struct column_info columns[] = { { "id", "TEXT", true }, { "v", "TEXT", false } };
static const struct table_info table = {
	.name = "t", .exists = true, .columns = columns, .column_count = 2
};

/* ---- archives, made as the engine makes them ---- */

struct world {
	char folder[100], url[120];
	struct arena arena;
	struct err err;
};

static void world_open(struct world *world)
{
	*world = (struct world){ .folder = "/tmp/engine-segment-XXXXXX" };
	cr_assert_not_null(mkdtemp(world->folder));
	snprintf(world->url, sizeof(world->url), "segment:%s", world->folder);
	arena_init(&world->arena);
}

static void world_close(struct world *world)
{
	char command[140];

	snprintf(command, sizeof(command), "rm -r '%s'", world->folder);
	cr_assert_eq(system(command), 0);
	arena_release(&world->arena);
}

/* Rows "1" to count, whose v is so many bytes long. */
static void archive(struct world *world, int count, int size)
{
	struct archived_entity entity = {
		.name = "job", .sources = &set, .tables = &table, .origin = "", .about = SPAN("{}")
	};
	struct archived_line *lines =
	    arena_alloc(&world->arena, ((size_t)count + 1) * sizeof(*lines));
	struct archived_range range = { lines, (size_t)count, 0, SPAN_NONE };
	struct archive *opened = NULL;
	struct conn *conn = NULL;

	for (int i = 0; i < count; i++)
		lines[i] = (struct archived_line){
			arena_print(&world->arena, "[\"%d\"]", i + 1),
			arena_print(&world->arena,
				    "{\"entity\":\"job\",\"root\":{\"id\":\"%d\",\"v\":\"%0*d\"}}",
				    i + 1, size, i)
		};
	cr_assert(conn_open(world->url, CONN_ARCHIVE, &conn, &world->err), "%s", world->err.text);
	cr_assert(conn_open_archive(conn, &entity, &opened, &world->err), "%s", world->err.text);
	cr_assert(archive_append(conn, opened, &range, &world->err), "%s", world->err.text);
	archive_close(conn, opened);
	conn_close(conn);
}

/* Everything, or what is wrong. */
static bool read_all(struct world *world, struct batch *batch)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct reader *reader = NULL;
	struct conn *conn = NULL;
	int64_t count = -1;
	bool ok;

	batch_init(batch, &world->arena, &set);
	ok = conn_open(world->url, CONN_SOURCE, &conn, &world->err) &&
	     conn_open_reader(conn, &set, &reader, &world->err) &&
	     reader_read_range(conn, reader, &range, 0, batch, NULL, &world->err) &&
	     reader_count_roots(conn, reader, &count, &world->err);
	if (ok)
		cr_assert_eq(count, (int64_t)batch->rowsets[0].row_count);
	reader_close(conn, reader);
	conn_close(conn);
	return ok;
}

static void expect_damaged(struct world *world, const char *words)
{
	struct batch batch;

	cr_assert_not(read_all(world, &batch), "%s", words);
	cr_assert_eq(world->err.code, ERR_DATA, "%s", world->err.text);
	cr_assert_not_null(strstr(world->err.text, words), "%s: %s", words, world->err.text);
	cr_assert_not_null(strstr(world->err.text, "job-000001"), "%s", world->err.text);
	err_reset(&world->err);
}

static const char *path_of(struct world *world, const char *suffix)
{
	return arena_print(&world->arena, "%s/job-000001%s", world->folder, suffix).data;
}

static struct span read_file(struct world *world, const char *suffix)
{
	struct span text;

	cr_assert(file_read(path_of(world, suffix), 1 << 28, &world->arena, &text, &world->err),
		  "%s", world->err.text);
	return text;
}

static void write_file(struct world *world, const char *suffix, struct span text)
{
	cr_assert(file_write(path_of(world, suffix), text, &world->err), "%s", world->err.text);
}

static struct segment read_seal(struct world *world)
{
	struct segment segment = { .stem = path_of(world, "") };

	cr_assert(seal_read(read_file(world, SEAL_SUFFIX), &world->arena, &segment, &world->err),
		  "%s", world->err.text);
	return segment;
}

/* By one who knows the format. */
static void write_seal(struct world *world, const struct segment *segment)
{
	struct buf buf;

	buf_init(&buf);
	seal_put(&buf, segment);
	write_file(world, SEAL_SUFFIX, buf_span(&buf));
	buf_release(&buf);
}

/* ---- what is rare ---- */

Test(segment, a_table_without_rows_is_a_segment_without_lines)
{
	struct world world;
	struct batch batch;

	world_open(&world);
	archive(&world, 0, 0);
	cr_assert(read_all(&world, &batch), "%s", world.err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 0);
	world_close(&world);
}

Test(segment, a_row_may_be_larger_than_a_frame)
{
	struct world world;
	struct batch batch;
	struct segment segment;
	enum { SIZE = 20 * FRAME_BYTES };

	world_open(&world);
	archive(&world, 3, SIZE);
	segment = read_seal(&world);
	cr_assert_eq(segment.frame_count, 3);
	cr_assert(read_all(&world, &batch), "%s", world.err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 3);
	for (size_t i = 0; i < 3; i++)
		cr_assert_eq(rowset_row(&batch.rowsets[0], i)[1].size, SIZE);
	world_close(&world);
}

/* ---- seals ---- */

/* The tail of a seal is the hash of what stands in front of it: whoever forges one makes it anew. */
static struct span with_hash(struct world *world, struct span head)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(head, hex);
	return arena_print(&world->arena, "%.*s,\"sha256\":\"%s\"}\n", SPAN_ARGS(head), hex);
}

static struct span without_hash(struct span seal)
{
	static const char tail[] = ",\"sha256\":\"";
	size_t size = sizeof(tail) - 1 + SHA256_HEX_SIZE - 1 + 3;

	cr_assert_gt(seal.size, size);
	seal.size -= size;
	cr_assert_eq(memcmp(seal.data + seal.size, tail, sizeof(tail) - 1), 0, "%s", seal.data);
	return seal;
}

struct forgery {
	const char *seen, *instead, *words;
};

static struct span replaced(struct world *world, struct span text, const struct forgery *forgery)
{
	const char *at = strstr(text.data, forgery->seen);

	cr_assert_not_null(at, "%s is not in %s", forgery->seen, text.data);
	return arena_print(&world->arena, "%.*s%s%s", (int)(at - text.data), text.data,
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
	struct world world;
	struct span seal;

	world_open(&world);
	archive(&world, 100, 500);
	seal = read_file(&world, SEAL_SUFFIX);
	for (size_t i = 0; i < sizeof(forgeries) / sizeof(forgeries[0]); i++) {
		struct span forged = replaced(&world, seal, &forgeries[i]);

		write_file(&world, SEAL_SUFFIX, with_hash(&world, without_hash(forged)));
		expect_damaged(&world, forgeries[i].words);
	}
	world_close(&world);
}

Test(segment, whatever_is_left_of_a_seal_is_refused)
{
	struct world world;
	struct span seal;

	world_open(&world);
	archive(&world, 20, 500);
	seal = read_file(&world, SEAL_SUFFIX);
	for (size_t size = 0; size < seal.size; size++) {
		write_file(&world, SEAL_SUFFIX, (struct span){ seal.data, size });
		expect_damaged(&world, "");
	}
	world_close(&world);
}

/* The last one has no seal behind it that names its hash. */
Test(segment, no_bit_of_the_last_seal_is_without_meaning)
{
	struct world world;
	struct span seal;

	world_open(&world);
	archive(&world, 20, 500);
	seal = read_file(&world, SEAL_SUFFIX);
	for (size_t i = 0; i < seal.size; i++) {
		char *text = (char *)arena_copy(&world.arena, seal).data;

		text[i] = (char)(text[i] ^ 1 << i % 8);
		write_file(&world, SEAL_SUFFIX, (struct span){ text, seal.size });
		expect_damaged(&world, "");
	}
	world_close(&world);
}

/* ---- sealed by one who knows the format, but is wrong ---- */

Test(segment, a_frame_that_says_it_is_large_takes_no_room)
{
	struct world world;
	struct segment segment;

	world_open(&world);
	archive(&world, 100, 500);
#ifndef __SANITIZE_ADDRESS__
	setrlimit(RLIMIT_AS, &(struct rlimit){ 1u << 30, 1u << 30 });
#endif
	segment = read_seal(&world);
	segment.bytes += UINT32_MAX - segment.frames[0].raw;
	segment.frames[0].raw = UINT32_MAX;
	write_seal(&world, &segment);
	expect_damaged(&world, "other lines");
	segment = read_seal(&world);
	segment.packed_bytes += UINT32_MAX - segment.frames[0].packed;
	segment.frames[0].packed = UINT32_MAX;
	write_seal(&world, &segment);
	expect_damaged(&world, "were sealed");
	world_close(&world);
}

Test(segment, nothing_stands_behind_the_lines)
{
	struct world world;
	struct span data;

	world_open(&world);
	archive(&world, 100, 500);
	data = read_file(&world, DATA_SUFFIX);
	write_file(
	    &world, DATA_SUFFIX,
	    (struct span){ arena_copy(&world.arena, (struct span){ data.data, data.size + 1 }).data,
			   data.size + 1 });
	expect_damaged(&world, "were sealed");
	world_close(&world);
}

/* ---- indexes ---- */

static void reseal_index(struct world *world, struct span index)
{
	struct segment segment = read_seal(world);

	segment.index_bytes = (int64_t)index.size;
	sha256_hex(index, segment.index_hash);
	write_file(world, INDEX_SUFFIX, index);
	write_seal(world, &segment);
}

/* Of 100 lines, so 100 slots; all numbers are 8 bytes. */
enum { LINES = 100, SLOTS_AT = 48 + 32 * LINES, ENDS_AT = SLOTS_AT + 16 * LINES };

static void expect_bad_number(size_t at, uint64_t number, const char *words)
{
	struct world world;
	struct span index;

	world_open(&world);
	archive(&world, LINES, 500);
	index = arena_copy(&world.arena, read_file(&world, INDEX_SUFFIX));
	number = htole64(number);
	memcpy((char *)index.data + at, &number, sizeof(number));
	reseal_index(&world, index);
	expect_damaged(&world, words);
	world_close(&world);
}

Test(segment, an_index_of_other_lines_is_refused)
{
	expect_bad_number(0, 0, "is not the index of its seal");
	expect_bad_number(32, LINES - 1, "is not the index of its seal");
	expect_bad_number(32, UINT64_MAX, "is not the index of its seal");
	expect_bad_number(40, LINES + 1, "is not the index of its seal");
	expect_bad_number(48, 0, "line 1 of");
}

Test(segment, an_index_whose_keys_end_nowhere_is_refused)
{
	expect_bad_number(ENDS_AT + 8 * (LINES - 1), UINT64_MAX, "contradicts itself");
	expect_bad_number(ENDS_AT + 8 * (LINES - 1), 1u << 30, "contradicts itself");
	expect_bad_number(ENDS_AT + 8 * (LINES - 1), 7, "contradicts itself");
}

Test(segment, an_index_that_is_too_short_or_too_long_is_refused)
{
	struct world world;
	struct span index;

	world_open(&world);
	archive(&world, LINES, 500);
	index = read_file(&world, INDEX_SUFFIX);
	reseal_index(&world, (struct span){ index.data, index.size - 1 });
	expect_damaged(&world, "contradicts itself");
	reseal_index(&world, (struct span){ index.data, index.size + 1 });
	expect_damaged(&world, "contradicts itself");
	reseal_index(&world, (struct span){ index.data, 20 });
	expect_damaged(&world, "");
	reseal_index(&world, SPAN(""));
	expect_damaged(&world, "");
	world_close(&world);
}

/* One byte after the other of a part of it changes under a reader that is open. */
static void expect_noticed(size_t from, size_t step, size_t to)
{
	struct world world;
	struct reader *reader = NULL;
	struct conn *conn = NULL;
	struct span index;
	struct batch batch;
	struct span key = SPAN("[\"7\"]");

	world_open(&world);
	archive(&world, LINES, 500);
	index = read_file(&world, INDEX_SUFFIX);
	cr_assert(conn_open(world.url, CONN_SOURCE, &conn, &world.err), "%s", world.err.text);
	cr_assert(conn_open_reader(conn, &set, &reader, &world.err), "%s", world.err.text);
	for (size_t at = from; at < to; at += step) {
		FILE *file = fopen(path_of(&world, INDEX_SUFFIX), "r+");

		cr_assert_eq(fseek(file, (long)at, SEEK_SET), 0);
		cr_assert_neq(fputc(index.data[at] ^ 1, file), EOF);
		cr_assert_eq(fclose(file), 0);
		batch_init(&batch, &world.arena, &set);
		cr_assert_not(reader_read_keys(conn, reader, &key, 1, &batch, NULL, &world.err),
			      "%zu", at);
		cr_assert_eq(world.err.code, ERR_DATA, "%s", world.err.text);
		cr_assert_not_null(strstr(world.err.text, "since it was opened"), "%s",
				   world.err.text);
		err_reset(&world.err);
		file = fopen(path_of(&world, INDEX_SUFFIX), "r+");
		cr_assert_eq(fseek(file, (long)at, SEEK_SET), 0);
		cr_assert_neq(fputc(index.data[at], file), EOF);
		cr_assert_eq(fclose(file), 0);
	}
	cr_assert(reader_read_keys(conn, reader, &key, 1, &batch, NULL, &world.err), "%s",
		  world.err.text);
	cr_assert_eq(batch.rowsets[0].row_count, 1);
	reader_close(conn, reader);
	conn_close(conn);
	world_close(&world);
}

Test(segment, an_index_that_changes_while_it_is_open_is_noticed)
{
	expect_noticed(SLOTS_AT, 8, ENDS_AT);
	expect_noticed(ENDS_AT, 8, ENDS_AT + 8 * LINES);
}

/* As if 700 keys had one hash: more than are looked at together. */
Test(segment, keys_with_one_hash_are_told_apart)
{
	enum { KEYS = 700 };
	struct world world;
	struct index_draft draft;
	struct segment segment = { .lines = KEYS, .rows = KEYS };
	struct index_match match;
	struct index index;
	struct buf buf;

	world_open(&world);
	index_draft_init(&draft);
	buf_init(&buf);
	for (int i = 0; i < KEYS; i++)
		index_draft_add(&draft, arena_print(&world.arena, "[\"%d\"]", i), SPAN("x"));
	for (int i = 0; i < KEYS; i++)
		draft.slots[i].hash = sample_hash(SPAN("[\"300\"]"), 0);
	merkle_to_hex(merkle_root(&draft.tree), segment.lines_root);
	index_draft_put(&draft, &buf);
	segment.stem = path_of(&world, "");
	segment.index_bytes = (int64_t)buf.size;
	sha256_hex(buf_span(&buf), segment.index_hash);
	write_file(&world, INDEX_SUFFIX, buf_span(&buf));
	cr_assert(index_open(&segment, &world.arena, &index, &world.err), "%s", world.err.text);
	cr_assert(index_find(&index, SPAN("[\"300\"]"), &world.arena, &match, &world.err));
	cr_assert(match.found);
	cr_assert_eq(match.first, 300);
	cr_assert_eq(match.last, 300);
	cr_assert(index_find(&index, SPAN("[\"no such key\"]"), &world.arena, &match, &world.err));
	cr_assert_not(match.found);
	index_close(&index);
	index_draft_release(&draft);
	buf_release(&buf);
	world_close(&world);
}
