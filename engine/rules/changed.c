/*
 * changed.c: compares the parts of a version with what was kept of them.
 */
#include "engine/rules/changed.h"

#include <string.h>

/* The line of "job.fields.state" or "job.decisions.completed_at" in the rule file, 0 when it has none. */
static int line_of_part(const struct migration_info *migration, const char *part)
{
	for (int e = 0; e < migration->entity_count; e++) {
		const struct entity_info *entity = &migration->entities[e];
		size_t prefix = strlen(entity->name);
		const char *rest = part + prefix;

		if (strncmp(part, entity->name, prefix) != 0)
			continue;
		for (int i = 0; i < entity->field_count; i++)
			if (strncmp(rest, ".fields.", 8) == 0 &&
			    strcmp(rest + 8, entity->fields[i].name) == 0)
				return entity->fields[i].line;
		for (int i = 0; i < entity->decision_count; i++)
			if (strncmp(rest, ".decisions.", 11) == 0 &&
			    strcmp(rest + 11, entity->decisions[i].id) == 0)
				return entity->decisions[i].line;
	}
	return 0;
}

void changed_add(const struct migration_info *now, const char *what, const char *file,
		 const char *how, const struct change_words *words, struct fault_list *faults)
{
	struct arena *arena = faults->arena;
	struct fault *fault = fault_add(faults, words->code);

	fault->where = arena_print(arena, "%s", what);
	fault->file = file && *file ? arena_text(arena, file) : NULL;
	fault->line = line_of_part(now, what);
	fault->message = arena_print(arena, "%s %s after %s", what, how, words->since);
	fault->why = arena_print(arena, "%s", words->why);
	fault->help = arena_print(
	    arena, "undo the edit, or make a new version of it:   engine init --from %s VERSION",
	    words->rules);
}

static const struct part_info *find_part(const struct migration_info *migration, const char *name)
{
	for (int i = 0; i < migration->part_count; i++)
		if (migration->parts[i].is_transform && strcmp(name, migration->parts[i].name) == 0)
			return &migration->parts[i];
	return NULL;
}

static bool was_kept(const struct kept_part *before, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(before[i].name, name) == 0)
			return true;
	return false;
}

void changed_add_faults(const struct migration_info *now, const struct kept_part *before,
			size_t count, const struct change_words *words, struct fault_list *faults)
{
	for (size_t i = 0; i < count; i++) {
		const struct part_info *part = find_part(now, before[i].name);

		if (!part)
			changed_add(now, before[i].name, before[i].file, "was removed", words,
				    faults);
		else if (strcmp(before[i].hash, part->hash) != 0)
			changed_add(now, part->name, part->file, "was changed", words, faults);
	}
	for (int i = 0; i < now->part_count; i++)
		if (now->parts[i].is_transform && !was_kept(before, count, now->parts[i].name))
			changed_add(now, now->parts[i].name, now->parts[i].file, "was added", words,
				    faults);
}
