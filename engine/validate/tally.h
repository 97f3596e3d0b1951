/*
 * tally.h: the strata of one chunk, counted on both sides: what the rule makes of legacy's rows, and what the target's records say
 * of themselves. For engine/validate only.
 */
#ifndef ENGINE_VALIDATE_TALLY_H
#define ENGINE_VALIDATE_TALLY_H

#include "engine/model/span_map.h"
#include "engine/target/record_strata.h"

/* A stratum that no rule makes is of the group of its kind: the enum's index, or the number of enums for decisions. */
enum { TALLY_OF_RULE = -1 };

struct tallied {
	struct span name;
	int group; /* TALLY_OF_RULE, or whose stranger it is */
	int64_t legacy, target;
};

/* The strata of a list of decisions. */
struct tally_list {
	const size_t *numbers;
	size_t count;
};

struct tally {
	struct arena *arena; /* of the chunk */
	const struct entity_info *entity;
	struct record_strata strata;
	struct tallied *items;
	int count;
	struct span_map by_name; /* of items */
	struct span_map *values; /* one an enum: its values */
	struct span_map by_list; /* decisions as records list them: index into lists */
	struct tally_list *lists;
	int list_count;
};

void tally_init(struct tally *tally, const struct entity_info *entity, struct arena *arena);

/* A row of legacy whose record the target should have. */
void tally_outcome(struct tally *tally, const struct outcome *outcome);

/* A live record, as its stored payload has it: a cell an enum of the entity, a cell a field of strata.years, and its decisions as JSON.
 * CELL_NULL: it has none. */
void tally_record(struct tally *tally, const struct cell *cells);

#endif
