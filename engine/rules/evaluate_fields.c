/*
 * evaluate_fields.c: the fields of a record or of a list element, in the order in which they depend
 * on each other.
 */
#include <stdlib.h>

#include "engine/model/canonical.h"
#include "engine/model/key.h"
#include "engine/rules/derive_internal.h"
#include "engine/rules/fold_chain.h"

/* ---- ids and references to records ---- */

static bool evaluate_id(struct evaluator *e, const struct scope *scope, const struct field *field,
			struct result *result)
{
	const struct expression *expression = &field->value;
	struct value parts[KEY_PARTS_MAX];

	if (expression->by != NO_FUNCTION) {
		return evaluate_expression(e, scope, expression, parts) &&
		       convert_id(e, field, parts, 1, result);
	}
	if (expression->input_count > KEY_PARTS_MAX)
		return evaluate_bug(e, "an id of too many columns");
	for (int i = 0; i < expression->input_count; i++) {
		const struct input *input = &expression->inputs[i];

		if (!evaluate_input(e, scope, input, &parts[i]))
			return false;
		if (parts[i].kind == VALUE_NIL && input->kind == INPUT_COLUMN) {
			e->subject.source = &e->plan->info->sources.sources[input->source];
			e->subject.column = input->column;
		}
	}
	return convert_id(e, field, parts, expression->input_count, result);
}

/* ---- maps ---- */

/* The row a map's functions are asked for, and whether it is on the stack already. */
struct map_row {
	uint32_t number; /* in the map */
	uint32_t child;  /* in its source */
	const struct cell *cells;
	bool is_pushed;
};

/* The text the function gives for the row; no data for nil. */
static struct span ask_function(struct evaluator *e, const struct field *field, int function,
				struct map_row *row, const char *what)
{
	lua_State *lua = e->lua;
	struct span text = SPAN_NONE;
	struct value value;

	if (!row->is_pushed)
		view_push_row(e, field->list_source, row->child, row->cells);
	row->is_pushed = true;
	lua_rawgeti(lua, LUA_REGISTRYINDEX, function);
	lua_pushvalue(lua, -2);
	lua_call(lua, 1, 1);
	if (lua_type(lua, -1) == LUA_TSTRING) {
		text.data = lua_tolstring(lua, -1, &text.size);
		text = arena_copy(&e->scratch, text);
	} else if (!lua_isnil(lua, -1)) {
		value_read(lua, -1, &value);
		blame_saw(e,
			  blame(e, "E2114", "the %s function gave %s for row %u, not a text", what,
				value_noun(lua, -1), row->number + 1),
			  &value);
		blame_unwind(lua);
	}
	lua_pop(lua, 1);
	return text;
}

static void map_pair(struct evaluator *e, const struct field *field, uint32_t number)
{
	struct map_pair *pair = &e->map_pairs[e->map_count];
	struct map_row row = { .number = number, .child = e->map_range.first + number };
	int source = field->list_source;

	row.cells = e->row->rows[source][row.child];
	/* What runs without Lua runs no line that somebody could ask about. */
	if (e->host->coverage ||
	    !fold_chain_read(e, &field->key_chain, source, row.cells, &pair->key))
		pair->key = ask_function(e, field, field->map_key, &row, "key");
	if (!pair->key.data) {
		blame(e, "E2101", "row %u of the map has no key", number + 1)->saw_kind = SAW_NULL;
		blame_unwind(e->lua);
	}
	if (e->host->coverage ||
	    !fold_chain_read(e, &field->value_chain, source, row.cells, &pair->value))
		pair->value = ask_function(e, field, field->map_value, &row, "value");
	e->map_count++;
	if (row.is_pushed)
		lua_pop(e->lua, 1);
}

/* All pairs run under one protected call: what one raises fails the whole field anyway. */
int evaluate_map_pairs(lua_State *lua)
{
	struct evaluator *e = host_of(lua)->evaluator;
	const struct field *field = e->map_field;

	for (uint32_t i = 0; i < e->map_range.count; i++)
		map_pair(e, field, i);
	return 0;
}

static int compare_pairs(const void *a, const void *b)
{
	const struct map_pair *first = a;
	const struct map_pair *second = b;

	return canonical_compare_names(first->key, second->key);
}

/* Maps are small as a rule, and qsort is not made for that. */
void evaluate_sort_pairs(struct map_pair *pairs, uint32_t count)
{
	enum { SMALL_COUNT = 12 };

	if (count > SMALL_COUNT) {
		qsort(pairs, count, sizeof(*pairs), compare_pairs);
		return;
	}
	for (uint32_t i = 1; i < count; i++) {
		struct map_pair pair = pairs[i];
		uint32_t j = i;

		for (; j > 0 && canonical_compare_names(pairs[j - 1].key, pair.key) > 0; j--)
			pairs[j] = pairs[j - 1];
		pairs[j] = pair;
	}
}

static bool blame_twice(struct evaluator *e, struct span key)
{
	const struct value value = { .kind = VALUE_TEXT, .text = key };

	blame_saw(e, blame(e, "E2110", "two rows have the key %s", blame_quote(e, key)), &value);
	return false;
}

/* Two of a key end the map, even where one of them has no value: neither is the right one. */
static bool drop_absent_pairs(struct evaluator *e)
{
	uint32_t kept = 0;

	for (uint32_t i = 1; i < e->map_count; i++)
		if (span_equal(e->map_pairs[i - 1].key, e->map_pairs[i].key))
			return blame_twice(e, e->map_pairs[i].key);
	for (uint32_t i = 0; i < e->map_count; i++)
		if (e->map_pairs[i].value.data)
			e->map_pairs[kept++] = e->map_pairs[i];
	e->map_count = kept;
	return true;
}

static bool put_pairs(struct evaluator *e, const struct map_pair *pairs, uint32_t count)
{
	buf_put_char(e->out, '{');
	for (uint32_t i = 0; i < count; i++) {
		if (!convert_check_text(e, pairs[i].key) || !convert_check_text(e, pairs[i].value))
			return false;
		if (i)
			buf_put_char(e->out, ',');
		canonical_put_string(e->out, pairs[i].key);
		buf_put_char(e->out, ':');
		canonical_put_string(e->out, pairs[i].value);
	}
	buf_put_char(e->out, '}');
	return true;
}

static bool evaluate_map(struct evaluator *e, const struct scope *scope, const struct field *field,
			 struct result *result)
{
	if (field->map_key == NO_FUNCTION || field->map_value == NO_FUNCTION)
		return evaluate_bug(e, "a map without its functions");
	e->map_field = field;
	e->map_range = evaluate_range(e, scope, field->list_source);
	e->map_count = 0;
	e->map_pairs =
	    arena_alloc(&e->scratch, sizeof(*e->map_pairs) * ((size_t)e->map_range.count + 1));
	lua_rawgeti(e->lua, LUA_REGISTRYINDEX, e->map_ref);
	if (!evaluate_call(e, 0))
		return false;
	lua_pop(e->lua, 1);
	evaluate_sort_pairs(e->map_pairs, e->map_count);
	result->at = e->out->size;
	if (!drop_absent_pairs(e) || !put_pairs(e, e->map_pairs, e->map_count))
		return false;
	result->size = e->out->size - result->at;
	result->pairs = e->map_pairs;
	result->count = e->map_count;
	result->value = (struct value){ .kind = VALUE_OTHER, .noun = "a map" };
	result->state = RESULT_PRESENT;
	return true;
}

/* ---- objects and lists ---- */

/* The members that are there as one object, behind what `out` holds; `in` may be the same buffer.
 * Gives the decisions they rest on. */
static uint64_t put_members(struct buf *out, const struct buf *in, const struct field *owner,
			    const struct result *results)
{
	uint64_t decisions = 0;
	size_t size = 2;
	bool is_first = true;

	for (int i = 0; i < owner->member_count; i++)
		size += owner->members[i].name_json.size + results[i].size + 1;
	buf_reserve(out, size);
	buf_put_char(out, '{');
	for (int i = 0; i < owner->member_count; i++) {
		const struct field *member = &owner->members[i];

		if (results[i].state != RESULT_PRESENT)
			continue;
		if (!is_first)
			buf_put_char(out, ',');
		is_first = false;
		decisions |= member->decisions;
		if (member->type == FIELD_OBJECT || member->type == FIELD_LIST)
			decisions |= results[i].decisions;
		buf_put_span(out, member->name_json);
		buf_put(out, in->data + results[i].at, results[i].size);
	}
	buf_put_char(out, '}');
	return decisions;
}

/* False when one of them failed; that is recorded. */
static bool evaluate_members(struct evaluator *e, const struct field *owner,
			     const struct scope *within)
{
	bool ok = true;

	for (int i = 0; i < within->field_count; i++)
		within->results[i].state = RESULT_FAILED;
	evaluate_fields(e, within, owner->member_order);
	for (int i = 0; i < within->field_count; i++)
		ok = ok && within->results[i].state != RESULT_FAILED;
	return ok;
}

/* An object is always there, `{}` when none of its members is: it has no meaning of its own that
 * could be absent. */
static bool evaluate_object(struct evaluator *e, const struct scope *scope,
			    const struct field *field, struct result *result)
{
	const struct scope within = { .fields = field->members,
				      .results = scope->results + field->member_at,
				      .field_count = field->member_count,
				      .whole = scope->whole ? scope->whole : field,
				      .outer = scope,
				      .child_source = scope->child_source,
				      .child = scope->child,
				      .depth = scope->depth };

	if (!evaluate_members(e, field, &within))
		return false;
	result->at = e->out->size;
	result->decisions = put_members(e->out, e->out, field, within.results);
	result->size = e->out->size - result->at;
	result->elements = within.results;
	result->value = (struct value){ .kind = VALUE_OTHER, .noun = "an object" };
	result->state = RESULT_PRESENT;
	return true;
}

/* number: of the element in its list, whose rows are the range. */
static bool evaluate_element(struct evaluator *e, const struct scope *scope,
			     const struct field *list, struct rows_range range, uint32_t number,
			     struct result *results, uint64_t *decisions)
{
	struct buf *out = e->out;
	struct buf *element = &e->elements[scope->depth];
	const struct scope within = { .fields = list->members,
				      .results = results,
				      .field_count = list->member_count,
				      .whole = scope->whole ? scope->whole : list,
				      .child_source = list->list_source,
				      .child = range.first + number,
				      .depth = scope->depth + 1 };
	bool ok;

	e->steps[scope->depth] = (struct step){ list->path, number };
	buf_reset(element);
	e->out = element;
	ok = evaluate_members(e, list, &within);
	e->out = out;
	if (ok)
		*decisions |= put_members(out, element, list, results);
	return ok;
}

/* Element results are kept only where a function may ask for them: lists can be long. Of lists inside
 * lists and objects they are: those are short. */
static bool evaluate_list(struct evaluator *e, const struct scope *scope, const struct field *field,
			  struct result *result)
{
	struct rows_range range = evaluate_range(e, scope, field->list_source);
	size_t width = (size_t)field->slot_count;
	bool is_seen = scope->whole || e->row_is_seen[field - scope->fields];
	size_t kept = is_seen ? range.count : 1;
	struct result *elements = arena_alloc(&e->scratch, sizeof(*elements) * (width * kept + 1));
	struct buf *out = e->out;
	bool ok = true;

	if (scope->depth >= SOURCES_MAX)
		return evaluate_bug(e, "lists deeper than there are sources");
	result->at = out->size;
	result->decisions = 0;
	buf_put_char(out, '[');
	for (uint32_t i = 0; i < range.count && e->stop == STOP_NOTHING; i++) {
		if (i)
			buf_put_char(out, ',');
		ok &= evaluate_element(e, scope, field, range, i,
				       elements + (kept > 1 ? i * width : 0), &result->decisions);
	}
	buf_put_char(out, ']');
	result->size = out->size - result->at;
	result->elements = elements;
	result->count = range.count;
	result->value = (struct value){ .kind = VALUE_OTHER, .noun = "a list" };
	if (ok)
		result->state = RESULT_PRESENT;
	return ok;
}

/* ---- all fields ---- */

static bool evaluate_field(struct evaluator *e, const struct scope *scope,
			   const struct field *field, struct result *result)
{
	struct value value;

	switch (field->type) {
	case FIELD_ID:
	case FIELD_REF:
		return evaluate_id(e, scope, field, result);
	case FIELD_MAP:
		return evaluate_map(e, scope, field, result);
	case FIELD_LIST:
		return evaluate_list(e, scope, field, result);
	case FIELD_OBJECT:
		return evaluate_object(e, scope, field, result);
	default:
		return evaluate_expression(e, scope, &field->value, &value) &&
		       convert_value(e, field, &value, result);
	}
}

/* Most fields of most records: a text, as a column holds it. False, and nothing is done, where there is more to it. */
static bool evaluate_plain(struct evaluator *e, const struct scope *scope,
			   const struct field *field, struct result *result)
{
	const struct input *input = field->value.inputs;
	bool is_child = input->source == scope->child_source;
	struct buf *out = e->out;
	const struct cell *cell;
	size_t at = out->size;

	if (!is_child && input->source != 0)
		return false;
	cell = &e->row->rows[input->source][is_child ? scope->child : 0][input->column];
	if (cell->kind != CELL_TEXT || cell_is_null(&e->plan->sources[input->source], cell) ||
	    !json_put_plain(out, cell_span(cell)))
		return false;
	result->value =
	    (struct value){ .kind = VALUE_TEXT, .is_checked = true, .text = cell_span(cell) };
	result->at = at;
	result->size = out->size - at;
	result->state = RESULT_PRESENT;
	return true;
}

struct subject evaluate_subject(const struct scope *scope, const struct field *field)
{
	const struct field *whole = scope->whole ? scope->whole : field;

	return (struct subject){ .name = whole->name,
				 .path = field->path,
				 .depth = scope->depth,
				 .is_quiet = field->value.is_quiet,
				 .file = field->file,
				 .line = field->line };
}

void evaluate_fields(struct evaluator *e, const struct scope *scope, const int *order)
{
	for (int i = 0; i < scope->field_count && e->stop == STOP_NOTHING; i++) {
		const struct field *field = &scope->fields[order[i]];
		struct result *result = &scope->results[order[i]];

		if (field->is_plain && evaluate_plain(e, scope, field, result))
			continue;
		e->subject = evaluate_subject(scope, field);
		result->size = 0;
		if (!evaluate_field(e, scope, field, result))
			result->state = RESULT_FAILED;
	}
}
