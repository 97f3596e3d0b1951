/*
 * host_internal.h: what the files of this room share. For engine/rules only.
 *
 * loading:  sandbox.c prelude.lua modules.c lexer.c compile.c fingerprint.c schema_check.c rule_host.c
 * deriving: values.c library.c evaluate.c convert.c examples.c
 */
#ifndef ENGINE_RULES_HOST_INTERNAL_H
#define ENGINE_RULES_HOST_INTERNAL_H

#include <lauxlib.h>
#include <lua.h>

#include "engine/rules/pattern.h"
#include "engine/rules/plan.h"
#include "engine/rules/rule_host.h"
#include "engine/rules/zones.h"

struct evaluator; /* scratch of the deriving half; evaluate.c owns it */
struct loader;    /* scratch of the loading half; rule_host.c owns it, gone once loaded */
struct coverage;  /* coverage.c */

/* The lines of a file on which functions do something, ascending. */
struct function_lines {
	const char *path; /* as people see it: "rules/v3/job.lua" */
	const int *lines;
	int count;
};

enum budget_end { BUDGET_LEFT, BUDGET_INSTRUCTIONS, BUDGET_TIME };

struct rule_host {
	lua_State *lua;
	struct arena arena; /* everything that lives as long as the host */
	struct rule_budget budget;

	/* sandbox.c */
	size_t memory_used_bytes;
	size_t allocated_bytes; /* since budget_arm(), freed or not */
	bool is_collecting;
	bool memory_refused;        /* an allocation was refused since budget_arm() */
	enum budget_end budget_end; /* what stopped the rule since budget_arm() */
	uint64_t instructions_left; /* behind those the hook waits for */
	int64_t wall_began_ns;      /* when the hook first looked since budget_arm(); 0: not yet */
	int64_t
	    cpu_began_ns; /* the thread's own clock then; 0: not asked yet, or nothing carried over */
	uint64_t work_done; /* by library functions, which no hook interrupts; see library.c */

	/* what was loaded */
	struct migration_info migration;
	const struct entity_plan *plans; /* beside migration.entities */
	char *path;                      /* as given: "rules/v3.lua" */
	char *folder;                    /* "rules" */

	const struct function_lines *function_lines;
	int function_file_count;
	struct coverage *coverage; /* NULL: nobody asked */

	struct evaluator *evaluator;
	struct patterns *patterns; /* or NULL; library_pattern.c */

	/* rule_host.c, while loading */
	struct loader *loader;
	struct zone_set zones; /* of the columns' types */
	int environment_ref;   /* of rule functions */
};

/* The host a Lua state belongs to: its allocator's user data. */
static inline struct rule_host *host_of(lua_State *lua)
{
	void *host;

	lua_getallocf(lua, &host);
	return host;
}

/* ---- sandbox.c: the state, its limits, its environment ---- */

/* A state without the JIT, with limiting allocator and count hook, and with the names of RULES.md's
 * "What a rule may use" (library_push) and of the prelude in a read-only environment. */
bool sandbox_open(struct rule_host *host, struct err *err);
void sandbox_close(struct rule_host *host);

/* True for the word `absent` of examples (a light userdata). */
bool sandbox_is_absent(lua_State *lua, int index);

/* A fresh budget of instructions and time from here on; forgets earlier refusals. */
void budget_arm(struct rule_host *host, uint64_t instructions);
/* The same for another try at the same row: its time goes on. */
void budget_arm_again(struct rule_host *host, uint64_t instructions);
/* Give back all garbage. Takes a little memory for it, which is not refused: outside of a protected call
 * nobody could catch that. */
void budget_collect(struct rule_host *host);
/* Stop the rule: its budget is spent, on instructions or on time. Never returns. */
_Noreturn void budget_stop(struct rule_host *host, enum budget_end why);

/* Replace every table a function captured (directly or through other functions) by a frozen view
 * (value_push_frozen), and refuse functions that assign what they captured: nothing may pass from one
 * record to the next. On refusal returns false with the name of the variable; when the function
 * cannot be checked at all, *variable is NULL and *why says so. May raise for want of memory. */
bool sandbox_seal_function(struct rule_host *host, int function_ref, const char **variable,
			   const char **why);

/* ---- values.c: what functions see ---- */

/* Metatables of rows, lists, records, decimals and frozen tables. Call once, in a protected call. */
void values_open(lua_State *lua);

/* A read-only view of the table at index: reading works as on the table (nested tables come back
 * frozen too), `#` and the helpers work, assigning raises. The same table gives the same view. */
void value_push_frozen(lua_State *lua, int index);

/* A new decimal userdata. */
void value_push_decimal(lua_State *lua, struct decimal decimal);
/* Its digits as text. */
void value_push_decimal_text(lua_State *lua, struct decimal decimal);
/* The decimal at index, or NULL when it is none. */
const struct decimal *value_to_decimal(lua_State *lua, int index);

/* ---- library.c: the helpers rules may call ---- */

/* Push a new table: name -> C function (and `math`) of everything RULES.md lists that is deterministic
 * and needs no context of the prelude. */
void library_push(lua_State *lua);

/* FOLD_UPPER, FOLD_LOWER, FOLD_TRIM when the value at index is the library's own function. */
enum fold_kind library_fold_kind(lua_State *lua, int index);

/* ---- evaluate.c ---- */

/* After everything is loaded and compiled: scratch buffers and pools for deriving. */
bool evaluator_open(struct rule_host *host, struct err *err);
void evaluator_close(struct rule_host *host);

#endif
