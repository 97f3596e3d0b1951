/*
 * match.c: which of what was archived a rule's sources are.
 *
 * Sources are the same where they read the same table or query and hang on the same columns of the same source; what they are
 * called in the rule is no matter.
 */
#include <string.h>

#include "drivers/segment/reader_internal.h"
#include "engine/base/require.h"

struct matching {
	const struct entity_segments *entity;
	const struct source_set *set;
	struct source_match *matches;
	struct arena *arena;
	struct buf *why; /* what is missing first */
};

static bool same_text(const char *one, const char *other)
{
	return one == other || (one && other && strcmp(one, other) == 0);
}

static bool same_columns(const struct source *one, const int *one_columns, int one_count,
			 const struct source *other, const int *other_columns, int other_count)
{
	if (one_count != other_count)
		return false;
	for (int i = 0; i < one_count; i++)
		if (strcmp(one->columns[one_columns[i]], other->columns[other_columns[i]]) != 0)
			return false;
	return true;
}

/* The root's key is what keys are made of; of children it only orders them. */
static bool same_key(const struct source *one, const struct source *other)
{
	return one->kind == SOURCE_CHILDREN ||
	       same_columns(one, one->key_columns, one->key_count, other, other->key_columns,
			    other->key_count);
}

static bool same_place(const struct matching *matching, const struct source *wanted,
		       const struct source *held)
{
	const struct source_set *set = matching->set, *archived = &matching->entity->set;

	switch (wanted->kind) {
	case SOURCE_ROOT:
		return true;
	case SOURCE_CHILDREN:
		return matching->matches[wanted->of].archived == held->of &&
		       same_columns(wanted, wanted->parent_columns, wanted->parent_count, held,
				    held->parent_columns, held->parent_count) &&
		       same_columns(&set->sources[wanted->of], source_above_columns(set, wanted),
				    wanted->parent_count, &archived->sources[held->of],
				    source_above_columns(archived, held), held->parent_count);
	case SOURCE_REFERENCE:
		return matching->matches[wanted->from_source].archived == held->from_source &&
		       same_columns(&set->sources[wanted->from_source], wanted->from_columns,
				    wanted->key_count, &archived->sources[held->from_source],
				    held->from_columns, held->key_count);
	}
	return false;
}

static bool is_same(const struct matching *matching, const struct source *wanted,
		    const struct source *held)
{
	return wanted->kind == held->kind && wanted->is_keyless == held->is_keyless &&
	       same_text(wanted->query, held->query) &&
	       (wanted->query || strcmp(wanted->table, held->table) == 0) &&
	       same_key(wanted, held) && same_place(matching, wanted, held);
}

static bool say_missing(struct matching *matching, const char *format, const char *one,
			const char *other)
{
	if (matching->why->size == 0)
		buf_print(matching->why, format, one, other);
	return false;
}

/* What tells rows without a key apart is all that they hold. */
static int columns_of_table(const struct source *source)
{
	return source->column_count - (source->star_column >= 0) - (source->copies_column >= 0);
}

static bool match_columns(struct matching *matching, const struct source *wanted,
			  const struct source *held, struct source_match *match)
{
	int *columns =
	    arena_alloc(matching->arena, ((size_t)held->column_count + 1) * sizeof(*columns));

	for (int i = 0; i < wanted->column_count; i++)
		if (source_find_column(held, span_of(wanted->columns[i])) < 0)
			return say_missing(matching, "%s has no column %s there", wanted->table,
					   wanted->columns[i]);
	if (wanted->is_keyless && columns_of_table(wanted) != columns_of_table(held))
		return say_missing(matching, "%s has other columns there%s", wanted->table, "");
	for (int i = 0; i < held->column_count; i++)
		columns[i] = source_find_column(wanted, span_of(held->columns[i]));
	match->columns = columns;
	match->archived_column_count = held->column_count;
	return true;
}

static bool match_one(struct matching *matching, int index)
{
	const struct source *wanted = &matching->set->sources[index];
	const struct source_set *archived = &matching->entity->set;

	for (int i = 0; i < archived->source_count; i++) {
		if (!is_same(matching, wanted, &archived->sources[i]))
			continue;
		matching->matches[index].archived = i;
		return match_columns(matching, wanted, &archived->sources[i],
				     &matching->matches[index]);
	}
	return say_missing(matching, "there are no rows of %s as \"%s\" has them", wanted->table,
			   wanted->name ? wanted->name : wanted->table);
}

static bool match_entity(struct matching *matching)
{
	for (int i = 0; i < matching->set->source_count; i++)
		if (!match_one(matching, i))
			return false;
	return true;
}

static bool is_keys_only(const struct source_set *set)
{
	const struct source *root = &set->sources[0];

	if (set->source_count != 1 || root->is_keyless || root->column_count != root->key_count)
		return false;
	for (int i = 0; i < root->column_count; i++)
		if (root->key_columns[i] != i)
			return false;
	return true;
}

bool match_sources(struct segment_store *store, const struct source_set *set, struct reader *reader,
		   struct err *err)
{
	struct buf why;

	buf_init(&why);
	for (int i = 0; i < store->entity_count && !reader->entity; i++) {
		struct matching matching = { .entity = &store->entities[i],
					     .set = set,
					     .matches = reader->matches,
					     .arena = &reader->kept,
					     .why = &why };

		if (match_entity(&matching))
			reader->entity = &store->entities[i];
	}
	if (!reader->entity)
		err_set(err, ERR_RULE, "%s does not hold what the rule reads: %s", store->folder,
			why.size ? buf_span(&why).data : "it holds nothing");
	else if (!entity_is_whole(reader->entity))
		err_set(err, ERR_DATA,
			"the archive of %s in %s ends behind %.*s, before legacy does: run engine "
			"archive again, it goes on there",
			reader->entity->name, store->folder,
			SPAN_ARGS(entity_last(reader->entity)->upper));
	reader->is_keys_only = is_keys_only(set);
	buf_release(&why);
	return err->code == ERR_NONE;
}
