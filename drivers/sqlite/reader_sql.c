/*
 * reader_sql.c: the statements that legacy is sent.
 *
 * Keys are compared as row values, (a, b) > (?, ?), which SQLite serves from an index on (a, b).
 */
#include "drivers/sqlite/reader_internal.h"
#include "engine/base/require.h"

static const char *match_name(const struct source_reader *source, int i)
{
	return source->source->columns[source->match[i]];
}

static void put_match(struct buf *sql, const struct source_reader *source)
{
	if (source->match_count > 1)
		buf_put_char(sql, '(');
	for (int i = 0; i < source->match_count; i++) {
		if (i > 0)
			buf_put_text(sql, ", ");
		sql_put_name(sql, match_name(source, i));
	}
	if (source->match_count > 1)
		buf_put_char(sql, ')');
}

static void put_comparison(struct buf *sql, const struct source_reader *source,
			   const char *operation)
{
	put_match(sql, source);
	buf_put_text(sql, operation);
	buf_put_text(sql, source->match_count > 1 ? "(?" : "?");
	for (int i = 1; i < source->match_count; i++)
		buf_put_text(sql, ", ?");
	if (source->match_count > 1)
		buf_put_char(sql, ')');
}

static void put_range(struct buf *sql, const struct source_reader *source, enum rows_wanted wanted)
{
	if (wanted != ROWS_ALL)
		buf_put_text(sql, " where ");
	if (wanted & ROWS_ABOVE)
		put_comparison(sql, source, " > ");
	if (wanted == ROWS_BETWEEN)
		buf_put_text(sql, " and ");
	if (wanted & ROWS_UP_TO)
		put_comparison(sql, source, " <= ");
}

/* (2, NULL) > (1, 1) is true: such rows belong to the range that is open below and to no other. */
static void put_not_null(struct buf *sql, const struct source_reader *source)
{
	for (int i = 1; i < source->match_count; i++)
		if (source->match_is_nullable[i]) {
			buf_put_text(sql, " and ");
			sql_put_name(sql, match_name(source, i));
			buf_put_text(sql, " is not null");
		}
}

static void put_each(struct buf *sql, const struct source_reader *source, const char *between,
		     const char *test)
{
	for (int i = 0; i < source->match_count; i++) {
		buf_put_text(sql, i == 0 ? " where " : between);
		sql_put_name(sql, match_name(source, i));
		buf_put_text(sql, test);
	}
}

static void put_columns(struct buf *sql, const struct source *source)
{
	/* Of children without a key what the table does not have is made once they are read. */
	bool has_made = source->is_keyless && source->kind == SOURCE_CHILDREN;

	for (int i = 0; i < source->column_count; i++) {
		buf_put_text(sql, i == 0 ? "select " : ", ");
		if (has_made && (i == source->star_column || i == source->copies_column))
			buf_put_text(sql, "null");
		else
			sql_put_name(sql, source->columns[i]);
	}
}

/* ---- children below others, which lead to the root ---- */

static void put_names(struct buf *sql, const struct source *source, const int *columns, int count)
{
	buf_put_text(sql, count > 1 ? "(" : "");
	for (int i = 0; i < count; i++) {
		buf_put_text(sql, i == 0 ? "" : ", ");
		sql_put_name(sql, source->columns[columns[i]]);
	}
	buf_put_text(sql, count > 1 ? ")" : "");
}

static void put_rows_above(struct buf *sql, const struct source_reader *above,
			   const struct source *source)
{
	buf_put_text(sql, "(select ");
	for (int i = 0; i < source->parent_count; i++) {
		buf_put_text(sql, i == 0 ? "" : ", ");
		sql_put_name(sql, above->source->columns[source->of_columns[i]]);
	}
	buf_put_text(sql, " from ");
	buf_put_text(sql, above->from);
}

/* The row above is not there: NULL names none, and a NULL there is named by none. */
static void put_not_there(struct buf *sql, const struct source_reader *above,
			  const struct source *source)
{
	for (int i = 0; i < source->parent_count; i++) {
		sql_put_name(sql, source->columns[source->parent_columns[i]]);
		buf_put_text(sql, " is null or ");
	}
	put_names(sql, source, source->parent_columns, source->parent_count);
	buf_put_text(sql, " not in ");
	put_rows_above(sql, above, source);
	for (int i = 0; i < source->parent_count; i++) {
		buf_put_text(sql, i == 0 ? " where " : " and ");
		sql_put_name(sql, above->source->columns[source->of_columns[i]]);
		buf_put_text(sql, " is not null");
	}
	buf_put_char(sql, ')');
}

static void put_where(struct reader *reader, int source_index, enum rows_wanted wanted);

/* From the root down, as deep as the lists hang: (…) in (select … where (…) in (…)). */
static void put_where_below(struct reader *reader, const struct source *source,
			    enum rows_wanted wanted)
{
	const struct source_reader *above = &reader->sources[source->of];
	struct buf *sql = &reader->conn->sql;

	if (wanted == ROWS_ALL)
		return;
	buf_put_text(sql, " where ");
	if (wanted == ROWS_LOST) {
		put_not_there(sql, above, source);
		if (above->match_count > 0)
			return;
		buf_put_text(sql, " or ");
	}
	put_names(sql, source, source->parent_columns, source->parent_count);
	buf_put_text(sql, " in ");
	put_rows_above(sql, above, source);
	put_where(reader, source->of, wanted);
	buf_put_char(sql, ')');
}

static void put_where(struct reader *reader, int source_index, enum rows_wanted wanted)
{
	const struct source_reader *source = &reader->sources[source_index];
	struct buf *sql = &reader->conn->sql;

	if (source->match_count == 0) {
		put_where_below(reader, source->source, wanted);
	} else if (wanted == ROWS_OF_KEY) {
		put_each(sql, source, " and ", " = ?");
	} else if (wanted == ROWS_WITHOUT_KEY) {
		put_each(sql, source, " or ", " is null");
	} else {
		put_range(sql, source, wanted);
		if (wanted != ROWS_ALL)
			put_not_null(sql, source);
	}
}

void reader_put_rows(struct reader *reader, int source_index, enum rows_wanted wanted)
{
	const struct source_reader *source = &reader->sources[source_index];
	struct buf *sql = &reader->conn->sql;

	buf_reset(sql);
	put_columns(sql, source->source);
	buf_put_text(sql, " from ");
	buf_put_text(sql, source->from);
	put_where(reader, source_index, wanted);
}

void reader_put_bound(struct reader *reader, enum rows_wanted wanted)
{
	const struct source_reader *root = &reader->sources[0];
	struct buf *sql = &reader->conn->sql;

	require(wanted <= ROWS_BETWEEN);
	buf_reset(sql);
	/* A bound must be another key than the one behind it, and a query may give a key twice. */
	buf_put_text(sql, root->source->query ? "select distinct " : "select ");
	for (int i = 0; i < root->match_count; i++) {
		buf_put_text(sql, i == 0 ? "" : ", ");
		sql_put_name(sql, match_name(root, i));
	}
	buf_put_text(sql, " from ");
	buf_put_text(sql, root->from);
	put_range(sql, root, wanted);
	for (int i = 0; i < root->match_count; i++) {
		buf_put_text(sql, i == 0 ? " order by " : ", ");
		sql_put_name(sql, match_name(root, i));
	}
	buf_put_text(sql, " limit 2 offset ?");
}

static sqlite3_stmt *prepared(struct reader *reader, sqlite3_stmt **stmt, struct err *err)
{
	const struct buf *sql = &reader->conn->sql;
	int code = sqlite3_prepare_v3(reader->conn->db, sql->data, (int)sql->size,
				      SQLITE_PREPARE_PERSISTENT, stmt, NULL);

	if (code != SQLITE_OK) {
		sqlite_failure(reader->conn, code, err);
		return NULL;
	}
	return *stmt;
}

sqlite3_stmt *reader_rows(struct reader *reader, int source_index, enum rows_wanted wanted,
			  struct err *err)
{
	sqlite3_stmt **stmt = &reader->sources[source_index].statements[wanted];

	if (*stmt)
		return *stmt;
	reader_put_rows(reader, source_index, wanted);
	return prepared(reader, stmt, err);
}

sqlite3_stmt *reader_bound(struct reader *reader, enum rows_wanted wanted, struct err *err)
{
	sqlite3_stmt **stmt = &reader->bounds[wanted];

	if (*stmt)
		return *stmt;
	reader_put_bound(reader, wanted);
	return prepared(reader, stmt, err);
}
