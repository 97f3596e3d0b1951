/*
 * evaluate_inputs.c: what expressions read, from where they stand: columns, rows, whole sources,
 * other fields.
 */
#include "engine/base/require.h"
#include "engine/rules/derive_internal.h"

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
	if (source->kind != SOURCE_REFERENCE || e->is_answer)
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

	*row = NULL;
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
	return evaluate_call_value(e, expression->input_count, value);
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
