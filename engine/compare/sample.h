/*
 * sample.h: which rows are compared: those whose keys have the lowest hashes. For engine/compare only.
 *
 * The sample of n rows lies inside that of m > n under one seed: both are the keys below a hash, as DESIGN.md has it.
 */
#ifndef ENGINE_COMPARE_SAMPLE_H
#define ENGINE_COMPARE_SAMPLE_H

#include "engine/compare/compare.h"

struct sampled_key {
	uint64_t hash;
	int64_t place; /* in the order keys were offered */
	struct span key;
};

struct sample {
	uint64_t seed;
	int64_t wanted;
	struct sampled_key *keys; /* at most twice as many as are wanted */
	int64_t count, room;
	bool is_bounded; /* none above the highest hash is wanted any more */
	uint64_t highest;
	int64_t offered; /* all keys there are */
	struct arena
	    text[2]; /* the keys' bytes; what is kept moves to the other, so that both stay small */
	int current;
};

void sample_begin(struct sample *sample, int64_t wanted, uint64_t seed);
void sample_offer(struct sample *sample, struct span key);
/* As many as are wanted, or all there are, in the order they were offered. */
void sample_end(struct sample *sample);
void sample_release(struct sample *sample);

#endif
