/*
 * derive_internal.h: what the deriving files share. For engine/rules only.
 *
 * While a row is derived, faults are recorded the moment they are found, under the evaluator's
 * current subject. Code called by Lua then raises a sentinel (derive_raise), which only unwinds.
 */
#ifndef ENGINE_RULES_DERIVE_INTERNAL_H
#define ENGINE_RULES_DERIVE_INTERNAL_H

#include "engine/base/json.h"
#include "engine/model/instant.h"
#include "engine/rules/host_internal.h"

/* ---- values on the C side ---- */

enum value_kind {
	VALUE_NIL,
	VALUE_TEXT,
	VALUE_BYTES, /* raw, of a column that holds them */
	VALUE_INTEGER,
	VALUE_DECIMAL,
	VALUE_BOOLEAN,
	VALUE_DOCUMENT, /* what a json or php column holds, or a part of it */
	VALUE_OTHER,    /* no field can hold it */
};

struct value {
	enum value_kind kind;
	bool is_checked;  /* VALUE_TEXT: known to be UTF-8 without NUL */
	bool is_computed; /* a function made it */
	union {
		struct span text; /* VALUE_TEXT, VALUE_BYTES */
		int64_t integer;  /* VALUE_INTEGER, VALUE_BOOLEAN */
		struct decimal decimal;
		const char *noun; /* VALUE_OTHER: "a list" */
		const struct json_value *document;
	};
};

struct map_pair {
	struct span key, value;
};

enum result_state { RESULT_ABSENT, RESULT_PRESENT, RESULT_FAILED };

/* What became of one field of one record or list element. */
struct result {
	enum result_state state;
	int enum_index;     /* FIELD_ENUM: which of its values */
	struct value value; /* in canonical form; lists and maps below */
	size_t at, size;    /* its canonical bytes in the buffer it was written to */
	uint64_t decisions; /* lists and objects: those that their own fields rest on */
	const struct map_pair *pairs;
	/* lists: those of element i begin at i · slot_count; objects: those of their members */
	const struct result *elements;
	uint32_t count;
};

/* The fields being evaluated, and over which child row: of the record, or of one list element. */
struct scope {
	const struct field *fields;
	struct result *results;
	int field_count;
	const struct field *whole; /* inside objects and each: the record's own field; else NULL */
	const struct scope *outer; /* inside an object: where it stands */
	int child_source;          /* inside each: the children; else −1 */
	uint32_t child;            /* inside each: which of them, in the whole source row */
	int depth;                 /* how many lists stand around: 0 outside of each */
};

/* Some rows of children, one after the other. */
struct rows_range {
	uint32_t first, count;
};

/* ---- values.c, views.c: what functions see ---- */

enum view_kind { VIEW_ROW, VIEW_LIST, VIEW_RECORD, VIEW_ELEMENTS, VIEW_MAP, VIEW_DOCUMENT };
enum { VIEW_MAGIC = 0x76696577, DECIMAL_MAGIC = 0x64656369, FROZEN_MAGIC = 0x66726f7a };

/* Every userdata of a rule's state starts with its magic. */
struct view {
	uint32_t magic;
	enum view_kind kind;
	uint64_t generation; /* of the row it was made for; a view of an earlier row is refused */
	struct evaluator *evaluator;
	int source;                 /* VIEW_ROW, VIEW_LIST */
	uint32_t first;             /* VIEW_ROW: which row of the source; VIEW_LIST: its first */
	uint32_t count;             /* VIEW_LIST, VIEW_ELEMENTS, VIEW_MAP */
	const struct cell *row;     /* VIEW_ROW */
	const struct field *fields; /* VIEW_RECORD; VIEW_ELEMENTS: of an element */
	int field_count;
	int slot_count;                    /* VIEW_ELEMENTS: results an element takes */
	const struct result *results;      /* VIEW_RECORD; VIEW_ELEMENTS: of all elements */
	const struct map_pair *pairs;      /* VIEW_MAP */
	const struct json_value *document; /* VIEW_DOCUMENT: an array or an object */
	bool is_array;                     /* VIEW_DOCUMENT: an array, which is a list */
};

/* The view at index when it is one of the row being derived; NULL when it is no view; raises when
 * its row is gone. */
const struct view *view_at(lua_State *lua, int index);
/* Push the table behind a frozen view; false and nothing pushed when it is none. */
bool value_thaw(lua_State *lua, int index);
void views_open(lua_State *lua);

/* A userdata of size bytes with the named metatable; refuses to be opened, listed or written. */
void *value_new(lua_State *lua, size_t size, const char *metatable);
void value_metatable(lua_State *lua, const char *name, const luaL_Reg *methods);

/* These push one value and may raise only for lack of memory. */
void view_push_row(struct evaluator *e, int source, uint32_t child, const struct cell *row);
void view_push_list(struct evaluator *e, int source, struct rows_range range);
void view_push_record(struct evaluator *e, const struct field *fields, const struct result *results,
		      int field_count);
void view_push_result(struct evaluator *e, const struct field *field, const struct result *result);
void value_push(lua_State *lua, const struct value *value);

/* ---- documents.c: what json and php columns hold ---- */

/* The cell as a tree; it lives as long as the row. False with a fault recorded. */
struct place;
bool document_read(struct evaluator *e, const struct place *place, bool is_php,
		   struct value *value);
/* The same tree as records hold it, given its canonical bytes: 1.0 and 1e2 are integers there. */
const struct json_value *document_as_kept(struct evaluator *e, const struct json_value *document,
					  struct span canonical);
/* Could a column have held it? Records hold nothing else either. */
bool document_is_sound(const struct json_value *document);
/* Push it as plain values are seen: texts, numbers, booleans, nil; arrays and objects as views. */
void document_push(struct evaluator *e, const struct json_value *document);
/* The array or object behind the view at index, of the row being derived; NULL for anything else. */
const struct json_value *document_at(lua_State *lua, int index);
/* Push the i-th item of an array, from 0. */
void document_push_item(const struct view *view, uint32_t i);
void documents_open(lua_State *lua);
/* A view of its own kind; used by documents.c and views.c. */
struct view *view_new(struct evaluator *e, enum view_kind kind);
const struct view *view_self(lua_State *lua);

/* Read the value at index; texts still belong to Lua. */
void value_read(lua_State *lua, int index, struct value *value);

/* What people call the value at index: "a list", "nil", "the number 7". */
const char *value_noun(lua_State *lua, int index);

/* Count work that grows with its input against the budget of instructions: hooks do not run inside
 * C functions. Raises when it is spent. */
void value_charge(lua_State *lua, size_t bytes);

/* Lists of any make: rows, elements, frozen and plain tables. Raises for anything else. */
uint32_t list_length(lua_State *lua, int index, const char *function);
/* Push its i-th element, from 1. */
void list_push(lua_State *lua, int index, uint32_t i);

/* ---- columns.c: legacy's cells as values ---- */

/* False with a fault recorded. Text is checked to be UTF-8. */
bool column_read(struct evaluator *e, int source, int column, const struct cell *row,
		 struct value *value);
/* NULL, or a text that means NULL in this source. */
bool cell_is_null(const struct source_plan *plan, const struct cell *cell);

/* Of a text that is no time: of another type, or a moment that does not exist. */
const char *time_fault_code(enum instant_fault fault);

/* ---- convert.c: values as canonical bytes ---- */

/* Append the canonical bytes of the field and complete its result. False with a fault recorded.
 * Not for lists and maps. */
bool convert_value(struct evaluator *e, const struct field *field, struct value *value,
		   struct result *result);
/* id, and refs of several columns: encode the parts. */
bool convert_id(struct evaluator *e, const struct field *field, struct value *parts, int part_count,
		struct result *result);
/* Nothing there: absent when optional, else a fault. */
bool convert_nothing(struct evaluator *e, const struct field *field, struct result *result);
/* False with a fault recorded when the text is not UTF-8 without NUL. */
bool convert_check_text(struct evaluator *e, struct span text);
struct span fold_text(struct evaluator *e, enum fold_kind fold, struct span text);
/* The entry with this key, or NULL. */
const struct lookup_entry *lookup_find(const struct lookup *lookup, struct span text);
/* Strict: an optional '-' and digits, at most 2^53 − 1. 0 fine, 1 no integer, 2 out of range. */
int integer_parse(struct span text, int64_t *integer);

/* ---- evaluator.c, evaluate.c ---- */

enum stop { STOP_NOTHING, STOP_SKIP, STOP_BUDGET, STOP_MEMORY };

/* What faults are about, while it is evaluated. */
struct subject {
	const char *group; /* "skip_when", or NULL for a field */
	const char *name;
	const char *path; /* of a field: with the objects around it, from the last element on … */
	int depth;        /* … to which so many of evaluator.steps lead */
	bool is_quiet;    /* a masked value may be at hand: messages show none */
	const char *file;
	int line;
	/* the single column it was made of, when there is one, for messages */
	const struct source *source;
	int column;
};

/* Where in a row: skip() ends it before and among the fields, and is too late behind them. */
enum phase { PHASE_BEFORE, PHASE_FIELDS, PHASE_AFTER };

/* An element of a list, on the way to the field being evaluated. */
struct step {
	const char *list;
	uint32_t number; /* of the element, from 0 */
};

enum { POOLED_ROWS = 256 }; /* a source; rows beyond get a new userdata each time */

/* Lua keeps one copy of each string, so a column name that was found once is known by its address.
 * It stays where it is: the names table of its source holds it. */
struct known_name {
	const char *address;
	const struct source_plan *source;
	int column;
};
enum { KNOWN_NAMES = 128 };

/* A cell that was read as a tree for the row of this generation. */
struct known_document {
	const struct cell *cell;
	uint64_t generation;
	const struct json_value *document;
};
enum { KNOWN_DOCUMENTS = 64 };

struct evaluator {
	struct rule_host *host;
	lua_State *lua;
	int derive_ref, judge_ref, answer_ref, map_ref, handler_ref;
	int pool_ref; /* Lua table: the reused views */
	int *
	    child_of; /* SOURCES_MAX an entity: the children a reference has a row each of, or −1 */
	bool *is_seen; /* fields_max an entity: functions see the field's value */
	int fields_max;

	uint64_t generation;
	bool is_active;

	/* the row being derived */
	const struct entity_plan *plan;
	const int *row_child_of; /* child_of, of its entity */
	const bool *row_is_seen;
	const struct source_row *row;
	bool
	    is_answer; /* the row holds what an answer held; all else in it is unknown, also what its references point at */
	struct arena *arena;
	struct outcome *outcome;
	struct subject subject;
	struct fault_list faults;
	size_t unlisted_faults;
	struct fault unlisted; /* stands in for the one that is not listed */
	enum stop stop;
	enum phase phase;
	size_t early_faults; /* found before the fields */
	struct span skip_text;
	bool missing_reported[SOURCES_MAX];
	const char *bug; /* what the loading half promised and does not hold, or NULL */

	/* scratch */
	struct arena scratch; /* a row */
	struct buf body;      /* canonical bytes of the record's fields, in order of evaluation */
	struct buf elements[SOURCES_MAX]; /* the same of one list element, a list inside it, … */
	struct step steps[SOURCES_MAX];
	struct buf *out;        /* where fields are written: one of them */
	struct buf text;        /* for messages */
	struct result *results; /* room for the widest entity */

	struct known_name known_names[KNOWN_NAMES];
	struct known_document known_documents[KNOWN_DOCUMENTS];

	const struct invariant *judged;       /* what judge_ref works on */
	const struct answer_column *answered; /* what answer_ref works on … */
	struct result *answer;                /* … and what it made */

	/* what map_ref works on */
	const struct field *map_field;
	struct rows_range map_range;
	struct map_pair *map_pairs;
	uint32_t map_count;
};

/* The function behind derive_ref: one row, from its skips to its invariants. */
int evaluate_protected(lua_State *lua);
/* The function behind judge_ref, in judge.c: the invariant e->judged. */
int judge_protected(lua_State *lua);
/* The function behind answer_ref, in answer.c: the column e->answered. */
int answer_protected(lua_State *lua);

/* What is done for a record of this entity goes to the arena and the outcome. */
struct evaluator *evaluate_begin(struct rule_host *host, int entity_index, struct arena *arena,
				 struct outcome *outcome);
/* Forget the row before. */
void evaluate_reset(struct evaluator *e);
/* Run one of the functions above, protected; what stops it is recorded. */
void evaluate_run(struct evaluator *e, int function_ref);
/* The same on a budget of its own, once more where memory stopped it; its faults are the only ones then. */
void evaluate_alone(struct evaluator *e, int function_ref);
/* False with ERR_BUG when the loading half broke a promise. */
bool evaluate_end(struct evaluator *e, struct err *err);

/* What is said of no field in particular. */
struct subject evaluate_entity_subject(const struct evaluator *e);
/* The record's own fields, outside of any list. */
struct scope evaluate_record_scope(struct evaluator *e);
/* The message handler of evaluate_call(), first on the stack. */
void evaluate_push_handler(struct evaluator *e);
/* A fault is recorded where it does not hold, or could not be asked. */
void evaluate_invariant(struct evaluator *e, const struct scope *scope,
			const struct invariant *invariant);

/* Call the function below its arguments, protected. On success its result is on the stack; else
 * the fault (or the stop) is recorded and nothing is. */
bool evaluate_call(struct evaluator *e, int argument_count);
/* The same; the result is taken off the stack, and its text lives as long as the row. */
bool evaluate_call_value(struct evaluator *e, int argument_count, struct value *value);
/* Remember a broken promise of the loading half; returns false. */
bool evaluate_bug(struct evaluator *e, const char *what);

/* ---- evaluate_inputs.c ---- */

/* The value of an expression; its texts live as long as the row. False: recorded, or an input
 * failed before. */
bool evaluate_expression(struct evaluator *e, const struct scope *scope,
			 const struct expression *expression, struct value *value);
/* Push one input. False: recorded, or it failed before. */
bool evaluate_push_input(struct evaluator *e, const struct scope *scope, const struct input *input);
/* The row of a source in this scope; *row is NULL when it is missing and may be. */
bool evaluate_row(struct evaluator *e, const struct scope *scope, int source,
		  const struct cell **row);
bool evaluate_input(struct evaluator *e, const struct scope *scope, const struct input *input,
		    struct value *value);
/* The rows of children that belong to where the scope stands: all, or inside each those below its
 * row. */
struct rows_range evaluate_range(const struct evaluator *e, const struct scope *scope, int source);
/* Those of a row, of one of the sources its source's children belong to. */
struct rows_range evaluate_below(const struct evaluator *e, int source, uint32_t row);

/* ---- evaluate_fields.c ---- */

void evaluate_fields(struct evaluator *e, const struct scope *scope, const int *order);
/* What is said of the field: the name is that of the record's own field it belongs to. */
struct subject evaluate_subject(const struct scope *scope, const struct field *field);
/* The function behind map_ref: map_field's pairs into map_pairs. */
int evaluate_map_pairs(lua_State *lua);
/* In canonical order. */
void evaluate_sort_pairs(struct map_pair *pairs, uint32_t count);

/* ---- blame.c: faults in words ---- */

/* Record a fault about the current subject; the format makes its message. */
struct fault *blame(struct evaluator *e, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* This column alone was asked. */
void blame_column(struct fault *fault, const struct source *source, int column);
void blame_saw(struct evaluator *e, struct fault *fault, const struct value *value);
/* What may have been meant, where that may be said. */
void blame_near(struct evaluator *e, struct fault *fault, struct span nearest);
/* What a rule says, or a hash of it where it may hold a masked value. */
struct span blame_words(struct evaluator *e, struct span words);
/* A fault about what a Lua value holds: records it while deriving, else raises its message. Never
 * returns. */
_Noreturn void blame_raise(lua_State *lua, const char *code, int value_index, const char *format,
			   ...) __attribute__((format(printf, 4, 5)));
/* Unwind to the nearest evaluate_call: what is to be said is recorded already. */
_Noreturn void blame_unwind(lua_State *lua);
bool blame_is_sentinel(lua_State *lua, int index);
/* The message handler of evaluate_call. */
int blame_handler(lua_State *lua);
/* The text as people should see it: quoted, one line, cut; valid until the row is done. */
const char *blame_quote(struct evaluator *e, struct span text);
/* The candidate nearest in spelling, or NULL when none is near. */
const char *blame_nearest(struct span wanted, const char *const *candidates, int count);
/* The index of the entry whose key is nearest in spelling, or −1. */
int blame_nearest_entry(struct span wanted, const struct lookup *lookup);
/* "and 7 more" where some were not listed. */
void blame_finish(struct evaluator *e);

#endif
