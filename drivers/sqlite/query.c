/*
 * query.c: queries of rule files: may they run, what do they read, which columns do they give?
 *
 * A rule file is not trusted with more than reading tables. SQLite is asked to prepare the query
 * while an authorizer looks at every table and function in it; nothing is run.
 */
#include <string.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "engine/base/require.h"

struct name_list {
	const char **names;
	int count;
};

struct inspection {
	struct sqlite_conn *conn;
	struct arena *arena;
	struct table_info *info;
	struct name_list read; /* tables and views */
};

/* The first reason stands: others mostly follow from it. */
static void find_fault(struct inspection *look, struct span text)
{
	if (look->info->fault == NULL)
		look->info->fault = text.data;
}

static int name_find(const struct name_list *list, const char *name)
{
	for (int i = 0; i < list->count; i++)
		if (sqlite3_stricmp(list->names[i], name) == 0)
			return i;
	return -1;
}

static void name_add(struct arena *arena, struct name_list *list, const char *name)
{
	size_t size = (size_t)list->count * sizeof(*list->names);

	if (name_find(list, name) >= 0)
		return;
	if ((list->count & (list->count - 1)) == 0)
		list->names = arena_grow(arena, list->names, size,
					 list->count == 0 ? sizeof(*list->names) : 2 * size);
	list->names[list->count++] = arena_text(arena, name);
}

/* ---- what may stand in it ---- */

/* Functions that give the same for the same rows on any machine. Not here on purpose: clocks and
 * zones (date, strftime …), chance, what the last statement did, and aggregates whose result depends
 * on an order nobody said (group_concat, and sums of floating point numbers: avg, total). */
bool sqlite_is_dependable(const char *function)
{
	static const char *const names[] = {
		"->",
		"->>",
		"abs",
		"char",
		"coalesce",
		"count",
		"cume_dist",
		"dense_rank",
		"first_value",
		"glob",
		"hex",
		"ifnull",
		"iif",
		"instr",
		"json",
		"json_array",
		"json_array_length",
		"json_extract",
		"json_object",
		"json_patch",
		"json_quote",
		"json_remove",
		"json_replace",
		"json_set",
		"json_type",
		"json_valid",
		"lag",
		"last_value",
		"lead",
		"length",
		"like",
		"likelihood",
		"likely",
		"lower",
		"ltrim",
		"max",
		"min",
		"nth_value",
		"ntile",
		"nullif",
		"quote",
		"rank",
		"replace",
		"round",
		"row_number",
		"rtrim",
		"sign",
		"substr",
		"substring",
		"sum",
		"trim",
		"typeof",
		"unicode",
		"unlikely",
		"upper",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sqlite3_stricmp(names[i], function) == 0)
			return true;
	return false;
}

static int authorize_read(struct inspection *look, const char *table)
{
	/* Its own tables change with every statement about the schema. */
	if (sqlite3_strnicmp(table, "sqlite_", 7) == 0) {
		find_fault(look, arena_print(look->arena,
					     "the query reads %s, which is SQLite's own", table));
		return SQLITE_DENY;
	}
	name_add(look->arena, &look->read, table);
	return SQLITE_OK;
}

static int authorize(void *context, int action, const char *first, const char *second,
		     const char *database, const char *by)
{
	struct inspection *look = context;

	(void)database;
	(void)by;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		return authorize_read(look, first);
	case SQLITE_FUNCTION:
		if (sqlite_is_dependable(second))
			return SQLITE_OK;
		find_fault(look, arena_print(look->arena,
					     "the query uses %s(), which is not known to give the "
					     "same for the same rows every time",
					     second));
		return SQLITE_DENY;
	default:
		find_fault(look, SPAN("the query does more than select from tables and views"));
		return SQLITE_DENY;
	}
}

/* ---- preparing ---- */

static bool is_of_the_store(int code)
{
	int kind = code & 0xff;

	return kind != SQLITE_ERROR && kind != SQLITE_AUTH && kind != SQLITE_RANGE &&
	       kind != SQLITE_TOOBIG;
}

/* "near "frm": syntax error (line 2 of the query)" */
static void find_message(struct inspection *look, const char *query)
{
	int offset = sqlite3_error_offset(look->conn->db), line = 1;

	for (int i = 0; i < offset && query[i]; i++)
		line += query[i] == '\n';
	find_fault(look, offset < 0 ? arena_print(look->arena, "the query cannot be run: %s",
						  sqlite3_errmsg(look->conn->db))
				    : arena_print(look->arena,
						  "the query cannot be run: %s (line %d of it)",
						  sqlite3_errmsg(look->conn->db), line));
}

/* NULL without an err: a fault was found. */
static sqlite3_stmt *prepare(struct inspection *look, const char *query, const char **rest,
			     struct err *err)
{
	sqlite3_stmt *stmt = NULL;
	int code;

	sqlite3_set_authorizer(look->conn->db, authorize, look);
	code = sqlite3_prepare_v2(look->conn->db, query, -1, &stmt, rest);
	sqlite3_set_authorizer(look->conn->db, NULL, NULL);
	if (code == SQLITE_OK && look->info->fault == NULL)
		return stmt;
	if (code != SQLITE_OK && look->info->fault == NULL) {
		if (is_of_the_store(code))
			sqlite_failure(look->conn, code, err);
		else
			find_message(look, query);
	}
	sqlite3_finalize(stmt);
	return NULL;
}

static bool ends_with_semicolon(const char *query, const char *rest)
{
	while (rest > query && strchr(" \t\r\n", rest[-1]))
		rest--;
	return rest > query && rest[-1] == ';';
}

static void check_columns(struct inspection *look, sqlite3_stmt *stmt)
{
	struct name_list names = { 0 };
	int count = sqlite3_column_count(stmt);
	struct column_info *columns =
	    arena_zalloc(look->arena, sizeof(*columns) * (size_t)(count + 1));

	for (int i = 0; i < count; i++) {
		const char *name = sqlite3_column_name(stmt, i);

		require(name != NULL);
		if (name_find(&names, name) >= 0)
			find_fault(look,
				   arena_print(look->arena,
					       "two columns of the query are named \"%s\"", name));
		name_add(look->arena, &names, name);
		columns[i].name = arena_text(look->arena, name);
		columns[i].type = "";
	}
	look->info->columns = columns;
	look->info->column_count = count;
}

/* What lies behind the names is one of legacy's tables or a view over some. */
static bool sort_reads(struct inspection *look, struct err *err)
{
	struct name_list tables = { 0 }, views = { 0 };

	for (int i = 0; i < look->read.count; i++) {
		const char *name = look->read.names[i];
		struct shape shape;

		if (!shape_read(look->conn, name, look->arena, &shape, err))
			return false;
		if (shape.kind && strcmp(shape.kind, "table") == 0)
			name_add(look->arena, &tables, name);
		else if (shape.kind && strcmp(shape.kind, "view") == 0)
			name_add(look->arena, &views, name);
		else
			find_fault(look, arena_print(look->arena,
						     "the query reads %s, which is neither a table "
						     "nor a view",
						     name));
	}
	look->info->read_tables = tables.names;
	look->info->read_table_count = tables.count;
	look->info->read_views = views.names;
	look->info->read_view_count = views.count;
	return true;
}

static void check_statement(struct inspection *look, sqlite3_stmt *stmt, const char *query,
			    const char *rest)
{
	if (stmt == NULL)
		find_fault(look, SPAN("the query is empty"));
	else if (ends_with_semicolon(query, rest))
		find_fault(look, SPAN("the query ends with a semicolon, and stands inside another "
				      "statement: leave it out"));
	else if (!sqlite3_stmt_readonly(stmt) || sqlite3_stmt_isexplain(stmt) != 0 ||
		 sqlite3_column_count(stmt) == 0)
		find_fault(look, SPAN("the query does more than select from tables and views"));
	else if (sqlite3_bind_parameter_count(stmt) > 0)
		find_fault(look, SPAN("the query has a parameter, and nothing to put into it"));
}

/* It will stand in brackets; a comment that does not end would swallow them. */
static bool check_in_brackets(struct inspection *look, const char *query, struct err *err)
{
	struct span text = arena_print(look->arena, "select * from (\n%s\n)", query);

	sqlite3_finalize(prepare(look, text.data, NULL, err));
	return err->code == ERR_NONE;
}

static bool inspect(struct inspection *look, const char *query, struct err *err)
{
	const char *rest = query;
	sqlite3_stmt *stmt = prepare(look, query, &rest, err);

	if (look->info->fault == NULL && err->code == ERR_NONE) {
		check_statement(look, stmt, query, rest);
		if (look->info->fault == NULL)
			check_columns(look, stmt);
	}
	sqlite3_finalize(stmt);
	if (err->code != ERR_NONE)
		return false;
	return look->info->fault != NULL ||
	       (check_in_brackets(look, query, err) && sort_reads(look, err));
}

bool sqlite_describe_query(struct conn *conn, const char *query, struct arena *arena,
			   struct table_info *info, struct err *err)
{
	struct inspection look = { .conn = sqlite_of(conn), .arena = arena, .info = info };

	memset(info, 0, sizeof(*info));
	info->name = arena_text(arena, query);
	info->is_query = true;
	if (!inspect(&look, query, err))
		return false;
	info->exists = info->fault == NULL;
	return true;
}

bool query_shape(struct sqlite_conn *conn, const char *query, struct arena *arena,
		 struct shape *shape, struct err *err)
{
	struct table_info info;
	struct shape_column *columns;

	if (!sqlite_describe_query(&conn->base, query, arena, &info, err))
		return false;
	if (info.fault)
		return err_set(err, ERR_RULE, "%s", info.fault);
	memset(shape, 0, sizeof(*shape));
	columns = arena_zalloc(arena, sizeof(*columns) * (size_t)(info.column_count + 1));
	for (int i = 0; i < info.column_count; i++)
		columns[i] = (struct shape_column){ .name = info.columns[i].name,
						    .type = "",
						    .collation = "BINARY",
						    .affinity = AFFINITY_NONE };
	shape->kind = "query";
	shape->rowid_column = -1;
	shape->columns = columns;
	shape->column_count = info.column_count;
	return true;
}
