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

struct schema {
	const struct table_info *tables;
	int table_count;
};

#endif
