/*
 * archive.c: source rows into segments: appended, read back, sealed.
 *
 * Nothing counts before its seal: a segment's files are written under names that nobody reads, made durable, read back line by line,
 * renamed, and sealed last. What a crash leaves behind is written anew.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "drivers/segment/frames.h"
#include "engine/base/crash.h"
#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

#define PART_SUFFIX ".part"

struct archive {
	const char *folder, *entity;
	struct arena arena;   /* lives as long */
	struct arena scratch; /* of one segment */
	struct archive_standing standing;
	struct segment segment; /* being written */
	struct buf raw;         /* lines of the frame being filled */
	struct buf packed;
	struct buf upper, lower; /* of what the segment has */
	struct index_draft draft;
	size_t frames_room;
	uint32_t raw_lines;
	struct packer *packer;
	struct sha256_stream hash;
	const char *data_path;
	int fd, lock_fd;
	bool is_begun; /* a segment is being written */
};

/* ---- the folder ---- */

/* One engine at a time. */
static bool lock_folder(struct archive *archive, struct err *err)
{
	const char *path = arena_print(&archive->arena, "%s/lock", archive->folder).data;

	archive->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (archive->lock_fd < 0)
		return file_failure(errno, "opening", path, err);
	if (flock(archive->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	if (errno == EWOULDBLOCK)
		return err_set(err, ERR_TRANSIENT, "another engine is archiving into %s",
			       archive->folder);
	return file_failure(errno, "locking", path, err);
}

static bool sync_folder(const struct archive *archive, struct err *err)
{
	int fd = open(archive->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;

	if (!ok)
		file_failure(errno, "writing", archive->folder, err);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* ---- a segment ---- */

static bool begin_segment(struct archive *archive, struct err *err)
{
	struct segment *segment = &archive->segment;
	struct frame *frames = segment->frames;

	arena_reset(&archive->scratch);
	*segment = (struct segment){
		.entity = archive->entity,
		.origin = segment->origin,
		.number = archive->standing.segments + 1,
		.sources = segment->sources,
		.about = segment->about,
		.frames = frames,
	};
	segment->stem =
	    arena_print(&archive->scratch, "%s/%s", archive->folder,
			segment_name(archive->entity, segment->number, &archive->scratch))
		.data;
	archive->data_path =
	    arena_print(&archive->scratch, "%s" DATA_SUFFIX PART_SUFFIX, segment->stem).data;
	index_draft_reset(&archive->draft);
	sha256_stream_init(&archive->hash);
	archive->fd = open(archive->data_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (archive->fd < 0)
		return file_failure(errno, "writing", archive->data_path, err);
	archive->is_begun = true;
	return true;
}

static struct frame *add_frame(struct archive *archive)
{
	struct segment *segment = &archive->segment;

	if (segment->frame_count == archive->frames_room) {
		archive->frames_room = archive->frames_room ? archive->frames_room * 2 : 64;
		segment->frames =
		    memory_resize(segment->frames, archive->frames_room * sizeof(*segment->frames));
	}
	return &segment->frames[segment->frame_count++];
}

static bool put_frame(struct archive *archive, struct err *err)
{
	struct segment *segment = &archive->segment;
	struct frame *frame;

	buf_reset(&archive->packed);
	if (!packer_put(archive->packer, buf_span(&archive->raw), &archive->packed, err) ||
	    !file_put(archive->fd, buf_span(&archive->packed), archive->data_path, err))
		return false;
	sha256_stream_add(&archive->hash, buf_span(&archive->packed));
	frame = add_frame(archive);
	*frame = (struct frame){
		.offset = (uint64_t)segment->packed_bytes,
		.first = archive->draft.lines - archive->raw_lines,
		.packed = (uint32_t)archive->packed.size,
		.raw = (uint32_t)archive->raw.size,
		.lines = archive->raw_lines,
	};
	segment->packed_bytes += frame->packed;
	segment->bytes += frame->raw;
	buf_reset(&archive->raw);
	archive->raw_lines = 0;
	return true;
}

static bool end_frame(struct archive *archive, struct err *err)
{
	return archive->raw_lines == 0 || put_frame(archive, err);
}

static bool add_line(struct archive *archive, const struct archived_line *line, struct err *err)
{
	require(!memchr(line->json.data, '\n', line->json.size));
	index_draft_add(&archive->draft, line->key, line->json);
	buf_put_span(&archive->raw, line->json);
	buf_put_char(&archive->raw, '\n');
	archive->raw_lines++;
	if (line->key.data)
		archive->segment.rows++;
	else
		archive->segment.orphans++;
	if (archive->raw.size > UINT32_MAX / 2)
		return err_set(err, ERR_DATA, "a source row takes %zu bytes", archive->raw.size);
	return archive->raw.size < FRAME_BYTES || end_frame(archive, err);
}

/* ---- sealing ---- */

static bool write_index(struct archive *archive, struct err *err)
{
	struct segment *segment = &archive->segment;
	struct buf buf;
	bool ok;

	buf_init(&buf);
	index_draft_put(&archive->draft, &buf);
	segment->index_bytes = (int64_t)buf.size;
	sha256_hex(buf_span(&buf), segment->index_hash);
	ok =
	    file_write(segment_path(segment, INDEX_SUFFIX, &archive->scratch), buf_span(&buf), err);
	buf_release(&buf);
	return ok;
}

/* Whatever memory or disk did to it in between: what is sealed can be read. */
static bool read_back(struct archive *archive, struct err *err)
{
	const struct segment *segment = &archive->segment;
	struct line_reader *reader = line_reader_open();
	struct index index;
	bool ok = index_open(segment, &archive->scratch, &index, err);

	for (uint64_t line = 0; ok && line < (uint64_t)segment->lines; line++) {
		struct span text;

		ok = line_read(reader, segment, &index, line, &text, err);
	}
	if (index.fd >= 0)
		index_close(&index);
	line_reader_close(reader);
	return ok || err_while(err, "reading back what was written");
}

static bool write_seal(struct archive *archive, struct err *err)
{
	struct segment *segment = &archive->segment;
	struct buf buf;
	bool ok;

	buf_init(&buf);
	seal_put(&buf, segment);
	sha256_hex(buf_span(&buf), segment->seal);
	crash_point("before-seal");
	ok = file_write(segment_path(segment, SEAL_SUFFIX, &archive->scratch), buf_span(&buf), err);
	buf_release(&buf);
	return ok;
}

static bool finish_data(struct archive *archive, struct err *err)
{
	struct segment *segment = &archive->segment;

	/* A file without any frame is none for zstd. */
	if (!(segment->frame_count ? end_frame(archive, err) : put_frame(archive, err)))
		return false;
	sha256_stream_end(&archive->hash, segment->data_hash);
	segment->lines = segment->rows + segment->orphans;
	merkle_to_hex(merkle_root(&archive->draft.tree), segment->lines_root);
	memcpy(segment->previous, archive->standing.seal[0] ? archive->standing.seal : no_seal,
	       sizeof(segment->previous));
	if (fsync(archive->fd) != 0)
		return file_failure(errno, "writing", archive->data_path, err);
	close(archive->fd);
	archive->fd = -1;
	if (rename(archive->data_path, segment_path(segment, DATA_SUFFIX, &archive->scratch)) != 0)
		return file_failure(errno, "writing", archive->data_path, err);
	return true;
}

static void take_standing(struct archive *archive, const struct segment *segment)
{
	struct archive_standing *standing = &archive->standing;

	standing->segments = segment->number;
	standing->rows += segment->rows;
	standing->orphans += segment->orphans;
	standing->cut += segment->cut;
	standing->bytes += segment->bytes;
	standing->packed_bytes += segment->packed_bytes;
	standing->is_whole = !segment->upper.data;
	buf_reset(&archive->lower);
	buf_put_span(&archive->lower, segment->upper);
	standing->upper = segment->upper.data ? buf_span(&archive->lower) : SPAN_NONE;
	memcpy(standing->seal, segment->seal, sizeof(standing->seal));
}

static bool seal(struct archive *archive, bool is_end, struct err *err)
{
	struct segment *segment = &archive->segment;

	segment->lower = archive->standing.upper;
	segment->upper = is_end ? SPAN_NONE : buf_span(&archive->upper);
	if (!finish_data(archive, err) || !write_index(archive, err) || !read_back(archive, err) ||
	    !sync_folder(archive, err) || !write_seal(archive, err) || !sync_folder(archive, err))
		return err_while(err, "segment %lld of %s", (long long)segment->number,
				 archive->entity);
	crash_point("after-seal");
	take_standing(archive, segment);
	archive->is_begun = false;
	return true;
}

/* ---- the contract ---- */

static bool go_on(struct archive *archive, const struct segment_store *store, struct err *err)
{
	const struct entity_segments *entity = store_find(store, archive->entity);

	if (!entity)
		return true;
	if (!span_equal(entity->segments[0].sources, archive->segment.sources))
		return err_set(
		    err, ERR_DATA,
		    "%s holds %s as other rules read it, or legacy's tables have changed "
		    "since: archive into another folder",
		    archive->folder, archive->entity);
	if (strcmp(entity_last(entity)->origin, archive->segment.origin) != 0)
		return err_set(err, ERR_DATA,
			       "%s holds %s of another legacy, or legacy has failed over since: "
			       "archive into another folder",
			       archive->folder, archive->entity);
	if (!entity_check_files(entity, err))
		return false;
	for (int i = 0; i < entity->count; i++)
		take_standing(archive, &entity->segments[i]);
	return true;
}

bool segment_open_archive(struct conn *base, const struct archived_entity *entity,
			  struct archive **opened, struct err *err)
{
	struct segment_conn *conn = segment_of(base);
	struct archive *archive = memory_resize(NULL, sizeof(*archive));
	struct segment_store store;
	struct buf sources;
	bool ok;

	*archive = (struct archive){ .folder = conn->store.folder, .fd = -1, .lock_fd = -1 };
	arena_init(&archive->arena);
	arena_init(&archive->scratch);
	buf_init(&archive->raw);
	buf_init(&archive->packed);
	buf_init(&archive->upper);
	buf_init(&archive->lower);
	buf_init(&sources);
	index_draft_init(&archive->draft);
	archive->packer = packer_open();
	archive->entity = arena_text(&archive->arena, entity->name);
	sources_put(&sources, entity->sources, entity->tables);
	archive->segment.sources = arena_copy(&archive->arena, buf_span(&sources));
	archive->segment.origin = arena_text(&archive->arena, entity->origin);
	archive->segment.about = arena_copy(&archive->arena, entity->about);
	buf_release(&sources);
	/* What is sealed is looked at once nobody else can seal. */
	ok = lock_folder(archive, err);
	if (ok) {
		ok = store_read(conn->store.folder, &store, err) && go_on(archive, &store, err);
		store_release(&store);
	}
	if (!ok) {
		segment_close_archive(archive);
		return false;
	}
	*opened = archive;
	return true;
}

bool segment_append(struct archive *archive, const struct archived_range *range, struct err *err)
{
	require(!archive->standing.is_whole);
	if (!archive->is_begun && !begin_segment(archive, err))
		return false;
	for (size_t i = 0; i < range->line_count; i++)
		if (!add_line(archive, &range->lines[i], err))
			return false;
	archive->segment.cut += range->cut;
	buf_reset(&archive->upper);
	buf_put_span(&archive->upper, range->upper);
	if (!range->upper.data)
		return seal(archive, true, err);
	return archive->segment.bytes + (int64_t)archive->raw.size < SEGMENT_BYTES ||
	       seal(archive, false, err);
}

bool segment_seal(struct archive *archive, struct err *err)
{
	return !archive->is_begun || seal(archive, false, err);
}

const struct archive_standing *segment_standing(const struct archive *archive)
{
	return &archive->standing;
}

void segment_close_archive(struct archive *archive)
{
	if (archive->fd >= 0)
		close(archive->fd);
	if (archive->is_begun)
		unlink(archive->data_path);
	if (archive->lock_fd >= 0)
		close(archive->lock_fd);
	packer_close(archive->packer);
	index_draft_release(&archive->draft);
	free(archive->segment.frames);
	buf_release(&archive->raw);
	buf_release(&archive->packed);
	buf_release(&archive->upper);
	buf_release(&archive->lower);
	arena_release(&archive->arena);
	arena_release(&archive->scratch);
	free(archive);
}
