/*
 * query_relations.c: which tables and views a query reads, as PostgreSQL has them locked for it.
 */
#include <string.h>

#include "drivers/postgres/query_internal.h"
#include "engine/base/json.h"
#include "query_relations.sql.inc"

enum { PLACE, NAME, KIND, IS_MORE, IS_CATALOG, DEFINITION };

static void check_relation(struct inspection *look, const PGresult *result, int row)
{
	const char *name = PQgetvalue(result, row, NAME);
	char kind = PQgetvalue(result, row, KIND)[0];

	if (pg_field_is_true(result, row, IS_CATALOG))
		pg_query_find_fault(
		    look, arena_print(look->arena, "the query reads %s, which is PostgreSQL's own",
				      name));
	else if (kind == 'f' || kind == 'S')
		pg_query_find_fault(look,
				    arena_print(look->arena,
						"the query reads %s, which is neither a table "
						"nor a view",
						name));
	else if (pg_field_is_true(result, row, IS_MORE))
		pg_query_find_fault(look,
				    SPAN("the query does more than select from tables and views"));
}

/* Tables as rule files call them, views apart. */
static void list_relations(struct inspection *look, const PGresult *result)
{
	size_t room = sizeof(char *) * ((size_t)PQntuples(result) + 1);
	const char **tables = arena_alloc(look->arena, room);
	const char **views = arena_alloc(look->arena, room);
	struct table_info *info = look->info;
	struct buf definitions;

	buf_init(&definitions);
	look->places = arena_alloc(look->arena, room);
	look->is_locked = arena_alloc(look->arena, room);
	for (int i = 0; i < PQntuples(result); i++) {
		const char *name = arena_copy(look->arena, pg_field_text(result, i, NAME)).data;
		char kind = PQgetvalue(result, i, KIND)[0];

		look->places[i] = arena_copy(look->arena, pg_field_text(result, i, PLACE)).data;
		look->is_locked[i] = kind != 'm';
		if (kind == 'v' || kind == 'm')
			views[info->read_view_count++] = name;
		if (kind != 'v')
			tables[info->read_table_count++] = name;
		buf_print(&definitions, "%s: %s\n", look->places[i],
			  PQgetvalue(result, i, DEFINITION));
	}
	look->place_count = PQntuples(result);
	look->views = arena_copy(look->arena, buf_span(&definitions)).data;
	info->read_tables = tables;
	info->read_views = views;
	buf_release(&definitions);
}

bool pg_query_look_at_relations(struct inspection *look, struct err *err)
{
	PGresult *result = wire_ask(look->conn, query_relations_sql, err);

	if (result == NULL)
		return false;
	for (int i = 0; i < PQntuples(result); i++)
		check_relation(look, result, i);
	list_relations(look, result);
	PQclear(result);
	return true;
}

/* ---- PostgreSQL's own tables: we have locked some of them ourselves, so the plan tells ---- */

static void find_catalogs(struct inspection *look, const struct json_value *node)
{
	const struct json_value *schema, *name;

	if (node->kind == JSON_OBJECT) {
		schema = json_member(node, "Schema");
		name = json_member(node, "Relation Name");
		if (schema && name && span_equal_text(schema->text, "pg_catalog"))
			pg_query_find_fault(
			    look, arena_print(look->arena,
					      "the query reads %.*s, which is PostgreSQL's own",
					      SPAN_ARGS(name->text)));
	}
	for (size_t i = 0; i < node->item_count; i++)
		find_catalogs(look, &node->items[i]);
}

bool pg_query_look_at_catalogs(struct inspection *look, struct err *err)
{
	struct buf *sql = &look->conn->sql;
	struct json_value plan;
	PGresult *result;
	bool ok;

	buf_reset(sql);
	buf_print(sql, "explain (verbose, costs off, format json) select * from (\n%s\n) as q",
		  look->query);
	result = wire_ask(look->conn, sql->data, err);
	if (result == NULL)
		return pg_query_keep_message(look, err);
	ok = json_read(arena_copy(look->arena, pg_field_text(result, 0, 0)), look->arena, &plan,
		       err);
	PQclear(result);
	if (ok)
		find_catalogs(look, &plan);
	return ok;
}
