/*
 * answer.c: one statement that only reads, with parameters, and what it gives.
 *
 * SQLite prepares it while an authorizer looks at all it does, so that what is refused never ran. One row is in memory at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "drivers/sqlite/reader_internal.h"
#include "drivers/support/question.h"
#include "engine/base/memory.h"
#include "engine/base/require.h"

struct answering {
	struct sqlite_conn *conn;
	const struct question *question;
	sqlite3_stmt *stmt;
	struct arena arena;   /* names and places */
	struct arena scratch; /* one row */
	int column_count;     /* of the statement */
	int *places;
	struct cell *given, *wanted;
	char *numbers;
	const char *refused; /* why the authorizer said no */
};

void sqlite_put_question(struct conn *conn, const struct question *question, struct buf *sql)
{
	question_put(sql, conn, question, sqlite_put_view);
}

/* ---- may it be asked? ---- */

/* What a source's query may not use and a question may: its answer is compared as it stands, and no row of it comes again. Of
 * functions of time none may be asked for the time, which only the words of the statement could tell. */
static bool may_be_asked(const char *function)
{
	static const char *const names[] = {
		"avg",
		"date",
		"datetime",
		"format",
		"group_concat",
		"json_each",
		"json_tree",
		"json_group_array",
		"json_group_object",
		"julianday",
		"printf",
		"strftime",
		"time",
		"total",
		"unixepoch",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sqlite3_stricmp(names[i], function) == 0)
			return true;
	return sqlite_is_dependable(function);
}

static int refuse(struct answering *asked, struct span why)
{
	if (asked->refused == NULL)
		asked->refused = why.data;
	return SQLITE_DENY;
}

static int authorize(void *context, int action, const char *first, const char *second,
		     const char *database, const char *by)
{
	struct answering *asked = context;

	(void)database;
	(void)by;
	switch (action) {
	case SQLITE_SELECT:
	case SQLITE_RECURSIVE:
		return SQLITE_OK;
	case SQLITE_READ:
		if (sqlite3_strnicmp(first, "sqlite_", 7) != 0)
			return SQLITE_OK;
		return refuse(asked,
			      arena_print(&asked->arena,
					  "the question reads %s, which is SQLite's own", first));
	case SQLITE_FUNCTION:
		if (may_be_asked(second))
			return SQLITE_OK;
		return refuse(asked, arena_print(&asked->arena,
						 "the question uses %s(), which is not known to "
						 "give the same for the same rows every time",
						 second));
	default:
		return refuse(asked,
			      SPAN("the question does more than select from tables and views"));
	}
}

static bool answer_failure(struct answering *asked, int code, struct err *err)
{
	if ((code & 0xff) == SQLITE_INTERRUPT)
		return err_set(err, ERR_TRANSIENT, "the question takes longer than %d s",
			       asked->question->seconds);
	return sqlite_failure(asked->conn, code, err);
}

static bool prepare_failure(struct answering *asked, int code, const char *sql, struct err *err)
{
	int kind = code & 0xff, offset = sqlite3_error_offset(asked->conn->db), line = 1;

	if (asked->refused)
		return err_set(err, ERR_RULE, "%s", asked->refused);
	if (kind != SQLITE_ERROR && kind != SQLITE_RANGE && kind != SQLITE_TOOBIG)
		return answer_failure(asked, code, err);
	for (int i = 0; i < offset && sql[i]; i++)
		line += sql[i] == '\n';
	return offset < 0 ? err_set(err, ERR_RULE, "the question cannot be asked: %s",
				    sqlite3_errmsg(asked->conn->db))
			  : err_set(err, ERR_RULE, "the question cannot be asked: %s (line %d)",
				    sqlite3_errmsg(asked->conn->db), line);
}

/* Is there anything but blanks, comments and semicolons? */
static bool is_more(struct answering *asked, const char *rest)
{
	sqlite3_stmt *next = NULL;
	int code;

	while (*rest) {
		code = sqlite3_prepare_v2(asked->conn->db, rest, -1, &next, &rest);
		sqlite3_finalize(next);
		if (code != SQLITE_OK || next)
			return true;
	}
	return false;
}

static bool prepare(struct answering *asked, const char *sql, struct err *err)
{
	const char *rest = sql;
	bool more = false;
	int code;

	sqlite3_set_authorizer(asked->conn->db, authorize, asked);
	code = sqlite3_prepare_v2(asked->conn->db, sql, -1, &asked->stmt, &rest);
	if (code == SQLITE_OK && asked->stmt)
		more = is_more(asked, rest);
	sqlite3_set_authorizer(asked->conn->db, NULL, NULL);
	if (code != SQLITE_OK)
		return prepare_failure(asked, code, sql, err);
	if (asked->stmt == NULL)
		return err_set(err, ERR_RULE, "the question is empty");
	if (more)
		return err_set(err, ERR_RULE, "the question is more than one statement");
	if (!sqlite3_stmt_readonly(asked->stmt) || sqlite3_stmt_isexplain(asked->stmt) != 0 ||
	    sqlite3_column_count(asked->stmt) == 0)
		return err_set(err, ERR_RULE,
			       "the question does more than select from tables and views");
	return true;
}

/* ---- what goes in, what comes out ---- */

static bool bind(struct answering *asked, struct err *err)
{
	int count = sqlite3_bind_parameter_count(asked->stmt);

	for (int i = 1; i <= count; i++) {
		const char *name = sqlite3_bind_parameter_name(asked->stmt, i);
		const struct question_parameter *parameter =
		    name && name[0] == ':' ? question_parameter(asked->question, span_of(name + 1))
					   : NULL;
		struct span value;

		if (parameter == NULL)
			return question_blame_parameter(span_of(name ? name : "?"), err);
		value = parameter->value;
		if (value.data && memchr(value.data, '\0', value.size))
			return err_set(err, ERR_DATA, "the value for %s has a NUL in it", name);
		if (value.data && parameter->is_boolean) {
			sqlite3_bind_int(asked->stmt, i, span_equal_text(value, "true"));
			continue;
		}
		if (value.data && sqlite3_bind_text64(asked->stmt, i, value.data, value.size,
						      SQLITE_STATIC, SQLITE_UTF8) != SQLITE_OK)
			return err_set(err, ERR_DATA, "the value for %s is too long", name);
	}
	return true;
}

static bool find_columns(struct answering *asked, struct err *err)
{
	int count = sqlite3_column_count(asked->stmt);
	size_t room = (size_t)count, wanted = (size_t)asked->question->column_count;
	const char **names = arena_alloc(&asked->arena, room * sizeof(*names));

	for (int i = 0; i < count; i++) {
		names[i] = sqlite3_column_name(asked->stmt, i);
		require(names[i] != NULL);
	}
	asked->column_count = count;
	asked->places = arena_alloc(&asked->arena, wanted * sizeof(*asked->places));
	asked->wanted = arena_alloc(&asked->arena, wanted * sizeof(*asked->wanted));
	asked->given = arena_alloc(&asked->arena, room * sizeof(*asked->given));
	asked->numbers = arena_alloc(&asked->arena, room * NUMBER_TEXT_SIZE);
	return question_find_columns(asked->question, names, count, asked->places, err);
}

static bool hand_out(struct answering *asked, answer_function on_row, void *context,
		     struct err *err)
{
	int code;

	while ((code = sqlite3_step(asked->stmt)) == SQLITE_ROW) {
		arena_reset(&asked->scratch);
		cells_read(asked->stmt, asked->column_count, &asked->scratch, asked->given,
			   asked->numbers);
		for (int i = 0; i < asked->question->column_count; i++)
			asked->wanted[i] = asked->given[asked->places[i]];
		if (!on_row(context, asked->wanted, err))
			return false;
	}
	return code == SQLITE_DONE || answer_failure(asked, code, err);
}

static bool ask(struct answering *asked, answer_function on_row, void *context, struct err *err)
{
	struct buf sql;
	bool ok;

	buf_init(&sql);
	sqlite_put_question(&asked->conn->base, asked->question, &sql);
	ok = prepare(asked, sql.data, err) && bind(asked, err) && find_columns(asked, err) &&
	     hand_out(asked, on_row, context, err);
	sqlite3_finalize(asked->stmt);
	buf_release(&sql);
	return ok;
}

/* Reading by key has indexes or is refused; a question may join what has none. The first use of a table that is a function declares
 * it, as if something were created: so that is done before the authorizer looks. */
static bool set_up(struct sqlite_conn *conn, struct err *err)
{
	static const char sql[] = "pragma automatic_index = on;"
				  "select 1 from json_each('[]'), json_tree('[]')";

	return sqlite_run(conn, sql, err) &&
	       (conn->base.role == CONN_SOURCE || exact_teach(conn, err));
}

bool sqlite_answer(struct conn *base, const struct question *question, answer_function on_row,
		   void *context, struct err *err)
{
	struct answering asked = { .conn = sqlite_of(base), .question = question };
	bool ok;

	arena_init(&asked.arena);
	arena_init(&asked.scratch);
	patience_begin(asked.conn, question->seconds);
	ok = set_up(asked.conn, err) && ask(&asked, on_row, context, err);
	patience_end(asked.conn);
	arena_release(&asked.scratch);
	arena_release(&asked.arena);
	sqlite3_exec(asked.conn->db, "pragma automatic_index = off", NULL, NULL, NULL);
	return ok;
}
