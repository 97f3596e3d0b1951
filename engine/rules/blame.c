/*
 * blame.c: faults of a record, put in words while the row is at hand.
 */
#include <stdarg.h>
#include <stdio.h>

#include "engine/base/require.h"
#include "engine/model/mask.h"
#include "engine/rules/derive_internal.h"

enum {
	FAULTS_LISTED_MAX = 100,
	SPELLING_BYTES_MAX = 64,
	STACK_LEVELS_MAX = 64,
	MESSAGE_SIZE = 512
};

/* Its address is what unwinding raises; nothing a rule can make compares equal to it. */
static const char sentinel = 's';

static struct span subject_where(struct evaluator *e)
{
	const struct subject *s = &e->subject;
	const char *entity = e->plan->info->name;

	if (s->group)
		return arena_print(e->arena, "%s.%s.%s", entity, s->group, s->name);
	if (s->depth) {
		struct span path = span_of(entity);

		for (int i = 0; i < s->depth; i++)
			path = arena_print(e->arena, "%.*s.%s[%u]", SPAN_ARGS(path),
					   e->steps[i].list, e->steps[i].number + 1);
		return arena_print(e->arena, "%.*s.%s", SPAN_ARGS(path), s->path);
	}
	return arena_print(e->arena, "%s.%s", entity, s->path ? s->path : s->name);
}

/* A message is one line, whatever a rule or a value puts into it. */
static void keep_on_one_line(char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			text[i] = ' ';
	}
}

static struct span format_message(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

static struct span format_message(struct arena *arena, const char *format, va_list arguments)
{
	va_list again;
	char *text;
	int size;

	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	require(size >= 0);
	text = arena_alloc(arena, (size_t)size + 1);
	vsnprintf(text, (size_t)size + 1, format, arguments);
	keep_on_one_line(text, (size_t)size);
	return (struct span){ text, (size_t)size };
}

/* Nothing is kept for those that are not listed: a row may have a million children. */
static bool is_listed(const struct evaluator *e)
{
	return e->faults.fault_count < FAULTS_LISTED_MAX;
}

static struct fault *blame_unlisted(struct evaluator *e, const char *code)
{
	e->unlisted_faults++;
	e->unlisted = (struct fault){ .code = code };
	return &e->unlisted;
}

void blame_column(struct fault *fault, const struct source *source, int column)
{
	fault->table = source->table;
	fault->column = source->columns[column];
}

static struct fault *blame_add(struct evaluator *e, const char *code, struct span message)
{
	struct fault *fault = fault_add(&e->faults, code);

	fault->where = subject_where(e);
	fault->field = span_of(e->subject.name);
	fault->file = e->subject.file;
	fault->line = e->subject.line;
	if (e->subject.source)
		blame_column(fault, e->subject.source, e->subject.column);
	fault->message = message;
	fault->why = SPAN("nothing was guessed; the record is kept in quarantine");
	return fault;
}

struct fault *blame(struct evaluator *e, const char *code, const char *format, ...)
{
	struct span message;
	va_list arguments;

	if (!is_listed(e))
		return blame_unlisted(e, code);
	va_start(arguments, format);
	message = format_message(e->arena, format, arguments);
	va_end(arguments);
	return blame_add(e, code, message);
}

void blame_finish(struct evaluator *e)
{
	if (!e->unlisted_faults)
		return;
	e->faults.faults[e->faults.fault_count - 1].why =
	    arena_print(e->arena,
			"nothing was guessed; the record is kept in quarantine. %zu more of its "
			"faults are not listed",
			e->unlisted_faults);
}

static struct span mask_of(struct evaluator *e, struct span bytes)
{
	struct buf mask;
	struct span copy;

	buf_init(&mask);
	mask_put(&mask, bytes);
	copy = arena_copy(e->arena, buf_span(&mask));
	buf_release(&mask);
	return copy;
}

struct span blame_words(struct evaluator *e, struct span words)
{
	if (!e->subject.is_quiet)
		return words;
	return arena_print(e->arena, "what the rule says here is masked (%.*s)",
			   SPAN_ARGS(mask_of(e, words)));
}

void blame_near(struct evaluator *e, struct fault *fault, struct span nearest)
{
	if (!e->subject.is_quiet)
		fault->nearest = nearest;
}

static void saw_bytes(struct evaluator *e, struct fault *fault, enum saw_kind kind,
		      struct span bytes)
{
	size_t kept;

	if (e->subject.is_quiet) {
		kind = SAW_OTHER;
		bytes = mask_of(e, bytes);
	}
	kept = bytes.size < CELL_KEPT_BYTES ? bytes.size : CELL_KEPT_BYTES;
	fault->saw_kind = kind;
	fault->saw = arena_copy(e->arena, (struct span){ bytes.data, kept });
	fault->saw_size = bytes.size;
}

static void saw_decimal(struct evaluator *e, struct fault *fault, struct decimal decimal)
{
	buf_reset(&e->text);
	decimal_put(&e->text, decimal);
	saw_bytes(e, fault, SAW_DECIMAL, buf_span(&e->text));
}

void blame_saw(struct evaluator *e, struct fault *fault, const struct value *value)
{
	if (fault == &e->unlisted)
		return;
	switch (value->kind) {
	case VALUE_NIL:
		fault->saw_kind = SAW_NULL;
		break;
	case VALUE_TEXT:
		saw_bytes(e, fault, SAW_TEXT, value->text);
		break;
	case VALUE_BYTES:
		saw_bytes(e, fault, SAW_BYTES, value->text);
		break;
	case VALUE_INTEGER:
		buf_reset(&e->text);
		buf_put_int(&e->text, value->integer);
		saw_bytes(e, fault, SAW_INTEGER, buf_span(&e->text));
		break;
	case VALUE_DECIMAL:
		saw_decimal(e, fault, value->decimal);
		break;
	case VALUE_BOOLEAN:
		saw_bytes(e, fault, SAW_BOOLEAN, span_of(value->integer ? "true" : "false"));
		break;
	case VALUE_DOCUMENT:
		fault->saw_kind = SAW_TABLE;
		break;
	case VALUE_OTHER:
		fault->saw_kind = SAW_OTHER;
		fault->saw = arena_copy(e->arena, span_of(value->noun));
		fault->saw_size = fault->saw.size;
		break;
	}
}

const char *blame_quote(struct evaluator *e, struct span text)
{
	struct fault shown = { .saw_kind = SAW_TEXT, .saw = text, .saw_size = text.size };

	if (e->subject.is_quiet)
		return mask_of(e, text).data;
	if (shown.saw.size > CELL_KEPT_BYTES)
		shown.saw.size = CELL_KEPT_BYTES;
	buf_reset(&e->text);
	fault_put_saw(&e->text, &shown);
	return arena_copy(&e->scratch, buf_span(&e->text)).data;
}

/* ---- errors on their way through Lua ---- */

void blame_unwind(lua_State *lua)
{
	lua_pushlightuserdata(lua, (void *)(uintptr_t)&sentinel);
	lua_error(lua);
	__builtin_unreachable();
}

bool blame_is_sentinel(lua_State *lua, int index)
{
	return lua_islightuserdata(lua, index) && lua_touserdata(lua, index) == &sentinel;
}

/* The innermost frame that runs a line; with in_rule, one that stands in a rule file. */
static bool find_line(lua_State *lua, bool in_rule, lua_Debug *frame)
{
	for (int level = 0; level < STACK_LEVELS_MAX && lua_getstack(lua, level, frame); level++) {
		lua_getinfo(lua, "Sl", frame);
		if (frame->currentline > 0 && (!in_rule || frame->source[0] == '@'))
			return true;
	}
	return false;
}

static void blame_position(struct evaluator *e, struct fault *fault)
{
	lua_Debug frame;

	if (fault == &e->unlisted || !find_line(e->lua, true, &frame))
		return;
	fault->file = arena_text(e->arena, frame.source + 1);
	fault->line = frame.currentline;
}

void blame_raise(lua_State *lua, const char *code, int value_index, const char *format, ...)
{
	struct evaluator *e = host_of(lua)->evaluator;
	char message[MESSAGE_SIZE];
	va_list arguments;

	va_start(arguments, format);
	if (e && e->is_active) {
		struct fault *fault = is_listed(e) ? NULL : blame_unlisted(e, code);
		struct value value;

		if (!fault)
			fault = blame_add(
			    e, code, blame_words(e, format_message(e->arena, format, arguments)));
		blame_position(e, fault);
		if (value_index) {
			value_read(lua, value_index, &value);
			blame_saw(e, fault, &value);
		}
		va_end(arguments);
		blame_unwind(lua);
	}
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	luaL_where(lua, 1);
	lua_pushstring(lua, message);
	lua_concat(lua, 2);
	lua_error(lua);
	__builtin_unreachable();
}

/* Lua puts "file:line: " in front of what it says; the fault has places for both. */
static struct span without_position(lua_State *lua, struct span message)
{
	char position[LUA_IDSIZE + 16];
	lua_Debug frame;
	int size;

	if (!find_line(lua, false, &frame))
		return message;
	size = snprintf(position, sizeof(position), "%s:%d: ", frame.short_src, frame.currentline);
	if (size > 0 && message.size >= (size_t)size &&
	    memcmp(message.data, position, (size_t)size) == 0)
		return (struct span){ message.data + size, message.size - (size_t)size };
	return message;
}

/* Lua refuses to compare values of two types before it asks either. Is a decimal at hand where it
 * did? */
static bool compares_decimal(lua_State *lua, struct span message)
{
	const struct span refusal = SPAN("attempt to compare");
	lua_Debug frame;
	bool found = false;

	if (message.size < refusal.size || memcmp(message.data, refusal.data, refusal.size) != 0 ||
	    !find_line(lua, true, &frame))
		return false;
	for (int i = 1; !found && lua_getlocal(lua, &frame, i); i++) {
		found = value_to_decimal(lua, -1) != NULL;
		lua_pop(lua, 1);
	}
	return found;
}

int blame_handler(lua_State *lua)
{
	struct evaluator *e = host_of(lua)->evaluator;
	struct span message = SPAN("an error without a message");
	struct fault *fault;

	if (blame_is_sentinel(lua, 1) || e->host->budget_end != BUDGET_LEFT ||
	    e->host->memory_refused)
		return 1;
	if (lua_type(lua, 1) == LUA_TSTRING)
		message.data = lua_tolstring(lua, 1, &message.size);
	message = without_position(lua, message);
	if (compares_decimal(lua, message)) {
		fault = blame(e, "E2203", "a decimal is compared with decimals only");
		fault->help = SPAN("make both of them decimals: write exact \"2\" for 2");
	} else {
		message = blame_words(e, message);
		fault = blame(e, "E2203", "%.*s", SPAN_ARGS(message));
	}
	blame_position(e, fault);
	lua_pushlightuserdata(lua, (void *)(uintptr_t)&sentinel);
	return 1;
}

/* ---- spelling ---- */

static unsigned char fold_letter(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same_letter(struct span a, size_t i, struct span b, size_t j)
{
	return fold_letter(a.data[i]) == fold_letter(b.data[j]);
}

/* Letters to change, leave out, add or swap with the next, from one spelling to the other; upper
 * and lower case count as the same letter. */
static size_t spelling_distance(struct span a, struct span b)
{
	size_t rows[3][SPELLING_BYTES_MAX + 1];

	if (a.size > SPELLING_BYTES_MAX || b.size > SPELLING_BYTES_MAX)
		return SPELLING_BYTES_MAX;
	for (size_t j = 0; j <= b.size; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.size; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b.size; j++) {
			bool same = same_letter(a, i - 1, b, j - 1);

			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + !same);
			if (i > 1 && j > 1 && same_letter(a, i - 1, b, j - 2) &&
			    same_letter(a, i - 2, b, j - 1))
				row[j] = least(row[j], rows[(i + 1) % 3][j - 2] + 1);
		}
	}
	return rows[a.size % 3][b.size];
}

/* Is the candidate nearer than that? Where sizes differ by more, no look at the letters is needed. */
static bool is_nearer(struct span wanted, struct span candidate, size_t *best)
{
	size_t apart = wanted.size > candidate.size ? wanted.size - candidate.size
						    : candidate.size - wanted.size;
	size_t distance;

	if (apart >= *best)
		return false;
	distance = spelling_distance(wanted, candidate);
	if (distance >= *best)
		return false;
	*best = distance;
	return true;
}

/* More edits than this and it is another word. */
static size_t spelling_limit(struct span wanted)
{
	size_t limit = wanted.size / 3;

	return limit < 1 ? 1 : least(limit, 3);
}

const char *blame_nearest(struct span wanted, const char *const *candidates, int count)
{
	size_t best = spelling_limit(wanted) + 1;
	const char *nearest = NULL;

	for (int i = 0; i < count; i++)
		if (is_nearer(wanted, span_of(candidates[i]), &best))
			nearest = candidates[i];
	return nearest;
}

int blame_nearest_entry(struct span wanted, const struct lookup *lookup)
{
	size_t best = spelling_limit(wanted) + 1;
	int nearest = -1;

	for (int i = 0; i < lookup->entry_count; i++)
		if (is_nearer(wanted, lookup->entries[i].from, &best))
			nearest = i;
	return nearest;
}
