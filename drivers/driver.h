/*
 * driver.h: the contract with any store.
 *
 * A driver is a constant table of functions. Engine code calls it through the conn_…() wrappers below,
 * which check promises, and asks for capabilities, never for names. drivers/memory is the contract in
 * executable form: when it and another driver disagree, one of them is wrong.
 *
 * Legacy is read in snapshots by key range; keys go in the store's own order and the engine compares
 * them for equality only. Every driver gives a legacy value the same canonical text:
 *
 *   legacy type           canonical text
 *   integers              decimal digits with '-', no '+', no leading zeros
 *   exact decimals        digits as stored, point '.', no exponent
 *   binary floating point the shortest text that reads back as the same number ("0.99", "1e+20", "5")
 *   text                  its bytes, unchanged
 *   binary                CELL_BYTES with the raw bytes
 *   NULL                  CELL_NULL
 *
 * Every read of legacy notes in conn->history which history its rows belong to.
 *
 * A connection belongs to one thread. ERR codes: ERR_UNAVAILABLE the store cannot be reached or is not
 * a database, ERR_PERMISSION, ERR_IO disk full or failing, ERR_TRANSIENT busy or restarting, ERR_DATA
 * the store is not what it was, ERR_CONFLICT a unique key exists, ERR_TOO_LARGE a read ran out of its
 * budget.
 */
#ifndef DRIVERS_DRIVER_H
#define DRIVERS_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/model/batch.h"
#include "engine/model/digest.h"
#include "engine/model/key.h"
#include "engine/model/schema.h"
#include "engine/model/source.h"
#include "engine/model/sql_token.h"
#include "engine/model/table.h"
#include "engine/model/view.h"

enum driver_can {
	DRIVER_CAN_SOURCE = 1, /* can be legacy */
	DRIVER_CAN_TARGET = 2, /* can be the target */
	DRIVER_ONE_WRITER =
	    4, /* write transactions exclude each other: take turns instead of waiting */
	DRIVER_REMOTE =
	    8, /* may restart or be cut off: after ERR_TRANSIENT a new connection may do */
	DRIVER_JSON_SHORTEST_FIRST =
	    16, /* keeps members of JSON by the length of their names, then by bytes, and takes them so at less cost */
	DRIVER_CAN_ARCHIVE = 32, /* can keep source rows for good */
};

enum conn_role {
	CONN_SOURCE,      /* reads only; must exist; the store is told so where it can be */
	CONN_TARGET,      /* reads and writes; made when it is missing and the store allows it */
	CONN_TARGET_READ, /* reads only; must exist */
	CONN_ARCHIVE,     /* appends; made when it is missing */
};

struct driver;
struct reader;

/* Which history of legacy rows belong to: a primary and its standbys share one; a failover, a restore or another server begins
 * another, in which what was committed last may be missing. Empty where the store tells none (a file): it never changes. */
enum { HISTORY_SYSTEM_SIZE = 40 };
struct history {
	char system[HISTORY_SYSTEM_SIZE]; /* "" for none */
	int64_t timeline;
};
bool history_equal(const struct history *one, const struct history *other);

/* What a probe gave, as far as one has to look to know whether it is one number. */
struct probe_answer {
	int column_count;
	int row_count;                                       /* 0, 1, or 2 for more */
	enum { PROBE_NULL, PROBE_NUMBER, PROBE_OTHER } kind; /* of the first row's first column */
	double number;
};

/* No probe takes longer: other signals wait for it. */
enum { PROBE_SECONDS_MAX = 1 };

enum { DIGEST_NAME_SIZE = 48 }; /* with the NUL */

/* What stands for :name in a question. It is bound, never written into the statement. */
struct question_parameter {
	const char *name;  /* "actor" */
	struct span value; /* canonical text; no data: NULL */
	bool is_boolean;   /* "true" or "false", as the columns of views are in this store */
};

/* One statement that only reads, as a rule file has it. */
struct question {
	const char *sql;
	const struct question_parameter
	    *parameters; /* of these the statement may leave some out, but has no others */
	int parameter_count;
	/* What is wanted of its columns, in this order, by names that ignore ASCII case where none is the same; NULL: all of
	 * them, and there are column_count. */
	const char *const *columns;
	int column_count;
	const struct table_view
	    *views; /* those that it mentions are there as tables; only on a target */
	int view_count;
	int seconds; /* it may take, from 1 to QUESTION_SECONDS_MAX */
};
enum { QUESTION_SECONDS_MAX = 86400 };

/* Drivers embed this as their connection's first member. */
struct conn {
	const struct driver *driver;
	enum conn_role role;
	struct history
	    history; /* of legacy: that what was read last belongs to; before that, when it was opened */
};

/* Called for every row of a result; texts are valid during the call. False with err stops. */
typedef bool (*row_function)(void *context, const struct datum *cells, struct err *err);

/* The same for the rows of an answer: a cell a column that is wanted. */
typedef bool (*answer_function)(void *context, const struct cell *cells, struct err *err);

/* A statement that a store has been sent, and how often. */
struct kept_statement {
	struct span
	    text; /* without its literals, perhaps; no data: this role may not see it, or it was lost */
	int64_t calls;
	bool is_own; /* sent by the role that asks, whoever that was */
};

/* What is known of all of them. Texts lie in the arena. */
struct statement_log {
	const char *why;   /* nothing is told, and what to do about it; NULL: they are told */
	const char *since; /* a moment as the store writes it; NULL: nobody knows */
	int64_t
	    forgotten; /* how often the store forgot statements for want of room; −1: nobody knows */
	bool is_of_nothing; /* it is told to keep none */
};

typedef bool (*statement_function)(void *context, const struct kept_statement *statement,
				   struct err *err);

/* ---- cold ---- */

/* What is kept of one entity. All of it is borrowed until the archive is closed. */
struct archived_entity {
	const char *name;
	const struct source_set *sources; /* with every column that is kept */
	const struct table_info *tables;  /* one a source: what it reads, as legacy describes it */
	const char *origin; /* what tells this legacy from others, as far as it says; "" */
	struct span about;  /* a JSON object that is kept as it is: by which rule this was read */
};

struct archived_line {
	struct span key;  /* of its root row; no data: it has none */
	struct span json; /* without a line feed */
};

/* Behind what came before, up to `upper`; no data: the end of the table. */
struct archived_range {
	const struct archived_line *lines;
	size_t line_count;
	int64_t cut; /* values of theirs that are kept only in part (CELL_CUT) */
	struct span upper;
};

struct archive;

/* How far an archive has come, by what is sealed alone. */
struct archive_standing {
	int64_t segments, rows, orphans;
	int64_t cut;                 /* values that are kept only in part */
	int64_t bytes, packed_bytes; /* of lines; of what they take */
	struct span upper; /* up to which key; no data: nothing is sealed, or all of it is */
	bool is_whole;     /* up to the table's end */
	char seal[65];     /* the hash of the last seal, which names all before it; "" */
};

struct driver {
	const char *scheme;       /* "sqlite" in sqlite:legacy.db */
	const char *other_scheme; /* that means the same; NULL: there is none */
	unsigned can;
	enum sql_dialect dialect; /* whose words statements for it have */

	/* Do two locations name one store, under whatever names? Touches neither. NULL: never. */
	bool (*is_same)(const char *location, const char *other);

	/* What tells this store from all others, by whatever name it was opened; lives as long as the connection. NULL:
	 * nothing does but is_same. */
	const char *(*identity)(const struct conn *conn);

	/* The connection is gone, and only a new one will do. NULL: never. */
	bool (*is_lost)(const struct conn *conn);

	/* location is the whole URL. On success *conn belongs to the caller, who closes it. */
	bool (*open)(const char *location, enum conn_role role, struct conn **conn,
		     struct err *err);
	void (*close)(struct conn *conn);

	/* Have the store's own people see whose connection it is. NULL: they see none. */
	bool (*set_name)(struct conn *conn, const char *name, struct err *err);

	/* Run one statement that only reads, on legacy or on a target opened for reading, for at most
	 * PROBE_SECONDS_MAX. Unlike a rule's query it may ask for the time, and look at how the store fares.
	 * ERR_RULE when the store does not take the statement. */
	bool (*probe)(struct conn *conn, const char *sql, struct probe_answer *answer,
		      struct err *err);

	/* Hand out what the statement gives, on legacy or on a target opened for reading, in memory that does not grow with
	 * the number of rows. Before anything runs, what is more than one statement, does anything but select, has a
	 * parameter that nobody gives a value for, uses what gives something else the next time, or lacks a column, is
	 * refused: ERR_RULE. ERR_TRANSIENT when it takes longer than it may. Cells of legacy hold what a reader would give;
	 * those of a target what records hold, but for what its store has no type for: SQLite gives 1 and 0 for true and false,
	 * and decimals without the zeros at their end, so they are compared by value. */
	bool (*answer)(struct conn *conn, const struct question *question, answer_function on_row,
		       void *context, struct err *err);

	/* The statement that answer() sends for it. */
	void (*put_question)(struct conn *conn, const struct question *question, struct buf *sql);

	/* Hand out which statements the store has been sent in this database, where it keeps them. NULL: it never does.
	 * (PostgreSQL: pg_stat_statements) */
	bool (*read_statements)(struct conn *conn, struct arena *arena, struct statement_log *log,
				statement_function on_statement, void *context, struct err *err);

	/* ---- legacy ---- */

	/* Which tables there are, whether or not this role may read them. In the arena. */
	bool (*list)(struct conn *conn, struct arena *arena, struct catalog *catalog,
		     struct err *err);

	/* What the table looks like; exists is false when there is none. Lies in the arena. */
	bool (*describe)(struct conn *conn, const char *table, struct arena *arena,
			 struct table_info *info, struct err *err);

	/* What a query of a rule file gives, found by preparing it; info->fault says why it cannot be a
	 * source. It can when it is one statement that only selects from tables and views, with functions
	 * that always give the same, and its columns have names of their own. */
	bool (*describe_query)(struct conn *conn, const char *query, struct arena *arena,
			       struct table_info *info, struct err *err);

	/* Check that these sources can be read by key range (the root's key is unique, without NULL and
	 * of one kind; parent columns compare exactly like it) and prepare to. ERR_RULE says what does
	 * not fit. The sources must outlive the reader. Of a query's keys nothing is known but that they
	 * are not NULL now: rows with one key are read together, and told apart by nobody here. Of a
	 * source without a key, equal rows are one row everywhere below, with the columns that row_key.h
	 * describes. */
	bool (*open_reader)(struct conn *conn, const struct source_set *sources,
			    struct reader **reader, struct err *err);
	void (*close_reader)(struct reader *reader);

	/* The pathfinder's step, on the key index alone: the count-th key (count ≥ 1) after range->lower,
	 * if at least one more key follows it within the range; else *bound has no data and the range
	 * holds at most count keys. In the arena. */
	bool (*find_bound)(struct reader *reader, const struct key_range *range, uint32_t count,
			   struct arena *arena, struct span *bound, struct err *err);

	/* Append all rows of the range, in one snapshot: roots with keys in (lower, upper], children
	 * whose parents lie there (with a range open below: also those whose parent is NULL or, below other
	 * children, is not there), and each referenced row once. Any order. ERR_TOO_LARGE when the arena grows by more than bytes_max (0:
	 * no limit). ERR_DATA when a table is not the one the reader was opened on, a root's key is NULL or
	 * of another kind, or a query's keys do not compare as the range does. position (may be NULL) receives where legacy stood, for audit. */
	bool (*read_range)(struct reader *reader, const struct key_range *range, size_t bytes_max,
			   struct batch *batch, struct buf *position, struct err *err);

	/* The same for single keys; keys that do not exist give no rows. */
	bool (*read_keys)(struct reader *reader, const struct span *keys, size_t key_count,
			  struct batch *batch, struct buf *position, struct err *err);

	/* Roots in the whole table, exactly. */
	bool (*count_roots)(struct reader *reader, int64_t *count, struct err *err);

	/* JSON array of {"source","statement","index"}: every statement read_range and find_bound send and
	 * the index that serves it ("" when it scans the table). */
	bool (*explain)(struct reader *reader, struct buf *json, struct err *err);

	/* ---- cold: source rows, sealed for good. NULL: the store keeps none ---- */

	/* Go on behind what is sealed of the entity, or begin. ERR_DATA when what is sealed is damaged, or of other sources;
	 * ERR_TRANSIENT while another engine writes there. */
	bool (*open_archive)(struct conn *conn, const struct archived_entity *entity,
			     struct archive **archive, struct err *err);

	/* The end of the table seals. What is sealed is durable, was read back, and is never changed. */
	bool (*append)(struct archive *archive, const struct archived_range *range,
		       struct err *err);

	/* Seal what was appended, however little it is, so that another archive can go on behind it. */
	bool (*seal)(struct archive *archive, struct err *err);
	const struct archive_standing *(*standing)(const struct archive *archive);

	/* What is not sealed is gone. */
	void (*close_archive)(struct archive *archive);

	/* ---- target ---- */

	/* Write transactions; begin waits a bounded time for its turn (ERR_TRANSIENT). Committed means
	 * durable. After any error in a transaction the caller rolls back. */
	bool (*begin)(struct conn *conn, struct err *err);
	bool (*commit)(struct conn *conn, struct err *err);
	void (*rollback)(struct conn *conn);

	/* create table if not exists … with its indexes; ERR_DATA when a table of that name has other
	 * columns. */
	bool (*ensure_table)(struct conn *conn, const struct table *table, struct err *err);
	bool (*table_exists)(struct conn *conn, const struct table *table, bool *exists,
			     struct err *err);
	void (*put_ddl)(const struct table *table, struct buf *sql);

	/* The clock that DATUM_NOW stands for, in microseconds since 1970. NULL: this machine's. */
	bool (*now)(struct conn *conn, int64_t *now_us, struct err *err);

	bool (*select)(struct conn *conn, const struct query *query, row_function on_row,
		       void *context, struct err *err);

	/* How many rows the query's conditions choose, and the sum modulo 2^128 of a digest of its columns in each of them, made
	 * inside the store: no row leaves it. A row's digest is of bytes that no other row gives, with NULL apart from every value.
	 * The query's order, limit and lock are empty. */
	bool (*digest)(struct conn *conn, const struct query *query, int64_t *count,
		       struct digest *sum, struct err *err);

	/* By which way digest() goes in this store, of less than DIGEST_NAME_SIZE bytes and without a ':'. Two digests tell
	 * something of each other only where their names are one. Lives as long as the connection. */
	bool (*digest_name)(struct conn *conn, const char **name, struct err *err);

	/* rows: row_count times column_count datums, in the table's order. All or ERR_CONFLICT. */
	bool (*insert)(struct conn *conn, const struct table *table, const struct datum *rows,
		       size_t row_count, struct err *err);

	/* Insert what `from` holds and the conditions choose, by one statement inside the store; the rows stay in
	 * `from`. Every column of `to` is filled from the one of the same name. inserted: how many. All or ERR_CONFLICT. */
	bool (*insert_from)(struct conn *conn, const struct table *to, const struct table *from,
			    const struct condition *where, int where_count, int64_t *inserted,
			    struct err *err);

	/* changed: the number of rows that matched. */
	bool (*update)(struct conn *conn, const struct table *table, const struct assignment *set,
		       int set_count, const struct condition *where, int where_count,
		       int64_t *changed, struct err *err);
	bool (*remove)(struct conn *conn, const struct table *table, const struct condition *where,
		       int where_count, int64_t *removed, struct err *err);
};

/* ---- drivers/registry.c ---- */

/* Open "sqlite:legacy.db" with the driver its scheme names. ERR_USAGE for a URL that does not parse or
 * a scheme nobody serves; ERR_RULE when the driver cannot play the role. */
bool conn_open(const char *url, enum conn_role role, struct conn **conn, struct err *err);
void conn_close(struct conn *conn); /* NULL is fine */

/* Do two URLs name one store? */
bool url_is_same_store(const char *url, const char *other);

/* Is the store one that may go away and come back? */
bool url_is_remote(const char *url);

/* Is it gone, so that only a new one will do? */
bool conn_is_lost(const struct conn *conn);

/* Are two open connections to one store? */
bool conn_is_same_store(const struct conn *conn, const struct conn *other);

/* The URL as it may be shown: without a password. In the arena. */
const char *url_for_people(struct arena *arena, const char *url);

/* ---- drivers/conn.c: one door, the place for checks and crash points ---- */

/* Whose connection it is, as the store shows it to its own people: "engine:RUN:WORKER". */
bool conn_set_name(struct conn *conn, const char *name, struct err *err);

/* The one number the statement gives: one row with one numeric column. ERR_RULE says what it gives instead. */
bool conn_probe(struct conn *conn, const char *sql, double *value, struct err *err);

bool conn_answer(struct conn *conn, const struct question *question, answer_function on_row,
		 void *context, struct err *err);
void conn_put_question(struct conn *conn, const struct question *question, struct buf *sql);

/* ERR_USAGE for a store that keeps none. */
bool conn_read_statements(struct conn *conn, struct arena *arena, struct statement_log *log,
			  statement_function on_statement, void *context, struct err *err);

bool conn_list(struct conn *conn, struct arena *arena, struct catalog *catalog, struct err *err);
bool conn_describe(struct conn *conn, const char *table, struct arena *arena,
		   struct table_info *info, struct err *err);
bool conn_describe_query(struct conn *conn, const char *query, struct arena *arena,
			 struct table_info *info, struct err *err);
bool conn_open_reader(struct conn *conn, const struct source_set *sources, struct reader **reader,
		      struct err *err);
void reader_close(struct conn *conn, struct reader *reader); /* NULL is fine */
bool reader_find_bound(struct conn *conn, struct reader *reader, const struct key_range *range,
		       uint32_t count, struct arena *arena, struct span *bound, struct err *err);
bool reader_read_range(struct conn *conn, struct reader *reader, const struct key_range *range,
		       size_t bytes_max, struct batch *batch, struct buf *position,
		       struct err *err);
bool reader_read_keys(struct conn *conn, struct reader *reader, const struct span *keys,
		      size_t key_count, struct batch *batch, struct buf *position, struct err *err);
bool reader_count_roots(struct conn *conn, struct reader *reader, int64_t *count, struct err *err);
bool reader_explain(struct conn *conn, struct reader *reader, struct buf *json, struct err *err);

bool conn_open_archive(struct conn *conn, const struct archived_entity *entity,
		       struct archive **archive, struct err *err);
bool archive_append(struct conn *conn, struct archive *archive, const struct archived_range *range,
		    struct err *err);
bool archive_seal(struct conn *conn, struct archive *archive, struct err *err);
const struct archive_standing *archive_standing_of(const struct conn *conn,
						   const struct archive *archive);
void archive_close(struct conn *conn, struct archive *archive); /* NULL is fine */

bool conn_begin(struct conn *conn, struct err *err);
bool conn_commit(struct conn *conn, struct err *err);
void conn_rollback(struct conn *conn);
bool conn_ensure_table(struct conn *conn, const struct table *table, struct err *err);
bool conn_table_exists(struct conn *conn, const struct table *table, bool *exists, struct err *err);
bool conn_now(struct conn *conn, int64_t *now_us, struct err *err);
bool conn_select(struct conn *conn, const struct query *query, row_function on_row, void *context,
		 struct err *err);
bool conn_digest(struct conn *conn, const struct query *query, int64_t *count, struct digest *sum,
		 struct err *err);
bool conn_digest_name(struct conn *conn, const char **name, struct err *err);
bool conn_insert(struct conn *conn, const struct table *table, const struct datum *rows,
		 size_t row_count, struct err *err);
bool conn_insert_from(struct conn *conn, const struct table *to, const struct table *from,
		      const struct condition *where, int where_count, int64_t *inserted,
		      struct err *err);
bool conn_update(struct conn *conn, const struct table *table, const struct assignment *set,
		 int set_count, const struct condition *where, int where_count, int64_t *changed,
		 struct err *err);
bool conn_remove(struct conn *conn, const struct table *table, const struct condition *where,
		 int where_count, int64_t *removed, struct err *err);

#endif
