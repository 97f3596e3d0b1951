/*
 * stubs.c: what lua-language-server needs to know: the rule language, and the tables of one store.
 */
#include <string.h>

#include "engine/base/lua_text.h"
#include "engine/draft/naming.h"
#include "engine/draft/plan.h"

#include "engine.d.lua.inc"

enum { VALUES_SHOWN = 12, HOVER_TABLES_MAX = 3 };

struct span draft_language_stub(void)
{
	return (struct span){ engine_d_lua, sizeof(engine_d_lua) - 1 };
}

/* ---- what an editor says when the mouse is over a name ---- */

static void put_vocabulary(struct buf *buf, const struct column_profile *column)
{
	buf_print(buf, "%lld %s:", (long long)column->distinct_count,
		  column->distinct_count == 1 ? "value" : "values");
	for (int i = 0; i < column->value_kinds && i < VALUES_SHOWN; i++) {
		buf_put_text(buf, i ? ", " : " ");
		lua_put_string(buf, column->values[i].value);
		buf_print(buf, " %lld", (long long)column->values[i].count);
	}
	if (column->value_kinds > VALUES_SHOWN)
		buf_put_text(buf, ", …");
}

static void put_forms(struct buf *buf, const struct column_profile *column)
{
	int shown = 0;

	for (int form = 0; form < FORM_COUNT; form++)
		if (column->forms[form] > 0)
			buf_print(buf, "%s%s", shown++ ? ", " : "",
				  value_form_text((enum value_form)form));
	if (column->least.data && !column_is_personal(column->info->name)) {
		buf_put_text(buf, " from ");
		lua_put_comment(buf, column->least);
		buf_put_text(buf, " to ");
		lua_put_comment(buf, column->greatest);
	}
}

static void put_column(struct buf *buf, const struct table_profile *table,
		       const struct column_profile *column)
{
	if (column->value_count == 0)
		buf_put_text(buf, "no value");
	else if (column_is_mapped(column))
		put_vocabulary(buf, column);
	else
		put_forms(buf, column);
	buf_print(buf, "; NULL %lld of %lld", (long long)column->null_count,
		  (long long)table->read_count);
}

static void put_table(struct buf *buf, const struct table_profile *table)
{
	buf_print(buf, "%lld rows", (long long)table->row_count);
	for (int i = 0; i < table->key_count; i++) {
		buf_put_text(buf, i ? ", " : "; key ");
		lua_put_comment(buf, span_of(table->key[i]));
	}
	if (table->key_count == 0)
		buf_put_text(buf, "; no key");
}

/* ---- aliases: what completes inside quotes ---- */

/* The server takes the first # of such a line for where its comment begins, also inside quotes; but it knows escapes. */
static void put_choice(struct buf *buf, const char *name)
{
	struct buf quoted;

	buf_init(&quoted);
	lua_put_string(&quoted, span_of(name));
	buf_put_text(buf, "---| ");
	for (size_t i = 0; i < quoted.size; i++) {
		if (quoted.data[i] == '#')
			buf_put_text(buf, "\\035");
		else
			buf_put_char(buf, quoted.data[i]);
	}
	buf_put_text(buf, " # ");
	buf_release(&quoted);
}

static void put_tables(struct buf *buf, const struct profile *profile)
{
	buf_put_text(buf, "---@alias engine.table\n");
	for (int i = 0; i < profile->table_count; i++) {
		if (profile->tables[i].fault)
			continue;
		put_choice(buf, profile->tables[i].name);
		put_table(buf, &profile->tables[i]);
		buf_put_char(buf, '\n');
	}
	buf_put_char(buf, '\n');
}

static const struct column_profile *find_column(const struct table_profile *table, const char *name)
{
	for (int i = 0; table->fault == NULL && i < table->column_count; i++)
		if (strcmp(table->columns[i].info->name, name) == 0)
			return &table->columns[i];
	return NULL;
}

static bool stands_before(const struct profile *profile, int table, const char *name)
{
	for (int i = 0; i < table; i++)
		if (find_column(&profile->tables[i], name))
			return true;
	return false;
}

/* One name may be a column of several tables. */
static void put_column_of_all(struct buf *buf, const struct profile *profile, int first,
			      const char *name)
{
	int shown = 0;

	put_choice(buf, name);
	for (int i = first; i < profile->table_count && shown < HOVER_TABLES_MAX; i++) {
		const struct column_profile *column = find_column(&profile->tables[i], name);

		if (column == NULL)
			continue;
		buf_put_text(buf, shown++ ? " · " : "");
		lua_put_comment(buf, span_of(profile->tables[i].name));
		buf_put_text(buf, ": ");
		put_column(buf, &profile->tables[i], column);
	}
	buf_put_char(buf, '\n');
}

static void put_columns(struct buf *buf, const struct profile *profile)
{
	buf_put_text(buf, "---@alias engine.column\n");
	for (int i = 0; i < profile->table_count; i++) {
		const struct table_profile *table = &profile->tables[i];

		for (int c = 0; table->fault == NULL && c < table->column_count; c++)
			if (!stands_before(profile, i, table->columns[c].info->name))
				put_column_of_all(buf, profile, i, table->columns[c].info->name);
	}
	buf_put_char(buf, '\n');
}

/* ---- rows, for `---@param row schema.DelEvents` in front of a function ---- */

/* Behind ---@field these are no names, but say who may see it. */
static bool is_visibility(struct span name)
{
	return span_equal_text(name, "public") || span_equal_text(name, "protected") ||
	       span_equal_text(name, "private") || span_equal_text(name, "package");
}

static void put_field_name(struct buf *buf, struct span name)
{
	if (!is_visibility(name)) {
		lua_put_key(buf, name);
		return;
	}
	buf_put_char(buf, '[');
	lua_put_string(buf, name);
	buf_put_char(buf, ']');
}

static void put_row(struct buf *buf, struct names *names, const struct table_profile *table)
{
	char *name = arena_text(names->arena, name_in_camel_case(names->arena, table->name, "row"));

	if (*name >= 'a' && *name <= 'z')
		*name = (char)(*name - ('a' - 'A'));
	buf_print(buf, "---@class schema.%s # ", names_take(names, name));
	lua_put_comment(buf, span_of(table->name));
	buf_put_text(buf, ": ");
	put_table(buf, table);
	buf_put_char(buf, '\n');
	for (int c = 0; c < table->column_count; c++) {
		struct span column = span_of(table->columns[c].info->name);

		buf_put_text(buf, "---@field ");
		put_field_name(buf, column);
		buf_put_text(buf, " string? # ");
		put_column(buf, table, &table->columns[c]);
		buf_put_char(buf, '\n');
	}
	buf_put_char(buf, '\n');
}

void draft_put_schema_stub(struct buf *buf, const struct profile *profile, struct arena *arena)
{
	struct names names = { .arena = arena };

	buf_put_text(
	    buf, "---@meta schema\n-- schema.d.lua: the tables of legacy, for "
		 "lua-language-server. Written by `engine init`; `engine init --stubs` brings it "
		 "up to date. The engine does not read it.\n\n");
	put_tables(buf, profile);
	put_columns(buf, profile);
	for (int i = 0; i < profile->table_count; i++)
		if (profile->tables[i].fault == NULL)
			put_row(buf, &names, &profile->tables[i]);
}
