/*
 * reader_internal.h: what the files that read legacy from PostgreSQL share. For this folder only.
 */
#ifndef DRIVERS_POSTGRES_READER_INTERNAL_H
#define DRIVERS_POSTGRES_READER_INTERNAL_H

#include "drivers/postgres/postgres_internal.h"
#include "drivers/support/seen.h"

struct source_reader {
	struct source_sql sql;
	struct shape shape; /* as it was when the reader was opened */
	int columns
	    [COLUMNS_MAX]; /* source->columns in the shape; −1 for what the store does not have */
	bool has_bytes;    /* one of them is binary */
	bool is_indexed;   /* an index begins with the first of sql.match */
};

/* A key's parts in the order of the root's index. */
struct key_bound {
	bool is_set;
	struct span parts[KEY_PARTS_MAX];
};

struct key_limits {
	struct key_bound above, up_to, key;
};

struct reader {
	struct pg_conn *conn;
	const struct source_set *set;
	struct source_reader *sources;

	/* The root's key: part_order[i] is the place in the key of the index's i-th column. */
	int part_order[KEY_PARTS_MAX];
	int part_count;
	struct key_limits limits;

	const char *tables;            /* that are read, as an array's text */
	const char *locks;             /* the same, as lock table wants them; "" for none */
	const char *state_name;        /* of the prepared statement that says what they look like */
	const char *state;             /* what they looked like when that was last checked */
	const struct part_list *parts; /* what the tables were made of when the reader was opened */
	bool has_types;                /* some column's type has labels or attributes */
	bool has_queries;
	bool cuts; /* some values may be too long to be sent */

	struct arena shapes;  /* lives as long as the reader */
	struct arena scratch; /* one call */
	struct buf key;
	struct buf sql;          /* a message of several statements */
	struct seen seen, asked; /* keys: by a read, by a statement of it */
};

bool pg_open_reader(struct conn *conn, const struct source_set *sources, struct reader **reader,
		    struct err *err);
void pg_close_reader(struct reader *reader);
bool pg_find_bound(struct reader *reader, const struct key_range *range, uint32_t count,
		   struct arena *arena, struct span *bound, struct err *err);
bool pg_read_range(struct reader *reader, const struct key_range *range, size_t bytes_max,
		   struct batch *batch, struct buf *position, struct err *err);
bool pg_read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		  struct batch *batch, struct buf *position, struct err *err);
bool pg_count_roots(struct reader *reader, int64_t *count, struct err *err);
bool pg_explain(struct reader *reader, struct buf *json, struct err *err);

static inline const char *pg_source_name(const struct source *source)
{
	return source->name ? source->name : source->table;
}

/* Where the source's match[i] stands in its shape. */
static inline const struct shape_column *pg_match_column(const struct source_reader *source, int i)
{
	return &source->shape.columns[source->columns[source->sql.match[i]]];
}

/* ---- can they be read, and are they what they were? (reader_check.c) ---- */

/* Fill reader->sources and the key from what the tables are now; ERR_RULE says what does not fit. */
bool pg_reader_check(struct reader *reader, struct err *err);

/* ERR_DATA when a table is not what it was. */
bool pg_reader_check_again(struct reader *reader, struct err *err);

/* ---- what they are made of besides their own columns (parts.c) ---- */

bool pg_parts_learn(struct reader *reader, struct err *err);

/* ERR_DATA when that is not what it was. */
bool pg_parts_check_again(struct reader *reader, struct err *err);

/* The same after a read, where a column has a type whose values may be renamed under us. */
bool pg_parts_check_types(struct reader *reader, struct err *err);

/* ---- a root without a key (keyless.c) ---- */

/* The columns that the store does not have. */
void pg_keyless_extend_shape(struct arena *arena, struct shape *shape);

/* What it is read from, with these columns. */
void pg_keyless_put_from(const struct reader *reader, struct buf *sql, const struct source *source,
			 const struct shape *shape);

/* ERR_BUG unless the store's key of the row is the row's. */
bool pg_keyless_check(const struct reader *reader, const struct cell *row, struct err *err);

/* ---- keys (key.c) ---- */

/* The parts of a key for the root's index, in the scratch arena. *fits is false when no row can have it. */
bool pg_reader_take_key(struct reader *reader, struct span key, struct key_bound *bound, bool *fits,
			struct err *err);

/* Can a canonical text be the value of such a column at all? */
bool pg_reader_text_fits(const struct reader *reader, const struct shape_column *column,
			 struct span text);

bool pg_key_is_time(Oid base, struct span text); /* key_time.c */

/* Some value that a column can have, where no row is there to lend one; "" of an enum. */
const char *pg_key_any_value(const struct shape_column *column);

/* A text as a literal of the column's type, whatever its limits are. */
void pg_sql_put_typed(struct pg_conn *conn, struct buf *sql, const struct shape_column *column,
		      struct span text);

/* The same to look for: a value that the type does not have equals nothing. */
void pg_sql_put_sought(struct pg_conn *conn, struct buf *sql, const struct shape_column *column,
		       struct span text);

/* ERR_DATA when a root's key cannot be written so that it can be told from others. */
bool pg_reader_check_key(struct reader *reader, const struct cell *row, struct err *err);

/* ---- statements (reader_sql.c) ---- */

/* copy (select …) to stdout, behind what is in sql. */
void pg_reader_put_copy(struct reader *reader, struct buf *sql, int source_index,
			enum rows_wanted wanted);
void pg_reader_put_select(struct reader *reader, struct buf *sql, int source_index,
			  enum rows_wanted wanted);
void pg_reader_put_bound(struct reader *reader, struct buf *sql, enum rows_wanted wanted);

/* The columns of a source as they are selected, those that are cut by the store behind the others. */
void pg_reader_put_columns(struct reader *reader, struct buf *sql, int source_index);

/* ---- a snapshot (snapshot.c) ---- */

bool pg_snapshot_prepare(struct reader *reader, struct err *err);
void pg_snapshot_forget(struct reader *reader);

/* The statements that open it: locked, then looked at, then read; wire_next() gives their answers before those of
 * what is put behind them. */
void pg_snapshot_put_begin(struct reader *reader, struct buf *sql);
/* Take the answers of these. *again: the statements behind them are not the right ones, put them anew. */
bool pg_snapshot_take(struct reader *reader, struct buf *position, bool *again, struct err *err);
void pg_snapshot_put_end(struct buf *sql);
/* The answers of what is left; and what to do when something failed. */
bool pg_snapshot_finish(struct reader *reader, struct err *err);
void pg_snapshot_give_up(struct reader *reader, bool is_long);

/* ---- rows (copy_rows.c, reference.c) ---- */

struct read { /* one read_range or read_keys */
	struct reader *reader;
	struct batch *batch;
	size_t used_before;
	size_t bytes_max;
};

/* Append the rows of the copy that is answered next. */
bool pg_read_copy(struct read *read, int source_index, struct err *err);

/* Append the rows that a reference's source points at; that source has been read. */
bool pg_read_reference(struct read *read, int source_index, struct err *err);

/* A statement as pg_read_reference() sends it, with one value, behind what is in reader->sql. */
void pg_reference_put_example(struct reader *reader, int source_index);

/* Take back the rows from `kept` on whose cells at these columns are no key that is wanted. */
void pg_read_drop_others(struct read *read, int source_index, size_t kept,
			 const struct seen *wanted, const int *columns, int column_count);

#endif
