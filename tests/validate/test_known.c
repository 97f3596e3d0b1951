/*
 * test_known.c: each difference is told once when it appears and once when it is gone, whatever else is looked at in between.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/validate/known.h"

enum { CHUNKS = 6, IDS = 8, LOOKS = 4000 };

struct telling {
	int gone;
	bool *there; /* of the chunk that is looked at, by id */
	bool is_wrong;
};

static bool note_gone(void *context, const struct difference *difference, struct err *err)
{
	struct telling *telling = context;
	int id = (int)strtol(difference->id.data + 3, NULL, 10); /* id-N */

	(void)err;
	telling->gone++;
	telling->is_wrong = telling->is_wrong || telling->there[id];
	telling->there[id] = true; /* told twice would be wrong, too */
	return true;
}

static struct difference difference_of(int64_t chunk_no, const char *id, bool is_count)
{
	return (struct difference){ .check = CHECK_DIGESTS,
				    .kind = is_count ? DIFFERENCE_COUNT : DIFFERENCE_VALUE,
				    .entity = "job",
				    .chunk_no = chunk_no,
				    .id = span_of(id),
				    .field = "state",
				    .text = "is another" };
}

/* One look: the bits of `seen` are the ids that differ. How many of them were new. */
static int look(struct known *known, int64_t chunk_no, unsigned seen, struct telling *telling)
{
	struct err err = { ERR_NONE, "" };
	int appeared = 0;

	known_begin(known, CHECK_DIGESTS, "job", chunk_no);
	for (int id = 0; id < IDS; id++) {
		char text[16];
		struct difference difference;

		snprintf(text, sizeof(text), "id-%d", id);
		difference = difference_of(chunk_no, text, false);
		if (seen >> id & 1)
			appeared += known_note(known, &difference);
	}
	telling->gone = 0;
	cr_assert(known_end(known, note_gone, telling, &err), "%s", err.text);
	return appeared;
}

/* Against a model: a set of bits for each chunk. */
Test(known, tells_what_changed_and_nothing_else, .timeout = 30)
{
	unsigned model[CHUNKS] = { 0 };
	struct known known = { .items = NULL };

	srand(20261122);
	for (int i = 0; i < LOOKS; i++) {
		int chunk = rand() % CHUNKS;
		unsigned seen = (unsigned)rand() % (1U << IDS);
		bool there[IDS];
		struct telling telling = { .there = there };

		for (int id = 0; id < IDS; id++)
			there[id] = seen >> id & 1;
		cr_assert_eq(look(&known, chunk, seen, &telling),
			     __builtin_popcount(seen & ~model[chunk]));
		cr_assert_eq(telling.gone, __builtin_popcount(model[chunk] & ~seen));
		cr_assert_not(telling.is_wrong);
		model[chunk] = seen;
	}
	known_release(&known);
}

/* Where nobody could tell nothing is gone: known_end() is not called. */
Test(known, stays_where_nobody_could_tell, .timeout = 10)
{
	bool there[IDS] = { false };
	struct telling telling = { .there = there };
	struct known known = { .items = NULL };

	cr_assert_eq(look(&known, 1, 1, &telling), 1);
	known_begin(&known, CHECK_DIGESTS, "job", 1);
	cr_assert_eq(look(&known, 1, 1, &telling), 0);
	cr_assert_eq(look(&known, 1, 0, &telling), 0);
	cr_assert_eq(telling.gone, 1);
	known_release(&known);
}

/* However much differs, what is remembered has a bound, and what is not remembered is not told as gone. */
Test(known, has_a_bound, .timeout = 60)
{
	struct known known = { .items = NULL };
	bool there[IDS] = { false };
	struct telling telling = { .there = there };
	struct err err = { ERR_NONE, "" };
	int appeared = 0;

	known_begin(&known, CHECK_DIGESTS, "job", 1);
	for (int i = 0; i < KNOWN_MAX + 500; i++) {
		char text[16];
		struct difference difference;

		snprintf(text, sizeof(text), "n-%d", i);
		difference = difference_of(1, text, i % 2 == 0);
		appeared += known_note(&known, &difference);
	}
	cr_assert_eq(appeared, KNOWN_MAX);
	known_begin(&known, CHECK_DIGESTS, "job", 2);
	cr_assert(known_end(&known, note_gone, &telling, &err));
	cr_assert_eq(telling.gone, 0);
	cr_assert_eq(known.count, KNOWN_MAX);
	known_release(&known);
}
