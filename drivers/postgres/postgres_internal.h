/*
 * postgres_internal.h: what the files of drivers/postgres share. For this folder only.
 */
#ifndef DRIVERS_POSTGRES_POSTGRES_INTERNAL_H
#define DRIVERS_POSTGRES_POSTGRES_INTERNAL_H

#include <libpq-fe.h>

#include "drivers/postgres/postgres.h"
#include "drivers/support/source_sql.h"

/* ---- a connection (conn.c) ---- */

enum {
	STATEMENT_SECONDS_MAX = 20, /* less than a lease: who takes longer has lost it */
	WALK_SECONDS_MAX = 600,     /* what looks at everything once, without a lease */
	ANSWER_SECONDS_MAX = 30,    /* beyond the statement's own time: the network is gone */
	STATEMENTS_MAX = 64,
	WARNING_SIZE = 512,
};

struct statement {
	char *sql;
	size_t size;
	uint64_t used_at;
	char name[16]; /* by which the server knows it; "" when the place is free */
};

struct pg_conn {
	struct conn base;
	PGconn *pg;
	struct arena arena;       /* lives as long as the connection */
	const char *schemas;      /* where names without a schema are looked for, an array's text */
	const char *path;         /* the same as search_path wants them */
	const char *first_schema; /* the first alone, an array's text */
	const char *schema;       /* its name: where tables are made; NULL: there is none */
	const char *system;       /* the cluster's own number */
	const char *identity;     /* the same and the database's in it */
	bool is_raw;              /* of a store without an encoding: bytes come as they lie there */
	bool is_in_transaction;
	bool is_silent;     /* it did not answer in time and is given up */
	int answer_seconds; /* how long nothing may come */
	struct buf sql;     /* the statement being written */
	struct buf copy;    /* rows on their way to the store */
	struct statement statements[STATEMENTS_MAX];
	uint64_t statement_clock;
	char digest_name[DIGEST_NAME_SIZE]; /* "" before it was asked for */
	char warning[WARNING_SIZE];         /* what the store warned of, and nobody has been told */
};

static inline struct pg_conn *pg_of(struct conn *conn)
{
	return (struct pg_conn *)conn;
}

bool pg_is_same(const char *location, const char *other);
const char *pg_identity(const struct conn *conn);
bool pg_is_lost(const struct conn *conn);
bool pg_open(const char *location, enum conn_role role, struct conn **conn, struct err *err);
void pg_close(struct conn *conn);

/* Where legacy stands now, for conn->history before anything is read (snapshot.c). */
bool pg_learn_history(struct pg_conn *conn, struct err *err);

bool pg_set_name(struct conn *conn, const char *name, struct err *err);
bool pg_now(struct conn *conn, int64_t *now_us, struct err *err);

/* ---- a number that says how the store fares (probe.c) ---- */

bool pg_probe(struct conn *conn, const char *sql, struct probe_answer *answer, struct err *err);

/* ---- questions and the views in front of them (answer.c, parameters.c, view.c) ---- */

bool pg_answer(struct conn *conn, const struct question *question, answer_function on_row,
	       void *context, struct err *err);
void pg_put_question(struct conn *conn, const struct question *question, struct buf *sql);
void pg_put_view(const struct conn *conn, struct buf *sql, const struct table_view *view);

/* The parameters that a statement uses: used[0] is $1. */
enum { QUESTION_PARAMETERS_MAX = 64 };
struct question_values {
	const struct question_parameter *used[QUESTION_PARAMETERS_MAX];
	int count;
};

/* The statement with $1 for each :name. What nobody gives a value for stays, and is missing (no data: nothing is). */
void pg_put_parameters(const struct question *question, struct buf *sql,
		       struct question_values *values, struct span *missing);

/* ---- which statements the server was sent (sent.c) ---- */

bool pg_read_statements(struct conn *conn, struct arena *arena, struct statement_log *log,
			statement_function on_statement, void *context, struct err *err);

/* ---- errors (failure.c) ---- */

/* err for a result that says the statement failed. Returns false. */
bool pg_failure(struct pg_conn *conn, const PGresult *result, struct err *err);

/* err for a connection that is gone. Returns false. */
bool pg_lost(struct pg_conn *conn, struct err *err);

/* err for one that could not be made. Returns false. */
bool pg_refused(PGconn *pg, struct err *err);

/* ---- sending and waiting (wire.c): nothing blocks for longer than answer_seconds ---- */

/* Several statements may stand in one text; they are answered in order. */
bool wire_send(struct pg_conn *conn, const char *sql, struct err *err);

/* The same for what libpq was told to send by other means. */
bool wire_flush(struct pg_conn *conn, struct err *err);

/* The next answer, which the caller clears; NULL when there is no more. False with err when it says that
 * something failed. */
bool wire_next(struct pg_conn *conn, PGresult **result, struct err *err);

/* After an answer PGRES_COPY_OUT: the next row, which the caller gives to PQfreemem(); NULL behind the last. */
bool wire_copy_row(struct pg_conn *conn, char **row, size_t *size, struct err *err);

/* After PGRES_COPY_IN: bytes, and the end. */
bool wire_copy_put(struct pg_conn *conn, const struct buf *bytes, struct err *err);
bool wire_copy_end(struct pg_conn *conn, struct err *err);

/* Forget the answers that are still to come; with is_long the store is told to stop first. */
void wire_drain(struct pg_conn *conn, bool is_long);

/* Have the server stop what it does for us (cancel.c); false when nobody has heard of it after some seconds. */
bool pg_cancel(struct pg_conn *conn);

/* End sessions of engines that hang, with what they have locked (hung.c). */
bool pg_end_hung(struct pg_conn *conn, struct err *err);

/* Wait until libpq's non-blocking connecting has come to an end. */
bool wire_connect(PGconn *pg, int seconds);

/* One statement, sent and its answers waited for. */
bool wire_do(struct pg_conn *conn, const char *sql, struct err *err);

/* The one answer of what libpq was told to send and said whether it did; the caller clears it. NULL with err. */
PGresult *wire_answer(struct pg_conn *conn, int is_sent, struct err *err);

/* The rows of one statement; the caller clears them. NULL with err. */
PGresult *wire_ask(struct pg_conn *conn, const char *sql, struct err *err);

/* ---- values of legacy as text (copy_rows.c) ---- */

/* "\x0aff" as PostgreSQL writes binary, to the bytes, in the arena; and what is above CELL_BYTES_MAX to its CELL_CUT. */
bool pg_cell_to_bytes(struct cell *cell, struct arena *arena, struct err *err);
void pg_cell_cut(struct cell *cell, struct arena *arena);

/* ---- SQL text (text.c) ---- */

/* A text as a literal, with its quotes. */
void pg_sql_put_literal(struct pg_conn *conn, struct buf *sql, struct span text);

/* A statement of a .sql file with $1, $2 … replaced by literals; without the comment at its top. */
void pg_sql_fill(struct pg_conn *conn, struct buf *sql, const char *statement,
		 const struct span *values, int count);

/* "public"."job_final", where tables of this connection lie. */
void pg_sql_put_table(const struct pg_conn *conn, struct buf *sql, const char *table);

/* {"a","b"}: one more element of an array's text, and its end. */
void pg_sql_put_element(struct buf *array, const char *text);
void pg_sql_end_array(struct buf *array);

/* A select that has names found where legacy's own programs find them, until the transaction ends. */
void pg_sql_put_path(struct pg_conn *conn, struct buf *sql);

/* Text of a result's field, "" for NULL; borrowed until the result is cleared. */
struct span pg_field_text(const PGresult *result, int row, int column);
int64_t pg_field_int(const PGresult *result, int row, int column);
bool pg_field_is_true(const PGresult *result, int row, int column);

/* ---- prepared statements (statements.c) ---- */

enum { PARAMETERS_MAX = 2 * TABLE_COLUMNS_MAX };

struct parameter {
	const char *data; /* binary; NULL is NULL */
	Oid type;
	int size;
};

/* Run the statement in conn->sql, prepared under its text; the answer is binary. NULL with err. */
PGresult *pg_statement_run(struct pg_conn *conn, const struct parameter *parameters, int count,
			   struct err *err);
void pg_statements_release(struct pg_conn *conn);

/* ---- what a table is (shape.c, describe.c) ---- */

enum key_class {
	KEY_OTHER, /* cannot be a key */
	KEY_INTEGER,
	KEY_TEXT,
	KEY_PADDED, /* char(n) */
	KEY_BYTES,
	KEY_UUID,
	KEY_NUMERIC,
	KEY_TIME, /* dates and timestamps */
	KEY_BOOL,
	KEY_ENUM,
};

struct shape_column {
	const char *name;
	const char *type;      /* "numeric(12,2)" */
	const char *base_type; /* without limits and domains: what a literal is cast to */
	Oid base;
	int number; /* attnum */
	enum key_class key_class;
	Oid collation;
	const char *collation_name; /* "" when it has none */
	bool is_deterministic;
	bool not_null;
	bool is_bytes;
	bool is_long; /* may be above CELL_BYTES_MAX */
};

struct shape_index {
	const char *name;
	bool is_unique;
	bool is_ordered;    /* one direction, and every column as it compares by itself */
	const int *columns; /* indexes into the table's columns */
	int column_count;
};

struct shape {
	const char *
	    kind; /* "table", "view", "materialized view", "foreign table", "query"; NULL: there is none */
	const char *name; /* "public"."del", as it stands in SQL */
	bool has_heirs;   /* tables inherit from it: its keys are unique in itself alone */
	const char *const
	    *tables; /* whose rows it holds, as they stand in SQL: itself, or those of a query */
	const bool *is_locked; /* beside tables: a materialized view cannot be; NULL: all are */
	int table_count;
	const char *views; /* of a query: what the views in it are, in words of SQL */
	const struct shape_column *columns;
	int column_count;
	const struct shape_index
	    *indexes; /* plain ones over columns, the primary key first, then unique ones */
	int index_count;
};

/* The table of this name in the first of the schemas (an array's text) that has one. Everything lies in the arena. */
bool pg_shape_read(struct pg_conn *conn, const char *schemas, const char *table,
		   struct arena *arena, struct shape *shape, struct err *err);
int pg_shape_find(const struct shape *shape, const char *column);

/* What is known of a column by its type alone. */
enum key_class pg_key_class_of(Oid base, char kind);
bool pg_type_is_long(Oid base, int64_t limit, int64_t size);

bool pg_list(struct conn *conn, struct arena *arena, struct catalog *catalog, struct err *err);
bool pg_describe(struct conn *conn, const char *table, struct arena *arena, struct table_info *info,
		 struct err *err);
bool pg_describe_query(struct conn *conn, const char *query, struct arena *arena,
		       struct table_info *info, struct err *err);

/* What a query gives, as a shape of kind "query". ERR_RULE when it cannot be a source. */
bool pg_query_shape(struct pg_conn *conn, const char *query, struct arena *arena,
		    struct shape *shape, struct err *err);

/* ---- the target (table.c, rows.c, digest.c, insert.c, value.c) ---- */

bool pg_begin(struct conn *conn, struct err *err);
bool pg_commit(struct conn *conn, struct err *err);
void pg_rollback(struct conn *conn);
bool pg_ensure_table(struct conn *conn, const struct table *table, struct err *err);
bool pg_table_exists(struct conn *conn, const struct table *table, bool *exists, struct err *err);
void pg_put_ddl(const struct table *table, struct buf *sql);
bool pg_select(struct conn *conn, const struct query *query, row_function on_row, void *context,
	       struct err *err);
bool pg_digest(struct conn *conn, const struct query *query, int64_t *count, struct digest *sum,
	       struct err *err);
bool pg_digest_name(struct conn *conn, const char **name, struct err *err);
bool pg_insert(struct conn *conn, const struct table *table, const struct datum *rows,
	       size_t row_count, struct err *err);
bool pg_insert_from(struct conn *conn, const struct table *to, const struct table *from,
		    const struct condition *where, int where_count, int64_t *inserted,
		    struct err *err);
bool pg_update(struct conn *conn, const struct table *table, const struct assignment *set,
	       int set_count, const struct condition *where, int where_count, int64_t *changed,
	       struct err *err);
bool pg_remove(struct conn *conn, const struct table *table, const struct condition *where,
	       int where_count, int64_t *removed, struct err *err);

/* Of bigint and of a moment in binary form; what stands before a jsonb. */
enum { PG_NUMBER_SIZE = 8, PG_JSONB_VERSION = 1 };

/* Values of a statement on their way to the store, and the room of those that are not borrowed. */
struct pg_values {
	struct parameter parameters[PARAMETERS_MAX];
	int count;
	struct buf room;
};
void pg_values_open(struct pg_values *values, const struct assignment *set, int set_count,
		    const struct condition *where, int where_count);
void pg_values_close(struct pg_values *values);

/* " where …", its values behind those there are. */
void pg_sql_put_conditions(struct buf *sql, struct pg_values *values, const struct table *table,
			   const struct condition *where, int count);

/* A value in the store's binary form; bytes that are not borrowed go to room. */
struct parameter pg_value_of(enum table_kind kind, const struct datum *datum, struct buf *room);
bool pg_value_read(const PGresult *result, int row, int column, enum table_kind kind,
		   struct datum *datum, struct err *err);
const char *pg_value_type(enum table_kind kind);
void pg_value_put_number(const struct datum *datum, char bytes[PG_NUMBER_SIZE]);

#endif
