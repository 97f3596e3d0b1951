/*
 * answer.c: one statement that only reads, with parameters, and what it gives.
 *
 * Its words are looked at, then it is prepared twice and run once: inside brackets, where nothing but a select can stand, and as it
 * is, where nothing but one statement can. It runs in a transaction that only reads and is rolled back; rows come one at a time.
 */
#include <string.h>

#include "drivers/postgres/query_internal.h"
#include "drivers/support/question.h"
#include "engine/base/clock.h"
#include "engine/base/require.h"
#include "engine/model/canonical.h"
#include "engine/model/instant.h"

enum { OID_BOOL = 16, OID_BYTEA = 17, OID_JSON = 114, OID_TIMESTAMPTZ = 1184, OID_JSONB = 3802 };

struct answering {
	struct pg_conn *conn;
	const struct question *question;
	struct question_values values;
	struct buf sql;
	struct arena arena;   /* names and places */
	struct arena scratch; /* one row */
	int *places;
	struct cell *cells;
	int64_t began_ns;
};

static void put_statement(const struct conn *conn, const struct question *question, struct buf *sql,
			  struct question_values *values, struct span *missing)
{
	struct question numbered = *question;
	struct buf text;

	buf_init(&text);
	pg_put_parameters(question, &text, values, missing);
	numbered.sql = text.size ? text.data : "";
	question_put(sql, conn, &numbered, pg_put_view);
	buf_release(&text);
}

void pg_put_question(struct conn *conn, const struct question *question, struct buf *sql)
{
	struct question_values values;
	struct span missing;

	put_statement(conn, question, sql, &values, &missing);
}

/* ---- may it be asked? ---- */

static bool check_text(struct answering *asked, struct err *err)
{
	struct table_info info = { .fault = NULL };
	struct inspection look = { .conn = asked->conn,
				   .arena = &asked->arena,
				   .info = &info,
				   .query = asked->question->sql };
	bool ok;

	buf_init(&look.called);
	buf_init(&look.names);
	ok = pg_query_look_at_text(&look, err);
	buf_release(&look.names);
	buf_release(&look.called);
	return ok && (info.fault == NULL || err_set(err, ERR_RULE, "%s", info.fault));
}

static bool check_values(struct answering *asked, struct span missing, struct err *err)
{
	if (missing.data)
		return asked->values.count == QUESTION_PARAMETERS_MAX
			   ? err_set(err, ERR_RULE, "the question has more than %d parameters",
				     QUESTION_PARAMETERS_MAX)
			   : question_blame_parameter(missing, err);
	for (int i = 0; i < asked->values.count; i++) {
		const struct question_parameter *value = asked->values.used[i];

		if (value->value.data && memchr(value->value.data, '\0', value->value.size))
			return err_set(err, ERR_DATA, "the value for :%s has a NUL in it",
				       value->name);
	}
	return true;
}

/* What the server says against a statement that has not run yet is the statement's fault. */
static bool keep_rule(struct err *err)
{
	if (err->code != ERR_DATA)
		return false;
	err->code = ERR_RULE;
	return err_while(err, "the question cannot be asked");
}

static bool prepare(struct answering *asked, const char *sql, struct err *err)
{
	PGresult *result =
	    wire_answer(asked->conn, PQsendPrepare(asked->conn->pg, "", sql, 0, NULL), err);

	PQclear(result);
	return result || keep_rule(err);
}

static bool prepare_both(struct answering *asked, struct err *err)
{
	struct buf *sql = &asked->conn->sql;

	buf_reset(sql);
	/* A comment at the end of a line must not swallow the bracket. */
	buf_print(sql, "select * from (\n%s\n) as question", asked->sql.data);
	return prepare(asked, sql->data, err) && prepare(asked, asked->sql.data, err);
}

static bool find_columns(struct answering *asked, struct err *err)
{
	PGresult *result =
	    wire_answer(asked->conn, PQsendDescribePrepared(asked->conn->pg, ""), err);
	size_t wanted = (size_t)asked->question->column_count;
	int count = result ? PQnfields(result) : 0;
	const char **names = arena_alloc(&asked->arena, ((size_t)count + 1) * sizeof(*names));
	bool ok;

	for (int i = 0; i < count; i++)
		names[i] = PQfname(result, i);
	asked->places = arena_alloc(&asked->arena, wanted * sizeof(*asked->places));
	asked->cells = arena_alloc(&asked->arena, wanted * sizeof(*asked->cells));
	ok = result && question_find_columns(asked->question, names, count, asked->places, err);
	PQclear(result);
	return ok;
}

/* ---- values, as records have them ---- */

static struct cell cell_of_span(struct span text)
{
	return (struct cell){ text.data, (uint32_t)text.size, CELL_TEXT };
}

/* What no record can hold (infinity, years before Christ) stays as PostgreSQL writes it, and equals nothing. */
static void to_instant(struct cell *cell, struct arena *arena)
{
	struct local_time time;
	char text[INSTANT_TEXT_SIZE];

	if (local_time_parse(cell_span(cell), &time) != INSTANT_OK || !time.has_offset ||
	    !instant_to_text(local_time_to_us(&time) - time.offset_seconds * INT64_C(1000000),
			     text))
		return;
	*cell = cell_of_span(arena_copy(arena, span_of(text)));
}

/* Likewise: fractions among its numbers. */
static void to_canonical_json(struct cell *cell, struct arena *arena)
{
	struct err ignored = { ERR_NONE, "" };
	struct buf json;

	buf_init(&json);
	if (canonical_rewrite(cell_span(cell), arena, &json, &ignored))
		*cell = cell_of_span(arena_copy(arena, buf_span(&json)));
	buf_release(&json);
}

static void to_record(struct cell *cell, Oid type, struct arena *arena)
{
	if (type == OID_TIMESTAMPTZ)
		to_instant(cell, arena);
	else if (type == OID_BOOL)
		*cell = cell_of_span(cell->data[0] == 't' ? SPAN("true") : SPAN("false"));
	else if (type == OID_JSON || type == OID_JSONB)
		to_canonical_json(cell, arena);
}

static bool take_cell(struct answering *asked, const PGresult *row, int column, struct cell *cell,
		      struct err *err)
{
	*cell = (struct cell){ NULL, 0, CELL_NULL };
	if (PQgetisnull(row, 0, column))
		return true;
	*cell = cell_of_span(pg_field_text(row, 0, column));
	if (PQftype(row, column) == OID_BYTEA && !pg_cell_to_bytes(cell, &asked->scratch, err))
		return false;
	if (asked->conn->base.role == CONN_TARGET_READ)
		to_record(cell, PQftype(row, column), &asked->scratch);
	if (cell->size > CELL_BYTES_MAX)
		pg_cell_cut(cell, &asked->scratch);
	return true;
}

/* ---- running it ---- */

static bool begin(struct answering *asked, struct err *err)
{
	struct buf *sql = &asked->conn->sql;
	int seconds = asked->question->seconds;

	buf_reset(sql);
	/* Reading by key is told to use its indexes and one plan for all keys; a question is planned for what it asks. */
	buf_print(sql,
		  "begin read only; set local statement_timeout = '%ds';"
		  "set local idle_in_transaction_session_timeout = '%ds';"
		  "set local enable_seqscan = on; set local enable_sort = on;"
		  "set local plan_cache_mode = auto;",
		  seconds, seconds);
	pg_sql_put_path(asked->conn, sql);
	asked->began_ns = clock_monotonic_ns();
	return wire_do(asked->conn, sql->data, err);
}

static bool send(struct answering *asked, struct err *err)
{
	const char *values[QUESTION_PARAMETERS_MAX];
	PGconn *pg = asked->conn->pg;

	for (int i = 0; i < asked->values.count; i++) {
		struct span value = asked->values.used[i]->value;

		values[i] = value.data ? arena_copy(&asked->arena, value).data : NULL;
	}
	if (!PQsendQueryPrepared(pg, "", asked->values.count, values, NULL, NULL, 0))
		return pg_lost(asked->conn, err);
	require(PQsetSingleRowMode(pg) == 1);
	return wire_flush(asked->conn, err);
}

static bool hand_out_row(struct answering *asked, const PGresult *row, answer_function on_row,
			 void *context, struct err *err)
{
	arena_reset(&asked->scratch);
	for (int i = 0; i < asked->question->column_count; i++)
		if (!take_cell(asked, row, asked->places[i], &asked->cells[i], err))
			return false;
	return on_row(context, asked->cells, err);
}

static bool hand_out(struct answering *asked, answer_function on_row, void *context,
		     struct err *err)
{
	PGresult *result;
	bool ok = send(asked, err);

	while (ok) {
		ok = wire_next(asked->conn, &result, err);
		if (!ok || result == NULL)
			break;
		if (PQresultStatus(result) == PGRES_SINGLE_TUPLE)
			ok = hand_out_row(asked, result, on_row, context, err);
		PQclear(result);
	}
	if (!ok)
		wire_drain(asked->conn, true);
	return ok;
}

/* A cancellation by the server is its timeout's, where that has passed. */
static void tell_time(const struct answering *asked, struct err *err)
{
	int seconds = asked->question->seconds;

	if (err->code != ERR_TRANSIENT || !strstr(err->text, "SQLSTATE 57014") ||
	    clock_monotonic_ns() - asked->began_ns < seconds * INT64_C(1000000000))
		return;
	err_reset(err);
	err_set(err, ERR_TRANSIENT, "the question takes longer than %d s", seconds);
}

static bool ask(struct answering *asked, answer_function on_row, void *context, struct err *err)
{
	struct err ignored = { ERR_NONE, "" };
	bool ok = begin(asked, err) &&
		  (asked->conn->base.role != CONN_SOURCE || pg_learn_history(asked->conn, err)) &&
		  prepare_both(asked, err) && find_columns(asked, err) &&
		  hand_out(asked, on_row, context, err);

	if (PQstatus(asked->conn->pg) == CONNECTION_OK)
		ok = wire_do(asked->conn, "rollback", ok ? err : &ignored) && ok;
	if (!ok)
		tell_time(asked, err);
	return ok;
}

bool pg_answer(struct conn *base, const struct question *question, answer_function on_row,
	       void *context, struct err *err)
{
	struct answering asked = { .conn = pg_of(base), .question = question };
	struct span missing;
	bool ok;

	arena_init(&asked.arena);
	arena_init(&asked.scratch);
	buf_init(&asked.sql);
	asked.conn->answer_seconds = question->seconds + ANSWER_SECONDS_MAX;
	put_statement(base, question, &asked.sql, &asked.values, &missing);
	ok = check_text(&asked, err) && check_values(&asked, missing, err) &&
	     ask(&asked, on_row, context, err);
	asked.conn->answer_seconds = ANSWER_SECONDS_MAX;
	buf_release(&asked.sql);
	arena_release(&asked.scratch);
	arena_release(&asked.arena);
	return ok;
}
