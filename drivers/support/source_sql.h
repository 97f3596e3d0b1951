/*
 * source_sql.h: the statements by which drivers that speak SQL read a source. For drivers only.
 *
 * Which rows belong to a range of the root's keys is one question for all of them; how a store is told a key's value
 * (a parameter, a literal) is the driver's own. Keys are compared as row values, (a, b) > (x, y), which stores serve
 * from an index on (a, b).
 */
#ifndef DRIVERS_SUPPORT_SOURCE_SQL_H
#define DRIVERS_SUPPORT_SOURCE_SQL_H

#include "engine/base/buf.h"
#include "engine/model/key.h"
#include "engine/model/source.h"
#include "engine/model/table.h"

/* Which rows a statement selects, by the columns that hold the root's key. */
enum rows_wanted {
	ROWS_ALL = 0,
	ROWS_ABOVE = 1,
	ROWS_UP_TO = 2,
	ROWS_BETWEEN = ROWS_ABOVE | ROWS_UP_TO,
	ROWS_OF_KEY = 4,
	ROWS_WITHOUT_KEY = 5,
	ROWS_LOST = 6, /* below others, and the row they name is not there */
	ROWS_WANTED_COUNT = 7,
};

static inline enum rows_wanted rows_wanted_of(const struct key_range *range)
{
	unsigned above = range->lower.data ? ROWS_ABOVE : 0;
	unsigned up_to = range->upper.data ? ROWS_UP_TO : 0;

	return (enum rows_wanted)(above | up_to);
}

struct source_sql {
	const struct source *source;
	const char *from; /* SQL behind "from": a table's name, or a query in brackets */

	/* The source's columns that are compared: of the root its key, of children the parent, both in
	 * the order of the root's index; of a reference its key. Indexes into source->columns. */
	int match[KEY_PARTS_MAX];
	bool match_is_nullable[KEY_PARTS_MAX];
	int match_count; /* 0: children that only the rows above them lead to the root */
};

/* Are there rows that no range of keys selects? */
bool source_sql_has_nullable(const struct source_sql *source);

/* What is asked for, and how the driver says values. */
struct sql_wanted {
	enum rows_wanted rows;
	/* The value that match[part] is compared with; which is the key itself, ROWS_ABOVE or ROWS_UP_TO. */
	void (*put_value)(void *context, struct buf *sql, int part, enum rows_wanted which);
	void *context;
};

/* "name" with quotes doubled: no name can end the identifier it stands in. */
void sql_put_name(struct buf *sql, const char *name);

/* "a", "b": the first columns of a table of the target. */
void sql_put_column_names(struct buf *sql, const struct table *table, int count);

/* " (a, b) select a, b from ", behind the table they are inserted into. */
void sql_put_columns_from(struct buf *sql, const struct table *to);

/* select columns from … where …, behind what is in sql; sources[index] is meant, the others lead to the root. */
void source_sql_put_rows(struct buf *sql, const struct source_sql *const *sources, int index,
			 const struct sql_wanted *wanted);

/* " from … where …" alone, for a driver with other columns to select. */
void source_sql_put_from(struct buf *sql, const struct source_sql *const *sources, int index,
			 const struct sql_wanted *wanted);

/* A column as it is selected: what the table does not have is null. */
void source_sql_put_column(struct buf *sql, const struct source *source, int column);

/* select key from … where … order by key: the pathfinder's, up to where it says how many. */
void source_sql_put_bound(struct buf *sql, const struct source_sql *root,
			  const struct sql_wanted *wanted);

#endif
