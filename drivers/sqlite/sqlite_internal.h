/*
 * sqlite_internal.h: what the files of drivers/sqlite share. For this folder only.
 */
#ifndef DRIVERS_SQLITE_SQLITE_INTERNAL_H
#define DRIVERS_SQLITE_SQLITE_INTERNAL_H

#include <sqlite3.h>

#include "drivers/sqlite/sqlite.h"
#include "drivers/support/source_sql.h"
#include "engine/model/instant.h"

/* ---- a connection and its cached statements (conn.c, statements.c) ---- */

enum { STATEMENTS_MAX = 48, BUSY_TIMEOUT_MS = 10000 };

struct statement {
	char *sql;
	size_t size;
	sqlite3_stmt *stmt;
	uint64_t used_at;
	bool in_use; /* a row function may send the statement it is called from */
};

struct sqlite_conn {
	struct conn base;
	sqlite3 *db;
	char *path;
	struct buf sql;   /* the statement being written */
	struct buf image; /* the row being hashed */
	struct statement statements[STATEMENTS_MAX];
	uint64_t statement_clock;
	uint64_t reader_count; /* that were ever opened with a table of keys */
	int64_t give_up_ns;    /* when a read has taken too long */
	bool is_exact;         /* its sum() loses nothing */
};

static inline struct sqlite_conn *sqlite_of(struct conn *conn)
{
	return (struct sqlite_conn *)conn;
}

bool sqlite_is_same(const char *location, const char *other);
bool sqlite_open(const char *location, enum conn_role role, struct conn **conn, struct err *err);
void sqlite_close(struct conn *conn);

/* ---- a number that says how the store fares (probe.c) ---- */

bool sqlite_probe(struct conn *conn, const char *sql, struct probe_answer *answer, struct err *err);

/* ---- questions and the views in front of them (answer.c, view.c, exact.c) ---- */

bool sqlite_answer(struct conn *conn, const struct question *question, answer_function on_row,
		   void *context, struct err *err);
void sqlite_put_question(struct conn *conn, const struct question *question, struct buf *sql);
void sqlite_put_view(const struct conn *conn, struct buf *sql, const struct table_view *view);

/* sum() that loses nothing, on this connection from here on. */
bool exact_teach(struct sqlite_conn *conn, struct err *err);

/* Does the function give the same for the same rows on any machine? (query.c) */
bool sqlite_is_dependable(const char *function);

/* err for a result code of SQLite, in the words of the contract. Returns false. */
bool sqlite_failure(struct sqlite_conn *conn, int code, struct err *err);

/* Run a statement without values and rows. */
bool sqlite_run(struct sqlite_conn *conn, const char *sql, struct err *err);

/* The first column of the first row as a number; 0 when there is no row. */
bool sqlite_number(struct sqlite_conn *conn, const char *sql, int64_t *number, struct err *err);

/* The prepared statement for the text in conn->sql, ready to be bound. Given back when done: it is
 * then reset and may be used again. NULL with err. */
sqlite3_stmt *statement_take(struct sqlite_conn *conn, struct err *err);
void statement_give(struct sqlite_conn *conn, sqlite3_stmt *stmt);
void statements_release(struct sqlite_conn *conn);

/* ---- what a table is (shape.c, describe.c) ---- */

enum affinity {
	AFFINITY_NONE, /* SQLite calls it BLOB: values stay as they came */
	AFFINITY_TEXT,
	AFFINITY_NUMERIC,
	AFFINITY_INTEGER,
	AFFINITY_REAL,
};

struct shape_column {
	const char *name;
	const char *type; /* as declared; "" when it is not */
	const char *collation;
	enum affinity affinity;
	bool not_null;
};

struct shape_index {
	const char *name;
	bool is_unique;
	bool is_ordered;    /* one direction, and every column in its own collation */
	const int *columns; /* indexes into the table's columns */
	int column_count;
};

struct shape {
	const char *kind; /* "table", "view", "virtual", "shadow", "query"; NULL: there is none */
	bool is_strict;
	int rowid_column; /* the INTEGER PRIMARY KEY, or −1 */
	const struct shape_column *columns;
	int column_count;
	const struct shape_index
	    *indexes; /* without partial and expression indexes; unique first */
	int index_count;
};

/* Everything lies in the arena. */
bool shape_read(struct sqlite_conn *conn, const char *table, struct arena *arena,
		struct shape *shape, struct err *err);

/* Index of a column by name (SQLite's names ignore ASCII case), or −1. */
int shape_find(const struct shape *shape, const char *column);

const char *affinity_name(enum affinity affinity);

bool sqlite_list(struct conn *conn, struct arena *arena, struct catalog *catalog, struct err *err);
bool sqlite_describe(struct conn *conn, const char *table, struct arena *arena,
		     struct table_info *info, struct err *err);

bool sqlite_describe_query(struct conn *conn, const char *query, struct arena *arena,
			   struct table_info *info, struct err *err);

/* What a query gives, as a shape of kind "query". ERR_RULE when
 * it cannot be a source. */
bool query_shape(struct sqlite_conn *conn, const char *query, struct arena *arena,
		 struct shape *shape, struct err *err);

/* ---- the target (table.c, rows.c, digest.c) ---- */

bool sqlite_begin(struct conn *conn, struct err *err);
bool sqlite_commit(struct conn *conn, struct err *err);
void sqlite_rollback(struct conn *conn);
bool sqlite_ensure_table(struct conn *conn, const struct table *table, struct err *err);
bool sqlite_table_exists(struct conn *conn, const struct table *table, bool *exists,
			 struct err *err);
void sqlite_put_ddl(const struct table *table, struct buf *sql);
bool sqlite_select(struct conn *conn, const struct query *query, row_function on_row, void *context,
		   struct err *err);
bool sqlite_digest(struct conn *conn, const struct query *query, int64_t *count, struct digest *sum,
		   struct err *err);
bool sqlite_digest_name(struct conn *conn, const char **name, struct err *err);
bool sqlite_insert(struct conn *conn, const struct table *table, const struct datum *rows,
		   size_t row_count, struct err *err);
bool sqlite_insert_from(struct conn *conn, const struct table *to, const struct table *from,
			const struct condition *where, int where_count, int64_t *inserted,
			struct err *err);
bool sqlite_update(struct conn *conn, const struct table *table, const struct assignment *set,
		   int set_count, const struct condition *where, int where_count, int64_t *changed,
		   struct err *err);
bool sqlite_remove(struct conn *conn, const struct table *table, const struct condition *where,
		   int where_count, int64_t *removed, struct err *err);

enum { CONDITIONS_MAX = TABLE_COLUMNS_MAX };

/* " where …", and its values bound from parameter `first` on; rooms hold instants' texts as long as the statement is used. */
void sqlite_put_conditions(struct buf *sql, const struct table *table,
			   const struct condition *where, int count);
bool sqlite_bind_conditions(struct sqlite_conn *conn, sqlite3_stmt *stmt, int first,
			    const struct condition *where, int count,
			    char rooms[CONDITIONS_MAX][INSTANT_TEXT_SIZE], struct err *err);

/* Have this connection know the aggregate that digest.c selects. */
bool sqlite_add_digest(struct sqlite_conn *conn, struct err *err);

#endif
