/*
 * random.h: the same "random" numbers on every run, for laws that should hold for any value.
 */
#ifndef TESTS_MODEL_RANDOM_H
#define TESTS_MODEL_RANDOM_H

#include <stdint.h>

/* A linear congruential generator with its upper bits mixed down; *state is any number. */
static inline uint64_t random_next(uint64_t *state)
{
	uint64_t x;

	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	x = *state;
	x ^= x >> 31;
	x *= UINT64_C(0x9E3779B97F4A7C15);
	return x ^ x >> 29;
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return random_next(state) % limit;
}

#endif
