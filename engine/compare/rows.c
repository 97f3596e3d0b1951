/*
 * rows.c: what became of one source row under each version, counted.
 */
#include <stdlib.h>

#include "engine/compare/fields.h"
#include "engine/compare/sources.h"
#include "engine/compare/tally.h"

const char *row_class_name(enum row_class kind)
{
	static const char *const names[ROW_CLASSES] = {
		"identical",     "changed",           "newly mapped",     "newly rejected",
		"newly skipped", "no longer skipped", "rejected by both", "skipped by both",
	};

	return names[kind];
}

static enum row_class class_of(const struct outcome *before, const struct outcome *after)
{
	static const enum row_class classes[3][3] = {
		[OUTCOME_RECORD] = { [OUTCOME_RECORD] = ROW_CHANGED,
				     [OUTCOME_SKIP] = ROW_NEWLY_SKIPPED,
				     [OUTCOME_REJECT] = ROW_NEWLY_REJECTED },
		[OUTCOME_SKIP] = { [OUTCOME_RECORD] = ROW_NO_LONGER_SKIPPED,
				   [OUTCOME_SKIP] = ROW_BOTH_SKIPPED,
				   [OUTCOME_REJECT] = ROW_NEWLY_REJECTED },
		[OUTCOME_REJECT] = { [OUTCOME_RECORD] = ROW_NEWLY_MAPPED,
				     [OUTCOME_SKIP] = ROW_NEWLY_SKIPPED,
				     [OUTCOME_REJECT] = ROW_BOTH_REJECTED },
	};

	if (before->kind == OUTCOME_RECORD && after->kind == OUTCOME_RECORD &&
	    span_equal(before->body, after->body))
		return ROW_IDENTICAL;
	return classes[before->kind][after->kind];
}

/* "record", "E2103 job.state", "skipped: test delivery" */
static struct span reason_of(const struct outcome *outcome, struct arena *scratch)
{
	switch (outcome->kind) {
	case OUTCOME_RECORD:
		break;
	case OUTCOME_SKIP:
		return arena_print(scratch, "skipped: %.*s", SPAN_ARGS(outcome->skip_text));
	case OUTCOME_REJECT:
		if (outcome->fault_count)
			return arena_print(scratch, "%s %.*s", outcome->faults[0].code,
					   SPAN_ARGS(outcome->faults[0].where));
		break;
	}
	return SPAN("record");
}

static void tally_reason(struct comparison *comparison, struct entity_comparison *entity,
			 enum row_class kind, struct span key, const struct outcome *before,
			 const struct outcome *after, struct arena *scratch)
{
	struct span old = reason_of(before, scratch), new = reason_of(after, scratch);

	/* Rejected or skipped by both for one reason is nothing to tell. */
	if (!span_equal(old, new))
		tally_add(&entity->reasons[kind], comparison, old, new, key);
}

static struct span id_of(const struct outcome *outcome)
{
	return outcome->kind == OUTCOME_RECORD ? outcome->id : SPAN_NONE;
}

bool comparison_add(struct comparison *comparison, struct entity_comparison *entity,
		    struct span key, const struct outcome *before, const struct outcome *after,
		    struct arena *scratch, struct err *err)
{
	enum row_class kind = class_of(before, after);

	comparison->row++;
	entity->compared++;
	entity->classes[kind]++;
	if (kind == ROW_IDENTICAL)
		return true;
	if (kind == ROW_CHANGED) {
		if (!fields_compare(comparison, entity, key, before->body, after->body, scratch,
				    err))
			return false;
	} else {
		tally_reason(comparison, entity, kind, key, before, after, scratch);
	}
	if (kind == ROW_NEWLY_MAPPED &&
	    !fields_note_mapped(comparison, entity, key, before, after->body, scratch, err))
		return false;
	if (kind == ROW_BOTH_REJECTED || kind == ROW_BOTH_SKIPPED || !comparison->on_difference)
		return true;
	return comparison->on_difference(comparison->context, entity, kind, id_of(before),
					 id_of(after), err);
}

/* ---- which entities there are ---- */

static int find_entity(const struct migration_info *migration, const char *name)
{
	for (int i = 0; i < migration->entity_count; i++)
		if (strcmp(migration->entities[i].name, name) == 0)
			return i;
	return -1;
}

static void add_entity(struct comparison *comparison, const char *name)
{
	struct entity_comparison *entity = &comparison->entities[comparison->entity_count++];
	const struct migration_info *before = comparison->migrations[0];
	const struct migration_info *after = comparison->migrations[1];

	*entity = (struct entity_comparison){
		.name = name,
		.before = find_entity(before, name),
		.after = find_entity(after, name),
	};
	if (entity->before < 0)
		entity->why_not = "only the later version has this entity";
	else if (entity->after < 0)
		entity->why_not = "only the earlier version has this entity";
	else if (!sources_have_same_root(&before->entities[entity->before].sources.sources[0],
					 &after->entities[entity->after].sources.sources[0]))
		entity->why_not = "the versions read other root rows, or name them by another key";
}

void comparison_begin(struct comparison *comparison, struct rule_host *before,
		      struct rule_host *after, uint64_t seed, struct arena *arena)
{
	const struct migration_info *old = rule_host_migration(before);
	const struct migration_info *new = rule_host_migration(after);

	*comparison = (struct comparison){
		.migrations = { old, new },
		.hosts = { before, after },
		.arena = arena,
		.seed = seed,
	};
	comparison->entities =
	    arena_zalloc(arena, ((size_t)old->entity_count + (size_t) new->entity_count) *
				    sizeof(*comparison->entities));
	for (int i = 0; i < new->entity_count; i++)
		add_entity(comparison, new->entities[i].name);
	for (int i = 0; i < old->entity_count; i++)
		if (find_entity(new, old->entities[i].name) < 0)
			add_entity(comparison, old->entities[i].name);
}

static int by_rows(const void *left, const void *right)
{
	const struct field_tally *one = left, *other = right;

	if (one->rows != other->rows)
		return one->rows > other->rows ? -1 : 1;
	return span_compare(one->path, other->path);
}

void comparison_end(struct comparison *comparison)
{
	for (int e = 0; e < comparison->entity_count; e++) {
		struct entity_comparison *entity = &comparison->entities[e];

		for (int kind = 0; kind < ROW_CLASSES; kind++)
			tally_sort(&entity->reasons[kind]);
		tally_sort(&entity->mapped);
		for (int f = 0; f < entity->field_count; f++)
			tally_sort(&entity->fields[f].transitions);
		if (entity->field_count > 1)
			qsort(entity->fields, (size_t)entity->field_count, sizeof(*entity->fields),
			      by_rows);
	}
}
