/*
 * sample.c: the keys with the lowest hashes of any number of keys, in memory for twice as many.
 */
#include "engine/compare/sample.h"

#include <stdlib.h>

#include "engine/base/require.h"

void sample_begin(struct sample *sample, int64_t wanted, uint64_t seed)
{
	require(wanted > 0);
	*sample = (struct sample){ .seed = seed, .wanted = wanted };
	arena_init(&sample->text[0]);
	arena_init(&sample->text[1]);
}

void sample_release(struct sample *sample)
{
	free(sample->keys);
	arena_release(&sample->text[0]);
	arena_release(&sample->text[1]);
}

static int by_hash(const void *left, const void *right)
{
	const struct sampled_key *one = left, *other = right;

	if (one->hash != other->hash)
		return one->hash < other->hash ? -1 : 1;
	return span_compare(one->key, other->key);
}

static int by_place(const void *left, const void *right)
{
	const struct sampled_key *one = left, *other = right;

	return one->place < other->place ? -1 : one->place > other->place;
}

static void forget_the_rest(struct sample *sample)
{
	struct arena *kept = &sample->text[1 - sample->current];

	if (sample->count > 1)
		qsort(sample->keys, (size_t)sample->count, sizeof(*sample->keys), by_hash);
	if (sample->count >= sample->wanted) {
		sample->count = sample->wanted;
		sample->is_bounded = true;
		sample->highest = sample->keys[sample->count - 1].hash;
	}
	for (int64_t i = 0; i < sample->count; i++)
		sample->keys[i].key = arena_copy(kept, sample->keys[i].key);
	arena_reset(&sample->text[sample->current]);
	sample->current = 1 - sample->current;
}

/* Room grows with the keys there are, not with the number that was asked for. */
static void make_room(struct sample *sample)
{
	struct sampled_key *keys;

	if (sample->count < sample->room)
		return;
	sample->room = sample->room ? 2 * sample->room : 1024;
	keys = realloc(sample->keys, (size_t)sample->room * sizeof(*keys));
	require(keys);
	sample->keys = keys;
}

void sample_offer(struct sample *sample, struct span key)
{
	struct sampled_key taken = { sample_hash(key, sample->seed), sample->offered++, key };

	if (sample->is_bounded && taken.hash > sample->highest)
		return;
	if (sample->count == 2 * sample->wanted)
		forget_the_rest(sample);
	make_room(sample);
	taken.key = arena_copy(&sample->text[sample->current], key);
	sample->keys[sample->count++] = taken;
}

void sample_end(struct sample *sample)
{
	forget_the_rest(sample);
	if (sample->count > 1)
		qsort(sample->keys, (size_t)sample->count, sizeof(*sample->keys), by_place);
}
