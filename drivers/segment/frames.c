/*
 * frames.c: zstd frames of lines.
 */
#include "drivers/segment/frames.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

/* Frames are small, so that one line costs little; beyond this level they become little smaller. */
enum { LEVEL = 9 };

/* ---- packing ---- */

struct packer {
	ZSTD_CCtx *context;
};

struct packer *packer_open(void)
{
	struct packer *packer = memory_resize(NULL, sizeof(*packer));

	packer->context = ZSTD_createCCtx();
	if (!packer->context)
		memory_exhausted(sizeof(*packer));
	require(
	    !ZSTD_isError(ZSTD_CCtx_setParameter(packer->context, ZSTD_c_compressionLevel, LEVEL)));
	require(!ZSTD_isError(ZSTD_CCtx_setParameter(packer->context, ZSTD_c_checksumFlag, 1)));
	return packer;
}

void packer_close(struct packer *packer)
{
	if (!packer)
		return;
	ZSTD_freeCCtx(packer->context);
	free(packer);
}

bool packer_put(struct packer *packer, struct span raw, struct buf *buf, struct err *err)
{
	size_t room = ZSTD_compressBound(raw.size), size;

	buf_reserve(buf, room);
	size = ZSTD_compress2(packer->context, buf->data + buf->size, room, raw.data, raw.size);
	if (ZSTD_isError(size))
		return err_set(err, ERR_IO, "zstd: %s", ZSTD_getErrorName(size));
	buf->size += size;
	return true;
}

/* ---- reading ---- */

struct line_reader {
	ZSTD_DCtx *context;
	int fd;
	const struct segment *segment; /* that fd is of */
	char *path;
	const struct frame *frame; /* that lies in raw; NULL: none */
	char *packed, *raw;
	size_t packed_room, raw_room;
	uint32_t *ends; /* of its lines, behind their line feeds */
	size_t ends_room;
	struct merkle_hash *leaves; /* of its lines */
	size_t leaves_room;
};

struct line_reader *line_reader_open(void)
{
	struct line_reader *reader = memory_resize(NULL, sizeof(*reader));

	*reader = (struct line_reader){ .fd = -1 };
	reader->context = ZSTD_createDCtx();
	if (!reader->context)
		memory_exhausted(sizeof(*reader));
	return reader;
}

static void close_file(struct line_reader *reader)
{
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->path);
	reader->fd = -1;
	reader->path = NULL;
	reader->segment = NULL;
	reader->frame = NULL;
}

void line_reader_close(struct line_reader *reader)
{
	if (!reader)
		return;
	close_file(reader);
	ZSTD_freeDCtx(reader->context);
	free(reader->packed);
	free(reader->raw);
	free(reader->ends);
	free(reader->leaves);
	free(reader);
}

/* Where it is cut off, the lines that are left are no archive either; but people want to know which are lost. */
static bool check_size(const struct line_reader *reader, const struct segment *segment,
		       struct err *err)
{
	size_t whole = 0;
	off_t size = lseek(reader->fd, 0, SEEK_END);

	if (segment_check_size(reader->fd, segment->packed_bytes, reader->path, err))
		return true;
	while (whole < segment->frame_count &&
	       segment->frames[whole].offset + segment->frames[whole].packed <= (uint64_t)size)
		whole++;
	if (whole < segment->frame_count)
		err_while(err, "line %llu and all behind it are lost",
			  (unsigned long long)segment->frames[whole].first + 1);
	return false;
}

static bool open_file(struct line_reader *reader, const struct segment *segment, struct err *err)
{
	struct arena arena;

	close_file(reader);
	arena_init(&arena);
	reader->path = strdup(segment_path(segment, DATA_SUFFIX, &arena));
	arena_release(&arena);
	if (!reader->path)
		memory_exhausted(1);
	reader->fd = open(reader->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (reader->fd < 0)
		return file_failure(errno, "opening", reader->path, err);
	if (!check_size(reader, segment, err))
		return false;
	reader->segment = segment;
	return true;
}

static void *room_for(void *old, size_t *room, size_t count, size_t size)
{
	if (count <= *room)
		return old;
	*room = count;
	return memory_resize(old, count * size);
}

static bool damaged(const struct line_reader *reader, const struct frame *frame, const char *how,
		    struct err *err)
{
	return err_set(
	    err, ERR_DATA,
	    "%s is damaged between lines %llu and %llu (bytes %llu to %llu): %s; take it "
	    "from a copy",
	    reader->path, (unsigned long long)frame->first + 1,
	    (unsigned long long)(frame->first + frame->lines), (unsigned long long)frame->offset,
	    (unsigned long long)(frame->offset + frame->packed), how);
}

static bool split(struct line_reader *reader, const struct frame *frame)
{
	uint32_t found = 0;

	reader->ends =
	    room_for(reader->ends, &reader->ends_room, frame->lines, sizeof(*reader->ends));
	for (const char *at = reader->raw, *end = at + frame->raw; at < end;) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));

		if (!feed || found == frame->lines)
			return false;
		at = feed + 1;
		reader->ends[found++] = (uint32_t)(at - reader->raw);
	}
	return found == frame->lines;
}

static bool unpack(struct line_reader *reader, const struct frame *frame, struct err *err)
{
	size_t size;

	reader->packed = room_for(reader->packed, &reader->packed_room, frame->packed, 1);
	if (!segment_pread(reader->fd, reader->packed, frame->packed, frame->offset, reader->path,
			   err))
		return false;
	/* Where what was sealed and the frame itself say the same of its size, there is room for that; neither is believed alone. */
	if (ZSTD_getFrameContentSize(reader->packed, frame->packed) != frame->raw)
		return damaged(reader, frame, "it holds other lines than were sealed", err);
	reader->raw = room_for(reader->raw, &reader->raw_room, frame->raw, 1);
	size = ZSTD_decompressDCtx(reader->context, reader->raw, frame->raw, reader->packed,
				   frame->packed);
	if (ZSTD_isError(size))
		return damaged(reader, frame, ZSTD_getErrorName(size), err);
	if (size != frame->raw || !split(reader, frame))
		return damaged(reader, frame, "it holds other lines than were sealed", err);
	return true;
}

static bool load(struct line_reader *reader, const struct frame *frame, const struct index *index,
		 struct err *err)
{
	reader->frame = NULL;
	reader->leaves =
	    room_for(reader->leaves, &reader->leaves_room, frame->lines, sizeof(*reader->leaves));
	if (!unpack(reader, frame, err) ||
	    !index_read_leaves(index, frame->first, frame->lines, reader->leaves, err))
		return false;
	reader->frame = frame;
	return true;
}

static const struct frame *frame_of(const struct segment *segment, uint64_t line)
{
	size_t low = 0, high = segment->frame_count;

	require(high > 0 && segment->frames);
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (segment->frames[middle].first <= line)
			low = middle;
		else
			high = middle;
	}
	return &segment->frames[low];
}

bool line_read(struct line_reader *reader, const struct segment *segment, const struct index *index,
	       uint64_t line, struct span *text, struct err *err)
{
	const struct frame *frame = frame_of(segment, line);
	uint32_t number, start;

	require(line < (uint64_t)segment->lines);
	if (reader->segment != segment && !open_file(reader, segment, err))
		return false;
	if (reader->frame != frame && !load(reader, frame, index, err))
		return false;
	number = (uint32_t)(line - frame->first);
	start = number ? reader->ends[number - 1] : 0;
	*text = (struct span){ reader->raw + start, reader->ends[number] - start - 1 };
	if (merkle_equal(merkle_leaf(*text), reader->leaves[number]))
		return true;
	return err_set(err, ERR_DATA,
		       "line %llu of %s is not the one that was sealed: somebody changed it",
		       (unsigned long long)line + 1, reader->path);
}
