/*
 * judge.c: does a record keep its invariants, as it stands in the target?
 *
 * Its members become the results that deriving would have left, so that the invariants are asked by the same code. What deriving
 * could not have written is no record of the entity, and nothing is told of it: a predicate over half a record would be a guess.
 */
#include "engine/base/require.h"
#include "engine/model/base64.h"
#include "engine/rules/convert.h"

/* Trees and results take many times their text; one record may not take all memory there is. */
enum { BODY_BYTES_MAX = 32 << 20, READ_BYTES_MAX = 512 << 20 };

/* ---- faults ---- */

/* The subject is the field, or the entity. What is at hand is a record, not a row of legacy. */
static bool blame_body(struct evaluator *e, struct fault *fault)
{
	if (!e->subject.path) {
		fault->where = span_of(e->plan->info->name);
		fault->field = SPAN_NONE;
	}
	fault->why = SPAN("a record that the rule cannot have written proves nothing");
	fault->help = SPAN("find out who wrote it");
	return false;
}

static bool blame_unlike(struct evaluator *e, const struct scope *scope, const struct field *field,
			 const struct value *value)
{
	struct fault *fault;

	fault_list_init(&e->faults, e->arena);
	e->subject = evaluate_subject(scope, field);
	fault =
	    blame(e, "E2102", "what %s holds is nothing that the rule writes there", field->path);
	if (value)
		blame_saw(e, fault, value);
	return blame_body(e, fault);
}

static bool blame_missing(struct evaluator *e, const struct scope *scope, const struct field *field)
{
	e->subject = evaluate_subject(scope, field);
	return blame_body(e, blame(e, "E2101", "%s is missing", field->path));
}

static bool blame_stranger(struct evaluator *e, const struct scope *scope, struct span name)
{
	if (scope->whole)
		e->subject = evaluate_subject(&(struct scope){ 0 }, scope->whole);
	else
		e->subject = evaluate_entity_subject(e);
	return blame_body(e, blame(e, "E2102", "a member %s, which no record of %s has",
				   blame_quote(e, name), e->plan->info->record));
}

static bool blame_size(struct evaluator *e)
{
	return blame_body(e, blame(e, "E2205", "the record takes more memory than judging may"));
}

/* ---- members as results ---- */

static bool read_members(struct evaluator *e, const struct scope *scope,
			 const struct json_value *object);

static bool fits(enum field_type type, enum json_kind kind)
{
	switch (type) {
	case FIELD_INTEGER:
		return kind == JSON_NUMBER;
	case FIELD_BOOLEAN:
		return kind == JSON_TRUE || kind == JSON_FALSE;
	case FIELD_MAP:
	case FIELD_OBJECT:
		return kind == JSON_OBJECT;
	case FIELD_LIST:
		return kind == JSON_ARRAY;
	case FIELD_JSON:
		return true;
	case FIELD_ID:
	case FIELD_REF:
	case FIELD_TEXT:
	case FIELD_BIGINT:
	case FIELD_DECIMAL:
	case FIELD_INSTANT:
	case FIELD_DATE:
	case FIELD_ENUM:
	case FIELD_BYTES:
		return kind == JSON_STRING;
	}
	return false;
}

/* The value behind the JSON, as it was before it was written. */
static bool value_of(struct evaluator *e, const struct field *field, const struct json_value *json,
		     struct value *value)
{
	*value = (struct value){ .kind = VALUE_TEXT, .text = json->text };
	switch (field->type) {
	case FIELD_BOOLEAN:
		value->kind = VALUE_BOOLEAN;
		value->integer = json->kind == JSON_TRUE;
		return true;
	case FIELD_BYTES:
		value->kind = VALUE_BYTES;
		return base64_decode(&e->scratch, json->text, &value->text);
	case FIELD_JSON:
		value->kind = VALUE_DOCUMENT;
		value->document = json;
		return document_is_sound(json);
	default:
		return true;
	}
}

/* Of these there is one way to write a value, and others that mean the same. */
static bool is_as_written(const struct evaluator *e, const struct field *field,
			  const struct json_value *json)
{
	struct span written = buf_span(e->out);

	if (field->type != FIELD_DECIMAL && field->type != FIELD_BYTES)
		return true;
	return written.size == json->text.size + 2 &&
	       memcmp(written.data + 1, json->text.data, json->text.size) == 0;
}

static bool read_single(struct evaluator *e, const struct scope *scope, const struct field *field,
			const struct json_value *json, struct result *result)
{
	const struct value seen = { .kind = VALUE_TEXT, .text = json->text };
	bool is_text = json->kind == JSON_STRING || json->kind == JSON_NUMBER;
	bool ok;

	e->subject = evaluate_subject(scope, field);
	buf_reset(e->out);
	ok = value_of(e, field, json, &result->value);
	if (field->type == FIELD_ID || field->type == FIELD_REF)
		ok = ok && convert_checked(e, &result->value);
	else
		ok = ok && convert_typed(e, field, &result->value, result);
	if (!ok || !is_as_written(e, field, json))
		return blame_unlike(e, scope, field, is_text ? &seen : NULL);
	result->state = RESULT_PRESENT;
	return true;
}

static bool read_map(struct evaluator *e, const struct scope *scope, const struct field *field,
		     const struct json_value *json, struct result *result)
{
	size_t count = json->item_count;
	struct map_pair *pairs = arena_alloc(&e->scratch, sizeof(*pairs) * (count + 1));

	e->subject = evaluate_subject(scope, field);
	for (size_t i = 0; i < count; i++) {
		const struct json_value *item = &json->items[i];

		pairs[i] = (struct map_pair){ item->key, item->text };
		if (item->kind != JSON_STRING || !convert_check_text(e, item->key) ||
		    !convert_check_text(e, item->text))
			return blame_unlike(e, scope, field, NULL);
	}
	evaluate_sort_pairs(pairs, (uint32_t)count);
	result->value = (struct value){ .kind = VALUE_OTHER, .noun = "a map" };
	result->pairs = pairs;
	result->count = (uint32_t)count;
	result->state = RESULT_PRESENT;
	return true;
}

static bool read_object(struct evaluator *e, const struct scope *scope, const struct field *field,
			const struct json_value *json, struct result *result)
{
	const struct scope within = { .fields = field->members,
				      .results = scope->results + field->member_at,
				      .field_count = field->member_count,
				      .whole = scope->whole ? scope->whole : field,
				      .child_source = -1,
				      .depth = scope->depth };

	result->value = (struct value){ .kind = VALUE_OTHER, .noun = "an object" };
	result->elements = within.results;
	result->state = RESULT_PRESENT;
	return read_members(e, &within, json);
}

static bool read_list(struct evaluator *e, const struct scope *scope, const struct field *field,
		      const struct json_value *json, struct result *result)
{
	size_t width = (size_t)field->slot_count;
	struct result *elements;
	struct scope within = { .fields = field->members,
				.field_count = field->member_count,
				.whole = scope->whole ? scope->whole : field,
				.child_source = -1,
				.depth = scope->depth + 1 };

	require(scope->depth < SOURCES_MAX);
	if (json->item_count * width * sizeof(*elements) + e->scratch.used_bytes > READ_BYTES_MAX)
		return blame_size(e);
	elements = arena_alloc(&e->scratch, sizeof(*elements) * (width * json->item_count + 1));
	for (size_t i = 0; i < json->item_count; i++) {
		if (json->items[i].kind != JSON_OBJECT)
			return blame_unlike(e, scope, field, NULL);
		e->steps[scope->depth] = (struct step){ field->path, (uint32_t)i };
		within.results = elements + i * width;
		if (!read_members(e, &within, &json->items[i]))
			return false;
	}
	result->value = (struct value){ .kind = VALUE_OTHER, .noun = "a list" };
	result->elements = elements;
	result->count = (uint32_t)json->item_count;
	result->state = RESULT_PRESENT;
	return true;
}

static bool read_member(struct evaluator *e, const struct scope *scope, const struct field *field,
			const struct json_value *json, struct result *result)
{
	if (!fits(field->type, json->kind))
		return blame_unlike(e, scope, field, NULL);
	switch (field->type) {
	case FIELD_MAP:
		return read_map(e, scope, field, json, result);
	case FIELD_LIST:
		return read_list(e, scope, field, json, result);
	case FIELD_OBJECT:
		return read_object(e, scope, field, json, result);
	default:
		return read_single(e, scope, field, json, result);
	}
}

/* The field of this name, or −1. Canonical members stand in the fields' order, so the next one is mostly meant. */
static int find_field(const struct scope *scope, struct span name, int next)
{
	for (int i = 0; i < scope->field_count; i++) {
		int at = (next + i) % scope->field_count;

		if (span_equal_text(name, scope->fields[at].name))
			return at;
	}
	return -1;
}

/* Lists and maps are always there, and empty where they have nothing. */
static bool may_be_absent(const struct field *field)
{
	return field->optional && field->type != FIELD_LIST && field->type != FIELD_MAP;
}

static bool read_members(struct evaluator *e, const struct scope *scope,
			 const struct json_value *object)
{
	int next = 0;

	for (int i = 0; i < scope->field_count; i++)
		scope->results[i].state = RESULT_ABSENT;
	for (size_t i = 0; i < object->item_count; i++) {
		const struct json_value *member = &object->items[i];
		int at = find_field(scope, member->key, next);

		if (at < 0 && !scope->whole && span_equal_text(member->key, "lineage"))
			continue;
		if (at < 0)
			return blame_stranger(e, scope, member->key);
		if (!read_member(e, scope, &scope->fields[at], member, &scope->results[at]))
			return false;
		next = at + 1;
	}
	for (int i = 0; i < scope->field_count; i++)
		if (scope->results[i].state == RESULT_ABSENT && !may_be_absent(&scope->fields[i]))
			return blame_missing(e, scope, &scope->fields[i]);
	return true;
}

/* False with a fault recorded. */
static bool read_body(struct evaluator *e, struct span body)
{
	const struct scope scope = evaluate_record_scope(e);
	struct err err = { 0 };
	struct json_value json;

	if (body.size > BODY_BYTES_MAX)
		return blame_size(e);
	/* What the reader says may hold names from the body. */
	if (!json_read(body, &e->scratch, &json, &err))
		return blame_body(e, blame(e, "E2102", "the record is no JSON"));
	if (json.kind != JSON_OBJECT)
		return blame_body(e, blame(e, "E2102", "the record is no JSON object"));
	return read_members(e, &scope, &json);
}

/* ---- asking ---- */

int judge_protected(lua_State *lua)
{
	struct evaluator *e = host_of(lua)->evaluator;
	const struct scope scope = evaluate_record_scope(e);

	evaluate_push_handler(e);
	evaluate_invariant(e, &scope, e->judged);
	return 0;
}

/* reject("why") is a no of its own; everything else that ends a function early leaves the question open. */
static enum invariant_answer answer_of(const struct fault *fault)
{
	if (strcmp(fault->code, "E2202") == 0 || strcmp(fault->code, "E2201") == 0)
		return INVARIANT_BROKEN;
	return INVARIANT_UNTOLD;
}

/* Each has a budget of its own: one that never ends says nothing of the others. */
static void judge(struct evaluator *e, const struct invariant *invariant,
		  struct invariant_finding *finding)
{
	e->judged = invariant;
	evaluate_alone(e, e->judge_ref);
	*finding = (struct invariant_finding){ .answer = INVARIANT_HOLDS };
	if (!e->faults.fault_count)
		return;
	finding->fault = e->faults.faults[0];
	finding->fault.why = SPAN_NONE;
	finding->answer = answer_of(&finding->fault);
}

bool rule_host_judge(struct rule_host *host, int entity_index, struct span body,
		     struct arena *arena, struct record_judgement *judgement, struct err *err)
{
	struct outcome outcome;
	struct evaluator *e = evaluate_begin(host, entity_index, arena, &outcome);
	int count = e->plan->invariant_count;
	struct invariant_finding *findings =
	    arena_alloc(arena, sizeof(*findings) * ((size_t)count + 1));

	evaluate_reset(e);
	e->phase = PHASE_AFTER;
	*judgement = (struct record_judgement){ .findings = findings, .finding_count = count };
	judgement->is_record = read_body(e, body);
	if (!judgement->is_record)
		judgement->no_record = e->faults.faults[0];
	for (int i = 0; i < count; i++) {
		if (judgement->is_record)
			judge(e, &e->plan->invariants[i], &findings[i]);
		else
			findings[i] = (struct invariant_finding){ .answer = INVARIANT_UNTOLD,
								  .fault = judgement->no_record };
	}
	e->outcome = NULL;
	return evaluate_end(e, err);
}
