/*
 * documents.c: what json and php columns hold, as functions see it and records keep it.
 *
 * A document is read once a row and seen through views: nothing is copied into Lua that nobody asks
 * for. Numbers lose no digit: integers within ±(2^53−1) are numbers, all others decimals.
 */
#include <math.h>

#include "engine/base/require.h"
#include "engine/model/canonical.h"
#include "engine/model/php.h"
#include "engine/model/utf8.h"
#include "engine/rules/columns.h"

enum { DOCUMENT_DEPTH_MAX = PHP_DEPTH_MAX };

/* Trees take many times their text; one row's may not take all memory there is. */
enum { DOCUMENTS_BYTES_MAX = 256 << 20 };

/* ---- checking ---- */

enum document_fault { DOCUMENT_FINE, DOCUMENT_NOT_TEXT, DOCUMENT_DIGITS, DOCUMENT_DEEP };

static bool is_text(struct span text)
{
	return utf8_first_bad(text) == text.size;
}

static enum document_fault check(const struct json_value *value, int depth)
{
	struct decimal decimal;

	if (depth > DOCUMENT_DEPTH_MAX)
		return DOCUMENT_DEEP;
	if (value->kind == JSON_STRING && !is_text(value->text))
		return DOCUMENT_NOT_TEXT;
	if (value->kind == JSON_NUMBER && !decimal_parse(value->text, &decimal))
		return DOCUMENT_DIGITS;
	for (size_t i = 0; i < value->item_count; i++) {
		const struct json_value *item = &value->items[i];
		enum document_fault fault = check(item, depth + 1);

		if (value->kind == JSON_OBJECT && !is_text(item->key))
			fault = DOCUMENT_NOT_TEXT;
		if (fault != DOCUMENT_FINE)
			return fault;
	}
	return DOCUMENT_FINE;
}

bool document_is_sound(const struct json_value *document)
{
	return check(document, 1) == DOCUMENT_FINE;
}

static bool blame_document(struct evaluator *e, const struct place *place, enum document_fault what)
{
	static const struct {
		char code[8];
		const char *what;
	} faults[] = {
		[DOCUMENT_NOT_TEXT] = { "E2106", "holds a text that is not UTF-8 without NUL" },
		[DOCUMENT_DIGITS] = { "E2105", "holds a number with more than 38 digits" },
		[DOCUMENT_DEEP] = { "E2102", "is nested more than 100 levels deep" },
	};

	if (what == DOCUMENT_FINE)
		return true;
	blame_cell(e, faults[what].code, place, faults[what].what);
	return false;
}

/* What the reader says may hold names from the document. */
static bool blame_reading(struct evaluator *e, const struct place *place, const char *format,
			  const struct err *err)
{
	struct span why = blame_words(e, span_of(err->text));

	blame_cell(e, "E2102", place,
		   arena_print(&e->scratch, "is no %s: %.*s", format, SPAN_ARGS(why)).data);
	return false;
}

/* ---- reading ---- */

static bool read_tree(struct evaluator *e, const struct place *place, bool is_php,
		      struct json_value *document)
{
	struct err err = { 0 };

	if (e->scratch.used_bytes > DOCUMENTS_BYTES_MAX) {
		blame(e, "E2205", "the documents of one row take more than %d MiB",
		      DOCUMENTS_BYTES_MAX >> 20);
		return false;
	}
	if (is_php && !php_read(place->text, &e->scratch, document, &err))
		return blame_reading(e, place, "serialized PHP value", &err);
	if (!is_php && !json_read(place->text, &e->scratch, document, &err))
		return blame_reading(e, place, "JSON", &err);
	return blame_document(e, place, check(document, 1));
}

bool document_read(struct evaluator *e, const struct place *place, bool is_php, struct value *value)
{
	const struct cell *cell = &place->row[place->column];
	struct known_document *known =
	    &e->known_documents[((uintptr_t)cell / sizeof(*cell)) % KNOWN_DOCUMENTS];
	struct json_value *document;

	if (known->cell != cell || known->generation != e->generation) {
		document = arena_alloc(&e->scratch, sizeof(*document));
		if (!read_tree(e, place, is_php, document))
			return false;
		*known = (struct known_document){ cell, e->generation, document };
	}
	value->kind = VALUE_DOCUMENT;
	value->document = known->document;
	return true;
}

/* ---- as records hold it ---- */

/* Is a number in it that records write in another way? */
static bool has_other_number(const struct json_value *value)
{
	int64_t integer;
	bool found = value->kind == JSON_NUMBER && integer_parse(value->text, &integer) != 0;

	for (size_t i = 0; !found && i < value->item_count; i++)
		found = has_other_number(&value->items[i]);
	return found;
}

const struct json_value *document_as_kept(struct evaluator *e, const struct json_value *document,
					  struct span canonical)
{
	struct json_value *kept;
	struct err err = { 0 };

	if (!has_other_number(document))
		return document;
	kept = arena_alloc(&e->scratch, sizeof(*kept));
	require(json_read(canonical, &e->scratch, kept, &err));
	return kept;
}

/* ---- what functions see ---- */

static void push_number(lua_State *lua, struct span text)
{
	struct decimal decimal;
	int64_t integer;

	if (integer_parse(text, &integer) == 0)
		lua_pushnumber(lua, (lua_Number)integer);
	else if (decimal_parse(text, &decimal))
		value_push_decimal(lua, decimal);
	else
		luaL_error(lua, "a number with more than %d digits", DECIMAL_DIGITS_MAX);
}

void document_push(struct evaluator *e, const struct json_value *document)
{
	struct view *view;

	switch (document->kind) {
	case JSON_NULL:
		lua_pushnil(e->lua);
		break;
	case JSON_FALSE:
	case JSON_TRUE:
		lua_pushboolean(e->lua, document->kind == JSON_TRUE);
		break;
	case JSON_NUMBER:
		push_number(e->lua, document->text);
		break;
	case JSON_STRING:
		lua_pushlstring(e->lua, document->text.data, document->text.size);
		break;
	case JSON_ARRAY:
	case JSON_OBJECT:
		view = view_new(e, VIEW_DOCUMENT);
		view->document = document;
		view->count = (uint32_t)document->item_count;
		view->is_array = document->kind == JSON_ARRAY;
		break;
	}
}

const struct json_value *document_at(lua_State *lua, int index)
{
	const struct view *view;

	if (lua_type(lua, index) != LUA_TUSERDATA || lua_objlen(lua, index) < sizeof(*view))
		return NULL;
	view = lua_touserdata(lua, index);
	if (view->magic != VIEW_MAGIC || view->kind != VIEW_DOCUMENT ||
	    view->generation != view->evaluator->generation)
		return NULL;
	return view->document;
}

void document_push_item(const struct view *view, uint32_t i)
{
	const struct json_value *item = &view->document->items[i];

	value_charge(view->evaluator->lua, item->text.size);
	document_push(view->evaluator, item);
}

/* Members are asked for by name. PHP's arrays have integers among their keys, which are texts here. */
static struct span member_name(lua_State *lua, char digits[24])
{
	struct span name = SPAN_NONE;
	lua_Number number = lua_tonumber(lua, 2);

	if (lua_type(lua, 2) == LUA_TSTRING) {
		name.data = lua_tolstring(lua, 2, &name.size);
	} else if (lua_type(lua, 2) == LUA_TNUMBER && floor(number) >= number &&
		   fabs(number) <= (lua_Number)CANONICAL_INTEGER_MAX) {
		struct buf buf;

		buf_init(&buf);
		buf_put_int(&buf, (int64_t)number);
		memcpy(digits, buf.data, buf.size);
		name = (struct span){ digits, buf.size };
		buf_release(&buf);
	}
	return name;
}

static int object_index(lua_State *lua, const struct view *view)
{
	char digits[24];
	struct span name = member_name(lua, digits);

	value_charge(lua, (size_t)view->count * sizeof(struct span));
	for (uint32_t i = 0; name.data && i < view->count; i++) {
		if (span_equal(view->document->items[i].key, name)) {
			document_push_item(view, i);
			return 1;
		}
	}
	lua_pushnil(lua);
	return 1;
}

static int document_index(lua_State *lua)
{
	const struct view *view = view_self(lua);
	lua_Number i = lua_tonumber(lua, 2);

	if (!view->is_array)
		return object_index(lua, view);
	if (lua_type(lua, 2) != LUA_TNUMBER)
		return luaL_error(lua, "an array is asked for its elements by number, not by %s",
				  value_noun(lua, 2));
	if (i >= 1 && i <= view->count && floor(i) >= i)
		document_push_item(view, (uint32_t)i - 1);
	else
		lua_pushnil(lua);
	return 1;
}

static int document_length(lua_State *lua)
{
	const struct view *view = view_self(lua);

	if (!view->is_array)
		return luaL_error(lua, "an object has no length");
	lua_pushinteger(lua, (lua_Integer)view->count);
	return 1;
}

void documents_open(lua_State *lua)
{
	static const luaL_Reg methods[] = { { "__index", document_index },
					    { "__len", document_length },
					    { NULL, NULL } };

	value_metatable(lua, "engine.document", methods);
}
