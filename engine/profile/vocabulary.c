/*
 * vocabulary.c: the different values of one column, counted, as long as they are few.
 */
#include "engine/profile/vocabulary.h"

#include <stdlib.h>
#include <string.h>

#include "engine/model/digest.h"
#include "engine/model/instant.h"

enum { ROOM_FIRST = 16, DAYS_A_YEAR = 365 };

void vocabulary_init(struct vocabulary *vocabulary, struct arena *arena)
{
	*vocabulary = (struct vocabulary){ .arena = arena, .is_whole = true };
}

/* ---- how many there are ---- */

/* Where the hash stands, or would, among the lowest. */
static int place_of(const struct vocabulary *vocabulary, uint64_t hash)
{
	int from = 0, to = vocabulary->lowest_count;

	while (from < to) {
		int middle = from + (to - from) / 2;

		if (vocabulary->lowest[middle] < hash)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

static void keep_sample(struct vocabulary *vocabulary, int place, struct span value)
{
	struct span kept = { value.data,
			     value.size < VALUE_KEPT_BYTES ? value.size : VALUE_KEPT_BYTES };

	if (place >= SAMPLES_MAX)
		return;
	memmove(vocabulary->samples + place + 1, vocabulary->samples + place,
		sizeof(*vocabulary->samples) * (size_t)(SAMPLES_MAX - 1 - place));
	vocabulary->samples[place] = arena_copy(vocabulary->arena, kept);
}

static void note_hash(struct vocabulary *vocabulary, uint64_t hash, struct span value)
{
	int place, behind;

	if (vocabulary->lowest_count == LOWEST_HASHES &&
	    hash >= vocabulary->lowest[LOWEST_HASHES - 1])
		return;
	place = place_of(vocabulary, hash);
	if (place < vocabulary->lowest_count && vocabulary->lowest[place] == hash)
		return;
	if (vocabulary->lowest_count < LOWEST_HASHES)
		vocabulary->lowest_count++;
	behind = vocabulary->lowest_count - 1 - place;
	memmove(vocabulary->lowest + place + 1, vocabulary->lowest + place,
		sizeof(*vocabulary->lowest) * (size_t)behind);
	vocabulary->lowest[place] = hash;
	keep_sample(vocabulary, place, value);
}

int64_t vocabulary_distinct(const struct vocabulary *vocabulary)
{
	if (vocabulary->is_whole)
		return vocabulary->count;
	if (vocabulary->lowest_count < LOWEST_HASHES)
		return vocabulary->lowest_count;
	return (int64_t)((LOWEST_HASHES - 1) /
			 ((double)vocabulary->lowest[LOWEST_HASHES - 1] / (double)UINT64_MAX));
}

/* ---- which they are ---- */

static struct word *find(const struct vocabulary *vocabulary, struct span value, uint64_t hash)
{
	size_t at = hash & (vocabulary->room - 1);

	while (
	    vocabulary->words[at].value.data &&
	    (vocabulary->words[at].hash != hash || !span_equal(vocabulary->words[at].value, value)))
		at = (at + 1) & (vocabulary->room - 1);
	return &vocabulary->words[at];
}

static void make_room(struct vocabulary *vocabulary)
{
	struct vocabulary old = *vocabulary;

	if (vocabulary->words && (size_t)vocabulary->count * 2 < vocabulary->room)
		return;
	vocabulary->room = old.room ? old.room * 2 : ROOM_FIRST;
	vocabulary->words =
	    arena_zalloc(vocabulary->arena, sizeof(*vocabulary->words) * vocabulary->room);
	for (size_t i = 0; i < old.room; i++)
		if (old.words[i].value.data)
			*find(vocabulary, old.words[i].value, old.words[i].hash) = old.words[i];
}

static int year_of(int32_t day)
{
	int year = PROFILE_FIRST_YEAR + day / DAYS_A_YEAR;

	while (days_from_civil(year, 1, 1) > day)
		year--;
	return year;
}

static void note_day(struct word *word, int32_t day)
{
	int year;

	if (day == DAY_UNKNOWN)
		return;
	if (word->first_day == DAY_UNKNOWN || day < word->first_day)
		word->first_day = day;
	if (word->last_day == DAY_UNKNOWN || day > word->last_day)
		word->last_day = day;
	year = year_of(day);
	if (word->years && year >= PROFILE_FIRST_YEAR && year < PROFILE_FIRST_YEAR + PROFILE_YEARS)
		word->years[year - PROFILE_FIRST_YEAR]++;
}

static struct word *add(struct vocabulary *vocabulary, struct word *word, struct span value,
			uint64_t hash, struct traits traits)
{
	*word = (struct word){ .value = arena_copy(vocabulary->arena, value),
			       .hash = hash,
			       .first_day = DAY_UNKNOWN,
			       .last_day = DAY_UNKNOWN,
			       .traits = traits };
	if (vocabulary->count < ERA_VALUES_MAX)
		word->years = arena_zalloc(vocabulary->arena, sizeof(*word->years) * PROFILE_YEARS);
	vocabulary->count++;
	return word;
}

struct traits vocabulary_note(struct vocabulary *vocabulary, const struct cell *cell, int32_t day)
{
	struct span value = cell_span(cell);
	uint64_t hash = sample_hash(value, cell->kind);
	struct word *word;
	struct traits traits;

	make_room(vocabulary);
	word = find(vocabulary, value, hash);
	if (word->value.data == NULL) {
		note_hash(vocabulary, hash, value);
		traits = traits_of(cell);
		if (vocabulary->count == VALUES_KEPT_MAX || value.size > VALUE_KEPT_BYTES) {
			vocabulary->is_whole = false;
			return traits;
		}
		word = add(vocabulary, word, value, hash, traits);
	}
	word->count++;
	note_day(word, day);
	return word->traits;
}

static int by_count(const void *one, const void *other)
{
	const struct value_count *a = one, *b = other;

	if (a->count != b->count)
		return a->count < b->count ? 1 : -1;
	return span_compare(a->value, b->value);
}

const struct value_count *vocabulary_values(const struct vocabulary *vocabulary)
{
	struct value_count *values =
	    arena_alloc(vocabulary->arena, sizeof(*values) * ((size_t)vocabulary->count + 1));
	size_t count = 0;

	for (size_t i = 0; i < vocabulary->room; i++) {
		const struct word *word = &vocabulary->words[i];

		if (word->value.data)
			values[count++] =
			    (struct value_count){ word->value,       word->count,
						  word->traits.form, word->traits.oddities,
						  word->first_day,   word->last_day,
						  word->years };
	}
	qsort(values, count, sizeof(*values), by_count);
	return values;
}
