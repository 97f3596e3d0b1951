/*
 * view.h: records of the target as tables for those who ask it: one an entity, one more for each of its lists.
 *
 * Plain data. Whoever knows the fields of an entity makes it, drivers print it in front of what is asked, and nothing of it is
 * ever made in the store.
 */
#ifndef ENGINE_MODEL_VIEW_H
#define ENGINE_MODEL_VIEW_H

#include <stddef.h>

/* What a column is to the store, and so how it compares, sums and sorts there. */
enum view_kind {
	VIEW_TEXT, /* compared by bytes */
	VIEW_INTEGER,
	VIEW_BIGINT, /* -2^63 to 2^64 - 1 */
	VIEW_DECIMAL,
	VIEW_BOOLEAN,
	VIEW_INSTANT,
	VIEW_DATE,
	VIEW_JSON, /* maps, lists and objects as a whole */
};

/* Members that lead to a value: payments, payerId. */
struct view_path {
	const char *const *names;
	int count;
};

struct view_column {
	const char *name;
	struct view_path path; /* from the record, or from the element of the innermost list */
	enum view_kind kind;
};

struct table_view {
	const char *name;  /* "job", "job_history" */
	const char *table; /* in the target: "job_final" */
	const char *id_column, *payload_column;
	const char *state_column; /* a row counts where this one is '' */
	const struct view_path
	    *lists; /* each from the element of the one before; none: a row a record */
	int list_count;
	const struct view_column *columns; /* behind "id", the record's */
	int column_count;
	const char *const *stored; /* columns of the table, under their own names, behind these */
	int stored_count;
};

#endif
