/*
 * query_columns.c: which columns a query gives, and how they compare, found by preparing it. Nothing is run.
 */
#include <string.h>

#include "drivers/postgres/query_internal.h"
#include "query_columns.sql.inc"

PGresult *pg_query_describe(struct inspection *look, struct err *err)
{
	struct buf *sql = &look->conn->sql;
	PGresult *result;

	buf_reset(sql);
	buf_print(sql, "select * from (\n%s\n) as q", look->query);
	result =
	    wire_answer(look->conn, PQsendPrepare(look->conn->pg, "", sql->data, 0, NULL), err);
	PQclear(result);
	if (result == NULL)
		return NULL;
	return wire_answer(look->conn, PQsendDescribePrepared(look->conn->pg, ""), err);
}

static void check_names(struct inspection *look)
{
	for (int i = 0; i < look->info->column_count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(look->columns[i].name, look->columns[j].name) == 0)
				pg_query_find_fault(
				    look, arena_print(look->arena,
						      "two columns of the query are named \"%s\"",
						      look->columns[i].name));
}

static bool learn_types(struct inspection *look, const PGresult *described, struct err *err)
{
	struct buf oids, limits;
	struct span values[2];
	PGresult *result;

	buf_init(&oids);
	buf_init(&limits);
	for (int i = 0; i < PQnfields(described); i++) {
		buf_print(&oids, "%s%u", i ? "," : "{", PQftype(described, i));
		buf_print(&limits, "%s%d", i ? "," : "{", PQfmod(described, i));
	}
	buf_put_text(&oids, oids.size ? "}" : "{}");
	buf_put_text(&limits, limits.size ? "}" : "{}");
	values[0] = buf_span(&oids);
	values[1] = buf_span(&limits);
	buf_reset(&look->conn->sql);
	pg_sql_fill(look->conn, &look->conn->sql, query_columns_sql, values, 2);
	result = wire_ask(look->conn, look->conn->sql.data, err);
	buf_release(&limits);
	buf_release(&oids);
	for (int i = 0; result && i < PQntuples(result); i++)
		look->columns[i] = (struct shape_column){
			.name = arena_text(look->arena, PQfname(described, i)),
			.type = arena_copy(look->arena, pg_field_text(result, i, 0)).data,
			.base_type = arena_copy(look->arena, pg_field_text(result, i, 1)).data,
			.base = (Oid)pg_field_int(result, i, 2),
			.number = i + 1,
			.key_class = pg_key_class_of((Oid)pg_field_int(result, i, 2),
						     PQgetvalue(result, i, 3)[0]),
			.collation = pg_field_is_true(result, i, 6),
			.collation_name = "",
			.is_deterministic = true,
			.is_bytes = pg_field_int(result, i, 2) == 17,
			.is_long =
			    pg_type_is_long((Oid)pg_field_int(result, i, 2),
					    pg_field_int(result, i, 4), pg_field_int(result, i, 5)),
		};
	PQclear(result);
	return result != NULL;
}

/* "public"."x" collate …: a column's collation, by its name in quotes; nothing is read for it. */
static bool learn_collation(struct inspection *look, struct shape_column *column, struct err *err)
{
	struct buf *sql = &look->conn->sql;
	PGresult *result;

	if (column->collation == 0)
		return true;
	buf_reset(sql);
	buf_put_text(sql, "select collation for (q.");
	sql_put_name(sql, column->name);
	buf_print(
	    sql,
	    "), l.oid, l.collisdeterministic from (select) as one left join (\n%s\n) as q on false "
	    "left join pg_catalog.pg_collation as l on l.oid operator(pg_catalog.=) (collation for "
	    "(q.",
	    look->query);
	sql_put_name(sql, column->name);
	buf_put_text(sql, "))::pg_catalog.regcollation");
	result = wire_ask(look->conn, sql->data, err);
	if (result == NULL)
		return false;
	column->collation_name = arena_copy(look->arena, pg_field_text(result, 0, 0)).data;
	column->collation = (Oid)pg_field_int(result, 0, 1);
	column->is_deterministic = !PQgetisnull(result, 0, 2) && pg_field_is_true(result, 0, 2);
	PQclear(result);
	return true;
}

bool pg_query_look_at_columns(struct inspection *look, const PGresult *described, struct err *err)
{
	size_t room = (size_t)PQnfields(described) + 1;
	struct column_info *columns = arena_zalloc(look->arena, sizeof(*columns) * room);
	bool ok;

	look->columns = arena_zalloc(look->arena, sizeof(*look->columns) * room);
	look->info->columns = columns;
	look->info->column_count = PQnfields(described);
	if (!learn_types(look, described, err))
		return false;
	for (int i = 0; i < look->info->column_count; i++) {
		columns[i].name = look->columns[i].name;
		columns[i].type = look->columns[i].type;
	}
	if (look->info->column_count == 0)
		pg_query_find_fault(look, SPAN("the query gives no columns"));
	check_names(look);
	ok = pg_query_use_path(look, true, err);
	for (int i = 0; ok && look->info->fault == NULL && i < look->info->column_count; i++)
		ok = learn_collation(look, &look->columns[i], err) ||
		     pg_query_keep_message(look, err);
	return ok;
}
