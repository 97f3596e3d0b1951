/*
 * index.c: the index of a segment, written at once and read in pieces.
 */
#include "drivers/segment/index.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/file.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"
#include "engine/model/digest.h"

enum {
	MAGIC_SIZE = 32,
	HEAD_SIZE = MAGIC_SIZE + 2 * sizeof(uint64_t),
	LEAF_SIZE = sizeof(struct merkle_hash),
	SLOT_SIZE = sizeof(struct index_slot),
	END_SIZE = sizeof(uint64_t),
	HASHED_AT_ONCE = 1 << 20,
	BLOCK_SIZE = 4096,
	SLOTS_AT_ONCE = 512, /* about what the hash misses the slot's place by */
	FIRST_LINES = 1024
};

static const char magic[MAGIC_SIZE] = "engine segment index 1";

/* ---- written ---- */

void index_draft_init(struct index_draft *draft)
{
	*draft = (struct index_draft){ .lines = 0 };
	buf_init(&draft->keys);
	merkle_init(&draft->tree);
}

void index_draft_reset(struct index_draft *draft)
{
	draft->lines = draft->keyed = 0;
	buf_reset(&draft->keys);
	merkle_init(&draft->tree);
}

void index_draft_release(struct index_draft *draft)
{
	free(draft->leaves);
	free(draft->key_ends);
	free(draft->slots);
	buf_release(&draft->keys);
}

static void make_room(struct index_draft *draft)
{
	if (draft->lines < draft->capacity)
		return;
	draft->capacity = draft->capacity ? draft->capacity * 2 : FIRST_LINES;
	draft->leaves = memory_resize(draft->leaves, draft->capacity * sizeof(*draft->leaves));
	draft->key_ends =
	    memory_resize(draft->key_ends, draft->capacity * sizeof(*draft->key_ends));
	draft->slots = memory_resize(draft->slots, draft->capacity * sizeof(*draft->slots));
}

void index_draft_add(struct index_draft *draft, struct span key, struct span line)
{
	make_room(draft);
	draft->leaves[draft->lines] = merkle_leaf(line);
	merkle_add(&draft->tree, draft->leaves[draft->lines]);
	if (key.data)
		draft->slots[draft->keyed++] =
		    (struct index_slot){ sample_hash(key, 0), draft->lines };
	buf_put_span(&draft->keys, key);
	draft->key_ends[draft->lines++] = draft->keys.size;
}

static int by_hash(const void *left, const void *right)
{
	const struct index_slot *one = left, *other = right;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return one->line < other->line ? -1 : one->line > other->line;
}

static void put_number(struct buf *buf, uint64_t number)
{
	number = htole64(number);
	buf_put(buf, &number, sizeof(number));
}

void index_draft_put(struct index_draft *draft, struct buf *buf)
{
	if (draft->keyed > 1)
		qsort(draft->slots, draft->keyed, sizeof(*draft->slots), by_hash);
	buf_put(buf, magic, sizeof(magic));
	put_number(buf, draft->lines);
	put_number(buf, draft->keyed);
	buf_put(buf, draft->leaves, draft->lines * LEAF_SIZE);
	for (uint64_t i = 0; i < draft->keyed; i++) {
		put_number(buf, draft->slots[i].hash);
		put_number(buf, draft->slots[i].line);
	}
	for (uint64_t i = 0; i < draft->lines; i++)
		put_number(buf, draft->key_ends[i]);
	buf_put_span(buf, buf_span(&draft->keys));
}

/* ---- opened ---- */

static uint64_t leaves_at(void)
{
	return HEAD_SIZE;
}

static uint64_t slots_at(const struct index *index)
{
	return leaves_at() + index->lines * LEAF_SIZE;
}

static uint64_t ends_at(const struct index *index)
{
	return slots_at(index) + index->keyed * SLOT_SIZE;
}

static uint64_t keys_at(const struct index *index)
{
	return ends_at(index) + index->lines * END_SIZE;
}

static bool damaged(const struct index *index, struct err *err)
{
	return err_set(err, ERR_DATA, "%s contradicts itself", index->path);
}

static uint64_t block_hash(const char *block, size_t size)
{
	return sample_hash((struct span){ block, size }, 0);
}

static bool read_part(const struct index *index, void *to, size_t size, uint64_t offset,
		      struct err *err)
{
	char block[BLOCK_SIZE];

	if (offset > index->bytes || size > index->bytes - offset)
		return damaged(index, err);
	while (size > 0) {
		uint64_t start = offset - offset % BLOCK_SIZE, left = index->bytes - start;
		size_t held = left < BLOCK_SIZE ? left : BLOCK_SIZE;
		size_t skipped = offset - start;
		size_t taken = held - skipped < size ? held - skipped : size;

		if (!segment_pread(index->fd, block, held, start, index->path, err))
			return false;
		if (block_hash(block, held) != index->blocks[start / BLOCK_SIZE])
			return err_set(err, ERR_DATA,
				       "%s was changed or damaged since it was opened, within "
				       "bytes %llu to %llu",
				       index->path, (unsigned long long)start,
				       (unsigned long long)(start + held));
		memcpy(to, block + skipped, taken);
		to = (char *)to + taken;
		offset += taken;
		size -= taken;
	}
	return true;
}

static bool read_head(const struct segment *segment, struct index *index, struct err *err)
{
	unsigned char head[HEAD_SIZE];
	uint64_t numbers[2];

	if (!read_part(index, head, sizeof(head), 0, err))
		return false;
	memcpy(numbers, head + MAGIC_SIZE, sizeof(numbers));
	index->lines = le64toh(numbers[0]);
	index->keyed = le64toh(numbers[1]);
	return (memcmp(head, magic, sizeof(magic)) == 0 &&
		index->lines == (uint64_t)segment->lines &&
		index->keyed == (uint64_t)segment->rows) ||
	       err_set(err, ERR_DATA, "%s is not the index of its seal", index->path);
}

static bool check_hash(const struct segment *segment, const struct index *index, struct err *err)
{
	char *piece = memory_resize(NULL, HASHED_AT_ONCE), hex[SHA256_HEX_SIZE];
	struct sha256_stream stream;
	uint64_t done = 0, size = (uint64_t)segment->index_bytes;
	bool ok = true;

	sha256_stream_init(&stream);
	while (done < size) {
		size_t wanted = size - done < HASHED_AT_ONCE ? size - done : HASHED_AT_ONCE;

		ok = segment_pread(index->fd, piece, wanted, done, index->path, err);
		if (!ok)
			break;
		sha256_stream_add(&stream, (struct span){ piece, wanted });
		for (size_t at = 0; at < wanted; at += BLOCK_SIZE)
			index->blocks[(done + at) / BLOCK_SIZE] = block_hash(
			    piece + at, wanted - at < BLOCK_SIZE ? wanted - at : BLOCK_SIZE);
		done += wanted;
	}
	free(piece);
	if (!ok)
		return false;
	sha256_stream_end(&stream, hex);
	return strcmp(hex, segment->index_hash) == 0 ||
	       err_set(
		   err, ERR_DATA,
		   "%s is damaged: its bytes are not those that were sealed; take it from a copy",
		   index->path);
}

/* Its parts fill it; else numbers that were read of one would lie in another. */
static bool check_parts(const struct index *index, struct err *err)
{
	uint64_t end = 0;

	if (keys_at(index) > index->bytes)
		return damaged(index, err);
	if (index->lines && !read_part(index, &end, sizeof(end), keys_at(index) - END_SIZE, err))
		return false;
	return le64toh(end) == index->bytes - keys_at(index) || damaged(index, err);
}

bool index_open(const struct segment *segment, struct arena *arena, struct index *index,
		struct err *err)
{
	*index = (struct index){ .path = segment_path(segment, INDEX_SUFFIX, arena),
				 .bytes = (uint64_t)segment->index_bytes };
	index->fd = open(index->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (index->fd < 0)
		return file_failure(errno, "opening", index->path, err);
	/* As many as the file has, not as the seal says. */
	if (!segment_check_size(index->fd, segment->index_bytes, index->path, err)) {
		index_close(index);
		return false;
	}
	index->blocks =
	    arena_alloc(arena, (index->bytes / BLOCK_SIZE + 1) * sizeof(*index->blocks));
	if (check_hash(segment, index, err) && read_head(segment, index, err) &&
	    check_parts(index, err))
		return true;
	index_close(index);
	return false;
}

void index_close(struct index *index)
{
	if (index->fd >= 0)
		close(index->fd);
	index->fd = -1;
}

void indexes_close(struct entity_segments *entity)
{
	for (int i = 0; entity->indexes && i < entity->count; i++)
		index_close(&entity->indexes[i]);
	entity->indexes = NULL;
}

bool indexes_open(struct entity_segments *entity, struct arena *arena, struct err *err)
{
	if (entity->indexes)
		return true;
	entity->indexes = arena_alloc(arena, (size_t)entity->count * sizeof(*entity->indexes));
	for (int i = 0; i < entity->count; i++)
		entity->indexes[i].fd = -1;
	for (int i = 0; i < entity->count; i++) {
		if (index_open(&entity->segments[i], arena, &entity->indexes[i], err))
			continue;
		indexes_close(entity);
		return false;
	}
	return true;
}

/* ---- read ---- */

bool index_read_leaves(const struct index *index, uint64_t first, uint64_t count,
		       struct merkle_hash *leaves, struct err *err)
{
	require(first + count <= index->lines);
	return read_part(index, leaves, count * LEAF_SIZE, leaves_at() + first * LEAF_SIZE, err);
}

bool index_read_keys(const struct index *index, uint64_t first, uint64_t count, struct arena *arena,
		     struct span *keys, struct err *err)
{
	uint64_t *ends = arena_zalloc(arena, (count + 1) * sizeof(*ends));
	/* Where the first begins is where the one before it ends. */
	uint64_t *known = first ? ends : ends + 1;
	uint64_t from = first ? first - 1 : 0, known_count = first ? count + 1 : count;
	char *bytes;

	require(first + count <= index->lines);
	if (!read_part(index, known, known_count * END_SIZE, ends_at(index) + from * END_SIZE, err))
		return false;
	for (uint64_t i = 0; i <= count; i++) {
		ends[i] = le64toh(ends[i]);
		if (i > 0 && (ends[i] < ends[i - 1] || ends[i] > index->bytes))
			return damaged(index, err);
	}
	bytes = arena_alloc(arena, ends[count] - ends[0] + 1);
	if (!read_part(index, bytes, ends[count] - ends[0], keys_at(index) + ends[0], err))
		return false;
	for (uint64_t i = 0; i < count; i++) {
		keys[i] = (struct span){ bytes + (ends[i] - ends[0]), ends[i + 1] - ends[i] };
		if (keys[i].size == 0)
			keys[i] = SPAN_NONE;
	}
	return true;
}

/* ---- found ---- */

struct window {
	const struct index *index;
	uint64_t first, count;
	struct index_slot slots[SLOTS_AT_ONCE];
};

static bool read_window(struct window *window, uint64_t first, struct err *err)
{
	const struct index *index = window->index;

	window->first = first;
	window->count = index->keyed - first < SLOTS_AT_ONCE ? index->keyed - first : SLOTS_AT_ONCE;
	if (!read_part(index, window->slots, window->count * SLOT_SIZE,
		       slots_at(index) + first * SLOT_SIZE, err))
		return false;
	for (uint64_t i = 0; i < window->count; i++) {
		window->slots[i].hash = le64toh(window->slots[i].hash);
		window->slots[i].line = le64toh(window->slots[i].line);
		if (window->slots[i].line >= index->lines)
			return damaged(index, err);
	}
	return true;
}

/* The window in which the first slot of the hash, or of a higher one, lies; hashes are spread evenly, so the first guess mostly is right. */
static bool seek_window(struct window *window, uint64_t hash, struct err *err)
{
	uint64_t keyed = window->index->keyed;
	/* A segment has fewer than 2^32 lines. */
	uint64_t guess = (hash >> 32) * keyed >> 32;
	uint64_t first = guess > SLOTS_AT_ONCE / 2 ? guess - SLOTS_AT_ONCE / 2 : 0;

	if (!read_window(window, first, err))
		return false;
	while (window->first > 0 && window->slots[0].hash >= hash) {
		first = window->first > SLOTS_AT_ONCE - 1 ? window->first - (SLOTS_AT_ONCE - 1) : 0;
		if (!read_window(window, first, err))
			return false;
	}
	while (window->first + window->count < keyed &&
	       window->slots[window->count - 1].hash < hash)
		if (!read_window(window, window->first + window->count, err))
			return false;
	return true;
}

/* Other keys may have the same hash. */
static bool match_line(const struct index *index, uint64_t line, struct span key,
		       struct arena *scratch, struct index_match *match, struct err *err)
{
	struct span held;

	if (!index_read_keys(index, line, 1, scratch, &held, err))
		return false;
	if (!held.data || !span_equal(held, key))
		return true;
	if (!match->found || line < match->first)
		match->first = line;
	if (!match->found || line > match->last)
		match->last = line;
	match->found = true;
	return true;
}

bool index_find(const struct index *index, struct span key, struct arena *scratch,
		struct index_match *match, struct err *err)
{
	uint64_t hash = sample_hash(key, 0);
	struct window window = { .index = index };

	*match = (struct index_match){ .found = false };
	if (index->keyed == 0)
		return true;
	if (!seek_window(&window, hash, err))
		return false;
	for (;;) {
		for (uint64_t i = 0; i < window.count; i++) {
			if (window.slots[i].hash > hash)
				return true;
			if (window.slots[i].hash == hash &&
			    !match_line(index, window.slots[i].line, key, scratch, match, err))
				return false;
		}
		if (window.first + window.count >= index->keyed)
			return true;
		if (!read_window(&window, window.first + window.count, err))
			return false;
	}
}
