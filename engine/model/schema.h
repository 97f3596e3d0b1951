/*
 * schema.h: what tables of a store look like, as a driver describes them.
 */
#ifndef ENGINE_MODEL_SCHEMA_H
#define ENGINE_MODEL_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

struct column_info {
	const char *name;
	const char *type; /* as the store writes it: "NUMERIC(10,2)" */
	bool not_null;
};

struct unique_info {
	const char *name;           /* of the index or constraint */
	const char *const *columns; /* in index order */
	int column_count;
};

struct table_info {
	const char *name; /* as asked for; of a query its text */
	bool exists;      /* of a query: it can be used as a source */
	bool is_query;
	const struct column_info *columns; /* in the table's order */
	int column_count;
	const struct unique_info
	    *uniques; /* primary key first, partial and expression indexes left out */
	int unique_count;

	const char *fault; /* of a query that cannot be used: why; else NULL */
	const char *const
	    *read_tables; /* of a query: the tables its rows come from, in views too */
	const char *const *read_views;
	int read_table_count, read_view_count;
};

/* As the store was told: rows of table name one of above. */
struct foreign_key {
	const char *table, *above;
	const char *const *columns, *const *above_columns;
	int column_count;
};

/* What a store says it holds. */
struct catalog {
	const char *const *tables; /* by the names that rule files use, in byte order; no views */
	int table_count;
	const struct foreign_key *foreign_keys; /* by table */
	int foreign_key_count;
};

struct schema {
	const struct table_info *tables;
	int table_count;

	/* Describes what is not among them, and adds it; NULL when the store cannot say. No function: they are all there are. */
	const struct table_info *(*describe_next)(void *context, const char *name, bool is_query);
	void *context;
};

#endif
