/*
 * natives.c: what the prelude needs from C: faults, places in rule files, exact text checks.
 */
#include "engine/rules/natives.h"

#include "engine/base/require.h"
#include "engine/model/canonical.h"
#include "engine/model/sql_token.h"
#include "engine/model/utf8.h"
#include "engine/rules/library.h"
#include "engine/rules/loader.h"

/* A text member of the table at index, copied for the fault; no data when it is not there. */
static struct span text_member(lua_State *lua, struct fault_list *list, int index, const char *name)
{
	struct span text = SPAN_NONE;

	lua_getfield(lua, index, name);
	if (lua_type(lua, -1) == LUA_TSTRING) {
		text.data = lua_tolstring(lua, -1, &text.size);
		text = arena_copy(list->arena, text);
	}
	lua_pop(lua, 1);
	return text;
}

/* "warning", "lint" or nothing */
static struct fault_list *list_named(struct loader *loader, const char *name)
{
	if (!name)
		return loader->faults;
	return strcmp(name, "lint") == 0 ? loader->lint : loader->warnings;
}

/* fault(code, { file, line, where, field, message, nearest, why, help }, list) */
static int native_fault(lua_State *lua)
{
	struct fault_list *list = list_named(loader_of(lua), lua_tostring(lua, 3));
	const char *code = fault_code_named(span_of(luaL_checkstring(lua, 1)));
	struct fault *fault;

	require(code);
	require(list);
	luaL_checktype(lua, 2, LUA_TTABLE);
	fault = fault_add(list, code);
	fault->file = text_member(lua, list, 2, "file").data;
	fault->where = text_member(lua, list, 2, "where");
	fault->field = text_member(lua, list, 2, "field");
	fault->message = text_member(lua, list, 2, "message");
	fault->nearest = text_member(lua, list, 2, "nearest");
	fault->why = text_member(lua, list, 2, "why");
	fault->help = text_member(lua, list, 2, "help");
	lua_getfield(lua, 2, "line");
	fault->line = (int)lua_tointeger(lua, -1);
	return 0;
}

/* current() -> the path of the file that is being run */
static int native_current(lua_State *lua)
{
	const struct loader *loader = loader_of(lua);

	if (!loader->current)
		return 0;
	lua_pushstring(lua, loader->current->path);
	return 1;
}

static const struct outline_item *walk_step(lua_State *lua, const struct outline *outline,
					    int table, int index)
{
	struct span key = SPAN_NONE;

	if (lua_type(lua, index) == LUA_TNUMBER)
		return outline_entry(outline, table, key, (int)lua_tointeger(lua, index));
	key.data = luaL_checklstring(lua, index, &key.size);
	return outline_entry(outline, table, key, 0);
}

/* locate(file, word, name or nil, line of the word or nil, key…) -> the line of that entry inside `word "name" {`, and the
 * name of the variable that is its value, with the line of its own table; nil when not found */
static int native_locate(lua_State *lua)
{
	const struct rule_text *file = loader_file(loader_of(lua), luaL_checkstring(lua, 1));
	const struct outline_item *item = NULL;
	const struct token *value;
	int table, count = lua_gettop(lua);

	if (!file)
		return 0;
	table = outline_find(&file->outline, luaL_checkstring(lua, 2), lua_tostring(lua, 3),
			     (int)lua_tointeger(lua, 4));
	for (int i = 5; i <= count && table >= 0; i++) {
		item = walk_step(lua, &file->outline, table, i);
		table = item ? outline_table_of(&file->outline, item) : -1;
		if (i < count && table < 0)
			return 0;
	}
	if (!item) {
		lua_pushinteger(
		    lua, table < 0 || count > 4
			     ? 0
			     : (int)file->list.tokens[file->outline.tables[table].open].line);
		return 1;
	}
	value = &file->list.tokens[item->first];
	lua_pushinteger(lua, item->line);
	if (item->last - item->first != 1 || value->kind != TOKEN_NAME)
		return 1;
	lua_pushlstring(lua, value->data, value->size);
	lua_pushinteger(lua, outline_local_line(&file->outline, token_span(value), item->first));
	return 3;
}

static void push_local(lua_State *lua, const struct token *token, int *count)
{
	lua_pushlstring(lua, token->data, token->size);
	lua_rawseti(lua, -2, ++*count);
}

/* locals(file) -> the names behind `local` and the parameters of functions, in their order */
static int native_locals(lua_State *lua)
{
	const struct rule_text *file = loader_file(loader_of(lua), luaL_checkstring(lua, 1));
	bool names = false;
	int count = 0;

	lua_newtable(lua);
	for (int i = 0; file && i < file->list.count; i++) {
		const struct token *token = &file->list.tokens[i];

		if (names && token->kind == TOKEN_NAME)
			push_local(lua, token, &count);
		if (token_is(token, TOKEN_KEYWORD, "local") ||
		    token_is(token, TOKEN_KEYWORD, "function"))
			names = true;
		else if (token->kind != TOKEN_NAME && !token_is(token, TOKEN_SYMBOL, ",") &&
			 !token_is(token, TOKEN_SYMBOL, "("))
			names = false;
	}
	return 1;
}

/* locate_local(file, name, line, key) -> the line of that entry of the table in `local name = {`, the last before the line */
static int native_locate_local(lua_State *lua)
{
	const struct rule_text *file = loader_file(loader_of(lua), luaL_checkstring(lua, 1));
	const struct outline_item *item;
	struct span name = SPAN_NONE;
	int table;

	name.data = luaL_checklstring(lua, 2, &name.size);
	table =
	    file ? outline_local_table(&file->outline, name, (int)luaL_checkinteger(lua, 3)) : -1;
	item = table < 0 ? NULL : walk_step(lua, &file->outline, table, 4);
	if (!item)
		return 0;
	lua_pushinteger(lua, item->line);
	return 1;
}

static int native_is_code(lua_State *lua)
{
	lua_pushboolean(lua, fault_title(luaL_checkstring(lua, 1)) != NULL);
	return 1;
}

static struct span checked_span(lua_State *lua, int index)
{
	struct span span;

	span.data = luaL_checklstring(lua, index, &span.size);
	return span;
}

/* before(a, b): the order of member names in canonical bytes */
static int native_before(lua_State *lua)
{
	lua_pushboolean(lua,
			canonical_compare_names(checked_span(lua, 1), checked_span(lua, 2)) < 0);
	return 1;
}

/* is_text(value): valid UTF-8 without NUL, and not empty */
static int native_is_text(lua_State *lua)
{
	bool good = false;

	if (lua_type(lua, 1) == LUA_TSTRING) {
		struct span text = checked_span(lua, 1);

		good = text.size > 0 && utf8_first_bad(text) == text.size;
	}
	lua_pushboolean(lua, good);
	return 1;
}

static int native_fold_kind(lua_State *lua)
{
	lua_pushinteger(lua, library_fold_kind(lua, 1));
	return 1;
}

/* pattern_fault(text) -> why it is no pattern, or nil */
static int native_pattern_fault(lua_State *lua)
{
	char message[PATTERN_MESSAGE_SIZE];

	if (pattern_compile(library_patterns(lua), checked_span(lua, 1), true, message))
		return 0;
	lua_pushstring(lua, message);
	return 1;
}

/* sql_parameters(sql) -> { actor = true }: the names behind a colon, but in texts, comments, quoted names and casts */
static int native_sql_parameters(lua_State *lua)
{
	struct sql_reader reader = sql_reader_of(checked_span(lua, 1), SQL_POSTGRES);
	struct sql_token token;

	lua_newtable(lua);
	while (sql_next_token(&reader, &token)) {
		if (token.kind != SQL_PARAMETER || token.text.data[0] != ':')
			continue;
		lua_pushlstring(lua, token.text.data + 1, token.text.size - 1);
		lua_pushboolean(lua, true);
		lua_rawset(lua, -3);
	}
	return 1;
}

void natives_push(lua_State *lua)
{
	static const luaL_Reg natives[] = {
		{ "fault", native_fault },
		{ "current", native_current },
		{ "locate", native_locate },
		{ "locate_local", native_locate_local },
		{ "locals", native_locals },
		{ "is_code", native_is_code },
		{ "before", native_before },
		{ "is_text", native_is_text },
		{ "fold_kind", native_fold_kind },
		{ "pattern_fault", native_pattern_fault },
		{ "load", modules_require },
		{ "csv", native_csv },
		{ "function_tokens", native_function_tokens },
		{ "mentions", native_mentions },
		{ "function_text", native_function_text },
		{ "data_version", native_data_version },
		{ "decimal_text", native_decimal_text },
		{ "is_told", native_is_told },
		{ "tell", native_tell },
		{ "told_count", native_told_count },
		{ "quoted", native_quoted },
		{ "function_shown", native_function_shown },
		{ "table_info", native_table_info },
		{ "query_info", native_query_info },
		{ "zone", native_zone },
		{ "sql_parameters", native_sql_parameters },
		{ NULL, NULL },
	};

	lua_newtable(lua);
	luaL_register(lua, NULL, natives);
}
