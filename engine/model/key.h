/*
 * key.h: a legacy primary key as a JSON array of canonical texts: ["7","A1"].
 *
 * The engine compares keys for equality only; order is the store's own business.
 */
#ifndef ENGINE_MODEL_KEY_H
#define ENGINE_MODEL_KEY_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/model/batch.h"

enum { KEY_PARTS_MAX = 8 };

/* (lower, upper]; a span without data is open on that side. */
struct key_range {
	struct span lower;
	struct span upper;
};

/* Append the key of a row: the cells at the given columns. Binary, and text that is not valid UTF-8
 * or has a NUL, is written as the text \xHEX. A cell that was cut is told by its size but cannot be
 * turned back: drivers refuse such keys. None of the cells is NULL. */
void key_put(struct buf *buf, const struct cell *row, const int *columns, int column_count);

/* One part of a key: the cell, which is not NULL, as a JSON string. */
void key_put_part(struct buf *buf, const struct cell *cell);

/* The texts of a key, decoded into the arena. ERR_DATA unless it is an array of part_count
 * strings. */
bool key_parts(struct span key, int part_count, struct arena *arena,
	       struct span parts[KEY_PARTS_MAX], struct err *err);

/* The bytes that key_put() wrote as \xHEX, in the arena; no data when the part is something else. */
struct span key_part_bytes(struct span part, struct arena *arena);

/* The text that a part stands for: bytes that are no UTF-8 (in the arena), or the part itself. */
struct span key_part_text(struct span part, struct arena *arena);

/* Four letters such as \xff could not be told from the key that is this one byte. */
bool key_text_is_ambiguous(struct span text, struct arena *arena);

#endif
