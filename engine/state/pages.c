/*
 * pages.c: reads a LMDB data file page by page and believes nothing in it.
 */
#include "engine/state/pages.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/memory.h"

enum {
	PAGE_HEADER_BYTES = 16,
	NODE_HEADER_BYTES = 8,
	TREE_BYTES = 48,
	META_BYTES = 136,
	KEY_BYTES_MAX = 511,
	DEPTH_MAX = 32,
	PAGE_BYTES_MIN = 512,
	PAGE_BYTES_MAX = 32768
};

enum { PAGE_BRANCH = 1, PAGE_LEAF = 2, PAGE_OVERFLOW = 4, PAGE_META = 8 };
enum { NODE_BIG = 1, NODE_TREE = 2 };
/* Integer keys, and what LMDB keeps of the environment being made as a file without a folder. */
enum { FREE_TREE_FLAGS = 0x4008 };

#define META_MAGIC 0xBEEFC0DEu
#define NO_PAGE UINT64_MAX

_Static_assert(sizeof(struct pages_tree) == TREE_BYTES, "LMDB's MDB_db");
_Static_assert(sizeof(struct pages_meta) == META_BYTES, "LMDB's MDB_meta");

enum tree_kind { KIND_MAIN, KIND_FREE, KIND_TABLE };

struct walk {
	int fd;
	const struct pages_meta *meta;
	size_t page_bytes;
	uint8_t *seen;  /* one bit a page: nothing may be used twice */
	uint8_t *used;  /* one byte for every byte of a page: nodes do not overlap */
	struct buf big; /* a value that has pages of its own */
	pages_function each;
	void *context;
};

struct tree {
	enum tree_kind kind;
	struct span name;
	const struct pages_tree *claimed;
	struct pages_tree counted;
	char last_key[KEY_BYTES_MAX];
	size_t last_key_size;
	bool has_last_key;
};

struct page {
	uint64_t no;
	uint16_t flags;
	unsigned node_count;
	const uint8_t *bytes;
};

struct node {
	struct span key;
	uint64_t size_or_page; /* a leaf's value size, a branch's child */
	unsigned flags;
	const uint8_t *value;
	size_t value_room; /* bytes the node keeps in this page */
};

static uint16_t get_u16(const void *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint64_t get_u64(const void *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static bool damaged(struct err *err, uint64_t page_no, const char *what)
{
	return err_set(err, ERR_DATA, "page %llu of data.mdb %s", (unsigned long long)page_no,
		       what);
}

static bool read_at(int fd, uint64_t offset, void *bytes, size_t size, struct err *err)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(fd, (char *)bytes + done, size - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_set(err, ERR_IO, "reading data.mdb: %s", strerror(errno));
		if (got == 0)
			return err_set(err, ERR_DATA, "data.mdb ends at byte %llu, before %llu",
				       (unsigned long long)(offset + done),
				       (unsigned long long)(offset + size));
		done += (size_t)got;
	}
	return true;
}

/* ---- the two heads ---- */

static bool check_meta(const struct pages_meta *meta, uint64_t page_no, uint64_t map_bytes,
		       struct err *err)
{
	size_t page_bytes = meta->free_tree.page_bytes;

	if (meta->magic != META_MAGIC || meta->version != 1)
		return damaged(err, page_no, "is no head of a LMDB file");
	if (page_bytes < PAGE_BYTES_MIN || page_bytes > PAGE_BYTES_MAX ||
	    (page_bytes & (page_bytes - 1)) != 0)
		return damaged(err, page_no, "names an impossible page size");
	if (meta->address != 0 || meta->map_bytes != map_bytes)
		return damaged(err, page_no, "names another map");
	if (meta->free_tree.flags != FREE_TREE_FLAGS || meta->main_tree.flags != 0 ||
	    meta->main_tree.page_bytes != 0)
		return damaged(err, page_no, "has unknown flags");
	if (meta->last_page < 1 || meta->last_page >= map_bytes / page_bytes)
		return damaged(err, page_no, "names an impossible last page");
	/* LMDB writes its commits to the two heads in turn. */
	if (meta->commit_no != 0 && (meta->commit_no & 1) != page_no)
		return damaged(err, page_no, "has the other head's commit");
	return true;
}

static bool read_meta(int fd, uint64_t page_no, uint64_t offset, uint64_t map_bytes,
		      struct pages_meta *meta, struct err *err)
{
	uint8_t bytes[PAGE_HEADER_BYTES + META_BYTES];

	if (!read_at(fd, offset, bytes, sizeof(bytes), err))
		return false;
	if (get_u64(bytes) != page_no || get_u16(bytes + 10) != PAGE_META)
		return damaged(err, page_no, "is no head of a LMDB file");
	memcpy(meta, bytes + PAGE_HEADER_BYTES, sizeof(*meta));
	return check_meta(meta, page_no, map_bytes, err);
}

bool pages_read_metas(int fd, uint64_t map_bytes, struct pages_metas *metas, struct err *err)
{
	struct pages_meta even, odd;

	if (!read_meta(fd, 0, 0, map_bytes, &even, err) ||
	    !read_meta(fd, 1, even.free_tree.page_bytes, map_bytes, &odd, err))
		return false;
	if (even.free_tree.page_bytes != odd.free_tree.page_bytes)
		return damaged(err, 1, "names another page size than page 0");
	if (even.commit_no != odd.commit_no + 1 && odd.commit_no != even.commit_no + 1)
		return damaged(err, 1, "is not one commit away from page 0");
	metas->newest = even.commit_no > odd.commit_no ? even : odd;
	metas->older = even.commit_no > odd.commit_no ? odd : even;
	return true;
}

/* ---- pages ---- */

static bool mark_pages(struct walk *walk, uint64_t first, uint64_t count, struct err *err)
{
	if (first < 2 || first > walk->meta->last_page || count > walk->meta->last_page - first + 1)
		return damaged(err, first, "does not exist");
	for (uint64_t no = first; no < first + count; no++) {
		uint8_t bit = (uint8_t)(1u << (no % 8));

		if (walk->seen[no / 8] & bit)
			return damaged(err, no, "is used twice");
		walk->seen[no / 8] |= bit;
	}
	return true;
}

static size_t lower_of(const uint8_t *bytes)
{
	return get_u16(bytes + 12);
}

static size_t upper_of(const uint8_t *bytes)
{
	return get_u16(bytes + 14);
}

static bool check_layout(const struct walk *walk, struct page *page, struct err *err)
{
	size_t lower = lower_of(page->bytes);
	size_t upper = upper_of(page->bytes);

	if (get_u64(page->bytes) != page->no)
		return damaged(err, page->no, "is another page");
	page->flags = get_u16(page->bytes + 10);
	if (page->flags != PAGE_BRANCH && page->flags != PAGE_LEAF)
		return damaged(err, page->no, "is neither branch nor leaf");
	if (lower < PAGE_HEADER_BYTES || lower % 2 != 0 || lower > upper ||
	    upper > walk->page_bytes || upper % 2 != 0)
		return damaged(err, page->no, "has impossible bounds");
	page->node_count = (unsigned)((lower - PAGE_HEADER_BYTES) / 2);
	/* LMDB counts on a branch having two children and stops the program otherwise. */
	if (page->node_count < (page->flags == PAGE_BRANCH ? 2u : 1u))
		return damaged(err, page->no, "is empty");
	return true;
}

static bool take_room(struct walk *walk, const struct page *page, size_t offset, size_t size,
		      struct err *err)
{
	if (offset < upper_of(page->bytes) || offset % 2 != 0 || size > walk->page_bytes - offset)
		return damaged(err, page->no, "has a node outside of its bounds");
	for (size_t i = offset; i < offset + size; i++) {
		if (walk->used[i])
			return damaged(err, page->no, "has nodes that overlap");
		walk->used[i] = 1;
	}
	return true;
}

static bool read_node(struct walk *walk, const struct page *page, unsigned index, struct node *node,
		      struct err *err)
{
	size_t offset = get_u16(page->bytes + PAGE_HEADER_BYTES + 2 * index);
	const uint8_t *at = page->bytes + offset;
	bool leaf = page->flags == PAGE_LEAF;

	if (offset > walk->page_bytes - NODE_HEADER_BYTES)
		return damaged(err, page->no, "has a node outside of its bounds");
	node->key = (struct span){ (const char *)at + NODE_HEADER_BYTES, get_u16(at + 6) };
	node->size_or_page = (uint64_t)get_u16(at) | (uint64_t)get_u16(at + 2) << 16;
	node->flags = leaf ? get_u16(at + 4) : 0;
	if (!leaf)
		node->size_or_page |= (uint64_t)get_u16(at + 4) << 32;
	node->value = at + NODE_HEADER_BYTES + node->key.size;
	node->value_room = !leaf ? 0 : node->flags & NODE_BIG ? 8 : (size_t)node->size_or_page;
	if (node->key.size > KEY_BYTES_MAX)
		return damaged(err, page->no, "has a key that is too long");
	return take_room(walk, page, offset, NODE_HEADER_BYTES + node->key.size + node->value_room,
			 err);
}

static int compare_keys(enum tree_kind kind, struct span a, struct span b)
{
	uint64_t left, right;

	if (kind != KIND_FREE)
		return span_compare(a, b);
	left = get_u64(a.data);
	right = get_u64(b.data);
	return (left > right) - (left < right);
}

static bool check_key_shape(const struct tree *tree, const struct page *page, struct span key,
			    struct err *err)
{
	if (key.size == 0 || (tree->kind == KIND_FREE && key.size != sizeof(uint64_t)))
		return damaged(err, page->no, "has an impossible key");
	return true;
}

/* Leaves come in order of their keys, so one remembered key proves the order of the whole tree. */
static bool check_order(struct tree *tree, const struct page *page, struct span key,
			struct err *err)
{
	struct span last = { tree->last_key, tree->last_key_size };

	if (!check_key_shape(tree, page, key, err))
		return false;
	if (tree->has_last_key && compare_keys(tree->kind, last, key) >= 0)
		return damaged(err, page->no, "has keys out of order");
	memcpy(tree->last_key, key.data, key.size);
	tree->last_key_size = key.size;
	tree->has_last_key = true;
	return true;
}

/* ---- values ---- */

static bool read_big(struct walk *walk, struct tree *tree, uint64_t first, uint64_t size,
		     struct span *value, struct err *err)
{
	uint64_t count = (PAGE_HEADER_BYTES - 1 + size) / walk->page_bytes + 1;
	uint32_t claimed;

	if (!mark_pages(walk, first, count, err))
		return false;
	buf_reset(&walk->big);
	buf_reserve(&walk->big, PAGE_HEADER_BYTES + size);
	if (!read_at(walk->fd, first * walk->page_bytes, walk->big.data, PAGE_HEADER_BYTES + size,
		     err))
		return false;
	memcpy(&claimed, walk->big.data + 12, sizeof(claimed));
	if (get_u64(walk->big.data) != first || get_u16(walk->big.data + 10) != PAGE_OVERFLOW ||
	    claimed != count)
		return damaged(err, first, "does not hold the value it should");
	tree->counted.overflow_pages += count;
	*value = (struct span){ walk->big.data + PAGE_HEADER_BYTES, (size_t)size };
	return true;
}

/* A list of free pages: a count, then page numbers from high to low. Free pages may lie behind the end
 * of the file: they were taken and given back without ever being written. */
static bool check_free_list(struct walk *walk, const struct page *page, struct span key,
			    struct span value, struct err *err)
{
	uint64_t count;
	uint64_t before = NO_PAGE;

	if (value.size < 8 || value.size % 8 != 0)
		return damaged(err, page->no, "has an impossible list of free pages");
	count = get_u64(value.data);
	if (count > value.size / 8 - 1 || get_u64(key.data) > walk->meta->commit_no)
		return damaged(err, page->no, "has an impossible list of free pages");
	for (uint64_t i = 1; i <= count; i++) {
		uint64_t no = get_u64(value.data + 8 * i);

		if (no >= before)
			return damaged(err, page->no, "has free pages out of order");
		if (!mark_pages(walk, no, 1, err))
			return false;
		before = no;
	}
	return true;
}

static bool walk_tree(struct walk *walk, enum tree_kind kind, struct span name,
		      const struct pages_tree *claimed, struct err *err);

static bool walk_table(struct walk *walk, const struct page *page, const struct node *node,
		       struct err *err)
{
	struct pages_tree claimed;

	if (node->flags != NODE_TREE || node->size_or_page != TREE_BYTES)
		return damaged(err, page->no, "has a value where a table should be");
	memcpy(&claimed, node->value, sizeof(claimed));
	if (claimed.flags != 0 || claimed.page_bytes != 0)
		return damaged(err, page->no, "has a table with unknown flags");
	return walk_tree(walk, KIND_TABLE, node->key, &claimed, err);
}

static bool take_entry(struct walk *walk, struct tree *tree, const struct page *page,
		       const struct node *node, struct err *err)
{
	struct pages_entry entry = { .table = tree->name, .key = node->key };

	tree->counted.entries++;
	if (tree->kind == KIND_MAIN)
		return walk_table(walk, page, node, err);
	if (node->flags != 0 && node->flags != NODE_BIG)
		return damaged(err, page->no, "has a node with unknown flags");
	entry.value = (struct span){ (const char *)node->value, (size_t)node->size_or_page };
	if (node->flags == NODE_BIG &&
	    !read_big(walk, tree, get_u64(node->value), node->size_or_page, &entry.value, err))
		return false;
	if (tree->kind == KIND_FREE)
		return check_free_list(walk, page, entry.key, entry.value, err);
	return walk->each(walk->context, &entry, err);
}

/* ---- trees ---- */

/* Keys of the subtree lie in [low, high); no data is no bound. */
struct bounds {
	struct span low;
	struct span high;
};

static bool walk_page(struct walk *walk, struct tree *tree, uint64_t no, int depth,
		      struct bounds bounds, struct err *err);

static bool walk_leaf(struct walk *walk, struct tree *tree, const struct page *page, int depth,
		      struct bounds bounds, const struct node *nodes, struct err *err)
{
	tree->counted.leaf_pages++;
	if (depth != tree->claimed->depth)
		return damaged(err, page->no, "is a leaf at the wrong depth");
	for (unsigned i = 0; i < page->node_count; i++) {
		struct span key = nodes[i].key;

		if (!check_order(tree, page, key, err))
			return false;
		if ((bounds.low.data && compare_keys(tree->kind, key, bounds.low) < 0) ||
		    (bounds.high.data && compare_keys(tree->kind, key, bounds.high) >= 0))
			return damaged(err, page->no, "has a key that belongs elsewhere");
		if (!take_entry(walk, tree, page, &nodes[i], err))
			return false;
	}
	return true;
}

/* The first key of a branch says nothing: whatever is less than the second lies there. */
static bool walk_branch(struct walk *walk, struct tree *tree, const struct page *page, int depth,
			struct bounds bounds, const struct node *nodes, struct err *err)
{
	tree->counted.branch_pages++;
	if (depth >= tree->claimed->depth)
		return damaged(err, page->no, "is a branch at the wrong depth");
	for (unsigned i = 1; i < page->node_count; i++) {
		if (!check_key_shape(tree, page, nodes[i].key, err))
			return false;
	}
	for (unsigned i = 0; i < page->node_count; i++) {
		struct bounds child = bounds;

		if (i > 0)
			child.low = nodes[i].key;
		if (i + 1 < page->node_count)
			child.high = nodes[i + 1].key;
		if (!walk_page(walk, tree, nodes[i].size_or_page, depth + 1, child, err))
			return false;
	}
	return true;
}

static bool read_nodes(struct walk *walk, const struct page *page, struct node *nodes,
		       struct err *err)
{
	memset(walk->used, 0, walk->page_bytes);
	for (unsigned i = 0; i < page->node_count; i++) {
		if (!read_node(walk, page, i, &nodes[i], err))
			return false;
	}
	return true;
}

static bool walk_page(struct walk *walk, struct tree *tree, uint64_t no, int depth,
		      struct bounds bounds, struct err *err)
{
	uint8_t *bytes = memory_resize(NULL, walk->page_bytes);
	struct page page = { .no = no, .bytes = bytes };
	struct node *nodes = NULL;
	bool ok = false;

	if (!mark_pages(walk, no, 1, err) ||
	    !read_at(walk->fd, no * walk->page_bytes, bytes, walk->page_bytes, err) ||
	    !check_layout(walk, &page, err))
		goto done;
	nodes = memory_resize(NULL, page.node_count * sizeof(*nodes));
	if (!read_nodes(walk, &page, nodes, err))
		goto done;
	if (page.flags == PAGE_LEAF)
		ok = walk_leaf(walk, tree, &page, depth, bounds, nodes, err);
	else
		ok = walk_branch(walk, tree, &page, depth, bounds, nodes, err);
done:
	free(nodes);
	free(bytes);
	return ok;
}

static bool same_counts(const struct pages_tree *a, const struct pages_tree *b)
{
	return a->branch_pages == b->branch_pages && a->leaf_pages == b->leaf_pages &&
	       a->overflow_pages == b->overflow_pages && a->entries == b->entries;
}

static bool walk_tree(struct walk *walk, enum tree_kind kind, struct span name,
		      const struct pages_tree *claimed, struct err *err)
{
	struct tree tree = { .kind = kind, .name = name, .claimed = claimed };
	struct bounds everything = { SPAN_NONE, SPAN_NONE };

	if (claimed->depth > DEPTH_MAX || (claimed->root == NO_PAGE) != (claimed->depth == 0))
		return damaged(err, claimed->root, "is the root of an impossible tree");
	if (claimed->root != NO_PAGE && !walk_page(walk, &tree, claimed->root, 1, everything, err))
		return false;
	if (!same_counts(&tree.counted, claimed))
		return damaged(err, claimed->root, "does not lead to what it should");
	return true;
}

bool pages_walk(int fd, const struct pages_meta *meta, pages_function each, void *context,
		struct err *err)
{
	struct walk walk = { .fd = fd,
			     .meta = meta,
			     .page_bytes = meta->free_tree.page_bytes,
			     .each = each,
			     .context = context };
	size_t seen_bytes = (size_t)meta->last_page / 8 + 1;
	bool ok;

	walk.seen = memory_resize(NULL, seen_bytes);
	memset(walk.seen, 0, seen_bytes);
	walk.used = memory_resize(NULL, walk.page_bytes);
	buf_init(&walk.big);
	ok = walk_tree(&walk, KIND_MAIN, SPAN_NONE, &meta->main_tree, err) &&
	     walk_tree(&walk, KIND_FREE, SPAN_NONE, &meta->free_tree, err);
	buf_release(&walk.big);
	free(walk.used);
	free(walk.seen);
	return ok;
}
