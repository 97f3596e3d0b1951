/*
 * judge.c: identical, additive or breaking, and what that rests on.
 */
#include "engine/compare/compare.h"

const char *category_name(enum category category)
{
	static const char *const names[] = { "identical", "additive", "breaking" };

	return names[category];
}

struct sums {
	int64_t classes[ROW_CLASSES];
	int64_t compared, unsettled;
	bool is_whole, has_empty; /* an entity that has rows, of which none could be compared */
};

static struct sums sum_up(const struct comparison *comparison)
{
	struct sums sums = { .is_whole = true };

	for (int i = 0; i < comparison->entity_count; i++) {
		const struct entity_comparison *entity = &comparison->entities[i];

		for (int kind = 0; kind < ROW_CLASSES; kind++)
			sums.classes[kind] += entity->classes[kind];
		sums.compared += entity->compared;
		sums.unsettled += entity->unsettled;
		sums.is_whole =
		    sums.is_whole && entity->is_whole && !entity->why_not && !entity->unsettled;
		sums.has_empty = sums.has_empty || (entity->total > 0 && entity->compared == 0);
	}
	return sums;
}

/* Did any value of a record become another, or go? What only came is a new field. */
static bool has_changed_value(const struct comparison *comparison)
{
	for (int i = 0; i < comparison->entity_count; i++) {
		const struct entity_comparison *entity = &comparison->entities[i];

		if (entity->other_fields)
			return true;
		for (int f = 0; f < entity->field_count; f++)
			if (entity->fields[f].changed || entity->fields[f].vanished)
				return true;
	}
	return false;
}

/* A field that had no value where now it has one: new in the rule, or changed in its meaning? */
static bool is_new_field(const struct comparison *comparison,
			 const struct entity_comparison *entity, struct span path)
{
	const struct entity_info *before = &comparison->migrations[0]->entities[entity->before];
	size_t size = 0;

	while (size < path.size && path.data[size] != '.' && path.data[size] != '[')
		size++;
	for (int i = 0; i < before->field_count; i++)
		if (span_equal_text((struct span){ path.data, size }, before->fields[i].name))
			return false;
	return true;
}

static bool only_new_fields(const struct comparison *comparison)
{
	for (int i = 0; i < comparison->entity_count; i++) {
		const struct entity_comparison *entity = &comparison->entities[i];

		for (int f = 0; f < entity->field_count; f++)
			if (!is_new_field(comparison, entity, entity->fields[f].path))
				return false;
	}
	return true;
}

static void judge_rows(const struct comparison *comparison, const struct sums *sums,
		       struct judgement *judgement)
{
	const int64_t *classes = sums->classes;

	judgement->category = CATEGORY_IDENTICAL;
	judgement->because = "every record is the same under both";
	if (classes[ROW_CHANGED] || classes[ROW_NEWLY_MAPPED]) {
		judgement->category = CATEGORY_ADDITIVE;
		judgement->because = "records gained fields, or rows that were rejected are mapped";
	}
	if (classes[ROW_NEWLY_REJECTED] || classes[ROW_NEWLY_SKIPPED] ||
	    classes[ROW_NO_LONGER_SKIPPED]) {
		judgement->category = CATEGORY_BREAKING;
		judgement->because =
		    "rows are rejected, skipped or no longer skipped that were not";
	}
	if (has_changed_value(comparison) || !only_new_fields(comparison)) {
		judgement->category = CATEGORY_BREAKING;
		judgement->because = "records have other values than before";
	}
}

/* The first part that may change a record there was. */
static const char *breaking_part(const struct meaning *meaning)
{
	for (int i = 0; i < meaning->part_count; i++)
		if (meaning->parts[i].is_transform && !meaning->parts[i].is_additive)
			return meaning->parts[i].name;
	return NULL;
}

static void judge_parts(const struct meaning *meaning, struct judgement *judgement)
{
	const char *part = breaking_part(meaning);

	if (judgement->category == CATEGORY_BREAKING)
		return;
	judgement->category = part ? CATEGORY_BREAKING : CATEGORY_ADDITIVE;
	judgement->part = part;
	if (!part)
		judgement->because = "what is said changed only by what is new";
	else if (judgement->has_rows)
		judgement->because = "what is said may change records, and the rows compared do "
				     "not prove that it changes none";
	else
		judgement->because = "what is said changed by more than what is new";
}

void compare_judge(const struct meaning *meaning, const struct comparison *comparison,
		   struct judgement *judgement)
{
	struct sums sums = { .compared = 0 };

	*judgement = (struct judgement){ .category = CATEGORY_IDENTICAL };
	if (comparison)
		sums = sum_up(comparison);
	judgement->has_rows = sums.compared > 0;
	if (comparison && sums.has_empty) {
		judgement->could_not_tell = true;
		judgement->why_not_told = "there are rows, and none of them could be compared";
	} else if (sums.unsettled > 0) {
		judgement->could_not_tell = true;
		judgement->why_not_told = "rows changed in legacy whenever they were read";
	}
	if (meaning->is_transform_same) {
		judgement->is_proven = true;
		judgement->because = "all that makes a record has the same fingerprint";
		return;
	}
	judgement->because = "";
	if (comparison && sums.compared > 0)
		judge_rows(comparison, &sums, judgement);
	judgement->is_proven = judgement->category == CATEGORY_BREAKING ||
			       (comparison && sums.is_whole && sums.compared > 0);
	if (!judgement->is_proven)
		judge_parts(meaning, judgement);
}
