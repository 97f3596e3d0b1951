/*
 * segment_internal.h: what the files of this driver share. For this folder only.
 */
#ifndef DRIVERS_SEGMENT_SEGMENT_INTERNAL_H
#define DRIVERS_SEGMENT_SEGMENT_INTERNAL_H

#include <string.h>

#include "drivers/segment/segment.h"
#include "engine/model/merkle.h"

/* A frame is read whole for one line of it; a segment is whole before it is sealed. */
enum { FRAME_BYTES = 32 << 10, SEGMENT_BYTES = 128 << 20 };

struct index;

/* ---- one segment (seal.c) ---- */

struct frame {
	uint64_t offset; /* in the file */
	uint64_t first;  /* line of the segment, from 0 */
	uint32_t packed, raw, lines;
};

struct segment {
	const char *stem; /* DIR/job-000001 */
	const char *entity, *origin;
	int64_t number; /* from 1 */
	int64_t lines, rows, orphans;
	int64_t cut; /* values that are kept only in part */
	int64_t bytes, packed_bytes, index_bytes;
	struct span lower, upper; /* keys; no data: open */
	struct span sources;      /* what is kept of legacy, as JSON; the same in all segments */
	struct span about;
	char lines_root[MERKLE_HEX_SIZE];
	char data_hash[SHA256_HEX_SIZE], index_hash[SHA256_HEX_SIZE];
	char previous[SHA256_HEX_SIZE]; /* seal; zeros for the first */
	char seal[SHA256_HEX_SIZE];     /* of this one: not in the file, but of it */
	struct frame *frames;
	size_t frame_count;
};

extern const char no_seal[SHA256_HEX_SIZE];

/* The seal as it is written. */
void seal_put(struct buf *buf, const struct segment *segment);

/* And read: all of it lies in the arena. ERR_DATA says what in it is no seal. */
bool seal_read(struct span text, struct arena *arena, struct segment *segment, struct err *err);

/* What is copied into a C string does not end before it does. */
static inline bool is_c_text(struct span text)
{
	return memchr(text.data, '\0', text.size) == NULL;
}

/* "job-000001", in the arena; of the part "account/members" it is "account.members-000001". */
const char *segment_name(const char *entity, int64_t number, struct arena *arena);

/* "DIR/job-000001.index", in the arena. */
const char *segment_path(const struct segment *segment, const char *suffix, struct arena *arena);

#define DATA_SUFFIX ".jsonl.zst"
#define INDEX_SUFFIX ".index"
#define SEAL_SUFFIX ".seal"

/* ---- sources as JSON (sources.c) ---- */

void sources_put(struct buf *buf, const struct source_set *set, const struct table_info *tables);
bool sources_read(struct span json, struct arena *arena, struct source_set *set,
		  const struct table_info **tables, struct err *err);

/* ---- all that is sealed (store.c) ---- */

struct entity_segments {
	const char *name;
	struct segment *segments; /* by number */
	int count;
	struct index *indexes; /* one a segment, once somebody reads; NULL before */
	struct source_set set; /* as archived */
	const struct table_info *tables;
};

struct segment_store {
	const char *folder;
	struct arena arena; /* of all below */
	struct entity_segments *entities;
	int entity_count;
};

/* Read every seal and check that they follow each other. An empty store where the folder is missing. */
bool store_read(const char *folder, struct segment_store *store, struct err *err);
void store_release(struct segment_store *store);
struct entity_segments *store_find(const struct segment_store *store, const char *entity);

/* Are the files there, and as long as they were sealed? What is in them is read where it is needed. */
bool entity_check_files(const struct entity_segments *entity, struct err *err);

/* The last one, or NULL; and is it the table's end? */
const struct segment *entity_last(const struct entity_segments *entity);
bool entity_is_whole(const struct entity_segments *entity);

/* ---- the driver ---- */

struct segment_conn {
	struct conn base;
	struct segment_store store;
	char *identity;
};

static inline struct segment_conn *segment_of(struct conn *conn)
{
	return (struct segment_conn *)conn;
}

bool segment_open_archive(struct conn *conn, const struct archived_entity *entity,
			  struct archive **archive, struct err *err);
bool segment_append(struct archive *archive, const struct archived_range *range, struct err *err);
bool segment_seal(struct archive *archive, struct err *err);
const struct archive_standing *segment_standing(const struct archive *archive);
void segment_close_archive(struct archive *archive);

bool segment_open_reader(struct conn *conn, const struct source_set *sources,
			 struct reader **reader, struct err *err);
void segment_close_reader(struct reader *reader);
bool segment_find_bound(struct reader *reader, const struct key_range *range, uint32_t count,
			struct arena *arena, struct span *bound, struct err *err);
bool segment_read_range(struct reader *reader, const struct key_range *range, size_t bytes_max,
			struct batch *batch, struct buf *position, struct err *err);
bool segment_read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		       struct batch *batch, struct buf *position, struct err *err);
bool segment_count_roots(struct reader *reader, int64_t *count, struct err *err);
bool segment_explain(struct reader *reader, struct buf *json, struct err *err);

/* ERR_DATA where the file is not as long as it was sealed. */
bool segment_check_size(int fd, int64_t sealed, const char *path, struct err *err);

/* So many bytes at an offset, or ERR_DATA where the file ends before. */
bool segment_pread(int fd, void *to, size_t size, uint64_t offset, const char *path,
		   struct err *err);

#endif
