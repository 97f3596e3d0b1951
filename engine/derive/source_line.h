/*
 * source_line.h: source rows as lines of JSON that given_read() reads back: nothing is masked, cut or left out.
 *
 *   {"entity":"job","root":{"del_id":"7",…},"events":[{"seq":"1",…,"notes":[{…}]}],"film":[{…}]}
 *
 * Columns that are NULL are left out. A reference is a list of the rows that are pointed at, each once. Children say their parent's
 * key like any other column. A child row without a root is a line of its own: {"entity":"job","orphan":{"events":{…}}}.
 */
#ifndef ENGINE_DERIVE_SOURCE_LINE_H
#define ENGINE_DERIVE_SOURCE_LINE_H

#include "engine/base/buf.h"
#include "engine/derive/join.h"

/* Without a line feed. is_first: of rows with one key, of which only the first has their children. */
void source_line_put(struct buf *buf, const char *entity, const struct joined *joined, size_t row,
		     bool is_first);
void source_line_put_orphan(struct buf *buf, const char *entity, const struct joined *joined,
			    size_t orphan);

#endif
