/*
 * arena.c: blocks filled one after the other, kept for the next pass.
 *
 * Requests above half a block get a block of their own, chained behind the current one, so that
 * they never waste what is left of it; some of those are kept, too, for the next request of that size. Under AddressSanitizer everything not handed out is
 * poisoned: use after arena_reset() is found like use after free().
 */
#include "engine/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"
#include "engine/base/require.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#define hide(address, size) ASAN_POISON_MEMORY_REGION(address, size)
#define show(address, size) ASAN_UNPOISON_MEMORY_REGION(address, size)
#else
#define hide(address, size) ((void)(address), (void)(size))
#define show(address, size) ((void)(address), (void)(size))
#endif

enum { ALIGNMENT = 16, BLOCK_BYTES = 256 * 1024, OWN_BLOCK_BYTES = BLOCK_BYTES / 2 };

/* What the next pass will need as well, or the system would hand it out anew each time, page by page. */
enum { KEPT_BLOCK_BYTES = 2 * 1024 * 1024, KEPT_BYTES = 8 * 1024 * 1024 };

struct arena_block {
	struct arena_block *next;
	size_t capacity;
	size_t used;
	_Alignas(ALIGNMENT) char data[];
};

static size_t round_up(size_t size)
{
	if (size > PTRDIFF_MAX / 2)
		memory_exhausted(size);
	return size == 0 ? ALIGNMENT : (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

static struct arena_block *block_open(size_t capacity)
{
	struct arena_block *block = memory_resize(NULL, sizeof(*block) + capacity);

	block->next = NULL;
	block->capacity = capacity;
	block->used = 0;
	hide(block->data, capacity);
	return block;
}

static void block_close(struct arena_block *block)
{
	show(block->data, block->capacity);
	free(block);
}

static void *block_take(struct arena *arena, struct arena_block *block, size_t rounded, size_t size)
{
	char *memory = block->data + block->used;

	block->used += rounded;
	arena->used_bytes += rounded;
	show(memory, size);
	return memory;
}

void arena_init(struct arena *arena)
{
	*arena = (struct arena){ 0 };
}

void arena_release(struct arena *arena)
{
	struct arena_block *block = arena->first;

	while (block) {
		struct arena_block *next = block->next;

		block_close(block);
		block = next;
	}
	arena_init(arena);
}

void arena_reset(struct arena *arena)
{
	struct arena_block **link = &arena->first;
	size_t kept = 0;

	while (*link) {
		struct arena_block *block = *link;

		if (block->capacity > BLOCK_BYTES &&
		    (block->capacity > KEPT_BLOCK_BYTES || kept + block->capacity > KEPT_BYTES)) {
			*link = block->next;
			block_close(block);
			continue;
		}
		if (block->capacity > BLOCK_BYTES)
			kept += block->capacity;
		block->used = 0;
		hide(block->data, block->capacity);
		link = &block->next;
	}
	arena->current = arena->first;
	arena->used_bytes = 0;
}

static void chain(struct arena *arena, struct arena_block *block)
{
	struct arena_block **link = arena->current ? &arena->current->next : &arena->first;

	block->next = *link;
	*link = block;
}

/* Blocks behind the current one are empty, or belong to one large request and are full. */
static struct arena_block *next_with_room(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->current ? arena->current->next : arena->first;

	while (block && (block->capacity > BLOCK_BYTES || block->capacity - block->used < size))
		block = block->next;
	if (!block) {
		block = block_open(BLOCK_BYTES);
		chain(arena, block);
	}
	arena->current = block;
	return block;
}

/* Take a block that was kept, is empty and large enough out of the chain; NULL when there is none. */
static struct arena_block *find_kept(struct arena *arena, size_t rounded)
{
	struct arena_block **link = arena->current ? &arena->current->next : &arena->first;

	for (; *link; link = &(*link)->next) {
		struct arena_block *block = *link;

		if (block->capacity > BLOCK_BYTES && block->used == 0 &&
		    block->capacity >= rounded) {
			*link = block->next;
			return block;
		}
	}
	return NULL;
}

static void *take_own_block(struct arena *arena, size_t rounded, size_t size)
{
	struct arena_block *block = find_kept(arena, rounded);
	void *memory;

	/* Above BLOCK_BYTES, so that arena_reset() knows it. */
	if (!block)
		block = block_open(rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES + ALIGNMENT);
	memory = block_take(arena, block, rounded, size);
	block->used = block->capacity;
	chain(arena, block);
	return memory;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->current;
	size_t rounded = round_up(size);

	if (block && block->capacity - block->used >= rounded)
		return block_take(arena, block, rounded, size);
	if (rounded > OWN_BLOCK_BYTES)
		return take_own_block(arena, rounded, size);
	return block_take(arena, next_with_room(arena, rounded), rounded, size);
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	void *memory = arena_alloc(arena, size);

	return memset(memory, 0, size);
}

static bool grow_in_place(struct arena *arena, char *old, size_t old_size, size_t new_size)
{
	struct arena_block *block = arena->current;
	size_t old_rounded = round_up(old_size);
	size_t more = round_up(new_size) - old_rounded;

	if (!block || block->used < old_rounded)
		return false;
	if (old != block->data + (block->used - old_rounded))
		return false;
	if (block->capacity - block->used < more)
		return false;
	block->used += more;
	arena->used_bytes += more;
	show(old, new_size);
	return true;
}

void *arena_grow(struct arena *arena, void *old, size_t old_size, size_t new_size)
{
	void *memory;

	require(new_size >= old_size);
	require(old || old_size == 0);
	if (old && grow_in_place(arena, old, old_size, new_size))
		return old;
	memory = arena_alloc(arena, new_size);
	if (old_size)
		memcpy(memory, old, old_size);
	return memory;
}

void *arena_grow_by_one(struct arena *arena, void *items, int count, size_t item_size)
{
	size_t size = (size_t)count * item_size;

	if ((count & (count - 1)) != 0)
		return items;
	return arena_grow(arena, items, size, count == 0 ? item_size : 2 * size);
}

struct span arena_copy(struct arena *arena, struct span bytes)
{
	char *copy;

	if (!bytes.data)
		return SPAN_NONE;
	copy = arena_alloc(arena, bytes.size + 1);
	if (bytes.size)
		memcpy(copy, bytes.data, bytes.size);
	copy[bytes.size] = '\0';
	return (struct span){ copy, bytes.size };
}

char *arena_text(struct arena *arena, const char *text)
{
	size_t size;
	char *copy;

	if (!text)
		return NULL;
	size = strlen(text) + 1;
	copy = arena_alloc(arena, size);
	return memcpy(copy, text, size);
}

struct span arena_print(struct arena *arena, const char *format, ...)
{
	char small[256];
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	require(length >= 0);
	if ((size_t)length < sizeof(small))
		return arena_copy(arena, (struct span){ small, (size_t)length });

	text = arena_alloc(arena, (size_t)length + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return (struct span){ text, (size_t)length };
}
