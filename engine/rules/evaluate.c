/*
 * evaluate.c: one source row in, one outcome out.
 *
 * A row runs inside one protected call, in which values are pushed; each function of a rule runs
 * in a protected call of its own inside it, so that what it raises costs its field only. Texts live
 * in the scratch arena, which is emptied with every row.
 */
#include "engine/base/require.h"
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

/* ---- inputs ---- */

/* "id "9"", or "a "1" and b "2"": what was looked for, none of it NULL. */
static const char *missing_key(struct evaluator *e, const struct source *source,
			       const struct cell *from)
{
	const char *key = "";

	for (int i = 0; i < source->key_count; i++)
		key = arena_print(&e->scratch, "%s%s%s %s", key, i ? " and " : "",
				  source->columns[source->key_columns[i]],
				  blame_quote(e, cell_span(&from[source->from_columns[i]])))
			  .data;
	return key;
}

/* The first column that points and is NULL; NULL when none is. */
static const char *null_pointer(const struct evaluator *e, const struct source *source,
				const struct cell *from)
{
	const struct source *pointing = &e->plan->info->sources.sources[source->from_source];
	const struct source_plan *plan = &e->plan->sources[source->from_source];

	for (int i = 0; i < source->key_count; i++) {
		if (cell_is_null(plan, &from[source->from_columns[i]]))
			return pointing->columns[source->from_columns[i]];
	}
	return NULL;
}

static bool points_by_masked(const struct evaluator *e, const struct source *source)
{
	const bool *masked = e->plan->info->sources.sources[source->from_source].masked;
	bool found = false;

	for (int i = 0; masked && i < source->key_count; i++)
		found = found || masked[source->from_columns[i]];
	return found;
}

static bool blame_missing(struct evaluator *e, int index, const struct cell *from)
{
	const struct source *source = &e->plan->info->sources.sources[index];
	const struct subject subject = e->subject;
	const char *column = null_pointer(e, source, from);
	struct fault *fault;

	if (e->missing_reported[index])
		return false;
	e->missing_reported[index] = true;
	e->subject = (struct subject){ .group = "source",
				       .name = source->name,
				       .is_quiet = points_by_masked(e, source),
				       .file = source->file,
				       .line = source->line };
	fault = column ? blame(e, "E2111", "%s is NULL and points at no row of %s", column,
			       source->table)
		       : blame(e, "E2111", "%s has no row with %s", source->table,
			       missing_key(e, source, from));
	fault->help = SPAN("where a missing row is no fault, say optional = true");
	e->subject = subject;
	return false;
}

/* What hangs on a missing row is missing for that row's reason. */
static bool evaluate_missing(struct evaluator *e, const struct scope *scope, int index,
			     const struct cell **row)
{
	const struct source *source = &e->plan->info->sources.sources[index];
	const struct cell *from;

	require(source->kind == SOURCE_REFERENCE);
	*row = NULL;
	if (source->optional)
		return true;
	if (!evaluate_row(e, scope, source->from_source, &from))
		return false;
	return !from || blame_missing(e, index, from);
}

/* The row that was read, or NULL. Keys were joined as legacy wrote them: a text that means NULL may
 * have found a row, and points at none all the same. */
static const struct cell *joined_row(const struct evaluator *e, int index, uint32_t i)
{
	const struct source *source = &e->plan->info->sources.sources[index];
	const struct cell *from;

	if (i >= e->row->row_count[index])
		return NULL;
	if (source->kind != SOURCE_REFERENCE)
		return e->row->rows[index][i];
	from = joined_row(e, source->from_source, i);
	if (!from || null_pointer(e, source, from))
		return NULL;
	return e->row->rows[index][i];
}

/* ---- lists below lists ---- */

struct rows_range evaluate_below(const struct evaluator *e, int source, uint32_t row)
{
	const uint32_t *starts = e->row->starts[source];

	return (struct rows_range){ starts[row], starts[row + 1] - starts[row] };
}

/* The row above: the last whose rows begin at or before this one. */
static uint32_t row_above(const struct evaluator *e, int source, uint32_t row)
{
	const uint32_t *starts = e->row->starts[source];
	uint32_t low = 0;
	uint32_t high = e->row->row_count[e->plan->info->sources.sources[source].of];

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (starts[middle] <= row)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The row of these children that the scope stands on or below; false when it is none. */
static bool row_of_scope(const struct evaluator *e, const struct scope *scope, int children,
			 uint32_t *row)
{
	int at = scope->child_source;

	*row = scope->child;
	while (at > 0 && at != children) {
		int above = e->plan->info->sources.sources[at].of;

		if (above > 0)
			*row = row_above(e, at, *row);
		at = above;
	}
	return at == children;
}

struct rows_range evaluate_range(const struct evaluator *e, const struct scope *scope, int source)
{
	int above = e->plan->info->sources.sources[source].of;
	struct rows_range range, over;
	uint32_t row;

	if (above == 0 || scope->child_source < 0)
		return (struct rows_range){ 0, e->row->row_count[source] };
	if (row_of_scope(e, scope, above, &row))
		return evaluate_below(e, source, row);
	over = evaluate_range(e, scope, above);
	range.first = e->row->starts[source][over.first];
	range.count = e->row->starts[source][over.first + over.count] - range.first;
	return range;
}

bool evaluate_row(struct evaluator *e, const struct scope *scope, int source,
		  const struct cell **row)
{
	enum source_kind kind = e->plan->info->sources.sources[source].kind;
	int children = kind == SOURCE_CHILDREN ? source : e->row_child_of[source];
	uint32_t i = 0;

	if (children >= 0 && !row_of_scope(e, scope, children, &i))
		return evaluate_bug(e, "a child's column outside of each");
	*row = joined_row(e, source, i);
	return *row || evaluate_missing(e, scope, source, row);
}

/* Inside objects, fields of those around them may be named. */
static const struct scope *scope_of(const struct scope *scope, const struct input *input)
{
	for (int up = input->up; up > 0; up--)
		scope = scope->outer;
	return scope;
}

bool evaluate_input(struct evaluator *e, const struct scope *scope, const struct input *input,
		    struct value *value)
{
	const struct result *result;
	const struct cell *row;

	*value = (struct value){ .kind = VALUE_NIL };
	switch (input->kind) {
	case INPUT_COLUMN:
		if (!evaluate_row(e, scope, input->source, &row))
			return false;
		return !row || column_read(e, input->source, input->column, row, value);
	case INPUT_FIELD:
		result = &scope_of(scope, input)->results[input->field];
		if (result->state == RESULT_PRESENT)
			*value = result->value;
		return result->state != RESULT_FAILED;
	case INPUT_SOURCE:
		*value = (struct value){ .kind = VALUE_OTHER, .noun = "a whole source" };
		return true;
	}
	return false;
}

static bool push_source(struct evaluator *e, const struct scope *scope, int source)
{
	enum source_kind kind = e->plan->info->sources.sources[source].kind;
	int children = kind == SOURCE_CHILDREN ? source : e->row_child_of[source];
	const struct cell *row;
	uint32_t child = 0;

	if (children >= 0 && !row_of_scope(e, scope, children, &child)) {
		view_push_list(e, source, evaluate_range(e, scope, children));
		return true;
	}
	if (!evaluate_row(e, scope, source, &row))
		return false;
	if (row)
		view_push_row(e, source, child, row);
	else
		lua_pushnil(e->lua);
	return true;
}

bool evaluate_push_input(struct evaluator *e, const struct scope *scope, const struct input *input)
{
	const struct result *result;
	struct value value;

	switch (input->kind) {
	case INPUT_SOURCE:
		return push_source(e, scope, input->source);
	case INPUT_FIELD:
		scope = scope_of(scope, input);
		result = &scope->results[input->field];
		if (result->state == RESULT_FAILED)
			return false;
		view_push_result(e, &scope->fields[input->field], result);
		return true;
	case INPUT_COLUMN:
		break;
	}
	if (!evaluate_input(e, scope, input, &value))
		return false;
	value_push(e->lua, &value);
	return true;
}

static bool evaluate_by(struct evaluator *e, const struct scope *scope,
			const struct expression *expression, struct value *value)
{
	int top = lua_gettop(e->lua);

	luaL_checkstack(e->lua, expression->input_count + LUA_MINSTACK, "too many inputs");
	lua_rawgeti(e->lua, LUA_REGISTRYINDEX, expression->by);
	for (int i = 0; i < expression->input_count; i++) {
		if (!evaluate_push_input(e, scope, &expression->inputs[i])) {
			lua_settop(e->lua, top);
			return false;
		}
	}
	if (!evaluate_call(e, expression->input_count))
		return false;
	value_read(e->lua, -1, value);
	if (value->kind == VALUE_TEXT)
		value->text = arena_copy(&e->scratch, value->text);
	lua_pop(e->lua, 1);
	return true;
}

bool evaluate_expression(struct evaluator *e, const struct scope *scope,
			 const struct expression *expression, struct value *value)
{
	const struct input *input = expression->inputs;

	e->subject.source = NULL;
	if (expression->by != NO_FUNCTION)
		return evaluate_by(e, scope, expression, value);
	if (expression->input_count != 1)
		return evaluate_bug(e, "several inputs and no function");
	if (input->kind == INPUT_COLUMN) {
		e->subject.source = &e->plan->info->sources.sources[input->source];
		e->subject.column = input->column;
	}
	return evaluate_input(e, scope, input, value);
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

		if (ask(e, scope, "reject_when", reject->name, &reject->value, &holds) && holds)
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
		if (touched)
			e->outcome->decisions |= UINT64_C(1) << i;
	}
}

static void evaluate_invariants(struct evaluator *e, const struct scope *scope)
{
	for (int i = 0; i < e->plan->invariant_count && e->stop == STOP_NOTHING; i++) {
		const struct invariant *invariant = &e->plan->invariants[i];

		e->subject = (struct subject){ .group = "invariants",
					       .name = invariant->name,
					       .is_quiet = invariant->is_quiet,
					       .file = invariant->file,
					       .line = invariant->line };
		lua_rawgeti(e->lua, LUA_REGISTRYINDEX, invariant->function);
		view_push_record(e, scope->fields, scope->results, scope->field_count);
		if (!evaluate_call(e, 1))
			continue;
		if (!lua_toboolean(e->lua, -1))
			blame(e, "E2202", "\"%s\" does not hold", invariant->name);
		lua_pop(e->lua, 1);
	}
}

/* ---- the row ---- */

int evaluate_protected(lua_State *lua)
{
	struct evaluator *e = host_of(lua)->evaluator;
	const struct scope scope = { .fields = e->plan->fields,
				     .results = e->results,
				     .field_count = e->plan->field_count,
				     .child_source = -1 };

	lua_rawgeti(lua, LUA_REGISTRYINDEX, e->handler_ref);
	require(lua_gettop(lua) == HANDLER_INDEX);
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

static void evaluate_reset(struct evaluator *e)
{
	arena_reset(&e->scratch);
	buf_reset(&e->body);
	e->out = &e->body;
	fault_list_init(&e->faults, e->arena);
	e->unlisted_faults = 0;
	e->stop = STOP_NOTHING;
	e->phase = PHASE_BEFORE;
	e->skip_text = SPAN_NONE;
	e->bug = NULL;
	memset(e->missing_reported, 0, sizeof(e->missing_reported));
	*e->outcome = (struct outcome){ .skip_reason = -1 };
	e->subject = (struct subject){ .name = e->plan->info->name,
				       .file = e->plan->info->file,
				       .line = e->plan->info->line };
	for (int i = 0; i < e->plan->field_count; i++)
		e->results[i].state = RESULT_FAILED;
	e->generation++;
}

static void evaluate_once(struct evaluator *e)
{
	int status;

	evaluate_reset(e);
	budget_arm(e->host, e->host->budget.instructions);
	e->host->work_done = 0;
	lua_rawgeti(e->lua, LUA_REGISTRYINDEX, e->derive_ref);
	e->is_active = true;
	status = lua_pcall(e->lua, 0, 0, 0);
	e->is_active = false;
	if (status)
		evaluate_failure(e, status);
	lua_settop(e->lua, 0);
}

/* ---- the outcome ---- */

static struct span print_body(struct evaluator *e, size_t *lineage_at, bool *lineage_first)
{
	const struct entity_plan *plan = e->plan;
	size_t size = 2;
	char *body, *at;

	for (int i = 0; i < plan->field_count; i++)
		size += plan->fields[i].name_json.size + e->results[i].size + 1;
	body = at = arena_alloc(e->arena, size);
	*at++ = '{';
	*lineage_at = 1;
	for (int i = 0; i < plan->field_count; i++) {
		const struct result *result = &e->results[i];
		const struct span name = plan->fields[i].name_json;

		if (result->state != RESULT_PRESENT)
			continue;
		if (at != body + 1)
			*at++ = ',';
		memcpy(at, name.data, name.size);
		at += name.size;
		memcpy(at, e->body.data + result->at, result->size);
		at += result->size;
		if (i < plan->lineage_index)
			*lineage_at = (size_t)(at - body);
	}
	*at++ = '}';
	*lineage_first = *lineage_at == 1;
	return (struct span){ body, (size_t)(at - body) };
}

static void finish_record(struct evaluator *e)
{
	struct outcome *outcome = e->outcome;
	int enum_count = e->plan->info->enum_count;
	int16_t *enum_values =
	    arena_alloc(e->arena, sizeof(*enum_values) * (size_t)(enum_count + 1));

	outcome->kind = OUTCOME_RECORD;
	outcome->body = print_body(e, &outcome->lineage_at, &outcome->lineage_first);
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

	if (e->stop == STOP_MEMORY) {
		fault_list_init(&e->faults, e->arena);
		blame(e, "E2205", "the rule needed more memory than its budget, twice");
	}
	if (e->stop == STOP_SKIP) {
		outcome->kind = OUTCOME_SKIP;
		outcome->skip_text = arena_copy(e->arena, e->skip_text);
	} else if (e->faults.fault_count) {
		blame_finish(e);
		outcome->kind = OUTCOME_REJECT;
		outcome->decisions = 0;
		outcome->faults = e->faults.faults;
		outcome->fault_count = e->faults.fault_count;
	} else {
		finish_record(e);
	}
}

bool rule_host_derive(struct rule_host *host, int entity_index, const struct source_row *row,
		      struct arena *arena, struct outcome *outcome, struct err *err)
{
	struct evaluator *e = host->evaluator;

	require(entity_index >= 0 && entity_index < host->migration.entity_count);
	require(lua_gettop(host->lua) == 0);
	e->plan = &host->plans[entity_index];
	e->row_child_of = e->child_of + entity_index * SOURCES_MAX;
	e->row_is_seen = e->is_seen + entity_index * e->fields_max;
	e->row = row;
	e->arena = arena;
	e->outcome = outcome;
	evaluate_once(e);
	/* Garbage counts against the budget: without it the row may well fit. */
	if (e->stop == STOP_MEMORY) {
		budget_collect(host);
		evaluate_once(e);
	}
	finish(e);
	require(lua_gettop(host->lua) == 0);
	if (e->bug)
		return err_set(err, ERR_BUG, "%s: %s", e->plan->info->name, e->bug);
	return true;
}
