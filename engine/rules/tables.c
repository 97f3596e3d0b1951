/*
 * tables.c: csv "tables/country.csv" { key = …, value = … }: two columns of a file as a plain table.
 *
 * The file lies in the rule file's folder, as modules do, and is kept with their texts. What counts for
 * the fingerprint is the pairs, not the rest of the file.
 */
#include <string.h>

#include "engine/model/utf8.h"
#include "engine/rules/csv.h"
#include "engine/rules/derive_internal.h"
#include "engine/rules/loader.h"
#include "engine/rules/natives.h"

enum { SHOWN_BYTES = 60 };

/* One call of the word. */
struct table_reading {
	struct loader *loader;
	const struct table_text *file;
	struct span key, value; /* names of columns */
	int key_at, value_at;   /* where they stand */
	struct csv csv;
	struct csv_row row;
	bool is_bad;
};

static struct fault *fault_at(struct table_reading *reading, const char *code, int line)
{
	reading->is_bad = true;
	return loader_fault(reading->loader, code, reading->file->path, line);
}

/* ---- the file ---- */

/* Words of letters, digits, _, - and points, joined by single slashes; none begins with a point. */
static bool is_table_path(struct span path)
{
	bool begins = true;

	for (size_t i = 0; i < path.size; i++) {
		char c = path.data[i];
		bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			       (c >= '0' && c <= '9') || c == '_' || c == '-';

		if (!is_word && (begins || (c != '/' && c != '.')))
			return false;
		begins = c == '/';
	}
	return path.size > 0 && path.size < 200 && !begins;
}

/* At the line of the rule file that names the table. */
static const struct table_text *refuse_file(lua_State *lua, const char *name, const char *why)
{
	struct loader *loader = loader_of(lua);
	struct fault *fault =
	    loader_fault(loader, "E1016", luaL_checkstring(lua, 4), (int)luaL_checkinteger(lua, 5));

	fault->message = loader_text(loader, "csv \"%.200s\": %s", name, why);
	fault->help =
	    SPAN("check the name: it leads from the folder of the rule file to the table");
	return NULL;
}

/* Read once, however often it is named; NULL after a fault. */
static const struct table_text *open_table(lua_State *lua, struct loader *loader)
{
	struct span name = { NULL, 0 };
	struct table_text *file;
	const char *why;

	name.data = luaL_checklstring(lua, 1, &name.size);
	if (!is_table_path(name))
		return refuse_file(lua, name.data,
				   "a table is named like \"tables/country.csv\", from the rule "
				   "file's folder");
	for (int i = 0; i < loader->table_count; i++)
		if (span_equal_text(name, loader->tables[i].relative))
			return &loader->tables[i];
	if (loader->table_count == TABLE_FILES_MAX)
		return refuse_file(lua, name.data, "a rule version has at most 64 tables");
	file = &loader->tables[loader->table_count];
	file->relative = arena_text(&loader->host->arena, name.data);
	file->path = modules_path_of(loader->host, file->relative);
	if (!modules_read(loader, file->relative, &file->text, &why))
		return refuse_file(lua, name.data, why);
	loader->table_count++;
	return file;
}

static bool is_utf8(struct table_reading *reading)
{
	struct span text = reading->file->text;
	size_t bad = utf8_first_bad(text);
	int line = 1;

	if (bad == text.size)
		return true;
	for (size_t i = 0; i < bad; i++)
		line += text.data[i] == '\n';
	fault_at(reading, "E1016", line)->message = SPAN("the table is not UTF-8 text without NUL");
	return false;
}

/* ---- its columns ---- */

static void no_such_column(struct table_reading *reading, struct span name)
{
	const char *names[CSV_CELLS_MAX];
	struct fault *fault = fault_at(reading, "E1007", reading->row.line);
	const char *nearest;

	for (int i = 0; i < reading->row.cell_count; i++)
		names[i] = arena_copy(&reading->loader->scratch, reading->row.cells[i]).data;
	nearest = blame_nearest(name, names, reading->row.cell_count);
	fault->message =
	    loader_text(reading->loader, "the table has no column \"%.*s\"", SPAN_ARGS(name));
	if (nearest)
		fault->nearest = loader_text(reading->loader, "%s", nearest);
}

/* −1 after a fault. */
static int find_column(struct table_reading *reading, struct span name)
{
	int found = -1;

	for (int i = 0; i < reading->row.cell_count; i++) {
		if (!span_equal(reading->row.cells[i], name))
			continue;
		if (found >= 0) {
			fault_at(reading, "E1011", reading->row.line)->message = loader_text(
			    reading->loader, "the table has two columns \"%.*s\"", SPAN_ARGS(name));
			return -1;
		}
		found = i;
	}
	if (found < 0)
		no_such_column(reading, name);
	return found;
}

/* The next row, or false at the end and after a fault. */
static bool next_row(struct table_reading *reading)
{
	const char *why = NULL;
	enum csv_answer answer = csv_next(&reading->csv, &reading->row, &why);

	if (answer == CSV_BAD)
		fault_at(reading, "E1016", reading->csv.line)->message = span_of(why);
	return answer == CSV_ROW;
}

static bool read_header(struct table_reading *reading)
{
	if (!next_row(reading)) {
		if (!reading->is_bad)
			fault_at(reading, "E1016", 1)->message =
			    SPAN("the table is empty; its first line names the columns");
		return false;
	}
	reading->key_at = find_column(reading, reading->key);
	reading->value_at = find_column(reading, reading->value);
	return !reading->is_bad;
}

/* ---- its pairs: Lua tables at `pairs` (key to value) and `lines` (key to line) ---- */

static bool is_twice(lua_State *lua, struct table_reading *reading, int lines)
{
	struct span key = reading->row.cells[reading->key_at];
	struct span shown = { key.data, utf8_offset(key, SHOWN_BYTES) };

	lua_pushlstring(lua, key.data, key.size);
	lua_rawget(lua, lines);
	if (lua_isnil(lua, -1)) {
		lua_pop(lua, 1);
		return false;
	}
	fault_at(reading, "E1011", reading->row.line)->message =
	    loader_text(reading->loader, "the key \"%.*s\" stands twice; first in line %d",
			SPAN_ARGS(shown), (int)lua_tointeger(lua, -1));
	lua_pop(lua, 1);
	return true;
}

static void read_pair(lua_State *lua, struct table_reading *reading, int pairs, int lines,
		      int columns)
{
	const struct csv_row *row = &reading->row;

	if (row->cell_count != columns) {
		fault_at(reading, "E1016", row->line)->message =
		    loader_text(reading->loader, "the row has %d cells, the header has %d",
				row->cell_count, columns);
		return;
	}
	if (is_twice(lua, reading, lines))
		return;
	lua_pushlstring(lua, row->cells[reading->key_at].data, row->cells[reading->key_at].size);
	lua_pushvalue(lua, -1);
	lua_pushlstring(lua, row->cells[reading->value_at].data,
			row->cells[reading->value_at].size);
	lua_rawset(lua, pairs);
	lua_pushinteger(lua, row->line);
	lua_rawset(lua, lines);
}

/* csv(name, key, value, file, line) -> pairs, lines, path; nothing after a fault */
int native_csv(lua_State *lua)
{
	struct loader *loader = loader_of(lua);
	struct table_reading *reading = arena_zalloc(&loader->scratch, sizeof(*reading));
	size_t faults = loader->faults->fault_count;
	int columns;

	reading->loader = loader;
	reading->key.data = luaL_checklstring(lua, 2, &reading->key.size);
	reading->value.data = luaL_checklstring(lua, 3, &reading->value.size);
	reading->file = open_table(lua, loader);
	if (!reading->file || !is_utf8(reading))
		return 0;
	csv_begin(&reading->csv, reading->file->text, &loader->scratch);
	if (!read_header(reading))
		return 0;
	columns = reading->row.cell_count;
	lua_settop(lua, 5);
	lua_newtable(lua);
	lua_newtable(lua);
	while (loader->faults->fault_count < faults + TABLE_FAULTS_MAX && next_row(reading))
		read_pair(lua, reading, 6, 7, columns);
	if (reading->is_bad)
		return 0;
	lua_pushstring(lua, reading->file->path);
	return 3;
}
