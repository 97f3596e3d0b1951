/*
 * reader_check.c: can these tables be read by ranges of the root's key without losing a row?
 *
 * Comparing depends on type and collation. Where root and children would sort differently, a range of one is not a
 * range of the other; that is refused here, once, instead of losing rows later.
 */
#include <string.h>

#include "drivers/postgres/reader_internal.h"
#include "engine/base/require.h"

static bool check_table(struct source_reader *reader, struct err *err)
{
	const struct source *source = reader->sql.source;
	const struct shape *shape = &reader->shape;

	if (shape->kind == NULL)
		return err_set(err, ERR_RULE, "source %s: there is no table %s",
			       pg_source_name(source), source->table);
	if (strcmp(shape->kind, source->query ? "query" : "table") != 0)
		return err_set(
		    err, ERR_RULE,
		    "source %s: %s is a %s: only tables are read; name the tables behind it",
		    pg_source_name(source), source->table, shape->kind);
	/* Of children that is found out by whoever joins them. */
	if (shape->has_heirs && source->kind == SOURCE_ROOT && !source->is_keyless)
		return err_set(
		    err, ERR_RULE,
		    "source %s: tables inherit from %s, so no index keeps its keys unique: "
		    "read it by a query, \"select * from %s\"",
		    pg_source_name(source), source->table, source->table);
	for (int i = 0; i < source->column_count; i++) {
		bool is_made =
		    source->is_keyless && (i == source->star_column || i == source->copies_column);

		reader->columns[i] = pg_shape_find(shape, source->columns[i]);
		reader->has_bytes |=
		    reader->columns[i] >= 0 && shape->columns[reader->columns[i]].is_bytes;
		if (reader->columns[i] < 0 && !is_made)
			return err_set(err, ERR_RULE, "source %s: %s %s has no column %s",
				       pg_source_name(source), shape->kind, source->table,
				       source->columns[i]);
	}
	return true;
}

static void set_match(struct source_reader *source, const int *columns, const int *order, int count)
{
	require(count >= 1);
	require(count <= KEY_PARTS_MAX);
	source->sql.match_count = count;
	for (int i = 0; i < count; i++) {
		source->sql.match[i] = columns[order ? order[i] : i];
		source->sql.match_is_nullable[i] = source->columns[source->sql.match[i]] < 0 ||
						   !pg_match_column(source, i)->not_null;
	}
}

static void find_index(struct source_reader *source)
{
	int first = source->columns[source->sql.match[0]];

	source->is_indexed = false;
	for (int i = 0; i < source->shape.index_count; i++) {
		const struct shape_index *index = &source->shape.indexes[i];

		if (index->is_ordered && index->columns[0] == first)
			source->is_indexed = true;
	}
}

/* ---- the root ---- */

/* Is the index over exactly the key's columns? Then order[i] is the key part its i-th column holds. */
static bool index_is_key(const struct source_reader *root, const struct shape_index *index,
			 int order[KEY_PARTS_MAX])
{
	const struct source *source = root->sql.source;

	if (!index->is_unique || !index->is_ordered || index->column_count != source->key_count)
		return false;
	for (int i = 0; i < index->column_count; i++) {
		order[i] = -1;
		for (int part = 0; part < source->key_count; part++)
			if (root->columns[source->key_columns[part]] == index->columns[i])
				order[i] = part;
		if (order[i] < 0)
			return false;
	}
	return true;
}

static bool find_key_index(const struct source_reader *root, int order[KEY_PARTS_MAX])
{
	for (int i = 0; i < root->shape.index_count; i++)
		if (index_is_key(root, &root->shape.indexes[i], order))
			return true;
	return false;
}

static bool check_key_column(const struct source_reader *root, int i, struct err *err)
{
	const struct shape_column *column = pg_match_column(root, i);
	const struct source *source = root->sql.source;

	if (column->key_class == KEY_OTHER)
		return err_set(err, ERR_RULE,
			       "source %s: the key column %s.%s is %s, whose values cannot be told "
			       "apart by their texts",
			       pg_source_name(source), source->table, column->name, column->type);
	if (!column->is_deterministic)
		return err_set(err, ERR_RULE,
			       "source %s: the key column %s.%s is compared by collation %s, which "
			       "takes different texts for the same",
			       pg_source_name(source), source->table, column->name,
			       column->collation_name);
	if (!column->not_null && !source->query)
		return err_set(
		    err, ERR_RULE,
		    "source %s: the key column %s.%s may be NULL: rows without a key would "
		    "be missed; a key is not null",
		    pg_source_name(source), source->table, column->name);
	return true;
}

static bool check_root(struct reader *reader, struct err *err)
{
	struct source_reader *root = &reader->sources[0];
	const struct source *source = root->sql.source;
	bool is_plain = source->query == NULL && !source->is_keyless;

	require(source->key_count >= 1);
	require(source->key_count <= KEY_PARTS_MAX);
	for (int i = 0; i < source->key_count; i++)
		reader->part_order[i] = i;
	if (is_plain && !find_key_index(root, reader->part_order))
		return err_set(
		    err, ERR_RULE,
		    "source %s: the key of %s (%s%s) is covered by no primary key or full "
		    "unique index: rows could not be told apart, nor walked in order",
		    pg_source_name(source), source->table, source->columns[source->key_columns[0]],
		    source->key_count > 1 ? ", …" : "");
	reader->part_count = source->key_count;
	set_match(root, source->key_columns, reader->part_order, source->key_count);
	root->is_indexed = is_plain;
	for (int i = 0; i < root->sql.match_count; i++)
		if (!check_key_column(root, i, err))
			return false;
	return true;
}

/* ---- children and references ---- */

static bool compare_alike(const struct shape_column *one, const struct shape_column *other)
{
	if (one->key_class != other->key_class || one->collation != other->collation)
		return false;
	return one->base == other->base || one->key_class == KEY_INTEGER ||
	       one->key_class == KEY_TEXT;
}

/* One column of children, and the one above that it must compare like. */
static bool check_parent(const struct source_reader *child, const struct shape_column *parent,
			 const struct source_reader *above, const struct shape_column *key,
			 struct err *err)
{
	if (compare_alike(parent, key))
		return true;
	return err_set(err, ERR_RULE,
		       "source %s: parent column %s.%s is %s%s%s but %s.%s is %s%s%s: they compare "
		       "differently, so children would be missed",
		       pg_source_name(child->sql.source), child->sql.source->table, parent->name,
		       parent->type, *parent->collation_name ? " collate " : "",
		       parent->collation_name, above->sql.source->table, key->name, key->type,
		       *key->collation_name ? " collate " : "", key->collation_name);
}

static const struct shape_column *source_column(const struct source_reader *source, int column)
{
	return &source->shape.columns[source->columns[column]];
}

/* Children that only the rows above them lead to the root. */
static bool check_below(const struct reader *reader, struct source_reader *child, struct err *err)
{
	const struct source *source = child->sql.source;
	const struct source_reader *above = &reader->sources[source->of];

	require(source->of > 0);
	child->sql.match_count = 0;
	for (int i = 0; i < source->parent_count; i++)
		if (!check_parent(child, source_column(child, source->parent_columns[i]), above,
				  source_column(above, source->of_columns[i]), err))
			return false;
	return true;
}

static bool check_children(struct reader *reader, struct source_reader *child, struct err *err)
{
	const struct source_reader *root = &reader->sources[0];
	const int *columns = source_root_columns(child->sql.source);

	if (columns == NULL)
		return check_below(reader, child, err);
	set_match(child, columns, reader->part_order, reader->part_count);
	find_index(child);
	for (int i = 0; i < child->sql.match_count; i++)
		if (!check_parent(child, pg_match_column(child, i), root, pg_match_column(root, i),
				  err))
			return false;
	return true;
}

static bool check_reference(struct source_reader *reference, int index)
{
	const struct source *source = reference->sql.source;

	require(source->from_source >= 0);
	require(source->from_source < index);
	set_match(reference, source->key_columns, NULL, source->key_count);
	find_index(reference);
	return true;
}

/* ---- all of them ---- */

static bool read_shape(const struct reader *reader, const struct source *source,
		       struct arena *arena, struct shape *shape, struct err *err)
{
	struct pg_conn *conn = reader->conn;

	if (source->query)
		return pg_query_shape(conn, source->query, arena, shape, err) ||
		       err_while(err, "source %s", pg_source_name(source));
	if (!pg_shape_read(conn, conn->schemas, source->table, arena, shape, err))
		return false;
	if (source->is_keyless && shape->kind)
		pg_keyless_extend_shape(arena, shape);
	return true;
}

/* The query on lines of its own, so that a comment at its end ends there. */
static const char *from_of(struct reader *reader, const struct source *source,
			   const struct shape *shape)
{
	struct buf sql;
	const char *text;

	buf_init(&sql);
	if (source->query)
		buf_print(&sql, "(\n%s\n) as ", source->query);
	if (source->query)
		sql_put_name(&sql, source->table);
	else if (source->is_keyless && source->kind == SOURCE_ROOT)
		pg_keyless_put_from(reader, &sql, source, shape);
	else
		buf_put_text(&sql, shape->name);
	text = arena_copy(&reader->shapes, buf_span(&sql)).data;
	buf_release(&sql);
	return text;
}

bool pg_reader_check(struct reader *reader, struct err *err)
{
	for (int i = 0; i < reader->set->source_count; i++) {
		struct source_reader *source = &reader->sources[i];
		bool ok = true;

		source->sql.source = &reader->set->sources[i];
		if (!read_shape(reader, source->sql.source, &reader->shapes, &source->shape, err) ||
		    !check_table(source, err))
			return false;
		source->sql.from = from_of(reader, source->sql.source, &source->shape);
		if (source->sql.source->kind == SOURCE_ROOT)
			ok = check_root(reader, err);
		else if (source->sql.source->kind == SOURCE_CHILDREN)
			ok = check_children(reader, source, err);
		else
			ok = check_reference(source, i);
		if (!ok)
			return false;
	}
	return true;
}

/* ---- is it still what it was? ---- */

static bool compare_columns(const struct source *source, const struct shape *old,
			    const struct shape *now, struct err *err)
{
	for (int i = 0; i < old->column_count; i++) {
		const struct shape_column *was = &old->columns[i];
		int at = pg_shape_find(now, was->name);

		if (at < 0)
			return err_set(err, ERR_DATA, "table %s has changed: column %s is gone",
				       source->table, was->name);
		if (strcmp(now->columns[at].type, was->type) != 0)
			return err_set(err, ERR_DATA,
				       "table %s has changed: column %s was %s and is %s now",
				       source->table, was->name, was->type, now->columns[at].type);
		if (now->columns[at].collation != was->collation)
			return err_set(
			    err, ERR_DATA,
			    "table %s has changed: column %s is compared by %s now, not %s",
			    source->table, was->name, now->columns[at].collation_name,
			    was->collation_name);
		if (was->not_null && !now->columns[at].not_null)
			return err_set(err, ERR_DATA,
				       "table %s has changed: column %s may be NULL now",
				       source->table, was->name);
	}
	for (int i = 0; i < now->column_count; i++)
		if (pg_shape_find(old, now->columns[i].name) < 0)
			return err_set(err, ERR_DATA, "table %s has changed: column %s is new",
				       source->table, now->columns[i].name);
	return true;
}

static bool check_table_again(struct reader *reader, int index, struct err *err)
{
	struct source_reader now = reader->sources[index];
	const struct source *source = now.sql.source;
	int order[KEY_PARTS_MAX];

	if (!read_shape(reader, source, &reader->scratch, &now.shape, err)) {
		/* What a query was is no longer so: that is the store's doing, not the rule's. */
		if (err->code == ERR_RULE)
			err->code = ERR_DATA;
		return false;
	}
	if (now.shape.kind == NULL ||
	    strcmp(now.shape.kind, reader->sources[index].shape.kind) != 0)
		return err_set(err, ERR_DATA, "table %s has changed: it is %s now", source->table,
			       now.shape.kind ? now.shape.kind : "gone");
	if (now.shape.has_heirs && !reader->sources[index].shape.has_heirs)
		return err_set(err, ERR_DATA, "table %s has changed: tables inherit from it now",
			       source->table);
	if (!compare_columns(source, &reader->sources[index].shape, &now.shape, err))
		return false;
	if (source->query && strcmp(now.shape.views, reader->sources[index].shape.views) != 0)
		return err_set(
		    err, ERR_DATA,
		    "source %s has changed: its query reads other tables now, or a view in "
		    "it is another",
		    pg_source_name(source));
	for (int i = 0; i < source->column_count; i++)
		now.columns[i] = pg_shape_find(&now.shape, source->columns[i]);
	/* Statements were written for one order of the key's columns. */
	if (index == 0 && !source->query && !source->is_keyless &&
	    (!find_key_index(&now, order) ||
	     memcmp(order, reader->part_order, sizeof(int) * (size_t)reader->part_count) != 0))
		return err_set(err, ERR_DATA,
			       "table %s has changed: the unique index over its key is gone",
			       source->table);
	return true;
}

bool pg_reader_check_again(struct reader *reader, struct err *err)
{
	for (int i = 0; i < reader->set->source_count; i++)
		if (!check_table_again(reader, i, err))
			return false;
	return pg_parts_check_again(reader, err);
}
