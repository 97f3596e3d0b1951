/*
 * source_sql.c: which rows belong to a range of keys, in SQL.
 */
#include "drivers/support/source_sql.h"

#include "engine/base/require.h"

void sql_put_name(struct buf *sql, const char *name)
{
	buf_put_char(sql, '"');
	for (const char *c = name; *c; c++) {
		if (*c == '"')
			buf_put_char(sql, '"');
		buf_put_char(sql, *c);
	}
	buf_put_char(sql, '"');
}

void sql_put_column_names(struct buf *sql, const struct table *table, int count)
{
	for (int i = 0; i < count; i++) {
		buf_put_text(sql, i == 0 ? "" : ", ");
		sql_put_name(sql, table->columns[i].name);
	}
}

void sql_put_columns_from(struct buf *sql, const struct table *to)
{
	buf_put_text(sql, " (");
	sql_put_column_names(sql, to, to->column_count);
	buf_put_text(sql, ") select ");
	sql_put_column_names(sql, to, to->column_count);
	buf_put_text(sql, " from ");
}

bool source_sql_has_nullable(const struct source_sql *source)
{
	for (int i = 0; i < source->match_count; i++)
		if (source->match_is_nullable[i])
			return true;
	return source->match_count == 0;
}

static void put_match(struct buf *sql, const struct source_sql *source, int i)
{
	sql_put_name(sql, source->source->columns[source->match[i]]);
}

static void put_comparison(struct buf *sql, const struct source_sql *source, const char *operation,
			   const struct sql_wanted *wanted, enum rows_wanted which)
{
	bool is_row = source->match_count > 1;

	buf_put_text(sql, is_row ? "(" : "");
	for (int i = 0; i < source->match_count; i++) {
		buf_put_text(sql, i > 0 ? ", " : "");
		put_match(sql, source, i);
	}
	buf_put_text(sql, is_row ? ")" : "");
	buf_put_text(sql, operation);
	buf_put_text(sql, is_row ? "(" : "");
	for (int i = 0; i < source->match_count; i++) {
		buf_put_text(sql, i > 0 ? ", " : "");
		wanted->put_value(wanted->context, sql, i, which);
	}
	buf_put_text(sql, is_row ? ")" : "");
}

static void put_range(struct buf *sql, const struct source_sql *source,
		      const struct sql_wanted *wanted)
{
	if (wanted->rows != ROWS_ALL)
		buf_put_text(sql, " where ");
	if (wanted->rows & ROWS_ABOVE)
		put_comparison(sql, source, " > ", wanted, ROWS_ABOVE);
	if (wanted->rows == ROWS_BETWEEN)
		buf_put_text(sql, " and ");
	if (wanted->rows & ROWS_UP_TO)
		put_comparison(sql, source, " <= ", wanted, ROWS_UP_TO);
}

/* (2, NULL) > (1, 1) is true: such rows belong to the range that is open below and to no other. */
static void put_not_null(struct buf *sql, const struct source_sql *source)
{
	for (int i = 1; i < source->match_count; i++)
		if (source->match_is_nullable[i]) {
			buf_put_text(sql, " and ");
			put_match(sql, source, i);
			buf_put_text(sql, " is not null");
		}
}

static void put_key(struct buf *sql, const struct source_sql *source,
		    const struct sql_wanted *wanted)
{
	for (int i = 0; i < source->match_count; i++) {
		buf_put_text(sql, i == 0 ? " where " : " and ");
		put_match(sql, source, i);
		buf_put_text(sql, " = ");
		wanted->put_value(wanted->context, sql, i, ROWS_OF_KEY);
	}
}

static void put_without_key(struct buf *sql, const struct source_sql *source)
{
	for (int i = 0; i < source->match_count; i++) {
		buf_put_text(sql, i == 0 ? " where " : " or ");
		put_match(sql, source, i);
		buf_put_text(sql, " is null");
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

static void put_rows_above(struct buf *sql, const struct source_sql *above,
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
static void put_not_there(struct buf *sql, const struct source_sql *above,
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

static void put_where(struct buf *sql, const struct source_sql *const *sources, int index,
		      const struct sql_wanted *wanted);

/* From the root down, as deep as the lists hang: (…) in (select … where (…) in (…)). */
static void put_where_below(struct buf *sql, const struct source_sql *const *sources,
			    const struct source *source, const struct sql_wanted *wanted)
{
	const struct source_sql *above = sources[source->of];

	if (wanted->rows == ROWS_ALL)
		return;
	buf_put_text(sql, " where ");
	if (wanted->rows == ROWS_LOST) {
		put_not_there(sql, above, source);
		if (above->match_count > 0)
			return;
		buf_put_text(sql, " or ");
	}
	put_names(sql, source, source->parent_columns, source->parent_count);
	buf_put_text(sql, " in ");
	put_rows_above(sql, above, source);
	put_where(sql, sources, source->of, wanted);
	buf_put_char(sql, ')');
}

static void put_where(struct buf *sql, const struct source_sql *const *sources, int index,
		      const struct sql_wanted *wanted)
{
	const struct source_sql *source = sources[index];

	if (source->match_count == 0) {
		put_where_below(sql, sources, source->source, wanted);
	} else if (wanted->rows == ROWS_OF_KEY) {
		put_key(sql, source, wanted);
	} else if (wanted->rows == ROWS_WITHOUT_KEY) {
		put_without_key(sql, source);
	} else {
		put_range(sql, source, wanted);
		if (wanted->rows != ROWS_ALL)
			put_not_null(sql, source);
	}
}

/* ---- whole statements ---- */

void source_sql_put_column(struct buf *sql, const struct source *source, int column)
{
	/* Of children without a key what the table does not have is made once they are read. */
	bool has_made = source->is_keyless && source->kind == SOURCE_CHILDREN;

	if (has_made && (column == source->star_column || column == source->copies_column))
		buf_put_text(sql, "null");
	else
		sql_put_name(sql, source->columns[column]);
}

void source_sql_put_from(struct buf *sql, const struct source_sql *const *sources, int index,
			 const struct sql_wanted *wanted)
{
	buf_put_text(sql, " from ");
	buf_put_text(sql, sources[index]->from);
	put_where(sql, sources, index, wanted);
}

void source_sql_put_rows(struct buf *sql, const struct source_sql *const *sources, int index,
			 const struct sql_wanted *wanted)
{
	const struct source *source = sources[index]->source;

	for (int i = 0; i < source->column_count; i++) {
		buf_put_text(sql, i == 0 ? "select " : ", ");
		source_sql_put_column(sql, source, i);
	}
	source_sql_put_from(sql, sources, index, wanted);
}

void source_sql_put_bound(struct buf *sql, const struct source_sql *root,
			  const struct sql_wanted *wanted)
{
	require(wanted->rows <= ROWS_BETWEEN);
	/* A bound must be another key than the one behind it, and a query may give a key twice. */
	buf_put_text(sql, root->source->query ? "select distinct " : "select ");
	for (int i = 0; i < root->match_count; i++) {
		buf_put_text(sql, i == 0 ? "" : ", ");
		put_match(sql, root, i);
	}
	buf_put_text(sql, " from ");
	buf_put_text(sql, root->from);
	put_range(sql, root, wanted);
	for (int i = 0; i < root->match_count; i++) {
		buf_put_text(sql, i == 0 ? " order by " : ", ");
		put_match(sql, root, i);
	}
}
