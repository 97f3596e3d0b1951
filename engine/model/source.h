/*
 * source.h: what is read of legacy for one entity: a root, its children, the rows it refers to.
 *
 * Made by engine/rules from a rule file, understood by drivers (which make statements of it) and by
 * engine/derive (which joins the rows). Plain data; owned by the rule host that loaded it.
 */
#ifndef ENGINE_MODEL_SOURCE_H
#define ENGINE_MODEL_SOURCE_H

#include <stdbool.h>

#include "engine/base/span.h"

enum source_kind { SOURCE_ROOT, SOURCE_CHILDREN, SOURCE_REFERENCE };

struct source {
	const char *name;  /* the one name it has in the rule file: "events" */
	const char *table; /* in the store: "del_events"; of a query the source's own name */
	const char
	    *query; /* rows are what this statement of the store selects; NULL: the table's */
	const char *const *tables; /* of a query: the tables it reads, as lineage says them */
	int table_count;
	enum source_kind kind;

	const char *const *columns; /* what is read, in this order; keys are among them */
	/* root: its key; children: unique below the row they belong to; reference: its key */
	const int *key_columns;
	int column_count, key_count;
	/* A table without a key: its rows are told apart by all they hold (row_key.h), and columns stand in byte order of
	 * their names. Then the columns that the store does not have; copies_column is −1 where nobody asks for it. */
	bool is_keyless;
	int star_column, copies_column;

	int of; /* children: the source whose rows they belong to: 0 the root, or other children */
	int parent_count;
	const int *parent_columns; /* children: equal these columns of that row … */
	const int *of_columns;     /* … of the root always its key; NULL then */
	const int
	    *root_columns; /* of > 0: those of parent_columns that equal the root's key, in its
	                          * order; NULL when only the rows above them know it */

	const int *from_columns; /* reference: key_count columns that point at it … */
	int from_source;         /* … of which source (root, children or reference) */
	bool optional;           /* reference: a missing row is no fault */

	const bool *masked; /* beside columns: no report shows its value; NULL: none is */

	const char *const *ignored; /* columns that are left unread on purpose */
	const char *file;           /* where it stands in the rule file */
	int ignored_count, line;
};

/* sources[0] is the root; a reference stands behind the source that points at it, children behind those
 * they belong to. */
struct source_set {
	const struct source *sources;
	int source_count;
};

/* By its name in the rule file, or −1. */
static inline int source_find(const struct source_set *set, struct span name)
{
	for (int s = 0; s < set->source_count; s++)
		if (span_equal_text(name, set->sources[s].name))
			return s;
	return -1;
}

/* The place of a column that is read, or −1. */
static inline int source_find_column(const struct source *source, struct span name)
{
	for (int c = 0; c < source->column_count; c++)
		if (span_equal_text(name, source->columns[c]))
			return c;
	return -1;
}

/* The columns of the row above that parent_columns equal. */
static inline const int *source_above_columns(const struct source_set *set,
					      const struct source *children)
{
	return children->of == 0 ? set->sources[0].key_columns : children->of_columns;
}

/* The columns of children that equal the root's key, or NULL. */
static inline const int *source_root_columns(const struct source *children)
{
	return children->of == 0 ? children->parent_columns : children->root_columns;
}

/* Does the column say which row it is, or whose child? */
static inline bool source_is_keyed_by(const struct source *source, int column)
{
	for (int i = 0; i < source->key_count; i++)
		if (source->key_columns[i] == column)
			return true;
	for (int i = 0; i < source->parent_count; i++)
		if (source->parent_columns[i] == column)
			return true;
	return false;
}

/* Does it say which rows of other sources belong to it? */
static inline bool source_names_others(const struct source_set *set, int index, int column)
{
	for (int s = 0; s < set->source_count; s++) {
		const struct source *other = &set->sources[s];

		for (int i = 0; other->kind == SOURCE_REFERENCE && other->from_source == index &&
				i < other->key_count;
		     i++)
			if (other->from_columns[i] == column)
				return true;
		for (int i = 0; other->kind == SOURCE_CHILDREN && other->of == index &&
				other->of_columns && i < other->parent_count;
		     i++)
			if (other->of_columns[i] == column)
				return true;
	}
	return false;
}

enum { SOURCES_MAX = 32, COLUMNS_MAX = 1024 };

#endif
