/*
 * rows.c: rows of a target: select, update, remove, and the transactions around them.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/postgres_internal.h"
#include "engine/base/require.h"

/* ---- transactions ---- */

bool pg_begin(struct conn *base, struct err *err)
{
	struct pg_conn *conn = pg_of(base);

	require(!conn->is_in_transaction);
	conn->is_in_transaction = wire_do(conn, "begin", err);
	return conn->is_in_transaction;
}

/* A transaction that has failed is rolled back by commit, which says so in its tag alone. */
bool pg_commit(struct conn *base, struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	PGresult *result;
	bool ok;

	require(conn->is_in_transaction);
	result = wire_ask(conn, "commit", err);
	ok = result && strcmp(PQcmdStatus(result), "COMMIT") == 0;
	if (result && !ok)
		err_set(err, ERR_BUG, "a transaction that had failed was to be committed");
	PQclear(result);
	if (ok)
		conn->is_in_transaction = false;
	return ok;
}

void pg_rollback(struct conn *base)
{
	struct pg_conn *conn = pg_of(base);
	struct err ignored = { ERR_NONE, "" };

	if (!conn->is_in_transaction)
		return;
	conn->is_in_transaction = false;
	wire_drain(conn, true);
	wire_do(conn, "rollback", &ignored);
}

/* ---- values ---- */

static size_t room_for(const struct datum *datum)
{
	return datum->kind == DATUM_TEXT ? datum->text.size + 1 : sizeof(int64_t);
}

/* "$3", or the store's own clock and $3 more microseconds. */
static void put_value(struct buf *sql, struct pg_values *values, enum table_kind kind,
		      const struct datum *datum)
{
	require(values->count < PARAMETERS_MAX);
	values->parameters[values->count++] = pg_value_of(kind, datum, &values->room);
	if (datum->kind == DATUM_NOW)
		buf_print(sql, "clock_timestamp() + $%d * interval '1 microsecond'", values->count);
	else
		buf_print(sql, "$%d", values->count);
}

static bool has_value(const struct condition *condition)
{
	return condition->kind != IS_NULL && condition->kind != IS_NOT_NULL;
}

void pg_values_open(struct pg_values *values, const struct assignment *set, int set_count,
		    const struct condition *where, int where_count)
{
	size_t size = 1;

	for (int i = 0; i < set_count; i++)
		size += room_for(&set[i].value);
	for (int i = 0; i < where_count; i++)
		size += has_value(&where[i]) ? room_for(&where[i].value) : 0;
	values->count = 0;
	buf_init(&values->room);
	buf_reserve(&values->room, size);
}

void pg_values_close(struct pg_values *values)
{
	buf_release(&values->room);
}

void pg_sql_put_conditions(struct buf *sql, struct pg_values *values, const struct table *table,
			   const struct condition *where, int count)
{
	static const char *const tests[] = {
		[IS_EQUAL] = " = ",   [IS_NOT_EQUAL] = " <> ", [IS_LESS] = " < ",
		[IS_GREATER] = " > ", [IS_NULL] = " is null",  [IS_NOT_NULL] = " is not null",
	};

	for (int i = 0; i < count; i++) {
		const struct table_column *column = &table->columns[where[i].column];

		buf_put_text(sql, i == 0 ? " where " : " and ");
		sql_put_name(sql, column->name);
		buf_put_text(sql, tests[where[i].kind]);
		if (has_value(&where[i]))
			put_value(sql, values, column->kind, &where[i].value);
	}
}

/* ---- select ---- */

static void put_select(struct pg_conn *conn, struct pg_values *values, const struct query *query)
{
	static const char *const locks[] = {
		[QUERY_PLAIN] = "",
		[QUERY_SHARE] = " for share",
		[QUERY_UPDATE] = " for update",
		[QUERY_SKIP_LOCKED] = " for update skip locked",
	};
	const struct table_column *columns = query->table->columns;
	struct buf *sql = &conn->sql;

	buf_reset(sql);
	for (int i = 0; i < query->column_count; i++) {
		buf_put_text(sql, i == 0 ? "select " : ", ");
		sql_put_name(sql, columns[query->columns[i]].name);
	}
	buf_put_text(sql, " from ");
	pg_sql_put_table(conn, sql, query->table->name);
	pg_sql_put_conditions(sql, values, query->table, query->where, query->where_count);
	for (int i = 0; i < query->order_count; i++) {
		buf_put_text(sql, i == 0 ? " order by " : ", ");
		sql_put_name(sql, columns[query->order_by[i] & ~TABLE_DESCENDING].name);
		if (query->order_by[i] & TABLE_DESCENDING)
			buf_put_text(sql, " desc nulls last");
		else
			buf_put_text(sql, " nulls first");
	}
	if (query->limit > 0)
		buf_print(sql, " limit %lld", (long long)query->limit);
	buf_put_text(sql, locks[query->lock]);
}

static bool give_row(const PGresult *result, int row, const struct query *query,
		     row_function on_row, void *context, struct err *err)
{
	struct datum cells[TABLE_COLUMNS_MAX];

	for (int i = 0; i < query->column_count; i++)
		if (!pg_value_read(result, row, i, query->table->columns[query->columns[i]].kind,
				   &cells[i], err))
			return false;
	return on_row(context, cells, err);
}

/* The answer is taken whole: a row function may send statements of its own. */
bool pg_select(struct conn *base, const struct query *query, row_function on_row, void *context,
	       struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	struct pg_values values;
	PGresult *result;
	bool ok;

	pg_values_open(&values, NULL, 0, query->where, query->where_count);
	put_select(conn, &values, query);
	result = pg_statement_run(conn, values.parameters, values.count, err);
	pg_values_close(&values);
	ok = result != NULL;
	for (int row = 0; ok && row < PQntuples(result); row++)
		ok = give_row(result, row, query, on_row, context, err);
	PQclear(result);
	return ok;
}

/* ---- insert from another table, update, remove ---- */

static bool run_and_count(struct pg_conn *conn, struct pg_values *values, int64_t *count,
			  struct err *err)
{
	PGresult *result = pg_statement_run(conn, values->parameters, values->count, err);

	if (result)
		*count = strtoll(PQcmdTuples(result), NULL, 10);
	PQclear(result);
	return result != NULL;
}

/* In the order of the key they come into, which its index likes best. */
static void put_insert_from(struct pg_conn *conn, struct pg_values *values, const struct table *to,
			    const struct table *from, const struct condition *where,
			    int where_count)
{
	struct buf *sql = &conn->sql;

	buf_reset(sql);
	buf_put_text(sql, "insert into ");
	pg_sql_put_table(conn, sql, to->name);
	sql_put_columns_from(sql, to);
	pg_sql_put_table(conn, sql, from->name);
	pg_sql_put_conditions(sql, values, from, where, where_count);
	if (to->primary_key_count == 0)
		return;
	buf_put_text(sql, " order by ");
	sql_put_column_names(sql, to, to->primary_key_count);
}

bool pg_insert_from(struct conn *base, const struct table *to, const struct table *from,
		    const struct condition *where, int where_count, int64_t *inserted,
		    struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	struct pg_values values;
	bool ok;

	require(conn->is_in_transaction);
	pg_values_open(&values, NULL, 0, where, where_count);
	put_insert_from(conn, &values, to, from, where, where_count);
	ok = run_and_count(conn, &values, inserted, err);
	pg_values_close(&values);
	return ok;
}

bool pg_update(struct conn *base, const struct table *table, const struct assignment *set,
	       int set_count, const struct condition *where, int where_count, int64_t *changed,
	       struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	struct pg_values values;
	bool ok;

	require(conn->is_in_transaction);
	pg_values_open(&values, set, set_count, where, where_count);
	buf_reset(&conn->sql);
	buf_put_text(&conn->sql, "update ");
	pg_sql_put_table(conn, &conn->sql, table->name);
	for (int i = 0; i < set_count; i++) {
		const struct table_column *column = &table->columns[set[i].column];

		buf_put_text(&conn->sql, i == 0 ? " set " : ", ");
		sql_put_name(&conn->sql, column->name);
		buf_put_text(&conn->sql, " = ");
		put_value(&conn->sql, &values, column->kind, &set[i].value);
	}
	pg_sql_put_conditions(&conn->sql, &values, table, where, where_count);
	ok = run_and_count(conn, &values, changed, err);
	pg_values_close(&values);
	return ok;
}

bool pg_remove(struct conn *base, const struct table *table, const struct condition *where,
	       int where_count, int64_t *removed, struct err *err)
{
	struct pg_conn *conn = pg_of(base);
	struct pg_values values;
	bool ok;

	require(conn->is_in_transaction);
	pg_values_open(&values, NULL, 0, where, where_count);
	buf_reset(&conn->sql);
	buf_put_text(&conn->sql, "delete from ");
	pg_sql_put_table(conn, &conn->sql, table->name);
	pg_sql_put_conditions(&conn->sql, &values, table, where, where_count);
	ok = run_and_count(conn, &values, removed, err);
	pg_values_close(&values);
	return ok;
}
