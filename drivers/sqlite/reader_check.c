/*
 * reader_check.c: can these tables be read by ranges of the root's key without losing a row?
 *
 * SQLite keeps any type in any column and sorts NULL < numbers < texts < blobs, and a comparison
 * depends on affinity and collation. Where root and children would sort differently, a range of one
 * is not a range of the other; that is refused here, once, instead of losing rows later.
 */
#include <string.h>

#include "drivers/sqlite/reader_internal.h"
#include "engine/base/require.h"

static const char *where(const struct source *source)
{
	return source->name ? source->name : source->table;
}

static bool check_table(const struct source_reader *source, struct err *err)
{
	const struct shape *shape = &source->shape;
	const char *table = source->sql.source->table;

	if (shape->kind == NULL)
		return err_set(err, ERR_RULE, "source %s: there is no table %s",
			       where(source->sql.source), table);
	if (strcmp(shape->kind, source->sql.source->query ? "query" : "table") != 0)
		return err_set(
		    err, ERR_RULE,
		    "source %s: %s is a %s: only tables are read; name the tables behind it",
		    where(source->sql.source), table, shape->kind);
	for (int i = 0; i < source->sql.source->column_count; i++)
		if (shape_find(shape, source->sql.source->columns[i]) < 0)
			return err_set(err, ERR_RULE, "source %s: %s %s has no column %s",
				       where(source->sql.source), shape->kind, table,
				       source->sql.source->columns[i]);
	return true;
}

static const struct shape_column *match_column(const struct source_reader *source, int i)
{
	int column = shape_find(&source->shape, source->sql.source->columns[source->sql.match[i]]);

	require(column >= 0);
	return &source->shape.columns[column];
}

static int match_shape_index(const struct source_reader *source, int i)
{
	return shape_find(&source->shape, source->sql.source->columns[source->sql.match[i]]);
}

static void set_match(struct source_reader *source, const int *columns, const int *order, int count)
{
	require(count >= 1);
	require(count <= KEY_PARTS_MAX);
	source->sql.match_count = count;
	for (int i = 0; i < count; i++) {
		const struct shape_column *column;

		source->sql.match[i] = columns[order ? order[i] : i];
		column = match_column(source, i);
		source->sql.match_is_nullable[i] =
		    !column->not_null && match_shape_index(source, i) != source->shape.rowid_column;
		source->match_affinity[i] = column->affinity;
	}
}

static void find_index(struct source_reader *source)
{
	int first = match_shape_index(source, 0);

	source->is_indexed = first == source->shape.rowid_column;
	for (int i = 0; i < source->shape.index_count; i++) {
		const struct shape_index *index = &source->shape.indexes[i];

		if (index->is_ordered && index->columns[0] == first)
			source->is_indexed = true;
	}
}

/* ---- the root ---- */

/* Is the index over exactly the key's columns? Then order[i] is the key part its i-th column holds. */
static bool index_is_key(const struct source_reader *root, const int *columns, int column_count,
			 int order[KEY_PARTS_MAX])
{
	const struct source *source = root->sql.source;

	if (column_count != source->key_count)
		return false;
	for (int i = 0; i < column_count; i++) {
		order[i] = -1;
		for (int part = 0; part < source->key_count; part++)
			if (shape_find(&root->shape, source->columns[source->key_columns[part]]) ==
			    columns[i])
				order[i] = part;
		if (order[i] < 0)
			return false;
	}
	return true;
}

static bool find_key_index(const struct source_reader *root, int order[KEY_PARTS_MAX])
{
	const struct shape *shape = &root->shape;

	if (shape->rowid_column >= 0 && index_is_key(root, &shape->rowid_column, 1, order))
		return true;
	for (int i = 0; i < shape->index_count; i++) {
		const struct shape_index *index = &shape->indexes[i];

		if (index->is_unique && index->is_ordered &&
		    index_is_key(root, index->columns, index->column_count, order))
			return true;
	}
	return false;
}

static bool check_collation(const struct source_reader *source, const struct shape_column *column,
			    struct err *err)
{
	static const char *const built_in[] = { "binary", "nocase", "rtrim" };

	for (int i = 0; i < 3; i++)
		if (sqlite3_stricmp(column->collation, built_in[i]) == 0)
			return true;
	return err_set(err, ERR_RULE,
		       "source %s: %s.%s is compared by collation %s, which only the program that "
		       "owns the database has",
		       where(source->sql.source), source->sql.source->table, column->name,
		       column->collation);
}

/* Of a query nothing is known but its columns; that its keys are unique is looked for by whoever
 * joins the rows. Where there is no key, the table of keys makes them so. */
static bool check_query_root(struct reader *reader)
{
	struct source_reader *root = &reader->sources[0];

	for (int i = 0; i < root->sql.source->key_count; i++)
		reader->part_order[i] = i;
	reader->part_count = root->sql.source->key_count;
	set_match(root, root->sql.source->key_columns, NULL, root->sql.source->key_count);
	root->is_checked = true;
	return true;
}

static bool check_root(struct reader *reader, struct err *err)
{
	struct source_reader *root = &reader->sources[0];
	const struct source *source = root->sql.source;

	require(source->key_count >= 1);
	require(source->key_count <= KEY_PARTS_MAX);
	if (source->is_keyless && !keyless_open(reader, err))
		return false;
	if (source->query || source->is_keyless)
		return check_query_root(reader);
	if (!find_key_index(root, reader->part_order))
		return err_set(
		    err, ERR_RULE,
		    "source %s: the key of %s (%s%s) is covered by no primary key or full "
		    "unique index: rows could not be told apart, nor walked in order",
		    where(source), source->table, source->columns[source->key_columns[0]],
		    source->key_count > 1 ? ", …" : "");
	reader->part_count = source->key_count;
	set_match(root, source->key_columns, reader->part_order, source->key_count);
	root->is_indexed = true;
	for (int i = 0; i < root->sql.match_count; i++)
		if (!check_collation(root, match_column(root, i), err))
			return false;
	return true;
}

/* ---- children and references ---- */

/* INTEGER, REAL and NUMERIC columns keep and compare numbers alike. */
static enum affinity affinity_class(enum affinity affinity)
{
	return affinity == AFFINITY_INTEGER || affinity == AFFINITY_REAL ? AFFINITY_NUMERIC
									 : affinity;
}

/* One column of children, and the one above that it must compare like. */
static bool check_parent(const struct source_reader *child, const struct shape_column *parent,
			 const struct source_reader *above, const struct shape_column *key,
			 struct err *err)
{
	if (affinity_class(parent->affinity) != affinity_class(key->affinity))
		return err_set(
		    err, ERR_RULE,
		    "source %s: parent column %s.%s has affinity %s but %s.%s %s: SQLite "
		    "sorts them differently, so children would be missed",
		    where(child->sql.source), child->sql.source->table, parent->name,
		    affinity_name(parent->affinity), above->sql.source->table, key->name,
		    affinity_name(key->affinity));
	if (sqlite3_stricmp(parent->collation, key->collation) != 0)
		return err_set(
		    err, ERR_RULE,
		    "source %s: parent column %s.%s has collation %s but %s.%s %s: SQLite "
		    "sorts them differently, so children would be missed",
		    where(child->sql.source), child->sql.source->table, parent->name,
		    parent->collation, above->sql.source->table, key->name, key->collation);
	return true;
}

/* Where one side is a query, rows are compared by their bytes as they come; the other must be, too. */
static bool check_beside_query(const struct reader *reader, struct source_reader *child,
			       struct err *err)
{
	const struct source_reader *sides[] = { &reader->sources[0], child };

	child->is_checked = true;
	for (int s = 0; s < 2; s++)
		for (int i = 0; i < child->sql.match_count; i++) {
			const struct shape_column *column = match_column(sides[s], i);

			if (sqlite3_stricmp(column->collation, "binary") != 0)
				return err_set(
				    err, ERR_RULE,
				    "source %s: %s.%s is compared by collation %s, which cannot be "
				    "known to go with a query's rows: they go by their bytes",
				    where(child->sql.source), sides[s]->sql.source->table,
				    column->name, column->collation);
		}
	return true;
}

static const struct shape_column *shape_column(const struct source_reader *source, int column)
{
	return &source->shape
		    .columns[shape_find(&source->shape, source->sql.source->columns[column])];
}

/* Children that only the rows above lead to the root: SQLite follows, and must find what the engine
 * will find. */
static bool check_below(const struct reader *reader, struct source_reader *child, struct err *err)
{
	const struct source *source = child->sql.source;
	const struct source_reader *above = &reader->sources[source->of];

	require(source->of > 0);
	child->sql.match_count = 0;
	if (source->query || above->sql.source->query)
		return err_set(err, ERR_RULE,
			       "source %s: how a query's rows compare is not known, so they cannot "
			       "be followed from %s to the root: let the query give the root's key",
			       where(source), where(above->sql.source));
	for (int i = 0; i < source->parent_count; i++)
		if (!check_parent(child, shape_column(child, source->parent_columns[i]), above,
				  shape_column(above, source->of_columns[i]), err))
			return false;
	return true;
}

static bool check_children(struct reader *reader, struct source_reader *child, struct err *err)
{
	const struct source_reader *root = &reader->sources[0];
	const struct source *source = child->sql.source;
	const int *columns = source_root_columns(source);

	if (columns == NULL)
		return check_below(reader, child, err);
	require(source->of > 0 || source->parent_count == reader->part_count);
	set_match(child, columns, reader->part_order, reader->part_count);
	find_index(child);
	if (source->query || reader->sources[0].sql.source->query)
		return check_beside_query(reader, child, err);
	for (int i = 0; i < child->sql.match_count; i++)
		if (!check_parent(child, match_column(child, i), root, match_column(root, i), err))
			return false;
	return true;
}

static bool check_reference(struct source_reader *reference, int index, struct err *err)
{
	const struct source *source = reference->sql.source;

	require(source->from_source >= 0);
	require(source->from_source < index);
	set_match(reference, source->key_columns, NULL, source->key_count);
	find_index(reference);
	for (int i = 0; i < reference->sql.match_count; i++)
		if (!check_collation(reference, match_column(reference, i), err))
			return false;
	return true;
}

static bool read_shape(const struct reader *reader, const struct source *source,
		       struct arena *arena, struct shape *shape, struct err *err)
{
	if (!source->query) {
		if (!shape_read(reader->conn, source->table, arena, shape, err))
			return false;
		keyless_extend_shape(source, arena, shape);
		return true;
	}
	return query_shape(reader->conn, source->query, arena, shape, err) ||
	       err_while(err, "source %s", where(source));
}

/* The query on lines of its own, so that a comment at its end ends there. */
static const char *from_of(const struct source *source, struct arena *arena)
{
	struct buf sql;
	const char *text;

	buf_init(&sql);
	if (source->query)
		buf_print(&sql, "(\n%s\n) as ", source->query);
	sql_put_name(&sql, source->table);
	text = arena_copy(arena, buf_span(&sql)).data;
	buf_release(&sql);
	return text;
}

bool reader_check(struct reader *reader, struct err *err)
{
	for (int i = 0; i < reader->set->source_count; i++) {
		struct source_reader *source = &reader->sources[i];
		bool ok = true;

		source->sql.source = &reader->set->sources[i];
		if (!read_shape(reader, source->sql.source, &reader->shapes, &source->shape, err) ||
		    !check_table(source, err))
			return false;
		source->sql.from = from_of(source->sql.source, &reader->shapes);
		if (source->sql.source->kind == SOURCE_ROOT)
			ok = check_root(reader, err);
		else if (source->sql.source->kind == SOURCE_CHILDREN)
			ok = check_children(reader, source, err);
		else
			ok = check_reference(source, i, err);
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
		int at = shape_find(now, was->name);

		if (at < 0)
			return err_set(err, ERR_DATA, "table %s has changed: column %s is gone",
				       source->table, was->name);
		if (strcmp(now->columns[at].type, was->type) != 0)
			return err_set(err, ERR_DATA,
				       "table %s has changed: column %s was %s and is %s now",
				       source->table, was->name, was->type, now->columns[at].type);
		if (sqlite3_stricmp(now->columns[at].collation, was->collation) != 0)
			return err_set(
			    err, ERR_DATA,
			    "table %s has changed: column %s is compared by %s now, not %s",
			    source->table, was->name, now->columns[at].collation, was->collation);
	}
	for (int i = 0; i < now->column_count; i++)
		if (shape_find(old, now->columns[i].name) < 0)
			return err_set(err, ERR_DATA, "table %s has changed: column %s is new",
				       source->table, now->columns[i].name);
	return true;
}

static bool check_table_again(struct reader *reader, int index, struct err *err)
{
	struct source_reader now = reader->sources[index];
	int order[KEY_PARTS_MAX];

	if (!read_shape(reader, now.sql.source, &reader->scratch, &now.shape, err)) {
		/* What a query was is no longer so: that is the store's doing, not the rule's. */
		if (err->code == ERR_RULE)
			err->code = ERR_DATA;
		return false;
	}
	if (now.shape.kind == NULL ||
	    strcmp(now.shape.kind, reader->sources[index].shape.kind) != 0)
		return err_set(err, ERR_DATA, "table %s has changed: it is %s now",
			       now.sql.source->table, now.shape.kind ? now.shape.kind : "gone");
	if (!compare_columns(now.sql.source, &reader->sources[index].shape, &now.shape, err))
		return false;
	/* Statements were written for one order of the key's columns. */
	if (index == 0 && !now.sql.source->query && !now.sql.source->is_keyless &&
	    (!find_key_index(&now, order) ||
	     memcmp(order, reader->part_order, sizeof(int) * (size_t)reader->part_count) != 0))
		return err_set(err, ERR_DATA,
			       "table %s has changed: the unique index over its key is gone",
			       now.sql.source->table);
	return true;
}

bool reader_check_again(struct reader *reader, struct err *err)
{
	for (int i = 0; i < reader->set->source_count; i++)
		if (!check_table_again(reader, i, err))
			return false;
	return true;
}
