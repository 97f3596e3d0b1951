/*
 * within.c: do rows lie where they were asked for?
 *
 * What a query gives has an affinity and a collation that nobody can ask for, and they decide how
 * keys compare. So where a query is read, each row is compared again by its bytes. Whatever order the
 * store goes by, each row lies in exactly one of its ranges; when every row of every range also lies
 * there by its bytes, the two orders are one, and no row was missed.
 */
#include <string.h>

#include "drivers/sqlite/reader_internal.h"

/* NULL < numbers < texts < blobs */
static int rank_of(int kind)
{
	switch (kind) {
	case SQLITE_NULL:
		return 0;
	case SQLITE_INTEGER:
	case SQLITE_FLOAT:
		return 1;
	case SQLITE_TEXT:
		return 2;
	default:
		return 3;
	}
}

static int compare_numbers(sqlite3_stmt *stmt, int column, int64_t other)
{
	if (sqlite3_column_type(stmt, column) == SQLITE_FLOAT) {
		double number = sqlite3_column_double(stmt, column);

		return (number > (double)other) - (number < (double)other);
	}
	return (sqlite3_column_int64(stmt, column) > other) -
	       (sqlite3_column_int64(stmt, column) < other);
}

static int compare_part(sqlite3_stmt *stmt, int column, const struct key_value *value)
{
	int rank = rank_of(sqlite3_column_type(stmt, column)), other = rank_of(value->kind);
	struct span bytes;

	if (rank != other)
		return rank < other ? -1 : 1;
	if (rank == 1)
		return compare_numbers(stmt, column, value->integer);
	bytes.data = sqlite3_column_blob(stmt, column);
	bytes.size = (size_t)sqlite3_column_bytes(stmt, column);
	if (bytes.data == NULL)
		bytes.data = "";
	return span_compare(bytes, value->bytes);
}

static int compare_key(const struct source_reader *source, sqlite3_stmt *stmt,
		       const struct key_bound *bound)
{
	for (int i = 0; i < source->sql.match_count; i++) {
		int order = compare_part(stmt, source->sql.match[i], &bound->values[i]);

		if (order != 0)
			return order;
	}
	return 0;
}

static bool has_null(const struct source_reader *source, sqlite3_stmt *stmt)
{
	for (int i = 0; i < source->sql.match_count; i++)
		if (sqlite3_column_type(stmt, source->sql.match[i]) == SQLITE_NULL)
			return true;
	return false;
}

bool reader_check_within(const struct reader *reader, int source_index, sqlite3_stmt *stmt,
			 struct err *err)
{
	const struct source_reader *source = &reader->sources[source_index];
	const struct key_limits *limits = &reader->limits;
	bool is_within = true;

	/* Those belong to the range that is open below, whatever it is. */
	if (!source->is_checked || has_null(source, stmt))
		return true;
	if (limits->is_one_key)
		is_within = compare_key(source, stmt, &limits->up_to) == 0;
	else if (limits->above.is_set)
		is_within = compare_key(source, stmt, &limits->above) > 0;
	if (is_within && !limits->is_one_key && limits->up_to.is_set)
		is_within = compare_key(source, stmt, &limits->up_to) <= 0;
	if (is_within)
		return true;
	return err_set(err, ERR_DATA,
		       "source %s: SQLite gives a row for a range of keys in which its %s does not "
		       "lie: it is compared by another type or collation than its value; let the "
		       "query say cast(… as …), or collate binary",
		       source->sql.source->name ? source->sql.source->name
						: source->sql.source->table,
		       source->sql.source->columns[source->sql.match[0]]);
}
