/*
 * examples.c: run one example on the host it was loaded in, which has derived rows before, and once
 * more in a fresh state; the bytes must be the same, and be what the example says.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/require.h"
#include "engine/rules/examples.h"

struct fault *example_differs(struct example_run *run, struct span field, const char *format, ...)
{
	struct arena *arena = run->differences->arena;
	struct fault *fault = fault_add(run->differences, "E2401");
	char message[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	fault->message = arena_copy(arena, span_of(message));
	fault->where = arena_print(arena, "%s.examples.%s", run->plan->info->name, run->info->name);
	fault->field = field.data ? arena_copy(arena, field) : SPAN_NONE;
	fault->file = run->info->file ? arena_text(arena, run->info->file) : NULL;
	fault->line = run->info->line;
	return fault;
}

static int build_protected(lua_State *lua)
{
	struct example_run *run = lua_touserdata(lua, 1);

	lua_rawgeti(lua, LUA_REGISTRYINDEX, run->example_ref);
	lua_replace(lua, 1);
	example_build_row(lua, run);
	return 0;
}

static int check_protected(lua_State *lua)
{
	struct example_run *run = lua_touserdata(lua, 1);

	lua_rawgeti(lua, LUA_REGISTRYINDEX, run->example_ref);
	lua_replace(lua, 1);
	example_check(lua, run);
	return 0;
}

/* What the row before left behind counts against the budgets, and is no fault of the example. */
static bool protect(struct example_run *run, lua_CFunction function)
{
	lua_State *lua = run->host->lua;
	int status;

	budget_collect(run->host);
	budget_arm(run->host, run->host->budget.load_instructions);
	status = lua_cpcall(lua, function, run);
	if (status == 0)
		return true;
	if (status == LUA_ERRMEM || run->host->memory_refused)
		example_differs(run, SPAN_NONE, "the example needs more than %zu bytes of memory",
				run->host->budget.memory_bytes);
	else
		example_differs(run, SPAN_NONE, "the example cannot be read: %s",
				lua_type(lua, -1) == LUA_TSTRING ? lua_tostring(lua, -1)
								 : "an error without a message");
	lua_settop(lua, 0);
	return false;
}

static void run_init(struct example_run *run, struct rule_host *host, int entity, int example,
		     struct arena *arena, struct fault_list *differences)
{
	*run = (struct example_run){
		.host = host,
		.plan = &host->plans[entity],
		.info = &host->plans[entity].info->examples[example],
		.example_ref = host->plans[entity].example_refs[example],
		.arena = arena,
		.differences = differences,
	};
}

/* False with a difference, or with err when the rule cannot be run. */
static bool run_once(struct example_run *run, int entity, struct err *err)
{
	return protect(run, build_protected) &&
	       rule_host_derive(run->host, entity, &run->row, run->arena, &run->outcome, err);
}

static bool same_faults(const struct outcome *a, const struct outcome *b)
{
	if (a->fault_count != b->fault_count)
		return false;
	for (size_t i = 0; i < a->fault_count; i++) {
		if (strcmp(a->faults[i].code, b->faults[i].code) != 0 ||
		    !span_equal(a->faults[i].where, b->faults[i].where) ||
		    !span_equal(a->faults[i].message, b->faults[i].message))
			return false;
	}
	return true;
}

static bool same_outcome(const struct outcome *a, const struct outcome *b)
{
	return a->kind == b->kind && span_equal(a->body, b->body) && span_equal(a->id, b->id) &&
	       span_equal(a->skip_text, b->skip_text) && a->decisions == b->decisions &&
	       same_faults(a, b);
}

/* The same example of the same file in a state that has seen no row yet. */
static void run_fresh(struct example_run *first, int entity, int example, struct err *err)
{
	struct fault_list faults, warnings, ignored;
	struct rule_host *fresh = NULL;
	struct example_run second;

	fault_list_init(&faults, first->arena);
	fault_list_init(&warnings, first->arena);
	fault_list_init(&ignored, first->arena);
	if (!rule_host_open(first->host->path, NULL, &first->host->budget, &fresh, &faults,
			    &warnings, err)) {
		err_while(err, "loading it again");
		return;
	}
	if (entity >= fresh->migration.entity_count ||
	    example >= fresh->plans[entity].info->example_count ||
	    strcmp(fresh->plans[entity].info->examples[example].name, first->info->name) != 0) {
		err_set(err, ERR_RULE, "%s changed while it was tested", first->host->path);
		goto done;
	}
	run_init(&second, fresh, entity, example, first->arena, &ignored);
	if (!run_once(&second, entity, err) && err->code != ERR_NONE)
		goto done;
	if (!same_outcome(&first->outcome, &second.outcome))
		example_differs(first, SPAN_NONE,
				"the same row gave something else in a fresh "
				"state: the rule is not a pure function");
done:
	rule_host_close(fresh);
}

static int compare_differences(const void *a, const void *b)
{
	const struct fault *first = a;
	const struct fault *second = b;

	return span_compare(first->message, second->message);
}

/* Lua tables are walked in an order of their own, which must not be seen. */
static void sort_differences(struct fault_list *differences, size_t before)
{
	if (differences->fault_count > before)
		qsort(differences->faults + before, differences->fault_count - before,
		      sizeof(*differences->faults), compare_differences);
}

bool rule_host_run_example(struct rule_host *host, int entity_index, int example_index,
			   bool *passed, struct fault_list *differences, struct err *err)
{
	size_t before = differences->fault_count;
	struct example_run run;
	struct arena arena;
	bool ok;

	require(entity_index >= 0 && entity_index < host->migration.entity_count);
	require(example_index >= 0 &&
		example_index < host->plans[entity_index].info->example_count);
	*passed = false;
	arena_init(&arena);
	run_init(&run, host, entity_index, example_index, &arena, differences);
	if (run_once(&run, entity_index, err) && protect(&run, check_protected))
		run_fresh(&run, entity_index, example_index, err);
	ok = err->code == ERR_NONE;
	arena_release(&arena);
	fault_list_make_lines(differences, before);
	sort_differences(differences, before);
	*passed = ok && differences->fault_count == before;
	return ok;
}
