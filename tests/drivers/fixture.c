/*
 * fixture.c: tables for tests, written by the drivers' backs.
 */
#include "tests/drivers/fixture.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int fixture_number; /* of this process */

/* ---- a server that is there, and schemas that are not ---- */

static void schema_url(const char *server, const char *schema, char *url, size_t size)
{
	snprintf(url, size, "%s%coptions=-csearch_path%%3D%s", server,
		 strchr(server, '?') ? '&' : '?', schema);
}

static void open_postgres(struct fixture *fixture)
{
	const char *server = getenv("ENGINE_TEST_POSTGRES");
	char legacy[40], target[40], sql[160];

	cr_assert_not_null(server, "ENGINE_TEST_POSTGRES names no server; scripts/test starts one");
	snprintf(legacy, sizeof(legacy), "legacy_%ld_%d", (long)getpid(), fixture_number);
	snprintf(target, sizeof(target), "target_%ld_%d", (long)getpid(), fixture_number++);
	schema_url(server, legacy, fixture->url, sizeof(fixture->url));
	schema_url(server, target, fixture->target_url, sizeof(fixture->target_url));
	fixture->pg = PQconnectdb(fixture->url);
	cr_assert_eq(PQstatus(fixture->pg), CONNECTION_OK, "%s", PQerrorMessage(fixture->pg));
	snprintf(sql, sizeof(sql),
		 "set client_min_messages = warning; create schema %s; create schema %s", legacy,
		 target);
	fixture_run(fixture, sql);
}

static void close_postgres(struct fixture *fixture)
{
	fixture_run(
	    fixture,
	    "select set_config('a.drop', replace(current_schema, 'legacy', 'target'), false);"
	    "do $$ begin execute format('drop schema %I cascade', current_schema);"
	    " execute format('drop schema %I cascade', current_setting('a.drop')); end $$");
	PQfinish(fixture->pg);
}

void fixture_open(struct fixture *fixture, int driver)
{
	memset(fixture, 0, sizeof(*fixture));
	fixture->driver = driver;
	if (driver == ON_MEMORY) {
		fixture->store = memory_store_open();
		return;
	}
	if (driver == ON_POSTGRES) {
		open_postgres(fixture);
		return;
	}
	snprintf(fixture->folder, sizeof(fixture->folder), "%s/drivers.XXXXXX",
		 getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	cr_assert_not_null(mkdtemp(fixture->folder));
	snprintf(fixture->path, sizeof(fixture->path), "%s/legacy.db", fixture->folder);
	snprintf(fixture->url, sizeof(fixture->url), "sqlite:%s", fixture->path);
	snprintf(fixture->target_url, sizeof(fixture->target_url), "sqlite:%s/target.db",
		 fixture->folder);
	cr_assert_eq(sqlite3_open(fixture->path, &fixture->db), SQLITE_OK);
	/* So that there is a file at all. */
	fixture_run(fixture, "pragma user_version = 1");
}

static void remove_file(const struct fixture *fixture, const char *name)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", fixture->folder, name);
	unlink(path);
}

void fixture_close(struct fixture *fixture)
{
	static const char *const names[] = { "legacy.db",     "legacy.db-wal",
					     "legacy.db-shm", "legacy.db-journal",
					     "target.db",     "target.db-wal",
					     "target.db-shm", "target.db-journal" };

	if (fixture->driver == ON_MEMORY) {
		memory_store_close(fixture->store);
		return;
	}
	if (fixture->driver == ON_POSTGRES) {
		close_postgres(fixture);
		return;
	}
	sqlite3_close(fixture->db);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_file(fixture, names[i]);
	rmdir(fixture->folder);
}

void fixture_run(struct fixture *fixture, const char *sql)
{
	char *message = NULL;
	PGresult *result;

	if (fixture->driver == ON_SQLITE) {
		cr_assert_eq(sqlite3_exec(fixture->db, sql, NULL, NULL, &message), SQLITE_OK,
			     "%s: %s", sql, message ? message : "");
		return;
	}
	result = PQexec(fixture->pg, sql);
	cr_assert(PQresultStatus(result) == PGRES_COMMAND_OK ||
		      PQresultStatus(result) == PGRES_TUPLES_OK,
		  "%s: %s", sql, PQerrorMessage(fixture->pg));
	PQclear(result);
}

/* Text columns are as the engine's own: SQLite compares by bytes unless it is told otherwise. */
static const char *type_on(const struct fixture *fixture, const char *type)
{
	if (fixture->driver != ON_POSTGRES || strcmp(type, "TEXT") != 0)
		return type;
	return "text collate \"C\"";
}

void fixture_table(struct fixture *fixture, const char *name, const struct memory_column *columns,
		   int column_count, const char *const *key, int key_count)
{
	struct buf sql;

	if (fixture->driver == ON_MEMORY) {
		memory_store_table(fixture->store, name, columns, column_count, key, key_count);
		return;
	}
	buf_init(&sql);
	buf_print(&sql, "drop table if exists %s; create table %s (", name, name);
	for (int i = 0; i < column_count; i++)
		buf_print(&sql, "%s%s %s%s", i ? ", " : "", columns[i].name,
			  type_on(fixture, columns[i].type),
			  columns[i].not_null ? " not null" : "");
	for (int i = 0; i < key_count; i++)
		buf_print(&sql, "%s%s", i ? ", " : ", primary key (", key[i]);
	buf_put_text(&sql, key_count ? "))" : ")");
	fixture_run(fixture, sql.data);
	buf_release(&sql);
}

void fixture_allow_null(struct fixture *fixture, const char *table, const char *column)
{
	char sql[240];

	if (fixture->driver != ON_POSTGRES)
		return;
	snprintf(sql, sizeof(sql),
		 "alter table %s drop constraint %s_pkey, alter %s drop not null, add unique (%s)",
		 table, table, column, column);
	fixture_run(fixture, sql);
}

void fixture_drop(struct fixture *fixture, const char *name)
{
	char sql[128];

	if (fixture->driver == ON_MEMORY) {
		memory_store_drop(fixture->store, name);
		return;
	}
	snprintf(sql, sizeof(sql), "drop table %s", name);
	fixture_run(fixture, sql);
}

static void bind_cell(sqlite3_stmt *stmt, int parameter, const struct cell *cell)
{
	if (cell->kind == CELL_BYTES)
		sqlite3_bind_blob(stmt, parameter, cell->data, (int)cell->size, SQLITE_STATIC);
	else if (cell->kind == CELL_TEXT)
		sqlite3_bind_text(stmt, parameter, cell->data, (int)cell->size, SQLITE_STATIC);
}

/* To libpq a text ends with a NUL. */
static void insert_into_postgres(struct fixture *fixture, const char *sql, int column_count,
				 const struct cell *cells)
{
	const char *values[16];
	int sizes[16], formats[16];
	struct arena arena;
	PGresult *result;

	arena_init(&arena);
	for (int i = 0; i < column_count; i++) {
		struct span text = { cells[i].data, cells[i].size };

		values[i] = cells[i].kind == CELL_NULL ? NULL : arena_copy(&arena, text).data;
		sizes[i] = (int)cells[i].size;
		formats[i] = cells[i].kind == CELL_BYTES;
	}
	result = PQexecParams(fixture->pg, sql, column_count, NULL, values, sizes, formats, 0);
	cr_assert_eq(PQresultStatus(result), PGRES_COMMAND_OK, "%s: %s", sql,
		     PQerrorMessage(fixture->pg));
	PQclear(result);
	arena_release(&arena);
}

void fixture_cells(struct fixture *fixture, const char *table, int column_count,
		   const struct cell *cells)
{
	sqlite3_stmt *stmt;
	struct buf sql;

	if (fixture->driver == ON_MEMORY) {
		memory_store_cells(fixture->store, table, cells);
		return;
	}
	buf_init(&sql);
	buf_print(&sql, "insert into %s values (%s", table,
		  fixture->driver == ON_SQLITE ? "?1" : "$1");
	for (int i = 1; i < column_count; i++)
		buf_print(&sql, ", %c%d", fixture->driver == ON_SQLITE ? '?' : '$', i + 1);
	buf_put_char(&sql, ')');
	if (fixture->driver == ON_POSTGRES) {
		insert_into_postgres(fixture, sql.data, column_count, cells);
		buf_release(&sql);
		return;
	}
	cr_assert_eq(sqlite3_prepare_v2(fixture->db, sql.data, -1, &stmt, NULL), SQLITE_OK);
	for (int i = 0; i < column_count; i++)
		bind_cell(stmt, i + 1, &cells[i]);
	cr_assert_eq(sqlite3_step(stmt), SQLITE_DONE, "%s", sqlite3_errmsg(fixture->db));
	sqlite3_finalize(stmt);
	buf_release(&sql);
}

void fixture_row(struct fixture *fixture, const char *table, int column_count,
		 const char *const *texts)
{
	struct cell cells[16] = { 0 };

	cr_assert_leq(column_count, 16);
	for (int i = 0; i < column_count; i++)
		if (texts[i])
			cells[i] = (struct cell){ texts[i], (uint32_t)strlen(texts[i]), CELL_TEXT };
	fixture_cells(fixture, table, column_count, cells);
}

struct conn *fixture_connect(struct fixture *fixture, enum conn_role role)
{
	struct err err = { 0 };
	struct conn *conn = NULL;
	const char *url = role == CONN_SOURCE ? fixture->url : fixture->target_url;
	bool ok = fixture->driver == ON_MEMORY
		      ? memory_store_connect(fixture->store, role, &conn, &err)
		      : conn_open(url, role, &conn, &err);

	cr_assert(ok, "%s", err.text);
	return conn;
}

/* ---- lines ---- */

void lines_open(struct lines *lines)
{
	lines->count = 0;
	lines->text = malloc((size_t)LINES_MAX * LINE_SIZE);
	cr_assert_not_null(lines->text);
}

void lines_close(struct lines *lines)
{
	free(lines->text);
}

void lines_add(struct lines *lines, const char *format, ...)
{
	va_list arguments;

	cr_assert_lt(lines->count, LINES_MAX);
	va_start(arguments, format);
	vsnprintf(lines->text[lines->count++], LINE_SIZE, format, arguments);
	va_end(arguments);
}

void row_to_line(const struct cell *row, int column_count, char line[LINE_SIZE])
{
	size_t size = 0;

	for (int i = 0; i < column_count; i++) {
		const struct cell *cell = &row[i];
		struct span text = cell_span(cell);

		if (text.size > 60)
			text.size = 60;
		size += (size_t)snprintf(line + size, LINE_SIZE - size, "%s%s%.*s", i ? "|" : "",
					 cell->kind == CELL_NULL ? "~" : "", SPAN_ARGS(text));
	}
}

void lines_add_rows(struct lines *lines, const struct rowset *rowset)
{
	for (size_t i = 0; i < rowset->row_count; i++) {
		char line[LINE_SIZE] = "";

		row_to_line(rowset_row(rowset, i), rowset->column_count, line);
		lines_add(lines, "%s", line);
	}
}

static int compare_lines(const void *a, const void *b)
{
	return strcmp(a, b);
}

void lines_sort(struct lines *lines)
{
	qsort(lines->text, (size_t)lines->count, LINE_SIZE, compare_lines);
}

void lines_compare(const struct lines *seen, const struct lines *expected, const char *what)
{
	for (int i = 0; i < seen->count && i < expected->count; i++)
		cr_assert_str_eq(seen->text[i], expected->text[i], "%s: saw '%s', expected '%s'",
				 what, seen->text[i], expected->text[i]);
	cr_assert_eq(seen->count, expected->count, "%s: saw %d lines, expected %d", what,
		     seen->count, expected->count);
}

uint32_t next_random(uint64_t *state, uint32_t limit)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33) % limit;
}
