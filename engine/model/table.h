/*
 * table.h: tables of the target as data: one definition serves every driver, --ddl and the tests.
 */
#ifndef ENGINE_MODEL_TABLE_H
#define ENGINE_MODEL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/span.h"

enum table_kind {
	TABLE_TEXT,    /* compared by bytes (PostgreSQL: text collate "C") */
	TABLE_INT,     /* 64-bit */
	TABLE_INSTANT, /* microseconds since 1970-01-01T00:00:00Z (SQLite: canonical text) */
	TABLE_JSON, /* a JSON document; a store may keep what it says and not how (PostgreSQL: jsonb) */
	TABLE_DOCUMENT, /* a JSON document as it was written (PostgreSQL: json) */
};

struct table_column {
	const char *name;
	enum table_kind kind;
	bool not_null;
};

enum { TABLE_INDEX_COLUMNS_MAX = 4, TABLE_INDEXES_MAX = 4, TABLE_COLUMNS_MAX = 32 };

struct table_index { /* columns by their index in the table, −1 ends the list */
	int columns[TABLE_INDEX_COLUMNS_MAX];
};

struct table {
	const char *name;
	const struct table_column *columns;
	int column_count;
	int primary_key_count; /* the first n columns */
	struct table_index indexes[TABLE_INDEXES_MAX];
	int index_count;
};

enum datum_kind {
	DATUM_NULL,
	DATUM_INT,
	DATUM_TEXT,    /* also JSON */
	DATUM_INSTANT, /* number is microseconds */
	DATUM_NOW, /* the store's own clock plus `number` microseconds; only in writes and conditions */
};

struct datum {
	enum datum_kind kind;
	int64_t number;
	struct span text;
};

static inline struct datum datum_null(void)
{
	return (struct datum){ .kind = DATUM_NULL };
}

static inline struct datum datum_int(int64_t number)
{
	return (struct datum){ .kind = DATUM_INT, .number = number };
}

static inline struct datum datum_span(struct span text)
{
	return text.data ? (struct datum){ .kind = DATUM_TEXT, .text = text } : datum_null();
}

static inline struct datum datum_text(const char *text)
{
	return datum_span(span_of(text));
}

static inline struct datum datum_instant(int64_t instant_us)
{
	return (struct datum){ .kind = DATUM_INSTANT, .number = instant_us };
}

static inline struct datum datum_now(int64_t offset_us)
{
	return (struct datum){ .kind = DATUM_NOW, .number = offset_us };
}

enum condition_kind { IS_EQUAL, IS_NOT_EQUAL, IS_LESS, IS_GREATER, IS_NULL, IS_NOT_NULL };

struct condition {
	int column;
	enum condition_kind kind;
	struct datum value; /* unused for IS_NULL and IS_NOT_NULL */
};

struct assignment {
	int column;
	struct datum value;
};

/* What is done to the rows that are read until the transaction ends. Where write transactions exclude each other all of
 * them are the same. */
enum query_lock {
	QUERY_PLAIN,
	QUERY_SHARE,       /* nobody changes them */
	QUERY_UPDATE,      /* nor locks them */
	QUERY_SKIP_LOCKED, /* the same, and rows that somebody has locked are passed over */
};

/* select columns from table where … order by … limit … */
struct query {
	const struct table *table;
	const int *columns; /* which, in which order */
	int column_count;
	const struct condition *where; /* all must hold */
	int where_count;
	const int *order_by; /* columns; add TABLE_DESCENDING to turn one round */
	int order_count;
	int64_t limit; /* 0: all */
	enum query_lock lock;
};
enum { TABLE_DESCENDING = 1 << 16 };

#endif
