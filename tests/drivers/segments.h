/*
 * segments.h: archives for tests, made as the engine makes them, and forged by one who knows the format.
 */
#ifndef TESTS_DRIVERS_SEGMENTS_H
#define TESTS_DRIVERS_SEGMENTS_H

#include "drivers/segment/frames.h"

struct segments {
	char folder[100], url[120];
	struct arena arena;
	struct err err;
};

extern const struct source_set segments_set; /* the table "t" with its columns id, the key, and v */

void segments_open(struct segments *segments);
void segments_close(struct segments *segments);

/* The rows "1" to count, whose v is so many bytes long, as segment 1 of "job", the whole table. */
void segments_archive(struct segments *segments, int count, int size);

/* Every row, or what is wrong. */
bool segments_read_all(struct segments *segments, struct batch *batch);

/* ERR_DATA with these words and the name of segment 1; forgets it. */
void segments_expect_damaged(struct segments *segments, const char *words);

/* The files of segment 1. What is read lies in the arena. */
const char *segments_path(struct segments *segments, const char *suffix);
struct span segments_read_file(struct segments *segments, const char *suffix);
void segments_write_file(struct segments *segments, const char *suffix, struct span text);
struct segment segments_read_seal(struct segments *segments);
void segments_write_seal(struct segments *segments, const struct segment *segment);

/* A seal ends with the hash of what stands in front of it: whoever forges one makes it anew. */
struct span segments_with_hash(struct segments *segments, struct span head);
struct span segments_without_hash(struct span seal);

#endif
