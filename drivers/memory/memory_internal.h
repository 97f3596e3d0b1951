/*
 * memory_internal.h: what the files of drivers/memory share. For this folder only.
 */
#ifndef DRIVERS_MEMORY_MEMORY_INTERNAL_H
#define DRIVERS_MEMORY_MEMORY_INTERNAL_H

#include <pthread.h>

#include "drivers/memory/memory.h"

/* ---- legacy ---- */

struct legacy_table {
	struct legacy_table *next;
	const char *name;
	const struct memory_column *columns;
	int column_count;
	const int *key; /* indexes into columns; key_count 0: none is unique */
	int key_count;
	const struct cell **rows;
	size_t row_count, row_capacity;
};

struct legacy_query {
	struct legacy_query *next;
	const char *text;
	const char *table; /* holds its rows */
};

/* ---- target ---- */

/* Rows are never changed in place: who holds a pointer may go on reading it. In the order of their
 * primary keys. */
struct target_rows {
	const struct datum **rows;
	size_t count, capacity;
};

struct target_table {
	struct target_table *next;
	const char *name;
	struct table_column columns[TABLE_COLUMNS_MAX];
	int column_count;
	int primary_key_count;
	bool is_committed; /* false: made by the transaction that is open */
	struct target_rows committed;
	struct target_rows pending; /* what the open transaction sees, once it has written here */
	bool has_pending;
};

struct memory_conn;

struct memory_store {
	pthread_mutex_t mutex;
	pthread_cond_t writer_left;
	struct memory_conn *writer; /* whose transaction is open */
	int conn_count;
	struct arena arena; /* names, cells, datums: everything that never moves */
	struct legacy_table *legacy;
	struct legacy_query *queries;
	struct target_table *target;
};

struct memory_conn {
	struct conn base;
	struct memory_store *store;
};

static inline struct memory_conn *memory_of(struct conn *conn)
{
	return (struct memory_conn *)conn;
}

struct legacy_table *legacy_find(struct memory_store *store, const char *name);
/* The table that holds what the query selects, or NULL. */
struct legacy_table *legacy_find_query(struct memory_store *store, const char *query);
void memory_lock(struct memory_store *store);
void memory_unlock(struct memory_store *store);

/* store.c, reader.c */
bool memory_probe(struct conn *conn, const char *sql, struct probe_answer *answer, struct err *err);
bool memory_list(struct conn *conn, struct arena *arena, struct catalog *catalog, struct err *err);
bool memory_describe(struct conn *conn, const char *table, struct arena *arena,
		     struct table_info *info, struct err *err);
bool memory_describe_query(struct conn *conn, const char *query, struct arena *arena,
			   struct table_info *info, struct err *err);
bool memory_open_reader(struct conn *conn, const struct source_set *sources, struct reader **reader,
			struct err *err);
void memory_close_reader(struct reader *reader);
bool memory_find_bound(struct reader *reader, const struct key_range *range, uint32_t count,
		       struct arena *arena, struct span *bound, struct err *err);
bool memory_read_range(struct reader *reader, const struct key_range *range, size_t bytes_max,
		       struct batch *batch, struct buf *position, struct err *err);
bool memory_read_keys(struct reader *reader, const struct span *keys, size_t key_count,
		      struct batch *batch, struct buf *position, struct err *err);
bool memory_count_roots(struct reader *reader, int64_t *count, struct err *err);
bool memory_explain(struct reader *reader, struct buf *json, struct err *err);

/* target.c, rows.c */
bool memory_begin(struct conn *conn, struct err *err);
bool memory_commit(struct conn *conn, struct err *err);
void memory_rollback(struct conn *conn);
bool memory_ensure_table(struct conn *conn, const struct table *table, struct err *err);
bool memory_table_exists(struct conn *conn, const struct table *table, bool *exists,
			 struct err *err);
void memory_put_ddl(const struct table *table, struct buf *sql);
bool memory_select(struct conn *conn, const struct query *query, row_function on_row, void *context,
		   struct err *err);
bool memory_digest(struct conn *conn, const struct query *query, int64_t *count, struct digest *sum,
		   struct err *err);
bool memory_digest_name(struct conn *conn, const char **name, struct err *err);
bool memory_insert(struct conn *conn, const struct table *table, const struct datum *rows,
		   size_t row_count, struct err *err);
bool memory_insert_from(struct conn *conn, const struct table *to, const struct table *from,
			const struct condition *where, int where_count, int64_t *inserted,
			struct err *err);
bool memory_update(struct conn *conn, const struct table *table, const struct assignment *set,
		   int set_count, const struct condition *where, int where_count, int64_t *changed,
		   struct err *err);
bool memory_remove(struct conn *conn, const struct table *table, const struct condition *where,
		   int where_count, int64_t *removed, struct err *err);

/* The table as this connection may see it, or NULL. The store is locked. */
struct target_table *target_find(struct memory_conn *conn, const char *name);
struct target_rows *target_visible(struct memory_conn *conn, struct target_table *table);

/* The rows the open transaction may change: a copy, made once. */
struct target_rows *target_pending(struct memory_conn *conn, struct target_table *table);

/* Give the pending rows of all tables to everyone, or forget them. */
void target_publish(struct memory_store *store);
void target_forget(struct memory_store *store);
void target_release(struct memory_store *store);

#endif
