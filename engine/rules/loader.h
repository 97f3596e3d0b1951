/*
 * loader.h: what is known while a rule version is being loaded. For engine/rules only.
 */
#ifndef ENGINE_RULES_LOADER_H
#define ENGINE_RULES_LOADER_H

#include "engine/rules/host_internal.h"
#include "engine/rules/outline.h"

enum { RULE_FILES_MAX = 64, RULE_FILE_BYTES_MAX = 4 << 20, TABLE_FILES_MAX = 64 };
enum { TABLE_FAULTS_MAX = 20 }; /* of one table; more of them say nothing new */

/* One file of the version. */
struct rule_text {
	const char *path;     /* as people see it: "rules/v3/job.lua" */
	const char *relative; /* "v3/job.lua" */
	struct span text;
	struct token_list list;
	enum lex_answer lexed;
	int unreadable_line; /* where the tokens end, unless LEX_OK */
	struct outline outline;
	int *function_lines; /* any order; one may stand twice */
	int function_line_count;
	int value_ref; /* what the module returned; LUA_NOREF while it runs */
	int chunk_ref; /* the file as a function */
};

/* A file of data the version takes values from. */
struct table_text {
	const char *path;     /* as people see it: "rules/tables/country.csv" */
	const char *relative; /* "tables/country.csv" */
	struct span text;
};

struct loader {
	struct rule_host *host;
	const struct schema *schema; /* or NULL */
	struct fault_list *faults, *warnings;
	struct fault_list *lint; /* NULL: nobody asks */
	struct arena scratch;
	char *
	    folder_real; /* realpath() of the rule file's folder; NULL where texts were handed over */
	const struct text_info
	    *kept; /* the texts that were handed over, and no file is read; or NULL */
	int kept_count;
	struct rule_text files[RULE_FILES_MAX];
	int file_count;
	struct table_text tables[TABLE_FILES_MAX];
	int table_count;
	struct rule_text *current; /* the file being run */

	/* what the parts say, entry by entry, in the host's arena; nothing unless somebody asks */
	bool is_told;
	struct part_entry *told;
	int told_count;

	/* where the last error was raised, and which fault it is */
	const char *error_file;
	int error_line;
	const char *error_code;
};

/* The loader of a state. Raises once loading is over: a rule function may have captured a word. */
static inline struct loader *loader_of(lua_State *lua)
{
	struct loader *loader = host_of(lua)->loader;

	if (!loader)
		luaL_error(lua, "the words of a rule file are not for use inside a function");
	return loader;
}

/* An error that is about to be raised is this fault, should a rule file be running. */
static inline void loader_note_code(lua_State *lua, const char *code)
{
	struct loader *loader = host_of(lua)->loader;

	if (loader)
		loader->error_code = code;
}

/* A fault at a line of a file; texts are copied. */
struct fault *loader_fault(struct loader *loader, const char *code, const char *file, int line);

/* printf into the fault list's arena. */
struct span loader_text(struct loader *loader, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The file with this path, or NULL. */
const struct rule_text *loader_file(const struct loader *loader, const char *path);

/* ---- modules.c ---- */

/* Load and run the rule file; its value stays on the stack. False when there is none; why stands in
 * the faults. Call it protected. */
bool modules_run_main(lua_State *lua, struct loader *loader);

/* native.load(name): what `require` does. Pushes the module's value, or nil after a fault. */
int modules_require(lua_State *lua);

/* A file by its path from the rule file's folder, in the host's arena; or why there is none. Links are followed first, so that none
 * leads out of the folder. Where texts were handed over it is one of them. */
bool modules_read(struct loader *loader, const char *relative, struct span *text, const char **why);
/* Such a path as people would write it: "rules/v3/job.lua". */
const char *modules_path_of(struct rule_host *host, const char *relative);

/* The fault behind a failed protected call, whose message is on the stack. */
void modules_explain(struct loader *loader, int status);

/* Message handler of protected calls: remembers where the error was raised. */
int modules_on_error(lua_State *lua);

/* ---- syntax.c: what is wrong with a file that is not Lua ---- */

/* The fault says what LuaJIT says, at its line; where the tokens know better, it says that. */
void syntax_explain(struct loader *loader, const struct rule_text *file, struct span message,
		    struct fault *fault);

/* ---- rule_scan.c: what can be said of a file before it runs ---- */

/* Cut the file into tokens; false after a fault, when there are too many. What cannot be cut LuaJIT does not accept
 * either, and says why. */
bool rule_read_tokens(struct loader *loader, struct rule_text *file);

/* Outline of the file, and faults for literals, keys given twice, and names; the
 * compiled chunk is on the stack. False when it must not run. */
bool rule_scan(lua_State *lua, struct loader *loader, struct rule_text *file);

#endif
