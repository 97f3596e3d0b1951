/*
 * reader_internal.h: what the files that read legacy from SQLite share. For this folder only.
 */
#ifndef DRIVERS_SQLITE_READER_INTERNAL_H
#define DRIVERS_SQLITE_READER_INTERNAL_H

#include "drivers/sqlite/sqlite_internal.h"
#include "drivers/support/seen.h"
#include "drivers/support/source_sql.h"

struct source_reader {
	struct source_sql sql;
	struct shape shape;                          /* as it was when the reader was opened */
	bool is_checked;                             /* where its rows lie is checked (within.c) */
	enum affinity match_affinity[KEY_PARTS_MAX]; /* of sql.match */
	bool is_indexed;                             /* an index begins with the first of them */

	sqlite3_stmt *statements[ROWS_WANTED_COUNT]; /* made when first needed */
};

/* A part of a key as SQLite compares it. */
struct key_value {
	int kind; /* SQLITE_INTEGER, SQLITE_TEXT, SQLITE_BLOB */
	int64_t integer;
	struct span bytes;
};

struct key_bound {
	bool is_set;
	struct key_value values[KEY_PARTS_MAX]; /* in the order of the root's index */
};

/* What the statement that is being read was asked for. */
struct key_limits {
	struct key_bound above, up_to; /* both and equal: this one key */
	bool is_one_key;
};

/* Of a root without a key (keyless.c). */
struct keyless {
	const char *table; /* temporary; NULL: the root has a key */
	const char *rowid; /* what its rows' places are called */
	int64_t data_version;
	bool is_filled; /* for that version */
};

struct reader {
	struct sqlite_conn *conn;
	const struct source_set *set;
	struct source_reader sources[SOURCES_MAX];

	/* The root's key: parts as legacy's index orders them. part_order[i] is the place in the key of
	 * the index's i-th column; kinds are SQLite storage classes, 0 while the table is empty. */
	int part_order[KEY_PARTS_MAX];
	int part_kinds[KEY_PARTS_MAX];
	int part_count;

	sqlite3_stmt *bounds[ROWS_BETWEEN + 1];
	int64_t schema_version;
	struct key_limits limits;
	struct keyless keyless;

	struct arena shapes;  /* lives as long as the reader */
	struct arena scratch; /* one call */
	struct buf key;
	struct seen seen;
	char *numbers; /* room for the texts of one row's numbers */
};

bool sqlite_open_reader(struct conn *conn, const struct source_set *sources, struct reader **reader,
			struct err *err);
void sqlite_close_reader(struct reader *reader);
bool sqlite_find_bound(struct reader *reader, const struct key_range *range, uint32_t count,
		       struct arena *arena, struct span *bound, struct err *err);
bool sqlite_read_range(struct reader *reader, const struct key_range *range, size_t bytes_max,
		       struct batch *batch, struct buf *position, struct err *err);
bool sqlite_read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		      struct batch *batch, struct buf *position, struct err *err);
bool sqlite_count_roots(struct reader *reader, int64_t *count, struct err *err);
bool sqlite_explain(struct reader *reader, struct buf *json, struct err *err);

/* Fill reader->sources and the key from what the tables are now; ERR_RULE says what does not fit. */
bool reader_check(struct reader *reader, struct err *err);

/* Learn the storage class of each key part from the first and the last key; refuse NULL, REAL and
 * mixtures. */
bool reader_learn_kinds(struct reader *reader, struct err *err);

/* ERR_DATA when a table is not what it was. */
bool reader_check_again(struct reader *reader, struct err *err);

/* One read transaction; begin refuses a changed schema. end is for both outcomes. */
bool snapshot_begin(struct reader *reader, struct err *err);
void snapshot_end(struct reader *reader);

/* ---- a root without a key (keyless.c) ---- */

/* The columns that the store does not have; nothing where the source has a key. */
void keyless_extend_shape(const struct source *source, struct arena *arena, struct shape *shape);

/* Make the table of keys, and what the root is read from. */
bool keyless_open(struct reader *reader, struct err *err);
void keyless_close(struct reader *reader);

/* Within a snapshot: let the keys be those of its rows. */
bool keyless_fill(struct reader *reader, struct err *err);

/* A pass whose read takes longer than the first has lost its lease. What looks at everything once, to open a reader or to
 * count, holds none and may take its time; but a query may never end. */
enum { READ_SECONDS_MAX = 20, WALK_SECONDS_MAX = 600 };

/* From here on reads are given up after so long, until the other is called. */
void patience_begin(struct sqlite_conn *conn, int seconds);
void patience_end(struct sqlite_conn *conn);

/* SQL into conn->sql. */
void reader_put_rows(struct reader *reader, int source_index, enum rows_wanted wanted);
void reader_put_bound(struct reader *reader, enum rows_wanted wanted);

/* Prepared once. NULL with err. */
sqlite3_stmt *reader_rows(struct reader *reader, int source_index, enum rows_wanted wanted,
			  struct err *err);
sqlite3_stmt *reader_bound(struct reader *reader, enum rows_wanted wanted, struct err *err);

/* Bind a key's parts from parameter `first` (1-based) on, in the index's order, and say what they
 * are in *bound, which lies in the scratch arena. *fits is false when no row can have such a key
 * (letters where the keys are integers). */
bool reader_bind_key(struct reader *reader, sqlite3_stmt *stmt, int first, struct span key,
		     struct key_bound *bound, bool *fits, struct err *err);

/* ERR_DATA when the row does not lie within reader->limits, by its bytes. */
bool reader_check_within(const struct reader *reader, int source_index, sqlite3_stmt *stmt,
			 struct err *err);

/* The row the statement stands on, into cells; bytes go to the arena. numbers has room for
 * NUMBER_TEXT_SIZE bytes a cell. */
enum { NUMBER_TEXT_SIZE = 32 };
void cells_read(sqlite3_stmt *stmt, int count, struct arena *arena, struct cell *cells,
		char *numbers);

/* The shortest text that reads back as the same number; no locale. Returns its size. */
size_t real_to_text(double value, char text[NUMBER_TEXT_SIZE]);
size_t integer_to_text(int64_t value, char text[NUMBER_TEXT_SIZE]);

/* The number a canonical text stands for; false when it is not canonical. */
bool integer_from_text(struct span text, int64_t *value);

/* ERR_DATA when a key cell is NULL, cut, or not of the class the other keys have. */
bool reader_check_key(struct reader *reader, sqlite3_stmt *stmt, const int *columns,
		      struct err *err);

struct read { /* one read_range or read_keys */
	struct reader *reader;
	struct batch *batch;
	size_t used_before;
	size_t bytes_max;
};

/* Append the rows of a bound statement. */
bool read_rows(struct read *read, int source_index, sqlite3_stmt *stmt, struct err *err);

/* Append the rows that a reference's source points at; that source has been read. */
bool read_reference(struct read *read, int source_index, struct err *err);

#endif
