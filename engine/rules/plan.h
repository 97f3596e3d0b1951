/*
 * plan.h: a rule version as C can execute it. For engine/rules only.
 *
 * load fills it (compile.c), derive reads it (evaluate.c). Everything lies in the host's arena;
 * functions are references into the host's Lua registry.
 */
#ifndef ENGINE_RULES_PLAN_H
#define ENGINE_RULES_PLAN_H

#include <lauxlib.h>
#include <lua.h>

#include "engine/model/decimal.h"
#include "engine/rules/pattern.h"
#include "engine/rules/rule_host.h"
#include "engine/rules/zone.h"

enum { NO_FUNCTION = LUA_NOREF };

enum column_type_kind {
	COLUMN_TEXT,
	COLUMN_INT,
	COLUMN_DECIMAL,
	COLUMN_BOOLEAN,
	COLUMN_INSTANT,
	COLUMN_DATE,
	COLUMN_BYTES,
	COLUMN_JSON,
	COLUMN_PHP
};

enum ambiguous_time { AMBIGUOUS_REJECT, AMBIGUOUS_EARLIER, AMBIGUOUS_LATER };

/* A zone that depends on the row: a column of it holds the zone's name, or what the lookup knows. */
struct row_zone {
	int column;
	const struct lookup *lookup;     /* gives indices into zones; NULL: the name itself */
	const struct zone *const *zones; /* borrowed from the host */
};

/* What a legacy column is, beyond text. */
struct column_type {
	enum column_type_kind kind;
	/* of COLUMN_INSTANT: one of these, or an offset that is written in each value */
	const struct zone *zone;
	const struct row_zone *row_zone;
	int64_t epoch_unit_us; /* microseconds a count of one stands for; 0: it is no count */
	enum ambiguous_time ambiguous;
	bool skipped_forward;
};

/* Beside sources.sources[i]. */
struct source_plan {
	const struct column_type *types; /* one a column */
	const struct span *nulls;        /* texts that mean NULL here */
	int null_count;
	int names_ref; /* Lua table: column name -> index (from 0), for rows seen by functions */
};

enum input_kind {
	INPUT_COLUMN, /* a column of root, of a reference, or, inside each, of the current child row */
	INPUT_SOURCE, /* a whole source: children as a list, root or reference as a row */
	INPUT_FIELD,  /* another field's value */
};

struct input {
	enum input_kind kind;
	int source; /* INPUT_COLUMN, INPUT_SOURCE */
	int column; /* INPUT_COLUMN */
	int field; /* INPUT_FIELD: index into the fields it stands among, or, inside an object … */
	int up;    /* … that many objects further out */
};

/* { from = …, by = function … }: the one shape of everything that computes. */
struct expression {
	const struct input *inputs;
	int input_count;
	int by;        /* registry reference, or NO_FUNCTION: the single input as it is */
	bool is_quiet; /* what it reads is masked: no message may show it */
	const char *file;
	int line;
};

enum constant_kind { CONSTANT_TEXT, CONSTANT_BOOLEAN, CONSTANT_INTEGER };
struct constant {
	enum constant_kind kind;
	struct span text;
	int64_t integer; /* also the boolean */
};

/* A lookup table, sorted by `from` bytes. */
struct lookup_entry {
	struct span from;
	struct constant to;
};
struct lookup {
	const struct lookup_entry *entries;
	int entry_count;
	const char *name; /* of the local variable when it is known: "STATE"; may be NULL */
	int line;         /* where the table is built; 0 when unknown */
	const char *file; /* of a table that stands in a file of its own; else NULL */
};

/* Patterns of a field, sorted by the bytes of their text. */
struct pattern_entry {
	const struct pattern *pattern;
	struct span text;
	struct constant to;
};
struct pattern_list {
	const struct pattern_entry *entries;
	int entry_count;
	const char *name; /* as in struct lookup */
	int line;
};

enum fold_kind { FOLD_NONE, FOLD_UPPER, FOLD_LOWER, FOLD_TRIM, FOLD_FUNCTION };

/* A function of a row that folds one column and nothing else. */
struct fold_chain {
	int column; /* −1: it is none */
	int fold_count;
	enum fold_kind folds[2]; /* the inner one first */
};

enum field_type {
	FIELD_ID,
	FIELD_TEXT,
	FIELD_INTEGER,
	FIELD_BIGINT,
	FIELD_DECIMAL,
	FIELD_BOOLEAN,
	FIELD_INSTANT,
	FIELD_DATE,
	FIELD_ENUM,
	FIELD_MAP,
	FIELD_LIST,
	FIELD_REF,
	FIELD_BYTES,
	FIELD_OBJECT,
	FIELD_JSON
};

struct field {
	const char *name;
	const char *path;      /* with the objects around it: "address.city" */
	struct span name_json; /* `"name":` ready to be written */
	enum field_type type;
	bool optional;
	bool
	    is_plain; /* FIELD_TEXT: what a text column of root or of the child row holds, as it is */
	struct expression value;
	enum fold_kind fold;
	int fold_function;                   /* FOLD_FUNCTION */
	const struct lookup *lookup;         /* or NULL */
	const struct pattern_list *patterns; /* or NULL; tried after the lookup */
	int digits, scale;                   /* FIELD_DECIMAL */
	enum decimal_round round;            /* FIELD_DECIMAL */
	const char *prefix;             /* FIELD_ID: own; FIELD_REF: of the entity it points at */
	enum fold_kind id_fold;         /* FIELD_REF: the fold of that entity's id */
	const char *ref_entity;         /* FIELD_REF */
	const char *const *enum_values; /* FIELD_ENUM */
	int enum_value_count;
	int enum_index; /* FIELD_ENUM of an entity (not inside each): index into enums; else −1 */
	uint64_t decisions;                       /* bit mask of those it names */
	int map_key, map_value;                   /* FIELD_MAP: functions of one child row */
	struct fold_chain key_chain, value_chain; /* the same, where they are such */
	/* FIELD_LIST: of each element; FIELD_OBJECT: of the object */
	struct field *members;   /* in canonical order */
	const int *member_order; /* in the order of dependence */
	int member_count;
	int slot_count;  /* results it takes to hold them, those of objects among them included */
	int member_at;   /* FIELD_OBJECT: where its members' results begin, among its own scope's */
	int list_source; /* FIELD_MAP, FIELD_LIST: the children it walks */
	const char *file;
	int line;
};

struct named_expression { /* of skip_when and reject_when */
	const char *name;
	struct expression value;
};

struct decision_plan {
	bool has_touches;
	struct expression touches;
};

struct invariant {
	const char *name;
	int function; /* of the record */
	bool is_quiet;
	const char *file;
	int line;
};

/* One column of legacy that a field reads, and which column of the query's answer holds it. */
struct answer_cell {
	int source, column;
	int from;
};

/* How a column of the answer goes through its field's rule. */
struct answer_column {
	/* The record's own fields that are made for it, in the order of dependence, itself last … */
	const int *steps;
	int step_count;
	int outer, member;               /* … or a member of that list or object; else −1 */
	const struct answer_cell *cells; /* all that is read */
	int cell_count;
};

struct query_plan { /* beside info->queries */
	const struct answer_column *columns;
	int column_count;
};

struct entity_plan {
	const struct entity_info *info;
	const struct source_plan *sources;
	const struct field *fields; /* in canonical order (names by UTF-16 code units) */
	const int *field_order;     /* in the order of dependence */
	int field_count;
	int slot_count; /* results it takes to hold them, those of objects among them included */
	int id_field;
	const struct named_expression *skips;
	int skip_count;
	const struct named_expression *rejects;
	int reject_count;
	const struct decision_plan *decisions; /* beside info->decisions */
	const struct invariant *invariants;
	int invariant_count;
	const struct query_plan *queries;
	const int *example_refs; /* registry: the example tables as written */
};

#endif
