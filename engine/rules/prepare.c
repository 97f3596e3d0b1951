/*
 * prepare.c: what happens to a value before its type looks at it: fold, then lookup; and the faults
 * every type shares.
 */
#include "engine/model/utf8.h"
#include "engine/rules/convert.h"
#include "engine/rules/coverage.h"
#include "engine/rules/library.h"

/* ---- folding ---- */

static struct span fold_case(struct evaluator *e, char first, char last, struct span text)
{
	char *folded;
	size_t i = 0;

	while (i < text.size && (text.data[i] < first || text.data[i] > last))
		i++;
	if (i == text.size)
		return text;
	folded = arena_alloc(&e->scratch, text.size);
	memcpy(folded, text.data, text.size);
	for (; i < text.size; i++) {
		if (folded[i] >= first && folded[i] <= last)
			folded[i] = (char)(folded[i] ^ 0x20);
	}
	return (struct span){ folded, text.size };
}

struct span fold_text(struct evaluator *e, enum fold_kind fold, struct span text)
{
	switch (fold) {
	case FOLD_UPPER:
		return fold_case(e, 'a', 'z', text);
	case FOLD_LOWER:
		return fold_case(e, 'A', 'Z', text);
	case FOLD_TRIM:
		return text_trim(text);
	case FOLD_NONE:
	case FOLD_FUNCTION:
		break;
	}
	return text;
}

/* ---- faults ---- */

/* The column a fault is about, " of del.amount", or nothing. */
static const char *of_column(struct evaluator *e)
{
	const struct subject *s = &e->subject;

	if (!s->source)
		return "";
	return arena_print(&e->scratch, " of %s.%s", s->source->table,
			   s->source->columns[s->column])
	    .data;
}

static const char *noun_of(const struct value *value)
{
	switch (value->kind) {
	case VALUE_NIL:
		return "nothing";
	case VALUE_TEXT:
		return "a text";
	case VALUE_BYTES:
		return "a run of bytes";
	case VALUE_INTEGER:
		return "an integer";
	case VALUE_DECIMAL:
		return "a decimal";
	case VALUE_BOOLEAN:
		return "a boolean";
	case VALUE_DOCUMENT:
		return value->document->kind == JSON_OBJECT  ? "an object"
		       : value->document->kind == JSON_ARRAY ? "a list"
							     : "a JSON value";
	case VALUE_OTHER:
		break;
	}
	return value->noun;
}

/* A value of a kind the field cannot hold. */
bool convert_blame_kind(struct evaluator *e, const struct value *value, const char *meant)
{
	const char *code = value->is_computed ? "E2114" : "E2102";

	blame_saw(e, blame(e, code, "%s where %s is meant", noun_of(value), meant), value);
	return false;
}

/* A text that does not read as what the field holds. */
struct fault *convert_blame_text(struct evaluator *e, const char *code, const struct value *value,
				 const char *what)
{
	struct fault *fault =
	    blame(e, code, "%s%s %s", blame_quote(e, value->text), of_column(e), what);

	blame_saw(e, fault, value);
	return fault;
}

bool convert_nothing(struct evaluator *e, const struct field *field, struct result *result)
{
	const struct value nothing = { .kind = VALUE_NIL };
	struct fault *fault;

	result->state = RESULT_ABSENT;
	if (field->optional)
		return true;
	fault = e->subject.source
		    ? blame(e, "E2101", "%s.%s is NULL, and the field is required",
			    e->subject.source->table, e->subject.source->columns[e->subject.column])
		    : blame(e, "E2101", "nothing there, and the field is required");
	blame_saw(e, fault, &nothing);
	fault->help = SPAN("say optional = true, or decide on a default");
	return false;
}

bool convert_check_text(struct evaluator *e, struct span text)
{
	size_t bad = utf8_first_bad(text);
	const struct value value = { .kind = VALUE_BYTES, .text = text };

	if (bad == text.size)
		return true;
	blame_saw(e,
		  blame(e, "E2106", "the text is not valid UTF-8 without NUL at byte %zu", bad + 1),
		  &value);
	return false;
}

bool convert_checked(struct evaluator *e, struct value *value)
{
	value->is_checked = value->is_checked || convert_check_text(e, value->text);
	return value->is_checked;
}

/* ---- folds and lookups, which come before the type ---- */

static bool fold_by_function(struct evaluator *e, const struct field *field, struct value *value)
{
	lua_rawgeti(e->lua, LUA_REGISTRYINDEX, field->fold_function);
	value_push(e->lua, value);
	return evaluate_call_value(e, 1, value);
}

bool convert_fold(struct evaluator *e, const struct field *field, struct value *value)
{
	if (field->fold == FOLD_NONE || value->kind == VALUE_NIL)
		return true;
	if (field->fold == FOLD_FUNCTION)
		return fold_by_function(e, field, value);
	if (value->kind != VALUE_TEXT)
		return convert_blame_kind(e, value, "a text to fold");
	value->text = fold_text(e, field->fold, value->text);
	return true;
}

const struct lookup_entry *lookup_find(const struct lookup *lookup, struct span text)
{
	int low = 0, high = lookup->entry_count;

	while (low < high) {
		int middle = low + (high - low) / 2;
		int order = span_compare(lookup->entries[middle].from, text);

		if (order == 0)
			return &lookup->entries[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

void convert_put_constant(struct buf *buf, const struct constant *constant)
{
	switch (constant->kind) {
	case CONSTANT_TEXT:
		buf_put_char(buf, '"');
		buf_put_span(buf, constant->text);
		buf_put_char(buf, '"');
		break;
	case CONSTANT_BOOLEAN:
		buf_put_text(buf, constant->integer ? "true" : "false");
		break;
	case CONSTANT_INTEGER:
		buf_put_int(buf, constant->integer);
		break;
	}
}

/* `in a new version, add  ["PICKED UP"] = "IN_PROGRESS",  to STATE (line 3)` */
static struct span lookup_help(struct evaluator *e, const struct lookup *lookup, const char *quoted,
			       int nearest)
{
	struct buf *buf = &e->text;

	buf_reset(buf);
	if (lookup->file) {
		buf_print(buf, "in a new version, add a line for %s to %s", quoted, lookup->file);
		return arena_copy(e->arena, buf_span(buf));
	}
	buf_print(buf, "in a new version, add   [%s] = ", quoted);
	if (nearest >= 0)
		convert_put_constant(buf, &lookup->entries[nearest].to);
	else
		buf_put_text(buf, "…");
	buf_print(buf, ",   to %s", lookup->name ? lookup->name : "the lookup");
	if (lookup->line)
		buf_print(buf, " (line %d)", lookup->line);
	return arena_copy(e->arena, buf_span(buf));
}

/* What stands in a lookup is easier to read than what a pattern matches. */
static struct span pattern_help(struct evaluator *e, const struct pattern_list *list)
{
	struct buf *buf = &e->text;

	buf_reset(buf);
	buf_print(buf, "in a new version, give it a lookup, or a pattern in %s",
		  list->name ? list->name : "patterns");
	if (list->line)
		buf_print(buf, " (line %d)", list->line);
	return arena_copy(e->arena, buf_span(buf));
}

static bool blame_lookup(struct evaluator *e, const struct field *field, const struct value *value)
{
	const char *quoted = blame_quote(e, value->text);
	int nearest = field->lookup ? blame_nearest_entry(value->text, field->lookup) : -1;
	struct fault *fault = blame(e, "E2103",
				    field->patterns ? "no mapping for %s, and no pattern matches it"
						    : "no mapping for %s",
				    quoted);

	if (fault == &e->unlisted)
		return false;
	blame_saw(e, fault, value);
	if (nearest >= 0)
		blame_near(e, fault, field->lookup->entries[nearest].from);
	if (e->subject.is_quiet)
		nearest = -1;
	fault->help = field->lookup ? lookup_help(e, field->lookup, quoted, nearest)
				    : pattern_help(e, field->patterns);
	return false;
}

/* Numbers and booleans are looked up by their text. */
static bool lookup_text(struct evaluator *e, struct value *value)
{
	struct buf *buf = &e->text;

	if (value->kind == VALUE_TEXT)
		return true;
	buf_reset(buf);
	if (value->kind == VALUE_INTEGER)
		buf_put_int(buf, value->integer);
	else if (value->kind == VALUE_BOOLEAN)
		buf_put_text(buf, value->integer ? "true" : "false");
	else
		return convert_blame_kind(e, value, "a text to look up");
	value->text = arena_copy(&e->scratch, buf_span(buf));
	value->kind = VALUE_TEXT;
	return true;
}

static void take_constant(struct value *value, const struct constant *constant)
{
	value->is_checked = false;
	value->is_computed = false;
	if (constant->kind == CONSTANT_TEXT) {
		value->kind = VALUE_TEXT;
		value->text = constant->text;
	} else {
		value->kind = constant->kind == CONSTANT_BOOLEAN ? VALUE_BOOLEAN : VALUE_INTEGER;
		value->integer = constant->integer;
	}
}

bool convert_lookup(struct evaluator *e, const struct field *field, struct value *value)
{
	const struct lookup_entry *entry = NULL;
	const struct constant *to = NULL;

	if ((!field->lookup && !field->patterns) || value->kind == VALUE_NIL)
		return true;
	if (!lookup_text(e, value))
		return false;
	if (field->lookup)
		entry = lookup_find(field->lookup, value->text);
	if (entry) {
		coverage_note(e->host, field->lookup, (int)(entry - field->lookup->entries));
		to = &entry->to;
	} else if (field->patterns && !convert_pattern(e, field->patterns, value, &to)) {
		return false;
	}
	if (!to)
		return blame_lookup(e, field, value);
	take_constant(value, to);
	return true;
}
