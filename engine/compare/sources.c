/*
 * sources.c: do two versions read the same of legacy?
 */
#include "engine/compare/sources.h"

#include <string.h>

static bool same_texts(const char *one, const char *other)
{
	return one == other || (one && other && strcmp(one, other) == 0);
}

static bool same_places(const int *one, const int *other, int count)
{
	if (one == NULL || other == NULL)
		return one == other;
	return count == 0 || memcmp(one, other, sizeof(*one) * (size_t)count) == 0;
}

static bool same_columns(const struct source *one, const struct source *other)
{
	if (one->column_count != other->column_count)
		return false;
	for (int i = 0; i < one->column_count; i++)
		if (strcmp(one->columns[i], other->columns[i]) != 0)
			return false;
	return true;
}

static bool same_source(const struct source *one, const struct source *other)
{
	return one->kind == other->kind && same_texts(one->query, other->query) &&
	       same_texts(one->table, other->table) && same_columns(one, other) &&
	       one->key_count == other->key_count &&
	       same_places(one->key_columns, other->key_columns, one->key_count) &&
	       one->is_keyless == other->is_keyless && one->copies_column == other->copies_column &&
	       one->of == other->of && one->parent_count == other->parent_count &&
	       same_places(one->parent_columns, other->parent_columns, one->parent_count) &&
	       same_places(one->of_columns, other->of_columns, one->parent_count) &&
	       one->from_source == other->from_source &&
	       same_places(one->from_columns, other->from_columns, one->key_count);
}

bool sources_are_same(const struct source_set *one, const struct source_set *other)
{
	if (one->source_count != other->source_count)
		return false;
	for (int i = 0; i < one->source_count; i++)
		if (!same_source(&one->sources[i], &other->sources[i]))
			return false;
	return true;
}

bool sources_have_same_root(const struct source *one, const struct source *other)
{
	if (!same_texts(one->query, other->query) ||
	    (!one->query && !same_texts(one->table, other->table)) ||
	    one->is_keyless != other->is_keyless || one->key_count != other->key_count)
		return false;
	for (int i = 0; !one->is_keyless && i < one->key_count; i++)
		if (strcmp(one->columns[one->key_columns[i]],
			   other->columns[other->key_columns[i]]) != 0)
			return false;
	return true;
}
