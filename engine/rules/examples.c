/*
 * examples.c: run each example in the host it was loaded in and once more in a fresh state, in the other order; the bytes must be
 * the same, and be what the example says.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
	run->is_derived =
	    protect(run, build_protected) &&
	    rule_host_derive(run->host, entity, &run->row, run->arena, &run->outcome, err);
	return run->is_derived;
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

/* ---- all of them ---- */

struct examples_run {
	struct rule_host *host;
	struct arena *arena;
	struct example_result *results;
	struct example_run *runs; /* beside results, as they ran first */
	int count;
};

static void list_all(struct examples_run *all)
{
	const struct migration_info *migration = &all->host->migration;
	size_t count = 1;

	for (int e = 0; e < migration->entity_count; e++)
		count += (size_t)migration->entities[e].example_count;
	all->results = arena_zalloc(all->arena, sizeof(*all->results) * count);
	all->runs = arena_zalloc(all->arena, sizeof(*all->runs) * count);
	for (int e = 0; e < migration->entity_count; e++)
		for (int i = 0; i < migration->entities[e].example_count; i++) {
			struct example_result *result = &all->results[all->count++];

			result->entity_index = e;
			result->example_index = i;
			fault_list_init(&result->differences, all->arena);
		}
}

/* In the host it was loaded in. */
static bool run_first(struct examples_run *all, struct err *err)
{
	for (int i = 0; i < all->count; i++) {
		struct example_result *result = &all->results[i];
		struct example_run *run = &all->runs[i];

		run_init(run, all->host, result->entity_index, result->example_index, all->arena,
			 &result->differences);
		if (run_once(run, result->entity_index, err))
			protect(run, check_protected);
		if (err->code != ERR_NONE)
			return err_while(err, "example \"%s\" of %s", run->info->name,
					 run->plan->info->name);
	}
	return true;
}

/* Is there anything to compare? */
static bool has_derived(const struct examples_run *all)
{
	for (int i = 0; i < all->count; i++)
		if (all->runs[i].is_derived)
			return true;
	return false;
}

static bool is_same_file(const struct examples_run *all, const struct rule_host *fresh)
{
	for (int i = 0; i < all->count; i++) {
		const struct example_result *result = &all->results[i];
		int entity = result->entity_index, example = result->example_index;

		if (entity >= fresh->migration.entity_count ||
		    example >= fresh->plans[entity].info->example_count ||
		    strcmp(fresh->plans[entity].info->examples[example].name,
			   all->runs[i].info->name) != 0)
			return false;
	}
	return true;
}

static bool run_in_fresh(struct examples_run *all, struct rule_host *fresh, struct err *err)
{
	for (int i = all->count; i-- > 0;) {
		struct example_result *result = &all->results[i];
		struct fault_list ignored;
		struct example_run second;

		fault_list_init(&ignored, all->arena);
		run_init(&second, fresh, result->entity_index, result->example_index, all->arena,
			 &ignored);
		if (!run_once(&second, result->entity_index, err) && err->code != ERR_NONE)
			return false;
		if (all->runs[i].is_derived && second.is_derived &&
		    !same_outcome(&all->runs[i].outcome, &second.outcome))
			example_differs(&all->runs[i], SPAN_NONE,
					"the same row gave something else in a fresh state: the "
					"rule is not a pure function");
	}
	return true;
}

/* In a state that has seen no row yet, and in another order. */
static bool run_again(struct examples_run *all, struct err *err)
{
	struct fault_list faults, warnings;
	struct rule_host *fresh = NULL;
	bool ok;

	fault_list_init(&faults, all->arena);
	fault_list_init(&warnings, all->arena);
	if (!rule_host_open(all->host->path, NULL, &all->host->budget, &fresh, &faults, &warnings,
			    err))
		return err_while(err, "loading it again");
	ok = is_same_file(all, fresh)
		 ? run_in_fresh(all, fresh, err)
		 : err_set(err, ERR_RULE, "%s changed while it was tested", all->host->path);
	rule_host_close(fresh);
	return ok;
}

bool rule_host_run_examples(struct rule_host *host, struct arena *arena,
			    const struct example_result **results, int *count, struct err *err)
{
	struct examples_run all = { .host = host, .arena = arena };

	list_all(&all);
	if (!run_first(&all, err) || (has_derived(&all) && !run_again(&all, err)))
		return false;
	for (int i = 0; i < all.count; i++) {
		struct example_result *result = &all.results[i];

		fault_list_make_lines(&result->differences, 0);
		sort_differences(&result->differences, 0);
		result->passed = result->differences.fault_count == 0;
	}
	*results = all.results;
	*count = all.count;
	return true;
}
