/*
 * memory.h: a store in this process's memory: the driver contract in executable form.
 *
 * For tests and dry runs. A store is shared by its connections and may be used from several threads;
 * it has no file, so it is gone with its last byte when it is closed. What was ever put in stays in
 * memory until then, replaced or not.
 */
#ifndef DRIVERS_MEMORY_MEMORY_H
#define DRIVERS_MEMORY_MEMORY_H

#include "drivers/driver.h"

extern const struct driver memory_driver;

struct memory_store;

struct memory_store *memory_store_open(void);

/* After its last connection. */
void memory_store_close(struct memory_store *store);

/* What conn_open() does for stores that have a URL; "memory:" has none. Close with conn_close(). */
bool memory_store_connect(struct memory_store *store, enum conn_role role, struct conn **conn,
			  struct err *err);

/* ---- what legacy holds ---- */

struct memory_column {
	const char *name;
	const char *type; /* "INTEGER" sorts as integers and holds nothing else, others as bytes */
	bool not_null;
};

/* Declare a table, empty. One of that name that exists is replaced: readers find that it changed
 * when its columns or key did. key names the columns that are unique together. Copies everything. */
void memory_store_table(struct memory_store *store, const char *name,
			const struct memory_column *columns, int column_count,
			const char *const *key, int key_count);

/* Memory runs no SQL: the rows of this query are what this table, made for it and without a key, holds.
 * Queries that were not declared are refused. */
void memory_store_query(struct memory_store *store, const char *query, const char *table);

void memory_store_drop(struct memory_store *store, const char *name);

/* Append a row of column_count cells; size counts, CELL_CUT is made by reading. Keys are not checked:
 * legacy may be broken. */
void memory_store_cells(struct memory_store *store, const char *table, const struct cell *cells);

#endif
