/*
 * vocabulary.h: the different values of one column, counted, as long as they are few. For engine/profile only.
 *
 * The first VALUES_KEPT_MAX of at most VALUE_KEPT_BYTES are told apart and counted exactly. How many there are in all is estimated
 * from the lowest hashes among them (k minimum values; Bar-Yossef et al., "Counting distinct elements in a data stream", 2002).
 */
#ifndef ENGINE_PROFILE_VOCABULARY_H
#define ENGINE_PROFILE_VOCABULARY_H

#include "engine/profile/traits.h"

enum { LOWEST_HASHES = 256 };

struct word {
	struct span value;
	uint64_t hash;
	int64_t count;
	int32_t first_day, last_day; /* DAY_UNKNOWN */
	uint32_t *years;
	struct traits traits;
};

struct vocabulary {
	struct arena *arena; /* borrowed */
	struct word *words;  /* open addressing; NULL until there is a value */
	size_t room;         /* a power of two */
	int count;
	bool is_whole;                    /* every value that was noted is among them */
	uint64_t lowest[LOWEST_HASHES];   /* ascending */
	struct span samples[SAMPLES_MAX]; /* the values of the first of these */
	int lowest_count;
};

void vocabulary_init(struct vocabulary *vocabulary, struct arena *arena);

/* Note a value that is not NULL, as of a day (DAY_UNKNOWN). Returns what it looks like. */
struct traits vocabulary_note(struct vocabulary *vocabulary, const struct cell *cell, int32_t day);

/* How many different values were noted. */
int64_t vocabulary_distinct(const struct vocabulary *vocabulary);

/* The values that are kept, the most frequent first, then by bytes. In the arena. */
const struct value_count *vocabulary_values(const struct vocabulary *vocabulary);

#endif
