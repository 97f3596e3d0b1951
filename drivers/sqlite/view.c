/*
 * view.c: records as tables, in SQLite's words.
 *
 * Texts, instants and dates stay the canonical texts they are, which compare by bytes as the engine compares them. Where SQLite
 * would take a value for something it is not (an integer's text for a text, 12 out of "12abc"), the expression says what it is, or
 * fails: nothing is guessed.
 */
#include "drivers/sqlite/sqlite_internal.h"
#include "engine/model/canonical.h"

/* A text as a literal. */
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

static void put_path(struct buf *sql, const struct view_path *path)
{
	struct buf text;

	buf_init(&text);
	buf_put_char(&text, '$');
	/* SQLite compares names as JSON writes them. */
	for (int i = 0; i < path->count; i++) {
		buf_put_char(&text, '.');
		canonical_put_string(&text, span_of(path->names[i]));
	}
	put_literal(sql, text.data);
	buf_release(&text);
}

/* What the record, or the element of a list, is called. */
static void put_document(struct buf *sql, const struct table_view *view, int list_count)
{
	if (list_count > 0) {
		buf_print(sql, "e%d.value", list_count);
		return;
	}
	buf_put_text(sql, "r.");
	sql_put_name(sql, view->payload_column);
}

static void put_value(struct buf *sql, const struct table_view *view,
		      const struct view_column *column)
{
	put_document(sql, view, view->list_count);
	buf_put_text(sql, column->kind == VIEW_JSON ? " -> " : " ->> ");
	put_path(sql, &column->path);
}

/* A path that is none: SQLite fails with it, in these words, which name the record. */
static void put_failure(struct buf *sql, const struct table_view *view, const char *name,
			const char *what)
{
	struct buf text;

	buf_init(&text);
	buf_print(&text, "%s.%s holds no %s: ", view->name, name, what);
	buf_put_text(sql, "json_extract(");
	put_document(sql, view, 0);
	buf_put_text(sql, ", ");
	put_literal(sql, text.data);
	buf_put_text(sql, " || r.");
	sql_put_name(sql, view->id_column);
	buf_put_char(sql, ')');
	buf_release(&text);
}

/* cast() takes the digits a text begins with; so what it took must be all there was. */
static void put_integer(struct buf *sql, const struct table_view *view,
			const struct view_column *column)
{
	buf_put_text(sql, "cast(case when cast(cast(");
	put_value(sql, view, column);
	buf_put_text(sql, " as integer) as text) is not ");
	put_value(sql, view, column);
	buf_put_text(sql, " then ");
	put_failure(sql, view, column->name, "integer of 64 bits");
	buf_put_text(sql, " else ");
	put_value(sql, view, column);
	buf_put_text(sql, " end as integer)");
}

/* A floating point number, because a text compares with none; of more digits than those of which each has a number of its own it
 * would be another's. */
static void put_decimal(struct buf *sql, const struct table_view *view,
			const struct view_column *column)
{
	buf_put_text(sql, "cast(case when ");
	put_value(sql, view, column);
	buf_put_text(sql, " is null then null when not json_valid(");
	put_value(sql, view, column);
	buf_put_text(sql, ") or ");
	put_value(sql, view, column);
	buf_put_text(sql, " glob '*[^-0-9.]*' or length(ltrim(replace(replace(");
	put_value(sql, view, column);
	buf_put_text(sql, ", '-', ''), '.', ''), '0')) > 15 then ");
	put_failure(sql, view, column->name, "decimal of up to 15 digits");
	buf_put_text(sql, " else ");
	put_value(sql, view, column);
	buf_put_text(sql, " end as real)");
}

/* 1 and 0, which are what `where done` and `done = true` mean. */
static void put_boolean(struct buf *sql, const struct table_view *view,
			const struct view_column *column)
{
	buf_put_text(sql, "case when ifnull(json_type(");
	put_document(sql, view, view->list_count);
	buf_put_text(sql, ", ");
	put_path(sql, &column->path);
	buf_put_text(sql, "), 'null') not in ('true', 'false', 'null') then ");
	put_failure(sql, view, column->name, "boolean");
	buf_put_text(sql, " else ");
	put_value(sql, view, column);
	buf_put_text(sql, " end");
}

static void put_column(struct buf *sql, const struct table_view *view,
		       const struct view_column *column)
{
	switch (column->kind) {
	case VIEW_INTEGER:
	case VIEW_BIGINT:
		put_integer(sql, view, column);
		break;
	case VIEW_DECIMAL:
		put_decimal(sql, view, column);
		break;
	case VIEW_BOOLEAN:
		put_boolean(sql, view, column);
		break;
	case VIEW_TEXT:
	case VIEW_INSTANT:
	case VIEW_DATE:
	case VIEW_JSON:
		put_value(sql, view, column);
		break;
	}
	buf_put_text(sql, " as ");
	sql_put_name(sql, column->name);
}

/* json_each(r.payload_json, '$."history"') as e1; what stands there is a list, or nothing. */
static void put_list(struct buf *sql, const struct table_view *view, int list)
{
	const struct view_path *path = &view->lists[list];

	buf_put_text(sql, ", json_each(");
	put_document(sql, view, list);
	buf_put_text(sql, ", case when ifnull(json_type(");
	put_document(sql, view, list);
	buf_put_text(sql, ", ");
	put_path(sql, path);
	buf_put_text(sql, "), 'array') = 'array' then ");
	put_path(sql, path);
	buf_put_text(sql, " else ");
	put_failure(sql, view, path->names[path->count - 1], "list");
	buf_print(sql, " end) as e%d", list + 1);
}

/* SQLite ends a text where JSON writes a NUL; no record of ours has one. Backslashes in pairs are backslashes. */
static void put_no_nul(struct buf *sql, const struct table_view *view)
{
	struct buf text;

	buf_init(&text);
	buf_print(&text, "%s holds a NUL", view->name);
	buf_put_text(sql, " and case when instr(replace(");
	put_document(sql, view, 0);
	buf_put_text(sql, ", '\\\\', ''), '\\u0000') then json_extract(");
	put_document(sql, view, 0);
	buf_put_text(sql, ", ");
	put_literal(sql, text.data);
	buf_put_text(sql, ") else 1 end");
	buf_release(&text);
}

void sqlite_put_view(const struct conn *conn, struct buf *sql, const struct table_view *view)
{
	(void)conn;
	sql_put_name(sql, view->name);
	buf_put_text(sql, " as not materialized (select r.");
	sql_put_name(sql, view->id_column);
	buf_put_text(sql, " as \"id\"");
	for (int i = 0; i < view->column_count; i++) {
		buf_put_text(sql, ", ");
		put_column(sql, view, &view->columns[i]);
	}
	for (int i = 0; i < view->stored_count; i++) {
		buf_put_text(sql, ", r.");
		sql_put_name(sql, view->stored[i]);
	}
	/* With its database, so that no table of the statement's own takes its place. */
	buf_put_text(sql, " from main.");
	sql_put_name(sql, view->table);
	buf_put_text(sql, " as r");
	for (int i = 0; i < view->list_count; i++)
		put_list(sql, view, i);
	buf_put_text(sql, " where r.");
	sql_put_name(sql, view->state_column);
	buf_put_text(sql, " = ''");
	put_no_nul(sql, view);
	buf_put_char(sql, ')');
}
