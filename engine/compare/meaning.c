/*
 * meaning.c: what one version says and another does not, part by part and entry by entry.
 */
#include <stdlib.h>

#include "engine/base/require.h"
#include "engine/compare/additive.h"
#include "engine/compare/compare.h"

struct sides {
	const struct migration_info *before, *after;
	struct arena *arena;
	struct meaning *meaning;
};

/* ---- entries ---- */

/* An entry and its place among its part's, so that equal paths stay in their order. */
struct placed {
	const struct part_entry *entry;
	int place;
};

static int by_path(const void *left, const void *right)
{
	const struct placed *one = left, *other = right;
	int order = span_compare(one->entry->path, other->entry->path);

	return order ? order : one->place - other->place;
}

static struct placed *sort_entries(struct arena *arena, const struct part_info *part, bool is_aside,
				   int *count)
{
	int all = part ? part->entry_count : 0;
	struct placed *sorted = arena_alloc(arena, ((size_t)all + 1) * sizeof(*sorted));

	*count = 0;
	for (int i = 0; i < all; i++)
		if (part->entries[i].is_aside == is_aside)
			sorted[(*count)++] = (struct placed){ &part->entries[i], i };
	if (*count > 1)
		qsort(sorted, (size_t)*count, sizeof(*sorted), by_path);
	return sorted;
}

static void compare_entries(struct sides *sides, const struct part_info *before,
			    const struct part_info *after, bool is_aside,
			    struct part_change *change)
{
	int old_count, new_count, o = 0, n = 0;
	struct placed *old = sort_entries(sides->arena, before, is_aside, &old_count);
	struct placed *new = sort_entries(sides->arena, after, is_aside, &new_count);

	change->entries = arena_alloc(sides->arena, ((size_t)old_count + (size_t)new_count + 1) *
							sizeof(*change->entries));
	while (o < old_count || n < new_count) {
		struct entry_change entry = { .path = SPAN_NONE };
		int order = o == old_count   ? 1
			    : n == new_count ? -1
					     : span_compare(old[o].entry->path, new[n].entry->path);

		entry.path = order > 0 ? new[n].entry->path : old[o].entry->path;
		if (order <= 0)
			entry.before = old[o++].entry->text;
		if (order >= 0)
			entry.after = new[n++].entry->text;
		if (order || !span_equal(entry.before, entry.after))
			change->entries[change->entry_count++] = entry;
	}
}

/* ---- parts ---- */

static void add_part(struct sides *sides, const struct part_info *before,
		     const struct part_info *after)
{
	struct meaning *meaning = sides->meaning;
	const struct part_info *any = after ? after : before;
	struct part_change change = { .kind = CHANGE_CHANGED };

	require(any);
	change.name = any->name;
	change.is_transform = any->is_transform;
	if (!before || !after)
		change.kind = before ? CHANGE_REMOVED : CHANGE_ADDED;
	compare_entries(sides, before, after, false, &change);
	change.is_additive = change_is_additive(sides->before, &change, before, after);
	meaning->parts[meaning->part_count++] = change;
}

/* Of parts that came or went nobody asks who decided them before. */
static void add_aside(struct sides *sides, const struct part_info *before,
		      const struct part_info *after)
{
	struct meaning *meaning = sides->meaning;
	struct part_change change = { .name = after->name, .kind = CHANGE_CHANGED };

	compare_entries(sides, before, after, true, &change);
	if (change.entry_count)
		meaning->asides[meaning->aside_count++] = change;
}

static void compare_parts(struct sides *sides)
{
	const struct migration_info *before = sides->before, *after = sides->after;

	for (int o = 0, n = 0; o < before->part_count || n < after->part_count;) {
		const struct part_info *old = o < before->part_count ? &before->parts[o] : NULL;
		const struct part_info *new = n < after->part_count ? &after->parts[n] : NULL;
		int order = !old ? 1 : !new ? -1 : strcmp(old->name, new->name);

		o += order <= 0;
		n += order >= 0;
		if (order) {
			add_part(sides, order < 0 ? old : NULL, order < 0 ? NULL : new);
			continue;
		}
		if (strcmp(old->hash, new->hash) != 0)
			add_part(sides, old, new);
		else
			sides->meaning->same_count++;
		add_aside(sides, old, new);
	}
}

/* ---- modules ---- */

/* "rules/v3/job.lua" of rules/v3.lua -> "v3/job.lua": what stands in front of the rule file itself is the folder. */
static struct span relative(const struct migration_info *migration, const char *file)
{
	size_t folder = 0;

	for (int i = 0; i < migration->part_count; i++)
		if (strcmp(migration->parts[i].name, "migration.system") == 0)
			folder =
			    strlen(migration->parts[i].file) - strlen(migration->texts[0].path);
	return span_of(strlen(file) > folder ? file + folder : file);
}

static void add_module(struct sides *sides, struct span before, struct span after)
{
	struct meaning *meaning = sides->meaning;

	/* The rule file itself is named by whoever asks. */
	if (span_equal(before, after) || (span_equal_text(before, sides->before->texts[0].path) &&
					  span_equal_text(after, sides->after->texts[0].path)))
		return;
	for (int i = 0; i < meaning->module_count; i++)
		if (span_equal(meaning->modules[i].before, before) &&
		    span_equal(meaning->modules[i].after, after))
			return;
	meaning->modules = arena_grow_by_one(sides->arena, meaning->modules, meaning->module_count,
					     sizeof(*meaning->modules));
	meaning->modules[meaning->module_count++] = (struct module_change){ before, after };
}

static const struct text_info *text_at(const struct migration_info *migration, const char *path)
{
	for (int i = 0; i < migration->text_count; i++)
		if (strcmp(migration->texts[i].path, path) == 0)
			return &migration->texts[i];
	return NULL;
}

/* The same bytes under another name. */
static void compare_texts(struct sides *sides)
{
	for (int i = 1; i < sides->before->text_count; i++) {
		const struct text_info *old = &sides->before->texts[i];

		if (text_at(sides->after, old->path))
			continue;
		for (int j = 1; j < sides->after->text_count; j++) {
			const struct text_info *new = &sides->after->texts[j];

			if (strcmp(old->hash, new->hash) == 0 && !text_at(sides->before, new->path))
				add_module(sides, span_of(old->path), span_of(new->path));
		}
	}
}

static int by_module(const void *left, const void *right)
{
	const struct module_change *one = left, *other = right;
	int order = span_compare(one->before, other->before);

	return order ? order : span_compare(one->after, other->after);
}

static void compare_modules(struct sides *sides)
{
	const struct migration_info *before = sides->before, *after = sides->after;
	struct meaning *meaning = sides->meaning;

	for (int o = 0, n = 0; o < before->part_count && n < after->part_count;) {
		const struct part_info *old = &before->parts[o], *new = &after->parts[n];
		int order = strcmp(old->name, new->name);

		o += order <= 0;
		n += order >= 0;
		if (order == 0 && old->file && new->file)
			add_module(sides, relative(before, old->file), relative(after, new->file));
	}
	compare_texts(sides);
	if (meaning->module_count > 1)
		qsort(meaning->modules, (size_t)meaning->module_count, sizeof(*meaning->modules),
		      by_module);
}

void compare_meaning(const struct rule_host *before, const struct rule_host *after,
		     struct arena *arena, struct meaning *meaning)
{
	struct sides sides = { rule_host_migration(before), rule_host_migration(after), arena,
			       meaning };
	size_t most = (size_t)sides.before->part_count + (size_t)sides.after->part_count;

	*meaning = (struct meaning){
		.parts = arena_alloc(arena, (most + 1) * sizeof(*meaning->parts)),
		.asides = arena_alloc(arena, (most + 1) * sizeof(*meaning->asides)),
		.is_transform_same = strcmp(sides.before->transform, sides.after->transform) == 0,
		.is_validation_same =
		    strcmp(sides.before->validation, sides.after->validation) == 0,
	};
	compare_parts(&sides);
	compare_modules(&sides);
}
