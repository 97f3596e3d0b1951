/*
 * segments.c: archives of a table "t" for tests.
 */
#include "tests/drivers/segments.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/file.h"

static const int first[] = { 0 }, second[] = { 1 };
static const char *const id_v[] = { "id", "v" };
static const char *const t_no[] = { "t_id", "no" };
static const struct source sources[] = {
	{ .name = "root",
	  .kind = SOURCE_ROOT,
	  .table = "t",
	  .columns = id_v,
	  .column_count = 2,
	  .key_columns = first,
	  .key_count = 1,
	  .star_column = -1,
	  .copies_column = -1 },
	{ .name = "notes",
	  .kind = SOURCE_CHILDREN,
	  .table = "n",
	  .columns = t_no,
	  .column_count = 2,
	  .key_columns = second,
	  .key_count = 1,
	  .parent_columns = first,
	  .parent_count = 1,
	  .root_columns = first,
	  .star_column = -1,
	  .copies_column = -1 },
	{ .name = "kind",
	  .kind = SOURCE_REFERENCE,
	  .table = "k",
	  .columns = id_v,
	  .column_count = 2,
	  .key_columns = first,
	  .key_count = 1,
	  .from_columns = second,
	  .star_column = -1,
	  .copies_column = -1 },
};
static const struct source_set archived = { sources, 3 };
const struct source_set segments_set = { sources, 1 };
static const struct column_info columns[] = { { "id", "TEXT", true }, { "v", "TEXT", false } };
static const struct table_info tables[] = {
	{ .name = "t", .exists = true, .columns = columns, .column_count = 2 },
	{ .name = "n", .exists = true, .columns = columns, .column_count = 2 },
	{ .name = "k", .exists = true, .columns = columns, .column_count = 2 },
};

/* ---- archives, made as the engine makes them ---- */

void segments_open(struct segments *segments)
{
	*segments = (struct segments){ .folder = "/tmp/engine-segment-XXXXXX" };
	cr_assert_not_null(mkdtemp(segments->folder));
	snprintf(segments->url, sizeof(segments->url), "segment:%s", segments->folder);
	arena_init(&segments->arena);
}

void segments_close(struct segments *segments)
{
	char command[140];

	snprintf(command, sizeof(command), "rm -r '%s'", segments->folder);
	cr_assert_eq(system(command), 0);
	arena_release(&segments->arena);
}

/* Rows "1" to count, whose v is so many bytes long. */
void segments_archive(struct segments *segments, int count, int size)
{
	struct archived_entity entity = { .name = "job",
					  .sources = &archived,
					  .tables = tables,
					  .origin = "",
					  .about = SPAN("{}") };
	struct archived_line *lines =
	    arena_alloc(&segments->arena, ((size_t)count + 1) * sizeof(*lines));
	struct archived_range range = { lines, (size_t)count, 0, SPAN_NONE };
	struct archive *opened = NULL;
	struct conn *conn = NULL;

	for (int i = 0; i < count; i++)
		lines[i] = (struct archived_line){
			arena_print(&segments->arena, "[\"%d\"]", i + 1),
			arena_print(&segments->arena,
				    "{\"entity\":\"job\",\"root\":{\"id\":\"%d\",\"v\":\"%0*d\"}}",
				    i + 1, size, i)
		};
	cr_assert(conn_open(segments->url, CONN_ARCHIVE, &conn, &segments->err), "%s",
		  segments->err.text);
	cr_assert(conn_open_archive(conn, &entity, &opened, &segments->err), "%s",
		  segments->err.text);
	cr_assert(archive_append(conn, opened, &range, &segments->err), "%s", segments->err.text);
	archive_close(conn, opened);
	conn_close(conn);
}

/* Everything, or what is wrong. */
bool segments_read_all(struct segments *segments, struct batch *batch)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct reader *reader = NULL;
	struct conn *conn = NULL;
	int64_t count = -1;
	bool ok;

	batch_init(batch, &segments->arena, &segments_set);
	ok = conn_open(segments->url, CONN_SOURCE, &conn, &segments->err) &&
	     conn_open_reader(conn, &segments_set, &reader, &segments->err) &&
	     reader_read_range(conn, reader, &range, 0, batch, NULL, &segments->err) &&
	     reader_count_roots(conn, reader, &count, &segments->err);
	if (ok)
		cr_assert_eq(count, (int64_t)batch->rowsets[0].row_count);
	reader_close(conn, reader);
	conn_close(conn);
	return ok;
}

void segments_expect_damaged(struct segments *segments, const char *words)
{
	struct batch batch;

	cr_assert_not(segments_read_all(segments, &batch), "%s", words);
	cr_assert_eq(segments->err.code, ERR_DATA, "%s", segments->err.text);
	cr_assert_not_null(strstr(segments->err.text, words), "%s: %s", words, segments->err.text);
	cr_assert_not_null(strstr(segments->err.text, "job-000001"), "%s", segments->err.text);
	err_reset(&segments->err);
}

const char *segments_path(struct segments *segments, const char *suffix)
{
	return arena_print(&segments->arena, "%s/job-000001%s", segments->folder, suffix).data;
}

struct span segments_read_file(struct segments *segments, const char *suffix)
{
	struct span text;

	cr_assert(file_read(segments_path(segments, suffix), 1 << 28, &segments->arena, &text,
			    &segments->err),
		  "%s", segments->err.text);
	return text;
}

void segments_write_file(struct segments *segments, const char *suffix, struct span text)
{
	cr_assert(file_write(segments_path(segments, suffix), text, &segments->err), "%s",
		  segments->err.text);
}

struct segment segments_read_seal(struct segments *segments)
{
	struct segment segment = { .stem = segments_path(segments, "") };

	cr_assert(seal_read(segments_read_file(segments, SEAL_SUFFIX), &segments->arena, &segment,
			    &segments->err),
		  "%s", segments->err.text);
	return segment;
}

/* By one who knows the format. */
void segments_write_seal(struct segments *segments, const struct segment *segment)
{
	struct buf buf;

	buf_init(&buf);
	seal_put(&buf, segment);
	segments_write_file(segments, SEAL_SUFFIX, buf_span(&buf));
	buf_release(&buf);
}

/* The tail of a seal is the hash of what stands in front of it: whoever forges one makes it anew. */
struct span segments_with_hash(struct segments *segments, struct span head)
{
	char hex[SHA256_HEX_SIZE];

	sha256_hex(head, hex);
	return arena_print(&segments->arena, "%.*s,\"sha256\":\"%s\"}\n", SPAN_ARGS(head), hex);
}

struct span segments_without_hash(struct span seal)
{
	static const char tail[] = ",\"sha256\":\"";
	size_t size = sizeof(tail) - 1 + SHA256_HEX_SIZE - 1 + 3;

	cr_assert_gt(seal.size, size);
	seal.size -= size;
	cr_assert_eq(memcmp(seal.data + seal.size, tail, sizeof(tail) - 1), 0, "%s", seal.data);
	return seal;
}
