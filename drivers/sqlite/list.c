/*
 * list.c: which tables a SQLite file holds, and which of them name rows of others.
 */
#include "drivers/sqlite/sqlite_internal.h"
#include "drivers/support/catalog.h"

#define IS_OWN \
	"t.schema = 'main' and t.type = 'table' and t.name not like 'sqlite\\_%' escape '\\' "

static const char tables_sql[] =
    "select t.name from pragma_table_list() as t where " IS_OWN "order by t.name";

/* A foreign key that names no columns means the primary key. */
static const char foreign_keys_sql[] =
    "select t.name, f.id, f.\"from\", f.\"table\", coalesce(f.\"to\", "
    "(select p.name from pragma_table_info(f.\"table\") as p where p.pk = f.seq + 1), '') "
    "from pragma_table_list() as t, pragma_foreign_key_list(t.name) as f where " IS_OWN
    "order by t.name, f.id, f.seq";

static const char *text_of(sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);

	return text ? text : "";
}

static void take_table(struct catalog_builder *builder, sqlite3_stmt *stmt)
{
	catalog_add_table(builder, text_of(stmt, 0));
}

static void take_column(struct catalog_builder *builder, sqlite3_stmt *stmt)
{
	catalog_add_column(builder, text_of(stmt, 0), sqlite3_column_int64(stmt, 1),
			   text_of(stmt, 2), text_of(stmt, 3), text_of(stmt, 4));
}

static bool each_row(struct sqlite_conn *conn, const char *sql,
		     void (*take)(struct catalog_builder *builder, sqlite3_stmt *stmt),
		     struct catalog_builder *builder, struct err *err)
{
	sqlite3_stmt *stmt;
	int code;

	buf_reset(&conn->sql);
	buf_put_text(&conn->sql, sql);
	stmt = statement_take(conn, err);
	if (stmt == NULL)
		return false;
	while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
		take(builder, stmt);
	if (code != SQLITE_DONE)
		sqlite_failure(conn, code, err);
	statement_give(conn, stmt);
	return code == SQLITE_DONE;
}

bool sqlite_list(struct conn *base, struct arena *arena, struct catalog *catalog, struct err *err)
{
	struct sqlite_conn *conn = sqlite_of(base);
	struct catalog_builder builder;

	catalog_begin(&builder, arena);
	if (!each_row(conn, tables_sql, take_table, &builder, err) ||
	    !each_row(conn, foreign_keys_sql, take_column, &builder, err))
		return false;
	*catalog = catalog_end(&builder);
	return true;
}
