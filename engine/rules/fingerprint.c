/*
 * fingerprint.c: what functions say, as tokens, and the hashes of everything a version says.
 */
#include "engine/rules/fingerprint.h"

#include <stdio.h>
#include <string.h>

#include "engine/rules/bytecode.h"
#include "engine/rules/library.h"
#include "engine/rules/natives.h"
#include "engine/rules/told.h"

/* The functions of the file that stand on the lines of the one at index, and the last of them. */
static int count_on_lines(const struct rule_text *file, const lua_Debug *at,
			  const struct outline_function **found)
{
	int count = 0;

	for (int i = 0; i < file->outline.function_count; i++) {
		const struct outline_function *function = &file->outline.functions[i];

		if (!outline_function_at(function, at->linedefined, at->lastlinedefined))
			continue;
		*found = function;
		count++;
	}
	return count;
}

/* Lines tell most functions apart, and what was compiled the rest. */
static const struct outline_function *find_compiled(lua_State *lua, const struct rule_text *file,
						    int index)
{
	int found;

	lua_rawgeti(lua, LUA_REGISTRYINDEX, file->chunk_ref);
	found = bytecode_find(lua, &loader_of(lua)->scratch, lua_gettop(lua), index);
	if (found < 0 || found >= file->outline.function_count)
		luaL_error(lua, "a function is not found in its file");
	lua_pop(lua, 1);
	return &file->outline.functions[found];
}

/* Where the function at index is written, and in which file; NULL for one of the engine's own. */
static const struct outline_function *find_function(lua_State *lua, int index,
						    const struct rule_text **file)
{
	const struct outline_function *found = NULL;
	lua_Debug at;

	luaL_checktype(lua, index, LUA_TFUNCTION);
	lua_pushvalue(lua, index);
	if (!lua_getinfo(lua, ">S", &at) || at.source[0] != '@')
		return NULL;
	*file = loader_file(loader_of(lua), at.source + 1);
	if (*file && count_on_lines(*file, &at, &found) > 1)
		return find_compiled(lua, *file, index);
	return found;
}

/* Tokens with their sizes in front, so that no two lists of tokens give the same text. */
static void add_tokens(luaL_Buffer *text, const struct rule_text *file, int first, int last)
{
	static const char kinds[] = "nksdy";

	for (int i = first; i <= last; i++) {
		const struct token *token = &file->list.tokens[i];
		char head[24];

		snprintf(head, sizeof(head), "%c%u:", kinds[token->kind], (unsigned)token->size);
		luaL_addstring(text, head);
		luaL_addlstring(text, token->data, token->size);
	}
}

/* Does a blank stand between two tokens? Only where leaving it out leaves them two. */
static bool is_apart(const struct token *before, const struct token *token)
{
	static const char *const closing[] = { ",", ")", "]", ";" };

	for (size_t i = 0; i < sizeof(closing) / sizeof(closing[0]); i++)
		if (token_is(token, TOKEN_SYMBOL, closing[i]))
			return false;
	if (token_is(before, TOKEN_SYMBOL, "(") || token_is(before, TOKEN_SYMBOL, "[") ||
	    token_is(before, TOKEN_SYMBOL, "#"))
		return false;
	if (token_is(token, TOKEN_SYMBOL, "(") || token_is(token, TOKEN_SYMBOL, "["))
		return before->kind != TOKEN_NAME && !token_is(before, TOKEN_KEYWORD, "function");
	if (before->kind == TOKEN_NAME &&
	    (token_is(token, TOKEN_SYMBOL, ".") || token_is(token, TOKEN_SYMBOL, ":")))
		return false;
	return !(token->kind == TOKEN_NAME &&
		 (token_is(before, TOKEN_SYMBOL, ".") || token_is(before, TOKEN_SYMBOL, ":")));
}

void fingerprint_push_shown(lua_State *lua, int index)
{
	const struct rule_text *file;
	const struct outline_function *function = find_function(lua, index, &file);
	struct buf line;

	buf_init(&line);
	buf_put_text(&line, "function");
	for (int i = function ? function->open : 0; function && i <= function->end; i++) {
		const struct token *token = &file->list.tokens[i];

		if (i > function->open && is_apart(token - 1, token))
			buf_put_char(&line, ' ');
		if (token->kind == TOKEN_STRING)
			told_put_quoted(&line, token_span(token));
		else
			buf_put_span(&line, token_span(token));
	}
	told_push(lua, &line);
}

/* Push a set of the global names that the function at index, and those inside it, read. A function
 * that cannot be read is refused when it is sealed. */
static void push_globals(lua_State *lua, int index)
{
	struct bytecode_report report;

	lua_pushvalue(lua, index);
	if (!bytecode_read(lua, &loader_of(lua)->scratch, &report))
		report.global_count = 0;
	lua_pop(lua, 1);
	lua_newtable(lua);
	for (int i = 0; i < report.global_count; i++) {
		lua_pushlstring(lua, report.globals[i].name.data, report.globals[i].name.size);
		lua_pushboolean(lua, 1);
		lua_rawset(lua, -3);
	}
}

/* function_text(function) -> its tokens, and a set of the global names it reads */
int native_function_text(lua_State *lua)
{
	const struct rule_text *file;
	const struct outline_function *function = find_function(lua, 1, &file);
	luaL_Buffer text;

	luaL_buffinit(lua, &text);
	if (function)
		add_tokens(&text, file, function->open, function->end);
	luaL_pushresult(&text);
	push_globals(lua, 1);
	return 2;
}

/* function_tokens(function) -> { { kind, text, line }… }; none for a C function */
int native_function_tokens(lua_State *lua)
{
	static const char *const kinds[] = { "name", "keyword", "text", "number", "symbol" };
	const struct rule_text *file;
	const struct outline_function *function = find_function(lua, 1, &file);

	lua_newtable(lua);
	for (int i = function ? function->open : 0; function && i <= function->end; i++) {
		const struct token *token = &file->list.tokens[i];

		lua_createtable(lua, 0, 3);
		lua_pushstring(lua, kinds[token->kind]);
		lua_setfield(lua, -2, "kind");
		lua_pushlstring(lua, token->data, token->size);
		lua_setfield(lua, -2, "text");
		lua_pushinteger(lua, (lua_Integer)token->line);
		lua_setfield(lua, -2, "line");
		lua_rawseti(lua, -2, i - function->open + 1);
	}
	return 1;
}

/* data_version("unicode" or "patterns") -> the version of the data behind them */
int native_data_version(lua_State *lua)
{
	char version[UNICODE_VERSION_SIZE];

	if (strcmp(luaL_checkstring(lua, 1), "patterns") == 0) {
		lua_pushstring(lua, pattern_unicode_version(library_patterns(lua)));
		return 1;
	}
	library_unicode_version(version);
	lua_pushstring(lua, version);
	return 1;
}

/* Helpers that take the name of a column behind a list. */
static bool takes_column(const struct token *token)
{
	static const char *const names[] = { "sum", "min", "max", "sort_by" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (token_is(token, TOKEN_NAME, names[i]))
			return true;
	}
	return false;
}

/* The text that is an argument of the call whose name stands at `at`, or NULL. */
static const struct token *column_argument(const struct rule_text *file, int at, int end)
{
	const struct token *tokens = file->list.tokens;
	int depth = 0;

	for (int i = at + 1; i < end; i++) {
		depth += token_bracket_step(&tokens[i]);
		if (depth <= 0)
			return NULL;
		if (depth == 1 && tokens[i].kind == TOKEN_STRING &&
		    token_is(&tokens[i - 1], TOKEN_SYMBOL, ","))
			return &tokens[i];
	}
	return NULL;
}

static void add_mention(lua_State *lua, const struct token *token)
{
	lua_pushlstring(lua, token->data, token->size);
	lua_pushboolean(lua, 1);
	lua_rawset(lua, 2);
}

static void add_mentions(lua_State *lua, const struct rule_text *file,
			 const struct outline_function *function)
{
	const struct token *tokens = file->list.tokens;

	for (int i = function->open + 1; i < function->end; i++) {
		const struct token *argument;

		if (tokens[i].kind == TOKEN_NAME && token_is(&tokens[i - 1], TOKEN_SYMBOL, "."))
			add_mention(lua, &tokens[i]);
		if (tokens[i].kind == TOKEN_STRING && token_is(&tokens[i - 1], TOKEN_SYMBOL, "[") &&
		    token_is(&tokens[i + 1], TOKEN_SYMBOL, "]"))
			add_mention(lua, &tokens[i]);
		if (!takes_column(&tokens[i]))
			continue;
		argument = column_argument(file, i, function->end);
		if (argument)
			add_mention(lua, argument);
	}
}

/* mentions(function, set): adds the names it reads of rows to the set */
int native_mentions(lua_State *lua)
{
	const struct rule_text *file;
	const struct outline_function *function = find_function(lua, 1, &file);

	luaL_checktype(lua, 2, LUA_TTABLE);
	if (function)
		add_mentions(lua, file, function);
	return 0;
}

int native_decimal_text(lua_State *lua)
{
	const struct decimal *decimal = value_to_decimal(lua, 1);

	if (!decimal)
		return 0;
	value_push_decimal_text(lua, *decimal);
	return 1;
}

/* ---- hashes ---- */

static const char *copy_member(lua_State *lua, struct arena *arena, const char *name)
{
	const char *text;

	lua_getfield(lua, -1, name);
	text = arena_text(arena, luaL_checkstring(lua, -1));
	lua_pop(lua, 1);
	return text;
}

static int index_member(lua_State *lua, const char *name)
{
	int index;

	lua_getfield(lua, -1, name);
	index = (int)lua_tointeger(lua, -1);
	lua_pop(lua, 1);
	return index;
}

/* Which of the entries that were told are this part's. */
static void fill_told(lua_State *lua, const struct loader *loader, struct part_info *part)
{
	int first = index_member(lua, "told");

	part->entry_count = index_member(lua, "told_end") - first;
	part->entries = part->entry_count ? loader->told + first : NULL;
}

static void fill_part(lua_State *lua, struct rule_host *host, struct part_info *part)
{
	struct span text;

	part->name = copy_member(lua, &host->arena, "name");
	part->file = copy_member(lua, &host->arena, "file");
	lua_getfield(lua, -1, "is_transform");
	part->is_transform = lua_toboolean(lua, -1) != 0;
	lua_pop(lua, 1);
	lua_getfield(lua, -1, "text");
	text.data = luaL_checklstring(lua, -1, &text.size);
	sha256_hex(text, part->hash);
	lua_pop(lua, 1);
	fill_told(lua, host->loader, part);
}

void fingerprint_of(int64_t abi, const char *zones, const struct hashed_part *parts, size_t count,
		    struct arena *arena, char hash[SHA256_HEX_SIZE])
{
	struct span head = arena_print(arena, "rule abi %lld\nzones %s\n", (long long)abi, zones);
	size_t size = head.size;
	char *text;

	for (size_t i = 0; i < count; i++)
		size += strlen(parts[i].name) + SHA256_HEX_SIZE + 24;
	text = arena_alloc(arena, size);
	memcpy(text, head.data, head.size);
	size = head.size;
	for (size_t i = 0; i < count; i++) {
		struct span line = arena_print(arena, "%zu:%s %s\n", strlen(parts[i].name),
					       parts[i].name, parts[i].hash);

		memcpy(text + size, line.data, line.size);
		size += line.size;
	}
	sha256_hex((struct span){ text, size }, hash);
}

static void hash_parts(const struct rule_host *host, struct arena *arena, bool is_transform,
		       char hash[SHA256_HEX_SIZE])
{
	const struct migration_info *migration = &host->migration;
	struct hashed_part *parts =
	    arena_alloc(arena, ((size_t)migration->part_count + 1) * sizeof(*parts));
	size_t count = 0;

	for (int i = 0; i < migration->part_count; i++)
		if (migration->parts[i].is_transform == is_transform)
			parts[count++] = (struct hashed_part){ migration->parts[i].name,
							       migration->parts[i].hash };
	fingerprint_of(RULE_ABI, is_transform ? zone_data_version() : "-", parts, count, arena,
		       hash);
}

void fingerprint_fill(lua_State *lua, struct rule_host *host)
{
	int count = (int)lua_objlen(lua, -1);
	struct part_info *parts = arena_zalloc(&host->arena, (size_t)(count + 1) * sizeof(*parts));

	for (int i = 0; i < count; i++) {
		lua_rawgeti(lua, -1, i + 1);
		fill_part(lua, host, &parts[i]);
		lua_pop(lua, 1);
	}
	host->migration.parts = parts;
	host->migration.part_count = count;
	hash_parts(host, &host->loader->scratch, true, host->migration.transform);
	hash_parts(host, &host->loader->scratch, false, host->migration.validation);
}
