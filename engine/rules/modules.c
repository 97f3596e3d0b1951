/*
 * modules.c: reads the rule file and what it requires, each once, none from outside its folder.
 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/file.h"
#include "engine/model/utf8.h"
#include "engine/rules/loader.h"

struct fault *loader_fault(struct loader *loader, const char *code, const char *file, int line)
{
	struct fault *fault = fault_add(loader->faults, code);

	fault->file = file ? arena_text(loader->faults->arena, file) : NULL;
	fault->line = line;
	return fault;
}

struct span loader_text(struct loader *loader, const char *format, ...)
{
	char text[1024];
	va_list arguments;
	int size;

	va_start(arguments, format);
	size = vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (size < 0)
		size = 0;
	if ((size_t)size >= sizeof(text))
		size = (int)sizeof(text) - 1;
	return arena_copy(loader->faults->arena, (struct span){ text, (size_t)size });
}

const struct rule_text *loader_file(const struct loader *loader, const char *path)
{
	for (int i = 0; i < loader->file_count; i++) {
		if (strcmp(loader->files[i].path, path) == 0)
			return &loader->files[i];
	}
	return NULL;
}

/* "path:12: message" -> 12 and "message", as Lua writes it; else 0 and all of it. */
static int split_position(struct span text, struct span *message)
{
	*message = text;
	for (size_t i = 0; i + 1 < text.size; i++) {
		int line = 0;
		size_t at = i + 1;

		if (text.data[i] != ':')
			continue;
		while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9' &&
		       line < 100000000)
			line = line * 10 + (text.data[at++] - '0');
		if (at == i + 1 || at + 1 >= text.size || text.data[at] != ':')
			continue;
		*message = (struct span){ text.data + at + 2, text.size - at - 2 };
		return line;
	}
	return 0;
}

int modules_on_error(lua_State *lua)
{
	struct loader *loader = loader_of(lua);
	struct span text = SPAN("an error that is no text"), message;
	lua_Debug at;

	loader->error_file = NULL;
	loader->error_line = 0;
	for (int level = 1; lua_getstack(lua, level, &at); level++) {
		if (!lua_getinfo(lua, "Sl", &at) || at.source[0] != '@' || at.currentline <= 0)
			continue;
		loader->error_file = arena_text(&loader->scratch, at.source + 1);
		loader->error_line = at.currentline;
		break;
	}
	if (lua_type(lua, 1) == LUA_TSTRING)
		text.data = lua_tolstring(lua, 1, &text.size);
	split_position(text, &message);
	lua_pushlstring(lua, message.data, message.size);
	return 1;
}

static bool explain_budget(struct loader *loader)
{
	const struct rule_host *host = loader->host;
	struct fault *fault;

	if (!host->memory_refused && host->budget_end == BUDGET_LEFT)
		return false;
	fault = loader_fault(loader, "E1012", loader->error_file, loader->error_line);
	if (host->memory_refused)
		fault->message = loader_text(loader, "loading needs more than %zu bytes of memory",
					     host->budget.memory_bytes);
	else if (host->budget_end == BUDGET_TIME)
		fault->message =
		    loader_text(loader, "loading takes more than %u ms", host->budget.cpu_ms);
	else
		fault->message = loader_text(loader, "loading takes more than %llu instructions",
					     (unsigned long long)host->budget.load_instructions);
	fault->help = SPAN("a rule file only describes: it has no work to do while it is loaded");
	return true;
}

void modules_explain(struct loader *loader, int status)
{
	lua_State *lua = loader->host->lua;
	const char *message = lua_tostring(lua, -1);
	const char *code = loader->error_code ? loader->error_code : "E1014";
	const char *file = loader->error_file;
	struct fault *fault;

	if (status == LUA_ERRMEM)
		loader->host->memory_refused = true;
	if (!file && loader->current)
		file = loader->current->path;
	loader->error_file = file;
	if (explain_budget(loader))
		return;
	fault = loader_fault(loader, code, file, loader->error_line);
	fault->message = loader_text(loader, "%s", message ? message : "an error that is no text");
}

static void fault_syntax(lua_State *lua, struct loader *loader, const struct rule_text *file,
			 int status)
{
	struct span text = SPAN("it cannot be compiled"), message;
	struct fault *fault;
	int line;

	if (lua_type(lua, -1) == LUA_TSTRING)
		text.data = lua_tolstring(lua, -1, &text.size);
	line = split_position(text, &message);
	if (status == LUA_ERRMEM) {
		loader->host->memory_refused = true;
		loader->error_file = file->path;
		loader->error_line = 0;
		explain_budget(loader);
		return;
	}
	fault = loader_fault(loader, "E1001", file->path, line);
	fault->message = loader_text(loader, "%.*s", SPAN_ARGS(message));
	syntax_explain(loader, file, message, fault);
}

static bool is_plain_text(struct loader *loader, const struct rule_text *file)
{
	size_t bad = utf8_first_bad(file->text);
	struct fault *fault;
	int line = 1;

	if (file->text.size > 0 && file->text.data[0] == '\x1b') {
		fault = loader_fault(loader, "E1010", file->path, 0);
		fault->message = SPAN("the file is bytecode, not text");
		return false;
	}
	if (bad == file->text.size)
		return true;
	for (size_t i = 0; i < bad; i++)
		line += file->text.data[i] == '\n';
	fault = loader_fault(loader, "E1001", file->path, line);
	fault->message = SPAN("the file is not UTF-8 text");
	fault->help = SPAN("save it as UTF-8; bytes in a text are written \"\\xHH\"");
	return false;
}

/* The compiled chunk in its environment, on the stack. */
static bool compile_file(lua_State *lua, struct loader *loader, struct rule_text *file)
{
	const char *chunk_name;
	int status;

	if (!is_plain_text(loader, file) || !rule_read_tokens(loader, file))
		return false;
	chunk_name = arena_print(&loader->scratch, "@%s", file->path).data;
	status = luaL_loadbufferx(lua, file->text.data, file->text.size, chunk_name, "t");
	if (status) {
		fault_syntax(lua, loader, file, status);
		lua_pop(lua, 1);
		return false;
	}
	if (!rule_scan(lua, loader, file)) {
		lua_pop(lua, 1);
		return false;
	}
	lua_rawgeti(lua, LUA_REGISTRYINDEX, loader->host->environment_ref);
	lua_setfenv(lua, -2);
	return true;
}

/* Read, compile and run; the value is pushed. */
static bool run_file(lua_State *lua, struct loader *loader, struct rule_text *file)
{
	struct rule_text *outer = loader->current;

	file->value_ref = LUA_NOREF;
	file->chunk_ref = LUA_NOREF;
	if (!compile_file(lua, loader, file))
		return false;
	lua_pushvalue(lua, -1);
	file->chunk_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	loader->current = file;
	lua_call(lua, 0, 1);
	loader->current = outer;
	return true;
}

static struct rule_text *add_file(struct loader *loader, const char *relative)
{
	struct rule_host *host = loader->host;
	struct rule_text *file = &loader->files[loader->file_count];

	file->relative = arena_text(&host->arena, relative);
	return file;
}

static bool read_kept(struct loader *loader, const char *relative, struct span *text)
{
	for (int i = 0; i < loader->kept_count; i++)
		if (strcmp(loader->kept[i].path, relative) == 0) {
			*text = arena_copy(&loader->host->arena, loader->kept[i].text);
			return text->data && text->size <= RULE_FILE_BYTES_MAX;
		}
	return false;
}

/* The rule file itself may be a link to another folder: what it requires lies beside the link. */
static bool read_main(struct loader *loader, struct rule_text *file, struct err *err)
{
	struct rule_host *host = loader->host;

	if (loader->kept)
		return read_kept(loader, file->relative, &file->text) ||
		       err_set(err, ERR_DATA, "there is no text of %s", file->relative);
	return loader->folder_real &&
	       file_read(host->path, RULE_FILE_BYTES_MAX, &host->arena, &file->text, err);
}

bool modules_run_main(lua_State *lua, struct loader *loader)
{
	struct rule_host *host = loader->host;
	const char *slash = strrchr(host->path, '/');
	struct rule_text *file = add_file(loader, slash ? slash + 1 : host->path);
	struct err err = { 0 };
	struct fault *fault;

	file->path = host->path;
	if (!loader->kept)
		loader->folder_real = realpath(host->folder, NULL);
	if (read_main(loader, file, &err)) {
		loader->file_count++;
		return run_file(lua, loader, file);
	}
	fault = loader_fault(loader, "E1015", host->path, 0);
	fault->message = err.code
			     ? loader_text(loader, "%s", err.text)
			     : loader_text(loader, "the folder %s does not exist", host->folder);
	return false;
}

/* ---- require ---- */

/* In `return require "x"` the call has taken the place of the line that made it: 0, or the first line that has it. */
static int line_of_require(const struct rule_text *file, const char *name)
{
	for (int i = 0; file && i + 1 < file->list.count; i++) {
		const struct token *word = &file->list.tokens[i], *next = word + 1;

		if (i + 2 < file->list.count && token_is(next, TOKEN_SYMBOL, "("))
			next++;
		if (token_is(word, TOKEN_NAME, "require") && token_is(next, TOKEN_STRING, name))
			return (int)word->line;
	}
	return 0;
}

static int refuse_module(lua_State *lua, const char *name, const char *why, const char *help)
{
	struct loader *loader = loader_of(lua);
	const char *file = loader->current ? loader->current->path : loader->host->path;
	struct fault *fault;
	lua_Debug at;
	int line = 0;

	for (int level = 1; line == 0 && lua_getstack(lua, level, &at); level++) {
		if (lua_getinfo(lua, "Sl", &at) && at.source[0] == '@')
			line = at.currentline;
	}
	fault = loader_fault(loader, "E1008", file,
			     line > 0 ? line : line_of_require(loader->current, name));
	fault->message = loader_text(loader, "require \"%.200s\": %s", name, why);
	if (help)
		fault->help = loader_text(loader, "%s", help);
	lua_pushnil(lua);
	return 1;
}

/* Words of letters, digits, _ and -, joined by single points. */
static bool is_module_name(struct span name)
{
	bool expects_word = true;

	for (size_t i = 0; i < name.size; i++) {
		char c = name.data[i];
		bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			       (c >= '0' && c <= '9') || c == '_' || c == '-';

		if (!is_word && (c != '.' || expects_word))
			return false;
		expects_word = !is_word;
	}
	return name.size > 0 && name.size < 200 && !expects_word;
}

static char *relative_path(struct arena *arena, struct span name)
{
	char *path = arena_alloc(arena, name.size + 5);

	for (size_t i = 0; i < name.size; i++)
		path[i] = name.data[i] == '.' ? '/' : name.data[i];
	memcpy(path + name.size, ".lua", 5);
	return path;
}

static bool is_inside(const struct loader *loader, const char *path, char *real, const char **why)
{
	size_t size = strlen(loader->folder_real);

	*why = "there is no such file";
	if (!realpath(path, real))
		return false;
	*why = "it leads out of the rule file's folder";
	return strncmp(real, loader->folder_real, size) == 0 &&
	       (real[size] == '/' || (size == 1 && real[0] == '/'));
}

static struct rule_text *known_module(struct loader *loader, const char *relative)
{
	for (int i = 0; i < loader->file_count; i++) {
		if (strcmp(loader->files[i].relative, relative) == 0)
			return &loader->files[i];
	}
	return NULL;
}

/* As people would write it: "rules/v3/job.lua", "v3/job.lua". */
const char *modules_path_of(struct rule_host *host, const char *relative)
{
	if (!strchr(host->path, '/'))
		return arena_text(&host->arena, relative);
	return arena_print(&host->arena, "%.*s%s", (int)(strrchr(host->path, '/') - host->path) + 1,
			   host->path, relative)
	    .data;
}

bool modules_read(struct loader *loader, const char *relative, struct span *text, const char **why)
{
	const char *path = modules_path_of(loader->host, relative);
	struct err err = { 0 };
	char real[PATH_MAX];

	*why = "its text is not among those that were kept";
	if (loader->kept)
		return read_kept(loader, relative, text);
	if (!is_inside(loader, path, real, why))
		return false;
	if (file_read(real, RULE_FILE_BYTES_MAX, &loader->host->arena, text, &err))
		return true;
	*why = arena_text(&loader->scratch, err.text);
	return false;
}

static int push_known(lua_State *lua, const struct rule_text *file, const char *name)
{
	if (file->value_ref == LUA_NOREF)
		return refuse_module(lua, name, "it is still being loaded: modules in a circle",
				     NULL);
	lua_rawgeti(lua, LUA_REGISTRYINDEX, file->value_ref);
	return 1;
}

static int run_module(lua_State *lua, struct rule_text *file, const char *name)
{
	if (!run_file(lua, loader_of(lua), file)) {
		lua_pushnil(lua);
	} else if (lua_isnil(lua, -1)) {
		lua_pop(lua, 1);
		refuse_module(lua, name, "it returns nothing", "end the module with return …");
	}
	lua_pushvalue(lua, -1);
	file->value_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	return 1;
}

/* LUA_REFNIL differs from LUA_NOREF, so a module that failed is known and not tried again. */
int modules_require(lua_State *lua)
{
	struct loader *loader = loader_of(lua);
	struct rule_text *file;
	struct span name, text;
	const char *relative, *why;

	name.data = luaL_checklstring(lua, 1, &name.size);
	if (!is_module_name(name))
		return refuse_module(lua, name.data, "not the name of a module",
				     "a module is named like \"v3.job\", for v3/job.lua beside the "
				     "rule file");
	relative = relative_path(&loader->scratch, name);
	file = known_module(loader, relative);
	if (file)
		return push_known(lua, file, name.data);
	if (loader->file_count == RULE_FILES_MAX)
		return refuse_module(lua, name.data, "a rule version has at most 64 files", NULL);
	if (!modules_read(loader, relative, &text, &why))
		return refuse_module(lua, name.data, why, NULL);
	file = add_file(loader, relative);
	file->path = modules_path_of(loader->host, relative);
	file->text = text;
	loader->file_count++;
	return run_module(lua, file, name.data);
}
