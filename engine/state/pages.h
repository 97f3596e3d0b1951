/*
 * pages.h: reads a LMDB data file page by page and believes nothing in it. For the room only.
 *
 * LMDB maps the file and follows its page numbers and offsets unchecked, so a file that was cut or
 * changed would take the process down with it. This walk looks first, with pread() alone: every page
 * that LMDB could reach is of the right kind, inside the file, used once and in order. What comes
 * through it is safe to map, to read and to write.
 */
#ifndef ENGINE_STATE_PAGES_H
#define ENGINE_STATE_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/span.h"

/* LMDB's own layout on this machine (data version 1); pages.c proves the sizes. */
struct pages_tree {
	uint32_t page_bytes; /* of the free tree only; 0 elsewhere */
	uint16_t flags;
	uint16_t depth;
	uint64_t branch_pages;
	uint64_t leaf_pages;
	uint64_t overflow_pages;
	uint64_t entries;
	uint64_t root;
};

struct pages_meta {
	uint32_t magic;
	uint32_t version;
	uint64_t address;
	uint64_t map_bytes;
	struct pages_tree free_tree;
	struct pages_tree main_tree;
	uint64_t last_page;
	uint64_t commit_no;
};

/* The two states a data file holds: the last commit and the one before it. */
struct pages_metas {
	struct pages_meta newest;
	struct pages_meta older; /* commit_no 0: the empty beginning */
};

struct pages_entry {
	struct span table;
	struct span key;
	struct span value;
};

/* Valid during the call. */
typedef bool (*pages_function)(void *context, const struct pages_entry *entry, struct err *err);

/* ERR_DATA when the file is not one that an environment of map_bytes has written; ERR_IO. */
bool pages_read_metas(int fd, uint64_t map_bytes, struct pages_metas *metas, struct err *err);

/* Check everything that belongs to one of the two states and hand out its entries, tables in order
 * of their names, entries in order of their keys. */
bool pages_walk(int fd, const struct pages_meta *meta, pages_function each, void *context,
		struct err *err);

#endif
