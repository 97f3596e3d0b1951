/*
 * store.c: what a folder of segments holds, by its seals.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/segment/index.h"
#include "engine/base/file.h"

enum { SEAL_BYTES_MAX = 16 << 20 };

bool segment_check_size(int fd, int64_t sealed, const char *path, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) != 0)
		return file_failure(errno, "reading", path, err);
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_DATA, "%s is not a regular file", path);
	return status.st_size == sealed ||
	       err_set(err, ERR_DATA, "%s has %lld bytes; %lld were sealed: take it from a copy",
		       path, (long long)status.st_size, (long long)sealed);
}

bool segment_pread(int fd, void *to, size_t size, uint64_t offset, const char *path,
		   struct err *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return file_failure(errno, "reading", path, err);
		if (got == 0)
			return err_set(
			    err, ERR_DATA,
			    "%s ends at byte %llu, before what was sealed; take it from a "
			    "copy",
			    path, (unsigned long long)(offset + done));
		done += (size_t)got;
	}
	return true;
}

/* ---- finding seals ---- */

static bool is_seal(const char *name)
{
	size_t size = strlen(name), suffix = strlen(SEAL_SUFFIX);

	return size > suffix && strcmp(name + size - suffix, SEAL_SUFFIX) == 0;
}

struct names {
	const char **names;
	size_t count;
};

static int by_name(const void *left, const void *right)
{
	return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool list_seals(struct segment_store *store, struct names *names, struct err *err)
{
	DIR *folder = opendir(store->folder);
	struct dirent *entry;

	*names = (struct names){ .count = 0 };
	if (!folder && errno == ENOENT)
		return true;
	if (!folder)
		return file_failure(errno, "opening", store->folder, err);
	while ((errno = 0, entry = readdir(folder)) != NULL) {
		if (!is_seal(entry->d_name))
			continue;
		names->names = arena_grow_by_one(&store->arena, names->names, (int)names->count,
						 sizeof(*names->names));
		names->names[names->count++] = arena_text(&store->arena, entry->d_name);
	}
	if (errno != 0)
		file_failure(errno, "reading", store->folder, err);
	closedir(folder);
	if (names->count > 1)
		qsort(names->names, names->count, sizeof(*names->names), by_name);
	return err->code == ERR_NONE;
}

/* ---- reading them ---- */

static struct entity_segments *entity_for(struct segment_store *store, const char *name)
{
	struct entity_segments *entity = store_find(store, name);

	if (entity)
		return entity;
	store->entities = arena_grow_by_one(&store->arena, store->entities, store->entity_count,
					    sizeof(*store->entities));
	entity = &store->entities[store->entity_count++];
	*entity = (struct entity_segments){ .name = name };
	return entity;
}

/* A seal is called what it says: else one could stand for another. */
static bool read_one(struct segment_store *store, const char *name, struct err *err)
{
	struct arena *arena = &store->arena;
	const char *path = arena_print(arena, "%s/%s", store->folder, name).data;
	struct entity_segments *entity;
	struct segment segment = { .number = 0 };
	struct span text;

	if (!file_read(path, SEAL_BYTES_MAX, arena, &text, err))
		return false;
	if (!seal_read(text, arena, &segment, err))
		return err_while(err, "%s", path);
	segment.stem =
	    arena_copy(arena, (struct span){ path, strlen(path) - strlen(SEAL_SUFFIX) }).data;
	if (strcmp(strrchr(segment.stem, '/') + 1,
		   segment_name(segment.entity, segment.number, arena)) != 0)
		return err_set(err, ERR_DATA,
			       "%s is the seal of segment %lld of %s: it was renamed", path,
			       (long long)segment.number, segment.entity);
	entity = entity_for(store, segment.entity);
	entity->segments =
	    arena_grow_by_one(arena, entity->segments, entity->count, sizeof(*entity->segments));
	entity->segments[entity->count++] = segment;
	return true;
}

/* ---- do they follow each other? ---- */

static int by_number(const void *left, const void *right)
{
	const struct segment *one = left, *other = right;

	return one->number < other->number ? -1 : one->number > other->number;
}

static bool same_bound(struct span one, struct span other)
{
	return (one.data == NULL) == (other.data == NULL) && span_equal(one, other);
}

static bool check_step(const struct entity_segments *entity, int index, struct err *err)
{
	const struct segment *segment = &entity->segments[index];
	const struct segment *before = index ? &entity->segments[index - 1] : NULL;

	if (segment->number != index + 1)
		return err_set(err, ERR_DATA,
			       "segment %d of %s is missing: take its files from a copy", index + 1,
			       entity->name);
	if (strcmp(segment->previous, before ? before->seal : no_seal) != 0)
		return err_set(err, ERR_DATA,
			       "%s" SEAL_SUFFIX
			       " names another seal before it than the one that is "
			       "there: one of them was changed",
			       segment->stem);
	if (!same_bound(segment->lower, before ? before->upper : SPAN_NONE) ||
	    (before && !before->upper.data))
		return err_set(err, ERR_DATA,
			       "%s" SEAL_SUFFIX " does not begin where the segment before it ends",
			       segment->stem);
	if (before && !span_equal(segment->sources, before->sources))
		return err_set(err, ERR_DATA,
			       "%s" SEAL_SUFFIX " is of other sources than the segment before it",
			       segment->stem);
	return true;
}

static bool check_entity(struct segment_store *store, struct entity_segments *entity,
			 struct err *err)
{
	qsort(entity->segments, (size_t)entity->count, sizeof(*entity->segments), by_number);
	for (int i = 0; i < entity->count; i++)
		if (!check_step(entity, i, err))
			return false;
	return sources_read(entity->segments[0].sources, &store->arena, &entity->set,
			    &entity->tables, err) ||
	       err_while(err, "%s" SEAL_SUFFIX, entity->segments[0].stem);
}

bool store_read(const char *folder, struct segment_store *store, struct err *err)
{
	struct names names;

	*store = (struct segment_store){ .entity_count = 0 };
	arena_init(&store->arena);
	store->folder = arena_text(&store->arena, folder);
	if (!list_seals(store, &names, err))
		return false;
	for (size_t i = 0; i < names.count; i++)
		if (!read_one(store, names.names[i], err))
			return false;
	for (int i = 0; i < store->entity_count; i++)
		if (!check_entity(store, &store->entities[i], err))
			return false;
	return true;
}

void store_release(struct segment_store *store)
{
	for (int i = 0; i < store->entity_count; i++)
		indexes_close(&store->entities[i]);
	arena_release(&store->arena);
}

struct entity_segments *store_find(const struct segment_store *store, const char *entity)
{
	for (int i = 0; i < store->entity_count; i++)
		if (strcmp(store->entities[i].name, entity) == 0)
			return &store->entities[i];
	return NULL;
}

static bool check_file(const char *path, int64_t sealed, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool ok;

	if (fd < 0)
		return file_failure(errno, "opening", path, err);
	ok = segment_check_size(fd, sealed, path, err);
	close(fd);
	return ok;
}

bool entity_check_files(const struct entity_segments *entity, struct err *err)
{
	struct arena arena;
	bool ok = true;

	arena_init(&arena);
	for (int i = 0; ok && i < entity->count; i++) {
		const struct segment *segment = &entity->segments[i];

		ok = check_file(segment_path(segment, DATA_SUFFIX, &arena), segment->packed_bytes,
				err) &&
		     check_file(segment_path(segment, INDEX_SUFFIX, &arena), segment->index_bytes,
				err);
	}
	arena_release(&arena);
	return ok;
}

const struct segment *entity_last(const struct entity_segments *entity)
{
	return entity->count ? &entity->segments[entity->count - 1] : NULL;
}

bool entity_is_whole(const struct entity_segments *entity)
{
	return entity->count > 0 && !entity_last(entity)->upper.data;
}
