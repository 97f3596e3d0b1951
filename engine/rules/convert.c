/*
 * convert.c: values as canonical bytes, by the type of their field.
 *
 * Whatever does not fit exactly is a fault; nothing is rounded, cut or guessed.
 */
#include "engine/rules/convert.h"
#include "engine/base/require.h"
#include "engine/model/base64.h"
#include "engine/model/canonical.h"
#include "engine/model/instant.h"
#include "engine/rules/coverage.h"

int integer_parse(struct span text, int64_t *integer)
{
	size_t at = text.size && text.data[0] == '-';
	bool is_large = false;
	int64_t number = 0;

	if (at == text.size)
		return 1;
	for (size_t i = at; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return 1;
		if (!is_large)
			number = number * 10 + (text.data[i] - '0');
		is_large = is_large || number > CANONICAL_INTEGER_MAX;
	}
	*integer = at ? -number : number;
	return is_large ? 2 : 0;
}

/* ---- one function a type: check, bring into canonical form, append ---- */

static void put_digits(struct evaluator *e, struct value *value)
{
	buf_reset(&e->text);
	buf_put_int(&e->text, value->integer);
	value->text = arena_copy(&e->scratch, buf_span(&e->text));
	value->kind = VALUE_TEXT;
	value->is_checked = true;
}

static void put_quoted(struct buf *out, struct span plain)
{
	buf_put_char(out, '"');
	buf_put_span(out, plain);
	buf_put_char(out, '"');
}

static bool convert_text(struct evaluator *e, struct value *value)
{
	/* A column typed int has one text only; a number a function made may never have had any. */
	if (value->kind == VALUE_INTEGER && !value->is_computed)
		put_digits(e, value);
	if (value->kind != VALUE_TEXT)
		return convert_blame_kind(e, value, "a text");
	if (!convert_checked(e, value))
		return false;
	canonical_put_string(e->out, value->text);
	return true;
}

/* An integer is an integer in any of three forms, as long as no digit is lost. */
static bool to_integer(struct evaluator *e, struct value *value)
{
	struct decimal whole;

	if (value->kind == VALUE_DECIMAL) {
		if (!decimal_rescale(value->decimal, 0, DECIMAL_EXACT, &whole))
			return convert_blame_kind(e, value, "an integer");
		buf_reset(&e->text);
		decimal_put(&e->text, whole);
		value->text = arena_copy(&e->scratch, buf_span(&e->text));
		value->kind = VALUE_TEXT;
	}
	if (value->kind != VALUE_TEXT && value->kind != VALUE_INTEGER)
		return convert_blame_kind(e, value, "an integer");
	return true;
}

static bool convert_integer(struct evaluator *e, struct value *value)
{
	if (!to_integer(e, value))
		return false;
	if (value->kind == VALUE_TEXT) {
		int64_t integer;
		int answer = integer_parse(value->text, &integer);

		if (answer == 1)
			convert_blame_text(e, "E2102", value, "is no integer");
		else if (answer == 2)
			convert_blame_text(e, "E2112", value, "is beyond 9007199254740991")->help =
			    SPAN("a bigint keeps it, as text");
		if (answer != 0)
			return false;
		value->kind = VALUE_INTEGER;
		value->integer = integer;
	}
	buf_put_int(e->out, value->integer);
	return true;
}

/* Digits alone, no zero in front, within −2^63 … 2^64 − 1. */
static bool is_bigint(struct span text)
{
	static const struct span limits[] = { { "18446744073709551615", 20 },
					      { "9223372036854775808", 19 } };
	bool negative = text.size && text.data[0] == '-';
	struct span digits = { text.data + negative, text.size - negative };
	struct span limit = limits[negative];

	if (!digits.size || digits.size > limit.size)
		return false;
	for (size_t i = 0; i < digits.size; i++) {
		if (digits.data[i] < '0' || digits.data[i] > '9')
			return false;
	}
	if (digits.data[0] == '0' && (digits.size > 1 || negative))
		return false;
	return digits.size < limit.size || span_compare(digits, limit) <= 0;
}

static bool convert_bigint(struct evaluator *e, struct value *value)
{
	if (!to_integer(e, value))
		return false;
	if (value->kind == VALUE_INTEGER)
		put_digits(e, value);
	if (!is_bigint(value->text)) {
		convert_blame_text(
		    e, "E2102", value,
		    "is no 64-bit integer in plain digits (no sign but '-', no zero in front)");
		return false;
	}
	put_quoted(e->out, value->text);
	return true;
}

/* A number with too many digits says so; everything else is no number. */
static bool blame_decimal(struct evaluator *e, const struct value *value)
{
	size_t digits = 0;

	for (size_t i = 0; i < value->text.size; i++) {
		if (value->text.data[i] >= '0' && value->text.data[i] <= '9')
			digits++;
		else if (value->text.data[i] != '.' && (value->text.data[i] != '-' || i > 0))
			digits = 0, i = value->text.size;
	}
	if (digits > DECIMAL_DIGITS_MAX)
		convert_blame_text(e, "E2105", value, "has more than 38 digits");
	else
		convert_blame_text(e, "E2102", value, "is no decimal number");
	return false;
}

static bool to_decimal(struct evaluator *e, struct value *value)
{
	struct decimal decimal;

	switch (value->kind) {
	case VALUE_DECIMAL:
		return true;
	case VALUE_INTEGER:
		decimal = (struct decimal){ .coefficient = value->integer };
		break;
	case VALUE_TEXT:
		if (!decimal_parse(value->text, &decimal))
			return blame_decimal(e, value);
		break;
	default:
		return convert_blame_kind(e, value, "a decimal");
	}
	value->kind = VALUE_DECIMAL;
	value->decimal = decimal;
	return true;
}

static bool convert_decimal(struct evaluator *e, const struct field *field, struct value *value)
{
	struct decimal exact;
	struct value seen = *value;

	if (!to_decimal(e, value))
		return false;
	if (!decimal_rescale(value->decimal, (uint8_t)field->scale, field->round, &exact) ||
	    decimal_integer_digits(exact) > field->digits - field->scale) {
		blame_saw(e,
			  blame(e, "E2105", "a number that does not fit decimal { %d, %d }%s",
				field->digits, field->scale,
				field->round == DECIMAL_EXACT ? " with all its digits"
							      : ", rounded as it is"),
			  &seen);
		return false;
	}
	value->decimal = exact;
	buf_put_char(e->out, '"');
	decimal_put(e->out, exact);
	buf_put_char(e->out, '"');
	return true;
}

static bool convert_boolean(struct evaluator *e, struct value *value)
{
	if (value->kind == VALUE_TEXT) {
		convert_blame_text(e, "E2102", value, "is a text where a boolean is meant")->help =
		    SPAN("type the column boolean, or say in a lookup what its texts mean");
		return false;
	}
	if (value->kind != VALUE_BOOLEAN)
		return convert_blame_kind(e, value, "a boolean");
	buf_put_text(e->out, value->integer ? "true" : "false");
	return true;
}

static bool convert_instant(struct evaluator *e, struct value *value)
{
	int64_t instant_us;

	if (value->kind != VALUE_TEXT)
		return convert_blame_kind(e, value, "an instant");
	if (!instant_from_text(value->text, &instant_us)) {
		convert_blame_text(e, "E2102", value, "is a text where an instant is meant")->help =
		    SPAN("say what the column means in its source: "
			 "types = { … = instant { zone = \"…\" } }");
		return false;
	}
	put_quoted(e->out, value->text);
	return true;
}

static bool convert_date(struct evaluator *e, struct value *value)
{
	struct local_time date;
	enum instant_fault fault;
	const char *what;

	if (value->kind != VALUE_TEXT)
		return convert_blame_kind(e, value, "a date");
	fault = date_parse(value->text, &date);
	if (fault != INSTANT_OK) {
		what = arena_print(&e->scratch, "is %s", instant_fault_text(fault)).data;
		convert_blame_text(e, time_fault_code(fault), value, what);
		return false;
	}
	put_quoted(e->out, value->text);
	return true;
}

/* A text is no run of bytes: it may stand for one in hex, in base64 or as it is. */
static bool convert_bytes(struct evaluator *e, struct value *value)
{
	if (value->kind == VALUE_TEXT && value->is_computed)
		value->kind = VALUE_BYTES;
	if (value->kind == VALUE_TEXT) {
		convert_blame_text(e, "E2102", value, "is a text where bytes are meant")->help =
		    SPAN("if the column holds them as they are, type it bytes; else make them "
			 "with by");
		return false;
	}
	if (value->kind != VALUE_BYTES)
		return convert_blame_kind(e, value, "a run of bytes");
	buf_put_char(e->out, '"');
	base64_put(e->out, value->text);
	buf_put_char(e->out, '"');
	return true;
}

/* A part of a json or php column, or all of it. */
static bool convert_json(struct evaluator *e, struct value *value)
{
	struct err err = { 0 };
	size_t at = e->out->size;
	struct span why;

	if (value->kind == VALUE_TEXT && !value->is_computed) {
		convert_blame_text(e, "E2102", value, "is a text where JSON is meant")->help =
		    SPAN("type the column json (or php)");
		return false;
	}
	if (value->kind != VALUE_DOCUMENT)
		return convert_blame_kind(e, value, "a part of a json or php column");
	if (canonical_put_value(value->document, e->out, &err)) {
		value->document = document_as_kept(
		    e, value->document, (struct span){ e->out->data + at, e->out->size - at });
		return true;
	}
	why = blame_words(e, span_of(err.text));
	blame(e, "E2112", "%.*s", SPAN_ARGS(why))->help = SPAN(
	    "take what is needed out of it, as fields of their own: a decimal keeps fractions");
	return false;
}

static bool convert_enum(struct evaluator *e, const struct field *field, struct value *value,
			 struct result *result)
{
	const char *nearest;
	struct fault *fault;

	if (value->kind != VALUE_TEXT)
		return convert_blame_kind(e, value, "a value of the enum");
	for (int i = 0; i < field->enum_value_count; i++) {
		if (span_equal_text(value->text, field->enum_values[i])) {
			result->enum_index = i;
			coverage_note(e->host, field->enum_values, i);
			canonical_put_string(e->out, value->text);
			return true;
		}
	}
	nearest = blame_nearest(value->text, field->enum_values, field->enum_value_count);
	fault = convert_blame_text(e, "E2104", value, "is none of the enum's values");
	if (nearest)
		blame_near(e, fault, span_of(nearest));
	return false;
}

/* ---- ids ---- */

static void put_encoded(struct buf *buf, struct span part)
{
	for (size_t i = 0; i < part.size; i++) {
		if (part.data[i] == '~')
			buf_put(buf, "%7E", 3);
		else if (part.data[i] == '%')
			buf_put(buf, "%25", 3);
		else
			buf_put_char(buf, part.data[i]);
	}
}

static bool id_part(struct evaluator *e, const struct field *field, struct value *part)
{
	if (part->kind == VALUE_INTEGER)
		put_digits(e, part);
	if (!convert_fold(e, field, part))
		return false;
	if (part->kind != VALUE_TEXT)
		return convert_blame_kind(e, part, "a text or an integer");
	if (!convert_checked(e, part))
		return false;
	if (field->type == FIELD_REF)
		part->text = fold_text(e, field->id_fold, part->text);
	return true;
}

bool convert_id(struct evaluator *e, const struct field *field, struct value *parts, int part_count,
		struct result *result)
{
	struct buf *buf = &e->text;

	for (int i = 0; i < part_count; i++) {
		if (parts[i].kind == VALUE_NIL)
			return convert_nothing(e, field, result);
		if (!id_part(e, field, &parts[i]))
			return false;
	}
	buf_reset(buf);
	buf_put_text(buf, field->prefix ? field->prefix : "");
	for (int i = 0; i < part_count; i++) {
		if (i)
			buf_put_char(buf, '~');
		put_encoded(buf, parts[i].text);
	}
	result->value = (struct value){ .kind = VALUE_TEXT,
					.is_checked = true,
					.text = arena_copy(&e->scratch, buf_span(buf)) };
	result->state = RESULT_PRESENT;
	result->at = e->out->size;
	canonical_put_string(e->out, result->value.text);
	result->size = e->out->size - result->at;
	return true;
}

/* ---- the door ---- */

bool convert_typed(struct evaluator *e, const struct field *field, struct value *value,
		   struct result *result)
{
	switch (field->type) {
	case FIELD_TEXT:
		return convert_text(e, value);
	case FIELD_INTEGER:
		return convert_integer(e, value);
	case FIELD_BIGINT:
		return convert_bigint(e, value);
	case FIELD_DECIMAL:
		return convert_decimal(e, field, value);
	case FIELD_BOOLEAN:
		return convert_boolean(e, value);
	case FIELD_INSTANT:
		return convert_instant(e, value);
	case FIELD_DATE:
		return convert_date(e, value);
	case FIELD_ENUM:
		return convert_enum(e, field, value, result);
	case FIELD_BYTES:
		return convert_bytes(e, value);
	case FIELD_JSON:
		return convert_json(e, value);
	case FIELD_OBJECT:
	case FIELD_ID:
	case FIELD_REF:
	case FIELD_MAP:
	case FIELD_LIST:
		break;
	}
	require(!"a type that convert_value() does not make");
	return false;
}

bool convert_value(struct evaluator *e, const struct field *field, struct value *value,
		   struct result *result)
{
	if (!convert_fold(e, field, value) || !convert_lookup(e, field, value))
		return false;
	if (value->kind == VALUE_NIL)
		return convert_nothing(e, field, result);
	result->at = e->out->size;
	if (!convert_typed(e, field, value, result))
		return false;
	result->size = e->out->size - result->at;
	result->value = *value;
	result->state = RESULT_PRESENT;
	return true;
}
