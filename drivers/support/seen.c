/*
 * seen.c: a set of texts, kept as their digests.
 */
#include "drivers/support/seen.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/memory.h"

enum { FIRST_SLOT_COUNT = 256 };

static bool is_free(const struct digest *slot)
{
	return slot->high == 0 && slot->low == 0;
}

static struct digest *find(const struct seen *seen, struct digest digest)
{
	size_t mask = seen->slot_count - 1;
	size_t at = (size_t)digest.low & mask;

	while (!is_free(&seen->slots[at]) && !digest_equal(seen->slots[at], digest))
		at = (at + 1) & mask;
	return &seen->slots[at];
}

static struct digest *open_slots(size_t count)
{
	struct digest *slots = memory_resize(NULL, count * sizeof(*slots));

	memset(slots, 0, count * sizeof(*slots));
	return slots;
}

static void grow(struct seen *seen)
{
	struct seen larger = { 0 };

	larger.slot_count = seen->slot_count ? seen->slot_count * 2 : FIRST_SLOT_COUNT;
	larger.slots = open_slots(larger.slot_count);
	larger.used = seen->used;
	for (size_t i = 0; i < seen->slot_count; i++)
		if (!is_free(&seen->slots[i]))
			*find(&larger, seen->slots[i]) = seen->slots[i];
	free(seen->slots);
	*seen = larger;
}

void seen_reset(struct seen *seen)
{
	if (seen->used)
		memset(seen->slots, 0, seen->slot_count * sizeof(*seen->slots));
	seen->used = 0;
}

void seen_release(struct seen *seen)
{
	free(seen->slots);
	*seen = (struct seen){ 0 };
}

/* The one digest that means "free" stands for itself by its neighbour. */
static struct digest digest_for(struct span text)
{
	struct digest digest = digest_of(text);

	if (is_free(&digest))
		digest.low = 1;
	return digest;
}

bool seen_add(struct seen *seen, struct span text)
{
	struct digest *slot;

	if (seen->used * 2 >= seen->slot_count)
		grow(seen);
	slot = find(seen, digest_for(text));
	if (!is_free(slot))
		return false;
	*slot = digest_for(text);
	seen->used++;
	return true;
}

bool seen_has(const struct seen *seen, struct span text)
{
	return seen->used > 0 && !is_free(find(seen, digest_for(text)));
}
