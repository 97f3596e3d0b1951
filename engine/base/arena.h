/*
 * arena.h: memory that dies together.
 *
 * One arena per pass: everything read, derived and written for a chunk lives in it, and
 * arena_reset() frees it all when the pass has committed. Not thread-safe: an arena belongs
 * to the worker that holds the chunk. Blocks are kept on reset, so a steady worker stops
 * asking the system for memory.
 */
#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include <stddef.h>

#include "engine/base/span.h"

struct arena_block;

struct arena {
	struct arena_block *first;   /* every block, in the order they are filled */
	struct arena_block *current; /* the block being filled */
	size_t used_bytes;           /* handed out since the last reset */
};

void arena_init(struct arena *arena);
void arena_release(struct arena *arena);

/* Everything handed out becomes invalid; standard blocks are kept, of larger ones those of
 * up to 2 MiB, 8 MiB together. */
void arena_reset(struct arena *arena);

/* Uninitialised memory, 16-byte aligned, valid until arena_reset() or arena_release().
 * Never NULL: running out of memory ends the program with a message (there is no partial
 * result worth keeping: a pass that did not commit is simply taken again). */
void *arena_alloc(struct arena *arena, size_t size);

/* The same, zeroed. */
void *arena_zalloc(struct arena *arena, size_t size);

/* A larger copy of old (old may be NULL with old_size 0); extends in place when old was the
 * last thing handed out. */
void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size);

/* Room for one more behind count items of a list that only ever grows so; it doubles, because other things are put in
 * between. */
void *arena_grow_by_one(struct arena *arena, void *items, int count, size_t item_size);

/* Copies; the copy is followed by a NUL that size does not count. */
struct span arena_copy(struct arena *arena, struct span bytes);
char *arena_text(struct arena *arena, const char *text);

/* printf into the arena. */
struct span arena_print(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
