/*
 * view.c: records as tables, in PostgreSQL's words.
 *
 * A name that SQL can write without quotes is folded as PostgreSQL folds it, so that `externalId` means what it says; any other
 * stands as it is. Casts refuse what is not of their type, so nothing is guessed; texts compare by their bytes as they do in the
 * engine. Functions and types are named with their schema: nobody's own take their place.
 */
#include <string.h>

#include "drivers/postgres/postgres_internal.h"

static bool is_plain(const char *name)
{
	static const char small[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
	static const char rest[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";

	return strspn(name, small) > 0 && name[strspn(name, rest)] == '\0';
}

static void put_name(struct buf *sql, const char *name)
{
	if (!is_plain(name)) {
		sql_put_name(sql, name);
		return;
	}
	buf_put_char(sql, '"');
	for (; *name; name++)
		buf_put_char(sql, (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name));
	buf_put_char(sql, '"');
}

/* standard_conforming_strings is on: only quotes are special. */
static void put_literal(struct buf *sql, const char *text)
{
	buf_put_char(sql, '\'');
	for (; *text; text++) {
		if (*text == '\'')
			buf_put_char(sql, '\'');
		buf_put_char(sql, *text);
	}
	buf_put_char(sql, '\'');
}

/* What the path leads to, as JSON or as text. */
static void put_value(struct buf *sql, const struct table_view *view, int list_count,
		      const struct view_path *path, bool is_text)
{
	if (list_count > 0) {
		buf_print(sql, "e%d.value", list_count);
	} else {
		buf_put_text(sql, "r.");
		sql_put_name(sql, view->payload_column);
	}
	for (int i = 0; i < path->count; i++) {
		buf_put_text(sql, is_text && i + 1 == path->count ? " ->> " : " -> ");
		put_literal(sql, path->names[i]);
	}
}

static void put_column(struct buf *sql, const struct table_view *view,
		       const struct view_column *column)
{
	static const char *const types[] = {
		[VIEW_TEXT] = " collate pg_catalog.\"C\"",
		[VIEW_INTEGER] = "::pg_catalog.int8",
		[VIEW_BIGINT] = "::pg_catalog.numeric", /* up to 2^64 - 1 */
		[VIEW_DECIMAL] = "::pg_catalog.numeric",
		[VIEW_BOOLEAN] = "::pg_catalog.bool",
		[VIEW_INSTANT] = "::pg_catalog.timestamptz",
		[VIEW_DATE] = "::pg_catalog.date",
		[VIEW_JSON] = "",
	};

	buf_put_text(sql, ", (");
	put_value(sql, view, view->list_count, &column->path, column->kind != VIEW_JSON);
	buf_print(sql, ")%s as ", types[column->kind]);
	put_name(sql, column->name);
}

void pg_put_view(const struct conn *conn, struct buf *sql, const struct table_view *view)
{
	put_name(sql, view->name);
	buf_put_text(sql, " as not materialized (select r.");
	sql_put_name(sql, view->id_column);
	buf_put_text(sql, " as \"id\"");
	for (int i = 0; i < view->column_count; i++)
		put_column(sql, view, &view->columns[i]);
	for (int i = 0; i < view->stored_count; i++) {
		buf_put_text(sql, ", r.");
		sql_put_name(sql, view->stored[i]);
	}
	buf_put_text(sql, " from ");
	pg_sql_put_table((const struct pg_conn *)conn, sql, view->table);
	buf_put_text(sql, " as r");
	for (int i = 0; i < view->list_count; i++) {
		buf_put_text(sql, " cross join lateral pg_catalog.jsonb_array_elements(");
		put_value(sql, view, i, &view->lists[i], false);
		buf_print(sql, ") as e%d (value)", i + 1);
	}
	buf_put_text(sql, " where r.");
	sql_put_name(sql, view->state_column);
	buf_put_text(sql, " = '')");
}
