/*
 * keyless.c: a root without a key: its rows' keys, in a temporary table beside it.
 *
 * No index serves what tells such rows apart, so every range would walk the whole table. Instead it is walked
 * once: the temporary table says, by the key that row_key.h gives a row, where the first of the equal rows lies and how
 * many there are. It holds for as long as nobody writes to legacy, which SQLite tells (data_version), and is made
 * again when somebody did. It lies in SQLite's temporary folder and in this connection alone; legacy stays as it
 * is.
 */
#include <inttypes.h>
#include <string.h>

#include "drivers/sqlite/reader_internal.h"
#include "engine/base/require.h"
#include "engine/model/row_key.h"

static bool is_made(const struct source *source, int column)
{
	return column == source->star_column || column == source->copies_column;
}

void keyless_extend_shape(const struct source *source, struct arena *arena, struct shape *shape)
{
	int count = shape->column_count;
	struct shape_column *columns = arena_zalloc(arena, sizeof(*columns) * ((size_t)count + 2));

	if (shape->kind == NULL || !source->is_keyless)
		return;
	memcpy(columns, shape->columns, sizeof(*columns) * (size_t)count);
	columns[count] = (struct shape_column){ ROW_KEY_COLUMN, "", "BINARY", AFFINITY_TEXT, true };
	columns[count + 1] =
	    (struct shape_column){ ROW_COPIES_COLUMN, "", "BINARY", AFFINITY_INTEGER, true };
	shape->columns = columns;
	shape->column_count = count + 2;
}

/* What SQLite calls the place of a row, unless columns have taken all three names. */
static const char *rowid_name(struct reader *reader, const struct source_reader *root)
{
	static const char *const names[] = { "rowid", "_rowid_", "oid" };

	for (int i = 0; i < 3; i++)
		if (shape_find(&root->shape, names[i]) < 0 &&
		    sqlite3_table_column_metadata(reader->conn->db, "main", root->sql.source->table,
						  names[i], NULL, NULL, NULL, NULL,
						  NULL) == SQLITE_OK)
			return names[i];
	return NULL;
}

/* select t."src", k."key" as "*" … from "routes" as t join the table of keys */
static const char *write_from(struct reader *reader, const struct source_reader *root)
{
	const struct source *source = root->sql.source;
	struct buf sql;
	const char *text;

	buf_init(&sql);
	buf_put_text(&sql, "(select ");
	for (int i = 0; i < source->column_count; i++) {
		buf_put_text(&sql, i == 0 ? "" : ", ");
		buf_put_text(&sql, is_made(source, i) ? "" : "t.");
		if (i == source->star_column)
			buf_put_text(&sql, "k.\"key\" as ");
		if (i == source->copies_column)
			buf_put_text(&sql, "k.\"copies\" as ");
		sql_put_name(&sql, source->columns[i]);
	}
	buf_put_text(&sql, " from main.");
	sql_put_name(&sql, source->table);
	buf_print(&sql, " as t join temp.%s as k on t.%s = k.\"row\") as ", reader->keyless.table,
		  reader->keyless.rowid);
	sql_put_name(&sql, source->table);
	text = arena_copy(&reader->shapes, buf_span(&sql)).data;
	buf_release(&sql);
	return text;
}

/* query_only guards the temporary tables, too. Legacy stays guarded: its file is open for reading alone. */
static void begin_writing(struct reader *reader)
{
	sqlite3_exec(reader->conn->db, "pragma query_only = off", NULL, NULL, NULL);
}

static void end_writing(struct reader *reader)
{
	sqlite3_exec(reader->conn->db, "pragma query_only = on", NULL, NULL, NULL);
}

/* With the table's name between what stands before and behind it. */
static bool run_on_keys(struct reader *reader, const char *before, const char *behind,
			struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql);
	buf_print(&sql, "%s temp.%s%s", before, reader->keyless.table, behind);
	begin_writing(reader);
	ok = sqlite_run(reader->conn, sql.data, err);
	end_writing(reader);
	buf_release(&sql);
	return ok;
}

bool keyless_open(struct reader *reader, struct err *err)
{
	struct source_reader *root = &reader->sources[0];
	struct keyless *keyless = &reader->keyless;
	struct arena *arena = &reader->shapes;

	keyless->rowid = rowid_name(reader, root);
	if (keyless->rowid == NULL)
		return err_set(err, ERR_RULE,
			       "source %s: %s is WITHOUT ROWID, so it has a primary key, or its "
			       "columns hide the rowid: name its key",
			       root->sql.source->name, root->sql.source->table);
	keyless->table =
	    arena_print(arena, "engine_keys_%" PRIu64, ++reader->conn->reader_count).data;
	if (!run_on_keys(reader, "create table",
			 " (\"key\" text primary key, \"row\" integer not null, "
			 "\"copies\" integer not null) without rowid",
			 err))
		return false;
	root->sql.from = write_from(reader, root);
	return true;
}

void keyless_close(struct reader *reader)
{
	struct err ignored = { 0 };

	if (reader->keyless.table)
		run_on_keys(reader, "drop table", "", &ignored);
}

/* ---- filling ---- */

static void write_walk(struct reader *reader)
{
	const struct source *source = reader->sources[0].sql.source;
	struct buf *sql = &reader->conn->sql;

	buf_reset(sql);
	for (int i = 0; i < source->column_count; i++) {
		buf_put_text(sql, i == 0 ? "select " : ", ");
		if (is_made(source, i))
			buf_put_text(sql, "null");
		else
			sql_put_name(sql, source->columns[i]);
	}
	buf_print(sql, ", %s from main.", reader->keyless.rowid);
	sql_put_name(sql, source->table);
}

static bool put_row(struct reader *reader, sqlite3_stmt *walk, sqlite3_stmt *insert,
		    struct err *err)
{
	const struct source *source = reader->sources[0].sql.source;
	struct cell *cells;
	char key[ROW_KEY_SIZE];
	int code;

	arena_reset(&reader->scratch);
	cells = arena_alloc(&reader->scratch, sizeof(*cells) * (size_t)source->column_count);
	cells_read(walk, source->column_count, &reader->scratch, cells, reader->numbers);
	row_key_of(source, cells, key);
	sqlite3_bind_int64(insert, 1, sqlite3_column_int64(walk, source->column_count));
	sqlite3_bind_text(insert, 2, key, ROW_KEY_SIZE, SQLITE_STATIC);
	code = sqlite3_step(insert);
	sqlite3_reset(insert);
	return code == SQLITE_DONE || sqlite_failure(reader->conn, code, err);
}

static bool put_rows(struct reader *reader, sqlite3_stmt *walk, sqlite3_stmt *insert,
		     struct err *err)
{
	int code;

	while ((code = sqlite3_step(walk)) == SQLITE_ROW)
		if (!put_row(reader, walk, insert, err))
			return false;
	return code == SQLITE_DONE || sqlite_failure(reader->conn, code, err);
}

static bool walk_table(struct reader *reader, struct err *err)
{
	struct buf *sql = &reader->conn->sql;
	sqlite3_stmt *walk, *insert;
	bool ok;

	write_walk(reader);
	walk = statement_take(reader->conn, err);
	if (walk == NULL)
		return false;
	buf_reset(sql);
	buf_print(sql, "insert into temp.%s_walk values (?, ?)", reader->keyless.table);
	insert = statement_take(reader->conn, err);
	ok = insert && put_rows(reader, walk, insert, err);
	if (insert)
		statement_give(reader->conn, insert);
	statement_give(reader->conn, walk);
	return ok;
}

static bool sort_walk(struct reader *reader, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql);
	buf_print(&sql,
		  "insert into temp.%s select \"key\", min(\"row\"), count(*) from temp.%s_walk "
		  "group by \"key\"",
		  reader->keyless.table, reader->keyless.table);
	ok = sqlite_run(reader->conn, sql.data, err);
	buf_release(&sql);
	return ok;
}

/* First as the rows come, then sorted: a tree that is filled in any order is read and written over and over. */
static bool fill(struct reader *reader, struct err *err)
{
	struct err ignored = { 0 };
	bool ok = run_on_keys(reader, "delete from", "", err) &&
		  run_on_keys(reader, "create table", "_walk (\"row\" integer, \"key\" text)", err);

	begin_writing(reader);
	patience_end(reader->conn); /* it is as long as the table, and ends */
	ok = ok && walk_table(reader, err) && sort_walk(reader, err);
	patience_begin(reader->conn, READ_SECONDS_MAX);
	end_writing(reader);
	run_on_keys(reader, "drop table if exists", "_walk", &ignored);
	return ok;
}

bool keyless_fill(struct reader *reader, struct err *err)
{
	struct keyless *keyless = &reader->keyless;
	int64_t version;

	if (keyless->table == NULL)
		return true;
	if (!sqlite_number(reader->conn, "pragma data_version", &version, err))
		return false;
	if (keyless->is_filled && version == keyless->data_version)
		return true;
	keyless->is_filled = false;
	if (!fill(reader, err))
		return err_while(err, "the keys of the rows of %s",
				 reader->sources[0].sql.source->table);
	keyless->data_version = version;
	keyless->is_filled = true;
	return true;
}
