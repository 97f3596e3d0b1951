/*
 * fault_groups.h: many faults under few headers: the same code at the same line of the same field is one kind.
 *
 * Holds the first fault of each kind and a count, so that any number of faults can be added.
 */
#ifndef ENGINE_MODEL_FAULT_GROUPS_H
#define ENGINE_MODEL_FAULT_GROUPS_H

#include <stdint.h>

#include "engine/model/fault.h"

/* A rule has few places where a row can fail; what comes beyond is counted without its place. */
enum { FAULT_GROUPS_MAX = 256 };

/* How many kinds are told in full where the rest is only counted. */
enum { KINDS_SHOWN_MAX = 10 };

struct fault_group {
	struct fault first;
	struct span record; /* whose fault the first one was; may be empty */
	int64_t count;
	int64_t order; /* of its first fault among all */
};

struct fault_groups {
	struct arena *arena; /* borrowed: the first faults and their texts */
	struct fault_group *groups;
	size_t group_count;
	int64_t fault_count; /* all that were added */
	int64_t beyond;      /* of them, those of kinds that found no room */
};

/* The same code at the same line of the same field of the same file? */
bool fault_same_kind(const struct fault *a, const struct fault *b);

/* The fault with all its texts, the value seen as far as it is kept, in the arena. */
struct fault fault_copy(struct arena *arena, const struct fault *fault);

void fault_groups_init(struct fault_groups *groups, struct arena *arena);

/* The fault and the record are copied when they are the first of their kind. */
void fault_groups_add(struct fault_groups *groups, const struct fault *fault, struct span record);

/* The most frequent kind first, and of equal ones the one that was seen first. */
void fault_groups_sort(struct fault_groups *groups);

#endif
