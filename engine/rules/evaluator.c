/*
 * evaluator.c: the scratch of the deriving half, made once for a loaded rule version.
 */
#include "engine/base/require.h"
#include "engine/rules/derive_internal.h"

/* References hang on the row, or on the child row, of what they hang on. */
static void find_child_of(const struct source_set *sources, int *child_of)
{
	for (int i = 0; i < sources->source_count; i++) {
		const struct source *source = &sources->sources[i];

		child_of[i] = -1;
		if (source->kind != SOURCE_REFERENCE)
			continue;
		require(source->from_source < i);
		child_of[i] = sources->sources[source->from_source].kind == SOURCE_CHILDREN
				  ? source->from_source
				  : child_of[source->from_source];
	}
}

static void see_inputs(const struct expression *expression, bool *is_seen)
{
	for (int i = 0; i < expression->input_count; i++) {
		if (expression->inputs[i].kind == INPUT_FIELD && !expression->inputs[i].up)
			is_seen[expression->inputs[i].field] = true;
	}
}

/* Invariants are given the whole record; other functions what they name. */
static void find_seen(const struct entity_plan *plan, bool *is_seen)
{
	for (int i = 0; i < plan->field_count; i++) {
		is_seen[i] = is_seen[i] || plan->invariant_count > 0;
		see_inputs(&plan->fields[i].value, is_seen);
	}
	for (int i = 0; i < plan->info->decision_count; i++) {
		if (plan->decisions[i].has_touches)
			see_inputs(&plan->decisions[i].touches, is_seen);
	}
}

static int slots_max(const struct rule_host *host)
{
	int most = 1;

	for (int i = 0; i < host->migration.entity_count; i++)
		most = host->plans[i].slot_count > most ? host->plans[i].slot_count : most;
	return most;
}

static void evaluator_plan(struct evaluator *e)
{
	struct rule_host *host = e->host;
	size_t entities = (size_t)host->migration.entity_count;

	e->fields_max = slots_max(host);
	e->results = arena_zalloc(&host->arena, sizeof(*e->results) * (size_t)e->fields_max);
	e->child_of = arena_zalloc(&host->arena, sizeof(*e->child_of) * SOURCES_MAX * entities);
	e->is_seen =
	    arena_zalloc(&host->arena, sizeof(*e->is_seen) * (size_t)e->fields_max * entities);
	for (size_t i = 0; i < entities; i++) {
		const struct entity_plan *plan = &host->plans[i];

		require(plan->info->sources.source_count <= SOURCES_MAX);
		require(plan->info->decision_count <= 64);
		find_child_of(&plan->info->sources, e->child_of + i * SOURCES_MAX);
		find_seen(plan, e->is_seen + i * (size_t)e->fields_max);
	}
}

static int open_protected(lua_State *lua)
{
	struct evaluator *e = lua_touserdata(lua, 1);

	lua_pushcfunction(lua, evaluate_protected);
	e->derive_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	lua_pushcfunction(lua, judge_protected);
	e->judge_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	lua_pushcfunction(lua, answer_protected);
	e->answer_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	lua_pushcfunction(lua, evaluate_map_pairs);
	e->map_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	lua_pushcfunction(lua, blame_handler);
	e->handler_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	lua_newtable(lua);
	e->pool_ref = luaL_ref(lua, LUA_REGISTRYINDEX);
	return 0;
}

bool evaluator_open(struct rule_host *host, struct err *err)
{
	struct evaluator *e = arena_zalloc(&host->arena, sizeof(*e));

	host->evaluator = e;
	e->host = host;
	e->lua = host->lua;
	arena_init(&e->scratch);
	buf_init(&e->body);
	for (int i = 0; i < SOURCES_MAX; i++)
		buf_init(&e->elements[i]);
	buf_init(&e->text);
	evaluator_plan(e);
	if (lua_cpcall(host->lua, open_protected, e) == 0)
		return true;
	lua_settop(host->lua, 0);
	evaluator_close(host);
	return err_set(err, ERR_RULE, "the memory budget of %zu bytes is too small",
		       host->budget.memory_bytes);
}

void evaluator_close(struct rule_host *host)
{
	struct evaluator *e = host->evaluator;

	if (!e)
		return;
	arena_release(&e->scratch);
	buf_release(&e->body);
	for (int i = 0; i < SOURCES_MAX; i++)
		buf_release(&e->elements[i]);
	buf_release(&e->text);
	host->evaluator = NULL;
}
