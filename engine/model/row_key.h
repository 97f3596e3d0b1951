/*
 * row_key.h: what tells the rows of a table without a key apart: all that they hold.
 *
 * Such a source (key = "*" in a rule file) has two columns that no store has: "*", the row's key, and "copies",
 * how many rows of the table are equal to it. Equal rows are one row.
 *
 * The key is 32 lower-case hex digits, the first half of the SHA-256 over the row's columns that are not NULL, in byte
 * order of their names, each as NAME_SIZE:NAME and t (text), b (binary) or c (a value above CELL_BYTES_MAX) and
 * SIZE:BYTES, sizes in decimal bytes; of a value above the limit the hex digits of its digest stand for the bytes. Ids are
 * made of it, so it may never change.
 */
#ifndef ENGINE_MODEL_ROW_KEY_H
#define ENGINE_MODEL_ROW_KEY_H

#include "engine/model/batch.h"

#define ROW_KEY_COLUMN "*"
#define ROW_COPIES_COLUMN "copies"

enum { ROW_KEY_SIZE = 32 };

/* No NUL at the end. */
void row_key_of(const struct source *source, const struct cell *row, char key[ROW_KEY_SIZE]);

/* Fill the columns that the store does not have: the key, and one copy where it does not say how many. */
void row_key_complete(const struct source *source, struct cell *row, struct arena *arena);

/* Make one of completed rows that are equal, and add up their copies; rows are then in the order of their keys.
 * What is no number of copies is not added: such rows stay two of one key. Returns how many are left. */
size_t row_key_fold(const struct source *source, struct cell **rows, size_t count,
		    struct arena *arena);

/* Both, for all rows of a source that were read. */
void row_key_fold_batch(struct batch *batch, int source_index);

#endif
