/*
 * reader_internal.h: what the files that read segments as legacy share. For this folder only.
 */
#ifndef DRIVERS_SEGMENT_READER_INTERNAL_H
#define DRIVERS_SEGMENT_READER_INTERNAL_H

#include "drivers/segment/frames.h"
#include "drivers/support/seen.h"
#include "engine/model/key.h"

/* How a source that is read finds its rows in what was archived (match.c). */
struct source_match {
	int archived;       /* the source of the archive */
	const int *columns; /* of each of the archive's columns: the one that is read, or −1 */
	int archived_column_count; /* = the archive's */
};

struct reader {
	struct entity_segments *entity;
	const struct source_set *set;
	struct source_match matches[SOURCES_MAX];
	bool is_keys_only; /* a root and its key: the index has them */
	struct line_reader *lines;
	struct arena kept;                      /* as long as the reader */
	struct arena scratch;                   /* one line, or one look into an index */
	struct seen references, reference_rows; /* in the batch at hand */
	struct buf text;
};

/* The entity whose archive has every source that is wanted, with every column; ERR_RULE says what is missing. */
bool match_sources(struct segment_store *store, const struct source_set *set, struct reader *reader,
		   struct err *err);

/* Append the rows of a line to the batch. ERR_DATA where it is no line of the archive. */
bool rows_add_line(struct reader *reader, struct span line, struct batch *batch, struct err *err);

/* Append a root of nothing but its key. False, and nothing added, where the key's texts do not say what the cells were. */
bool rows_add_key(struct reader *reader, struct span key, struct batch *batch);

#endif
