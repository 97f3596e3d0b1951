/*
 * fault_groups.c: a short list, searched from its front; the kinds that repeat are found early.
 */
#include "engine/model/fault_groups.h"

#include <stdlib.h>

#include "engine/model/batch.h"

void fault_groups_init(struct fault_groups *groups, struct arena *arena)
{
	*groups = (struct fault_groups){ .arena = arena };
	groups->groups = arena_alloc(arena, FAULT_GROUPS_MAX * sizeof(*groups->groups));
}

/* "job.history[3].at" and "job.history[9].at" are one place of the rule. */
static bool same_place(struct span a, struct span b)
{
	size_t i = 0, j = 0;

	while (i < a.size && j < b.size) {
		if (a.data[i] != b.data[j])
			return false;
		if (a.data[i] == '[') {
			while (i < a.size && a.data[i] != ']')
				i++;
			while (j < b.size && b.data[j] != ']')
				j++;
		} else {
			i++;
			j++;
		}
	}
	return i == a.size && j == b.size;
}

static bool same_file(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

bool fault_same_kind(const struct fault *a, const struct fault *b)
{
	return strcmp(a->code, b->code) == 0 && a->line == b->line &&
	       same_place(a->where, b->where) && same_file(a->file, b->file);
}

static struct span copy(struct arena *arena, struct span text)
{
	return text.data ? arena_copy(arena, text) : SPAN_NONE;
}

struct fault fault_copy(struct arena *arena, const struct fault *fault)
{
	struct fault made = *fault;

	if (made.saw.size > CELL_KEPT_BYTES)
		made.saw.size = CELL_KEPT_BYTES;
	made.file = fault->file ? arena_text(arena, fault->file) : NULL;
	made.table = fault->table ? arena_text(arena, fault->table) : NULL;
	made.column = fault->column ? arena_text(arena, fault->column) : NULL;
	made.where = copy(arena, fault->where);
	made.field = copy(arena, fault->field);
	made.message = copy(arena, fault->message);
	made.saw = copy(arena, made.saw);
	made.nearest = copy(arena, fault->nearest);
	made.why = copy(arena, fault->why);
	made.help = copy(arena, fault->help);
	return made;
}

void fault_groups_add(struct fault_groups *groups, const struct fault *fault, struct span record)
{
	struct fault_group *group = groups->groups;

	groups->fault_count++;
	for (size_t i = 0; i < groups->group_count; i++, group++) {
		if (fault_same_kind(&group->first, fault)) {
			group->count++;
			return;
		}
	}
	if (groups->group_count == FAULT_GROUPS_MAX) {
		groups->beyond++;
		return;
	}
	groups->group_count++;
	*group = (struct fault_group){ .first = fault_copy(groups->arena, fault),
				       .record = copy(groups->arena, record),
				       .count = 1,
				       .order = groups->fault_count };
}

static int compare(const void *a, const void *b)
{
	const struct fault_group *first = a;
	const struct fault_group *second = b;

	if (first->count != second->count)
		return first->count > second->count ? -1 : 1;
	return (first->order > second->order) - (first->order < second->order);
}

void fault_groups_sort(struct fault_groups *groups)
{
	qsort(groups->groups, groups->group_count, sizeof(*groups->groups), compare);
}
