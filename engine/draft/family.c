/*
 * family.c: which tables become entities, and which become their children.
 *
 * A table is a child where its rows name one root by its whole key, nobody names them, and its key or its name says that it
 * belongs there. Children of children become entities of their own: one step is what the names of tables can be trusted for.
 */
#include <string.h>

#include "engine/draft/naming.h"
#include "engine/draft/plan.h"
#include "engine/model/source.h"

struct member {
	const struct table_profile *table;
	const struct foreign_key *parent; /* NULL: it is an entity, or nothing */
	bool is_entity;
};

static bool holds(const char *const *names, int count, const char *name)
{
	for (int i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool is_asked_for(const struct draft *draft, const char *table)
{
	return draft->options.root_count == 0 ||
	       holds(draft->options.roots, draft->options.root_count, table);
}

static const struct table_profile *find_table(const struct draft *draft, const char *name)
{
	const struct profile *profile = draft->options.profile;

	for (int i = 0; i < profile->table_count; i++)
		if (strcmp(profile->tables[i].name, name) == 0)
			return profile->tables[i].fault ? NULL : &profile->tables[i];
	return NULL;
}

static bool is_named_by_others(const struct draft *draft, const char *table)
{
	const struct profile *profile = draft->options.profile;

	for (int i = 0; i < profile->key_count; i++)
		if (strcmp(profile->keys[i].above, table) == 0 &&
		    strcmp(profile->keys[i].table, table) != 0)
			return true;
	return false;
}

static bool names_whole_key(const struct foreign_key *key, const struct table_profile *above)
{
	if (key->column_count != above->key_count)
		return false;
	for (int i = 0; i < above->key_count; i++)
		if (!holds(key->above_columns, key->column_count, above->key[i]))
			return false;
	return true;
}

/* Its key is its parent's, and something more. */
static bool is_weak(const struct table_profile *table, const struct foreign_key *key)
{
	for (int i = 0; i < key->column_count; i++)
		if (!holds(table->key, table->key_count, key->columns[i]))
			return false;
	return table->key_count > key->column_count;
}

static const struct foreign_key *find_parent(const struct draft *draft,
					     const struct table_profile *table)
{
	const struct foreign_key *weak = NULL;

	if (table->key_count == 0 || is_named_by_others(draft, table->name) ||
	    (draft->options.root_count > 0 && is_asked_for(draft, table->name)))
		return NULL;
	for (int i = 0; i < table->relation_count; i++) {
		const struct foreign_key *key = table->relations[i].key;
		const struct table_profile *above = find_table(draft, key->above);

		if (above == NULL || above == table || !is_asked_for(draft, above->name) ||
		    !names_whole_key(key, above))
			continue;
		if (name_behind(table->name, above->name))
			return key;
		if (weak == NULL && is_weak(table, key))
			weak = key;
	}
	return weak;
}

/* ---- as sources ---- */

static const char **parent_columns(struct arena *arena, const struct foreign_key *key,
				   const struct table_profile *above)
{
	const char **columns =
	    arena_alloc(arena, sizeof(*columns) * (size_t)(above->key_count + 1));

	for (int i = 0; i < above->key_count; i++)
		for (int k = 0; k < key->column_count; k++)
			if (strcmp(key->above_columns[k], above->key[i]) == 0)
				columns[i] = key->columns[k];
	return columns;
}

/* What is left of its key below the parent; where nothing is taken away all of it. */
static void child_key(struct arena *arena, struct draft_source *child)
{
	const struct table_profile *table = child->table;
	const char **key = arena_alloc(arena, sizeof(*key) * (size_t)(table->key_count + 1));

	child->key = key;
	for (int i = 0; i < table->key_count; i++)
		if (!holds(child->parent, child->parent_count, table->key[i]))
			key[child->key_count++] = table->key[i];
	if (child->key_count == 0) {
		child->key = table->key;
		child->key_count = table->key_count;
	}
}

static void add_child(struct draft *draft, struct draft_entity *entity, struct names *names,
		      const struct member *member)
{
	const struct table_profile *root = entity->sources[0].table;
	struct draft_source *child = &entity->sources[entity->source_count++];
	const char *behind = name_behind(member->table->name, root->name);
	const char *wanted =
	    name_in_camel_case(draft->arena, behind ? behind : member->table->name, "children");

	*child = (struct draft_source){ .table = member->table };
	child->name = names_take(names, wanted);
	child->parent = parent_columns(draft->arena, member->parent, root);
	child->parent_count = root->key_count;
	child_key(draft->arena, child);
}

static void add_sources(struct draft *draft, struct draft_entity *entity,
			const struct table_profile *root, const struct member *members, int count)
{
	struct names names = { .arena = draft->arena };

	entity->sources =
	    arena_zalloc(draft->arena, sizeof(*entity->sources) * (size_t)(count + 1));
	entity->sources[0] = (struct draft_source){ .table = root,
						    .name = "root",
						    .key = root->key_count ? root->key : NULL,
						    .key_count = root->key_count };
	entity->source_count = 1;
	/* A source is not called like a column of the root: `from` could mean either. */
	names_take(&names, "root");
	for (int i = 0; i < root->column_count; i++)
		names_take(&names, root->columns[i].info->name);
	for (int i = 0; i < count && entity->source_count < SOURCES_MAX; i++)
		if (members[i].parent && strcmp(members[i].parent->above, root->name) == 0)
			add_child(draft, entity, &names, &members[i]);
}

const struct draft_entity *family_entity_of(const struct draft *draft, const char *table)
{
	for (int i = 0; i < draft->entity_count; i++)
		if (strcmp(draft->entities[i].sources[0].table->name, table) == 0)
			return &draft->entities[i];
	return NULL;
}

static void find_members(const struct draft *draft, struct member *members, int count)
{
	for (int i = 0; i < count; i++) {
		const struct table_profile *table = &draft->options.profile->tables[i];

		members[i] = (struct member){ .table = table };
		if (table->fault == NULL)
			members[i].parent = find_parent(draft, table);
	}
	/* Whose parent is a child itself is an entity. */
	for (int i = 0; i < count; i++) {
		members[i].is_entity = members[i].table->fault == NULL &&
				       members[i].parent == NULL &&
				       is_asked_for(draft, members[i].table->name);
	}
	for (int i = 0; i < count; i++)
		for (int k = 0; k < count && members[i].parent; k++)
			if (strcmp(members[i].parent->above, members[k].table->name) == 0 &&
			    !members[k].is_entity) {
				members[i].parent = NULL;
				members[i].is_entity = draft->options.root_count == 0;
			}
}

bool family_find(struct draft *draft, struct err *err)
{
	const struct profile *profile = draft->options.profile;
	struct names names = { .arena = draft->arena };
	struct member *members =
	    arena_zalloc(draft->arena, sizeof(*members) * (size_t)(profile->table_count + 1));

	find_members(draft, members, profile->table_count);
	draft->entities = arena_zalloc(draft->arena, sizeof(*draft->entities) *
							 (size_t)(profile->table_count + 1));
	for (int i = 0; i < profile->table_count; i++) {
		struct draft_entity *entity = &draft->entities[draft->entity_count];

		if (!members[i].is_entity)
			continue;
		draft->entity_count++;
		entity->name = names_take(
		    &names, name_in_camel_case(draft->arena, members[i].table->name, "entity"));
		add_sources(draft, entity, members[i].table, members, profile->table_count);
	}
	if (draft->entity_count > 0)
		return true;
	return err_set(err, ERR_DATA,
		       "legacy has no table that could be read: there is nothing to "
		       "write a rule for");
}
