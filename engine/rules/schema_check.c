/*
 * schema_check.c: what the prelude may know of the legacy store and of time zones.
 */
#include <string.h>

#include "engine/rules/loader.h"
#include "engine/rules/natives.h"

static const struct table_info *find(const struct schema *schema, const char *name, bool is_query)
{
	for (int i = 0; i < schema->table_count; i++) {
		const struct table_info *table = &schema->tables[i];

		if (table->is_query == is_query && strcmp(table->name, name) == 0)
			return table;
	}
	return schema->describe_next ? schema->describe_next(schema->context, name, is_query)
				     : NULL;
}

static void push_names(lua_State *lua, const char *const *names, int count, const char *key)
{
	lua_createtable(lua, count, 0);
	for (int i = 0; i < count; i++) {
		lua_pushstring(lua, names[i]);
		lua_rawseti(lua, -2, i + 1);
	}
	lua_setfield(lua, -2, key);
}

static void push_columns(lua_State *lua, const struct table_info *table)
{
	lua_createtable(lua, table->column_count, 0);
	for (int i = 0; i < table->column_count; i++) {
		lua_pushstring(lua, table->columns[i].name);
		lua_rawseti(lua, -2, i + 1);
	}
	lua_setfield(lua, -2, "columns");
}

static void push_uniques(lua_State *lua, const struct table_info *table)
{
	lua_createtable(lua, table->unique_count, 0);
	for (int i = 0; i < table->unique_count; i++) {
		const struct unique_info *unique = &table->uniques[i];

		lua_createtable(lua, unique->column_count, 0);
		for (int j = 0; j < unique->column_count; j++) {
			lua_pushstring(lua, unique->columns[j]);
			lua_rawseti(lua, -2, j + 1);
		}
		lua_rawseti(lua, -2, i + 1);
	}
	lua_setfield(lua, -2, "uniques");
}

static void push_tables(lua_State *lua, const struct schema *schema)
{
	int count = 0;

	lua_newtable(lua);
	for (int i = 0; i < schema->table_count; i++) {
		if (!schema->tables[i].exists || schema->tables[i].is_query)
			continue;
		lua_pushstring(lua, schema->tables[i].name);
		lua_rawseti(lua, -2, ++count);
	}
	lua_setfield(lua, -2, "others");
}

/* { exists, columns, uniques, others }; a table the schema was not asked for is not known. */
int native_table_info(lua_State *lua)
{
	const struct schema *schema = loader_of(lua)->schema;
	const struct table_info *table;

	if (!schema)
		return 0;
	table = find(schema, luaL_checkstring(lua, 1), false);
	lua_newtable(lua);
	lua_pushboolean(lua, table && table->exists);
	lua_setfield(lua, -2, "exists");
	push_tables(lua, schema);
	if (table && table->exists) {
		push_columns(lua, table);
		push_uniques(lua, table);
	}
	return 1;
}

/* { fault } or { columns, tables, views }; a query the schema was not asked for is not known. */
int native_query_info(lua_State *lua)
{
	const struct schema *schema = loader_of(lua)->schema;
	const struct table_info *query =
	    schema ? find(schema, luaL_checkstring(lua, 1), true) : NULL;

	if (!query)
		return 0;
	lua_newtable(lua);
	lua_pushstring(lua, query->fault);
	lua_setfield(lua, -2, "fault");
	if (query->fault)
		return 1;
	push_columns(lua, query);
	push_names(lua, query->read_tables, query->read_table_count, "tables");
	push_names(lua, query->read_views, query->read_view_count, "views");
	return 1;
}

int native_zone(lua_State *lua)
{
	lua_pushboolean(lua, zones_hold(&host_of(lua)->zones, luaL_checkstring(lua, 1)) != NULL);
	return 1;
}
