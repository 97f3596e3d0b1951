/*
 * test_sqlite_files.c: files that are missing, forbidden, foreign, broken, locked or full.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "tests/drivers/fixture.h"

TestSuite(sqlite_files, .timeout = 60);

static const int first[] = { 0 };
static const char *const k_v[] = { "k", "v" };
static const struct source root = { .name = "root",
				    .kind = SOURCE_ROOT,
				    .table = "t",
				    .columns = k_v,
				    .column_count = 2,
				    .key_columns = first,
				    .key_count = 1 };
static const struct source_set set = { &root, 1 };

static const struct table_column columns[] = { { "id", TABLE_TEXT, true },
					       { "n", TABLE_INT, false },
					       { "body_json", TABLE_JSON, true } };
static const struct table job = { .name = "job_final",
				  .columns = columns,
				  .column_count = 3,
				  .primary_key_count = 1,
				  .indexes = { { { 1, 0, -1, 0 } }, { { 1, -1, 0, 0 } } },
				  .index_count = 2 };

static void expect_no_conn(const char *url, enum conn_role role, enum err_code code,
			   const char *words)
{
	struct conn *conn = NULL;
	struct err err = { 0 };

	cr_assert_not(conn_open(url, role, &conn, &err), "%s", url);
	cr_assert_eq(err.code, code, "%s: %d", err.text, (int)err.code);
	cr_assert_not_null(strstr(err.text, words), "%s", err.text);
	cr_assert_null(conn);
}

static void put_file(const char *path, const void *bytes, size_t size)
{
	FILE *file = fopen(path, "w");

	cr_assert_not_null(file);
	cr_assert_eq(fwrite(bytes, 1, size, file), size);
	fclose(file);
}

static void some_rows(struct fixture *fixture)
{
	fixture_run(fixture, "create table t (k integer primary key, v);"
			     "with recursive n (i) as (select 1 union all select i + 1 from n "
			     "where i < 2000) insert into t select i, 'value ' || i from n");
}

/* Reads everything, if it can. */
static bool read_all(struct conn *conn, struct err *err)
{
	struct key_range range = { SPAN_NONE, SPAN_NONE };
	struct reader *reader = NULL;
	struct arena arena;
	struct batch batch;
	bool ok;

	arena_init(&arena);
	batch_init(&batch, &arena, &set);
	ok = conn_open_reader(conn, &set, &reader, err) &&
	     reader_read_range(conn, reader, &range, 0, &batch, NULL, err);
	if (ok)
		cr_assert_eq(batch.rowsets[0].row_count, 2000);
	reader_close(conn, reader);
	arena_release(&arena);
	return ok;
}

/* Tests run as root in containers, and root may read everything. */
static void be_nobody(void)
{
	if (geteuid() == 0)
		cr_assert_eq(setresuid(65534, 65534, 0), 0);
}

static void be_ourselves_again(struct fixture *fixture)
{
	uid_t real, effective, saved;

	cr_assert_eq(getresuid(&real, &effective, &saved), 0);
	cr_assert_eq(setresuid(saved, saved, saved), 0);
	cr_assert_eq(chmod(fixture->folder, 0700), 0);
	fixture_close(fixture);
}

/* ---- legacy ---- */

Test(sqlite_files, what_is_no_database_is_said_to_be_none)
{
	struct fixture fixture;
	char url[300], text[4096];

	fixture_open(&fixture, ON_SQLITE);
	snprintf(url, sizeof(url), "sqlite:%s/none.db", fixture.folder);
	expect_no_conn(url, CONN_SOURCE, ERR_UNAVAILABLE, "does not exist");
	expect_no_conn(url, CONN_TARGET_READ, ERR_UNAVAILABLE, "does not exist");
	snprintf(url, sizeof(url), "sqlite:%s", fixture.folder);
	expect_no_conn(url, CONN_SOURCE, ERR_UNAVAILABLE, "is a folder");
	expect_no_conn(url, CONN_TARGET, ERR_UNAVAILABLE, "is a folder");
	snprintf(url, sizeof(url), "sqlite:%s/x", fixture.path);
	expect_no_conn(url, CONN_SOURCE, ERR_UNAVAILABLE, "no folder");
	snprintf(url, sizeof(url), "sqlite:%s/none/target.db", fixture.folder);
	expect_no_conn(url, CONN_TARGET, ERR_UNAVAILABLE, "none does not exist");
	expect_no_conn("sqlite:/dev/null", CONN_SOURCE, ERR_UNAVAILABLE, "not a regular file");
	sqlite3_close(fixture.db);
	fixture.db = NULL;
	memset(text, 'x', sizeof(text));
	put_file(fixture.path, text, sizeof(text));
	expect_no_conn(fixture.url, CONN_SOURCE, ERR_UNAVAILABLE, "not a SQLite database");
	expect_no_conn(fixture.url, CONN_TARGET, ERR_UNAVAILABLE, "not a SQLite database");
	put_file(fixture.path, text, 0);
	expect_no_conn(fixture.url, CONN_SOURCE, ERR_UNAVAILABLE, "is empty");
	fixture_close(&fixture);
}

Test(sqlite_files, every_way_to_write_a_path_opens_it)
{
	struct fixture fixture;
	struct conn *conn;
	struct err err = { 0 };
	char url[300];

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	snprintf(url, sizeof(url), "sqlite://%s", fixture.path);
	cr_assert(conn_open(url, CONN_SOURCE, &conn, &err), "%s", err.text);
	cr_assert(read_all(conn, &err), "%s", err.text);
	conn_close(conn);
	cr_assert_eq(chdir(fixture.folder), 0);
	cr_assert(conn_open("sqlite:legacy.db", CONN_SOURCE, &conn, &err), "%s", err.text);
	cr_assert(read_all(conn, &err), "%s", err.text);
	conn_close(conn);
	/* Names, not instructions to SQLite. */
	cr_assert_eq(rename("legacy.db", "file:x?mode=memory"), 0);
	cr_assert(conn_open("sqlite:file:x?mode=memory", CONN_SOURCE, &conn, &err), "%s", err.text);
	cr_assert(read_all(conn, &err), "%s", err.text);
	conn_close(conn);
	cr_assert_eq(rename("file:x?mode=memory", "legacy.db"), 0);
	fixture_close(&fixture);
}

Test(sqlite_files, a_file_that_may_not_be_read_is_a_matter_of_permission)
{
	struct fixture fixture;

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	cr_assert_eq(chmod(fixture.folder, 0755), 0);
	cr_assert_eq(chmod(fixture.path, 0), 0);
	be_nobody();
	expect_no_conn(fixture.url, CONN_SOURCE, ERR_PERMISSION, "may not be read");
	be_ourselves_again(&fixture);
}

Test(sqlite_files, a_folder_that_may_not_be_written_still_gives_its_files)
{
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	cr_assert_eq(chmod(fixture.folder, 0555), 0);
	be_nobody();
	cr_assert(conn_open(fixture.url, CONN_SOURCE, &conn, &err), "%s", err.text);
	cr_assert(read_all(conn, &err), "%s", err.text);
	conn_close(conn);
	expect_no_conn(fixture.url, CONN_TARGET, ERR_PERMISSION, "may not be written");
	expect_no_conn(fixture.target_url, CONN_TARGET, ERR_PERMISSION, "nothing may be made");
	be_ourselves_again(&fixture);
}

Test(sqlite_files, a_wal_that_cannot_be_shared_is_explained)
{
	struct fixture fixture;

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	fixture_run(&fixture, "pragma journal_mode = wal");
	sqlite3_close(fixture.db);
	fixture.db = NULL;
	cr_assert_eq(chmod(fixture.folder, 0555), 0);
	be_nobody();
	expect_no_conn(fixture.url, CONN_SOURCE, ERR_PERMISSION, "WAL mode");
	be_ourselves_again(&fixture);
}

struct journal_case {
	char mode[16];
};

ParameterizedTestParameters(sqlite_files, legacy_is_read_while_its_owner_writes)
{
	static struct journal_case cases[] = { { "wal" }, { "delete" }, { "truncate" } };

	return cr_make_param_array(struct journal_case, cases, sizeof(cases) / sizeof(cases[0]));
}

ParameterizedTest(struct journal_case *c, sqlite_files, legacy_is_read_while_its_owner_writes)
{
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;
	char sql[64];

	fixture_open(&fixture, ON_SQLITE);
	snprintf(sql, sizeof(sql), "pragma journal_mode = %s", c->mode);
	fixture_run(&fixture, sql);
	some_rows(&fixture);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	fixture_run(&fixture, "begin immediate; delete from t where k > 10");
	cr_assert(read_all(conn, &err), "%s", err.text);
	fixture_run(&fixture, "rollback");
	cr_assert(read_all(conn, &err), "%s", err.text);
	/* Between reads nothing is held: its owner may do as it likes. */
	fixture_run(&fixture, "begin exclusive; insert into t values (5000, 1); commit");
	conn_close(conn);
	fixture_close(&fixture);
}

Test(sqlite_files, a_locked_legacy_is_worth_another_try)
{
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	fixture_run(&fixture, "begin exclusive");
	cr_assert_not(read_all(conn, &err));
	cr_assert_eq(err.code, ERR_TRANSIENT, "%s", err.text);
	fixture_run(&fixture, "rollback");
	err_reset(&err);
	cr_assert(read_all(conn, &err), "%s", err.text);
	conn_close(conn);
	fixture_close(&fixture);
}

Test(sqlite_files, a_broken_page_is_bad_data)
{
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;
	char rubbish[4096];
	int file;

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	sqlite3_close(fixture.db);
	fixture.db = NULL;
	memset(rubbish, 0x5a, sizeof(rubbish));
	file = open(fixture.path, O_WRONLY);
	cr_assert_geq(file, 0);
	for (int page = 2; page < 8; page++)
		cr_assert_eq(pwrite(file, rubbish, 4096, (off_t)page * 4096), 4096);
	close(file);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert_not(read_all(conn, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
	conn_close(conn);
	fixture_close(&fixture);
}

Test(sqlite_files, a_crash_that_only_its_owner_can_undo_is_named)
{
	struct fixture fixture;
	char journal[300], copy[300], command[1300];

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	fixture_run(&fixture, "pragma cache_size = 1; begin; update t set v = v || 'longer text'");
	snprintf(journal, sizeof(journal), "%s-journal", fixture.path);
	snprintf(copy, sizeof(copy), "%s/target.db", fixture.folder);
	snprintf(command, sizeof(command), "cp %s %s && cp %s %s-journal", fixture.path, copy,
		 journal, copy);
	cr_assert_eq(system(command), 0);
	fixture_run(&fixture, "rollback");
	expect_no_conn(fixture.target_url, CONN_SOURCE, ERR_UNAVAILABLE, "crash");
	fixture_close(&fixture);
}

Test(sqlite_files, nothing_is_written_to_legacy)
{
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;
	struct stat before, after;

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	cr_assert_eq(stat(fixture.path, &before), 0);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert(read_all(conn, &err), "%s", err.text);
	conn_close(conn);
	cr_assert_eq(stat(fixture.path, &after), 0);
	cr_assert_eq(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
	cr_assert_eq(before.st_size, after.st_size);
	fixture_close(&fixture);
}

/* SQLite 3.40 counts those of JSON among the unsafe ones. */
Test(sqlite_files, an_index_that_calls_an_unsafe_function_is_told)
{
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn = NULL;

	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, "create table doc (id integer primary key, body text)");
	fixture_run(&fixture, "create index by_a on doc (json_extract(body, '$.a'))");
	if (sqlite3_libversion_number() / 1000 == 3040) {
		cr_assert_not(conn_open(fixture.url, CONN_SOURCE, &conn, &err));
		cr_assert_eq(err.code, ERR_DATA);
		cr_assert_not_null(strstr(err.text, "json_extract"), "%s", err.text);
		cr_assert_not_null(strstr(err.text, "a copy without it"), "%s", err.text);
	} else {
		conn = fixture_connect(&fixture, CONN_SOURCE);
	}
	conn_close(conn);
	fixture_close(&fixture);
}

Test(sqlite_files, functions_in_the_schema_are_not_trusted)
{
	struct fixture fixture;
	struct conn *conn;
	sqlite3 *db;

	fixture_open(&fixture, ON_SQLITE);
	fixture_run(&fixture, "create view x as select load_extension('/tmp/none')");
	conn = fixture_connect(&fixture, CONN_SOURCE);
	db = sqlite_of(conn)->db;
	cr_assert_neq(sqlite3_exec(db, "select * from x", NULL, NULL, NULL), SQLITE_OK);
	cr_assert_not_null(strstr(sqlite3_errmsg(db), "unsafe use"), "%s", sqlite3_errmsg(db));
	cr_assert_neq(sqlite3_exec(db, "select load_extension('/tmp/none')", NULL, NULL, NULL),
		      SQLITE_OK);
	cr_assert_not_null(strstr(sqlite3_errmsg(db), "not authorized"), "%s", sqlite3_errmsg(db));
	conn_close(conn);
	fixture_close(&fixture);
}

/* ---- target ---- */

Test(sqlite_files, the_printed_definition_is_what_is_made)
{
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;
	sqlite3_stmt *stmt;
	struct buf ddl, made;

	buf_init(&ddl);
	buf_init(&made);
	fixture_open(&fixture, ON_SQLITE);
	conn = fixture_connect(&fixture, CONN_TARGET);
	cr_assert(conn_ensure_table(conn, &job, &err), "%s", err.text);
	conn->driver->put_ddl(&job, &ddl);
	sqlite3_close(fixture.db);
	cr_assert_eq(sqlite3_open(fixture.target_url + strlen("sqlite:"), &fixture.db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(fixture.db,
					"select sql from sqlite_schema where sql is not null "
					"order by rowid",
					-1, &stmt, NULL),
		     SQLITE_OK);
	/* SQLite stores a definition as it was given, with its first words in capitals. */
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		const char *sql = (const char *)sqlite3_column_text(stmt, 0);
		const char *body = strchr(sql, '"');

		buf_print(&made, "%s;\n", body);
		cr_assert_not_null(strstr(ddl.data, body), "%s is not in %s", body, ddl.data);
	}
	sqlite3_finalize(stmt);
	cr_assert_not_null(strstr(made.data, "\"job_final_n_id_idx\" on"), "%s", made.data);
	cr_assert_not_null(strstr(made.data, "\"job_final_n_idx\" on"), "%s", made.data);
	cr_assert_not_null(strstr(made.data, "\"n\" INTEGER,"), "%s", made.data);
	cr_assert_not_null(strstr(made.data, "primary key (\"id\")"), "%s", made.data);
	conn_close(conn);
	fixture_close(&fixture);
	buf_release(&ddl);
	buf_release(&made);
}

Test(sqlite_files, what_is_committed_is_there_for_the_next_to_open_the_file)
{
	struct datum row[] = { datum_text("a"), datum_int(1), datum_text("{}") };
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;
	sqlite3_stmt *stmt;
	int64_t synchronous;
	char mode[16];

	fixture_open(&fixture, ON_SQLITE);
	conn = fixture_connect(&fixture, CONN_TARGET);
	cr_assert(conn_ensure_table(conn, &job, &err), "%s", err.text);
	cr_assert(conn_begin(conn, &err) && conn_insert(conn, &job, row, 1, &err) &&
		      conn_commit(conn, &err),
		  "%s", err.text);
	/* What another connection finds while ours is still open is what a kill would leave. */
	sqlite3_close(fixture.db);
	cr_assert_eq(sqlite3_open(fixture.target_url + strlen("sqlite:"), &fixture.db), SQLITE_OK);
	cr_assert_eq(sqlite3_prepare_v2(fixture.db, "pragma journal_mode", -1, &stmt, NULL),
		     SQLITE_OK);
	cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW);
	snprintf(mode, sizeof(mode), "%s", (const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	cr_assert_str_eq(mode, "wal");
	cr_assert_eq(
	    sqlite3_prepare_v2(fixture.db, "select count(*) from job_final", -1, &stmt, NULL),
	    SQLITE_OK);
	cr_assert_eq(sqlite3_step(stmt), SQLITE_ROW);
	synchronous = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	cr_assert_eq(synchronous, 1);
	conn_close(conn);
	fixture_close(&fixture);
}

Test(sqlite_files, a_full_store_is_an_io_error_and_leaves_what_was)
{
	static char large[100000];
	struct datum row[] = { datum_text("a"), datum_int(1), datum_text("{}") };
	struct datum more[] = { datum_text("b"), datum_int(1),
				datum_span((struct span){ large, sizeof(large) }) };
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;
	int64_t changed = -1;

	memset(large, 'x', sizeof(large));
	fixture_open(&fixture, ON_SQLITE);
	conn = fixture_connect(&fixture, CONN_TARGET);
	cr_assert(conn_ensure_table(conn, &job, &err), "%s", err.text);
	cr_assert(conn_begin(conn, &err) && conn_insert(conn, &job, row, 1, &err) &&
		      conn_commit(conn, &err),
		  "%s", err.text);
	sqlite3_exec(sqlite_of(conn)->db, "pragma max_page_count = 8", NULL, NULL, NULL);
	cr_assert(conn_begin(conn, &err), "%s", err.text);
	cr_assert_not(conn_insert(conn, &job, more, 1, &err));
	cr_assert_eq(err.code, ERR_IO, "%s", err.text);
	conn_rollback(conn);
	err_reset(&err);
	sqlite3_exec(sqlite_of(conn)->db, "pragma max_page_count = 100000", NULL, NULL, NULL);
	cr_assert(conn_begin(conn, &err), "%s", err.text);
	cr_assert(conn_remove(conn, &job, NULL, 0, &changed, &err), "%s", err.text);
	cr_assert_eq(changed, 1);
	cr_assert(conn_insert(conn, &job, more, 1, &err) && conn_commit(conn, &err), "%s",
		  err.text);
	conn_close(conn);
	fixture_close(&fixture);
}

Test(sqlite_files, a_reading_connection_cannot_write)
{
	struct fixture fixture;
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	some_rows(&fixture);
	conn = fixture_connect(&fixture, CONN_SOURCE);
	cr_assert_eq(sqlite3_exec(sqlite_of(conn)->db, "delete from t", NULL, NULL, NULL) & 0xff,
		     SQLITE_READONLY);
	cr_assert_neq(sqlite3_exec(sqlite_of(conn)->db, "attach ':memory:' as x", NULL, NULL, NULL),
		      SQLITE_OK);
	conn_close(conn);
	fixture_close(&fixture);
}

static bool ignore_row(void *context, const struct datum *cells, struct err *err)
{
	(void)context;
	(void)cells;
	(void)err;
	return true;
}

Test(sqlite_files, values_of_another_type_in_the_target_are_bad_data)
{
	const int n[] = { 1 };
	const struct query query = { .table = &job, .columns = n, .column_count = 1 };
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	conn = fixture_connect(&fixture, CONN_TARGET);
	cr_assert(conn_ensure_table(conn, &job, &err), "%s", err.text);
	sqlite3_close(fixture.db);
	cr_assert_eq(sqlite3_open(fixture.target_url + strlen("sqlite:"), &fixture.db), SQLITE_OK);
	fixture_run(&fixture, "insert into job_final values ('a', 'seven', '{}')");
	cr_assert_not(conn_select(conn, &query, ignore_row, NULL, &err));
	cr_assert_eq(err.code, ERR_DATA, "%s", err.text);
	conn_close(conn);
	fixture_close(&fixture);
}

Test(sqlite_files, more_statements_than_fit_are_prepared_again)
{
	enum { TABLES = 60 };
	const int id[] = { 0 };
	struct err err = { 0 };
	struct fixture fixture;
	struct conn *conn;

	fixture_open(&fixture, ON_SQLITE);
	conn = fixture_connect(&fixture, CONN_TARGET);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < TABLES; i++) {
			char name[16];
			const struct table table = { .name = name,
						     .columns = columns,
						     .column_count = 3,
						     .primary_key_count = 1 };
			const struct query query = { .table = &table,
						     .columns = id,
						     .column_count = 1 };

			snprintf(name, sizeof(name), "t%d", i);
			cr_assert(conn_ensure_table(conn, &table, &err), "%s", err.text);
			cr_assert(conn_select(conn, &query, ignore_row, NULL, &err), "%s",
				  err.text);
		}
	conn_close(conn);
	fixture_close(&fixture);
}
