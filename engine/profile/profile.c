/*
 * profile.c: what a legacy store holds, table by table.
 */
#include "engine/profile/profile.h"

#include <string.h>

#include "engine/profile/relation.h"
#include "engine/profile/table.h"

struct wanted {
	const struct table_info *info;
	const char *column; /* NULL: all of them */
};

struct taking {
	const struct profile_options *options;
	struct arena *arena;
	struct catalog catalog;
	struct table_info *infos;       /* beside catalog.tables */
	const struct foreign_key *keys; /* of all tables */
	int key_count;
	struct wanted *wanted;
	int wanted_count;
};

/* Views too, when they are asked for by name. */
static bool add_table(struct taking *taking, const char *name, bool *exists, struct err *err)
{
	struct table_info *info = arena_alloc(taking->arena, sizeof(*info));

	if (!conn_describe(taking->options->legacy, name, taking->arena, info, err))
		return false;
	*exists = info->exists;
	taking->wanted[taking->wanted_count].info = info;
	return true;
}

static bool has_column(const struct table_info *info, const char *name)
{
	for (int i = 0; i < info->column_count; i++)
		if (strcmp(info->columns[i].name, name) == 0)
			return true;
	return false;
}

static bool want(struct taking *taking, const char *name, struct err *err)
{
	struct wanted *wanted = &taking->wanted[taking->wanted_count];
	const char *dot = strrchr(name, '.');
	bool exists;

	if (!add_table(taking, name, &exists, err))
		return false;
	if (!exists && dot) {
		const char *table =
		    arena_copy(taking->arena, (struct span){ name, (size_t)(dot - name) }).data;

		if (!add_table(taking, table, &exists, err))
			return false;
		wanted->column = exists ? arena_text(taking->arena, dot + 1) : NULL;
	}
	if (!exists)
		return err_set(err, ERR_USAGE, "legacy has no table \"%s\"", name);
	if (wanted->column && !has_column(wanted->info, wanted->column))
		return err_set(err, ERR_USAGE, "the table %s has no column \"%s\"",
			       wanted->info->name, wanted->column);
	taking->wanted_count++;
	return true;
}

static bool is_wanted(const struct taking *taking, const char *table, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(taking->wanted[i].info->name, table) == 0)
			return true;
	return false;
}

/* One step down: whoever wants what lies below that, too, names it. */
static bool want_below(struct taking *taking, struct err *err)
{
	int named = taking->wanted_count;

	for (int i = 0; i < taking->key_count; i++)
		if (is_wanted(taking, taking->keys[i].above, named) &&
		    !is_wanted(taking, taking->keys[i].table, taking->wanted_count) &&
		    !want(taking, taking->keys[i].table, err))
			return false;
	return true;
}

static bool want_all(struct taking *taking, struct err *err)
{
	int count =
	    taking->options->name_count ? taking->options->name_count : taking->catalog.table_count;
	const char *const *names =
	    taking->options->name_count ? taking->options->names : taking->catalog.tables;

	taking->wanted =
	    arena_zalloc(taking->arena, sizeof(*taking->wanted) *
					    ((size_t)(count + taking->catalog.table_count) + 1));
	for (int i = 0; i < count; i++)
		if (!want(taking, names[i], err))
			return false;
	return !taking->options->and_below || want_below(taking, err);
}

static bool describe_all(struct taking *taking, struct err *err)
{
	if (!conn_list(taking->options->legacy, taking->arena, &taking->catalog, err))
		return false;
	taking->infos = arena_alloc(taking->arena, sizeof(*taking->infos) *
						       ((size_t)taking->catalog.table_count + 1));
	for (int i = 0; i < taking->catalog.table_count; i++)
		if (!conn_describe(taking->options->legacy, taking->catalog.tables[i],
				   taking->arena, &taking->infos[i], err))
			return false;
	return true;
}

/* Everything is looked at, for what one column means others say too; shown is what was asked for. */
static void keep_column(struct table_profile *table, const char *name, struct arena *arena)
{
	struct finding *kept =
	    arena_alloc(arena, sizeof(*kept) * ((size_t)table->finding_count + 1));
	int count = 0;

	for (int i = 0; i < table->column_count; i++) {
		if (strcmp(table->columns[i].info->name, name) != 0)
			continue;
		table->columns += i;
		table->eras += i;
		table->era_counts += i;
		table->column_count = 1;
	}
	for (int i = 0; i < table->finding_count; i++)
		if (table->findings[i].column && strcmp(table->findings[i].column, name) == 0)
			kept[count++] = table->findings[i];
	table->findings = kept;
	table->finding_count = count;
}

bool profile_take(const struct profile_options *options, struct arena *arena,
		  struct profile *profile, struct err *err)
{
	struct taking taking = { .options = options, .arena = arena };
	struct table_profile *tables;

	if (!describe_all(&taking, err))
		return false;
	taking.keys = relations_find(&taking.catalog, taking.infos, arena, &taking.key_count);
	if (!want_all(&taking, err))
		return false;
	tables = arena_alloc(arena, sizeof(*tables) * ((size_t)taking.wanted_count + 1));
	for (int i = 0; i < taking.wanted_count; i++) {
		const struct wanted *wanted = &taking.wanted[i];

		if (!table_take(options, wanted->info, taking.keys, taking.key_count, arena,
				&tables[i], err))
			return false;
		if (wanted->column && tables[i].fault == NULL)
			keep_column(&tables[i], wanted->column, arena);
	}
	*profile = (struct profile){ tables, taking.wanted_count, taking.keys, taking.key_count };
	return true;
}
