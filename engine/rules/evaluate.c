/*
 * evaluate.c: one source row in, one outcome out.
 *
 * A row runs inside one protected call, in which values are pushed; each function of a rule runs
 * in a protected call of its own inside it, so that what it raises costs its field only. Texts live
 * in the scratch arena, which is emptied with every row.
 */
#include "engine/base/require.h"
#include "engine/rules/coverage.h"
#include "engine/rules/derive_internal.h"

bool evaluate_bug(struct evaluator *e, const char *what)
{
	e->bug = what;
	return false;
}

/* ---- calling functions ---- */

enum { HANDLER_INDEX = 1 };

/* Why a protected call failed: what its handler recorded stands, the rest is recorded here. */
static void evaluate_failure(struct evaluator *e, int status)
{
	struct span words;

	if (e->stop != STOP_NOTHING)
		return;
	if (status == LUA_ERRMEM || e->host->memory_refused) {
		e->stop = STOP_MEMORY;
	} else if (e->host->budget_end == BUDGET_TIME) {
		e->stop = STOP_BUDGET;
		blame(e, "E2204", "the rule ran for more than %u ms", e->host->budget.cpu_ms);
	} else if (e->host->budget_end == BUDGET_INSTRUCTIONS) {
		e->stop = STOP_BUDGET;
		blame(e, "E2204", "the rule ran for more than its budget of instructions");
	} else if (status == LUA_ERRERR) {
		blame(e, "E2203", "functions call each other too deeply");
	} else if (!blame_is_sentinel(e->lua, -1)) {
		words = span_of(lua_type(e->lua, -1) == LUA_TSTRING ? lua_tostring(e->lua, -1)
								    : "an error without a message");
		words = blame_words(e, words);
		blame(e, "E2203", "%.*s", SPAN_ARGS(words));
	}
}

bool evaluate_call(struct evaluator *e, int argument_count)
{
	int status = lua_pcall(e->lua, argument_count, 1, HANDLER_INDEX);

	if (status == 0)
		return true;
	evaluate_failure(e, status);
	lua_pop(e->lua, 1);
	return false;
}

bool evaluate_call_value(struct evaluator *e, int argument_count, struct value *value)
{
	if (!evaluate_call(e, argument_count))
		return false;
	value_read(e->lua, -1, value);
	if (value->kind == VALUE_TEXT)
		value->text = arena_copy(&e->scratch, value->text);
	lua_pop(e->lua, 1);
	return true;
}

/* ---- the parts of an entity besides its fields ---- */

static bool is_true(const struct value *value)
{
	return value->kind != VALUE_NIL && (value->kind != VALUE_BOOLEAN || value->integer);
}

/* False when it cannot be told; that is recorded. */
static bool ask(struct evaluator *e, const struct scope *scope, const char *group, const char *name,
		const struct expression *expression, bool *answer)
{
	struct value value;

	e->subject = (struct subject){ .group = group,
				       .name = name,
				       .is_quiet = expression->is_quiet,
				       .file = expression->file,
				       .line = expression->line };
	if (!evaluate_expression(e, scope, expression, &value))
		return false;
	*answer = is_true(&value);
	return true;
}

/* The first reason that holds; one that could not be told leaves none to be believed. */
static void evaluate_skips(struct evaluator *e, const struct scope *scope)
{
	for (int i = 0; i < e->plan->skip_count && e->stop == STOP_NOTHING; i++) {
		const struct named_expression *skip = &e->plan->skips[i];
		bool holds = false;

		if (!ask(e, scope, "skip_when", skip->name, &skip->value, &holds) || !holds ||
		    e->faults.fault_count)
			continue;
		coverage_note(e->host, e->plan->skips, i);
		e->stop = STOP_SKIP;
		e->outcome->skip_reason = i;
		e->skip_text = span_of(skip->name);
	}
}

static void evaluate_rejects(struct evaluator *e, const struct scope *scope)
{
	for (int i = 0; i < e->plan->reject_count && e->stop == STOP_NOTHING; i++) {
		const struct named_expression *reject = &e->plan->rejects[i];
		bool holds = false;

		if (!ask(e, scope, "reject_when", reject->name, &reject->value, &holds) || !holds)
			continue;
		coverage_note(e->host, e->plan->rejects, i);
		blame(e, "E2201", "%s", reject->name);
	}
}

static uint64_t decisions_of_fields(const struct entity_plan *plan, const struct result *results)
{
	uint64_t decisions = 0;

	for (int i = 0; i < plan->field_count; i++) {
		if (results[i].state != RESULT_PRESENT)
			continue;
		decisions |= plan->fields[i].decisions;
		if (plan->fields[i].type == FIELD_LIST || plan->fields[i].type == FIELD_OBJECT)
			decisions |= results[i].decisions;
	}
	return decisions;
}

/* A decision that does not say what it touches touches the records whose fields rest on it. */
static void evaluate_decisions(struct evaluator *e, const struct scope *scope)
{
	uint64_t by_fields = decisions_of_fields(e->plan, scope->results);

	for (int i = 0; i < e->plan->info->decision_count && e->stop == STOP_NOTHING; i++) {
		const struct decision_plan *decision = &e->plan->decisions[i];
		bool touched = by_fields >> i & 1;

		if (decision->has_touches &&
		    !ask(e, scope, "decisions", e->plan->info->decisions[i].id, &decision->touches,
			 &touched))
			continue;
		if (!touched)
			continue;
		coverage_note(e->host, e->plan->decisions, i);
		e->outcome->decisions |= UINT64_C(1) << i;
	}
}

void evaluate_invariant(struct evaluator *e, const struct scope *scope,
			const struct invariant *invariant)
{
	e->subject = (struct subject){ .group = "invariants",
				       .name = invariant->name,
				       .is_quiet = invariant->is_quiet,
				       .file = invariant->file,
				       .line = invariant->line };
	lua_rawgeti(e->lua, LUA_REGISTRYINDEX, invariant->function);
	view_push_record(e, scope->fields, scope->results, scope->field_count);
	if (!evaluate_call(e, 1))
		return;
	if (!lua_toboolean(e->lua, -1))
		blame(e, "E2202", "\"%s\" does not hold", invariant->name);
	lua_pop(e->lua, 1);
}

static void evaluate_invariants(struct evaluator *e, const struct scope *scope)
{
	for (int i = 0; i < e->plan->invariant_count && e->stop == STOP_NOTHING; i++)
		evaluate_invariant(e, scope, &e->plan->invariants[i]);
}

/* ---- the row ---- */

struct scope evaluate_record_scope(struct evaluator *e)
{
	return (struct scope){ .fields = e->plan->fields,
			       .results = e->results,
			       .field_count = e->plan->field_count,
			       .child_source = -1 };
}

void evaluate_push_handler(struct evaluator *e)
{
	lua_rawgeti(e->lua, LUA_REGISTRYINDEX, e->handler_ref);
	require(lua_gettop(e->lua) == HANDLER_INDEX);
}

int evaluate_protected(lua_State *lua)
{
	struct evaluator *e = host_of(lua)->evaluator;
	const struct scope scope = evaluate_record_scope(e);

	evaluate_push_handler(e);
	evaluate_skips(e, &scope);
	evaluate_rejects(e, &scope);
	e->early_faults = e->faults.fault_count;
	e->phase = PHASE_FIELDS;
	if (e->stop == STOP_NOTHING)
		evaluate_fields(e, &scope, e->plan->field_order);
	e->phase = PHASE_AFTER;
	if (e->stop == STOP_NOTHING && !e->faults.fault_count) {
		evaluate_decisions(e, &scope);
		evaluate_invariants(e, &scope);
	}
	return 0;
}

struct subject evaluate_entity_subject(const struct evaluator *e)
{
	return (struct subject){ .name = e->plan->info->name,
				 .file = e->plan->info->file,
				 .line = e->plan->info->line };
}

static void forget_faults(struct evaluator *e)
{
	e->stop = STOP_NOTHING;
	fault_list_init(&e->faults, e->arena);
	e->unlisted_faults = 0;
}

void evaluate_reset(struct evaluator *e)
{
	arena_reset(&e->scratch);
	buf_reset(&e->body);
	e->out = &e->body;
	forget_faults(e);
	e->phase = PHASE_BEFORE;
	e->skip_text = SPAN_NONE;
	e->bug = NULL;
	memset(e->missing_reported, 0, sizeof(e->missing_reported));
	*e->outcome = (struct outcome){ .skip_reason = -1 };
	e->subject = evaluate_entity_subject(e);
	for (int i = 0; i < e->plan->field_count; i++)
		e->results[i].state = RESULT_FAILED;
	e->generation++;
}

void evaluate_run(struct evaluator *e, int function_ref)
{
	int status;

	e->host->work_done = 0;
	lua_rawgeti(e->lua, LUA_REGISTRYINDEX, function_ref);
	e->is_active = true;
	status = lua_pcall(e->lua, 0, 0, 0);
	e->is_active = false;
	if (status)
		evaluate_failure(e, status);
	lua_settop(e->lua, 0);
}

static void evaluate_once(struct evaluator *e)
{
	evaluate_reset(e);
	evaluate_run(e, e->derive_ref);
}

static void blame_memory(struct evaluator *e)
{
	if (e->stop != STOP_MEMORY)
		return;
	fault_list_init(&e->faults, e->arena);
	blame(e, "E2205", "the rule needed more memory than its budget, twice");
}

void evaluate_alone(struct evaluator *e, int function_ref)
{
	struct rule_host *host = e->host;

	forget_faults(e);
	budget_arm(host, host->budget.instructions);
	evaluate_run(e, function_ref);
	if (e->stop == STOP_MEMORY) {
		budget_collect(host);
		forget_faults(e);
		budget_arm_again(host, host->budget.instructions);
		evaluate_run(e, function_ref);
	}
	blame_memory(e);
}

/* ---- the outcome ---- */

/* The fields that are there as one object; ends: behind each. */
static struct span print_body(struct evaluator *e, uint32_t *ends)
{
	const struct entity_plan *plan = e->plan;
	size_t size = 2;
	char *body, *at;

	for (int i = 0; i < plan->field_count; i++)
		size += plan->fields[i].name_json.size + e->results[i].size + 1;
	body = at = arena_alloc(e->arena, size);
	for (int i = 0; i < plan->field_count; i++) {
		const struct result *result = &e->results[i];
		const struct span name = plan->fields[i].name_json;

		if (result->state == RESULT_PRESENT) {
			*at = at == body ? '{' : ',';
			at++;
			memcpy(at, name.data, name.size);
			at += name.size;
			memcpy(at, e->body.data + result->at, result->size);
			at += result->size;
		}
		ends[i] = (uint32_t)(at - body);
	}
	if (at == body)
		*at++ = '{';
	*at++ = '}';
	return (struct span){ body, (size_t)(at - body) };
}

static void finish_record(struct evaluator *e)
{
	struct outcome *outcome = e->outcome;
	int enum_count = e->plan->info->enum_count;
	int16_t *enum_values =
	    arena_alloc(e->arena, sizeof(*enum_values) * (size_t)(enum_count + 1));
	uint32_t *ends = arena_alloc(e->arena, sizeof(*ends) * ((size_t)e->plan->field_count + 1));

	outcome->kind = OUTCOME_RECORD;
	outcome->member_ends = ends;
	outcome->body = print_body(e, ends);
	outcome->digest = digest_of(outcome->body);
	outcome->id = arena_copy(e->arena, e->results[e->plan->id_field].value.text);
	for (int i = 0; i < enum_count; i++)
		enum_values[i] = -1;
	for (int i = 0; i < e->plan->field_count; i++) {
		int index = e->plan->fields[i].enum_index;

		if (e->plan->fields[i].type == FIELD_ENUM && index >= 0 &&
		    e->results[i].state == RESULT_PRESENT)
			enum_values[index] = (int16_t)e->results[i].enum_index;
	}
	outcome->enum_values = enum_values;
}

static void finish(struct evaluator *e)
{
	struct outcome *outcome = e->outcome;

	blame_memory(e);
	if (e->stop == STOP_SKIP) {
		outcome->kind = OUTCOME_SKIP;
		outcome->skip_text = arena_copy(e->arena, e->skip_text);
	} else if (e->faults.fault_count) {
		blame_finish(e);
		outcome->kind = OUTCOME_REJECT;
		outcome->decisions = 0;
		outcome->faults = e->faults.faults;
		outcome->fault_count = e->faults.fault_count;
		outcome->unlisted_count = e->unlisted_faults;
	} else {
		finish_record(e);
	}
}

void source_row_init(struct source_row *row, struct arena *arena, int source_count)
{
	size_t count = (size_t)source_count;
	char *entries = arena_zalloc(arena, count * (2 * sizeof(void *) + sizeof(*row->row_count)));

	*row = (struct source_row){ .rows = (void *)entries };
	row->starts = (void *)(entries + count * sizeof(void *));
	row->row_count = (void *)(entries + 2 * count * sizeof(void *));
}

struct evaluator *evaluate_begin(struct rule_host *host, int entity_index, struct arena *arena,
				 struct outcome *outcome)
{
	struct evaluator *e = host->evaluator;

	require(entity_index >= 0 && entity_index < host->migration.entity_count);
	require(lua_gettop(host->lua) == 0);
	e->plan = &host->plans[entity_index];
	e->row_child_of = e->child_of + entity_index * SOURCES_MAX;
	e->row_is_seen = e->is_seen + entity_index * e->fields_max;
	e->row = NULL;
	e->is_answer = false;
	e->arena = arena;
	e->outcome = outcome;
	return e;
}

bool evaluate_end(struct evaluator *e, struct err *err)
{
	require(lua_gettop(e->lua) == 0);
	if (e->bug)
		return err_set(err, ERR_BUG, "%s: %s", e->plan->info->name, e->bug);
	return true;
}

bool rule_host_derive(struct rule_host *host, int entity_index, const struct source_row *row,
		      struct arena *arena, struct outcome *outcome, struct err *err)
{
	struct evaluator *e = evaluate_begin(host, entity_index, arena, outcome);

	e->row = row;
	budget_arm(host, host->budget.instructions);
	evaluate_once(e);
	/* Garbage counts against the budget: without it the row may well fit. */
	if (e->stop == STOP_MEMORY) {
		budget_collect(host);
		budget_arm_again(host, host->budget.instructions);
		evaluate_once(e);
	}
	finish(e);
	return evaluate_end(e, err);
}
