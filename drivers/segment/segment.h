/*
 * segment.h: cold history as a store: segment:DIR, a folder of sealed files that are never changed.
 *
 * An entity's source rows stand in segments NAME-000001, NAME-000002 …, each of up to SEGMENT_BYTES of lines, in the order in which legacy
 * was read. A segment is three files:
 *
 *   .jsonl.zst   the lines (engine/derive/source_line.h), each with its line feed, in zstd frames that are read alone: `zstd -dc` gives
 *                them all, `engine map` takes them
 *   .index       of each line its leaf of the Merkle tree and its key, and where the line of a key stands (index.h)
 *   .seal        one JSON object: what the segment holds, of which sources, the hashes of both files, the root of the tree over its lines
 *                (model/merkle.h), the SHA-256 of the seal before it, and last that of all that stands in front of it in this one
 *
 * A segment is there once its seal is; whatever else lies in the folder is passed over. The last seal's `upper` is null once the
 * whole table is kept. Whatever is handed out was compared with its leaf. As legacy, such a folder gives what the store gave that it was
 * made of: the same rows under the same keys, in its order.
 */
#ifndef DRIVERS_SEGMENT_SEGMENT_H
#define DRIVERS_SEGMENT_SEGMENT_H

#include "drivers/driver.h"

extern const struct driver segment_driver;

#endif
