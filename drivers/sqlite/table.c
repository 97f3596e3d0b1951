/*
 * table.c: makes the tables of a target, and checks those that are there.
 */
#include <string.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "engine/base/require.h"

static const char *type_of(enum table_kind kind)
{
	return kind == TABLE_INT ? "INTEGER" : "TEXT";
}

static void put_table(const struct table *table, struct buf *sql)
{
	buf_put_text(sql, "create table if not exists ");
	sql_put_name(sql, table->name);
	for (int i = 0; i < table->column_count; i++) {
		const struct table_column *column = &table->columns[i];

		buf_put_text(sql, i == 0 ? " (\n\t" : ",\n\t");
		sql_put_name(sql, column->name);
		buf_put_char(sql, ' ');
		buf_put_text(sql, type_of(column->kind));
		/* SQLite lets NULL into primary keys unless told otherwise. */
		if (column->not_null || i < table->primary_key_count)
			buf_put_text(sql, " not null");
	}
	for (int i = 0; i < table->primary_key_count; i++) {
		buf_put_text(sql, i == 0 ? ",\n\tprimary key (" : ", ");
		sql_put_name(sql, table->columns[i].name);
	}
	buf_put_text(sql, table->primary_key_count > 0 ? ")\n);\n" : "\n);\n");
}

static void put_index_name(const struct table *table, const struct table_index *index,
			   struct buf *sql)
{
	struct buf name;

	buf_init(&name);
	buf_put_text(&name, table->name);
	for (int i = 0; i < TABLE_INDEX_COLUMNS_MAX && index->columns[i] >= 0; i++) {
		buf_put_char(&name, '_');
		buf_put_text(&name, table->columns[index->columns[i]].name);
	}
	buf_put_text(&name, "_idx");
	sql_put_name(sql, name.data);
	buf_release(&name);
}

static void put_index(const struct table *table, const struct table_index *index, struct buf *sql)
{
	buf_put_text(sql, "create index if not exists ");
	put_index_name(table, index, sql);
	buf_put_text(sql, " on ");
	sql_put_name(sql, table->name);
	for (int i = 0; i < TABLE_INDEX_COLUMNS_MAX && index->columns[i] >= 0; i++) {
		buf_put_text(sql, i == 0 ? " (" : ", ");
		sql_put_name(sql, table->columns[index->columns[i]].name);
	}
	buf_put_text(sql, ");\n");
}

void sqlite_put_ddl(const struct table *table, struct buf *sql)
{
	require(table->primary_key_count <= table->column_count);
	require(table->index_count <= TABLE_INDEXES_MAX);
	put_table(table, sql);
	for (int i = 0; i < table->index_count; i++)
		put_index(table, &table->indexes[i], sql);
}

/* ---- is what exists what we would make? ---- */

static bool has_primary_key(const struct table *table, const struct table_info *info)
{
	if (table->primary_key_count == 0)
		return true;
	if (info->unique_count == 0 || info->uniques[0].column_count != table->primary_key_count)
		return false;
	for (int i = 0; i < table->primary_key_count; i++)
		if (sqlite3_stricmp(info->uniques[0].columns[i], table->columns[i].name) != 0)
			return false;
	return true;
}

static const struct column_info *find_column(const struct table_info *info, const char *name)
{
	for (int i = 0; i < info->column_count; i++)
		if (sqlite3_stricmp(info->columns[i].name, name) == 0)
			return &info->columns[i];
	return NULL;
}

static bool compare(const struct table *table, const struct table_info *info, struct err *err)
{
	for (int i = 0; i < table->column_count; i++) {
		const struct table_column *column = &table->columns[i];
		const struct column_info *found = find_column(info, column->name);

		if (found == NULL)
			return err_set(err, ERR_DATA, "the table exists without column %s",
				       column->name);
		if (sqlite3_stricmp(found->type, type_of(column->kind)) != 0)
			return err_set(err, ERR_DATA, "the table exists with %s %s, not %s",
				       column->name, found->type, type_of(column->kind));
	}
	for (int i = 0; i < info->column_count; i++) {
		bool known = false;

		for (int j = 0; j < table->column_count; j++)
			known |=
			    sqlite3_stricmp(info->columns[i].name, table->columns[j].name) == 0;
		if (!known)
			return err_set(err, ERR_DATA, "the table exists with another column, %s",
				       info->columns[i].name);
	}
	if (!has_primary_key(table, info))
		return err_set(err, ERR_DATA, "the table exists with another primary key");
	return true;
}

static bool make(struct sqlite_conn *conn, const struct table *table, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql);
	sqlite_put_ddl(table, &sql);
	ok = sqlite_run(conn, sql.data, err);
	buf_release(&sql);
	return ok;
}

static bool make_and_compare(struct sqlite_conn *conn, const struct table *table, struct err *err)
{
	struct table_info info;
	struct arena arena;
	bool ok;

	arena_init(&arena);
	ok = sqlite_describe(&conn->base, table->name, &arena, &info, err) &&
	     (!info.exists || compare(table, &info, err)) && make(conn, table, err);
	arena_release(&arena);
	return ok;
}

bool sqlite_ensure_table(struct conn *base, const struct table *table, struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	bool ok;

	if (!sqlite3_get_autocommit(conn->db))
		return make_and_compare(conn, table, err);
	if (!sqlite_begin(base, err))
		return false;
	ok = make_and_compare(conn, table, err) && sqlite_commit(base, err);
	sqlite_rollback(base);
	return ok;
}

bool sqlite_table_exists(struct conn *conn, const struct table *table, bool *exists,
			 struct err *err)
{
	struct table_info info;
	struct arena arena;
	bool ok;

	arena_init(&arena);
	ok = sqlite_describe(conn, table->name, &arena, &info, err);
	*exists = ok && info.exists;
	arena_release(&arena);
	return ok;
}
