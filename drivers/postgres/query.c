/*
 * query.c: queries of rule files: may they run, what do they read, which columns do they give?
 *
 * A rule file is not trusted with more than reading tables. PostgreSQL prepares the query inside brackets, where
 * nothing but a select can stand; its plan names the tables; its words are looked at for what would give something else the
 * next time. Nothing is run.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/postgres/query_internal.h"
#include "engine/base/json.h"
#include "query_columns.sql.inc"
#include "query_functions.sql.inc"
#include "query_views.sql.inc"

struct inspection {
	struct pg_conn *conn;
	struct arena *arena;
	struct table_info *info;
	const char *query;
	struct shape_column *columns;
	struct buf called; /* names before a bracket, and all names: texts of arrays */
	struct buf names;
	const char **tables, **places; /* as rule files call them; as they stand in SQL */
	int table_count;
};

/* The first reason stands: others mostly follow from it. */
static void find_fault(struct inspection *look, struct span text)
{
	if (look->info->fault == NULL)
		look->info->fault = text.data;
}

/* ---- its words ---- */

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Words that are functions without brackets, and change with the hour or with who asks. */
static bool is_of_the_moment(const char *name)
{
	static const char *const names[] = {
		"current_date",   "current_time",    "current_timestamp", "localtime",
		"localtimestamp", "current_user",    "session_user",      "user",
		"current_role",   "current_catalog", "current_schema",
	};

	return is_one_of(name, names, sizeof(names) / sizeof(names[0]));
}

static void put_name(struct buf *array, const char *name)
{
	buf_put_text(array, array->size ? ",\"" : "{\"");
	for (; *name; name++) {
		if (*name == '"' || *name == '\\')
			buf_put_char(array, '\\');
		buf_put_char(array, *name);
	}
	buf_put_char(array, '"');
}

static void look_at_word(struct inspection *look, const struct query_word *word,
			 const struct query_word *before)
{
	static const char *const locks[] = { "update", "share", "no", "key" };

	if (word->is_parameter)
		find_fault(look, SPAN("the query has a parameter, and nothing to put into it"));
	else if (word->letter == ';')
		find_fault(look, SPAN("the query ends with a semicolon, and stands inside another "
				      "statement: leave it out"));
	if (word->name == NULL)
		return;
	put_name(&look->names, word->name);
	if (word->is_called)
		put_name(&look->called, word->name);
	if (word->is_quoted)
		return;
	if (is_of_the_moment(word->name) && before->letter != '.')
		find_fault(look, arena_print(look->arena,
					     "the query uses %s, which is not known to give the "
					     "same for the same rows every time",
					     word->name));
	if (before->name && strcmp(before->name, "for") == 0 && is_one_of(word->name, locks, 4))
		find_fault(look, SPAN("the query does more than select from tables and views"));
}

static void look_at_words(struct inspection *look)
{
	struct query_word word, before = { .name = NULL };
	const char *at = look->query;
	bool has_words = false;

	while (look->info->fault == NULL && pg_query_next_word(&at, look->arena, &word)) {
		look_at_word(look, &word, &before);
		before = word;
		has_words = true;
	}
	if (!has_words)
		find_fault(look, SPAN("the query is empty"));
}

/* ---- what the store knows of it ---- */

static PGresult *ask(struct inspection *look, const char *statement, const struct buf *array,
		     struct err *err)
{
	struct span values[] = { array->size ? buf_span(array) : SPAN("{}"),
				 span_of(look->conn->schemas) };

	buf_reset(&look->conn->sql);
	pg_sql_fill(look->conn, &look->conn->sql, statement, values, 2);
	return wire_ask(look->conn, look->conn->sql.data, err);
}

static bool look_at_functions(struct inspection *look, struct err *err)
{
	PGresult *result;

	if (look->called.size)
		buf_put_char(&look->called, '}');
	result = ask(look, query_functions_sql, &look->called, err);
	if (result == NULL)
		return false;
	if (PQntuples(result) > 0)
		find_fault(look,
			   arena_print(look->arena,
				       pg_field_is_true(result, 0, 1)
					   ? "the query uses %s(), which is legacy's own and "
					     "not known to give the same for the same rows "
					     "every time"
					   : "the query uses %s(), which is not known to give "
					     "the same for the same rows every time",
				       PQgetvalue(result, 0, 0)));
	PQclear(result);
	return true;
}

static bool list_views(struct inspection *look, struct err *err)
{
	PGresult *result;
	const char **views;

	if (look->names.size)
		buf_put_char(&look->names, '}');
	result = ask(look, query_views_sql, &look->names, err);
	if (result == NULL)
		return false;
	views = arena_alloc(look->arena, sizeof(*views) * ((size_t)PQntuples(result) + 1));
	for (int i = 0; i < PQntuples(result); i++)
		views[look->info->read_view_count++] =
		    arena_copy(look->arena, pg_field_text(result, i, 0)).data;
	look->info->read_views = views;
	PQclear(result);
	return true;
}

/* ---- preparing ---- */

static bool is_of_the_store(const struct err *err)
{
	return err->code != ERR_DATA && err->code != ERR_RULE && err->code != ERR_PERMISSION;
}

/* What PostgreSQL says against the query is the rule's fault; what it says of itself is not. */
static bool keep_message(struct inspection *look, struct err *err)
{
	if (err->code == ERR_NONE || is_of_the_store(err))
		return false;
	find_fault(look, arena_print(look->arena, "the query cannot be run: %s", err->text));
	err_reset(err);
	return true;
}

/* Names are found as legacy's own programs find them, for the transaction that is open. */
static bool begin(struct inspection *look, struct err *err)
{
	struct buf *sql = &look->conn->sql;

	buf_reset(sql);
	buf_put_text(sql, "begin read only; select set_config('search_path', ");
	pg_sql_put_schemas(look->conn, sql);
	buf_put_text(sql, ", true)");
	return wire_do(look->conn, sql->data, err);
}

static void end(struct inspection *look)
{
	struct err ignored = { ERR_NONE, "" };

	wire_do(look->conn, "rollback", &ignored);
}

static PGresult *describe(struct inspection *look, struct err *err)
{
	struct buf *sql = &look->conn->sql;
	PGresult *result;

	buf_reset(sql);
	buf_print(sql, "select * from (\n%s\n) as q", look->query);
	if (!PQsendPrepare(look->conn->pg, "", sql->data, 0, NULL)) {
		pg_lost(look->conn, err);
		return NULL;
	}
	if (!wire_next(look->conn, &result, err)) {
		wire_drain(look->conn, false);
		return NULL;
	}
	PQclear(result);
	wire_drain(look->conn, false);
	if (!PQsendDescribePrepared(look->conn->pg, "")) {
		pg_lost(look->conn, err);
		return NULL;
	}
	if (!wire_next(look->conn, &result, err))
		result = NULL;
	wire_drain(look->conn, false);
	return result;
}

static void check_names(struct inspection *look)
{
	for (int i = 0; i < look->info->column_count; i++)
		for (int j = 0; j < i; j++)
			if (strcmp(look->columns[i].name, look->columns[j].name) == 0)
				find_fault(look,
					   arena_print(look->arena,
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
	    "left join pg_collation as l on l.oid = (collation for (q.",
	    look->query);
	sql_put_name(sql, column->name);
	buf_put_text(sql, "))::regcollation");
	result = wire_ask(look->conn, sql->data, err);
	if (result == NULL)
		return false;
	column->collation_name = arena_copy(look->arena, pg_field_text(result, 0, 0)).data;
	column->collation = (Oid)pg_field_int(result, 0, 1);
	column->is_deterministic = !PQgetisnull(result, 0, 2) && pg_field_is_true(result, 0, 2);
	PQclear(result);
	return true;
}

static bool look_at_columns(struct inspection *look, struct err *err)
{
	PGresult *described = describe(look, err);
	struct column_info *columns;
	size_t room;
	bool ok;

	if (described == NULL)
		return keep_message(look, err);
	room = (size_t)PQnfields(described) + 1;
	look->columns = arena_zalloc(look->arena, sizeof(*look->columns) * room);
	columns = arena_zalloc(look->arena, sizeof(*columns) * room);
	ok = learn_types(look, described, err);
	look->info->column_count = PQnfields(described);
	PQclear(described);
	for (int i = 0; ok && i < look->info->column_count; i++) {
		columns[i].name = look->columns[i].name;
		columns[i].type = look->columns[i].type;
	}
	look->info->columns = columns;
	if (ok && look->info->column_count == 0)
		find_fault(look, SPAN("the query gives no columns"));
	if (ok)
		check_names(look);
	for (int i = 0; ok && look->info->fault == NULL && i < look->info->column_count; i++)
		ok = learn_collation(look, &look->columns[i], err) || keep_message(look, err);
	return ok;
}

/* ---- what it reads ---- */

static void add_table(struct inspection *look, struct span schema, struct span name)
{
	struct buf place;
	bool is_found = false;

	buf_init(&place);
	sql_put_name(&place, arena_copy(look->arena, schema).data);
	buf_put_char(&place, '.');
	sql_put_name(&place, arena_copy(look->arena, name).data);
	for (int i = 0; i < look->table_count; i++)
		is_found = is_found || span_equal_text(buf_span(&place), look->places[i]);
	if (!is_found) {
		size_t size = sizeof(char *) * (size_t)look->table_count;

		look->tables = arena_grow(look->arena, look->tables, size, size + sizeof(char *));
		look->places = arena_grow(look->arena, look->places, size, size + sizeof(char *));
		look->places[look->table_count] = arena_copy(look->arena, buf_span(&place)).data;
		look->tables[look->table_count++] = arena_copy(look->arena, name).data;
	}
	buf_release(&place);
}

static void find_tables(struct inspection *look, const struct json_value *node)
{
	const struct json_value *schema, *name, *kind;

	if (node->kind == JSON_OBJECT) {
		schema = json_member(node, "Schema");
		name = json_member(node, "Relation Name");
		kind = json_member(node, "Node Type");
		if (schema && name &&
		    (span_equal_text(schema->text, "pg_catalog") ||
		     span_equal_text(schema->text, "information_schema")))
			find_fault(look,
				   arena_print(look->arena,
					       "the query reads %.*s, which is PostgreSQL's own",
					       SPAN_ARGS(name->text)));
		else if (schema && name && kind && span_equal_text(kind->text, "Foreign Scan"))
			find_fault(look,
				   arena_print(look->arena,
					       "the query reads %.*s, which is neither a table "
					       "nor a view",
					       SPAN_ARGS(name->text)));
		else if (schema && name)
			add_table(look, schema->text, name->text);
	}
	for (size_t i = 0; i < node->item_count; i++)
		find_tables(look, &node->items[i]);
}

static bool look_at_tables(struct inspection *look, struct err *err)
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
		return keep_message(look, err);
	ok = json_read(arena_copy(look->arena, pg_field_text(result, 0, 0)), look->arena, &plan,
		       err);
	PQclear(result);
	if (ok)
		find_tables(look, &plan);
	look->info->read_tables = look->tables;
	look->info->read_table_count = look->table_count;
	return ok;
}

static bool inspect(struct inspection *look, struct err *err)
{
	bool ok;

	look_at_words(look);
	if (look->info->fault)
		return true;
	if (!look_at_functions(look, err) || !list_views(look, err))
		return false;
	if (look->info->fault)
		return true;
	ok = begin(look, err) && look_at_columns(look, err) &&
	     (look->info->fault || look_at_tables(look, err));
	end(look);
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
	shape->table_count = look.table_count;
	return true;
}
