/*
 * additive.c: a new optional field, a value mapped that was rejected: what cannot change a record that there was.
 */
#include "engine/compare/additive.h"

static bool starts(struct span text, const char *with)
{
	size_t size = strlen(with);

	return text.size >= size && memcmp(text.data, with, size) == 0;
}

static bool says(const struct part_info *part, const char *path, const char *text)
{
	for (int i = 0; i < part->entry_count; i++)
		if (!part->entries[i].is_aside && span_equal_text(part->entries[i].path, path) &&
		    (text == NULL || span_equal_text(part->entries[i].text, text)))
			return true;
	return false;
}

static bool says_below(const struct part_info *part, const char *path)
{
	size_t size = strlen(path);

	for (int i = 0; i < part->entry_count; i++) {
		struct span at = part->entries[i].path;

		if (starts(at, path) && (at.size == size || strchr(".[:", at.data[size])))
			return true;
	}
	return false;
}

/* [3] of the part itself: a value of an enum. */
static bool is_place(struct span path)
{
	return path.size > 2 && path.data[0] == '[' && path.data[1] >= '0' && path.data[1] <= '9';
}

static bool has_value(const struct part_info *part, struct span value)
{
	for (int i = 0; i < part->entry_count; i++)
		if (is_place(part->entries[i].path) && span_equal(part->entries[i].text, value))
			return true;
	return false;
}

/* Of an enum's values each is still there, wherever it stands. */
static bool keeps_values(const struct part_info *before, const struct part_info *after)
{
	for (int i = 0; i < before->entry_count; i++)
		if (is_place(before->entries[i].path) && !has_value(after, before->entries[i].text))
			return false;
	return true;
}

/* What a lookup did not cover was rejected, unless patterns are asked behind it. */
static bool field_entry(const struct entry_change *entry, const struct part_info *before,
			const struct part_info *after)
{
	bool is_lookup = starts(entry->path, "lookup.") || starts(entry->path, "lookup[");

	if (is_place(entry->path))
		return says(after, "", "enum {…}") && keeps_values(before, after);
	return is_lookup && entry->before.data == NULL && says_below(before, "lookup") &&
	       !says_below(before, "patterns") && !says_below(after, "patterns");
}

/* Was the column of types.COLUMN read before? What nobody read may have any type. */
static bool was_read(const struct migration_info *migration, const char *part, struct span path)
{
	for (int e = 0; e < migration->entity_count; e++) {
		const struct entity_info *entity = &migration->entities[e];

		for (int i = 0; i < entity->sources.source_count; i++) {
			const struct source *source = &entity->sources.sources[i];
			size_t size = strlen(entity->name);

			if (strncmp(part, entity->name, size) != 0 ||
			    strncmp(part + size, ".source.", 8) != 0 ||
			    strcmp(part + size + 8, source->name) != 0)
				continue;
			for (int c = 0; c < source->column_count; c++) {
				size_t name = strlen(source->columns[c]);

				if (path.size >= 6 + name && starts(path, "types.") &&
				    memcmp(path.data + 6, source->columns[c], name) == 0 &&
				    (path.size == 6 + name || path.data[6 + name] == '.'))
					return true;
			}
			return false;
		}
	}
	return true;
}

static bool entry_is_additive(const struct migration_info *migration, const char *kind,
			      const struct part_change *change, const struct entry_change *entry,
			      const struct part_info *before, const struct part_info *after)
{
	if (strncmp(kind, ".fields.", 8) == 0)
		return field_entry(entry, before, after);
	if (strncmp(kind, ".decisions.", 11) == 0)
		return entry->before.data == NULL && starts(entry->path, "options");
	if (strncmp(kind, ".source.", 8) != 0)
		return false;
	if (starts(entry->path, "ignore.") || starts(entry->path, "ignore["))
		return true;
	return entry->before.data == NULL && starts(entry->path, "types.") &&
	       !was_read(migration, change->name, entry->path);
}

static bool has_entity(const struct migration_info *migration, const char *name, size_t size)
{
	for (int i = 0; i < migration->entity_count; i++)
		if (strlen(migration->entities[i].name) == size &&
		    memcmp(migration->entities[i].name, name, size) == 0)
			return true;
	return false;
}

bool change_is_additive(const struct migration_info *migration, const struct part_change *change,
			const struct part_info *before, const struct part_info *after)
{
	const char *kind = strchr(change->name, '.');

	if (!change->is_transform)
		return true;
	if (change->kind == CHANGE_REMOVED || !kind)
		return false;
	if (change->kind == CHANGE_ADDED) {
		if (!has_entity(migration, change->name, (size_t)(kind - change->name)))
			return true;
		if (strncmp(kind, ".fields.", 8) == 0)
			return says(after, "optional", "true");
		return strncmp(kind, ".decisions.", 11) == 0 || strncmp(kind, ".source.", 8) == 0;
	}
	for (int i = 0; i < change->entry_count; i++)
		if (!entry_is_additive(migration, kind, change, &change->entries[i], before, after))
			return false;
	return change->entry_count > 0;
}
