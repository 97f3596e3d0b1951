/*
 * conn.c: opens and closes SQLite files, and turns SQLite's result codes into ours.
 *
 * A legacy file is opened so that nothing can be written and nothing in its schema is trusted.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/sqlite/sqlite_internal.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

static enum err_code code_of_constraint(int code)
{
	if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE ||
	    code == SQLITE_CONSTRAINT_ROWID)
		return ERR_CONFLICT;
	return ERR_DATA;
}

static enum err_code code_of_open_failure(struct sqlite_conn *conn)
{
	int cause = sqlite3_system_errno(conn->db);

	return cause == EACCES || cause == EPERM || cause == EROFS ? ERR_PERMISSION
								   : ERR_UNAVAILABLE;
}

static enum err_code code_of(struct sqlite_conn *conn, int code)
{
	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
	case SQLITE_NOMEM:
		return ERR_TRANSIENT;
	case SQLITE_CORRUPT:
	case SQLITE_SCHEMA:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
		return ERR_DATA;
	case SQLITE_FULL:
	case SQLITE_IOERR:
		return ERR_IO;
	case SQLITE_READONLY:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return ERR_PERMISSION;
	case SQLITE_NOTADB:
		return ERR_UNAVAILABLE;
	case SQLITE_CANTOPEN:
		return code_of_open_failure(conn);
	case SQLITE_CONSTRAINT:
		return code_of_constraint(code);
	default:
		return ERR_DATA;
	}
}

bool sqlite_failure(struct sqlite_conn *conn, int code, struct err *err)
{
	if (code == SQLITE_READONLY_ROLLBACK || code == SQLITE_READONLY_RECOVERY)
		return err_set(
		    err, ERR_UNAVAILABLE,
		    "%s was left by a crash in the middle of a transaction: open it once "
		    "with the program it belongs to (SQLite %d)",
		    conn->path, code);
	if ((code & 0xff) == SQLITE_INTERRUPT)
		return err_set(err, ERR_UNAVAILABLE,
			       "%s: a read took too long and was given up: an index is missing, or "
			       "a query never ends",
			       conn->path);
	if (code == SQLITE_NOTADB)
		return err_set(err, ERR_UNAVAILABLE,
			       "%s is not a SQLite database, or it is encrypted", conn->path);
	return err_set(err, code_of(conn, code), "%s: %s (SQLite %d)", conn->path,
		       sqlite3_errmsg(conn->db), code);
}

bool sqlite_run(struct sqlite_conn *conn, const char *sql, struct err *err)
{
	int code = sqlite3_exec(conn->db, sql, NULL, NULL, NULL);

	return code == SQLITE_OK ? true : sqlite_failure(conn, code, err);
}

bool sqlite_number(struct sqlite_conn *conn, const char *sql, int64_t *number, struct err *err)
{
	sqlite3_stmt *stmt;
	int code;

	buf_reset(&conn->sql);
	buf_put_text(&conn->sql, sql);
	stmt = statement_take(conn, err);
	if (stmt == NULL)
		return false;
	code = sqlite3_step(stmt);
	*number = code == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
	statement_give(conn, stmt);
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		return sqlite_failure(conn, code, err);
	return true;
}

/* ---- before SQLite is asked: what is wrong with the path, in words ---- */

static bool path_failure(const char *path, int cause, struct err *err)
{
	if (cause == ENOENT)
		return err_set(err, ERR_UNAVAILABLE, "%s does not exist", path);
	if (cause == EACCES)
		return err_set(err, ERR_PERMISSION, "%s may not be read", path);
	if (cause == ENOTDIR)
		return err_set(err, ERR_UNAVAILABLE, "%s: a part of the path is no folder", path);
	return err_set(err, ERR_UNAVAILABLE, "%s: error %d of the system", path, cause);
}

static bool check_existing_file(const char *path, struct err *err)
{
	struct stat status;

	if (stat(path, &status) != 0)
		return path_failure(path, errno, err);
	if (S_ISDIR(status.st_mode))
		return err_set(err, ERR_UNAVAILABLE, "%s is a folder, not a database", path);
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_UNAVAILABLE, "%s is not a regular file", path);
	if (access(path, R_OK) != 0)
		return path_failure(path, errno, err);
	if (status.st_size == 0)
		return err_set(err, ERR_UNAVAILABLE, "%s is empty, not a database", path);
	return true;
}

static char *copy_of(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(memory_resize(NULL, size), text, size);
}

static bool check_folder(const char *folder, struct err *err)
{
	struct stat status;

	if (stat(folder, &status) != 0)
		return path_failure(folder, errno, err);
	if (!S_ISDIR(status.st_mode))
		return err_set(err, ERR_UNAVAILABLE, "%s is not a folder", folder);
	if (access(folder, W_OK | X_OK) != 0)
		return err_set(err, ERR_PERMISSION, "nothing may be made in the folder %s", folder);
	return true;
}

/* A target may be missing, its folder may not. */
static bool check_target_file(const char *path, struct err *err)
{
	struct stat status;
	char *folder, *slash;
	bool ok;

	if (stat(path, &status) == 0) {
		if (S_ISDIR(status.st_mode))
			return err_set(err, ERR_UNAVAILABLE, "%s is a folder, not a database",
				       path);
		return true;
	}
	folder = copy_of(path);
	slash = strrchr(folder, '/');
	if (slash)
		slash[slash == folder] = '\0';
	ok = check_folder(slash ? folder : ".", err);
	free(folder);
	return ok;
}

/* ---- settings ---- */

/* Nothing that stands in the file's own schema may load code or reach other files, and nothing in that of legacy may run functions. In a target
 * it may: SQLite 3.40 counts those of JSON among the unsafe ones, and opens no file with an index over a field of its records. */
static void trust_little(struct sqlite_conn *conn)
{
	bool is_ours = conn->base.role != CONN_SOURCE;

	sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(conn->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, is_ours, NULL);
	sqlite3_db_config(conn->db, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
	/* Otherwise "no_such_column" in quotes would silently be a text. */
	sqlite3_db_config(conn->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_limit(conn->db, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(conn->db, SQLITE_LIMIT_WORKER_THREADS, 0);
}

static bool set_up_reading(struct sqlite_conn *conn, struct err *err)
{
	return sqlite_run(conn,
			  "pragma query_only = on; pragma cache_size = -4096; pragma mmap_size = 0;"
			  "pragma automatic_index = off; pragma cell_size_check = on",
			  err);
}

/* Of 4096, 8192 and 16384 bytes the largest page took the least time for records of 600 bytes; a cache
 * of 4 MiB took no more than one of 8, which a small table never fills and a large one does. Full
 * synchronisation: committed means durable. */
static bool set_up_writing(struct sqlite_conn *conn, struct err *err)
{
	return sqlite_run(conn,
			  "pragma page_size = 16384; pragma journal_mode = wal;"
			  "pragma synchronous = full; pragma cache_size = -4096;"
			  "pragma mmap_size = 0; pragma journal_size_limit = 67108864",
			  err);
}

/* A database in WAL mode is shared through a file beside it, which even a reader must be able to
 * make; SQLite only says that it cannot open something. */
static bool explain_unreadable(struct sqlite_conn *conn, int code, struct err *err)
{
	const char *said = sqlite3_errmsg(conn->db);

	if (strstr(said, "unsafe use of"))
		return err_set(
		    err, ERR_DATA,
		    "%s cannot be opened: functions in its schema are not trusted, and an "
		    "index, a check or a computed column of it calls one that is not known "
		    "to be harmless (%s); give a copy without it",
		    conn->path, said);
	if ((code & 0xff) != SQLITE_CANTOPEN && code != SQLITE_READONLY_DIRECTORY &&
	    code != SQLITE_READONLY_CANTINIT)
		return sqlite_failure(conn, code, err);
	return err_set(err, ERR_PERMISSION,
		       "%s cannot be opened: it is in WAL mode, where even a reader has to make "
		       "%s-shm beside it, and the folder does not allow that; let the folder be "
		       "written, or give a copy",
		       conn->path, conn->path);
}

static bool check_readable(struct sqlite_conn *conn, struct err *err)
{
	int code = sqlite3_exec(conn->db, "select count(*) from sqlite_schema", NULL, NULL, NULL);

	return code == SQLITE_OK ? true : explain_unreadable(conn, code, err);
}

/* ---- opening ---- */

/* ":memory:" and "file:…" mean something else to SQLite; with a folder in front they are names. */
static int open_file(struct sqlite_conn *conn, int flags)
{
	const char *path = conn->path;
	struct buf name;
	int code;

	buf_init(&name);
	if (path[0] != '/')
		buf_put_text(&name, "./");
	buf_put_text(&name, path);
	code = sqlite3_open_v2(name.data, &conn->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
	buf_release(&name);
	return code;
}

static bool open_database(struct sqlite_conn *conn, struct err *err)
{
	bool writes = conn->base.role == CONN_TARGET;
	int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
	int code;

	if (writes ? !check_target_file(conn->path, err) : !check_existing_file(conn->path, err))
		return false;
	code = open_file(conn, flags);
	require(conn->db != NULL);
	sqlite3_extended_result_codes(conn->db, 1);
	if (code != SQLITE_OK)
		return sqlite_failure(conn, sqlite3_extended_errcode(conn->db), err);
	/* SQLite falls back to reading when the file may not be written. */
	if (writes && sqlite3_db_readonly(conn->db, "main") == 1)
		return err_set(err, ERR_PERMISSION, "%s may not be written", conn->path);
	sqlite3_busy_timeout(conn->db, BUSY_TIMEOUT_MS);
	trust_little(conn);
	if (conn->base.role != CONN_SOURCE && !sqlite_add_digest(conn, err))
		return false;
	if (writes)
		return set_up_writing(conn, err);
	return check_readable(conn, err) && set_up_reading(conn, err);
}

/* By the file, not by its name: links and dots lead to the same one. */
bool sqlite_is_same(const char *location, const char *other)
{
	struct stat status, other_status;

	return stat(strchr(location, ':') + 1, &status) == 0 &&
	       stat(strchr(other, ':') + 1, &other_status) == 0 &&
	       status.st_dev == other_status.st_dev && status.st_ino == other_status.st_ino;
}

bool sqlite_open(const char *location, enum conn_role role, struct conn **conn, struct err *err)
{
	const char *path = strchr(location, ':');
	struct sqlite_conn *opened;

	require(path != NULL);
	if (path[1] == '\0')
		return err_set(err, ERR_USAGE, "there is no path behind 'sqlite:'");
	opened = memory_resize(NULL, sizeof(*opened));
	memset(opened, 0, sizeof(*opened));
	opened->base = (struct conn){ .driver = &sqlite_driver, .role = role };
	opened->path = copy_of(path + 1);
	buf_init(&opened->sql);
	buf_init(&opened->image);
	if (!open_database(opened, err)) {
		sqlite_close(&opened->base);
		return false;
	}
	*conn = &opened->base;
	return true;
}

void sqlite_close(struct conn *base)
{
	struct sqlite_conn *conn = sqlite_of(base);

	statements_release(conn);
	/* Whoever still holds a statement has forgotten to close a reader. */
	require(sqlite3_close(conn->db) == SQLITE_OK);
	buf_release(&conn->image);
	buf_release(&conn->sql);
	free(conn->path);
	free(conn);
}
