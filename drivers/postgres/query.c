/*
 * query.c: queries of rule files: may they run, what do they read, which columns do they give?
 *
 * A rule file is not trusted with more than reading tables. PostgreSQL prepares the query inside brackets, where
 * nothing but a select can stand; its locks name the tables; its words are looked at for what would give something else
 * the next time. Nothing is run.
 */
#include "drivers/postgres/query_internal.h"

#include <string.h>

#include "query_functions.sql.inc"

/* ---- functions ---- */

static bool look_at_functions(struct inspection *look, struct err *err)
{
	struct buf *sql = &look->conn->sql;
	struct span values[3];
	PGresult *result;

	pg_sql_end_array(&look->called);
	pg_sql_end_array(&look->names);
	values[0] = buf_span(&look->called);
	values[1] = span_of(look->conn->schemas);
	values[2] = buf_span(&look->names);
	buf_reset(sql);
	pg_sql_fill(look->conn, sql, query_functions_sql, values, 3);
	result = wire_ask(look->conn, sql->data, err);
	if (result == NULL)
		return false;
	if (PQntuples(result) > 0)
		pg_query_find_fault(
		    look,
		    arena_print(look->arena,
				pg_field_is_true(result, 0, 1)
				    ? "the query uses %s(), which is legacy's own and not known "
				      "to give the same for the same rows every time"
				    : "the query uses %s(), which is not known to give the same "
				      "for the same rows every time",
				PQgetvalue(result, 0, 0)));
	PQclear(result);
	return true;
}

bool pg_query_look_at_text(struct inspection *look, struct err *err)
{
	pg_query_look_at_words(look);
	return look->info->fault || look_at_functions(look, err);
}

/* ---- the transaction it is looked at in ---- */

static bool is_of_the_store(const struct err *err)
{
	return err->code != ERR_DATA && err->code != ERR_RULE && err->code != ERR_PERMISSION;
}

bool pg_query_keep_message(struct inspection *look, struct err *err)
{
	if (err->code == ERR_NONE || is_of_the_store(err))
		return false;
	pg_query_find_fault(look,
			    arena_print(look->arena, "the query cannot be run: %s", err->text));
	err_reset(err);
	return true;
}

bool pg_query_use_path(struct inspection *look, bool is_legacys, struct err *err)
{
	struct buf *sql = &look->conn->sql;

	if (!is_legacys)
		return wire_do(look->conn, "set local search_path = ''", err);
	buf_reset(sql);
	pg_sql_put_path(look->conn, sql);
	return wire_do(look->conn, sql->data, err);
}

static bool look_inside(struct inspection *look, struct err *err)
{
	PGresult *described;
	bool ok;

	if (!wire_do(look->conn, "begin read only", err) || !pg_query_use_path(look, true, err))
		return false;
	described = pg_query_describe(look, err);
	if (described == NULL)
		return pg_query_keep_message(look, err);
	ok = pg_query_use_path(look, false, err) && pg_query_look_at_relations(look, err) &&
	     (look->info->fault || pg_query_look_at_columns(look, described, err)) &&
	     (look->info->fault || pg_query_look_at_catalogs(look, err));
	PQclear(described);
	return ok;
}

static bool inspect(struct inspection *look, struct err *err)
{
	struct err ignored = { ERR_NONE, "" };
	bool ok;

	if (!pg_query_look_at_text(look, err))
		return false;
	if (look->info->fault)
		return true;
	ok = look_inside(look, err);
	wire_do(look->conn, "rollback", &ignored);
	return ok;
}

static bool look_at(struct inspection *look, struct err *err)
{
	bool ok;

	memset(look->info, 0, sizeof(*look->info));
	look->info->name = arena_text(look->arena, look->query);
	look->info->is_query = true;
	buf_init(&look->called);
	buf_init(&look->names);
	ok = inspect(look, err);
	buf_release(&look->names);
	buf_release(&look->called);
	look->info->exists = ok && look->info->fault == NULL;
	return ok;
}

bool pg_describe_query(struct conn *conn, const char *query, struct arena *arena,
		       struct table_info *info, struct err *err)
{
	struct inspection look = {
		.conn = pg_of(conn), .arena = arena, .info = info, .query = query
	};

	return look_at(&look, err);
}

bool pg_query_shape(struct pg_conn *conn, const char *query, struct arena *arena,
		    struct shape *shape, struct err *err)
{
	struct table_info info;
	struct inspection look = { .conn = conn, .arena = arena, .info = &info, .query = query };

	memset(shape, 0, sizeof(*shape));
	if (!look_at(&look, err))
		return false;
	if (info.fault)
		return err_set(err, ERR_RULE, "%s", info.fault);
	shape->kind = "query";
	shape->columns = look.columns;
	shape->column_count = info.column_count;
	shape->tables = look.places;
	shape->is_locked = look.is_locked;
	shape->table_count = look.place_count;
	shape->views = look.views;
	return true;
}
