/*
 * groups.c: many faults of many rows, by place and value, each row counted once.
 *
 * A rule has few places, and a place few values that are rejected: both are searched from the front, values by their hashes.
 */
#include "engine/survey/groups.h"

#include <stdlib.h>

#include "engine/model/digest.h"
#include "engine/model/fault_groups.h"

enum { FIRST_VALUES = 8 };

struct group {
	struct survey_group shown;
	int64_t last_row; /* the row counted last */
	struct survey_place others[SURVEY_PLACES_MAX];
	struct survey_value *values;
	uint64_t *hashes;   /* beside values */
	int64_t *last_rows; /* likewise */
	int value_room;
};

void groups_init(struct groups *groups, struct arena *arena)
{
	*groups = (struct groups){ .arena = arena };
	groups->groups = arena_alloc(arena, SURVEY_GROUPS_MAX * sizeof(*groups->groups));
}

static bool is_same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_column(const struct fault *a, const struct fault *b)
{
	return is_same_text(a->table, b->table) && is_same_text(a->column, b->column);
}

static bool belongs(const struct group *group, const struct fault *fault)
{
	const struct fault *first = &group->shown.first;

	/* Of a column's own value there are several things to say under one code, each with its own remedy. */
	if (first->is_of_column && fault->is_of_column)
		return strcmp(first->code, fault->code) == 0 && is_same_column(first, fault) &&
		       span_equal(first->help, fault->help);
	return fault_same_kind(first, fault) && is_same_column(first, fault);
}

static struct group *group_of(struct groups *groups, const struct fault *fault, struct span key)
{
	struct group *group = groups->groups;

	for (int i = 0; i < groups->group_count; i++, group++)
		if (belongs(group, fault))
			return group;
	if (groups->group_count == SURVEY_GROUPS_MAX)
		return NULL;
	groups->group_count++;
	*group = (struct group){ .last_row = -1 };
	group->shown.first = fault_copy(groups->arena, fault);
	group->shown.key = key.data ? arena_copy(groups->arena, key) : SPAN_NONE;
	group->shown.is_whole = true;
	return group;
}

/* Another field may read the same column. */
static void note_place(struct groups *groups, struct group *group, const struct fault *fault)
{
	struct survey_group *shown = &group->shown;

	if (fault_same_kind(&shown->first, fault) || shown->other_count == SURVEY_PLACES_MAX)
		return;
	for (int i = 0; i < shown->other_count; i++)
		if (group->others[i].line == fault->line &&
		    is_same_text(group->others[i].file, fault->file))
			return;
	group->others[shown->other_count++] = (struct survey_place){
		.file = fault->file ? arena_text(groups->arena, fault->file) : NULL,
		.line = fault->line,
		.where = arena_copy(groups->arena, fault->where),
	};
}

static struct span cut(struct span text)
{
	if (text.size > SURVEY_VALUE_KEPT_BYTES)
		text.size = SURVEY_VALUE_KEPT_BYTES;
	return text;
}

/* What tells values apart: what was seen, or where nothing was what is said. */
static struct span text_of(const struct fault *fault)
{
	return fault->saw_kind == SAW_NOTHING ? fault->message : fault->saw;
}

static void make_room(struct groups *groups, struct group *group)
{
	size_t count = (size_t)group->shown.value_count;
	size_t room = count ? count * 2 : FIRST_VALUES;

	group->values = arena_grow(groups->arena, group->values, count * sizeof(*group->values),
				   room * sizeof(*group->values));
	group->hashes = arena_grow(groups->arena, group->hashes, count * sizeof(*group->hashes),
				   room * sizeof(*group->hashes));
	group->last_rows =
	    arena_grow(groups->arena, group->last_rows, count * sizeof(*group->last_rows),
		       room * sizeof(*group->last_rows));
	group->value_room = (int)room;
}

/* The index of the value, or −1 where it is one too many. */
static int value_of(struct groups *groups, struct group *group, const struct fault *fault)
{
	const uint64_t hash = sample_hash(text_of(fault), (uint64_t)fault->saw_kind);
	struct survey_group *shown = &group->shown;

	for (int i = 0; i < shown->value_count; i++)
		if (group->hashes[i] == hash && group->values[i].saw_size == fault->saw_size)
			return i;
	if (shown->value_count == SURVEY_VALUES_MAX) {
		shown->is_whole = false;
		return -1;
	}
	if (shown->value_count == group->value_room)
		make_room(groups, group);
	group->values[shown->value_count] = (struct survey_value){
		.saw_kind = fault->saw_kind,
		.saw = arena_copy(groups->arena, cut(fault->saw)),
		.saw_size = fault->saw_size,
		.message = arena_copy(groups->arena, cut(fault->message)),
		.nearest = arena_copy(groups->arena, cut(fault->nearest)),
		.help = arena_copy(groups->arena, fault->help),
	};
	group->hashes[shown->value_count] = hash;
	group->last_rows[shown->value_count] = -1;
	return shown->value_count++;
}

void groups_note(struct groups *groups, const struct fault *fault, struct span key, int64_t row)
{
	struct group *group = group_of(groups, fault, key);
	int value;

	if (!group) {
		groups->beyond_count++;
		return;
	}
	group->shown.row_count += group->last_row != row;
	group->last_row = row;
	note_place(groups, group, fault);
	value = value_of(groups, group, fault);
	if (value < 0)
		return;
	group->values[value].row_count += group->last_rows[value] != row;
	group->last_rows[value] = row;
}

/* ---- in order ---- */

static int compare_counts(int64_t one, int64_t other)
{
	return (one < other) - (one > other);
}

static int compare_values(const void *one, const void *other)
{
	const struct survey_value *a = one, *b = other;
	int order = compare_counts(a->row_count, b->row_count);

	if (order == 0)
		order = span_compare(a->saw, b->saw);
	return order ? order : span_compare(a->message, b->message);
}

static int compare_groups(const void *one, const void *other)
{
	const struct survey_group *a = one, *b = other;
	int order = compare_counts(a->row_count, b->row_count);

	if (order == 0)
		order = a->first.line - b->first.line;
	if (order == 0)
		order = span_compare(a->first.where, b->first.where);
	return order ? order : strcmp(a->first.code, b->first.code);
}

const struct survey_group *groups_list(const struct groups *groups)
{
	struct survey_group *list =
	    arena_alloc(groups->arena, sizeof(*list) * ((size_t)groups->group_count + 1));

	for (int i = 0; i < groups->group_count; i++) {
		struct group *group = &groups->groups[i];

		qsort(group->values, (size_t)group->shown.value_count, sizeof(*group->values),
		      compare_values);
		list[i] = group->shown;
		list[i].values = group->values;
		list[i].others = group->others;
	}
	qsort(list, (size_t)groups->group_count, sizeof(*list), compare_groups);
	return list;
}
