/*
 * record_strata.h: which strata a record belongs to, and how a stratum is called.
 *
 * "enum:state=COMPLETED", "decision:completed_at", "year:createdAt=2018": one a value of each enum field, one a decision, one a year
 * of each instant and date; masked fields make none. Whoever counts gives each a number when it is met for the first time; after that it is found by number, not by
 * name. What a hostile source can make of it is bounded: names have at most STRATUM_NAME_MAX bytes, and years are 0001 to 9999.
 */
#ifndef ENGINE_TARGET_RECORD_STRATA_H
#define ENGINE_TARGET_RECORD_STRATA_H

#include "engine/base/arena.h"
#include "engine/rules/rule_host.h"

enum { STRATUM_NAME_MAX = 240 };

/* The name as it may stand in a store, in an index, and in JSON: of a longer one, or of one that is no UTF-8, the beginning and its
 * hash. value: no data where the stratum has none. In the arena. */
struct span stratum_name(struct arena *arena, const char *kind, struct span of, struct span value);

/* A field whose years are counted. */
struct year_field {
	int field;
	bool is_instant; /* else a date */
	uint32_t *places;
};

struct record_strata {
	const struct entity_info *entity;
	struct arena *arena;
	size_t (*open)(void *context, struct span name);
	void *context;
	/* 0 where a stratum has no number yet, else that and 1. */
	uint32_t **enums; /* by enum and value */
	uint32_t *decisions;
	struct year_field *years;
	int year_count;
	size_t *numbers; /* of the record at hand */
};

/* open: called once for each stratum that is met, with a name in the arena; gives its number. */
void record_strata_init(struct record_strata *strata, const struct entity_info *entity,
			struct arena *arena, size_t (*open)(void *context, struct span name),
			void *context);

/* The stratum's number. */
size_t stratum_of_enum(struct record_strata *strata, int enum_index, int value);
size_t stratum_of_decision(struct record_strata *strata, int decision);
/* digits: the year's four */
size_t stratum_of_year(struct record_strata *strata, int year_index, struct span digits);

/* All those of a record that the rule made; their number. They stand in strata->numbers until the next call. */
size_t record_strata_find(struct record_strata *strata, const struct outcome *outcome);

#endif
