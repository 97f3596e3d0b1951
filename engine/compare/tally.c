/*
 * tally.c: a hash table from what became what to its count, with the examples that have the lowest hashes.
 */
#include "engine/compare/tally.h"

#include <stdlib.h>

enum { SLOTS = 2048 };

struct tally_index {
	struct digest digests[TALLY_ITEMS_MAX]; /* beside the tally's items */
	int slots[SLOTS];                       /* an item's number and one; 0: empty */
};

/* Sizes in front, so that no two pairs give the same bytes. */
static struct digest digest_of_pair(struct span before, struct span after)
{
	struct digest_stream stream;
	const struct span values[] = { before, after };

	digest_stream_init(&stream);
	for (int i = 0; i < 2; i++) {
		uint64_t size = values[i].data ? values[i].size + 1 : 0;

		digest_stream_add(&stream, (struct span){ (const char *)&size, sizeof(size) });
		if (values[i].data)
			digest_stream_add(&stream, values[i]);
	}
	return digest_stream_end(&stream);
}

/* The whole of it, or as many characters as are kept, and that there are more. */
static struct span keep(struct arena *arena, struct span value, bool *is_cut)
{
	if (value.data == NULL)
		return value;
	if (value.size <= SHOWN_BYTES_MAX)
		return arena_copy(arena, value);
	value.size = SHOWN_BYTES_MAX;
	while (value.size > 0 && ((unsigned char)value.data[value.size] & 0xC0) == 0x80)
		value.size--;
	*is_cut = true;
	return arena_print(arena, "%.*s…", SPAN_ARGS(value));
}

/* The slot that holds the pair, or the one it belongs in. */
static int *find_slot(const struct tally *tally, struct digest digest)
{
	struct tally_index *index = tally->index;

	for (uint64_t at = digest.low;; at++) {
		int *slot = &index->slots[at % SLOTS];

		if (*slot == 0 || digest_equal(index->digests[*slot - 1], digest))
			return slot;
	}
}

static struct transition *find_or_add(struct tally *tally, struct comparison *comparison,
				      struct span before, struct span after)
{
	struct digest digest = digest_of_pair(before, after);
	struct transition *item;
	int *slot;

	if (tally->index == NULL)
		tally->index = arena_zalloc(comparison->arena, sizeof(*tally->index));
	slot = find_slot(tally, digest);
	if (*slot)
		return &tally->items[*slot - 1];
	if (tally->item_count == TALLY_ITEMS_MAX || comparison->transition_count == TRANSITIONS_MAX)
		return NULL;
	tally->items = arena_grow_by_one(comparison->arena, tally->items, tally->item_count,
					 sizeof(*tally->items));
	item = &tally->items[tally->item_count];
	*item = (struct transition){ .count = 0 };
	item->before = keep(comparison->arena, before, &item->is_cut);
	item->after = keep(comparison->arena, after, &item->is_cut);
	tally->index->digests[tally->item_count] = digest;
	*slot = ++tally->item_count;
	comparison->transition_count++;
	return item;
}

static bool comes_before(const struct row_example *one, const struct row_example *other)
{
	if (one->hash != other->hash)
		return one->hash < other->hash;
	return span_compare(one->key, other->key) < 0;
}

/* A row is an example once, however often it shows the same. */
static void keep_example(struct transition *item, struct comparison *comparison, struct span key)
{
	struct row_example example = { key, sample_hash(key, comparison->seed) };
	int at = item->example_count;

	for (int i = 0; i < item->example_count; i++)
		if (span_equal(item->examples[i].key, key))
			return;
	while (at > 0 && comes_before(&example, &item->examples[at - 1]))
		at--;
	if (at == EXAMPLES_MAX)
		return;
	if (item->example_count < EXAMPLES_MAX)
		item->example_count++;
	for (int i = item->example_count - 1; i > at; i--)
		item->examples[i] = item->examples[i - 1];
	example.key = arena_copy(comparison->arena, key);
	item->examples[at] = example;
}

void tally_add(struct tally *tally, struct comparison *comparison, struct span before,
	       struct span after, struct span key)
{
	struct transition *item = find_or_add(tally, comparison, before, after);

	if (item == NULL) {
		tally->others++;
		return;
	}
	item->count++;
	keep_example(item, comparison, key);
}

/* What is not there comes first. */
static int compare_values(struct span one, struct span other)
{
	if (one.data == NULL || other.data == NULL)
		return (one.data != NULL) - (other.data != NULL);
	return span_compare(one, other);
}

static int by_count(const void *left, const void *right)
{
	const struct transition *one = left, *other = right;
	int order;

	if (one->count != other->count)
		return one->count > other->count ? -1 : 1;
	order = compare_values(one->before, other->before);
	if (order == 0)
		order = compare_values(one->after, other->after);
	/* Long values may be alike as far as they are kept; their examples are not. */
	return order ? order : span_compare(one->examples[0].key, other->examples[0].key);
}

void tally_sort(struct tally *tally)
{
	if (tally->item_count > 1)
		qsort(tally->items, (size_t)tally->item_count, sizeof(*tally->items), by_count);
	tally->index = NULL;
}
