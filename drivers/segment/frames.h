/*
 * frames.h: the lines of a segment: packed frame by frame, and read back one by one. For this folder only.
 */
#ifndef DRIVERS_SEGMENT_FRAMES_H
#define DRIVERS_SEGMENT_FRAMES_H

#include "drivers/segment/index.h"

/* ---- packing ---- */

struct packer;

struct packer *packer_open(void);
void packer_close(struct packer *packer); /* NULL is fine */

/* One frame of these bytes, behind what is in the buffer. The same bytes give the same frame with the same zstd. */
bool packer_put(struct packer *packer, struct span raw, struct buf *buf, struct err *err);

/* ---- reading ---- */

/* Lines of one segment after the other, each compared with its leaf; of one frame at a time in memory. */
struct line_reader;

struct line_reader *line_reader_open(void);
void line_reader_close(struct line_reader *reader); /* NULL is fine */

/* A line of a segment, without its line feed; valid until the next call. ERR_DATA where it is not what was sealed. */
bool line_read(struct line_reader *reader, const struct segment *segment, const struct index *index,
	       uint64_t line, struct span *text, struct err *err);

#endif
