/*
 * table.c: makes the tables of a target, and checks those that are there.
 */
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/require.h"
#include "lock_tables.sql.inc"

static void put_column(const struct table *table, int i, struct buf *sql)
{
	const struct table_column *column = &table->columns[i];

	sql_put_name(sql, column->name);
	buf_put_char(sql, ' ');
	buf_put_text(sql, pg_value_type(column->kind));
	if (column->kind == TABLE_TEXT)
		buf_put_text(sql, " collate \"C\"");
	if (column->not_null || i < table->primary_key_count)
		buf_put_text(sql, " not null");
}

static void put_names(const struct table *table, const int *columns, int count, struct buf *sql)
{
	for (int i = 0; i < count; i++) {
		buf_put_text(sql, i == 0 ? " (" : ", ");
		sql_put_name(sql, table->columns[columns ? columns[i] : i].name);
	}
	buf_put_char(sql, ')');
}

static int index_size(const struct table_index *index)
{
	int count = 0;

	while (count < TABLE_INDEX_COLUMNS_MAX && index->columns[count] >= 0)
		count++;
	return count;
}

static void put_index(const struct table *table, const struct table_index *index, const char *where,
		      struct buf *sql)
{
	struct buf name;

	buf_init(&name);
	buf_put_text(&name, table->name);
	for (int i = 0; i < index_size(index); i++)
		buf_print(&name, "_%s", table->columns[index->columns[i]].name);
	buf_put_text(&name, "_idx");
	buf_put_text(sql, "create index if not exists ");
	sql_put_name(sql, name.data);
	buf_print(sql, " on %s", where);
	put_names(table, index->columns, index_size(index), sql);
	buf_put_text(sql, ";\n");
	buf_release(&name);
}

/* where: the table's name as it stands in SQL */
static void put_table(const struct table *table, const char *where, struct buf *sql)
{
	require(table->primary_key_count <= table->column_count);
	require(table->index_count <= TABLE_INDEXES_MAX);
	buf_print(sql, "create table if not exists %s (\n\t", where);
	for (int i = 0; i < table->column_count; i++) {
		buf_put_text(sql, i == 0 ? "" : ",\n\t");
		put_column(table, i, sql);
	}
	if (table->primary_key_count > 0) {
		buf_put_text(sql, ",\n\tprimary key");
		put_names(table, NULL, table->primary_key_count, sql);
	}
	buf_put_text(sql, "\n);\n");
	for (int i = 0; i < table->index_count; i++)
		put_index(table, &table->indexes[i], where, sql);
}

void pg_put_ddl(const struct table *table, struct buf *sql)
{
	struct buf name;

	buf_init(&name);
	sql_put_name(&name, table->name);
	put_table(table, name.data, sql);
	buf_release(&name);
}

/* ---- is what exists what we would make? ---- */

static bool has_primary_key(const struct table *table, const struct shape *shape)
{
	const struct shape_index *index = &shape->indexes[0];

	if (table->primary_key_count == 0)
		return true;
	if (shape->index_count == 0 || !index->is_unique ||
	    index->column_count != table->primary_key_count)
		return false;
	for (int i = 0; i < table->primary_key_count; i++)
		if (strcmp(shape->columns[index->columns[i]].name, table->columns[i].name) != 0)
			return false;
	return true;
}

static bool compare_column(const struct table_column *column, const struct shape *shape,
			   struct err *err)
{
	int at = pg_shape_find(shape, column->name);
	const struct shape_column *found = &shape->columns[at < 0 ? 0 : at];

	if (at < 0)
		return err_set(err, ERR_DATA, "the table exists without column %s", column->name);
	if (strcmp(found->type, pg_value_type(column->kind)) != 0)
		return err_set(err, ERR_DATA, "the table exists with %s %s, not %s", column->name,
			       found->type, pg_value_type(column->kind));
	if (column->kind == TABLE_TEXT && strcmp(found->collation_name, "C") != 0)
		return err_set(err, ERR_DATA,
			       "the table exists with %s in collation \"%s\", not \"C\"",
			       column->name, found->collation_name);
	return true;
}

static bool is_known(const struct table *table, const char *name)
{
	for (int i = 0; i < table->column_count; i++)
		if (strcmp(table->columns[i].name, name) == 0)
			return true;
	return false;
}

static bool compare(const struct table *table, const struct shape *shape, struct err *err)
{
	if (strcmp(shape->kind, "table") != 0)
		return err_set(err, ERR_DATA, "it exists, and is a %s", shape->kind);
	for (int i = 0; i < table->column_count; i++)
		if (!compare_column(&table->columns[i], shape, err))
			return false;
	for (int i = 0; i < shape->column_count; i++)
		if (!is_known(table, shape->columns[i].name))
			return err_set(err, ERR_DATA, "the table exists with another column, %s",
				       shape->columns[i].name);
	if (!has_primary_key(table, shape))
		return err_set(err, ERR_DATA, "the table exists with another primary key");
	return true;
}

/* ---- making ---- */

static bool make(struct pg_conn *conn, const struct table *table, struct err *err)
{
	struct buf name, sql;
	bool ok;

	if (conn->schema == NULL)
		return err_set(err, ERR_PERMISSION,
			       "there is no schema to make tables in: the role's search_path names "
			       "none that exists");
	buf_init(&name);
	buf_init(&sql);
	pg_sql_put_table(conn, &name, table->name);
	put_table(table, name.data, &sql);
	ok = wire_do(conn, sql.data, err);
	buf_release(&sql);
	buf_release(&name);
	return ok;
}

static bool read_target(struct pg_conn *conn, const struct table *table, struct arena *arena,
			struct shape *shape, struct err *err)
{
	/* Where it would be made, and nowhere else. */
	memset(shape, 0, sizeof(*shape));
	return conn->schema == NULL ||
	       pg_shape_read(conn, conn->first_schema, table->name, arena, shape, err);
}

/* Two engines may start at once: one makes, the other waits and finds it made. */
static bool make_and_compare(struct pg_conn *conn, const struct table *table, struct err *err)
{
	struct shape shape;
	struct arena arena;
	bool ok;

	arena_init(&arena);
	ok = read_target(conn, table, &arena, &shape, err);
	if (ok && shape.kind == NULL)
		ok = wire_do(conn, lock_tables_sql, err) &&
		     read_target(conn, table, &arena, &shape, err);
	if (ok && shape.kind)
		ok = compare(table, &shape, err);
	else if (ok)
		ok = make(conn, table, err);
	arena_release(&arena);
	return ok;
}

bool pg_ensure_table(struct conn *base, const struct table *table, struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	bool ok;

	if (conn->is_in_transaction)
		return make_and_compare(conn, table, err);
	if (!pg_begin(base, err))
		return false;
	ok = make_and_compare(conn, table, err) && pg_commit(base, err);
	pg_rollback(base);
	return ok;
}

bool pg_table_exists(struct conn *base, const struct table *table, bool *exists, struct err *err)
{
	struct shape shape;
	struct arena arena;
	bool ok;

	arena_init(&arena);
	ok = read_target(pg_of(base), table, &arena, &shape, err);
	*exists = ok && shape.kind != NULL;
	arena_release(&arena);
	return ok;
}
